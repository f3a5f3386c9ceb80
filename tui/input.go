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
	if m.toast.bad && m.sheet == nil && m.typing == nil {
		m.toast = toast{token: m.toast.token}
	}
	switch {
	case m.sheet != nil:
		return m.sheet.key(m, msg)
	case m.typing != nil:
		return m.typeFilter(msg)
	}
	return m.dispatch(msg)
}

// dispatch finds the action of a key, or of the chord that it ends.
func (m *Model) dispatch(msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	if m.pending != "" {
		pressed = m.pending + " " + pressed
		m.pending = ""
		if msg.String() == "esc" {
			return nil
		}
	}
	a, chord := m.lookup(pressed, browsing)
	switch {
	case a != nil:
		return m.perform(a)
	case chord:
		m.pending = pressed
	}
	return nil
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
	switch msg.String() {
	case "esc":
		m.typing = nil
		o.setFilter("")
		return m.look()
	case "enter":
		text := m.typing.Value()
		m.typing = nil
		if text != "" && len(o.order) == 0 {
			o.setFilter("")
			return m.visit(o.prefix + text)
		}
		return m.look()
	case "up", "down":
		m.typing = nil
		return m.dispatch(msg)
	}
	in, cmd := m.typing.Update(msg)
	m.typing = &in
	if in.Value() != o.filter {
		o.setFilter(in.Value())
	}
	return tea.Batch(cmd, m.look())
}

// paste goes to whatever is being typed into.
func (m *Model) paste(msg tea.PasteMsg) tea.Cmd {
	switch {
	case m.sheet != nil:
		return m.sheet.answer(m, msg)
	case m.typing != nil:
		in, cmd := m.typing.Update(msg)
		m.typing = &in
		m.objects.setFilter(in.Value())
		return cmd
	}
	return nil
}

// newInput is a one-line text field in the theme's colours.
func newInput(t theme, prompt, value string) textinput.Model {
	in := textinput.New()
	in.Prompt = prompt
	styles := textinput.DefaultStyles(t.dark)
	styles.Focused.Prompt, styles.Focused.Text, styles.Focused.Placeholder = t.Accent, t.Text, t.Faint
	styles.Cursor.Blink = false
	in.SetStyles(styles)
	in.SetValue(value)
	in.CursorEnd()
	return in
}

// wheel scrolls the object pane.
func (m *Model) wheel(msg tea.MouseWheelMsg) tea.Cmd {
	if m.sheet != nil {
		return nil
	}
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
	if y > len(m.folders.five) {
		y -= 2 // the gap and the heading of the other folders
	}
	all := m.folders.prefixes()
	if y < 0 || y >= len(all) {
		return nil
	}
	m.folders.win.cursor = y
	return m.visit(all[y])
}
