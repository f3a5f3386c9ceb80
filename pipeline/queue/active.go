package queue

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"time"

	"weft/pipeline"
)

// report keeps the newest progress; supervise publishes it a few times a second.
func (a *activity) report(p pipeline.Progress) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changed = a.changed || p != a.now
	a.now, a.moved = p, time.Now()
}

// enter lists a task as running here; false if the worker leaves.
func (w *worker) enter(t ticket, a *activity) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leaving {
		return false
	}
	w.active[t], w.busy = a, time.Now()
	return true
}

// leave takes a task off the list.
func (w *worker) leave(t ticket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.active, t)
	w.busy = time.Now()
}

// touch starts the count of idle time anew.
func (w *worker) touch() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy = time.Now()
}

// running counts the tasks being carried out.
func (w *worker) running() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.active)
}

// list copies the running tasks.
func (w *worker) list() map[ticket]*activity {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make(map[ticket]*activity, len(w.active))
	for t, a := range w.active {
		all[t] = a
	}
	return all
}

// stand makes the worker leave, since the store refuses its credentials.
func (w *worker) stand(refusal error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refusal == nil {
		w.refusal = refusal
	}
}

// refused is why the worker must leave, or nil.
func (w *worker) refused() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.refusal
}

// stopAll tells every running task that the worker leaves, and lets no other begin.
func (w *worker) stopAll() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leaving = true
	close(w.left)
	for _, a := range w.active {
		a.stop(errLeaving)
	}
}

// supervise publishes the progress of running tasks, gives up those that show
// none, and stops those whose job was cancelled.
func (w *worker) supervise(ctx context.Context) {
	all := w.list()
	if err := w.publish(ctx, all); err != nil && ctx.Err() == nil {
		w.options.Log.Warn("progress was not published", "error", err)
	}
	for _, a := range all {
		a.mu.Lock()
		still := time.Since(a.moved)
		a.mu.Unlock()
		if still > w.queue.pace.stall {
			a.stop(errStalled)
		}
	}
	ended, err := w.cancelled(ctx, all)
	if err != nil && ctx.Err() == nil {
		w.options.Log.Warn("cancelled jobs could not be read", "error", err)
	}
	for t, a := range all {
		if ended[t.Job] {
			a.stop(errCancelled)
		}
	}
}

// publish writes what changed since the last time, for all tasks at once.
func (w *worker) publish(ctx context.Context, all map[ticket]*activity) error {
	news := map[ticket]pipeline.Progress{}
	for t, a := range all {
		a.mu.Lock()
		if a.changed {
			news[t], a.changed = a.now, false
		}
		a.mu.Unlock()
	}
	if len(news) == 0 {
		return nil
	}
	return w.queue.db.change(ctx, w.queue.db.loose, func(tx *sql.Tx) error {
		for t, p := range news {
			if err := execute(ctx, tx, `UPDATE weft_active SET stage = $3, done = $4, total = $5 WHERE job = $1 AND seq = $2`,
				t.Job, t.Seq, p.Stage, p.Done, p.Total); err != nil {
				return err
			}
		}
		return nil
	})
}

// cancelled reads which of the running tasks' jobs the user ended.
func (w *worker) cancelled(ctx context.Context, all map[ticket]*activity) (map[int64]bool, error) {
	var ids []string
	for t := range all {
		ids = append(ids, strconv.FormatInt(t.Job, 10))
	}
	if len(ids) == 0 {
		return nil, nil
	}
	jobs, err := collect(ctx, w.queue.db.read, scanOne[int64], `SELECT id FROM weft_job WHERE cancel = 1 AND id IN (`+strings.Join(ids, ",")+`)`)
	ended := map[int64]bool{}
	for _, id := range jobs {
		ended[id] = true
	}
	return ended, err
}
