package tui

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// pickerSheet lays a picker over the panes and uploads what is chosen.
type pickerSheet struct {
	*picker
	prefix string // where the files go
}

// newPickerSheet begins in the folder that weft was started in.
func newPickerSheet(t theme, prefix string) (sheet, tea.Cmd) {
	home, err := os.UserHomeDir()
	if err != nil {
		home = string(filepath.Separator)
	}
	dir, err := os.Getwd()
	if err != nil {
		dir = home
	}
	p, cmd := newPicker(t, dir, home)
	return &pickerSheet{picker: p, prefix: prefix}, cmd
}

func (s *pickerSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	done, cancelled, cmd := s.update(msg)
	if done || cancelled {
		m.sheet = nil
	}
	if done {
		return collect(m.ctx, s.chosen(), s.prefix)
	}
	return cmd
}

func (s *pickerSheet) answer(_ *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case folderRead:
		s.read(msg)
	case tea.PasteMsg:
		return s.paste(msg)
	default:
		if s.typing != nil {
			return s.input(msg)
		}
	}
	return nil
}

func (s *pickerSheet) view(m *Model, width, height int) string {
	s.theme = m.theme
	width, height = min(width, 92), min(max(3, height-4), 34)
	body := s.picker.view(width-4, height-2, m.now)
	return frame(m.theme, "Upload to "+Clean(s.prefix), body, width, height)
}

// view draws the picker in at most height lines of width cells: where one is,
// the rows, what is marked and the keys.
func (p *picker) view(width, height int, now time.Time) []string {
	t := p.theme
	if width < 1 || height < 1 {
		return nil
	}
	head, foot := []string{p.place(width), ""}, []string{"", p.summary(width), p.hints(width)}
	if height < 8 {
		head, foot = head[:1], foot[1:2]
	}
	p.height = max(1, height-len(head)-len(foot))
	var rows []string
	switch {
	case p.err != nil:
		rows = styled(t.Warn, wrap(p.why(), width))
	case !p.loaded:
		rows = []string{t.Faint.Render("reading the folder…")}
	case len(p.shown) == 0:
		rows = styled(t.Dim, wrap(p.whyEmpty(), width))
	default:
		c := fitColumns(width)
		c.name, c.badge = c.name+c.badge, 0
		from, to := p.win.visible(len(p.shown), p.height)
		for i := from; i < to; i++ {
			rows = append(rows, p.line(p.files[p.shown[i]], c, i == p.win.cursor, now))
		}
	}
	rows = rows[:min(len(rows), p.height)]
	for len(rows) < p.height {
		rows = append(rows, "")
	}
	lines := append(append(head, rows...), foot...)
	return lines[:min(len(lines), height)]
}

// place is the folder's path and how much is in it.
func (p *picker) place(width int) string {
	note := ""
	if p.loaded && p.err == nil {
		note = group(len(p.shown))
		if len(p.shown) != len(p.files) {
			note += " of " + group(len(p.files))
		}
	}
	dir := p.dir
	if below, ok := strings.CutPrefix(dir, p.home); ok && (below == "" || below[0] == filepath.Separator) {
		dir = "~" + below
	}
	room := max(1, width-len(note)-2)
	return p.theme.Text.Bold(true).Render(fitLeft(Clean(dir), room)) + p.theme.Faint.Render(right(note, width-room))
}

