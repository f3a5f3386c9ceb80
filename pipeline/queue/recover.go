package queue

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"weft/pipeline"
)

// A task is set aside when so many workers have died of it, or, whatever they
// died of, with it. Found running by its worker's successor it is under suspicion
// (deaths), and from then on no other picture is worked on beside it. A death
// is its own (kills) if it was the only one, and if the worker left a report of
// a crash: somebody's kill -9, the system out of memory and a power cut leave
// none. Where workers are on many machines none can look for the other's report,
// and that it was the only one has to do.
const (
	maxKills  = 3
	maxDeaths = 10
)

// abandoned is a task that no living worker does, though it is marked running.
type abandoned struct {
	ticket
	task    pipeline.Task
	deaths  int
	kills   int
	cancel  bool // its job was cancelled
	waiting bool // it did nothing when its worker died
}

func scanAbandoned(scan func(...any) error) (abandoned, error) {
	var a abandoned
	var text string
	err := scan(&a.Job, &a.Seq, &text, &a.deaths, &a.kills, &a.cancel, &a.waiting)
	if err == nil {
		a.task, err = decode(text, "")
	}
	return a, err
}

// charge counts a worker's death against the tasks that were under way. crash is
// what it died of, or "".
func (q *Queue) charge(left []abandoned, crash string) {
	var all, drawn []*abandoned // under way, and those of them in the pictures' lane
	for i := range left {
		a := &left[i]
		if a.waiting {
			continue
		}
		a.deaths++
		all = append(all, a)
		if q.lane(a.task.Verb) == q.laneName(pictures) {
			drawn = append(drawn, a)
		}
	}
	if len(drawn) > 0 {
		all = drawn // what waits for the network hardly kills
	}
	if len(all) == 1 && (crash != "" || q.db.shared) {
		all[0].kills++
	}
}

// recover puts back what a worker left running, when it died or at its orderly
// end; "" stands for every worker of this store. A task that workers keep dying
// on is set aside, so that the others get done.
func (q *Queue) recover(ctx context.Context, worker string, died bool) error {
	crash := ""
	if died && !q.db.shared {
		crash = readCrash(q.crashReport())
	}
	return q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		if worker != "" && died {
			// Who deletes its row buries it; another was quicker if there is none.
			n, err := affected(ctx, tx, `DELETE FROM weft_worker WHERE id = $1`, worker)
			if err != nil || n == 0 {
				return err
			}
		}
		left, err := collect(ctx, tx, scanAbandoned, `SELECT weft_active.job, weft_active.seq, task, deaths, kills, cancel, waiting
			FROM weft_active JOIN weft_job ON weft_job.id = weft_active.job
			JOIN weft_task ON weft_task.job = weft_active.job AND weft_task.seq = weft_active.seq
			WHERE store = $1 AND ($2 = '' OR worker = $2) ORDER BY weft_active.job, weft_active.seq`, q.store, worker)
		if err != nil {
			return err
		}
		if died {
			q.charge(left, crash)
		}
		for _, a := range left {
			if err := putBack(ctx, tx, a, crash); err != nil {
				return err
			}
		}
		if err := execute(ctx, tx, `UPDATE river_job SET state = 'available', attempt = 0, finalized_at = NULL
			WHERE state IN ('running', 'retryable', 'discarded') AND queue LIKE $1 AND ($2 = '' OR `+q.db.lastBy+` = $2)`,
			q.anyLane(), worker); err != nil {
			return err
		}
		if err := execute(ctx, tx, `DELETE FROM river_job WHERE state = 'available' AND args ->> 'job' IN
			(SELECT CAST(id AS TEXT) FROM weft_job WHERE (paused = 1 OR cancel = 1) AND store = $1)`, q.store); err != nil {
			return err
		}
		return execute(ctx, tx, `UPDATE weft_change SET alive = $1 WHERE alive <> $1`, one(worker == ""))
	})
}

// putBack queues an abandoned task again, or ends it.
func putBack(ctx context.Context, tx *sql.Tx, a abandoned, crash string) error {
	if a.cancel {
		return settle(ctx, tx, a.ticket, "", ending{state: Cancelled})
	}
	if why := a.verdict(crash); why != nil {
		return settle(ctx, tx, a.ticket, "", failed(a.task.Key, why))
	}
	if err := execute(ctx, tx, `UPDATE weft_task SET state = 'queued', deaths = $3, kills = $4
		WHERE job = $1 AND seq = $2 AND state = 'running'`, a.Job, a.Seq, a.deaths, a.kills); err != nil {
		return err
	}
	if a.deaths > 0 { // others of its rank first, and near the end all others
		rank := "priority"
		if a.kills > 0 || a.deaths >= maxDeaths-2 {
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

// verdict is why a task is set aside, or nil.
func (a abandoned) verdict(crash string) error {
	switch {
	case a.kills >= maxKills && crash != "":
		return fmt.Errorf("set aside: %d workers died of this (%s); check the file, then retry", a.kills, crash)
	case a.kills >= maxKills:
		return fmt.Errorf("set aside: %d workers died of this; check the file, then retry", a.kills)
	case a.deaths >= maxDeaths:
		return fmt.Errorf("set aside: %d workers died while doing this; check the file and the machine's memory, then retry", a.deaths)
	}
	return nil
}

// The history kept of finished jobs.
const (
	keepFor  = 30 * 24 * time.Hour
	keepJobs = 500
)

// prune forgets finished jobs that are old or many, and River's finished
// tickets. Each job is a transaction of its own, so that none waits for long.
func (q *Queue) prune(ctx context.Context, now time.Time) error {
	old, err := collect(ctx, q.db.read, scanOne[int64], `SELECT id FROM (
			SELECT id, updated, row_number() OVER (ORDER BY id DESC) AS place FROM weft_job
			WHERE store = $1 AND total = done + skipped + failed + cancelled) AS ended
		WHERE updated < $2 OR place > $3 ORDER BY id`, q.store, now.Add(-keepFor).UnixMilli(), keepJobs)
	if err != nil {
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
