package queue

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weft/pipeline"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

type doFunc = func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error)

// open opens a queue in a new folder, with short waits.
func open(t testing.TB) *Queue {
	t.Helper()
	return openAt(t, newDSN(t))
}

// newDSN names a database of this test's own: on the server that onPostgres
// names, else a file.
func newDSN(t testing.TB) string {
	t.Helper()
	server := os.Getenv(onPostgres)
	if server == "" {
		return filepath.Join(t.TempDir(), "queue.db")
	}
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	name := "test_" + strings.ToLower(rand.Text())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return server[:strings.LastIndexByte(server, '/')+1] + name
}

// here is where the tasks of tests come from.
var here = Origin{Machine: "this machine", Owner: "me"}

func openAt(t testing.TB, path string) *Queue {
	t.Helper()
	q, err := Open(t.Context(), path, "a store", here)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	hurry(q)
	q.pace.alive = 20 * time.Millisecond
	q.pace.report = 20 * time.Millisecond
	q.pace.retries = []time.Duration{time.Millisecond, time.Millisecond}
	return q
}

// hurry has a queue take silent workers for dead soon.
func hurry(q *Queue) { q.pace.beat, q.pace.fresh = 100*time.Millisecond, time.Second }

// work starts a worker and returns what ends it and waits for its end.
func work(t testing.TB, q *Queue, do doFunc) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- q.Work(ctx, WorkOptions{Do: do, Workers: 2}) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("work: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// tasks makes n tasks of a verb, with keys k0, k1, …
func tasks(verb pipeline.Verb, n int) []pipeline.Task {
	all := make([]pipeline.Task, n)
	for i := range all {
		all[i] = pipeline.Task{Verb: verb, Key: fmt.Sprintf("k%d", i)}
	}
	return all
}

func submit(t testing.TB, q *Queue, all []pipeline.Task) int64 {
	t.Helper()
	j, err := q.Submit(t.Context(), "a job", slices.Values(all))
	if err != nil {
		t.Fatal(err)
	}
	return j.ID
}

// await watches until a snapshot is as wanted.
func await(t testing.TB, q *Queue, wanted func(Snapshot) bool) Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var s Snapshot
	for {
		next, err := q.Watch(ctx, s.Version)
		if err != nil {
			t.Fatalf("%v; last seen %+v", err, s)
		}
		if next.Version <= s.Version {
			t.Fatalf("version %d after %d", next.Version, s.Version)
		}
		if s = next; wanted(s) {
			return s
		}
	}
}

// awaitEnd awaits the end of a job and returns it.
func awaitEnd(t testing.TB, q *Queue, id int64) Job {
	t.Helper()
	s := await(t, q, func(s Snapshot) bool { return isEnded(find(s, id)) })
	return find(s, id)
}

func find(s Snapshot, id int64) Job {
	for _, j := range s.Jobs {
		if j.ID == id {
			return j
		}
	}
	return Job{}
}

func isEnded(j Job) bool { return j.State == Done || j.State == Failed || j.State == Cancelled }

