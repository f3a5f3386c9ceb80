package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops/local"
)

// startTime is how long a worker may take to be ready.
const startTime = 20 * time.Second

// The files by which processes of a store find each other. A worker holds its
// lock alone; each interface holds the other one shared.
func workerLockPath(cfg *config.Config) string { return filepath.Join(cfg.StateDir(), "worker.lock") }
func interfaceLockPath(cfg *config.Config) string {
	return filepath.Join(cfg.StateDir(), "interface.lock")
}

// makeStateDir makes the folder that holds the queue, the locks and the logs.
func makeStateDir(cfg *config.Config) error {
	if err := os.MkdirAll(cfg.StateDir(), 0o700); err != nil {
		return fmt.Errorf("state folder: %w; make it yours, or set WEFT_HOME to a folder that is", err)
	}
	return nil
}

// takeWorkerLock takes the lock alone. It tries for a moment: who looks whether
// it is held takes it for an instant.
func takeWorkerLock(cfg *config.Config) (*queue.Lock, error) {
	for range 20 {
		lock, err := queue.TryLock(workerLockPath(cfg), false)
		if !errors.Is(err, queue.ErrLocked) {
			return lock, err
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, queue.ErrLocked
}

// holdInterface tells the embedded store's worker that somebody uses it, until
// the returned function is called or the process dies.
func holdInterface(cfg *config.Config) (release func(), err error) {
	if err := makeStateDir(cfg); err != nil {
		return nil, err
	}
	for range 20 { // a worker that looks takes it for an instant
		var lock *queue.Lock
		if lock, err = queue.TryLock(interfaceLockPath(cfg), true); err == nil {
			return lock.Release, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, fmt.Errorf("state folder: %w", err)
}

// interfacesOpen tells whether an interface of the store is open.
func interfacesOpen(cfg *config.Config) bool {
	lock, err := queue.TryLock(interfaceLockPath(cfg), false)
	if err == nil {
		lock.Release()
	}
	return errors.Is(err, queue.ErrLocked)
}

// ensureWorker starts a worker of the store if none is alive, and waits until
// it is ready: on the embedded store that means until the store answers. args
// are the flags that bring the worker to the same configuration; credentials
// reach it through the environment and files only.
func ensureWorker(ctx context.Context, cfg *config.Config, args []string) error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	return startWorker(ctx, cfg, workerCommandOf(self, args))
}

// workerCommandOf is the command line of a worker that is started by need.
func workerCommandOf(self string, args []string) []string {
	return append([]string{self, "worker", "--foreground", "--idle=" + idleTime.String()}, args...)
}

// startWorker is ensureWorker with the command that makes a worker. Many may
// call it at once: each may start a process, the lock leaves one of them.
func startWorker(ctx context.Context, cfg *config.Config, command []string) error {
	if err := makeStateDir(cfg); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTime, errors.New("it was not ready in time"))
	defer cancel()
	var exited <-chan error // of the process we started
	for {
		alive := queue.Locked(workerLockPath(cfg))
		if alive && storeAnswers(ctx, cfg) {
			return nil
		}
		if !alive && exited == nil {
			var err error
			if exited, err = launch(cfg, command); err != nil {
				return fmt.Errorf("start the worker: %w", err)
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("start the worker: %w; its log is %s", context.Cause(ctx), logPath(cfg))
		case err := <-exited:
			exited = nil // it left: another was quicker, or it failed
			if err != nil && !queue.Locked(workerLockPath(cfg)) {
				return fmt.Errorf("the worker ended at once (%w): %s; its log is %s", err,
					strings.TrimPrefix(lastLine(logPath(cfg)), "weft: "), logPath(cfg))
			}
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// storeAnswers tells whether the embedded store answers; a real one is not the
// worker's business.
func storeAnswers(ctx context.Context, cfg *config.Config) bool {
	if cfg.Local == "" {
		return true
	}
	_, ok := local.Find(ctx, cfg.Local)
	return ok
}

// launch starts a detached process: its own session, so that no hang-up
// reaches it, no terminal, and the root as working folder.
func launch(cfg *config.Config, command []string) (<-chan error, error) {
	log, err := openLog(logPath(cfg))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	c := exec.Command(command[0], command[1:]...)
	c.Dir = "/"
	c.Stderr = log.file // for what Go says when a process crashes
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	c.Env = os.Environ()
	if cfg.Paths.Home != "" { // may have been given relative to our folder
		c.Env = append(c.Env, "WEFT_HOME="+cfg.Paths.Home)
	}
	c.Env = append(c.Env, handed(cfg)...)
	if err := c.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- c.Wait() }()
	return exited, nil
}
