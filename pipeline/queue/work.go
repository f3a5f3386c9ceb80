package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
	"golang.org/x/sync/semaphore"

	"weft/pipeline"
)

// WorkOptions says how tasks are carried out.
type WorkOptions struct {
	Do      func(ctx context.Context, t pipeline.Task, report func(pipeline.Progress)) (pipeline.Outcome, error)
	Workers int           // pictures at the same time; 0: one per processor
	Idle    time.Duration // end when there was no work for so long; 0: never
	Busy    func() bool   // asked before ending for idleness: true keeps the worker; may be nil
	Log     *slog.Logger  // nil: nothing is logged
}

// workerLock is the file whose lock a worker holds while it lives.
func (q *Queue) workerLock() string { return q.db.path + ".worker" }

// Work carries out tasks until ctx ends or the queue was idle for o.Idle. Only
// one may work a SQLite queue, on pain of ErrLocked, so that tasks left running
// are a dead worker's and are taken up at once. When ctx ends, running tasks
// are told to stop and are put back.
func (q *Queue) Work(ctx context.Context, o WorkOptions) error {
	// Watchers hold the lock for an instant when they look whether it is held.
	lock, err := waitLock(ctx, q.workerLock(), time.Second)
	if err != nil {
		return fmt.Errorf("work the queue: %w", err)
	}
	defer lock.Release()
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	detached := context.WithoutCancel(ctx) // the start and the end are not cut short
	if err := q.recover(detached, true); err != nil {
		return fmt.Errorf("work the queue: %w", err)
	}
	w := &worker{queue: q, options: o, left: make(chan struct{}), active: map[ticket]*activity{}, busy: time.Now(),
		room: semaphore.NewWeighted(pipeline.Room)}
	client, err := w.client()
	if err != nil {
		return fmt.Errorf("work the queue: %w", err)
	}
	if err := client.Start(detached); err != nil {
		return fmt.Errorf("work the queue: %w", err)
	}
	var tidy sync.WaitGroup
	tidy.Go(func() { w.tidy(ctx) })

	err = w.run(ctx)

	stopping, cancel := context.WithTimeout(detached, q.pace.stop)
	defer cancel()
	w.stopAll()
	stopped := client.StopAndCancel(stopping)
	tidy.Wait()
	if stopped != nil {
		o.Log.Warn("tasks did not stop in time; they will be done again")
	}
	return errors.Join(err, q.recover(detached, false))
}

// client is River's worker side of the queue. It has no leader: what a River
// leader does (rescue, retries, cleaning) is done here, at once instead of by age.
func (w *worker) client() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, w); err != nil {
		return nil, err
	}
	return river.NewClient(w.queue.db.driver, &river.Config{
		Queues: map[string]river.QueueConfig{
			w.queue.laneName(pictures): {MaxWorkers: w.options.Workers},
			w.queue.laneName(objects):  {MaxWorkers: pipeline.Room},
		},
		Workers:                workers,
		FetchCooldown:          2 * time.Millisecond, // bounds the tasks a second
		FetchPollInterval:      5 * time.Second,      // in case a notification is missed
		JobTimeout:             -1,                   // a large upload takes hours: see pace.stall
		RetryPolicy:            again{},
		LeaderElectionDisabled: true,
		Logger:                 slog.New(atLeast{w.options.Log.Handler(), slog.LevelError}),
	})
}

// again is when River offers a task once more that could not be begun.
type again struct{}

// NextRetry is soon: this happens only while the database cannot be written.
func (again) NextRetry(*rivertype.JobRow) time.Time { return time.Now().Add(time.Second) }

// run publishes progress and passes cancellations on, until ctx ends or there
// was nothing to do for long enough.
func (w *worker) run(ctx context.Context) error {
	tick := time.NewTicker(w.queue.pace.report)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if w.running() > 0 {
			w.supervise(ctx)
			continue
		}
		idle, err := w.idle(ctx)
		if idle || err != nil {
			return err
		}
	}
}

// idle tells whether the worker may leave.
func (w *worker) idle(ctx context.Context) (bool, error) {
	w.mu.Lock()
	quiet := time.Since(w.busy)
	w.mu.Unlock()
	if w.options.Idle <= 0 || quiet < w.options.Idle {
		return false, nil
	}
	waiting := 0
	err := w.queue.db.read.QueryRowContext(ctx, `SELECT count(*) FROM weft_job
		WHERE store = $1 AND total > done + skipped + failed + cancelled`, w.queue.store).Scan(&waiting)
	if ctx.Err() != nil {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("work the queue: %w", explain(w.queue.db.path, err))
	}
	if waiting > 0 || w.options.Busy != nil && w.options.Busy() {
		w.touch()
		return false, nil
	}
	return true, nil
}

// tidy prunes the history now and each hour.
func (w *worker) tidy(ctx context.Context) {
	for {
		if err := w.queue.prune(ctx, time.Now()); err != nil && ctx.Err() == nil {
			w.options.Log.Warn("pruning the history of jobs failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-w.left:
			return
		case <-time.After(time.Hour):
		}
	}
}

// atLeast passes on what is grave enough: River is talkative about each task.
type atLeast struct {
	slog.Handler
	level slog.Level
}

// Enabled is slog.Handler's.
func (h atLeast) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level }
