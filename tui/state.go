package tui

import (
	"context"
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// reloadLimit is the longest listing that is read again by itself when work
// has changed it; longer ones wait for R.
const reloadLimit = 20_000

// open starts using a store that was connected.
func (m *Model) open(msg connected) tea.Cmd {
	if m.failure = msg.err; m.failure != nil {
		m.objects.loading = false
		if needed, ok := errors.AsType[*s3ops.CodeNeeded](msg.err); ok {
			return m.askCode(needed, (*Model).resume)
		}
		return nil
	}
	m.session = msg.session
	cmds := []tea.Cmd{m.compare(), m.load(), readRecipes(m.ctx, m.session), askVersioning(m.ctx, m.session), surveyRoot(m.ctx, m.session)}
	return tea.Batch(append(cmds, m.surveyAll()...)...)
}

// reconnect tries again to open the store.
func (m *Model) reconnect() tea.Cmd {
	m.failure, m.objects.loading = nil, true
	return connect(m.ctx, m.parts)
}

// surveyAll counts the five folders; while they are being counted it has them
// counted once more after that.
func (m *Model) surveyAll() []tea.Cmd {
	if m.session == nil {
		return nil
	}
	if m.recount = m.counting > 0; m.recount {
		return nil
	}
	var cmds []tea.Cmd
	for _, f := range m.folders.five {
		cmds = append(cmds, surveyFolder(m.ctx, m.session, f.Prefix))
	}
	m.counting = len(cmds)
	return cmds
}

// visit shows a place and remembers the one left.
func (m *Model) visit(prefix string) tea.Cmd {
	if prefix != m.objects.prefix {
		m.past = append(m.past, m.here())
		m.future = nil
	}
	return m.show(prefix)
}

// show lists a prefix in the object pane.
func (m *Model) show(prefix string) tea.Cmd {
	m.objects = newObjects(prefix, m.objects)
	m.arranging.stop()
	m.folders.follow(prefix)
	m.detail.clear()
	return m.load()
}

// load lists the object pane's place.
func (m *Model) load() tea.Cmd {
	if m.session == nil {
		return nil
	}
	o := &m.objects
	o.loading, o.err, o.stopped = true, nil, false
	ctx, token := m.listing.begin(m.ctx)
	return list(ctx, m.session, token, o.prefix, m.listOptions())
}

func (m *Model) listOptions() s3ops.ListOptions {
	return s3ops.ListOptions{Deleted: m.objects.deleted}
}

// reload lists the place again and swaps it in when it is whole.
func (m *Model) reload() tea.Cmd {
	if m.session == nil {
		return nil
	}
	if m.objects.loading || m.objects.renewal != nil {
		m.stale = true // what is being listed may be from before the change
		return nil
	}
	fresh := newObjects(m.objects.prefix, m.objects)
	m.objects.renewal = &fresh
	ctx, token := m.listing.begin(m.ctx)
	return list(ctx, m.session, token, fresh.prefix, m.listOptions())
}

// addListed takes in more of a listing.
func (m *Model) addListed(msg listed) tea.Cmd {
	if !m.listing.current(msg.token) {
		return nil
	}
	o := &m.objects
	if o.renewal != nil {
		return m.addRelisted(msg)
	}
	known := o.rows.n
	o.take(msg.rows)
	m.land(known)
	if !msg.done {
		return tea.Batch(more(msg), m.tidy(), m.lookFirst())
	}
	m.listing.stop()
	o.loading, o.err = false, msg.err
	m.seek = ""                         // it is not there
	if msg.err != nil && o.rows.n > 0 { // an empty list says it itself
		m.fail(fmt.Errorf("the listing broke off: %w", msg.err))
	}
	return tea.Batch(m.tidy(), m.look(), m.matchResults(), m.reloadStale())
}

// addRelisted takes in more of a reload, which is shown when it is whole.
func (m *Model) addRelisted(msg listed) tea.Cmd {
	fresh := m.objects.renewal
	fresh.rows = msg.rows
	if !msg.done {
		return more(msg)
	}
	m.listing.stop()
	if msg.err != nil {
		m.objects.renewal, m.stale = nil, false
		return m.fail(msg.err)
	}
	fresh.loading = false
	return m.arrange()
}

// reloadStale lists again what was changed while it was listed.
func (m *Model) reloadStale() tea.Cmd {
	if !m.stale {
		return nil
	}
	m.stale = false
	return m.reload()
}

// lookFirst looks at the row under the cursor as soon as there is one.
func (m *Model) lookFirst() tea.Cmd {
	if m.detail.key == "" {
		return m.look()
	}
	return nil
}

// land puts the cursor on the key that was asked for, if it is among the rows
// from the first on and shown.
func (m *Model) land(first int) bool {
	if m.seek == "" {
		return false
	}
	at := m.objects.place(m.objects.rows.find(m.seek, first))
	if at >= 0 {
		m.objects.win.center(at, len(m.objects.order), m.bodyHeight())
		m.seek = ""
	}
	return at >= 0
}

// stopLoading ends a listing where it is.
func (m *Model) stopLoading() {
	m.listing.stop()
	if m.objects.renewal != nil { // what is shown is whole, only older
		m.objects.renewal = nil
		m.arranging.stop()
		return
	}
	m.objects.loading, m.objects.stopped = false, true
}

// goTo puts the cursor on a key: here if it is loaded, else in its folder.
func (m *Model) goTo(key string) tea.Cmd {
	m.focus = objectPane
	if m.seek = key; m.land(0) {
		return m.look()
	}
	m.seek = ""
	return reach(m.ctx, m.session, key)
}

// follow goes where an effect found that there is something to see.
func (m *Model) follow(msg traced) tea.Cmd {
	if msg.err != nil {
		return m.fail(msg.err)
	}
	if m.seek = msg.key; msg.key != "" && msg.prefix == m.objects.prefix && m.objects.loading {
		return nil // it is yet to come
	}
	return m.visit(msg.prefix)
}

// matchResults asks which results exist of the sources shown.
func (m *Model) matchResults() tea.Cmd {
	prefix := m.resultsPrefix()
	if m.session == nil || prefix == "" {
		return nil
	}
	ctx, token := m.matching.begin(m.ctx)
	return match(ctx, m.session, token, prefix)
}

func (m *Model) addSurveyed(msg surveyed) tea.Cmd {
	if msg.root {
		m.folders.others = msg.others
		return nil
	}
	m.folders.counts[msg.prefix] = msg
	if m.counting--; m.counting == 0 && m.recount {
		return tea.Batch(m.surveyAll()...)
	}
	return nil
}

// run submits tasks.
func (m *Model) run(tasks []pipeline.Task) tea.Cmd {
	if len(tasks) == 0 {
		return nil
	}
	return submit(m.ctx, m.parts, m.queue, slices.Values(tasks))
}

func (m *Model) addSubmitted(msg submitted) tea.Cmd {
	if msg.job.ID == 0 {
		return m.fail(fmt.Errorf("not started: %w", msg.err))
	}
	m.mine[msg.job.ID] = true
	m.objects.marks.clear()
	m.objects.anchor = -1
	return m.say(msg.job.Title+"  ·  w shows the work", msg.err)
}

// compare finds whether the worker, if it is another one than before, has the
// credentials of the session.
func (m *Model) compare() tea.Cmd {
	worker := m.snapshot.Account
	if worker == "" || worker == m.worker || m.session == nil || m.session.Config.Local != "" {
		return nil
	}
	m.worker = worker
	return compareAccounts(m.ctx, m.session, worker)
}

// addWatched takes in a newer state of the queue, and lists the place again if
// finished work has changed it.
func (m *Model) addWatched(msg watched) tea.Cmd {
	if msg.err != nil {
		if errors.Is(msg.err, context.Canceled) {
			return nil
		}
		return tea.Batch(m.fail(msg.err), watchLater(m.ctx, m.queue, m.snapshot.Version))
	}
	first := m.snapshot.Version == 0
	var held tea.Cmd
	if why := msg.snapshot.Held; why != "" && why != m.snapshot.Held {
		held = m.fail(errors.New("the work waits for credentials: " + why))
	}
	m.snapshot = msg.snapshot
	m.noteSpeeds()
	next := tea.Batch(watch(m.ctx, m.queue, msg.snapshot.Version), held, m.compare())
	changed := false
	var ended tea.Cmd
	for _, j := range msg.snapshot.Jobs {
		finished := j.Done + j.Skipped + j.Failed
		if finished > m.seen[j.ID] && !first {
			changed = changed || j.Verb != pipeline.Download
			if j.State == queue.Done || j.State == queue.Failed {
				ended = m.announce(j)
			}
		}
		m.seen[j.ID] = finished
	}
	awake := m.keepAwake()
	if !changed || m.session == nil {
		return tea.Batch(next, ended, awake)
	}
	m.wakes = 0
	cmds := append(m.surveyAll(), next, ended, awake)
	if m.objects.rows.n <= reloadLimit {
		cmds = append(cmds, m.reload())
	}
	return tea.Batch(cmds...)
}

// mostWakes is how many workers are started one after another while nothing
// gets done: more would die as well.
const mostWakes = 3

// keepAwake starts a worker where the last one is gone and one is needed: for
// unfinished work, or to serve the embedded store.
func (m *Model) keepAwake() tea.Cmd {
	if m.snapshot.Worker || m.waking || m.wakes == mostWakes || m.session == nil {
		return nil
	}
	config := m.session.Config
	needed := config.Local != ""
	for _, j := range m.snapshot.Jobs {
		needed = needed || !ended(j) && !j.Paused && !config.ReadOnly
	}
	if !needed {
		return nil
	}
	m.waking = true
	m.wakes++
	return wake(m.ctx, m.parts)
}

// addWoken goes on after a worker was started. On the embedded store what could
// not be listed without it is listed now.
func (m *Model) addWoken(msg woken) tea.Cmd {
	m.waking = false
	if msg.err != nil {
		return m.fail(fmt.Errorf("no worker: %w", msg.err))
	}
	if m.objects.err != nil {
		return m.show(m.objects.prefix)
	}
	return nil
}

// announce says that a job has ended.
func (m *Model) announce(j queue.Job) tea.Cmd {
	if j.Failed > 0 {
		return m.fail(fmt.Errorf("%s: %s failed: %w  ·  w shows the work", j.Title, group(j.Failed)+" of "+group(j.Total), s3ops.Recall(j.Error, "")))
	}
	text := "✓ " + j.Title
	if j.Skipped == j.Total {
		text += ": already done"
	}
	return m.say(text, nil)
}

func (m *Model) addCollected(msg collected) tea.Cmd {
	if msg.err != nil {
		return m.fail(msg.err)
	}
	if len(msg.tasks) == 0 {
		return m.fail(errors.New("nothing to upload: the chosen folders hold no regular files"))
	}
	if len(msg.skipped) > 0 {
		return m.confirm(newUploadQuestion(msg))
	}
	return m.run(msg.tasks)
}
