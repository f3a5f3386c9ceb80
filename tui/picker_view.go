package tui

import (
	"errors"
	"io/fs"
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
func newPickerSheet(t theme, prefix string) (*pickerSheet, tea.Cmd) {
	p, cmd := newPicker(t, workingFolder(), homeFolder())
	return &pickerSheet{picker: p, prefix: prefix}, cmd
}

func (s *pickerSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if s.typing == nil {
		return m.dispatch(msg, picking, motions, closing)
	}
	switch m.typed(msg) {
	case "type-cancel":
		s.typing = nil
		s.setFilter("")
		return nil
	case "type-accept":
		s.typing = nil
		return nil
	case "type-next":
		s.win.move(1, len(s.shown), s.height)
		return nil
	case "type-previous":
		s.win.move(-1, len(s.shown), s.height)
		return nil
	}
	return s.input(msg)
}

func (s *pickerSheet) list(*Model) (*window, int, int) { return &s.win, len(s.shown), s.height }

// close steps out of the filter, then of the marks, then of the picker.
func (s *pickerSheet) close(m *Model) {
	if s.stepOut() {
		m.sheet = nil
	}
}

// accept uploads what is chosen, or opens the folder under the cursor.
func (s *pickerSheet) accept(m *Model) tea.Cmd {
	if f, ok := s.current(); ok && f.folder && len(s.marks) == 0 {
		return s.openCurrent()
	}
	paths := s.chosen()
	if len(paths) == 0 {
		return nil
	}
	m.sheet = nil
	return collect(m.ctx, paths, s.prefix)
}

func (s *pickerSheet) openRow(*Model) tea.Cmd    { return s.openCurrent() }
func (s *pickerSheet) openParent(*Model) tea.Cmd { return s.openAbove() }
func (s *pickerSheet) openHome(*Model) tea.Cmd   { return s.open(s.home, "") }
func (s *pickerSheet) refresh(*Model) tea.Cmd    { return s.reopen() }
func (s *pickerSheet) filterRows(*Model) tea.Cmd { return s.startFilter() }

func (s *pickerSheet) markRow(*Model) tea.Cmd {
	s.mark()
	return nil
}

func (s *pickerSheet) markRows(*Model) tea.Cmd {
	s.markAll()
	return nil
}

func (s *pickerSheet) toggleHidden(*Model) tea.Cmd {
	s.turnHidden()
	return nil
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
	width, height = min(width, 92), min(max(3, height-2), 34)
	keys := m.keyLine(width-4, picking)
	if s.typing != nil {
		keys = m.keyLine(width-4, typing)
	}
	body := s.picker.view(width-4, height-2, m.now, keys)
	return frame(m.theme, "Upload to "+Clean(s.prefix), body, width, height)
}

// view draws the picker in at most height lines of width cells: where one is,
// the rows, what is marked and the keys.
func (p *picker) view(width, height int, now time.Time, hints string) []string {
	t := p.theme
	if width < 1 || height < 1 {
		return nil
	}
	head, foot := []string{p.place(width), ""}, []string{"", p.summary(width), ansiFit(hints, width)}
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
	return p.theme.Name.Render(fitLeft(Clean(dir), room)) + p.theme.Faint.Render(right(note, width-room))
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
	sign, nameStyle, size, what := "", t.Dim, humanSize(f.size), kind(f.name)
	switch {
	case f.folder:
		sign = "▸ "
		size, what, nameStyle = "", "", t.Text
	case imageKinds[what]:
		nameStyle = t.Text
	case !f.regular && !f.link:
		what = "other"
	}
	if f.link {
		what, nameStyle = "link", t.Faint
	}
	name := ansiFit(sign+fitName(Clean(f.name), max(1, c.name-textWidth(sign))), c.name)
	line := lead + on(t.Text, " ") + on(nameStyle, name) + on(t.Text, blank(c.name-textWidth(name)))
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
	const out = " h goes to the folder above, ~ home, Enter explains."
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
