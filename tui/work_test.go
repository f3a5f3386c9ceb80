package tui

import (
	"strings"
	"testing"

	"weft/pipeline/queue"
)

// Who leaves is told what becomes of the work: that it goes on, that it waits for
// credentials, or nothing where all of it is paused.
func TestLeavingSaysWhatBecomesOfTheWork(t *testing.T) {
	for says, change := range map[string]func(*Model){
		"goes on without the interface": func(*Model) {},
		"waits for credentials":         func(m *Model) { m.snapshot.Worker, m.snapshot.Held = false, "they have expired" },
		"":                              func(m *Model) { m.snapshot.Jobs[0].Paused = true },
	} {
		m := newPictured().Model
		change(m)
		leaves := m.quit() != nil
		q, asked := m.sheet.(*question)
		if asked == leaves || asked != (says != "") || asked && !strings.Contains(strings.Join(q.lines, " "), says) {
			t.Errorf("%q: asked %+v, leaves %v", says, q, leaves)
		}
	}
}

// A worker is not started again and again while it cannot live, but R tries anew.
func TestRefreshTriesAWorkerAnew(t *testing.T) {
	m := newPictured().Model
	m.snapshot = queue.Snapshot{Held: "they have expired", Jobs: m.snapshot.Jobs}
	for range mostWakes {
		if m.keepAwake() == nil {
			t.Fatal("no worker is started")
		}
		m.addWoken(woken{})
	}
	if m.keepAwake() != nil {
		t.Error("workers are started without an end")
	}
	if m.refresh(); !m.waking {
		t.Error("R starts no worker")
	}
}
