package main

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"

	"weft/pipeline"
	"weft/pipeline/queue"
)

// While weft is open, work left over gets a worker without being asked for, and
// a worker that was killed is followed by another; without work none is started
// for a store that is not the embedded one.
func TestAWorkerIsKept(t *testing.T) {
	home := t.TempDir()
	command := workerCommandLine(t, home)
	cfg := storeIn(t, home)
	apart := *cfg
	apart.Local = "" // as on a real store: no server depends on the worker
	if needed(t.Context(), &apart) {
		t.Error("a worker is needed though there is no work")
	}
	q, err := openQueue(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	id, err := q.Submit(t.Context(), "left over", []pipeline.Task{{Verb: pipeline.Delete, Key: "search_uploads/none.txt"}})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.StoreID() == apart.StoreID() && !needed(t.Context(), &apart) {
		t.Error("no worker is needed though there is work")
	}
	release, err := holdInterface(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		keep(ctx, cfg, command)
	}()
	defer func() {
		stop()
		<-ended
	}()
	eventually(t, "the work left over is done", func() bool {
		j, err := q.Job(t.Context(), id)
		return err == nil && j.State == queue.Done
	})
	first := startedPids(home)
	for _, pid := range first {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	eventually(t, "another worker lives", func() bool {
		return len(startedPids(home)) > len(first) && queue.Locked(workerLockPath(cfg))
	})
}
