package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
	"weft/s3ops/local"
)

// workerHomeEnv makes TestBeWorker a worker of the embedded store below this folder.
const workerHomeEnv = "WEFT_TEST_WORKER_HOME"

// storeIn is the configuration of the embedded store below a folder.
func storeIn(t testing.TB, home string) *config.Config {
	t.Helper()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	cfg, err := config.Load(t.Context(), config.Sources{Environ: []string{"HOME=" + home, "WEFT_HOME=" + home}, Dir: home})
	if err != nil {
		t.Fatal(err)
	}
	// These tests are about workers: a store that is not new gets no samples.
	if err := os.MkdirAll(cfg.StateDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(cfg.StateDir(), "samples"), []byte(samplesDone), 0o600); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestBeWorker is no test of its own: it is the worker process of the others.
func TestBeWorker(t *testing.T) {
	home := os.Getenv(workerHomeEnv)
	if home == "" {
		t.Skip("started by the other tests only")
	}
	cfg := storeIn(t, home)
	pids, err := os.OpenFile(filepath.Join(home, "pids"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(pids, strconv.Itoa(os.Getpid())+"\n"); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("WEFT_TEST_WORKER_FAILS") != "" {
		_, _ = os.Stderr.WriteString("weft: the moon is in the wrong house\n")
		os.Exit(1)
	}
	if err := runWorker(context.Background(), cfg, 100*time.Millisecond, os.Stderr); err != nil {
		t.Fatal(err)
	}
}

// workerCommandLine starts this test binary as a worker of a home folder, and
// sees to it that none is left at the end.
func workerCommandLine(t *testing.T, home string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(workerHomeEnv, home)
	t.Cleanup(func() {
		for _, pid := range startedPids(home) {
			_ = unix.Kill(pid, unix.SIGKILL) // most have left by themselves
		}
	})
	return []string{self, "-test.run=^TestBeWorker$", "-test.timeout=60s"}
}

func startedPids(home string) []int {
	text, _ := os.ReadFile(filepath.Join(home, "pids")) // none yet is none
	var pids []int
	for _, line := range strings.Fields(string(text)) {
		if pid, err := strconv.Atoi(line); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func running(pid int) bool {
	state, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && !strings.Contains(string(state), ") Z ")
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for range 1000 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s: not within 20 s", what)
}

func TestTenStartsLeaveOneWorker(t *testing.T) {
	// Of ten simultaneous starts one worker is left, detached, and it stays as long as an interface is open.
	home := t.TempDir()
	command := workerCommandLine(t, home)
	cfg := storeIn(t, home)
	release, err := holdInterface(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if err := startWorker(t.Context(), cfg, command); err != nil {
				t.Error(err)
			}
			if _, ok := local.Find(t.Context(), cfg.Local); !ok {
				t.Error("the store does not answer when the worker is said to be ready")
			}
		})
	}
	all.Wait()
	alive := func() (left []int) {
		for _, pid := range startedPids(home) {
			if running(pid) {
				left = append(left, pid)
			}
		}
		return left
	}
	eventually(t, "one worker is left", func() bool { return len(alive()) == 1 })
	pid := alive()[0]
	if sid, err := unix.Getsid(pid); err != nil || sid != pid {
		t.Errorf("the worker %d is in session %d, %v", pid, sid, err)
	}
	time.Sleep(600 * time.Millisecond) // several times its idle time
	if !running(pid) {
		t.Error("the worker left though an interface is open")
	}
	if err := unix.Kill(pid, unix.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(100 * time.Millisecond)
	if !running(pid) {
		t.Error("a hang-up ended the worker")
	}
	release()
	eventually(t, "the idle worker leaves", func() bool { return !running(pid) })
	if _, ok := local.Find(t.Context(), cfg.Local); ok {
		t.Error("the endpoint of a worker that left is still published")
	}
}

func TestFailedStartSaysWhy(t *testing.T) {
	// A worker that dies at once is an error with what it said last.
	home := t.TempDir()
	command := workerCommandLine(t, home)
	t.Setenv("WEFT_TEST_WORKER_FAILS", "yes")
	err := startWorker(t.Context(), storeIn(t, home), command)
	if err == nil || !strings.Contains(err.Error(), "the moon is in the wrong house") || !strings.Contains(err.Error(), "worker.log") {
		t.Errorf("the error is %v", err)
	}
}

func TestWorkerDoesTheWork(t *testing.T) {
	// What is submitted without a worker is done by the one that starts then, also after a kill.
	home := t.TempDir()
	command := workerCommandLine(t, home)
	cfg := storeIn(t, home)
	file := filepath.Join(home, "note.txt")
	if err := os.WriteFile(file, []byte("a swatch, described"), 0o600); err != nil {
		t.Fatal(err)
	}
	q, err := openQueue(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	submitted, err := q.Submit(t.Context(), "upload", slices.Values([]pipeline.Task{
		{Verb: pipeline.Upload, File: file, Key: "search_uploads/note.txt"},
		{Verb: pipeline.Delete, Key: "search_uploads/none.txt"},
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := startWorker(t.Context(), cfg, command); err != nil {
		t.Fatal(err)
	}
	for _, pid := range startedPids(home) {
		_ = unix.Kill(pid, unix.SIGKILL)
	}
	eventually(t, "the killed worker is gone", func() bool { return !queue.Locked(workerLockPath(cfg)) })
	release, err := holdInterface(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := startWorker(t.Context(), cfg, command); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the job is done", func() bool {
		j, err := q.Job(t.Context(), submitted.ID)
		if err != nil {
			t.Fatal(err)
		}
		return j.State == queue.Done
	})
	end, ok := local.Find(t.Context(), cfg.Local)
	if !ok {
		t.Fatal("the store does not answer")
	}
	bucket, err := s3ops.Open(t.Context(), end.Apply(cfg))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := bucket.Stat(t.Context(), "search_uploads/note.txt", ""); err != nil || info.Size != 19 {
		t.Errorf("the upload is %+v, %v", info, err)
	}
}

func TestSamplesOnlyInNewStores(t *testing.T) {
	// A store that has objects when weft first sees it gets no samples, and is remembered as such.
	home := t.TempDir()
	cfg := storeIn(t, home)
	marker := filepath.Join(cfg.StateDir(), "samples")
	if err := os.Remove(marker); err != nil {
		t.Fatal(err)
	}
	server, err := local.Start(t.Context(), cfg.Local, "", false, prefixesOf(cfg.Folders))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = server.Close() }()
	bucket, err := s3ops.Open(t.Context(), server.Endpoint().Apply(cfg))
	if err != nil {
		t.Fatal(err)
	}
	if empty, err := isEmpty(t.Context(), bucket); err != nil || !empty {
		t.Fatalf("a new store is empty: %v, %v", empty, err)
	}
	if _, err := bucket.Upload(t.Context(), "search_uploads/mine.txt", strings.NewReader("mine"), s3ops.UploadOptions{}); err != nil {
		t.Fatal(err)
	}
	noFill := func(context.Context) error { t.Error("it is filled with samples"); return nil }
	if err := seedSamples(t.Context(), cfg, bucket, noFill); err != nil {
		t.Fatal(err)
	}
	if state, err := os.ReadFile(marker); err != nil || string(state) != samplesDone {
		t.Errorf("it is remembered as %q, %v", state, err)
	}
	if _, err := bucket.Delete(t.Context(), "search_uploads/mine.txt", ""); err != nil {
		t.Fatal(err)
	}
	if err := seedSamples(t.Context(), cfg, bucket, noFill); err != nil {
		t.Fatal(err)
	}
	for o, err := range bucket.Objects(t.Context(), "", s3ops.ListOptions{Recursive: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(o.Key, "/") {
			t.Errorf("%s has come by itself", o.Key)
		}
	}
}

func TestLogStaysShort(t *testing.T) {
	// The log starts anew when it is long, keeps one old one and loses no line.
	path := filepath.Join(t.TempDir(), "worker.log")
	log, err := openLog(path)
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("x", 1<<16-1) + "\n")
	for range 40 {
		if n, err := log.Write(line); err != nil || n != len(line) {
			t.Fatal(n, err)
		}
	}
	if _, err := log.Write([]byte("the end\n")); err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, path + ".old"} {
		if info, err := os.Stat(p); err != nil || info.Size() > maxLog+int64(len(line)) {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	if got := lastLine(path); got != "the end" {
		t.Errorf("its last line is %q", got)
	}
}
