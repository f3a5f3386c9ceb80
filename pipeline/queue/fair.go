package queue

import (
	"context"
	"database/sql"
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

// line places the tickets of a batch that were just inserted.
func (q *Queue) line(ctx context.Context, tx *sql.Tx, job int64, lane string, priority, tickets int) error {
	place, err := q.nextPlace(ctx, tx, job, lane, priority)
	if err != nil {
		return err
	}
	// Tickets that came back from a dead worker may stand at today's place.
	place = min(place, time.Now().UnixMilli()-int64(tickets))
	return execute(ctx, tx, `UPDATE river_job SET scheduled_at = `+q.db.timeOf(`$2 + CAST(args ->> 'seq' AS BIGINT)`)+`
		WHERE state = 'available' AND queue = $3 AND args ->> 'job' = $1`, fmt.Sprint(job), place, lane)
}

// nextPlace is where a batch of this queue's owner begins in a lane.
func (q *Queue) nextPlace(ctx context.Context, tx *sql.Tx, job int64, lane string, priority int) (int64, error) {
	var now, own sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT `+q.db.millis(`min(scheduled_at)`)+` FROM river_job
		WHERE state = 'available' AND queue = $1 AND priority = $2 AND args ->> 'job' <> $3`, lane, priority, fmt.Sprint(job)).Scan(&now)
	if err != nil || !now.Valid {
		return firstPlace, err
	}
	err = tx.QueryRowContext(ctx, `SELECT `+q.db.millis(`max(scheduled_at)`)+` FROM river_job
		WHERE state = 'available' AND queue = $1 AND priority = $2 AND args ->> 'job' <> $3 AND args ->> 'job' IN
		(SELECT CAST(id AS TEXT) FROM weft_job WHERE owner = $4 AND total > done + skipped + failed + cancelled)`,
		lane, priority, fmt.Sprint(job), q.origin.Owner).Scan(&own)
	return max(now.Int64, own.Int64+1), err
}
