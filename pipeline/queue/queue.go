// Package queue is the durable list of Tasks with their states: River over
// SQLite or PostgreSQL. It survives crashes and hang-ups and is shared by all
// processes of a store. It knows no bucket and no screen.
package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"weft/pipeline"
)

// Queue is one store's queue, opened. Its methods may be called from many
// goroutines and from many processes at once.
type Queue struct {
	db     *database
	store  string
	origin Origin
	river  *river.Client[*sql.Tx] // inserts; a worker has one of its own
	pace   pace
	seen   seen
	window int // tickets of one job that River has at most
}

// Origin says where tasks come from.
type Origin struct {
	Machine string // tasks with files of a machine are for its worker alone
	Owner   string // who submits; the jobs of different people take turns
}

// pace is every waiting time of the queue in one place.
type pace struct {
	watch   time.Duration   // between looks at the version
	beat    time.Duration   // between heartbeats of a worker among many machines
	fresh   time.Duration   // a heartbeat may be old before its worker counts as dead
	alive   time.Duration   // between looks at whether the worker lives
	refill  time.Duration   // between looks at whether River needs more tickets
	report  time.Duration   // between writes of the progress of running tasks
	stall   time.Duration   // without a sign of progress before a task is given up
	stop    time.Duration   // for running tasks to notice that the worker ends
	retries []time.Duration // before each new attempt while the store is unreachable
}

// ErrNoJob means that a job's number is not, or no longer, in the queue.
var ErrNoJob = errors.New("there is no such job")

// Open opens the queue of a store. dsn is a postgres:// URL or the path of a
// SQLite file, which is made if missing, with its folder.
func Open(ctx context.Context, dsn, store string, from Origin) (*Queue, error) {
	db, err := openDatabase(ctx, dsn)
	if err != nil {
		return nil, err
	}
	client, err := river.NewClient(db.driver, &river.Config{
		FetchCooldown: time.Millisecond, // else it holds its own notifications back
		Logger:        slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open the queue: %w", err), db.close())
	}
	q := &Queue{db: db, store: store, origin: from, river: client, window: windowSize, pace: pace{
		watch:   50 * time.Millisecond,
		beat:    5 * time.Second,
		fresh:   30 * time.Second,
		alive:   time.Second,
		refill:  500 * time.Millisecond,
		report:  250 * time.Millisecond,
		stall:   15 * time.Minute,
		stop:    10 * time.Second,
		retries: []time.Duration{time.Second, 4 * time.Second, 15 * time.Second, 30 * time.Second},
	}}
	if db.shared {
		q.pace.watch, q.pace.report = 250*time.Millisecond, 500*time.Millisecond // over the network, with others
	}
	return q, nil
}

// Close closes the queue; work goes on wherever a worker runs.
func (q *Queue) Close() error { return q.db.close() }

// State is the state of a job.
type State string

// The states of a job.
const (
	Queued    State = "queued"
	Running   State = "running"
	Paused    State = "paused"    // held back by the user; what was running has ended
	Done      State = "done"      // all done or skipped
	Failed    State = "failed"    // ended, some tasks failed
	Cancelled State = "cancelled" // ended by the user
)

// Job is a batch of tasks submitted together. Done, Skipped, Failed and
// Cancelled count different tasks; what is missing to Total is still to do.
type Job struct {
	ID        int64         `json:"id"`
	Title     string        `json:"title"`
	Verb      pipeline.Verb `json:"verb"`
	State     State         `json:"state"`
	Total     int           `json:"total"` // tasks
	Done      int           `json:"done"`
	Skipped   int           `json:"skipped"`
	Failed    int           `json:"failed"`
	Cancelled int           `json:"cancelled,omitempty"`
	Bytes     int64         `json:"bytes,omitempty"`    // moved by finished tasks
	Undoable  int           `json:"undoable,omitempty"` // done tasks that can be taken back
	Undoes    int64         `json:"undoes,omitempty"`   // the job whose work this one takes back
	Redoes    int64         `json:"redoes,omitempty"`   // the undo that this one takes back
	Paused    bool          `json:"paused,omitempty"`   // no task of it is begun
	Owner     string        `json:"owner,omitempty"`    // who submitted it
	Error     string        `json:"error,omitempty"`    // newest failure, "key: why"
	CreatedAt time.Time     `json:"created_at"`
	UpdatedAt time.Time     `json:"updated_at"`
}

// Active is a task being carried out now.
type Active struct {
	JobID int64
	Key   string
	pipeline.Progress
}

// Snapshot is the state of the queue at one moment. Version grows with every change.
type Snapshot struct {
	Version int64
	Jobs    []Job    // newest first, the unfinished and the newest finished, at most 200
	Active  []Active // at most a few per worker
	Worker  bool     // a worker is alive
	Account string   // fingerprint of the credentials of those that are; "" if unknown or not all the same
	Held    string   // why no worker could go on: the store refuses its credentials
}

// TaskState is one task of a job.
type TaskState struct {
	Task    pipeline.Task    `json:"task"`
	State   State            `json:"state"`
	Skipped bool             `json:"skipped,omitempty"`
	Error   string           `json:"error,omitempty"`
	Outcome pipeline.Outcome `json:"outcome,omitzero"`
}
