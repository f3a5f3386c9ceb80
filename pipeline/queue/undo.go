package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"weft/pipeline"
)

// Undoing: a job's undo is a job of the inverses of its tasks, and a redo is the
// undo of an undo. Which job takes back which stands in its row, so that it is
// known in every process and after every restart, as long as the history is kept.

// ErrNothing means that there is no job to undo or to redo.
var ErrNothing = errors.New("nothing to take back")

// Step is one task of a job and what takes it back, or why nothing does.
type Step struct {
	Done pipeline.Task
	Back pipeline.Task
	Why  error
}

// pageOfSteps is how many tasks are in memory while a job is taken back.
const pageOfSteps = 1000

// steps reads what takes back a job's done tasks, after the task of number seq.
func steps(ctx context.Context, from reader, id, after int64) (page []Step, last int64, err error) {
	rows, err := from.QueryContext(ctx, `SELECT seq, task, outcome FROM weft_task
		WHERE job = $1 AND seq > $2 AND state = 'done' AND skipped = 0 ORDER BY seq LIMIT $3`, id, after, pageOfSteps)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text, outcome string
		if err := rows.Scan(&last, &text, &outcome); err != nil {
			return nil, 0, err
		}
		t, err := decode(text, "")
		if err != nil {
			return nil, 0, err
		}
		var o pipeline.Outcome
		if outcome != "" {
			if err := json.Unmarshal([]byte(outcome), &o); err != nil {
				return nil, 0, err
			}
		}
		back, why := pipeline.Inverse(t, o)
		page = append(page, Step{t, back, why})
	}
	return page, last, rows.Err()
}

// Steps yields what Undo would do, without doing it, a page of tasks at a time.
func (q *Queue) Steps(ctx context.Context, id int64) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for after := int64(-1); ; {
			page, last, err := steps(ctx, q.db.read, id, after)
			if err != nil {
				yield(Step{}, fmt.Errorf("undo job %d: %w", id, q.db.explain(err)))
				return
			}
			for _, s := range page {
				if !yield(s, nil) {
					return
				}
			}
			if len(page) < pageOfSteps {
				return
			}
			after = last
		}
	}
}

// Outlook is what the undo of a job would do.
type Outlook struct {
	Count   map[pipeline.Verb]int // tasks
	ForGood int                   // of them those that remove something for good
	Refused int                   // tasks that cannot be taken back
	Why     string                // one of the reasons
}

// Outlook sums the steps up that an undo of the job would take.
func (q *Queue) Outlook(ctx context.Context, id int64) (Outlook, error) {
	out := Outlook{Count: map[pipeline.Verb]int{}}
	for s, err := range q.Steps(ctx, id) {
		switch {
		case err != nil:
			return out, err
		case s.Why != nil:
			out.Refused++
			out.Why = s.Why.Error()
		default:
			out.Count[s.Back.Verb]++
			out.ForGood += one(s.Back.ForGood())
		}
	}
	return out, nil
}

// Undo submits a job that takes an ended job back, or redoes one that was an
// undo. Tasks that cannot be taken back fail in it at once, each with its
// reason; if none can, there is no job but an error.
func (q *Queue) Undo(ctx context.Context, id int64) (Job, error) {
	j, err := q.Job(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if ended := j.Done + j.Skipped + j.Failed + j.Cancelled; ended < j.Total {
		return Job{}, fmt.Errorf("undo job %d: it still runs; cancel it or wait for it (weft jobs)", id)
	}
	undo, err := q.reverse(ctx, j)
	if err != nil {
		return Job{}, fmt.Errorf("undo job %d: %w", id, err)
	}
	return q.Job(ctx, undo)
}

// reverse stores the job that takes j back, a page of tasks at a time.
func (q *Queue) reverse(ctx context.Context, j Job) (id int64, err error) {
	a := &arrival{queue: q}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.abandon(ctx))
		}
	}()
	// Those of several who undo it that are not the first learn it here, or at the end.
	if err := undone(ctx, q.db.read, j); err != nil {
		return 0, err
	}
	r := Job{Title: undoTitle(j), Undoes: j.ID}
	if j.Undoes != 0 {
		r.Undoes, r.Redoes = 0, j.ID
	}
	total := 0
	for s, err := range q.Steps(ctx, j.ID) {
		if err != nil {
			return 0, err
		}
		e := entry{state: Queued}
		if s.Why != nil {
			// The task itself must not be stored: a retry would do it again.
			s.Back = pipeline.Task{Verb: pipeline.Refuse, Key: s.Done.Key, Name: s.Why.Error()}
			e.state, e.message = Failed, s.Why.Error()
			r.Failed, r.Error = r.Failed+1, e.message
		} else {
			r.Verb = s.Back.Verb
		}
		if e.text, err = encode(s.Back, nil); err != nil {
			return 0, err
		}
		if err := a.add(ctx, e); err != nil {
			return 0, err
		}
		total++
	}
	if total == r.Failed {
		return 0, nothingUndone(r)
	}
	err = q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		// The row is held, so that of several who undo it one is first.
		if err := execute(ctx, tx, `UPDATE weft_job SET updated = updated WHERE id = $1`, j.ID); err != nil {
			return err
		}
		if err := undone(ctx, tx, j); err != nil {
			return err
		}
		landed, err := a.land(ctx, tx, r, "null")
		id = landed.ID
		return err
	})
	return id, err
}