func TestTasksEndAsDoSays(t *testing.T) {
	// Each task ends as its Do says, with its note, and its job counts it once and keeps the newest failure.
	q := open(t)
	var tries atomic.Int32
	work(t, q, func(_ context.Context, task pipeline.Task, report func(pipeline.Progress)) (pipeline.Outcome, error) {
		report(pipeline.Progress{Stage: "here", Done: 1, Total: 2})
		switch task.Key {
		case "skipped":
			return pipeline.Outcome{Skipped: true, Note: "a \"note\" of it"}, nil
		case "missing":
			return pipeline.Outcome{}, fmt.Errorf("read missing: %w", s3ops.ErrNotFound)
		case "panics":
			none := []int{}
			none[len(task.Key)] = 1
		case "flaky":
			if tries.Add(1) < 3 {
				return pipeline.Outcome{}, fmt.Errorf("flaky: %w", s3ops.ErrUnreachable)
			}
		}
		return pipeline.Outcome{Keys: []string{"out/" + task.Key, `note":"`}, Bytes: 7}, nil
	})
	id := submit(t, q, []pipeline.Task{
		{Verb: pipeline.Process, Key: "fine"}, {Verb: pipeline.Process, Key: "skipped"},
		{Verb: pipeline.Delete, Key: "missing"}, {Verb: pipeline.Process, Key: "panics"}, {Verb: pipeline.Copy, Key: "flaky"},
	})
	j := awaitEnd(t, q, id)
	if j.State != Failed || j.Total != 5 || j.Done != 2 || j.Skipped != 1 || j.Failed != 2 || j.Bytes != 14 || j.Error == "" {
		t.Errorf("job is %+v", j)
	}
	if n := tries.Load(); n != 3 {
		t.Errorf("the flaky task was tried %d times, not 3", n)
	}
	all, err := q.Tasks(t.Context(), id, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	if all[0].State != Done || all[0].Outcome.Keys[0] != "out/fine" || !all[1].Skipped || all[4].State != Done {
		t.Errorf("tasks are %+v", all)
	}
	if notes, err := q.Noted(t.Context(), id, 0, 10); err != nil || len(notes) != 1 || notes[0].Task.Key != "skipped" || notes[0].Outcome.Note != "a \"note\" of it" {
		t.Errorf("noted are %+v, %v", notes, err)
	}
	failures, err := q.Tasks(t.Context(), id, 0, 10, Failed)
	if err != nil || len(failures) != 2 || failures[0].Task.Key != "missing" || failures[1].Task.Key != "panics" {
		t.Fatalf("failed tasks are %+v, %v", failures, err)
	}
	if text := failures[1].Error; strings.Contains(text, "goroutine") || !strings.Contains(text, "index out of range") {
		t.Errorf("a panic reads %q", text)
	}
}

func TestUnreachableStoreFailsInTheEnd(t *testing.T) {
	// A store that stays out of reach fails the task after a few attempts, and says so.
	q := open(t)
	var tries atomic.Int32
	work(t, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		tries.Add(1)
		return pipeline.Outcome{}, fmt.Errorf("no answer: %w", s3ops.ErrUnreachable)
	})
	j := awaitEnd(t, q, submit(t, q, tasks(pipeline.Delete, 1)))
	if j.State != Failed || !strings.HasPrefix(j.Error, "k0: no answer") || tries.Load() != 3 {
		t.Errorf("after %d attempts the job is %+v", tries.Load(), j)
	}
}

func TestSharedRecipesComeBack(t *testing.T) {
	// Recipes come back with each task, whether its job's tasks share them or not.
	thumb := []recipe.Recipe{{Name: "thumb", To: "t"}}
	web := []recipe.Recipe{{Name: "web", To: "w"}}
	q := open(t)
	for _, given := range [][][]recipe.Recipe{{thumb, thumb}, {thumb, web}, {thumb, nil}, {nil, nil}} {
		id := submit(t, q, []pipeline.Task{{Verb: pipeline.Process, Key: "a", Recipes: given[0]}, {Verb: pipeline.Process, Key: "b", Recipes: given[1]}})
		all, err := q.Tasks(t.Context(), id, 0, 2)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range given {
			got := all[i].Task.Recipes
			if len(got) != len(want) || len(got) > 0 && got[0].Name != want[0].Name {
				t.Errorf("task %d of %v has %v", i, given, got)
			}
		}
	}
}

func TestCancel(t *testing.T) {
	// Cancelling ends queued tasks at once and running ones when they notice; retrying does them all.
	q := open(t)
	path := q.db.name
	var patient atomic.Bool
	patient.Store(true)
	work(t, q, func(ctx context.Context, task pipeline.Task, _ func(pipeline.Progress)) (pipeline.Outcome, error) {
		if !patient.Load() {
			return pipeline.Outcome{}, nil
		}
		<-ctx.Done()
		return pipeline.Outcome{}, ctx.Err()
	})
	id := submit(t, q, tasks(pipeline.Process, 50))
	other := openAt(t, path) // as another process would
	s := await(t, other, func(s Snapshot) bool { return len(s.Active) == 2 })
	if j := find(s, id); j.State != Running || !s.Worker {
		t.Errorf("while running: %+v, worker %v", j, s.Worker)
	}
	if err := other.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if j, err := other.Job(t.Context(), id); err != nil || j.Cancelled < 48 {
		t.Errorf("at once after cancelling: %+v, %v", j, err)
	}
	if j := awaitEnd(t, other, id); j.State != Cancelled || j.Cancelled != 50 {
		t.Errorf("in the end: %+v", j)
	}
	patient.Store(false)
	if n, err := other.Retry(t.Context(), id); err != nil || n != 50 {
		t.Fatalf("retry: %d, %v", n, err)
	}
	if j := awaitEnd(t, q, id); j.State != Done || j.Done != 50 || j.Cancelled != 0 {
		t.Errorf("after the retry: %+v", j)
	}
	if n, err := q.Retry(t.Context(), id); err != nil || n != 0 {
		t.Errorf("retry of a job that is done: %d, %v", n, err)
	}
	if err := q.Cancel(t.Context(), id); err != nil {
		t.Error(err)
	}
	if j, err := q.Job(t.Context(), id); err != nil || j.State != Done {
		t.Errorf("cancelling a job that is done made it %+v, %v", j, err)
	}
	if err := q.Cancel(t.Context(), 999); !errors.Is(err, ErrNoJob) {
		t.Errorf("cancelling job 999: %v", err)
	}
}

