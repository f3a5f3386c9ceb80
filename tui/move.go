package tui

import (
	"errors"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/s3ops"
)

// move steps the cursor of the list on top, or of the focused pane.
func (m *Model) move(step func(w *window, total, height int)) tea.Cmd {
	if l, ok := m.sheet.(lister); ok {
		step(l.list(m))
		return m.look()
	}
	if m.sheet != nil {
		return nil
	}
	switch m.focus {
	case folderPane:
		step(&m.folders.win, len(m.folders.prefixes()), m.bodyHeight())
		return nil
	case detailPane:
		step(&m.detail.win, m.detail.height, m.bodyHeight())
		return nil
	}
	m.seek = "" // the cursor is where it is wanted
	step(&m.objects.win, len(m.objects.order), m.bodyHeight())
	return m.look()
}

// enter opens the folder under the cursor, or looks closer at the object.
func (m *Model) enter() tea.Cmd {
	if m.failure != nil {
		return m.reconnect()
	}
	if m.focus == folderPane {
		m.focus = objectPane
		return m.visit(m.folders.prefixes()[m.folders.win.cursor])
	}
	r, ok := m.objects.current()
	switch {
	case !ok && m.objects.err != nil:
		return m.refresh()
	case !ok:
		return nil
	case r.folder:
		return m.visit(r.Key)
	}
	return m.showInfo()
}

// parent goes one folder up, with the cursor on the folder left.
func (m *Model) parent() tea.Cmd {
	if m.focus == detailPane {
		m.focus = objectPane
		return nil
	}
	left := m.objects.prefix
	if left == "" {
		return nil
	}
	up := strings.TrimSuffix(left, "/")
	up = up[:strings.LastIndexByte(up, '/')+1]
	m.seek = left
	m.focus = objectPane
	return m.visit(up)
}

func (m *Model) visitFolder(i int) tea.Cmd {
	m.focus = objectPane
	return m.visit(m.folders.five[i].Prefix)
}

// focusNext moves the focus to the next pane that is on screen.
func (m *Model) focusNext(step int) tea.Cmd {
	l := m.layout()
	shown := []pane{objectPane}
	if l.folders > 0 {
		shown = []pane{folderPane, objectPane}
	}
	if l.detail > 0 {
		shown = append(shown, detailPane)
	}
	for i, p := range shown {
		if p == m.focus {
			m.focus = shown[(i+step+len(shown))%len(shown)]
			return nil
		}
	}
	m.focus = objectPane
	return nil
}

func (m *Model) back() tea.Cmd {
	n := len(m.past) - 1
	to := m.past[n]
	m.past, m.future = m.past[:n], append(m.future, m.here())
	m.seek = to.key
	return m.show(to.prefix)
}

func (m *Model) forward() tea.Cmd {
	n := len(m.future) - 1
	to := m.future[n]
	m.future, m.past = m.future[:n], append(m.past, m.here())
	m.seek = to.key
	return m.show(to.prefix)
}

// here is the place shown.
func (m *Model) here() place {
	r, _ := m.objects.current()
	return place{prefix: m.objects.prefix, key: r.Key}
}

// askPath asks for a prefix or key and goes there.
func (m *Model) askPath() tea.Cmd {
	return m.ask("Go to", "A folder, an object, or the beginning of names: what begins so is listed.", m.objects.prefix, func(m *Model, text string) tea.Cmd {
		bucket := "s3://" + m.session.Bucket.Name() + "/"
		text = strings.TrimPrefix(strings.TrimPrefix(text, bucket), "/")
		if strings.HasPrefix(text, "s3://") {
			return m.fail(errors.New("that is another bucket: start weft with it, weft " + Clean(text)))
		}
		m.focus = objectPane
		if m.seek = text; !strings.HasSuffix(text, "/") && m.land(0) { // it is here
			return m.look()
		}
		m.seek = ""
		return resolve(m.ctx, m.session, text)
	})
}

func (m *Model) goSource() tea.Cmd {
	r, _ := m.objects.current()
	return trace(m.ctx, m.session, r.Key)
}

// goResults goes to the first result of the object under the cursor.
func (m *Model) goResults() tea.Cmd {
	r, _ := m.objects.current()
	for _, out := range m.outputs(r.Key) {
		if _, ok := m.objects.results[out.key]; ok {
			return m.goTo(out.key)
		}
	}
	return m.say("No results yet: t runs a recipe over it", nil)
}

func (m *Model) mark() tea.Cmd {
	i := m.objects.held()
	if i < 0 {
		return nil
	}
	m.objects.mark(m.objects.win.cursor, !m.objects.marks.has(i))
	m.objects.win.move(1, len(m.objects.order), m.bodyHeight())
	return m.look()
}

func (m *Model) markRange() tea.Cmd {
	o := &m.objects
	if len(o.order) == 0 {
		return nil
	}
	if o.anchor < 0 {
		o.anchor = o.win.cursor
		return m.say("Range begins here: move, then v marks it", nil)
	}
	o.markRange()
	o.anchor = -1
	return nil
}

func (m *Model) markAll() tea.Cmd {
	m.objects.markAll()
	return nil
}

// stepOut undoes the nearest of what can be stepped out of. It never quits.
func (m *Model) stepOut() tea.Cmd {
	o := &m.objects
	switch {
	case m.focus == detailPane:
		m.focus = objectPane
	case o.loading || o.renewal != nil:
		m.stopLoading()
		return tea.Batch(m.tidy(), m.look(), m.matchResults())
	case o.anchor >= 0:
		o.anchor = -1
	case o.marks.n > 0:
		o.marks.clear()
	case o.filter != "":
		return m.filter("")
	case o.deleted:
		return m.toggleDeleted()
	}
	return nil
}

func (m *Model) toggleDeleted() tea.Cmd {
	m.objects.deleted = !m.objects.deleted
	return m.show(m.objects.prefix)
}

// refresh looks again at all that is shown, and has a worker try again that could
// not start: who asks may have mended the cause.
func (m *Model) refresh() tea.Cmd {
	m.wakes = 0
	return tea.Batch(m.keepAwake(), m.relist())
}

func (m *Model) relist() tea.Cmd {
	if m.failure != nil || errors.Is(m.objects.err, s3ops.ErrCredentials) {
		return m.reconnect() // which asks for a code again where that is needed
	}
	if m.objects.stopped || m.objects.err != nil {
		cmds := append(m.surveyAll(), m.show(m.objects.prefix))
		if m.keepsOld == "" && m.session != nil {
			cmds = append(cmds, askVersioning(m.ctx, m.session), surveyRoot(m.ctx, m.session))
		}
		return tea.Batch(cmds...)
	}
	return tea.Batch(append(m.surveyAll(), m.reload())...)
}

// writable is the folder that uploads and pastes go to.
func (m *Model) writable() string { return m.objects.folder() }