func (p *picker) line(f localFile, c columns, cursor bool, now time.Time) string {
	t, on := p.theme, p.theme.on(cursor)
	lead := on(t.Text, " ") // a blank takes no colour: it would cost more than the rest of the row
	if cursor {
		lead = on(t.Accent, "▌")
	}
	if _, marked := p.marks[p.path(f)]; marked {
		lead += on(t.Mark, "●")
	} else {
		lead += on(t.Text, " ")
	}
	sign, nameStyle, size, what := on(t.Text, " "), t.Dim, humanSize(f.size), kind(f.name)
	switch {
	case f.folder:
		sign = on(t.Dim, "▸")
		size, what, nameStyle = "", "", t.Text
	case imageKinds[what]:
		nameStyle = t.Text
	case !f.regular && !f.link:
		what = "other"
	}
	if f.link {
		what, nameStyle = "link", t.Faint
	}
	name := fitName(Clean(f.name), c.name)
	line := lead + sign + on(nameStyle, name) + on(t.Text, blank(c.name-textWidth(name)))
	if c.size > 0 {
		line += on(t.Dim, right(size, c.size))
	}
	if c.age > 0 {
		line += on(t.Faint, fit("  "+humanTime(f.modified, now), c.age))
	}
	if c.kind > 0 {
		style := t.Faint
		if imageKinds[what] {
			style = t.Accent
		}
		line += on(style, fit(" "+what, c.kind))
	}
	return line
}

// imageKinds are the types that recipes can read, as kind names them.
var imageKinds = map[string]bool{"JPG": true, "PNG": true, "GIF": true, "WEBP": true, "TIFF": true, "TIF": true, "BMP": true}

// why says in a sentence why the folder cannot be read, and what to do.
func (p *picker) why() string {
	const out = " h goes to the folder above, ~ home."
	switch {
	case errors.Is(p.err, fs.ErrPermission):
		return "You may not read this folder." + out
	case errors.Is(p.err, fs.ErrNotExist):
		return "This folder is not there any more." + out
	}
	return "This folder cannot be read: " + Clean(p.err.Error()) + "." + out
}

// whyEmpty says why there is nothing to choose, and what to do.
func (p *picker) whyEmpty() string {
	switch {
	case len(p.files) == 0:
		return "This folder is empty. h goes to the folder above."
	case p.filter != "":
		return "None of the " + group(len(p.files)) + " names here holds “" + Clean(p.filter) + "”. Esc shows all."
	}
	return "Only hidden files are here. The full stop key shows them."
}

// summary is the filter being typed, or what would be uploaded.
func (p *picker) summary(width int) string {
	t := p.theme
	if p.typing != nil {
		p.typing.SetWidth(max(1, width-3))
		return p.typing.View()
	}
	var parts []string
	if n := len(p.marks); n > 0 {
		var bytes int64
		folders := false
		for _, f := range p.marks {
			if f.folder {
				folders = true // what is in it is not known before it is walked
			} else {
				bytes += f.size
			}
		}
		text := group(n) + " marked"
		if bytes > 0 {
			text += ", " + humanSize(bytes)
		}
		if folders && bytes > 0 {
			text += " and what the folders hold"
		}
		parts = append(parts, t.Mark.Render("●")+" "+text)
	}
	if p.filter != "" {
		parts = append(parts, t.Accent.Render("/"+Clean(p.filter)))
	}
	if f, ok := p.current(); ok && f.link && len(parts) == 0 {
		parts = append(parts, t.Faint.Render("A link: what it points to is not uploaded from here"))
	}
	return lipgloss.NewStyle().MaxWidth(width).Render(strings.Join(parts, "   "))
}

// hints are the keys that matter now.
func (p *picker) hints(width int) string {
	enter := "open"
	if f, ok := p.current(); len(p.marks) > 0 || ok && !f.folder {
		enter = "upload"
	}
	leave := "close"
	if p.filter != "" || len(p.marks) > 0 {
		leave = "clear"
	}
	var b strings.Builder
	for _, hint := range [][2]string{{"Enter", enter}, {"Space", "mark"}, {"a", "all"}, {"/", "filter"}, {"h l", "folders"}, {"~", "home"}, {".", "hidden"}, {"Esc", leave}} {
		text := hint[0] + " " + hint[1]
		if lipgloss.Width(b.String())+len(text) > width {
			break
		}
		b.WriteString(p.theme.Key.Render(hint[0]) + " " + p.theme.Dim.Render(hint[1]) + "  ")
	}
	return strings.TrimRight(b.String(), " ")
}
