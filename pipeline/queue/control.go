package queue

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// What people do with jobs: cancel, retry, pause and resume them. A task's ticket
// is given to River only while the task may be begun.

// Cancel ends a job: queued tasks at once, running ones as soon as they notice.
func (q *Queue) Cancel(ctx context.Context, id int64) error {
	if _, err := q.Job(ctx, id); err != nil {
		return err
	}
	err := q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		n, err := affected(ctx, tx, `UPDATE weft_task SET state = 'cancelled' WHERE job = $1 AND state = 'queued'`, id)
		if err != nil {
			return err
		}
		if err := execute(ctx, tx, `UPDATE weft_job SET cancel = 1, cancelled = cancelled + $2, updated = $3
			WHERE id = $1 AND total > done + skipped + failed + cancelled`, id, n, time.Now().UnixMilli()); err != nil {
			return err
		}
		return execute(ctx, tx, `DELETE FROM river_job WHERE state IN ('available', 'pending') AND args ->> 'job' = $1`, fmt.Sprint(id))
	})
	if err != nil {
		return fmt.Errorf("cancel job %d: %w", id, err)
	}
	return nil
}

// Retry queues a job's failed and cancelled tasks again and tells how many.
func (q *Queue) Retry(ctx context.Context, id int64) (int, error) {
	if _, err := q.Job(ctx, id); err != nil {
		return 0, err
	}
	n := 0
	err := q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		queued, err := affected(ctx, tx, `UPDATE weft_task SET state = 'queued', deaths = 0, kills = 0, error = '', outcome = ''
			WHERE job = $1 AND state IN ('failed', 'cancelled')`, id)
		if n = int(queued); err != nil || n == 0 {
			return err
		}
		if err := execute(ctx, tx, `UPDATE weft_job SET failed = 0, cancelled = 0, error = '', cancel = 0, paused = 0, updated = $2 WHERE id = $1`,
			id, time.Now().UnixMilli()); err != nil {
			return err
		}
		return q.line(ctx, tx, id, priority(n))
	})
	if err != nil {
		return 0, fmt.Errorf("retry job %d: %w", id, err)
	}
	return n, nil
}

// Pause holds a job back: what runs of it ends, nothing more of it is begun.
func (q *Queue) Pause(ctx context.Context, id int64) error {
	if _, err := q.Job(ctx, id); err != nil {
		return err
	}
	err := q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		n, err := affected(ctx, tx, `UPDATE weft_job SET paused = 1, updated = $2
			WHERE id = $1 AND paused = 0 AND total > done + skipped + failed + cancelled`, id, time.Now().UnixMilli())
		if err != nil || n == 0 {
			return err
		}
		return execute(ctx, tx, `DELETE FROM river_job WHERE state = 'available' AND args ->> 'job' = $1`, fmt.Sprint(id))
	})
	return wrap(fmt.Sprintf("pause job %d", id), err)
}

// Resume lets a paused job go on, behind what was submitted meanwhile.
func (q *Queue) Resume(ctx context.Context, id int64) error {
	j, err := q.Job(ctx, id)
	if err != nil {
		return err
	}
	err = q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		n, err := affected(ctx, tx, `UPDATE weft_job SET paused = 0, updated = $2 WHERE id = $1 AND paused = 1`, id, time.Now().UnixMilli())
		if err != nil || n == 0 {
			return err
		}
		return q.line(ctx, tx, id, priority(j.Total-j.Done-j.Skipped-j.Failed-j.Cancelled))
	})
	return wrap(fmt.Sprintf("resume job %d", id), err)
}
