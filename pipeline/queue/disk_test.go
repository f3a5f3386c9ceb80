package queue

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weft/pipeline"
)

func TestAFullDiskLosesNothing(t *testing.T) {
	// While the disk is full nothing fails but what is submitted, and that says why; with room again all is done once.
	onlySQLite(t)
	q := open(t)
	q.pace.report = time.Hour // nothing is written meanwhile but the tasks' ends
	begun, full, retried := make(chan bool, 100), make(chan bool), make(chan bool, 100)
	var did atomic.Int32
	do := func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		did.Add(1)
		begun <- true
		<-full
		return pipeline.Outcome{Bytes: 1, Note: strings.Repeat("a note that needs room ", 10_000)}, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		log := slog.New(slog.NewTextHandler(sink(func(line string) {
			if strings.Contains(line, "trying again") {
				retried <- true
			}
		}), nil))
		ended <- q.Work(ctx, WorkOptions{Do: do, Workers: 2, Log: log})
	}()
	defer func() {
		cancel()
		<-ended
	}()
	const n = 12
	id := submit(t, q, tasks(pipeline.Process, n))
	<-begun
	room := func(pages string) { // SQLite ends at so many pages as at the end of a disk
		for _, p := range []*pool{q.db.write, q.db.loose} {
			if _, err := p.Exec("PRAGMA max_page_count = " + pages); err != nil {
				t.Fatal(err)
			}
		}
	}
	room("1") // means: what there is now
	_, err := q.Submit(t.Context(), "", func(yield func(pipeline.Task) bool) {
		for i := 0; i < 20_000 && yield(pipeline.Task{Verb: pipeline.Delete, Key: fmt.Sprintf("a-long-enough-key/%06d", i)}); i++ {
		}
	})
	if err == nil || !strings.Contains(err.Error(), "the disk is full; make room") {
		t.Errorf("submitted to a full disk: %v", err)
	}
	close(full)
	<-retried
	room("1073741823")
	j := awaitEnd(t, q, id)
	if j.State != Done || j.Done != n || j.Bytes != n || did.Load() != n {
		t.Errorf("the job is %+v after %d tasks", j, did.Load())
	}
	s, err := q.Watch(t.Context(), 0)
	if err != nil || len(s.Jobs) != 1 {
		t.Errorf("there are %d jobs, %v", len(s.Jobs), err)
	}
	if err := q.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// sink is a writer that calls a function for each line of a log.
type sink func(line string)

func (f sink) Write(p []byte) (int, error) {
	f(string(p))
	return len(p), nil
}

func TestPowerLossKeepsWhatWasCommitted(t *testing.T) {
	// However much of the log beyond the last sync the disk has lost, the queue opens with every job submitted before it.
	onlySQLite(t)
	q := open(t)
	sync := ""
	if err := q.db.write.QueryRow(`PRAGMA synchronous`).Scan(&sync); err != nil || sync != "2" {
		t.Fatalf("synchronous is %s, not FULL (2); %v", sync, err)
	}
	submit(t, q, tasks(pipeline.Process, 50))
	log := func(dsn string) string { return dsn + "-wal" }
	info, err := os.Stat(log(q.db.name))
	if err != nil {
		t.Fatal(err)
	}
	synced := info.Size() // a commit is synced before Submit returns
	for range 30 {
		if err := q.db.change(t.Context(), q.db.loose, func(*sql.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(q.db.name)
	if err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(log(q.db.name))
	if err != nil || int64(len(wal)) <= synced {
		t.Fatalf("the log has %d bytes after %d, %v", len(wal), synced, err)
	}
	for range 20 {
		cut := synced + rand.Int64N(int64(len(wal))-synced)
		torn := append([]byte(nil), wal[:cut]...)
		for i := max(synced, cut-512); i < cut; i++ { // the sector being written holds anything
			torn[i] = byte(rand.Int())
		}
		after := filepath.Join(t.TempDir(), "queue.db")
		if err := os.WriteFile(after, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(log(after), torn, 0o600); err != nil {
			t.Fatal(err)
		}
		again := openAt(t, after)
		fine := ""
		if err := again.db.read.QueryRow(`PRAGMA integrity_check`).Scan(&fine); err != nil || fine != "ok" {
			t.Fatalf("cut at %d of %d: %s, %v", cut, len(wal), fine, err)
		}
		s, err := again.Watch(t.Context(), 0)
		if err != nil || len(s.Jobs) != 1 || s.Jobs[0].Total != 50 {
			t.Fatalf("cut at %d of %d: %+v, %v", cut, len(wal), s, err)
		}
	}
}
