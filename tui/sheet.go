package tui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// sheet is what lies on top of the panes and gets the keys while it does.
type sheet interface {
	key(m *Model, msg tea.KeyPressMsg) tea.Cmd
	answer(m *Model, msg tea.Msg) tea.Cmd // an effect that the sheet started
	view(m *Model, width, height int) string
}

// quiet is embedded by sheets that start no effects.
type quiet struct{}

func (quiet) answer(*Model, tea.Msg) tea.Cmd { return nil }

// waiting says what is being done; Esc gives up.
type waiting struct {
	quiet
	title, text string
}

func (w *waiting) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "esc" {
		m.gathering.stop()
		m.sheet = nil
	}
	return nil
}

func (w *waiting) view(m *Model, width, height int) string {
	return frame(m.theme, w.title, []string{w.text, "", m.theme.Faint.Render("Esc gives up")}, min(width, 60), height)
}

// question asks before something is done. No is the default; if typed is set,
// the word must be typed to say yes.
type question struct {
	quiet
	title string
	lines []string // plain text, wrapped when drawn
	warn  string   // said in red
	yes   string   // label of the button
	typed string
	input textinput.Model
	onYes bool // the yes button has the focus
	do    func(*Model) tea.Cmd
}

// confirm shows a question.
func (m *Model) confirm(q question) tea.Cmd {
	if q.typed != "" {
		q.input = newInput(m.theme, "> ", "")
		q.input.Focus()
	}
	m.sheet = &q
	return nil
}

func (q *question) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	if pressed == "esc" {
		m.sheet = nil
		return nil
	}
	if q.typed != "" {
		if pressed == "enter" {
			m.sheet = nil
			if q.input.Value() == q.typed {
				return q.do(m)
			}
			return m.say("Nothing was deleted: "+q.typed+" was not typed", nil)
		}
		var cmd tea.Cmd
		q.input, cmd = q.input.Update(msg)
		return cmd
	}
	switch pressed {
	case "y":
		m.sheet = nil
		return q.do(m)
	case "n", "q":
		m.sheet = nil
	case "tab", "shift+tab", "left", "right", "h", "l":
		q.onYes = !q.onYes
	case "enter":
		m.sheet = nil
		if q.onYes {
			return q.do(m)
		}
	}
	return nil
}

func (q *question) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 76)
	inner := width - 4
	var body []string
	for _, l := range q.lines {
		body = append(body, wrap(l, inner)...)
	}
	if q.warn != "" {
		body = append(body, styled(t.Bad, wrap(q.warn, inner))...)
	}
	body = append(body, "")
	if q.typed != "" {
		q.input.SetWidth(max(1, inner-4))
		body = append(body, "Type "+t.Key.Render(q.typed)+" and Enter to go on, Esc to keep everything.", q.input.View())
		return frame(t, q.title, body, width, height)
	}
	no, yes := button(t, "No", !q.onYes), button(t, q.yes+" (y)", q.onYes)
	buttons := no + "  " + yes
	body = append(body, blank(inner-len("[ No ]")-len(q.yes)-len("[  (y) ]")-2)+buttons)
	return frame(t, q.title, body, width, height)
}

// button draws a choice; the one with the focus is known by its brackets.
func button(t theme, label string, on bool) string {
	if on {
		return t.Title.Render("[ " + label + " ]")
	}
	return t.Dim.Render("  " + label + "  ")
}

// prompt asks for one line of text.
type prompt struct {
	title, about string
	input        textinput.Model
	do           func(*Model, string) tea.Cmd
}

// ask shows a prompt with a first value.
func (m *Model) ask(title, about, value string, do func(*Model, string) tea.Cmd) tea.Cmd {
	p := &prompt{title: title, about: about, input: newInput(m.theme, "> ", value), do: do}
	m.sheet = p
	return p.input.Focus()
}

func (p *prompt) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch msg.String() {
	case "esc":
		m.sheet = nil
		return nil
	case "enter":
		m.sheet = nil
		if text := strings.TrimSpace(p.input.Value()); text != "" {
			return p.do(m, text)
		}
		return nil
	}
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *prompt) answer(m *Model, msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *prompt) view(m *Model, width, height int) string {
	width = min(width, 84)
	p.input.SetWidth(max(1, width-8))
	body := append(styled(m.theme.Dim, wrap(p.about, width-4)), "", p.input.View(), "", m.theme.Faint.Render("Enter goes on   Esc steps out"))
	return frame(m.theme, p.title, body, width, height)
}

// reader shows lines that may be longer than the screen.
type reader struct {
	quiet
	title string
	lines []string // styled
	wide  int
	win   window
}

func (r *reader) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	h := m.sheetHeight()
	n := max(0, len(r.lines)-h+1)
	switch msg.String() {
	case "esc", "q", "?", "i", "enter", "h", "left":
		m.sheet = nil
	case "j", "down":
		r.win.move(1, n, 1)
	case "k", "up":
		r.win.move(-1, n, 1)
	case "ctrl+d", "pgdown", "space":
		r.win.move(h/2, n, 1)
	case "ctrl+u", "pgup":
		r.win.move(-h/2, n, 1)
	case "g", "home":
		r.win.home(n, 1)
	case "G", "end":
		r.win.end(n, 1)
	}
	return nil
}

func (r *reader) view(m *Model, width, height int) string {
	h := min(m.sheetHeight(), len(r.lines))
	from := clamp(r.win.cursor, 0, max(0, len(r.lines)-h))
	body := append([]string{}, r.lines[from:from+h]...)
	title := r.title
	if from+h < len(r.lines) || from > 0 {
		title += "  (j k scroll)"
	}
	return frame(m.theme, title, body, min(width, r.wide), height)
}

// sheetHeight is how many lines a scrolling sheet may show.
func (m *Model) sheetHeight() int { return max(1, m.height-6) }
