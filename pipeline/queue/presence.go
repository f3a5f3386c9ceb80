package queue

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// A worker's presence is its row in weft_worker. On one machine the lock of a
// file proves that it lives; among many machines its heartbeat does, by the
// database's clock, since theirs may differ.

// errTakenForDead ends a worker that was out of touch with the others for too long.
var errTakenForDead = errors.New("this worker could not prove for too long that it lives, so its tasks are others' now; it starts again by need")

// ErrOtherAccount tells about a worker that has other credentials than who asks.
var ErrOtherAccount = errors.New("the worker that runs has other credentials than you; weft worker --replace starts one with yours")

// newWorkerID is a name no other worker has, and that tells people where it runs.
func newWorkerID() string {
	host, _ := os.Hostname() // "" will do
	return fmt.Sprintf("%.40s-%d-%s", host, os.Getpid(), rand.Text()[:8])
}

// enlist makes a worker known and takes over what dead ones left.
func (q *Queue) enlist(ctx context.Context, id, account string) error {
	host, _ := os.Hostname() // "" will do
	if !q.db.shared {
		// The lock proves that whoever is listed is dead.
		if err := q.recover(ctx, "", true); err != nil {
			return err
		}
	} else if err := q.buryDead(ctx); err != nil {
		return err
	}
	return q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		if !q.db.shared {
			if err := execute(ctx, tx, `DELETE FROM weft_worker WHERE store = $1`, q.store); err != nil {
				return err
			}
		}
		if err := execute(ctx, tx, `DELETE FROM weft_store WHERE store = $1`, q.store); err != nil {
			return err
		}
		return execute(ctx, tx, `INSERT INTO weft_worker (id, store, host, account, started, beat) VALUES ($1, $2, $3, $4, $5, `+q.db.now+`)`,
			id, q.store, host, account, time.Now().UnixMilli())
	})
}

// discharge takes a worker off the list, and puts back what it could not end.
func (q *Queue) discharge(ctx context.Context, id string) error {
	err := q.recover(ctx, id, false)
	return errors.Join(err, q.db.change(ctx, q.db.write, func(tx *sql.Tx) error {
		return execute(ctx, tx, `DELETE FROM weft_worker WHERE id = $1`, id)
	}))
}

// beat proves that a worker lives; false if it was taken for dead.
func (q *Queue) beat(ctx context.Context, id string) (bool, error) {
	alive := false
	err := q.db.change(ctx, q.db.loose, func(tx *sql.Tx) error {
		n, err := affected(ctx, tx, `UPDATE weft_worker SET beat = `+q.db.now+` WHERE id = $1`, id)
		alive = n == 1
		return err
	})
	return alive, err
}

// Dismiss asks this store's workers on this machine to leave, and tells how many
// there are. What they do is put back.
func (q *Queue) Dismiss(ctx context.Context) (int, error) {
	host, _ := os.Hostname() // as enlist does
	var n int64
	err := q.db.change(ctx, q.db.write, func(tx *sql.Tx) (err error) {
		n, err = affected(ctx, tx, `UPDATE weft_worker SET leaves = 1 WHERE store = $1 AND ($2 OR host = $3)`, q.store, !q.db.shared, host)
		return err
	})
	return int(n), wrap("have the worker leave", err)
}

// ErrDismissed means that a worker was asked to leave, or that a newer weft took over.
var ErrDismissed = errors.New("the worker was asked to leave, or a newer weft has taken the queue over")

// dismissed tells whether a worker has to leave: it was asked to, or a newer weft
// has changed the tables since it started, and begins one that knows them.
func (q *Queue) dismissed(ctx context.Context, id string) (yes bool, err error) {
	err = q.db.read.QueryRowContext(ctx, `SELECT leaves = 1 OR (SELECT version FROM weft_schema) > $2 FROM weft_worker WHERE id = $1`,
		id, schemaVersion).Scan(&yes)
	return yes, q.db.explain(ignoreNone(err))
}

// buryDead finds workers of this store whose heartbeat has ended, and queues
// again what they left. Of several who find one, one does so.
func (q *Queue) buryDead(ctx context.Context) error {
	dead, err := collect(ctx, q.db.read, scanOne[string], `SELECT id FROM weft_worker WHERE store = $1 AND beat < `+q.db.now+` - $2`,
		q.store, q.pace.fresh.Milliseconds())
	if err != nil {
		return q.db.explain(err)
	}
	for _, id := range dead {
		if err := q.recover(ctx, id, true); err != nil {
			return err
		}
	}
	return nil
}

// working tells whether a worker of this store is alive.
func (q *Queue) working(ctx context.Context) (bool, error) {
	if !q.db.shared {
		return Locked(q.workerLock()), nil
	}
	n := 0
	err := q.db.read.QueryRowContext(ctx, `SELECT count(*) FROM weft_worker WHERE store = $1 AND beat > `+q.db.now+` - $2`, q.store, q.pace.fresh.Milliseconds()).Scan(&n)
	return n > 0, err
}
