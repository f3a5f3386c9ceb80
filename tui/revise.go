package tui

import (
	tea "charm.land/bubbletea/v2"

	"weft/pipeline/lines"
	"weft/pipeline/survey"
)

// changeSheet shows what an edited document changes, or what is wrong with it, and
// asks. Enter does nothing: only y writes.
type changeSheet struct {
	under    sheet // the page
	document survey.Document
	text     string
	problems []survey.Problem
	changes  []lines.Line
	opens    []string
	err      error // why it was not written
	writing  bool
	win      window // the first line shown
	last     int
}

// addEdited looks at what came out of the editor.
func (m *Model) addEdited(msg edited) tea.Cmd {
	under := m.sheet
	if c, ok := m.sheet.(*changeSheet); ok {
		under = c.under
	}
	switch {
	case msg.err != nil: // what was written stands in the sheet still
		switch s := m.sheet.(type) {
		case *changeSheet:
			s.err = msg.err
		case *pageSheet:
			s.err = msg.err
		default:
			return m.fail(msg.err)
		}
		return nil
	case msg.text == msg.document.Text:
		m.sheet = under
		return m.say("Nothing was changed", nil)
	}
	c := &changeSheet{under: under, document: msg.document, text: msg.text, problems: msg.document.Check(msg.text)}
	if !survey.Wrong(c.problems) {
		if c.changes = msg.document.Changes(msg.text); len(c.changes) == 0 {
			m.sheet = under
			return m.say("Nothing was changed: it means the same", nil)
		}
		c.opens = msg.document.Opens(msg.text)
	}
	m.sheet = c
	return nil
}

func (c *changeSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, revising, motions, closing)
}

func (c *changeSheet) close(m *Model) {
	m.sheet = c.under
	m.say("The "+survey.Called(c.document.Kind)+" stays as it is", nil)
}

func (c *changeSheet) list(*Model) (*window, int, int) { return &c.win, c.last + 1, 1 }

func (c *changeSheet) trouble() error { return c.err }

func (c *changeSheet) write(m *Model) tea.Cmd {
	switch {
	case survey.Wrong(c.problems):
		return m.say("It is not valid: e edits it again", nil)
	case c.writing:
		return nil
	}
	c.writing, c.err = true, nil
	return revise(m.ctx, c.document, c.text)
}

func (c *changeSheet) again(m *Model) tea.Cmd { return editText(m.parts.Editor, c.document, c.text) }

func (c *changeSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case edited:
		return m.addEdited(msg)
	case revised:
		c.writing, c.err = false, msg.err
		if msg.err != nil {
			return nil
		}
		m.sheet = c.under
		said := m.say("The "+survey.Called(msg.kind)+" is written, and was read back", nil)
		if p, ok := c.under.(*pageSheet); ok {
			return tea.Batch(said, p.again(m))
		}
		return said
	}
	return c.under.answer(m, msg)
}

func (c *changeSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 100)
	inner := width - 4
	lines := c.lines(t, inner)
	title := "Change the " + survey.Called(c.document.Kind) + "?"
	if survey.Wrong(c.problems) {
		title = "The " + survey.Called(c.document.Kind) + " is not valid"
	}
	room := max(1, min(height, m.sheetHeight()+4)-4)
	c.last = max(0, len(lines)-room)
	c.win.cursor = clamp(c.win.cursor, 0, c.last)
	if c.last > 0 {
		title += "  " + percent(c.win.cursor, c.last)
	}
	shown := append([]string{}, lines[c.win.cursor:min(len(lines), c.win.cursor+room)]...)
	foot := m.keyLine(inner, revising)
	switch {
	case c.writing:
		foot = t.Dim.Render("Writing…")
	case m.toast.text != "":
		foot = ansiFit(m.toast.text, inner)
	}
	return frame(t, title, append(shown, "", foot), width, height)
}

// lines are what failed, what is wrong or doubtful, what it opens, and the difference.
func (c *changeSheet) lines(t theme, width int) (out []string) {
	put := func(s style, text string) { out = append(out, styled(s, wrap(Clean(text), width))...) }
	if c.err != nil {
		put(t.Bad, "✗ "+upperFirst(c.err.Error()))
		put(t.Dim, "Enter explains.")
		out = append(out, "")
	}
	for _, p := range c.problems {
		if p.Doubt {
			put(t.Warn, "! "+p.String())
		} else {
			put(t.Bad, "✗ "+p.String())
		}
	}
	for _, o := range c.opens {
		put(t.Bad, "! This opens more than before: "+o)
	}
	if len(out) > 0 && len(c.changes) > 0 {
		out = append(out, "")
	}
	for _, l := range c.changes {
		text := ansiFit(string(l.Sign)+" "+Clean(l.Text), width)
		switch l.Sign {
		case '+':
			text = t.Good.Render(text)
		case '-':
			text = t.Bad.Render(text)
		default:
			text = t.Dim.Render(text)
		}
		out = append(out, text)
	}
	return out
}
