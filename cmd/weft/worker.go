package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
	"weft/s3ops/local"
)

// idleTime is how long a worker that was started by need stays without work.
const idleTime = 10 * time.Minute

func workerCommand(a *app) *cobra.Command {
	var foreground, replace bool
	var idle time.Duration
	c := &cobra.Command{
		Use:   "worker",
		Short: "Work the queue",
		Long: "The worker does the work that was submitted, and on the embedded store it also serves\n" +
			"the store. It is started by need, goes on when the terminal closes and leaves after\n" +
			"ten idle minutes, so this command is needed only to keep one running for good or to\n" +
			"see what it does. Without --foreground it makes sure that one runs and returns.",
		Args: cobra.NoArgs,
	}
	c.Flags().BoolVar(&foreground, "foreground", false, "work here, until interrupted, and tell about it")
	c.Flags().DurationVar(&idle, "idle", 0, "with --foreground: leave after so long without work (0: never)")
	c.Flags().BoolVar(&replace, "replace", false, "have the worker that runs on this machine leave first, since it has other credentials")
	c.RunE = a.do(func(ctx context.Context, _ []string) error {
		if replace {
			if err := a.dismiss(ctx); err != nil {
				return err
			}
		}
		if foreground {
			if err := a.signIn(ctx); err != nil {
				return err
			}
			return runWorker(ctx, a.cfg, idle, os.Stderr)
		}
		return a.wake(ctx)
	})
	return c
}

// dismissTime is how long a worker may take to leave: its tasks have ten seconds.
const dismissTime = 20 * time.Second

