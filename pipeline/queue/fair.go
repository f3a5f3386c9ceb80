package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// People who share a queue take turns. River offers tickets of one rank in the
// order of their scheduled time; this gives the tickets of a batch times that are
// no times but places, by start-time fair queueing: a batch begins where its lane
// has come to, or behind the last ticket of its owner if that is later, and its
// tickets stand a millisecond apart. So a person's batches follow each other, and
// those of two people alternate, whoever came first.
//
// Goyal, Vin and Cheng, "Start-time fair queueing", IEEE/ACM Transactions on
// Networking 5(5), 1997.

// firstPlace is where an empty lane begins, in Unix milliseconds: long ago, since
// River holds back a ticket whose time is still to come.
var firstPlace = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

// line puts a job's waiting tasks in line, as if it had come now, and gives out
// the first of their tickets.
func (q *Queue) line(ctx context.Context, tx *sql.Tx, job int64, rank int) error {
	if err := execute(ctx, tx, `DELETE FROM river_job WHERE state = 'available' AND args ->> 'job' = $1`, fmt.Sprint(job)); err != nil {
		return err
	}
	var text string
	var seq, total, place int64
	lane := ""
	err := tx.QueryRowContext(ctx, `SELECT seq, task, total FROM weft_task JOIN weft_job ON weft_job.id = weft_task.job
		WHERE job = $1 AND state = 'queued' ORDER BY seq LIMIT 1`, job).Scan(&seq, &text, &total)
	if err != nil {
		return ignoreNone(err)
	}
	if rank != first {
		t, err := decode(text, "")
		if err != nil {
			return err
		}
		lane = q.lane(t.Verb)
		if place, err = q.nextPlace(ctx, tx, job, lane, rank); err != nil {
			return err
		}
		// Tickets that came back from a dead worker may stand at today's place.
		place = min(place-seq, time.Now().UnixMilli()-total)
	}
	if err := execute(ctx, tx, `UPDATE weft_job SET issued = $2, lane = $3, rank = $4, place = $5 WHERE id = $1`, job, seq, lane, rank, place); err != nil {
		return err
	}
	_, err = q.issue(ctx, tx, job)
	return err
}

// place puts the tickets of a job's tasks, those from the number from on, where
// they belong.
func (q *Queue) place(ctx context.Context, tx *sql.Tx, job, from, place int64) error {
	return execute(ctx, tx, `UPDATE river_job SET scheduled_at = `+q.db.timeOf(`$2 + CAST(args ->> 'seq' AS BIGINT)`)+`
		WHERE state = 'available' AND args ->> 'job' = $1 AND CAST(args ->> 'seq' AS BIGINT) >= $3`, fmt.Sprint(job), place, from)
}

// nextPlace is where a batch of this queue's owner begins in a lane.
func (q *Queue) nextPlace(ctx context.Context, tx *sql.Tx, job int64, lane string, rank int) (int64, error) {
	var now, own sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT `+q.db.millis(`min(scheduled_at)`)+` FROM river_job
		WHERE state = 'available' AND queue = $1 AND priority = $2`, lane, rank).Scan(&now)
	if err != nil {
		return 0, err
	}
	err = tx.QueryRowContext(ctx, `SELECT max(place + total) FROM weft_job WHERE store = $1 AND owner = $2 AND lane = $3 AND rank = $4
		AND id <> $5 AND paused = 0 AND total > done + skipped + failed + cancelled`, q.store, q.origin.Owner, lane, rank, job).Scan(&own)
	return max(firstPlace, now.Int64, own.Int64), err
}

// ignoreNone is err, but nil if there was no row.
func ignoreNone(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
}
