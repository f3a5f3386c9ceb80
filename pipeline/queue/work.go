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
	Account string        // fingerprint of the store's credentials, no secret
	Busy    func() bool   // asked before ending for idleness: true keeps the worker; may be nil
	Log     *slog.Logger  // nil: nothing is logged
}

// workerLock is the file whose lock a worker holds while it lives.
func (q *Queue) workerLock() string { return q.db.name + ".worker" }

// Work carries out tasks until ctx ends or the queue was idle for o.Idle. Only
// one may work a SQLite queue, on pain of ErrLocked, so that tasks left running
// are a dead worker's and are taken up at once. When ctx ends, running tasks
// are told to stop and are put back. The error is ErrDismissed if the worker was
// asked to leave.
func (q *Queue) Work(ctx context.Context, o WorkOptions) error {
	if !q.db.shared {
		// Watchers hold the lock for an instant when they look whether it is held.
		lock, err := waitLock(ctx, q.workerLock(), time.Second)
		if err != nil {
			return fmt.Errorf("work the queue: %w", err)
		}
		defer lock.Release()
	}
	if o.Workers <= 0 {
		o.Workers = runtime.NumCPU()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	w := &worker{id: newWorkerID(), queue: q, options: o, left: make(chan struct{}), active: map[ticket]*activity{}, busy: time.Now(),
		room: semaphore.NewWeighted(pipeline.Room), slots: semaphore.NewWeighted(int64(o.Workers))}
	detached := context.WithoutCancel(ctx) // the start and the end are not cut short
	if err := q.enlist(detached, w.id, o.Account); err != nil {
		return fmt.Errorf("work the queue: %w", err)
	}
	if !q.db.shared {
		if err := reportCrash(q.crashReport()); err != nil {
			o.Log.Warn("a crash would not be told from a kill", "error", err)
		}
	}
	err := w.work(ctx)
	if errors.Is(err, errTakenForDead) {
		return err
	}
	err = errors.Join(err, q.discharge(detached, w.id))
	if refusal := w.refused(); refusal != nil {
		err = errors.Join(refusal, err, q.Hold(detached, refusal.Error()))
	}
	return wrap("work the queue", err)
}

// work runs River's side until ctx ends or the worker has to leave.
func (w *worker) work(ctx context.Context) error {
	detached := context.WithoutCancel(ctx)
	client, err := w.client()
	if err != nil {
		return err
	}
	if err := client.Start(detached); err != nil {
		return err
	}
	var tidy sync.WaitGroup
	tidy.Go(func() { w.tidy(ctx) })
	err = w.run(ctx)
	stopping, cancel := context.WithTimeout(detached, w.queue.pace.stop)
	defer cancel()
	w.stopAll()
	stopped := client.StopAndCancel(stopping)
	tidy.Wait()
	if stopped != nil {
		w.options.Log.Warn("tasks did not stop in time; they will be done again")
	}
	return err
}

// Hold notes why no worker can go on with this store's tasks: nobody's
// credentials are good. The next worker that starts takes the note away.
func (q *Queue) Hold(ctx context.Context, why string) error {
	return q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		if err := execute(ctx, tx, `DELETE FROM weft_store WHERE store = $1`, q.store); err != nil {
			return err
		}
		return execute(ctx, tx, `INSERT INTO weft_store (store, held) VALUES ($1, $2)`, q.store, why)
	})
}

// client is River's worker side of the queue. It has no leader: what a River
// leader does (rescue, retries, cleaning) is done here, at once instead of by age.
func (w *worker) client() (*river.Client[*sql.Tx], error) {
	workers := river.NewWorkers()
	if err := river.AddWorkerSafely(workers, w); err != nil {
		return nil, err
	}
	lanes := map[string]river.QueueConfig{
		w.queue.laneName(pictures): {MaxWorkers: 2 * w.options.Workers}, // as many wait, ready, for a processor
		w.queue.laneName(objects):  {MaxWorkers: pipeline.Room},
		w.queue.laneName(files):    {MaxWorkers: pipeline.Room}, // on one machine the same lane
	}
	return river.NewClient(w.queue.db.driver, &river.Config{
		ID:                     w.id,
		Queues:                 lanes,
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
	var beats <-chan time.Time // none on one machine, where the lock proves life
	if w.queue.db.shared {
		beat := time.NewTicker(w.queue.pace.beat)
		defer beat.Stop()
		beats = beat.C
	}
	proved := time.Now()
	more := time.NewTicker(w.queue.pace.refill)
	defer more.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-more.C:
			if err := w.queue.refill(ctx); err != nil && ctx.Err() == nil {
				w.options.Log.Warn("no more tickets could be given out", "error", err)
			}
			if yes, err := w.queue.dismissed(ctx, w.id); err != nil && ctx.Err() == nil {
				w.options.Log.Warn("whether to leave could not be read", "error", err)
			} else if yes {
				return ErrDismissed
			}
			continue
		case <-beats:
			if err := w.proveLife(ctx, &proved); err != nil {
				return err
			}
			continue
		case <-tick.C:
		}
		if w.refused() != nil {
			return nil
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

// proveLife writes the heartbeat, and buries workers whose own has ended.
func (w *worker) proveLife(ctx context.Context, proved *time.Time) error {
	alive, err := w.queue.beat(ctx, w.id)
	switch {
	// Who cannot write it stops a little before others take its tasks.
	case err == nil && !alive, err != nil && time.Since(*proved) > w.queue.pace.fresh-2*w.queue.pace.beat:
		return errTakenForDead
	case err != nil:
		w.options.Log.Warn("the heartbeat could not be written", "error", err)
		return nil
	}
	*proved = time.Now()
	if err := w.queue.buryDead(ctx); err != nil && ctx.Err() == nil {
		w.options.Log.Warn("dead workers could not be looked for", "error", err)
	}
	return nil
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
		WHERE store = $1 AND paused = 0 AND total > done + skipped + failed + cancelled`, w.queue.store).Scan(&waiting)
	if ctx.Err() != nil {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("work the queue: %w", w.queue.db.explain(err))
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
