package queue

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"weft/pipeline"
)

// maxKills is how many workers may die on a task before it is set aside. A
// picture can bring its worker down by what is in it; but a task is also found
// running because somebody killed the worker, or the machine went down, and one
// that is taken up at once can be met by the next such death too. Five deaths,
// each after all others of its rank had their turn, are no accident. Tasks that
// are no pictures hardly kill, and four of them run at once.
func maxKills(v pipeline.Verb) int {
	if v == pipeline.Process {
		return 5
	}
	return 10
}

// abandoned is a task that no living worker does, though it is marked running.
type abandoned struct {
	ticket
	task    pipeline.Task
	kills   int
	cancel  bool // its job was cancelled
	waiting bool // it did nothing when its worker died
}

func scanAbandoned(scan func(...any) error) (abandoned, error) {
	var a abandoned
	var text string
	err := scan(&a.Job, &a.Seq, &text, &a.kills, &a.cancel, &a.waiting)
	if err == nil {
		a.task, err = decode(text, "")
	}
	return a, err
}

// recover puts back what a worker left running, when it died or at its orderly
// end; "" stands for every worker of this store. A death counts against each
// task found running: one that workers keep dying on is set aside, so that the
// others get done.
func (q *Queue) recover(ctx context.Context, worker string, died bool) error {
	return q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		if worker != "" && died {
			// Who deletes its row buries it; another was quicker if there is none.
			n, err := affected(ctx, tx, `DELETE FROM weft_worker WHERE id = $1`, worker)
			if err != nil || n == 0 {
				return err
			}
		}
		left, err := collect(ctx, tx, scanAbandoned, `SELECT weft_active.job, weft_active.seq, task, kills, cancel, waiting
			FROM weft_active JOIN weft_job ON weft_job.id = weft_active.job
			JOIN weft_task ON weft_task.job = weft_active.job AND weft_task.seq = weft_active.seq
			WHERE store = $1 AND ($2 = '' OR worker = $2) ORDER BY weft_active.job, weft_active.seq`, q.store, worker)
		if err != nil {
			return err
		}
		for _, a := range left {
			if died && !a.waiting {
				a.kills++
			}
			if err := putBack(ctx, tx, a); err != nil {
				return err
			}
		}
		if err := execute(ctx, tx, `UPDATE river_job SET state = 'available', attempt = 0, finalized_at = NULL
			WHERE state IN ('running', 'retryable', 'discarded') AND queue LIKE $1 AND ($2 = '' OR `+q.db.lastBy+` = $2)`,
			q.anyLane(), worker); err != nil {
			return err
		}
		if err := execute(ctx, tx, `DELETE FROM river_job WHERE state = 'available' AND args ->> 'job' IN
			(SELECT CAST(id AS TEXT) FROM weft_job WHERE paused = 1 AND store = $1)`, q.store); err != nil {
			return err
		}
		return execute(ctx, tx, `UPDATE weft_change SET alive = $1 WHERE alive <> $1`, one(worker == ""))
	})
}

// putBack queues an abandoned task again, or ends it.
func putBack(ctx context.Context, tx *sql.Tx, a abandoned) error {
	if a.cancel {
		return settle(ctx, tx, a.ticket, "", ending{state: Cancelled})
	}
	limit := maxKills(a.task.Verb)
	if a.kills >= limit {
		why := fmt.Errorf("set aside: %d workers died while doing this; check the file, then retry", a.kills)
		return settle(ctx, tx, a.ticket, "", failed(a.task.Key, why))
	}
	if err := execute(ctx, tx, `UPDATE weft_task SET state = 'queued', kills = $3
		WHERE job = $1 AND seq = $2 AND state = 'running'`, a.Job, a.Seq, a.kills); err != nil {
		return err
	}
	if a.kills > 0 { // its worker died: others of its rank first, and near the end all others
		rank := "priority"
		if a.kills >= limit-2 {
			rank = strconv.Itoa(last)
		}
		if err := execute(ctx, tx, `UPDATE river_job SET priority = `+rank+`, scheduled_at = $3
			WHERE state = 'running' AND args ->> 'job' = $1 AND args ->> 'seq' = $2`,
			fmt.Sprint(a.Job), fmt.Sprint(a.Seq), time.Now().UTC().Format(riverTime)); err != nil {
			return err
		}
	}
	return execute(ctx, tx, `DELETE FROM weft_active WHERE job = $1 AND seq = $2`, a.Job, a.Seq)
}

// The history kept of finished jobs.
const (
	keepFor  = 30 * 24 * time.Hour
	keepJobs = 500
)

// prune forgets finished jobs that are old or many, and River's finished
// tickets. Each job is a transaction of its own, so that none waits for long.
func (q *Queue) prune(ctx context.Context, now time.Time) error {
	rows, err := q.db.read.QueryContext(ctx, `SELECT id FROM (
			SELECT id, updated, row_number() OVER (ORDER BY id DESC) AS place FROM weft_job
			WHERE store = $1 AND total = done + skipped + failed + cancelled) AS ended
		WHERE updated < $2 OR place > $3 ORDER BY id`, q.store, now.Add(-keepFor).UnixMilli(), keepJobs)
	if err != nil {
		return q.db.explain(err)
	}
	var old []int64
	for rows.Next() {
		var id int64
		if err = rows.Scan(&id); err != nil {
			break
		}
		old = append(old, id)
	}
	if err := firstError(err, rows.Err(), rows.Close()); err != nil {
		return q.db.explain(err)
	}
	for _, id := range old {
		if err := q.forget(ctx, id); err != nil {
			return err
		}
	}
	if err := q.sweep(ctx); err != nil {
		return err
	}
	return q.pruneRiver(ctx)
}

// forget removes a finished job; not one that was retried meanwhile.
func (q *Queue) forget(ctx context.Context, id int64) error {
	gone := false
	err := q.db.change(ctx, q.db.loose, func(tx *sql.Tx) error {
		n, err := affected(ctx, tx, `DELETE FROM weft_job WHERE id = $1 AND total = done + skipped + failed + cancelled`, id)
		if gone = n == 1; err != nil || !gone {
			return err
		}
		return execute(ctx, tx, `INSERT INTO weft_arrival (job, store, beat) VALUES ($1, $2, 0)`, id, q.store)
	})
	if err != nil || !gone {
		return err
	}
	return q.clear(ctx, id)
}

// pruneRiver removes River's finished tickets, whose story is in our tables,
// and its old notifications, a few thousand at a time.
func (q *Queue) pruneRiver(ctx context.Context) error {
	const batch = 5000
	for {
		var n int64
		err := q.db.change(ctx, q.db.loose, func(tx *sql.Tx) (err error) {
			n, err = affected(ctx, tx, `DELETE FROM river_job WHERE id IN (SELECT id FROM river_job
				WHERE state = 'completed' AND queue LIKE $1 ORDER BY id LIMIT $2)`, q.anyLane(), batch)
			return err
		})
		if err != nil {
			return err
		}
		if n < batch {
			break
		}
	}
	if !q.db.noticed {
		return nil
	}
	return q.db.change(ctx, q.db.loose, func(tx *sql.Tx) error {
		return execute(ctx, tx, `DELETE FROM river_notification WHERE id < (SELECT max(id) - 1000 FROM river_notification)`)
	})
}

// firstError is the first of several errors.
func firstError(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}