func TestFirstOpensAtOnce(t *testing.T) {
	// Many processes that open a queue for the first time at once all succeed.
	path := newDSN(t)
	if !isPostgres(path) {
		path = filepath.Join(filepath.Dir(path), "made", "too", "queue.db")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			q, err := Open(t.Context(), path, "a store", here)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := q.Submit(t.Context(), "a job", slices.Values(tasks(pipeline.Delete, 2))); err != nil {
				t.Error(err)
			}
			if err := q.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s, err := openAt(t, path).Watch(t.Context(), 0)
	if err != nil || len(s.Jobs) != 8 {
		t.Errorf("%d jobs, %v", len(s.Jobs), err)
	}
}

func TestBadFilesAreExplained(t *testing.T) {
	// A database that cannot be used is named, with what to do about it.
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	newer := openAt(t, filepath.Join(dir, "newer.db"))
	if _, err := newer.db.write.Exec(`UPDATE weft_schema SET version = 99`); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		garbage:                         "--move-aside",
		filepath.Join(file, "queue.db"): "WEFT_HOME",
		dir:                             "WEFT_HOME",
		newer.db.name:                   "newer weft",
	} {
		q, err := Open(t.Context(), path, "a store", here)
		if err == nil {
			_ = q.Close()
			t.Errorf("%s was opened", path)
		} else if !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestADamagedQueueIsMovedAsideWhenTold(t *testing.T) {
	// Only a damaged file is moved, and kept; then the queue opens anew.
	onlySQLite(t)
	path := open(t).db.name
	if to, err := MoveAside(t.Context(), path); err == nil {
		t.Errorf("a good queue was moved to %s", to)
	}
	bad := filepath.Join(t.TempDir(), "queue.db")
	if err := os.WriteFile(bad, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	to, err := MoveAside(t.Context(), bad)
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(to); err != nil || !strings.HasPrefix(string(kept), "not a database") {
		t.Errorf("%s holds %.20q, %v", to, kept, err)
	}
	submit(t, openAt(t, bad), tasks(pipeline.Delete, 1))
}

func TestHistoryIsPruned(t *testing.T) {
	// Finished jobs are forgotten after 30 days, unfinished ones never.
	q := open(t)
	stop := work(t, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	})
	done := submit(t, q, tasks(pipeline.Delete, 3))
	awaitEnd(t, q, done)
	stop()
	waiting := submit(t, q, tasks(pipeline.Delete, 3))
	if err := q.prune(t.Context(), time.Now().Add(29*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Job(t.Context(), done); err != nil {
		t.Errorf("after 29 days: %v", err)
	}
	if err := q.prune(t.Context(), time.Now().Add(31*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Job(t.Context(), done); !errors.Is(err, ErrNoJob) {
		t.Errorf("after 31 days: %v", err)
	}
	if all, err := q.Tasks(t.Context(), waiting, 0, 10); err != nil || len(all) != 3 {
		t.Errorf("the waiting job has %d tasks, %v", len(all), err)
	}
	left := 0
	if err := q.db.read.QueryRow(`SELECT (SELECT count(*) FROM river_job) + (SELECT count(*) FROM weft_task)`).Scan(&left); err != nil || left != 6 {
		t.Errorf("%d rows are left, %v", left, err)
	}
}
