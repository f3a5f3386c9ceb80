package queue

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// maxJobs is the most jobs a Snapshot holds.
const maxJobs = 200

const jobColumns = `id, title, verb, total, done, skipped, failed, cancelled, bytes, undoable, undoes, redoes, error, created, updated, paused, owner,
	EXISTS (SELECT 1 FROM weft_active WHERE job = weft_job.id)`

// scanJob reads a row of jobColumns.
func scanJob(scan func(...any) error) (Job, error) {
	var j Job
	var created, updated int64
	var running bool
	err := scan(&j.ID, &j.Title, &j.Verb, &j.Total, &j.Done, &j.Skipped, &j.Failed, &j.Cancelled,
		&j.Bytes, &j.Undoable, &j.Undoes, &j.Redoes, &j.Error, &created, &updated, &j.Paused, &j.Owner, &running)
	j.CreatedAt, j.UpdatedAt = time.UnixMilli(created), time.UnixMilli(updated)
	finished := j.Done + j.Skipped + j.Failed + j.Cancelled
	switch {
	case finished < j.Total && j.Paused && !running:
		j.State = Paused
	case finished < j.Total && (running || finished > 0):
		j.State = Running
	case finished < j.Total:
		j.State = Queued
	case j.Cancelled > 0:
		j.State = Cancelled
	case j.Failed > 0:
		j.State = Failed
	default:
		j.State = Done
	}
	return j, err
}

// Job reads one job; the error is ErrNoJob if there is none of this number.
func (q *Queue) Job(ctx context.Context, id int64) (Job, error) {
	j, err := scanJob(q.db.read.QueryRowContext(ctx,
		`SELECT `+jobColumns+` FROM weft_job WHERE id = $1 AND store = $2`, id, q.store).Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Job{}, fmt.Errorf("job %d: %w; weft jobs lists them", id, ErrNoJob)
	case err != nil:
		return Job{}, fmt.Errorf("job %d: %w", id, q.db.explain(err))
	}
	return j, nil
}

// Tasks reads a job's tasks, those with the given states (all if none), in
// order: at most limit of them, after the first offset.
func (q *Queue) Tasks(ctx context.Context, id int64, offset, limit int, states ...State) ([]TaskState, error) {
	if len(states) == 0 {
		return q.tasks(ctx, id, offset, limit, "")
	}
	var in []string
	for _, s := range states {
		if !s.known() {
			return nil, fmt.Errorf("tasks of job %d: %q is no state", id, s)
		}
		in = append(in, "'"+string(s)+"'") // literals, for the index of failed tasks
	}
	return q.tasks(ctx, id, offset, limit, " AND state IN ("+strings.Join(in, ",")+")")
}

// Noted is Tasks for those that were done with something that the user should know.
func (q *Queue) Noted(ctx context.Context, id int64, offset, limit int) ([]TaskState, error) {
	return q.tasks(ctx, id, offset, limit, ` AND outcome LIKE '%"note":"%'`)
}

