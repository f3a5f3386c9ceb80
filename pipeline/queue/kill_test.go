package queue

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weft/pipeline"
)

// workerEnv makes the test binary a worker of the queue it names; what it does
// is seen in the folder that folderEnv names.
const (
	workerEnv = "WEFT_TEST_WORKER"
	folderEnv = "WEFT_TEST_FOLDER"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(workerEnv); path != "" {
		if err := beWorker(path, os.Getenv(folderEnv)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(func() int {
		defer closeStore()
		return m.Run()
	}())
}

// beWorker works the queue until it is killed. Each task writes a file and adds
// a line to a log of what was begun. A key with "poison" crashes the process,
// from a goroutine where nothing recovers, and one with "slow" takes for ever.
func beWorker(dsn, folder string) error {
	q, err := Open(context.Background(), dsn, "a store", here)
	if err != nil {
		return err
	}
	hurry(q)
	fmt.Println("ready")
	return q.Work(context.Background(), WorkOptions{Workers: 2, Do: func(ctx context.Context, t pipeline.Task, report func(pipeline.Progress)) (pipeline.Outcome, error) {
		log, err := os.OpenFile(filepath.Join(folder, "begun"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return pipeline.Outcome{}, err
		}
		defer func() { _ = log.Close() }()
		if _, err := fmt.Fprintln(log, t.Key); err != nil {
			return pipeline.Outcome{}, err
		}
		if strings.Contains(t.Key, "poison") {
			go panic("poisoned")
			select {}
		}
		if strings.Contains(t.Key, "slow") {
			<-ctx.Done()
			return pipeline.Outcome{}, ctx.Err()
		}
		time.Sleep(time.Duration(rand.IntN(10)) * time.Millisecond)
		return pipeline.Outcome{Bytes: 1}, os.WriteFile(filepath.Join(folder, "out-"+t.Key), nil, 0o600)
	}})
}

// spawn starts a worker process and waits until it is ready.
func spawn(t testing.TB, dsn, folder string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), workerEnv+"="+dsn, folderEnv+"="+folder, "GOTRACEBACK=none")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(out, make([]byte, 6)); err != nil {
		t.Fatal(err)
	}
	return c
}

func kill(t testing.TB, c *exec.Cmd) {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // reports the kill
}

func TestKilledWorkersLoseNothing(t *testing.T) {
	// Workers killed at 20 random moments lose no task, count none twice and repeat only what was in flight.
	const n, kills, inFlight = 300, 20, 2 + pipeline.Room
	q, folder := open(t), t.TempDir()
	var all []pipeline.Task
	for i := range n {
		verb := pipeline.Process
		if i%4 == 0 {
			verb = pipeline.Copy
		}
		all = append(all, pipeline.Task{Verb: verb, Key: fmt.Sprintf("k%d", i)})
	}
	id := submit(t, q, all)
	for range kills {
		c := spawn(t, q.db.name, folder)
		time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
		kill(t, c)
	}
	if j, err := q.Job(t.Context(), id); err != nil || j.Done == n {
		t.Logf("all was done before the last kill: %+v, %v", j, err)
	}
	c := spawn(t, q.db.name, folder)
	defer kill(t, c)
	j := awaitEnd(t, q, id)
	if j.State != Done || j.Done != n || j.Bytes != n {
		t.Errorf("the job is %+v", j)
	}
	for _, task := range all {
		if _, err := os.Stat(filepath.Join(folder, "out-"+task.Key)); err != nil {
			t.Error(err)
		}
	}
	begun, err := os.ReadFile(filepath.Join(folder, "begun"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(begun), "\n"); lines < n || lines > n+kills*inFlight {
		t.Errorf("%d tasks were begun %d times", n, lines)
	}
}

func TestPoisonIsSetAside(t *testing.T) {
	// A task that three workers die of is set aside with what they died of, one beside it is not, and all others get done.
	q, folder := open(t), t.TempDir()
	all := tasks(pipeline.Process, 30)
	all[0].Key, all[1].Key = "poison", "poison too"
	id := submit(t, q, all)
	j := Job{}
	for workers := 0; !isEnded(j); workers++ {
		if workers == 9 { // of two that begin together one death is nobody's, six are theirs
			t.Fatalf("%d workers died: %+v", workers, j)
		}
		c := spawn(t, q.db.name, folder)
		died := make(chan struct{})
		go func() {
			_ = c.Wait() // reports the crash
			close(died)
		}()
		for dead := false; !dead && !isEnded(j); {
			select {
			case <-died:
				dead = true
			case <-time.After(10 * time.Millisecond):
			}
			var err error
			if j, err = q.Job(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.Process.Kill() // it may be dead
		<-died
	}
	if j.State != Failed || j.Failed != 2 || j.Done != 28 {
		t.Fatalf("the job is %+v", j)
	}
	want := "3 workers died of this (panic: poisoned)"
	if q.db.shared {
		want = "3 workers died of this" // the report is on another machine
	}
	failures, err := q.Tasks(t.Context(), id, 0, 5, Failed)
	if err != nil || len(failures) != 2 || failures[0].Task.Key != "poison" || !strings.Contains(failures[0].Error, want) {
		t.Errorf("set aside: %+v, %v", failures, err)
	}
	if n, err := q.Retry(t.Context(), id); err != nil || n != 2 {
		t.Errorf("retry of what was set aside: %d, %v", n, err)
	}
}

func TestKilledBesideIsNotSetAside(t *testing.T) {
	// A task that was under way each time somebody killed the worker is blamed for nothing until it looks past all doubt.
	q, folder := open(t), t.TempDir()
	if q.db.shared {
		t.Skip("among many machines a kill is not told from a crash")
	}
	id := submit(t, q, []pipeline.Task{{Verb: pipeline.Process, Key: "slow"}, {Verb: pipeline.Process, Key: "slow too"}})
	for death := 1; death < maxDeaths; death++ {
		c := spawn(t, q.db.name, folder)
		await(t, q, func(s Snapshot) bool { return len(s.Active) > 0 })
		kill(t, c)
		if j, err := q.Job(t.Context(), id); err != nil || j.Failed > 0 {
			t.Fatalf("after %d kills: %+v, %v", death, j, err)
		}
	}
}

func TestCharge(t *testing.T) {
	// Only a crash, and only of a task that was alone among pictures, is a task's own death.
	q := &Queue{db: &database{}}
	picture := abandoned{task: pipeline.Task{Verb: pipeline.Process}}
	object := abandoned{task: pipeline.Task{Verb: pipeline.Copy}}
	idle := picture
	idle.waiting = true
	for name, c := range map[string]struct {
		left   []abandoned
		crash  string
		shared bool
		kills  int // of the first
	}{
		"a crash":            {[]abandoned{picture}, "panic: x", false, 1},
		"a kill":             {[]abandoned{picture}, "", false, 0},
		"far away":           {[]abandoned{picture}, "", true, 1},
		"two":                {[]abandoned{picture, picture}, "panic: x", false, 0},
		"beside objects":     {[]abandoned{picture, object, object}, "panic: x", false, 1},
		"beside one at rest": {[]abandoned{picture, idle}, "panic: x", false, 1},
		"an object":          {[]abandoned{object}, "panic: x", false, 1},
		"objects":            {[]abandoned{object, object}, "panic: x", false, 0},
		"an object beside":   {[]abandoned{object, picture}, "panic: x", false, 0},
	} {
		q.db.shared = c.shared
		q.charge(c.left, c.crash)
		if a := c.left[0]; a.deaths != 1 || a.kills != c.kills {
			t.Errorf("%s: %d deaths, %d its own", name, a.deaths, a.kills)
		}
		if last := c.left[len(c.left)-1]; last.waiting && last.deaths > 0 {
			t.Errorf("%s: what did nothing is blamed", name)
		}
	}
}

func TestDeathIsNoticed(t *testing.T) {
	// Watchers learn that a worker was killed, and that one has started.
	q, folder := open(t), t.TempDir()
	for range 2 {
		c := spawn(t, q.db.name, folder)
		await(t, q, func(s Snapshot) bool { return s.Worker })
		kill(t, c)
		await(t, q, func(s Snapshot) bool { return !s.Worker })
	}
}

func TestWhatIsWrongIsSaidOnce(t *testing.T) {
	// Who watches a queue that nobody may write learns once which one it is, when the death of a worker is to be noted there.
	onlySQLite(t)
	q := open(t)
	for _, statement := range []string{`UPDATE weft_change SET alive = 1`, `PRAGMA query_only = 1`} {
		if _, err := q.db.loose.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	_, err := q.Watch(t.Context(), 0)
	if err == nil || strings.Count(err.Error(), q.db.name) != 1 || !strings.Contains(err.Error(), "weft cannot write it") {
		t.Errorf("said: %v", err)
	}
}
