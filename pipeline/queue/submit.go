package queue

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/riverqueue/river"

	"weft/pipeline"
)

// ticket is all that River knows of a task: where it stands in our tables.
// Its numbers are strings so that one SQL reads them in both databases.
type ticket struct {
	Job int64 `json:"job,string"`
	Seq int64 `json:"seq,string"`
}

// Kind names the ticket in River's tables.
func (ticket) Kind() string { return "weft_task" }

// The lanes of a store: pictures cost processor and memory, the rest waits for
// the network. Apart, a delete need not wait for a batch of pictures. What reads
// or writes files of a machine waits for a worker of that machine.
const (
	pictures = "pictures"
	objects  = "objects"
	files    = "files"
)

// lane is the name of River's queue for a verb.
func (q *Queue) lane(v pipeline.Verb) string {
	switch {
	case v.OfPictures():
		return q.laneName(pictures)
	case v == pipeline.Upload || v == pipeline.Download:
		return q.laneName(files)
	}
	return q.laneName(objects)
}

// laneName makes a name River accepts, one for one, from a lane and the store,
// or for files from the machine and the store.
func (q *Queue) laneName(lane string) string {
	if lane == files {
		if !q.db.shared {
			return q.laneName(objects) // there is one machine, whatever its name today
		}
		lane += "_" + shortHash(q.origin.Machine)
	}
	return lane + "_" + shortHash(q.store)
}

// anyLane is a pattern of LIKE for every lane of this store.
func (q *Queue) anyLane() string { return "%_" + shortHash(q.store) }

func shortHash(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// priority lets what a person waits for pass big batches; 1 is served first.
func priority(tasks int) int {
	switch {
	case tasks <= 20:
		return first
	case tasks <= 1000:
		return 2
	}
	return 3
}

// first is the priority of what a person waits for.
const first = 1

// last is the priority of tasks that workers died on: after all others.
const last = 4

// River is given tickets for the next tasks of each job only: so a job of a
// million costs River no more than one of a few thousand, and pausing, resuming
// or cancelling it is quick. Workers give out more as they use them up.
const (
	windowSize  = 4000 // tickets of one job that River has at most
	windowSteps = 8    // transactions in which a whole window is given out
)

// issue gives River tickets for the next tasks of a job, a step of the window at most, and
// tells whether there may be more of them.
func (q *Queue) issue(ctx context.Context, tx *sql.Tx, id int64) (more bool, err error) {
	var from, place int64
	var rank int
	// The row is held, so that of several who do so one is first.
	err = tx.QueryRowContext(ctx, `UPDATE weft_job SET issued = issued WHERE id = $1 AND paused = 0 AND cancel = 0 AND issued < total
		RETURNING issued, place, rank`, id).Scan(&from, &place, &rank)
	if err != nil {
		return false, ignoreNone(err)
	}
	tasks, err := collect(ctx, tx, scanWaiting, `SELECT seq, task FROM weft_task
		WHERE job = $1 AND seq >= $2 AND state = 'queued' ORDER BY seq LIMIT $3`, id, from, q.window/windowSteps)
	if err != nil {
		return false, err
	}
	tickets := make([]river.InsertManyParams, len(tasks))
	for i, t := range tasks {
		tickets[i] = river.InsertManyParams{
			Args: ticket{Job: id, Seq: t.seq},
			InsertOpts: &river.InsertOpts{
				Queue:       q.lane(t.verb),
				Priority:    rank,
				MaxAttempts: 1000, // attempts are counted by us; River must not give a task up
			},
		}
	}
	if len(tasks) > 0 {
		if _, err := q.river.InsertManyFastTx(ctx, tx, tickets); err != nil {
			return false, err
		}
		if rank != first { // those are done before it matters
			if err := q.place(ctx, tx, id, from, place); err != nil {
				return false, err
			}
		}
	}
	if len(tasks) < q.window/windowSteps {
		return false, execute(ctx, tx, `UPDATE weft_job SET issued = total WHERE id = $1`, id)
	}
	return true, execute(ctx, tx, `UPDATE weft_job SET issued = $2 WHERE id = $1`, id, tasks[len(tasks)-1].seq+1)
}

// waiting is a task that waits for its ticket.
type waiting struct {
	seq  int64
	verb pipeline.Verb
}

func scanWaiting(scan func(...any) error) (waiting, error) {
	var w waiting
	var text string
	if err := scan(&w.seq, &text); err != nil {
		return w, err
	}
	t, err := decode(text, "")
	w.verb = t.Verb
	return w, err
}

// refill gives out tickets of the jobs that have few left.
func (q *Queue) refill(ctx context.Context) error {
	short, err := q.short(ctx)
	if err != nil {
		return q.db.explain(err)
	}
	for id, n := range short {
		for more := true; more && n < q.window; n += q.window / windowSteps {
			err := q.db.changeJob(ctx, q.db.loose, id, func(tx *sql.Tx) (err error) {
				more, err = q.issue(ctx, tx, id)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// short are the jobs with less than half a window, and the tickets they have.
func (q *Queue) short(ctx context.Context) (map[int64]int, error) {
	ids, err := collect(ctx, q.db.read, scanOne[int64],
		`SELECT id FROM weft_job WHERE store = $1 AND issued < total AND paused = 0 AND cancel = 0
		AND total > done + skipped + failed + cancelled`, q.store)
	short := map[int64]int{}
	for _, id := range ids {
		n := 0
		if err := q.db.read.QueryRowContext(ctx, `SELECT count(*) FROM river_job WHERE state = 'available' AND args ->> 'job' = $1`, fmt.Sprint(id)).Scan(&n); err != nil {
			return nil, err
		}
		if n < q.window/2 {
			short[id] = n
		}
	}
	return short, err
}
