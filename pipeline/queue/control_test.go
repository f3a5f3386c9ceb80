package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/pipeline"
	"weft/s3ops"
)

func TestPausedJobsWait(t *testing.T) {
	// Of a paused job nothing more is begun, through a worker's end and start too; resumed, all of it is done once.
	q := open(t)
	gate := make(chan struct{})
	var mu sync.Mutex
	begun := map[string]int{}
	do := func(ctx context.Context, task pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
		mu.Lock()
		begun[task.Key]++
		mu.Unlock()
		select {
		case <-gate:
			return pipeline.Outcome{}, nil
		case <-ctx.Done():
			return pipeline.Outcome{}, ctx.Err()
		}
	}
	stop := work(t, q, do)
	id := submit(t, q, tasks(pipeline.Process, 20))
	await(t, q, func(s Snapshot) bool { return len(s.Active) == 2 })
	if err := q.Pause(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	stop() // what ran is put back
	if j, err := q.Job(t.Context(), id); err != nil || j.State != Paused || !j.Paused {
		t.Errorf("paused it is %+v, %v", j, err)
	}
	close(gate)
	work(t, q, do)
	other := submit(t, q, tasks(pipeline.Process, 1))
	awaitEnd(t, q, other)
	mu.Lock()
	if len(begun) > 3 { // two were running, and k0 is the other job's too
		t.Errorf("begun while paused: %v", begun)
	}
	mu.Unlock()
	if err := q.Resume(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if j := awaitEnd(t, q, id); j.Done != 20 || j.State != Done {
		t.Errorf("resumed it is %+v", j)
	}
	if err := q.Pause(t.Context(), id); err != nil {
		t.Error(err)
	}
	if j, err := q.Job(t.Context(), id); err != nil || j.State != Done || j.Paused {
		t.Errorf("pausing what is done made it %+v, %v", j, err)
	}
}

func TestPeopleTakeTurns(t *testing.T) {
	// Of two people's batches the one submitted later does not wait for the other; one person's follow each other.
	dsn := newDSN(t)
	as := func(owner string) *Queue {
		q, err := Open(t.Context(), dsn, "a store", Origin{Machine: "m", Owner: owner})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close() })
		hurry(q)
		return q
	}
	batch := func(name string) (all []pipeline.Task) {
		for i := range 60 {
			all = append(all, pipeline.Task{Verb: pipeline.Process, Key: fmt.Sprintf("%s %d", name, i)})
		}
		return all
	}
	anna, bert := as("anna"), as("bert")
	submit(t, anna, batch("anna 1"))
	submit(t, anna, batch("anna 2"))
	id := submit(t, bert, batch("bert"))
	var mu sync.Mutex
	var order []string
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		ended <- anna.Work(ctx, WorkOptions{Workers: 1, Do: func(_ context.Context, task pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
			mu.Lock()
			defer mu.Unlock()
			order = append(order, task.Key)
			return pipeline.Outcome{}, nil
		}})
	}()
	awaitEnd(t, bert, id)
	mu.Lock()
	got := slices.Clone(order)
	mu.Unlock()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	last := slices.IndexFunc(got, func(s string) bool { return s == "bert 59" })
	if last < 100 || last > 135 {
		t.Errorf("bert's last of 60 was number %d, not about 120", last)
	}
	if i := slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, "anna 2") }); i >= 0 && i < 110 {
		t.Errorf("anna's second batch began at %d, before her first was done", i)
	}
}

func TestRefusedCredentialsFailNothing(t *testing.T) {
	// A worker whose credentials the store refuses leaves without failing a task; a good one goes on.
	q := open(t)
	id := submit(t, q, tasks(pipeline.Copy, 100))
	expired := &s3ops.Error{Op: "copy", Kind: s3ops.ErrCredentials, Why: "the temporary credentials have expired", Remedy: "log in again"}
	var n sync.Map
	err := q.Work(t.Context(), WorkOptions{Workers: 2, Do: func(_ context.Context, task pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
		if _, err := fmt.Sscanf(task.Key, "k%d", new(int)); err == nil && task.Key < "k3" {
			n.Store(task.Key, true)
			return pipeline.Outcome{}, nil
		}
		return pipeline.Outcome{}, expired
	}})
	if !errors.Is(err, s3ops.ErrCredentials) {
		t.Errorf("the worker ended with %v", err)
	}
	s, err := q.Watch(t.Context(), 0)
	if err != nil || !strings.Contains(s.Held, "have expired") || s.Worker {
		t.Errorf("held: %q, worker %v, %v", s.Held, s.Worker, err)
	}
	if j := find(s, id); j.Failed != 0 || j.Done == 100 {
		t.Errorf("the job is %+v", j)
	}
	work(t, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	})
	if j := awaitEnd(t, q, id); j.Done != 100 {
		t.Errorf("with good credentials: %+v", j)
	}
	if s, err := q.Watch(t.Context(), 0); err != nil || s.Held != "" {
		t.Errorf("still held: %q, %v", s.Held, err)
	}
}

func TestManyMachinesShareABatch(t *testing.T) {
	// Four workers share a batch while one after another is killed: nothing is lost, nothing counted twice.
	if os.Getenv(onPostgres) == "" {
		t.Skip("one machine's queue has one worker; see TestAllOfThisOnPostgreSQL")
	}
	const n = 800
	q, folder := open(t), t.TempDir()
	id := submit(t, q, tasks(pipeline.Process, n))
	workers := make(chan func(), 16)
	for range 4 {
		c := spawn(t, q.db.name, folder)
		workers <- func() { kill(t, c) }
	}
	for range 6 {
		time.Sleep(200 * time.Millisecond)
		(<-workers)()
		c := spawn(t, q.db.name, folder)
		workers <- func() { kill(t, c) }
	}
	j := awaitEnd(t, q, id)
	for range 4 {
		(<-workers)()
	}
	if j.Done != n || j.Bytes != n || j.Failed != 0 {
		t.Errorf("the job is %+v", j)
	}
	made, err := filepath.Glob(filepath.Join(folder, "out-*"))
	if err != nil || len(made) != n {
		t.Errorf("%d outputs, %v", len(made), err)
	}
}

func TestFilesAreForTheirMachine(t *testing.T) {
	// A task that reads a file of one machine is not done on another.
	if os.Getenv(onPostgres) == "" {
		t.Skip("one machine's queue has one worker; see TestAllOfThisOnPostgreSQL")
	}
	q := open(t)
	id := submit(t, q, []pipeline.Task{{Verb: pipeline.Upload, Key: "pinned"}, {Verb: pipeline.Copy, Key: "free"}})
	there, err := Open(t.Context(), q.db.name, "a store", Origin{Machine: "another machine", Owner: "me"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = there.Close() })
	hurry(there)
	fine := func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	}
	stop := work(t, there, fine)
	await(t, q, func(s Snapshot) bool { return find(s, id).Done == 1 })
	stop()
	if all, err := q.Tasks(t.Context(), id, 0, 2, Queued); err != nil || len(all) != 1 || all[0].Task.Key != "pinned" {
		t.Errorf("still queued: %+v, %v", all, err)
	}
	work(t, q, fine)
	awaitEnd(t, q, id)
}
