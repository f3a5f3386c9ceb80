package queue

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weft/pipeline"
)

func TestLeavingPutsBack(t *testing.T) {
	// A worker that is told to leave puts its running tasks back, and the next one does them.
	q := open(t)
	stop := work(t, q, func(ctx context.Context, _ pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
		<-ctx.Done()
		return pipeline.Outcome{}, ctx.Err()
	})
	id := submit(t, q, tasks(pipeline.Process, 5))
	await(t, q, func(s Snapshot) bool { return len(s.Active) == 2 })
	stop()
	s := await(t, q, func(s Snapshot) bool { return !s.Worker })
	if j := find(s, id); j.State != Queued || len(s.Active) != 0 {
		t.Errorf("without a worker: %+v, active %v", j, s.Active)
	}
	for range 3 { // leaving in order is no death: it must never set a task aside
		work(t, q, func(ctx context.Context, _ pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
			<-ctx.Done()
			return pipeline.Outcome{}, ctx.Err()
		})()
	}
	work(t, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	})
	if j := awaitEnd(t, q, id); j.State != Done || j.Done != 5 {
		t.Errorf("in the end: %+v", j)
	}
}

func TestOneWorkerAtATime(t *testing.T) {
	// A second worker of the same queue is refused while the first lives.
	onlySQLite(t)
	q := open(t)
	work(t, q, nil)
	await(t, q, func(s Snapshot) bool { return s.Worker })
	if err := q.Work(t.Context(), WorkOptions{}); !errors.Is(err, ErrLocked) {
		t.Errorf("a second worker: %v", err)
	}
}

func TestIdleWorkerLeaves(t *testing.T) {
	// A worker leaves when there was nothing to do for long enough and nobody needs it.
	q := open(t)
	var asked atomic.Int32
	err := q.Work(t.Context(), WorkOptions{Idle: 30 * time.Millisecond, Busy: func() bool { return asked.Add(1) < 3 }})
	if err != nil || asked.Load() != 3 {
		t.Errorf("it left after being asked %d times: %v", asked.Load(), err)
	}
}

func TestProgressIsSeenAndStallsEnd(t *testing.T) {
	// Progress reaches watchers while a task runs, and a task that shows none for too long fails.
	q := open(t)
	q.pace.stall = 300 * time.Millisecond
	work(t, q, func(ctx context.Context, _ pipeline.Task, report func(pipeline.Progress)) (pipeline.Outcome, error) {
		report(pipeline.Progress{Stage: "downloading", Done: 10, Total: 100})
		<-ctx.Done()
		return pipeline.Outcome{}, ctx.Err()
	})
	id := submit(t, q, tasks(pipeline.Download, 1))
	s := await(t, q, func(s Snapshot) bool { return len(s.Active) == 1 && s.Active[0].Done == 10 })
	if a := s.Active[0]; a.JobID != id || a.Key != "k0" || a.Stage != "downloading" || a.Total != 100 {
		t.Errorf("active is %+v", a)
	}
	if j := awaitEnd(t, q, id); j.Failed != 1 || !strings.Contains(j.Error, "no progress") {
		t.Errorf("after the stall: %+v", j)
	}
}

func TestSmallJobsPassBatches(t *testing.T) {
	// A person's few tasks are done before a batch that was submitted earlier.
	q := open(t)
	submit(t, q, tasks(pipeline.Process, 1001))
	waited := tasks(pipeline.Process, 3)
	for i := range waited {
		waited[i].Key = "waited for " + waited[i].Key
	}
	few := submit(t, q, waited)
	var order []string
	var mu sync.Mutex
	work(t, q, func(_ context.Context, task pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, task.Key)
		return pipeline.Outcome{}, nil
	})
	awaitEnd(t, q, few)
	mu.Lock()
	defer mu.Unlock()
	for _, task := range waited {
		if i := slices.Index(order, task.Key); i < 0 || i > 10 {
			t.Errorf("%s was number %d", task.Key, i)
		}
	}
}
