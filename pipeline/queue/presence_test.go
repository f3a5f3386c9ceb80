package queue

import (
	"context"
	"errors"
	"testing"

	"weft/pipeline"
)

func TestAWorkerCanBeReplaced(t *testing.T) {
	// A snapshot tells whose credentials the worker has; asked to leave, it puts back what it does, and the next one does it.
	q := open(t)
	q.pace.refill = q.pace.report
	first := make(chan error, 1)
	go func() {
		first <- q.Work(context.Background(), WorkOptions{Account: "one", Workers: 2, Do: func(ctx context.Context, _ pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
			<-ctx.Done()
			return pipeline.Outcome{}, ctx.Err()
		}})
	}()
	id := submit(t, q, tasks(pipeline.Process, 3))
	if s := await(t, q, func(s Snapshot) bool { return len(s.Active) == 2 }); s.Account != "one" {
		t.Errorf("the worker's account is %q", s.Account)
	}
	if n, err := q.Dismiss(t.Context()); err != nil || n != 1 {
		t.Errorf("%d workers were asked to leave, %v", n, err)
	}
	if err := <-first; !errors.Is(err, ErrDismissed) {
		t.Errorf("it left with %v", err)
	}
	if s, err := q.Watch(t.Context(), 0); err != nil || s.Worker || s.Account != "" {
		t.Errorf("after it left: worker %v of %q, %v", s.Worker, s.Account, err)
	}
	work(t, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	})
	if j := awaitEnd(t, q, id); j.Done != 3 {
		t.Errorf("the next one left %+v", j)
	}
}

func TestAnOlderWorkerMakesRoom(t *testing.T) {
	// A worker leaves, and puts back what it does, once a newer weft has changed the tables.
	q := open(t)
	q.pace.refill = q.pace.report
	left := make(chan error, 1)
	go func() {
		left <- q.Work(context.Background(), WorkOptions{Workers: 1, Do: func(ctx context.Context, _ pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
			<-ctx.Done()
			return pipeline.Outcome{}, ctx.Err()
		}})
	}()
	id := submit(t, q, tasks(pipeline.Process, 2))
	await(t, q, func(s Snapshot) bool { return len(s.Active) == 1 })
	form := func(n int) {
		if _, err := q.db.write.Exec(`UPDATE weft_schema SET version = $1`, n); err != nil {
			t.Fatal(err)
		}
	}
	form(schemaVersion + 1)
	if err := <-left; !errors.Is(err, ErrDismissed) {
		t.Errorf("it left with %v", err)
	}
	form(schemaVersion)
	work(t, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	})
	if j := awaitEnd(t, q, id); j.Done != 2 {
		t.Errorf("the next one left %+v", j)
	}
}