// undone is an error if a job was taken back already.
func undone(ctx context.Context, from reader, j Job) error {
	var by int64
	err := from.QueryRowContext(ctx, `SELECT weft_job.id FROM weft_job JOIN weft_job AS other ON other.store = weft_job.store
		WHERE other.id = $1 AND (weft_job.undoes = $1 OR weft_job.redoes = $1)`, j.ID).Scan(&by)
	if err == nil {
		return fmt.Errorf("job %d did that already; weft undo %d takes that back, weft jobs retry %d tries again what failed in it", by, by, by)
	}
	return ignoreNone(err)
}

// nothingUndone says why an undo would do nothing.
func nothingUndone(r Job) error {
	switch {
	case r.Failed == 0:
		return fmt.Errorf("%w: nothing was done in it", pipeline.ErrNoUndo)
	case r.Failed > 1:
		return fmt.Errorf("%s (and %d more)", r.Error, r.Failed-1)
	}
	return errors.New(r.Error)
}

// undoTitle is "Undo: Delete 3 objects", and of an undo "Redo: Delete 3 objects".
func undoTitle(j Job) string {
	title := strings.TrimPrefix(strings.TrimPrefix(j.Title, "Undo: "), "Redo: ")
	if j.Undoes != 0 {
		return "Redo: " + title
	}
	return "Undo: " + title
}

// openJob makes the row of a job whose tasks are still to come.
func (q *Queue) openJob(ctx context.Context, tx *sql.Tx, title string, verb pipeline.Verb) (id int64, err error) {
	if id, err = nextJob(ctx, tx); err != nil {
		return 0, err
	}
	return id, execute(ctx, tx, `INSERT INTO weft_job (id, store, owner, title, verb, recipes, total, created, updated)
		VALUES ($1, $2, $3, $4, $5, 'null', 0, $6, $6)`, id, q.store, q.origin.Owner, title, verb, time.Now().UnixMilli())
}

// NextUndo is the newest job that can be undone and was not. passed is a newer
// one that changed the bucket too and cannot be, or still runs; its ID is 0 if
// there is none. The error is ErrNothing if there is nothing to undo; passed
// may be set all the same.
func (q *Queue) NextUndo(ctx context.Context) (next, passed Job, err error) {
	jobs, err := q.jobs(ctx, `undoes = 0 AND verb <> 'download'
		AND NOT EXISTS (SELECT 1 FROM weft_job AS later WHERE later.undoes = weft_job.id)`)
	if err != nil {
		return Job{}, Job{}, err
	}
	for _, j := range jobs {
		switch ended := j.State != Queued && j.State != Running; {
		case ended && j.Undoable > 0:
			return j, passed, nil
		case (!ended || j.Done > 0) && passed.ID == 0:
			passed = j
		}
	}
	return Job{}, passed, fmt.Errorf("undo: %w", ErrNothing)
}

// NextRedo is the newest undo that was not taken back itself, unless something
// new was done since that can be undone. The error is ErrNothing if there is none.
func (q *Queue) NextRedo(ctx context.Context) (Job, error) {
	jobs, err := q.jobs(ctx, `undoes <> 0 AND undoable > 0
		AND NOT EXISTS (SELECT 1 FROM weft_job AS later WHERE later.redoes = weft_job.id)
		AND NOT EXISTS (SELECT 1 FROM weft_job AS later WHERE later.store = weft_job.store
			AND later.id > weft_job.id AND later.undoes = 0 AND later.redoes = 0 AND later.undoable > 0)`)
	if err != nil {
		return Job{}, err
	}
	if len(jobs) == 0 {
		return Job{}, fmt.Errorf("redo: %w", ErrNothing)
	}
	return jobs[0], nil
}

// jobs reads the newest jobs of this store for which a condition holds.
func (q *Queue) jobs(ctx context.Context, where string) ([]Job, error) {
	jobs, err := collect(ctx, q.db.read, scanJob, `SELECT `+jobColumns+` FROM weft_job WHERE store = $1 AND `+where+` ORDER BY id DESC LIMIT $2`, q.store, maxJobs)
	return jobs, q.db.explain(err)
}
