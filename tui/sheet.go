package tui

import (
	"strconv"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// sheet is what lies on top of the panes and gets the keys while it does.
type sheet interface {
	key(m *Model, msg tea.KeyPressMsg) tea.Cmd
	answer(m *Model, msg tea.Msg) tea.Cmd // an effect that the sheet started
	close(m *Model)                       // one step out; the last one leaves the panes
	view(m *Model, width, height int) string
}

// lister is a sheet with a list that the motions move in.
type lister interface {
	list(m *Model) (w *window, total, height int)
}

// quiet is embedded by sheets that start no effects and have one step out.
type quiet struct{}

func (quiet) answer(*Model, tea.Msg) tea.Cmd { return nil }

func (quiet) close(m *Model) { m.sheet = nil }

// waiting says what is being done; Esc gives up.
type waiting struct {
	quiet
	title, text string
}

func (w *waiting) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, closing)
}

func (w *waiting) close(m *Model) {
	m.gathering.stop()
	m.sheet = nil
}

func (w *waiting) view(m *Model, width, height int) string {
	width = min(width, 60)
	inner := width - 4
	return frame(m.theme, w.title, []string{w.text, "", m.keyLine(inner, closing)}, width, height)
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
	if q.typed == "" {
		return m.dispatch(msg, asking, closing)
	}
	switch m.typed(msg) {
	case "type-cancel":
		m.sheet = nil
		return nil
	case "type-accept":
		m.sheet = nil
		if q.input.Value() == q.typed {
			return q.do(m)
		}
		return m.say("Nothing was deleted: "+q.typed+" was not typed", nil)
	}
	return q.answer(m, msg)
}

// answer takes in what is typed or pasted.
func (q *question) answer(_ *Model, msg tea.Msg) tea.Cmd {
	if q.typed == "" {
		return nil
	}
	var cmd tea.Cmd
	q.input, cmd = q.input.Update(msg)
	return cmd
}

func (q *question) accept(m *Model) tea.Cmd {
	m.sheet = nil
	return q.do(m)
}

func (q *question) other(*Model) tea.Cmd {
	q.onYes = !q.onYes
	return nil
}

func (q *question) answerNow(m *Model) tea.Cmd {
	if q.onYes {
		return q.accept(m)
	}
	m.sheet = nil
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
	under        sheet // comes back when nothing is typed; or nil
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
	switch m.typed(msg) {
	case "type-cancel":
		p.close(m)
		return nil
	case "type-accept":
		p.close(m)
		if text := strings.TrimSpace(p.input.Value()); text != "" {
			return p.do(m, text)
		}
		return nil
	}
	return p.answer(m, msg)
}

func (p *prompt) close(m *Model) { m.sheet = p.under }

func (p *prompt) answer(m *Model, msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	return cmd
}

func (p *prompt) view(m *Model, width, height int) string {
	width = min(width, 84)
	p.input.SetWidth(max(1, width-8))
	body := append(styled(m.theme.Dim, wrap(p.about, width-4)), "", p.input.View(), "", m.keyLine(width-4, typing))
	return frame(m.theme, p.title, body, width, height)
}

// reader shows lines that may be longer than the screen.
type reader struct {
	quiet
	title string
	lines []string // styled
	wide  int
	from  string // the action that opens it and closes it again
	win   window
}

func (r *reader) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.means(msg, r.from) {
		m.sheet.close(m)
		return nil
	}
	return m.dispatch(msg, motions, closing)
}

// list scrolls by lines: the cursor is the first line shown.
func (r *reader) list(m *Model) (*window, int, int) {
	return &r.win, max(1, len(r.lines)-m.sheetHeight()+1), 1
}

func (r *reader) view(m *Model, width, height int) string {
	h := min(m.sheetHeight(), len(r.lines))
	from := clamp(r.win.cursor, 0, max(0, len(r.lines)-h))
	body := append([]string{}, r.lines[from:from+h]...)
	title := r.title
	if from+h < len(r.lines) || from > 0 {
		title += "  " + percent(from, len(r.lines)-h)
	}
	return frame(m.theme, title, body, min(width, r.wide), height)
}

// percent says how far a scrolled text is.
func percent(at, last int) string { return strconv.Itoa(100*at/max(1, last)) + "%" }

// sheetHeight is how many lines a scrolling sheet may show.
func (m *Model) sheetHeight() int { return max(1, m.height-6) }
