package tui

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/picture"
	"weft/s3ops"
)

// previewCache is how many drawn pictures are kept.
const previewCache = 48

// detail is the detail pane: the object under the cursor, its picture and what
// is known of it.
type detail struct {
	key      string // object shown
	row      row
	info     *s3ops.Info
	known    *picture.Facts // what its row in the table says; nil: there is none
	versions int
	err      error

	cacheKey string
	pictures map[string]drawn
	drawing  bool

	win    window // scrolled lines
	height int    // lines there are
}

// drawn is a picture at one size, or why there is none.
type drawn struct {
	lines []string
	facts picture.Facts
	err   error
}

func (d *detail) clear() {
	*d = detail{pictures: d.pictures}
}

func (d *detail) setInfo(msg described, current bool) {
	if !current {
		return
	}
	d.err = msg.err
	if msg.err == nil {
		d.info, d.known, d.versions = &msg.info, msg.known, msg.versions
	}
}

func (d *detail) setPreview(msg previewed, current bool) {
	if !current {
		return
	}
	d.drawing = false
	if d.pictures == nil {
		d.pictures = map[string]drawn{}
	}
	if len(d.pictures) >= previewCache {
		clear(d.pictures)
	}
	d.pictures[msg.key] = drawn{lines: msg.lines, facts: msg.facts, err: msg.err}
}

// look follows the cursor: it waits until the cursor rests, then looks closer.
func (m *Model) look() tea.Cmd {
	r, ok := m.objects.current()
	if !ok || r.folder {
		m.detail.clear()
		m.resting.stop()
		return nil
	}
	if m.layout().detail == 0 && m.sheet == nil || m.session == nil {
		return nil
	}
	if r.Key == m.detail.key && r.changed == m.detail.row.changed && m.pictureKey(r) == m.detail.cacheKey {
		return nil
	}
	m.describing.stop()
	m.drawing.stop()
	_, token := m.resting.begin(m.ctx)
	return rest(token)
}

// lookCloser reads what is to be known of the object under the cursor.
func (m *Model) lookCloser(msg rested) tea.Cmd {
	if !m.resting.current(msg.token) {
		return nil
	}
	r, ok := m.objects.current()
	if !ok || r.folder || m.session == nil {
		return nil
	}
	d := &m.detail
	if r.Key == d.key && r.changed == d.row.changed { // only the room changed: what is known stays until it is told anew
		d.cacheKey, d.drawing, d.win = m.pictureKey(r), false, window{}
	} else {
		*d = detail{key: r.Key, row: r, cacheKey: m.pictureKey(r), pictures: d.pictures}
	}
	if m.objects.deleted {
		return nil
	}
	ctx, token := m.describing.begin(m.ctx)
	return tea.Batch(describe(ctx, m.session, token, r.Key), m.draw(r))
}

// draw asks for the picture of a row, unless it is at hand.
func (m *Model) draw(r row) tea.Cmd {
	d := &m.detail
	if _, ok := d.pictures[d.cacheKey]; ok || !pipeline.IsImage(r.Key) || !m.parts.Config.Preview {
		return nil
	}
	w, h := m.pictureSize()
	d.drawing = true
	ctx, token := m.drawing.begin(m.ctx)
	return preview(ctx, m.session, token, r.object(), d.cacheKey, w, h, m.theme.Panel, m.indexed)
}

// pictureSize is how many pixels the detail pane has for a picture: one a cell
// across, two a cell down.
func (m *Model) pictureSize() (width, height int) {
	l := m.layout()
	w, rows := l.detail-4, l.body-16 // below stand up to 14 lines of facts
	switch m.sheet.(type) {
	case *gallery:
		w, rows = m.width-4, m.height-7
	case *infoSheet: // the picture stands to the right of the facts
		w, rows = min(36, m.width/2-8), m.height-8
	}
	return max(8, w), max(8, rows*2)
}

func (m *Model) pictureKey(r row) string {
	w, h := m.pictureSize()
	return fmt.Sprintf("%s\x00%d\x00%dx%d %v %v", r.Key, r.changed, w, h, m.theme.dark, m.indexed)
}

