package tui

import (
	"errors"
	"reflect"
	"slices"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/queue"
	"weft/s3ops"
)

// told is a message of an effect with the number of the store it is about: one
// that was left meanwhile is no business of the one that is open.
type told struct {
	store int
	msg   tea.Msg
}

// of numbers the messages of a command. Those of the first store need none.
func of(store int, cmd tea.Cmd) tea.Cmd {
	if cmd == nil || store == 0 {
		return cmd
	}
	return func() tea.Msg {
		msg := cmd()
		if all, ok := msg.(tea.BatchMsg); ok {
			for i := range all {
				all[i] = of(store, all[i])
			}
			return all
		}
		if !ours(msg) {
			return msg
		}
		return told{store, msg}
	}
}

// ours tells whether a message is one of this package's effects, and not the
// terminal's or the library's.
func ours(msg tea.Msg) bool {
	return msg != nil && reflect.TypeOf(msg).PkgPath() == reflect.TypeFor[Model]().PkgPath()
}

// current gives a message if it is about the store that is open.
func (m *Model) current(msg tea.Msg) (tea.Msg, bool) {
	if m.store == 0 {
		return msg, true
	}
	if a, ok := msg.(told); ok {
		return a.msg, a.store == m.store
	}
	return msg, !ours(msg)
}

// late says what must not get lost of a store that was left: that work was not
// begun there.
func (m *Model) late(msg tea.Msg) tea.Cmd {
	if s, ok := msg.(submitted); ok && s.err != nil {
		return m.fail(errors.Join(errors.New("in the bucket left: not started"), s.err))
	}
	return nil
}

// become opens another store in place of this one. Its work goes on.
func (m *Model) become(msg switched) tea.Cmd {
	said := "Opened " + Clean(msg.parts.Config.Bucket)
	if slices.ContainsFunc(m.snapshot.Jobs, func(j queue.Job) bool { return !ended(j) }) {
		said += "  ·  the work in " + Clean(m.parts.Config.Bucket) + " goes on"
	}
	m.leave()
	next := New(m.home, msg.parts)
	next.store = m.store + 1
	next.width, next.height, next.indexed, next.clock, next.now = m.width, m.height, m.indexed, m.clock, m.now
	if msg.parts.Config.Theme == "auto" {
		next.theme = m.theme
	}
	*m = *next
	return tea.Batch(connect(m.ctx, m.parts), openQueue(m.ctx, m.parts), tick(), m.say(said, nil))
}

// askCode asks for the code of a profile's device, and goes on with it.
func (m *Model) askCode(needed *s3ops.CodeNeeded, then func(*Model) tea.Cmd) tea.Cmd {
	if m.parts.Login == nil {
		return nil
	}
	under := m.sheet
	cmd := m.ask("Log in as "+Clean(needed.Profile), "The code that "+Clean(needed.Device)+" shows. It works once; the session it gives is kept nowhere and ends by itself.", "",
		func(m *Model, code string) tea.Cmd {
			m.toast.text = "Logging in…"
			return logIn(m.ctx, m.parts, loggedIn{needed: needed, then: then}, code)
		})
	m.sheet.(*prompt).under = under
	return cmd
}

// addLoggedIn goes on after a login, or asks again.
func (m *Model) addLoggedIn(msg loggedIn) tea.Cmd {
	if msg.err != nil {
		return tea.Batch(m.askCode(msg.needed, msg.then), m.fail(msg.err))
	}
	return tea.Batch(m.say("Logged in as "+Clean(msg.needed.Profile), nil), msg.then(m))
}

// resume opens the store again after a login, and goes on with its work.
func (m *Model) resume() tea.Cmd {
	m.wakes = 0
	return tea.Batch(m.reconnect(), m.keepAwake())
}
