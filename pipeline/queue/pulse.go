package queue

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// pulse is a number that is another one after any process's change to the
// database. It costs a few microseconds, so that it can be looked at often.
// See PRAGMA data_version in SQLite's documentation.
func (db *database) pulse(ctx context.Context) (int64, error) {
	var n int64
	err := db.beat.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&n)
	return n, explain(db.path, err)
}

// waitPulse waits until the pulse is another one, looking each interval, and
// at most so long.
func (db *database) waitPulse(ctx context.Context, pulse int64, interval, atMost time.Duration) error {
	look := time.NewTicker(interval)
	defer look.Stop()
	until := time.Now().Add(atMost)
	for time.Now().Before(until) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
		if now, err := db.pulse(ctx); err != nil || now != pulse {
			return err
		}
	}
	return nil
}

// driver is River's for SQLite, but for the listener.
type driver struct {
	*riversqlite.Driver
	db *database
}

// GetListener is riverdriver.Driver's.
func (d driver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{Listener: d.Driver.GetListener(p), db: d.db}
}

// listener is River's for SQLite, which asks its table of notifications every
// 50 ms, awake for hours with nothing to hear. This one asks when something has
// changed: an idle worker costs less and starts sooner.
type listener struct {
	riverdriver.Listener
	db *database
}

const (
	listenEvery = 20 * time.Millisecond
	askFor      = 45 * time.Millisecond // so long that River's listener asks once
)

// WaitForNotification is riverdriver.Listener's.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		pulse, err := l.db.pulse(ctx)
		if err != nil {
			return nil, err
		}
		asking, cancel := context.WithTimeout(ctx, askFor)
		n, err := l.Listener.WaitForNotification(asking)
		ended := asking.Err()
		cancel()
		if err == nil || ended == nil || ctx.Err() != nil {
			return n, err
		}
		if err := l.db.waitPulse(ctx, pulse, listenEvery, time.Second); err != nil {
			return nil, err
		}
	}
}

var _ riverdriver.Driver[*sql.Tx] = driver{}
