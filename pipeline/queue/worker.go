package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/riverqueue/river"
	"golang.org/x/sync/semaphore"

	"weft/pipeline"
	"weft/s3ops"
)

// Why a running task is told to stop.
var (
	errCancelled = fmt.Errorf("cancelled: %w", s3ops.ErrGivenUp) // what is half done is not wanted any more
	errLeaving   = errors.New("the worker is leaving")
	errStalled   = errors.New("no progress for a long time; check the connection and retry")
)

// worker carries tasks out for River.
type worker struct {
	river.WorkerDefaults[ticket]
	id      string
	queue   *Queue
	options WorkOptions
	left    chan struct{} // closed when the worker begins to leave

	// A picture that a worker died on is done alone, so that none is blamed
	// for what another did.
	alone sync.RWMutex

	room  *semaphore.Weighted // of the lane that waits for the network
	slots *semaphore.Weighted // of pictures being made: one for each processor

	mu      sync.Mutex
	active  map[ticket]*activity
	refusal error     // the store's of this worker's credentials
	busy    time.Time // when a task last began or ended
	leaving bool
}

// activity is a running task.
type activity struct {
	stop    context.CancelCauseFunc
	mu      sync.Mutex
	now     pipeline.Progress
	moved   time.Time // when now last changed
	changed bool      // since it was last published
}

// assignment is a task as it was begun.
type assignment struct {
	ticket
	task   pipeline.Task
	deaths int
}

