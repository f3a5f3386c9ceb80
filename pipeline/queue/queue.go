// Package queue is the durable list of Tasks with their states: River over
// SQLite or PostgreSQL. It survives crashes and hang-ups and is shared by all
// processes of a store. It knows no bucket and no screen.
package queue

import (
	"context"
	"time"

	"weft/pipeline"
)

// Queue is one store's queue, opened.
type Queue struct{}

// Open opens the queue of a store. dsn is a postgres:// URL or the path of a
// SQLite file, which is made if missing.
func Open(ctx context.Context, dsn, store string) (*Queue, error) { panic("contract") }

// Close closes the queue; work goes on wherever a worker runs.
func (q *Queue) Close() error { panic("contract") }

// State is the state of a job.
type State string

// The states of a job.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"      // all done or skipped
	Failed    State = "failed"    // ended, some tasks failed
	Cancelled State = "cancelled" // ended by the user
)

// Job is a batch of tasks submitted together.
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
	Bytes     int64         `json:"bytes,omitempty"` // moved by finished tasks
	Error     string        `json:"error,omitempty"` // newest failure, "key: why"
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
}

// TaskState is one task of a job.
type TaskState struct {
	Task    pipeline.Task    `json:"task"`
	State   State            `json:"state"`
	Skipped bool             `json:"skipped,omitempty"`
	Error   string           `json:"error,omitempty"`
	Outcome pipeline.Outcome `json:"outcome,omitzero"`
}

// Submit stores a job with all its tasks, or none.
func (q *Queue) Submit(ctx context.Context, title string, tasks []pipeline.Task) (int64, error) {
	panic("contract")
}

// Watch returns a snapshot newer than the version after, waiting for one if need be.
func (q *Queue) Watch(ctx context.Context, after int64) (Snapshot, error) { panic("contract") }

// Job reads one job.
func (q *Queue) Job(ctx context.Context, id int64) (Job, error) { panic("contract") }

// Tasks reads a job's tasks, those with the given states (all if none), in order.
func (q *Queue) Tasks(ctx context.Context, id int64, offset, limit int, states ...State) ([]TaskState, error) {
	panic("contract")
}

// Cancel ends a job: queued tasks at once, running ones as soon as they notice.
func (q *Queue) Cancel(ctx context.Context, id int64) error { panic("contract") }

// Retry queues a job's failed and cancelled tasks again and tells how many.
func (q *Queue) Retry(ctx context.Context, id int64) (int, error) { panic("contract") }

// WorkOptions says how tasks are carried out.
type WorkOptions struct {
	Do      func(ctx context.Context, t pipeline.Task, report func(pipeline.Progress)) (pipeline.Outcome, error)
	Workers int           // at the same time; 0: one per processor
	Idle    time.Duration // end when there was no work for so long; 0: never
}

// Work carries out tasks until ctx ends or the queue was idle for o.Idle. The
// caller holds the store's worker lock, so that jobs left running are a dead
// worker's and are taken up at once.
func (q *Queue) Work(ctx context.Context, o WorkOptions) error { panic("contract") }
