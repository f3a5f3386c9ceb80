package pipeline

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"weft/s3ops"
)

// While a task's request pauses, its progress says for how long yet and why,
// second by second, with what has moved; after that it is what it was; and
// nothing comes once the task has ended.
func TestPausesAreShownInTheProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []Progress
		p := &pausing{to: func(p Progress) { got = append(got, p) }}
		p.report(Progress{"uploading", 5, 9})
		p.pause(s3ops.Pause{For: 2500 * time.Millisecond, Why: "SlowDown"})
		p.pause(s3ops.Pause{For: time.Second, Why: "SlowDown"}) // another part's is over sooner
		time.Sleep(1200 * time.Millisecond)
		p.report(Progress{"uploading", 6, 9})
		time.Sleep(3 * time.Second)
		p.pause(s3ops.Pause{For: 5 * time.Second, Why: "SlowDown"})
		p.end()
		time.Sleep(time.Minute)
		p.report(Progress{"uploading", 9, 9})
		want := []Progress{{"uploading", 5, 9}, {"retrying in 3 s (SlowDown)", 5, 9}, {"retrying in 3 s (SlowDown)", 5, 9},
			{"retrying in 2 s (SlowDown)", 5, 9}, {"retrying in 2 s (SlowDown)", 6, 9}, {"retrying in 1 s (SlowDown)", 6, 9}, {"uploading", 6, 9},
			{"retrying in 5 s (SlowDown)", 6, 9}}
		if !slices.Equal(got, want) {
			t.Errorf("reported %v\nwant %v", got, want)
		}
		if got[0].Waits() || !got[1].Waits() {
			t.Error("it is not told from the rest")
		}
	})
}