// Work does one task. What it returns is for River alone: nil if River need not
// offer the task again.
func (w *worker) Work(ctx context.Context, rj *river.Job[ticket]) error {
	a, err := w.look(ctx, rj.Args)
	if err != nil || a == nil {
		return err
	}
	free := func() {}
	if a.task.Verb.OfPictures() {
		if err := w.slots.Acquire(ctx, 1); err != nil {
			return err
		}
		free = sync.OnceFunc(func() { w.slots.Release(1) })
		defer free()
		if a.deaths > 0 {
			w.alone.Lock()
			defer w.alone.Unlock()
		} else {
			w.alone.RLock()
			defer w.alone.RUnlock()
		}
	} else {
		if err := w.room.Acquire(ctx, a.task.Weight()); err != nil {
			return err
		}
		defer w.room.Release(a.task.Weight())
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	now := &activity{stop: stop, moved: time.Now()}
	if !w.enter(a.ticket, now) {
		return context.Canceled
	}
	defer w.leave(a.ticket)
	if begun, err := w.begin(ctx, a); err != nil || !begun {
		return err
	}
	outcome, err := w.attempt(ctx, a, now)
	free() // the processor is the next one's while the disk takes this one's end
	return w.finish(ctx, a, outcome, err)
}

// look reads a task; nil if it was cancelled or done meanwhile.
func (w *worker) look(ctx context.Context, t ticket) (*assignment, error) {
	a := &assignment{ticket: t}
	var text, recipes string
	err := w.queue.db.read.QueryRowContext(ctx, `SELECT task, deaths, recipes FROM weft_task
		JOIN weft_job ON weft_job.id = weft_task.job
		WHERE job = $1 AND seq = $2 AND state = 'queued'`, t.Job, t.Seq).Scan(&text, &a.deaths, &recipes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err == nil {
		a.task, err = decode(text, recipes)
	}
	return a, err
}

// begin marks a task as running; false if another was quicker or the user
// cancelled it. The mark need not reach the disk: it tells a dead worker's
// successor what it died on, and a power cut is nobody's fault.
func (w *worker) begin(ctx context.Context, a *assignment) (bool, error) {
	begun := false
	safe := context.WithoutCancel(ctx)
	err := w.persist(ctx, w.queue.db.loose, a.Job, func(tx *sql.Tx) error {
		n, err := affected(safe, tx, `UPDATE weft_task SET state = 'running' WHERE job = $1 AND seq = $2 AND state = 'queued'`, a.Job, a.Seq)
		if begun = n == 1; err != nil || !begun {
			return err
		}
		return execute(safe, tx, `INSERT INTO weft_active (job, seq, object, total, worker) VALUES ($1, $2, $3, $4, $5)`,
			a.Job, a.Seq, a.task.Key, a.task.Size, w.id)
	})
	return begun, err
}

// persist makes a change, again and again while the disk is full or the
// database held, until the worker leaves.
func (w *worker) persist(ctx context.Context, p *pool, job int64, do func(tx *sql.Tx) error) error {
	safe := context.WithoutCancel(ctx) // what is done must be written, whoever leaves
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 5*time.Second) {
		err := w.queue.db.changeJob(safe, p, job, do)
		if err == nil {
			return nil
		}
		w.options.Log.Error("the queue could not be written; trying again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// attempt does the task, and again after a pause while the store cannot be
// reached. It keeps its place meanwhile: others would not reach the store either.
func (w *worker) attempt(ctx context.Context, a *assignment, now *activity) (pipeline.Outcome, error) {
	for n := 0; ; n++ {
		outcome, err := w.do(ctx, a.task, now.report)
		if err == nil || ctx.Err() != nil || !errors.Is(err, s3ops.ErrUnreachable) || n == len(w.queue.pace.retries) {
			return outcome, err
		}
		w.waiting(ctx, a, true)
		select {
		case <-ctx.Done():
			return outcome, err
		case <-time.After(w.queue.pace.retries[n]):
		}
		w.waiting(ctx, a, false)
	}
}

// waiting notes that a task is, or is no longer, between two attempts.
func (w *worker) waiting(ctx context.Context, a *assignment, yes bool) {
	flag, stage := 0, ""
	if yes {
		flag, stage = 1, "waiting for the store"
	}
	err := w.queue.db.change(ctx, w.queue.db.loose, func(tx *sql.Tx) error {
		return execute(ctx, tx, `UPDATE weft_active SET waiting = $3, stage = $4 WHERE job = $1 AND seq = $2`, a.Job, a.Seq, flag, stage)
	})
	if err != nil && ctx.Err() == nil {
		w.options.Log.Warn("a task's progress was not noted", "error", err)
	}
}

// do calls Do; a panic becomes the task's error, its trace goes to the log.
func (w *worker) do(ctx context.Context, t pipeline.Task, report func(pipeline.Progress)) (out pipeline.Outcome, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			w.options.Log.Error("a task panicked", "verb", t.Verb, "key", t.Key, "panic", fmt.Sprint(fault), "trace", string(debug.Stack()))
			out, err = pipeline.Outcome{}, fmt.Errorf("%s %s: weft has a fault here: %v; please report it", t.Verb, t.Key, fault)
		}
	}()
	return w.options.Do(ctx, t, report)
}

// finish writes a task's end and its job's counts in one transaction, so that
// no kill can count it twice or lose it. River learns of it afterwards and in
// batches: a ticket that is offered again because of a kill finds its task
// done (look), so its state need not be written with ours.
func (w *worker) finish(ctx context.Context, a *assignment, outcome pipeline.Outcome, failure error) error {
	var e ending
	switch cause := context.Cause(ctx); {
	case failure == nil:
		e = finished(a.task, outcome)
	case cause == nil && errors.Is(failure, s3ops.ErrCredentials):
		// So would all the others: they wait for a worker that may.
		w.stand(failure)
		return context.Canceled
	case cause == nil:
		e = failed(a.task.Key, failure)
		w.options.Log.Info("a task failed", "job", a.Job, "verb", a.task.Verb, "error", failure)
	case errors.Is(cause, errCancelled):
		e = ending{state: Cancelled}
	case errors.Is(cause, errStalled):
		e = failed(a.task.Key, errStalled)
	default: // the worker leaves; recover puts the task back
		return context.Canceled
	}
	safe := context.WithoutCancel(ctx)
	return w.persist(ctx, w.queue.db.write, a.Job, func(tx *sql.Tx) error {
		return settle(safe, tx, a.ticket, w.id, e)
	})
}

// ending is how a task ended.
type ending struct {
	state   State
	skipped bool
	message string // of a failed task, with its key
	outcome string // JSON
	bytes   int64
	undo    bool // it can be taken back
}

func finished(t pipeline.Task, o pipeline.Outcome) ending {
	text, err := json.Marshal(o)
	if err != nil { // plain data: cannot happen
		text = []byte("{}")
	}
	_, lasting := pipeline.Inverse(t, o)
	return ending{state: Done, skipped: o.Skipped, outcome: string(text), bytes: o.Bytes, undo: lasting == nil && !o.Skipped}
}

// maxMessage bounds a failure's text, in bytes.
const maxMessage = 2000

func failed(key string, err error) ending {
	message := err.Error()
	if !strings.Contains(message, key) {
		message = key + ": " + message
	}
	if len(message) > maxMessage {
		message = message[:maxMessage]
	}
	return ending{state: Failed, message: strings.ToValidUTF8(message, "")}
}

// settle writes the end of a running task and counts it, unless it is not
// running any more and so is another's to count.
//
// worker is who did it; "" ends it for whoever did.
func settle(ctx context.Context, tx *sql.Tx, t ticket, worker string, e ending) error {
	n, err := affected(ctx, tx, `DELETE FROM weft_active WHERE job = $1 AND seq = $2 AND ($3 = '' OR worker = $3)`, t.Job, t.Seq, worker)
	if err != nil || n == 0 && worker != "" { // taken for dead meanwhile
		return err
	}
	n, err = affected(ctx, tx, `UPDATE weft_task SET state = $3, skipped = $4, error = $5, outcome = $6
		WHERE job = $1 AND seq = $2 AND state = 'running'`, t.Job, t.Seq, e.state, one(e.skipped), e.message, e.outcome)
	if err != nil || n == 0 {
		return err
	}
	return execute(ctx, tx, `UPDATE weft_job SET done = done + $2, skipped = skipped + $3, failed = failed + $4,
		cancelled = cancelled + $5, bytes = bytes + $6, error = CASE WHEN $7 = '' THEN error ELSE $7 END, updated = $8,
		undoable = undoable + $9 WHERE id = $1`,
		t.Job, one(e.state == Done && !e.skipped), one(e.skipped), one(e.state == Failed), one(e.state == Cancelled),
		e.bytes, e.message, time.Now().UnixMilli(), one(e.undo))
}

// one is 1 for true.
func one(b bool) int {
	if b {
		return 1
	}
	return 0
}
