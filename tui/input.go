package tui

import (
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
)

// key takes in one key: the filter being typed, the sheet on top or the panes
// get it, in that order.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	if msg.String() == "ctrl+c" {
		return tea.Quit
	}
	if msg.String() == "enter" && m.pending == "" {
		if err := m.trouble(); err != nil {
			return m.explain(err)
		}
	}
	if m.toast.bad && m.sheet == nil && m.typing == nil {
		m.toast = toast{token: m.toast.token}
	}
	switch {
	case m.sheet != nil:
		return m.sheet.key(m, msg)
	case m.typing != nil:
		return m.typeFilter(msg)
	}
	return m.dispatch(msg, browsing, motions)
}

// dispatch carries out what a key means in the first of the scopes that knows
// it, or waits for the rest of a chord.
func (m *Model) dispatch(msg tea.KeyPressMsg, in ...scope) tea.Cmd {
	pressed := msg.String()
	if m.pending != "" {
		pressed, m.pending = m.pending+" "+pressed, ""
		if msg.String() == "esc" {
			return nil
		}
	}
	chord := false
	for _, s := range in {
		a, begins := m.lookup(pressed, s)
		if a != nil {
			return m.perform(a)
		}
		chord = chord || begins
	}
	if chord {
		m.pending, m.heard = pressed, in
	}
	return nil
}

// typed names what a key means to a text field; "" if it is text.
func (m *Model) typed(msg tea.KeyPressMsg) string {
	if a, _ := m.lookup(msg.String(), typing); a != nil {
		return a.name
	}
	return ""
}

// means tells whether a key is one of the browsing action's of that name.
func (m *Model) means(msg tea.KeyPressMsg, name string) bool {
	a, _ := m.lookup(msg.String(), browsing)
	return a != nil && a.name == name
}

// lookup finds the action bound to a key in a scope, or tells that the key
// begins a chord.
func (m *Model) lookup(pressed string, in scope) (found *action, chord bool) {
	for i := range m.acts {
		a := &m.acts[i]
		if a.scope != in {
			continue
		}
		for _, k := range a.keys {
			if k == pressed {
				return a, false
			}
			if strings.HasPrefix(k, pressed+" ") {
				chord = true
			}
		}
	}
	return nil, chord
}

// perform carries an action out, or says why it cannot be done now.
func (m *Model) perform(a *action) tea.Cmd {
	if a.disabled != nil {
		if why := a.disabled(m); why != "" {
			m.toast = toast{text: why, token: m.toast.token + 1}
			return fade(m.toast.token)
		}
	}
	return a.run(m)
}

func (m *Model) startFilter() tea.Cmd {
	in := newInput(m.theme, "/", m.objects.filter)
	m.typing = &in
	return in.Focus()
}

// typeFilter narrows the rows with each key; Enter keeps the filter, or asks
// the server when nothing matches; Esc drops it.
func (m *Model) typeFilter(msg tea.KeyPressMsg) tea.Cmd {
	o := &m.objects
	switch m.typed(msg) {
	case "type-cancel":
		m.typing = nil
		return m.filter("")
	case "type-accept":
		m.sought, m.typing = m.typing.Value(), nil
		return m.askServer()
	case "type-next":
		return m.move(func(w *window, total, height int) { w.move(1, total, height) })
	case "type-previous":
		return m.move(func(w *window, total, height int) { w.move(-1, total, height) })
	}
	in, cmd := m.typing.Update(msg)
	m.typing = &in
	if strings.ToLower(in.Value()) != o.filter {
		return tea.Batch(cmd, m.filter(in.Value()))
	}
	return cmd
}

// paste goes to whatever is being typed into.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.sheet != nil:
		return m.sheet.answer(m, msg)
	case m.typing != nil:
		in, cmd := m.typing.Update(msg)
		m.typing = &in
		return tea.Batch(cmd, m.filter(in.Value()))
	}
	return nil
}

// newInput is a one-line text field in the theme's colours.
func newInput(t theme, prompt, value string) textinput.Model {
	in := textinput.New()
	in.Prompt = prompt
	styles := textinput.DefaultStyles(t.dark)
	styles.Focused.Prompt, styles.Focused.Text, styles.Focused.Placeholder = t.Accent.Style, t.Text.Style, t.Faint.Style
	styles.Cursor.Blink = false
	in.SetStyles(styles)
	in.SetValue(value)
	in.CursorEnd()
	return in
}

// wheel scrolls the list on top, or the focused pane.
func (m *Model) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	delta := 3
	if msg.Button == tea.MouseWheelUp {
		delta = -3
	}
	return m.move(func(w *window, total, height int) { w.move(delta, total, height) })
}

// click focuses the pane under the mouse and puts the cursor there; a click on
// the row under the cursor opens it.
func (m *Model) click(msg tea.MouseClickMsg) tea.Cmd {
	if m.sheet != nil || msg.Button != tea.MouseLeft {
		return nil
	}
	l := m.layout()
	y := msg.Y - l.top
	if y < 0 || y >= l.body {
		return nil
	}
	switch {
	case msg.X < l.folders:
		return m.clickFolder(y)
	case msg.X >= l.objectsAt && msg.X < l.objectsAt+l.objects:
		from, _ := m.objects.win.visible(len(m.objects.order), l.body)
		again := m.focus == objectPane && m.objects.win.cursor == from+y
		m.focus = objectPane
		if from+y >= len(m.objects.order) {
			return nil
		}
		m.objects.win.set(from+y, len(m.objects.order), l.body)
		if again {
			return m.enter()
		}
		return m.look()
	}
	return nil
}

func (m *Model) clickFolder(y int) tea.Cmd {
	y += m.folders.top
	if y >= len(m.folders.five)+2 {
		y -= 2 // the gap and the heading of the other folders
	}
	all := m.folders.prefixes()
	if y < 0 || y >= len(all) {
		return nil
	}
	m.folders.win.cursor = y
	return m.visit(all[y])
}