// view draws the pane: the picture, then the facts.
func (d *detail) view(m *Model, width, height int) []string {
	if d.key == "" {
		return nil
	}
	lines := []string{""}
	for _, l := range d.picture(m) {
		lines = append(lines, "  "+l)
	}
	if len(lines) > 1 {
		lines = append(lines, "")
	}
	for _, l := range d.facts(m, width-4) {
		lines = append(lines, "  "+l)
	}
	for _, l := range d.troubleLines(m, width-4) {
		lines = append(lines, "  "+l)
	}
	d.height = len(lines)
	from := clamp(d.win.cursor, 0, max(0, len(lines)-height))
	return lines[from:]
}

// picture is the preview, or why there is none.
func (d *detail) picture(m *Model) []string {
	p, ok := d.pictures[d.cacheKey]
	w, _ := m.pictureSize()
	switch {
	case ok && p.err != nil:
		return styled(m.theme.Warn, wrap(about(p.err), max(10, w)))
	case ok:
		return p.lines
	case d.drawing:
		return []string{m.theme.Faint.Render("drawing…")}
	}
	return nil
}

// troubleLines are why the object is not known, and the key that says more.
func (d *detail) troubleLines(m *Model, width int) []string {
	switch {
	case d.err != nil:
		return errorLines(m.theme, d.err, width)
	case d.trouble(m) != nil: // it stands in the place of the picture
		return []string{m.theme.Dim.Render("Enter explains")}
	}
	return nil
}

// about is an error as a sentence about the object shown: those of pictures
// begin with what it is.
func about(err error) string {
	text := Clean(err.Error())
	if strings.HasPrefix(text, "is ") {
		return "This " + text
	}
	return upperFirst(text)
}

// facts are the lines below the picture.
func (d *detail) facts(m *Model, width int) []string {
	t := m.theme
	var out []string
	if p, ok := d.pictures[d.cacheKey]; ok && p.facts.Width > 0 {
		f := p.facts
		line := fmt.Sprintf("%d × %d  %s  %s", f.Width, f.Height, strings.ToUpper(f.Format), humanSize(d.row.Size))
		if f.Orientation > 1 {
			line += "  turned by EXIF " + strconv.Itoa(f.Orientation)
		}
		out = append(out, line)
		if taken := takenLine(f); taken != "" {
			out = append(out, t.Dim.Render(taken))
		}
	} else {
		out = append(out, humanSize(d.row.Size)+"  "+kind(d.row.Key))
	}
	if d.known != nil && d.known.Look != nil {
		out = append(out, lookLines(t, *d.known, width)...)
	} else if d.info != nil && m.takes(d.key) {
		out = append(out, t.Faint.Render(fit("its first recipe finds out its colours", width)))
	}
	if line := d.resultsLine(m); line != "" {
		out = append(out, line)
	}
	age := "uploaded "
	if d.row.deleted {
		age = "deleted "
	}
	age += humanTime(d.row.modified(), m.now) + d.row.modified().Local().Format(", 15:04")
	if d.versions > 1 {
		age += ", " + plural(d.versions, "version")
	}
	out = append(out, t.Dim.Render(age))
	if d.versions < 0 {
		out = append(out, t.Faint.Render("versions not known: refused"))
	}
	if d.info != nil {
		out = append(out, t.Faint.Render(Clean(d.info.ContentType)))
		for _, k := range slices.Sorted(maps.Keys(d.info.Tags)) {
			out = append(out, t.Faint.Render(Clean(k+" = "+d.info.Tags[k])))
		}
		if from, ok := pipeline.OriginOf(d.info.Metadata); ok {
			out = append(out, t.Dim.Render("from "+Clean(from.SourceKey))+t.Faint.Render("  g s goes there"))
		}
	}
	return out
}

// resultsLine says which recipes have run over the object.
func (d *detail) resultsLine(m *Model) string {
	line, stale := "", false
	for _, out := range m.outputs(d.key) {
		if at, ok := m.objects.results[out.key]; ok {
			line += " " + out.recipe
			stale = stale || at.Before(d.row.modified())
		}
	}
	switch {
	case line == "":
		return ""
	case stale:
		return m.theme.Dim.Render("results ") + line + "  " + m.theme.Warn.Render("! older than the source")
	}
	return m.theme.Dim.Render("results ") + line + "  " + m.theme.Good.Render("✓ up to date")
}

func takenLine(f picture.Facts) string {
	s := ""
	if !f.Taken.IsZero() {
		s = "taken " + f.Taken.Format("2 Jan 2006")
	}
	if f.Camera != "" {
		if s != "" {
			s += ", "
		}
		s += Clean(f.Camera)
	}
	return s
}