// dismiss has the worker leave, and waits until it has.
func (a *app) dismiss(ctx context.Context) error {
	return a.withQueue(ctx, func(q *queue.Queue) error {
		if _, err := q.Dismiss(ctx); err != nil {
			return err
		}
		for until := time.Now().Add(dismissTime); queue.Locked(workerLockPath(a.cfg)); {
			if time.Now().After(until) {
				return fmt.Errorf("the worker has not left within %s; its log is %s", dismissTime, logPath(a.cfg))
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
		return nil
	})
}

// account is a fingerprint of the credentials in force, by which a session finds
// that the worker has others; "" if there are none, or where they do not matter.
func account(ctx context.Context, cfg *config.Config, b *s3ops.Bucket) string {
	if cfg.Local != "" {
		return ""
	}
	id, err := b.Account(ctx)
	if err != nil {
		return "" // whatever needs them says why
	}
	return id
}

// runWorker does the work of one store until ctx ends, or until it was idle for
// so long (0: never). It returns at once, without an error, if one works
// already. What happens is told to the store's log and to also.
func runWorker(ctx context.Context, cfg *config.Config, idle time.Duration, also io.Writer) error {
	// Pictures are large and hold no pointers: to collect more often costs next to
	// nothing, and keeps a third less memory.
	debug.SetGCPercent(20)
	signal.Ignore(syscall.SIGHUP) // a closed terminal is no reason to stop
	if err := makeStateDir(cfg); err != nil {
		return err
	}
	file, err := openLog(logPath(cfg))
	if err != nil {
		return fmt.Errorf("the worker's log: %w", err)
	}
	defer func() { _ = file.Close() }()
	if file.isStderr() { // it was started detached
		also = io.Discard
	}
	log := slog.New(slog.NewTextHandler(io.MultiWriter(file, also), nil)).With("pid", os.Getpid())
	for {
		lock, err := takeWorkerLock(cfg)
		if errors.Is(err, queue.ErrLocked) {
			_, err = fmt.Fprintln(also, "a worker of this store runs already")
			return err
		}
		if err != nil {
			return fmt.Errorf("the worker's lock: %w", err)
		}
		err = serveStore(ctx, cfg, idle, log)
		lock.Release()
		if errors.Is(err, queue.ErrDismissed) {
			log.Info("the worker leaves", "why", err)
			return nil
		}
		if err != nil {
			log.Error("the worker failed", "error", err)
			return err
		}
		// Who submitted in the last moment saw the lock held and counts on us.
		if ctx.Err() != nil || !needed(context.WithoutCancel(ctx), cfg) {
			log.Info("the worker leaves")
			return nil
		}
	}
}

// serveStore serves the embedded store, if it is one, and works the queue.
func serveStore(ctx context.Context, cfg *config.Config, idle time.Duration, log *slog.Logger) error {
	// The embedded server answers until the last task has noticed the end.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	// First, so that who waits for the store learns what is wrong with the queue.
	q, err := openQueue(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { _ = q.Close() }()
	real := cfg
	if cfg.Local != "" {
		server, err := local.Start(serving, cfg.Local, "", true, prefixesOf(cfg.Folders))
		if err != nil {
			return err
		}
		defer closeSoon(server, grace)
		go attend(ctx, server, leave, log)
		real = server.Endpoint().Apply(cfg)
	}
	bucket, err := s3ops.Open(ctx, real)
	if err != nil {
		return err
	}
	if end := cfg.Credentials.Expires; !end.IsZero() {
		// What is left waits for a worker with fresh ones; tried on, it would fail.
		t := time.AfterFunc(time.Until(end), func() { leave(errSessionEnded) })
		defer t.Stop()
	}
	if cfg.Local == "" {
		// One without the right credentials takes no tasks: another's may be good.
		if err := bucket.Check(ctx); errors.Is(err, s3ops.ErrCredentials) {
			return errors.Join(err, q.Hold(context.WithoutCancel(ctx), err.Error()))
		}
	}
	log.Info("the worker is ready", "bucket", cfg.Bucket, "local", cfg.Local, "endpoint", real.Endpoint)
	if cfg.Local != "" {
		fill := func(ctx context.Context) error { return queueSamples(ctx, q, cfg.Folders) }
		if err := seedSamples(ctx, cfg, bucket, fill); err != nil && ctx.Err() == nil {
			log.Warn("no sample fabrics; the next start tries again", "error", err)
		}
	}
	err = workQueue(ctx, cfg, q, bucket, idle, log)
	asked := context.Cause(ctx)
	leave(nil)
	if errors.Is(asked, errSessionEnded) {
		err = errors.Join(err, q.Hold(context.WithoutCancel(ctx), errSessionEnded.Error()))
	}
	if asked != nil && !errors.Is(asked, context.Canceled) {
		err = errors.Join(err, asked)
	}
	return err
}

// workQueue does the tasks of a bucket until there is nothing left to wait for.
func workQueue(ctx context.Context, cfg *config.Config, q *queue.Queue, bucket *s3ops.Bucket, idle time.Duration, log *slog.Logger) error {
	pictures := newEngine()
	defer pictures.Close()
	doer := &pipeline.Doer{Bucket: bucket, Folders: cfg.Folders, Limits: cfg.Limits, Pictures: pictures, Uploads: uploadsDir(cfg)}
	return q.Work(ctx, queue.WorkOptions{
		Do: doer.Do, Workers: cfg.Workers, Idle: idle, Log: log, Account: account(ctx, cfg, bucket),
		Busy: func() bool { return cfg.Local != "" && interfacesOpen(cfg) },
	})
}

// errSessionEnded ends a worker with the credentials it was handed.
var errSessionEnded = errors.New("the temporary credentials have ended: log in again, and the work goes on")

// republishTime is how long the embedded store may be hard to find after
// another server of its folder has left.
const republishTime = 3 * time.Second

// attend keeps the embedded store findable, and ends the worker with it.
func attend(ctx context.Context, server *local.Server, leave context.CancelCauseFunc, log *slog.Logger) {
	look := time.NewTicker(republishTime)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-server.Done():
			leave(errors.New("the embedded store ended by itself"))
			return
		case <-look.C:
			if err := server.Republish(ctx); err != nil {
				log.Warn("the embedded store's address could not be published", "error", err)
			}
		}
	}
}

// needed tells whether there is work, or an interface that uses the embedded store.
func needed(ctx context.Context, cfg *config.Config) bool {
	if cfg.Local != "" && interfacesOpen(cfg) {
		return true
	}
	q, err := openQueue(ctx, cfg)
	if err != nil {
		return false
	}
	defer func() { _ = q.Close() }()
	s, err := q.Watch(ctx, 0)
	if err != nil {
		return false
	}
	for _, j := range s.Jobs {
		if j.State == queue.Queued || j.State == queue.Running {
			return true
		}
	}
	return false
}

// openQueue opens a store's queue, as app.queue does.
func openQueue(ctx context.Context, cfg *config.Config) (*queue.Queue, error) {
	return queue.Open(ctx, queuePath(cfg), cfg.StoreID(), origin())
}

// queuePath is the file or the address of the queue's database.
func queuePath(cfg *config.Config) string {
	return cmp.Or(cfg.Queue, filepath.Join(cfg.StateDir(), "queue.db"))
}

// origin is this machine and who uses it, as other machines that share the queue
// tell them apart.
func origin() queue.Origin {
	host, _ := os.Hostname()                // "" will do
	id, _ := os.ReadFile("/etc/machine-id") // so will none, with the name
	from := queue.Origin{Machine: strings.TrimSpace(string(id)) + host, Owner: "somebody@" + host}
	if u, err := user.Current(); err == nil {
		from.Owner = u.Username + "@" + host
	}
	return from
}

// uploadsDir is where a store's open uploads are remembered.
func uploadsDir(cfg *config.Config) string { return filepath.Join(cfg.StateDir(), "uploads") }

// prefixesOf lists the folders' prefixes.
func prefixesOf(folders config.Folders) []string {
	var all []string
	for _, f := range folders {
		all = append(all, f.Prefix)
	}
	return all
}
