package queue

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"weft/pipeline"
)

func TestSubmitIsAllOrNothing(t *testing.T) {
	// A submission that is cut off leaves nothing behind, and nobody saw any of it.
	q := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cutOff := func(yield func(pipeline.Task) bool) {
		for i, task := range tasks(pipeline.Delete, 3*pieceSize) {
			if i == 2*pieceSize+10 {
				if n := count(t, q, "weft_task"); n != 2*pieceSize {
					t.Errorf("%d tasks have arrived", n)
				}
				if s, err := q.Watch(t.Context(), 0); err != nil || len(s.Jobs) != 0 {
					t.Errorf("seen before it is there: %+v, %v", s.Jobs, err)
				}
				cancel()
			}
			if !yield(task) {
				return
			}
		}
	}
	if _, err := q.Submit(ctx, "cut off", cutOff); !errors.Is(err, context.Canceled) {
		t.Errorf("cut off: %v", err)
	}
	for _, table := range []string{"weft_job", "weft_task", "river_job", "weft_arrival"} {
		if n := count(t, q, table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
	if _, err := q.Submit(t.Context(), "empty", slices.Values[[]pipeline.Task](nil)); err == nil {
		t.Error("a job of no tasks was taken")
	}
}

func TestArrivalsOfTheDeadAreSwept(t *testing.T) {
	// What a killed process wrote of a job goes after a while; one that is only slow learns it, and nobody sees half a job.
	q := open(t)
	slow := func(yield func(pipeline.Task) bool) {
		for i, task := range tasks(pipeline.Delete, 3*pieceSize) {
			if i == 2*pieceSize {
				if err := q.sweep(t.Context()); err != nil || count(t, q, "weft_task") != pieceSize {
					t.Errorf("what arrives was swept: %v", err)
				}
				if _, err := q.db.write.Exec(`UPDATE weft_arrival SET beat = beat - $1`, 2*sweepAfter.Milliseconds()); err != nil {
					t.Error(err)
				}
				if err := q.sweep(t.Context()); err != nil || count(t, q, "weft_task") != 0 {
					t.Errorf("what is old was not swept: %v", err)
				}
			}
			if !yield(task) {
				return
			}
		}
	}
	if _, err := q.Submit(t.Context(), "slow", slow); !errors.Is(err, errSwept) {
		t.Errorf("slow: %v", err)
	}
	for _, table := range []string{"weft_job", "weft_task", "river_job", "weft_arrival"} {
		if n := count(t, q, table); n != 0 {
			t.Errorf("%s has %d rows", table, n)
		}
	}
}

// count tells how many rows a table has.
func count(t *testing.T, q *Queue, table string) (n int) {
	t.Helper()
	if err := q.db.read.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
		t.Error(err)
	}
	return n
}

func TestBigJobsGetTicketsByAndBy(t *testing.T) {
	// River has a bounded number of tickets of a job; all tasks of it are done once all the same, through pause, resume, cancel and retry.
	const window, n = 80, 3*80 + 7
	q := open(t)
	q.window, q.pace.refill = window, 20*time.Millisecond
	id := submit(t, q, tasks(pipeline.Delete, n))
	tickets := func() int {
		left := 0
		if err := q.db.read.QueryRow(`SELECT count(*) FROM river_job WHERE state = 'available'`).Scan(&left); err != nil {
			t.Error(err)
		}
		return left
	}
	if got := tickets(); got == 0 || got > window {
		t.Errorf("River has %d tickets", got)
	}
	var done, free atomic.Int64
	free.Store(2 * window) // the others stay under way
	doIt := func(ctx context.Context, _ pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
		if free.Add(-1) < 0 {
			<-ctx.Done()
			return pipeline.Outcome{}, ctx.Err()
		}
		done.Add(1)
		return pipeline.Outcome{}, nil
	}
	stop := work(t, q, doIt)
	await(t, q, func(s Snapshot) bool { return find(s, id).Done > window/2 })
	if got := tickets(); got > window+window/windowSteps {
		t.Errorf("at work River has %d tickets", got)
	}
	if err := q.Pause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	stop()
	if got := tickets(); got != 0 {
		t.Errorf("paused, River has %d tickets", got)
	}
	if err := q.Resume(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	stop = work(t, q, doIt)
	await(t, q, func(s Snapshot) bool { return find(s, id).Done > window && len(s.Active) == pipeline.Room })
	if err := q.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	stop()
	if got := tickets(); got != 0 {
		t.Errorf("cancelled, River has %d tickets", got)
	}
	free.Store(2 * n)
	if _, err := q.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	work(t, q, doIt)
	if j := awaitEnd(t, q, id); j.Done != n || done.Load() < n || done.Load() > n+8 {
		t.Errorf("%d were done: %+v", done.Load(), j)
	}
}
