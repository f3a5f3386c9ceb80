package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"weft/pipeline"
)

// Record notes tasks that a process has done by itself, as one job of the
// history, so that they can be undone like those of the queue. It writes a few
// hundred at a time: a process that is killed loses the last of them.
type Record struct {
	queue   *Queue
	id      int64 // 0: nothing is written yet
	first   pipeline.Task
	waiting []entry
	total   int64
	written time.Time
}

// How many tasks are written at once, and how long they wait at most for others.
const (
	recordsAtOnce = 500
	recordsWait   = time.Second
)

// Record begins a job of the history. Nothing is written before the first task
// is. It is for one goroutine.
func (q *Queue) Record() *Record { return &Record{queue: q, written: time.Now()} }

// Add notes a task that was done.
func (r *Record) Add(ctx context.Context, t pipeline.Task, o pipeline.Outcome) error {
	if r.total == 0 && len(r.waiting) == 0 {
		r.first = t
	}
	text, err := encode(t, nil)
	if err != nil {
		return fmt.Errorf("note what was done: %w", err)
	}
	e := finished(t, o)
	r.waiting = append(r.waiting, entry{text: text, state: Done, outcome: e.outcome, bytes: e.bytes, undo: e.undo})
	if len(r.waiting) < recordsAtOnce && time.Since(r.written) < recordsWait {
		return nil
	}
	return r.Flush(ctx)
}

// Flush writes what was noted; the job is there from then on, if anything was.
func (r *Record) Flush(ctx context.Context) error {
	r.written = time.Now()
	if len(r.waiting) == 0 {
		return nil
	}
	q, id := r.queue, r.id
	err := q.db.change(ctx, q.db.loose, func(tx *sql.Tx) (err error) {
		if id == 0 {
			if id, err = q.openJob(ctx, tx, "", r.first.Verb); err != nil {
				return err
			}
		}
		if err := insertEntries(ctx, tx, id, r.total, r.waiting); err != nil {
			return err
		}
		var bytes, undoable int64
		for _, e := range r.waiting {
			bytes, undoable = bytes+e.bytes, undoable+int64(one(e.undo))
		}
		n := len(r.waiting)
		return execute(ctx, tx, `UPDATE weft_job SET title = $2, total = total + $3, done = done + $3, bytes = bytes + $4,
			undoable = undoable + $5, updated = $6 WHERE id = $1`,
			id, pipeline.TitleOf(r.first, int(r.total)+n), n, bytes, undoable, time.Now().UnixMilli())
	})
	if err != nil {
		return fmt.Errorf("note what was done: %w", err)
	}
	r.id, r.total, r.waiting = id, r.total+int64(len(r.waiting)), r.waiting[:0]
	return nil
}
