package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/queue"
)

// takeBack looks up what z takes back, or Z does again.
func (m *Model) takeBack(redo bool) tea.Cmd {
	m.undoing = true
	return foresee(m.ctx, m.queue, redo)
}

// addForeseen takes the job back at once if it was begun in this session and
// nothing is lost by it, and else says what it would do and asks.
func (m *Model) addForeseen(msg foreseen) tea.Cmd {
	m.undoing = false
	switch {
	case errors.Is(msg.err, queue.ErrNothing) && msg.redo:
		return m.say("Nothing to redo: Z does again what z took back, until something new is done", nil)
	case errors.Is(msg.err, queue.ErrNothing) && msg.passed.ID != 0:
		return m.fail(fmt.Errorf("%s cannot be undone: %s", msg.passed.Title, msg.why))
	case errors.Is(msg.err, queue.ErrNothing):
		return m.say("Nothing to undo: V and . bring back what was deleted long ago", nil)
	case msg.err != nil:
		return m.fail(msg.err)
	}
	j := msg.job
	do := func(m *Model) tea.Cmd {
		m.undoing = true
		return undo(m.ctx, m.parts, m.queue, j.ID)
	}
	switch {
	case m.mine[j.ID] && msg.passed.ID == 0 && msg.outlook.ForGood == 0:
		return do(m)
	case m.sheet != nil: // opened meanwhile: a question would take its place
		return m.say("Nothing is undone yet: close this, and press the key again", nil)
	}
	return m.confirm(m.undoQuestion(msg, do))
}

// undoQuestion says what would be taken back, of when, and what it comes to.
func (m *Model) undoQuestion(msg foreseen, do func(*Model) tea.Cmd) question {
	q := question{title: "Undo?", yes: "Undo", do: do}
	if msg.redo {
		q.title, q.yes = "Redo?", "Redo"
	}
	if msg.passed.ID != 0 {
		q.lines = append(q.lines, "The newest change cannot be undone: "+Clean(msg.passed.Title)+".", Clean(msg.why), "", "The one before it:")
	}
	title := strings.TrimPrefix(msg.job.Title, "Undo: ")
	q.lines = append(q.lines, Clean(title)+", "+humanTime(msg.job.CreatedAt, m.now), foretell(msg.outlook))
	if n := msg.outlook.Refused; n > 0 {
		q.lines = append(q.lines, group(n)+" of it cannot be undone: "+Clean(msg.outlook.Why))
	}
	if n := msg.outlook.ForGood; n > 0 {
		q.warn = "The bucket keeps no old versions: " + plural(n, "object") + " would be gone for good."
	}
	return q
}

// foretell says in a sentence what an undo comes to.
func foretell(o queue.Outlook) string {
	var parts []string
	for _, p := range []struct {
		verb pipeline.Verb
		does string
	}{{pipeline.Undelete, "brings back"}, {pipeline.Move, "moves"}, {pipeline.Delete, "deletes"}, {pipeline.Restore, "restores"}} {
		if n := o.Count[p.verb]; n > 0 {
			parts = append(parts, p.does+" "+plural(n, "object"))
		}
	}
	return "It " + strings.Join(parts, ", ") + ". What has changed since stays as it is."
}

// addUndone says that it is under way; the end is announced as any job's.
func (m *Model) addUndone(msg undone) tea.Cmd {
	m.undoing = false
	if msg.job.ID == 0 {
		return m.fail(msg.err)
	}
	m.mine[msg.job.ID] = true
	key := "Z does it again"
	if msg.job.Redoes != 0 {
		key = "z takes it back"
	}
	return m.say(msg.job.Title+"  ·  "+key, msg.err)
}
