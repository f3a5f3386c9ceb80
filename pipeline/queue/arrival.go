package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"reflect"
	"slices"
	"strings"
	"time"

	"weft/pipeline"
	"weft/pipeline/recipe"
)

// A big job arrives a piece at a time, so that it needs little memory and nobody
// waits long for the right to write. Until its row is there, with the last piece,
// nobody sees it. Tasks of a job that has no row stand in weft_arrival: whoever
// was killed while he wrote them leaves them to be swept away.

const (
	pieceSize    = 500 // tasks written in one transaction
	rowsPerWrite = 100 // of them in one INSERT
)

// entry is a task as it is stored, with its state.
type entry struct {
	text    string // the task, as JSON
	state   State
	message string
	outcome string // JSON, or ""
	bytes   int64
	undo    bool
}

// arrival is a job whose tasks are being written.
type arrival struct {
	queue   *Queue
	id      int64 // 0: none is written yet
	total   int64 // tasks written
	waiting []entry
}

// errSwept means that a job's tasks came so slowly that they were swept away.
var errSwept = errors.New("the tasks came too slowly, so those that were there were removed; submit them again")

// add stores a task, sooner or later.
func (a *arrival) add(ctx context.Context, e entry) error {
	if len(a.waiting) == pieceSize { // the last piece is for land
		id := a.id
		begun := time.Now()
		err := a.queue.db.change(ctx, a.queue.db.loose, func(tx *sql.Tx) (err error) {
			if id, err = a.hold(ctx, tx); err != nil {
				return err
			}
			return insertEntries(ctx, tx, id, a.total, a.waiting)
		})
		if err != nil {
			return err
		}
		a.id, a.total, a.waiting = id, a.total+pieceSize, a.waiting[:0]
		// Who waits for SQLite's lock sleeps and looks, so it must be free for a while.
		if !a.queue.db.shared {
			time.Sleep(min(time.Since(begun)/4, 10*time.Millisecond))
		}
	}
	a.waiting = append(a.waiting, e)
	return nil
}

// hold numbers the job, and keeps what is written of it from being swept away.
func (a *arrival) hold(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	now := a.queue.db.now
	if a.id == 0 {
		if id, err = nextJob(ctx, tx); err != nil {
			return 0, err
		}
		return id, execute(ctx, tx, `INSERT INTO weft_arrival (job, store, beat) VALUES ($1, $2, `+now+`)`, id, a.queue.store)
	}
	n, err := affected(ctx, tx, `UPDATE weft_arrival SET beat = `+now+` WHERE job = $1 AND beat > 0`, a.id)
	if err == nil && n == 0 {
		err = errSwept
	}
	return a.id, err
}

// nextJob is the number of a new job.
func nextJob(ctx context.Context, tx *sql.Tx) (id int64, err error) {
	return id, tx.QueryRowContext(ctx, `UPDATE weft_change SET job = job + 1 RETURNING job`).Scan(&id)
}

// land stores the last tasks and the job's row, which makes it visible, and gives
// out its first tickets. Of j, ID, Total and the times are set here.
func (a *arrival) land(ctx context.Context, tx *sql.Tx, j Job, recipes string) (Job, error) {
	q := a.queue
	j.Total = int(a.total) + len(a.waiting)
	var err error
	if a.id == 0 {
		j.ID, err = nextJob(ctx, tx)
	} else if j.ID, err = a.hold(ctx, tx); err == nil {
		err = execute(ctx, tx, `DELETE FROM weft_arrival WHERE job = $1`, j.ID)
	}
	if err != nil {
		return j, err
	}
	if err := insertEntries(ctx, tx, j.ID, a.total, a.waiting); err != nil {
		return j, err
	}
	j.Owner, j.CreatedAt = q.origin.Owner, time.UnixMilli(time.Now().UnixMilli())
	j.UpdatedAt = j.CreatedAt
	if err := execute(ctx, tx, `INSERT INTO weft_job (id, store, owner, title, verb, recipes, total, failed, error, undoes, redoes, created, updated)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)`, j.ID, q.store, j.Owner, j.Title, j.Verb, recipes,
		j.Total, j.Failed, j.Error, j.Undoes, j.Redoes, j.CreatedAt.UnixMilli()); err != nil {
		return j, err
	}
	return j, q.line(ctx, tx, j.ID, priority(j.Total))
}

// abandon removes what was written of a job that does not come.
func (a *arrival) abandon(ctx context.Context) error {
	if a.id == 0 {
		return nil
	}
	return a.queue.clear(context.WithoutCancel(ctx), a.id)
}

// clear removes tasks of a job that has no row, piece by piece.
func (q *Queue) clear(ctx context.Context, job int64) error {
	for {
		var n int64
		err := q.db.change(ctx, q.db.loose, func(tx *sql.Tx) (err error) {
			// No beat: whoever still writes them learns that they go.
			if err := execute(ctx, tx, `UPDATE weft_arrival SET beat = 0 WHERE job = $1`, job); err != nil {
				return err
			}
			n, err = affected(ctx, tx, `DELETE FROM weft_task WHERE job = $1 AND seq IN
				(SELECT seq FROM weft_task WHERE job = $1 ORDER BY seq LIMIT $2)`, job, 10*pieceSize)
			if err != nil || n > 0 {
				return err
			}
			return execute(ctx, tx, `DELETE FROM weft_arrival WHERE job = $1`, job)
		})
		if err != nil || n == 0 {
			return err
		}
	}
}