func (q *Queue) tasks(ctx context.Context, id int64, offset, limit int, where string) ([]TaskState, error) {
	var recipes string
	err := q.db.read.QueryRowContext(ctx, `SELECT recipes FROM weft_job WHERE id = $1 AND store = $2`, id, q.store).Scan(&recipes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("job %d: %w; weft jobs lists them", id, ErrNoJob)
	}
	if err != nil {
		return nil, fmt.Errorf("tasks of job %d: %w", id, q.db.explain(err))
	}
	rows, err := q.db.read.QueryContext(ctx, `SELECT task, state, skipped, error, outcome FROM weft_task
		WHERE job = $1`+where+` ORDER BY seq LIMIT $2 OFFSET $3`, id, limit, offset)
	if err != nil {
		return nil, fmt.Errorf("tasks of job %d: %w", id, q.db.explain(err))
	}
	defer func() { _ = rows.Close() }()
	var tasks []TaskState
	for rows.Next() {
		t, err := scanTask(rows, recipes)
		if err != nil {
			return nil, fmt.Errorf("tasks of job %d: %w", id, err)
		}
		tasks = append(tasks, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("tasks of job %d: %w", id, q.db.explain(err))
	}
	return tasks, nil
}

// known tells whether s is one of the states above.
func (s State) known() bool {
	switch s {
	case Queued, Running, Done, Failed, Cancelled:
		return true
	}
	return false
}

// scanTask reads task, state, skipped, error, outcome.
func scanTask(rows *sql.Rows, recipes string) (TaskState, error) {
	var t TaskState
	var text, outcome string
	if err := rows.Scan(&text, &t.State, &t.Skipped, &t.Error, &outcome); err != nil {
		return t, err
	}
	var err error
	if t.Task, err = decode(text, recipes); err != nil {
		return t, err
	}
	if outcome != "" {
		err = json.Unmarshal([]byte(outcome), &t.Outcome)
	}
	return t, err
}

// Watch returns a snapshot newer than the version after, waiting for one if
// need be. Who is slow misses versions in between, never the last one.
func (q *Queue) Watch(ctx context.Context, after int64) (Snapshot, error) {
	for {
		pulse := q.db.pulse(ctx) // taken first: what changes after it ends the wait
		s := Snapshot{}
		var err error
		if s.Version, s.Worker, err = q.version(ctx, pulse); err == nil && s.Version != after {
			err = q.fill(ctx, &s)
			return s, wrap("watch the queue", q.db.explain(err))
		}
		if err == nil {
			err = waitPulse(ctx, q.db.pulse, pulse, q.pace.watch, q.pace.alive)
		}
		if err != nil {
			return Snapshot{}, fmt.Errorf("watch the queue: %w", err)
		}
	}
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// version is a number that grows with every change, and whether a worker lives.
func (q *Queue) version(ctx context.Context, p pulse) (version int64, alive bool, err error) {
	if q.db.shared {
		alive, err = q.working(ctx)
		return q.seen.number(p, alive), alive, q.db.explain(err)
	}
	err = q.db.read.QueryRowContext(ctx, `SELECT version, alive FROM weft_change`).Scan(&version, &alive)
	if err != nil || !alive || Locked(q.workerLock()) {
		return version, alive, q.db.explain(err)
	}
	if err := q.noteDeath(ctx); err != nil {
		return 0, false, err
	}
	return q.version(ctx, p)
}

// seen numbers the pulses that this process has seen, where no row counts changes.
type seen struct {
	mu      sync.Mutex
	last    pulse
	alive   bool
	version int64
}

func (s *seen) number(p pulse, alive bool) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.version == 0 || p != s.last || alive != s.alive {
		s.last, s.alive, s.version = p, alive, s.version+1
	}
	return s.version
}

// noteDeath makes a change of a worker's death: who was killed cannot tell.
func (q *Queue) noteDeath(ctx context.Context) error {
	return q.db.change(ctx, q.db.loose, func(tx *sql.Tx) error {
		if Locked(q.workerLock()) { // one has started meanwhile
			return nil
		}
		return execute(ctx, tx, `UPDATE weft_change SET alive = 0`)
	})
}

// fill reads jobs and running tasks as of one moment. Its cost grows with the
// jobs shown, not with their tasks.
func (q *Queue) fill(ctx context.Context, s *Snapshot) error {
	tx, err := q.db.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: q.db.oneMoment})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // nothing to keep
	s.Jobs, err = collect(ctx, tx, scanJob,
		`SELECT * FROM (SELECT `+jobColumns+` FROM weft_job WHERE store = $1
		ORDER BY total > done + skipped + failed + cancelled DESC, id DESC LIMIT $2) AS shown ORDER BY id DESC`, q.store, maxJobs)
	if err == nil && s.Worker {
		s.Active, err = collect(ctx, tx, scanActive,
			`SELECT job, object, stage, weft_active.done, weft_active.total FROM weft_active
			JOIN weft_job ON weft_job.id = weft_active.job WHERE store = $1 ORDER BY job, seq`, q.store)
	}
	if err == nil && s.Worker {
		err = tx.QueryRowContext(ctx, `SELECT CASE WHEN min(account) = max(account) THEN min(account) ELSE '' END FROM weft_worker
			WHERE store = $1 AND (NOT $2 OR beat > `+q.db.now+` - $3) HAVING count(*) > 0`, q.store, q.db.shared, q.pace.fresh.Milliseconds()).Scan(&s.Account)
		err = ignoreNone(err)
	}
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT coalesce(max(held), '') FROM weft_store WHERE store = $1`, q.store).Scan(&s.Held)
	}
	return err
}

func scanActive(scan func(...any) error) (Active, error) {
	var a Active
	err := scan(&a.JobID, &a.Key, &a.Stage, &a.Done, &a.Total)
	return a, err
}

// reader is what queries are asked of: the database, or a transaction.
type reader interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// collect reads all rows of a query.
func collect[T any](ctx context.Context, from reader, scan func(func(...any) error) (T, error), query string, args ...any) ([]T, error) {
	rows, err := from.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		v, err := scan(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// scanOne reads a row of one column.
func scanOne[T any](scan func(...any) error) (v T, err error) {
	err = scan(&v)
	return v, err
}
