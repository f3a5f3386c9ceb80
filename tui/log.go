package tui

import (
	"cmp"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"weft/pipeline/queue"
)

// logSheet lists what was done, the newest first, as the commands that do the
// same. weft log is its twin.
type logSheet struct {
	win    window
	text   string // what is looked for; "": all
	typing *textinput.Model
	deeds  []queue.Deed
	ready  bool // deeds are those of the text
	err    error
}

// showLog opens the log.
func (m *Model) showLog() tea.Cmd {
	s := &logSheet{}
	m.sheet = s
	return s.read(m)
}

// findWork opens the log and asks what to look for.
func (m *Model) findWork() tea.Cmd {
	s := &logSheet{}
	m.sheet = s
	return tea.Batch(s.read(m), s.find(m))
}

// read looks for the text in the history.
func (s *logSheet) read(m *Model) tea.Cmd {
	s.ready = false
	ctx, token := m.logging.begin(m.ctx)
	return readLog(ctx, m.queue, token, s.text)
}

func (s *logSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(logged); ok && m.logging.current(msg.token) {
		m.logging.stop()
		s.deeds, s.err, s.ready = msg.deeds, msg.err, true
		s.win.move(0, len(s.deeds), s.height(m))
	}
	return nil
}

func (s *logSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if s.typing == nil {
		return m.dispatch(msg, logging, motions, closing)
	}
	switch m.typed(msg) {
	case "type-cancel":
		s.typing = nil
		return s.look(m, "")
	case "type-accept":
		s.typing = nil
		return nil
	}
	in, cmd := s.typing.Update(msg)
	s.typing = &in
	return tea.Batch(cmd, s.look(m, in.Value()))
}

// look reads the history anew if the text is another one.
func (s *logSheet) look(m *Model, text string) tea.Cmd {
	if text == s.text {
		return nil
	}
	s.text, s.win = text, window{}
	return s.read(m)
}

// find asks what to look for.
func (s *logSheet) find(m *Model) tea.Cmd {
	in := newInput(m.theme, "/", s.text)
	s.typing = &in
	return in.Focus()
}

// copy puts the command under the cursor on the clipboard.
func (s *logSheet) copy(m *Model) tea.Cmd {
	if s.win.cursor >= len(s.deeds) || s.deeds[s.win.cursor].Command == "" {
		return m.say("There is no command that does this", nil)
	}
	return m.copyText(s.deeds[s.win.cursor].Command, "Command copied")
}

func (s *logSheet) close(m *Model) {
	m.logging.stop()
	m.sheet = nil
}

func (s *logSheet) list(m *Model) (*window, int, int) { return &s.win, len(s.deeds), s.height(m) }

// height is how many lines the commands have.
func (s *logSheet) height(m *Model) int { return max(1, m.sheetHeight()-2) }

func (s *logSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 140)
	inner := width - 4
	var body []string
	switch {
	case s.err != nil:
		body = errorLines(t, s.err, inner)
	case !s.ready && len(s.deeds) == 0:
		body = []string{t.Dim.Render("Reading…")}
	case len(s.deeds) == 0 && s.text != "":
		body = []string{t.Dim.Render("Nothing that was done says " + Clean(s.text))}
	case len(s.deeds) == 0:
		body = []string{t.Dim.Render("Nothing was done yet: what changes the bucket appears here as commands.")}
	}
	if s.err == nil {
		from, to := s.win.visible(len(s.deeds), s.height(m))
		for i := from; i < to; i++ {
			body = append(body, s.line(m, s.deeds[i], inner, i == s.win.cursor))
		}
	}
	last := ""
	switch {
	case s.typing != nil:
		s.typing.SetWidth(max(1, inner-3))
		last = s.typing.View()
	case m.toast.text != "":
		last = ansiFit(m.toast.text, inner)
	case s.text != "":
		last = t.Accent.Render(ansiFit("/"+Clean(s.text), inner))
	}
	keys := m.keyLine(inner, logging)
	if s.typing != nil {
		keys = m.keyLine(inner, typing)
	}
	return frame(t, "Log", append(body, last, keys), width, height)
}

// line is one thing that was done: how it ended, the command, and when.
func (s *logSheet) line(m *Model, d queue.Deed, width int, cursor bool) string {
	t := m.theme
	on := t.on(cursor)
	sign, style := jobSign(t, d.Job)
	edge := " "
	if cursor {
		edge = "▌"
	}
	return on(t.Accent, edge) + on(style, sign+" ") + on(t.Text, fit(Clean(cmp.Or(d.Command, "# "+d.Title)), max(8, width-14))) +
		on(t.Faint, right(humanTime(d.CreatedAt, m.now), 11))
}
