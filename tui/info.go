package tui

import (
	"maps"
	"path"
	"slices"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"weft/s3ops"
)

// infoSheet shows everything known of the object under the cursor, with its
// picture: what the detail pane shows, for terminals too narrow for the pane.
type infoSheet struct {
	quiet
	win  window // the first line shown
	last int    // the largest first line, as drawn
}

// showInfo looks closer at the object under the cursor.
func (m *Model) showInfo() tea.Cmd {
	if _, open := m.sheet.(*infoSheet); open {
		return closeSheet(m)
	}
	m.sheet = &infoSheet{}
	return m.look()
}

func (s *infoSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	before, _ := m.objects.current()
	cmd := m.dispatch(msg, motions, closing, browsing)
	// what leads to other rows is about the list below, and leaves this object
	if now, _ := m.objects.current(); m.sheet == sheet(s) && (now.Key != before.Key || m.typing != nil) {
		m.sheet = nil
	}
	return cmd
}

func (s *infoSheet) list(*Model) (*window, int, int) { return &s.win, s.last + 1, 1 }

func (s *infoSheet) view(m *Model, width, height int) string {
	t, d := m.theme, &m.detail
	width = min(width, 96)
	inner := width - 4
	r, _ := m.objects.current()
	picture := d.picture(m)
	if d.key != r.Key || inner < 70 {
		picture = nil
	}
	for _, l := range picture {
		inner = min(inner, width-6-ansi.StringWidth(l))
	}
	var lines []string
	if d.key == r.Key {
		lines = append(lines, d.facts(m, inner)...)
		lines = append(lines, d.troubleLines(m, inner)...)
		if d.info != nil {
			lines = append(append(lines, ""), headerLines(t, *d.info, inner)...)
		}
	} else {
		lines = append(lines, t.Dim.Render("Reading…"))
	}
	lines = append(lines, "", t.Dim.Render("key"))
	lines = append(lines, wrap(Clean(r.Key), inner)...)
	rows := max(1, height-4)
	s.last = max(0, len(lines)-rows)
	s.win.cursor = clamp(s.win.cursor, 0, s.last)
	lines = lines[s.win.cursor:min(len(lines), s.win.cursor+rows)]
	lines = beside(lines, picture, inner, rows)
	inner = width - 4
	lines = append(lines, "", m.keyLine(inner, closing, "share", "transform", "save", "delete", "versions", "preview"))
	return frame(t, Clean(path.Base(r.Key)), lines, width, height)
}

// beside sets a picture to the right of lines that are cut to a width.
func beside(lines, picture []string, width, height int) []string {
	picture = picture[:min(len(picture), height)]
	if len(picture) == 0 {
		return lines
	}
	out := box(lines, width, max(len(lines), len(picture)))
	for i, l := range picture {
		out[i] += "  " + l
	}
	return out
}

// headerLines are an object's headers and metadata as name and value.
func headerLines(t theme, info s3ops.Info, width int) []string {
	var out []string
	put := func(name, value string) {
		if value != "" {
			out = append(out, t.Dim.Render(fit(name, 14))+ansiFit(Clean(value), max(1, width-14)))
		}
	}
	put("type", info.ContentType)
	put("cached", info.CacheControl)
	put("opens as", info.ContentDisposition)
	put("class", info.StorageClass)
	put("etag", info.ETag)
	put("version", info.VersionID)
	put("checksum", info.Checksum)
	for _, k := range slices.Sorted(maps.Keys(info.Metadata)) {
		put(Clean(k), info.Metadata[k])
	}
	for _, k := range slices.Sorted(maps.Keys(info.Tags)) {
		put("tag "+Clean(k), info.Tags[k])
	}
	return out
}

// gallery shows the picture of the object under the cursor on the whole screen.
type gallery struct{ quiet }

func (m *Model) showPicture() tea.Cmd {
	if _, open := m.sheet.(*gallery); open {
		return closeSheet(m)
	}
	m.sheet = &gallery{}
	return m.look()
}

func (g *gallery) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, motions, closing, browsing)
}

// list walks through the objects behind.
func (g *gallery) list(m *Model) (*window, int, int) {
	return &m.objects.win, len(m.objects.order), m.bodyHeight()
}

func (g *gallery) view(m *Model, width, height int) string {
	d := &m.detail
	r, _ := m.objects.current()
	picture := d.picture(m)
	if d.key != r.Key {
		picture = []string{m.theme.Faint.Render("drawing…")}
	}
	if len(picture) == 0 {
		picture = []string{m.theme.Dim.Render("No picture can be drawn of this object.")}
	}
	if d.trouble(m) != nil {
		picture = append(slices.Clip(picture), m.theme.Dim.Render("Enter explains"))
	}
	pad := 0
	for _, l := range picture {
		pad = max(pad, ansi.StringWidth(l))
	}
	pad = max(0, (width-4-pad)/2)
	lines := make([]string, 0, height)
	for range max(0, (height-3-len(picture))/2) {
		lines = append(lines, "")
	}
	for _, l := range picture {
		lines = append(lines, blank(pad)+l)
	}
	for len(lines) < height-3 {
		lines = append(lines, "")
	}
	lines = append(lines[:min(len(lines), max(0, height-3))], m.keyLine(width-4, closing, "down", "up", "share", "transform", "mark"))
	return frame(m.theme, Clean(path.Base(r.Key)), lines, width, height)
}
