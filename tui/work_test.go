package tui

import (
	"strings"
	"testing"

	"weft/pipeline"
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

// A note that its line has no room for stands whole below the tasks, and one that
// fits is said once.
func TestNoteStandsWhole(t *testing.T) {
	const long = "only the first of 12 frames was used; its profile of colours is left out, as it cannot be read: the result is as sRGB"
	for note, below := range map[string]bool{long: true, "6 swatches": false} {
		s := &workSheet{open: 1, tasks: []queue.TaskState{{State: queue.Done, Outcome: pipeline.Outcome{Note: note}}}}
		lines := s.why(76, 16)
		if got := strings.TrimSpace(strings.Join(lines, " ")); (got == note) != below || !below && got != "" {
			t.Errorf("%q: below the tasks stands %q", note, got)
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