// sweepAfter is how long after its last task an arrival is taken for given up.
const sweepAfter = time.Hour

// sweep removes tasks of jobs that are gone, or that never came.
func (q *Queue) sweep(ctx context.Context) error {
	left, err := collect(ctx, q.db.read, scanOne[int64],
		`SELECT job FROM weft_arrival WHERE store = $1 AND beat < `+q.db.now+` - $2`, q.store, sweepAfter.Milliseconds())
	if err != nil {
		return q.db.explain(err)
	}
	for _, id := range left {
		if err := q.clear(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Submit stores a job of all the tasks, or none. They are read and written a
// piece at a time: a million need no more memory than a thousand, and nobody
// sees the job before all of it is there. The title "" is made from the tasks.
func (q *Queue) Submit(ctx context.Context, title string, tasks iter.Seq[pipeline.Task]) (Job, error) {
	j, err := q.submit(ctx, title, tasks)
	return j, wrap("submit", err)
}

func (q *Queue) submit(ctx context.Context, title string, tasks iter.Seq[pipeline.Task]) (j Job, err error) {
	a := &arrival{queue: q}
	var caption pipeline.Caption
	var shared []recipe.Recipe
	for t := range tasks {
		if j.Verb == "" {
			j.Verb, shared = t.Verb, t.Recipes
		}
		caption.Add(t)
		var text string
		if text, err = encode(t, shared); err == nil {
			err = a.add(ctx, entry{text: text, state: Queued})
		}
		if err != nil {
			return Job{}, errors.Join(err, a.abandon(ctx))
		}
	}
	if len(a.waiting) == 0 {
		return Job{}, errors.New("there is nothing to do")
	}
	if j.Title = title; title == "" {
		j.Title = caption.String()
	}
	recipes, err := json.Marshal(shared)
	if err != nil {
		return Job{}, errors.Join(err, a.abandon(ctx))
	}
	var landed Job
	err = q.db.change(ctx, q.db.write, func(tx *sql.Tx) (err error) {
		landed, err = a.land(ctx, tx, j, string(recipes))
		return err
	})
	if err != nil {
		return Job{}, errors.Join(err, a.abandon(ctx))
	}
	landed.State = Queued
	return landed, nil
}

// stored is a task as it is stored: without the recipes that its job's first task
// has too. They are stored once: a batch of 100,000 would repeat them 100,000 times.
type stored struct {
	pipeline.Task
	Bare bool `json:"bare,omitempty"` // it has no recipes, though the first has
}

// encode writes a task as JSON.
func encode(t pipeline.Task, shared []recipe.Recipe) (string, error) {
	s := stored{Task: t}
	switch {
	case len(shared) == 0:
	case len(t.Recipes) == 0:
		s.Bare = true
	case len(t.Recipes) == len(shared) && (&t.Recipes[0] == &shared[0] || reflect.DeepEqual(t.Recipes, shared)):
		s.Recipes = nil
	}
	text, err := json.Marshal(s)
	return string(text), err
}

// decode reads a stored task; recipes are those its job shares, as JSON.
func decode(text, recipes string) (pipeline.Task, error) {
	var s stored
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return s.Task, err
	}
	if s.Recipes == nil && !s.Bare && recipes != "" {
		return s.Task, json.Unmarshal([]byte(recipes), &s.Recipes)
	}
	return s.Task, nil
}

// insertEntries stores tasks of a job in order, from the number seq on.
func insertEntries(ctx context.Context, tx *sql.Tx, job, seq int64, entries []entry) error {
	columns := 2
	if slices.ContainsFunc(entries, func(e entry) bool { return e.state != Queued }) {
		columns = 5
	}
	full, err := tx.PrepareContext(ctx, insertStatement(min(rowsPerWrite, len(entries)), columns))
	if err != nil {
		return err
	}
	defer func() { _ = full.Close() }()
	for from := 0; from < len(entries); from += rowsPerWrite {
		part := entries[from:min(from+rowsPerWrite, len(entries))]
		args := make([]any, 1, 1+columns*len(part))
		args[0] = job
		for i, e := range part {
			args = append(args, seq+int64(from+i), e.text)
			if columns > 2 {
				args = append(args, e.state, e.message, e.outcome)
			}
		}
		if from > 0 && len(part) < rowsPerWrite {
			err = execute(ctx, tx, insertStatement(len(part), columns), args...)
		} else {
			_, err = full.ExecContext(ctx, args...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insertStatement is an INSERT of n tasks: $1 is the job, then seq and task of
// each, and with 5 columns its state, error and outcome too.
func insertStatement(n, columns int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO weft_task (job, ` + strings.Join([]string{"seq", "task", "state", "error", "outcome"}[:columns], ", ") + `) VALUES `)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("($1")
		for c := range columns {
			fmt.Fprintf(&b, ",$%d", 2+columns*i+c)
		}
		b.WriteByte(')')
	}
	return b.String()
}
