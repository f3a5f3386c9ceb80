package queue

import (
	"context"
	"database/sql"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// pulse is another value after any change to the database that another
// connection made: SQLite's data_version, asked on a connection of its own, at
// the cost of a few tens of microseconds. It is only a hint: who waits for it
// also looks at the tables themselves from time to time.
//
// The counter could be read from the -shm file for less, but no file of a
// database that SQLite has open may ever be opened beside it: closing any
// descriptor of a file drops every lock that the process holds on it
// (https://sqlite.org/howtocorrupt.html, 2.2), and then another process takes
// itself for the last one and deletes the log with what was committed.
type pulse int64

func (f *sqliteFile) pulse(ctx context.Context) (p pulse) {
	if err := f.beat.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&p); err != nil {
		return 0 // who waits looks at the tables, and learns there what is wrong
	}
	return p
}

// waitPulse waits until the pulse is another one than p, looking each interval,
// and at most so long.
func waitPulse(ctx context.Context, now func(context.Context) pulse, p pulse, interval, atMost time.Duration) error {
	look := time.NewTicker(interval)
	defer look.Stop()
	for until := time.Now().Add(atMost); time.Now().Before(until) && now(ctx) == p; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
	return nil
}

// driver is River's for SQLite, but for the listener.
type driver struct {
	*riversqlite.Driver
	file *sqliteFile
}

// GetListener is riverdriver.Driver's.
func (d driver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{Listener: d.Driver.GetListener(p), file: d.file}
}

// listener is River's for SQLite, which asks its table of notifications every
// 50 ms, awake for hours with nothing to hear. This one asks when something has
// changed, so that an idle worker costs less.
type listener struct {
	riverdriver.Listener
	file *sqliteFile
}

const (
	listenEvery = 40 * time.Millisecond // each waking costs more than the look
	askFor      = 45 * time.Millisecond // so long that River's listener asks once
)

// WaitForNotification is riverdriver.Listener's.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		pulse := l.file.pulse(ctx)
		asking, cancel := context.WithTimeout(ctx, askFor)
		n, err := l.Listener.WaitForNotification(asking)
		ended := asking.Err()
		cancel()
		if err == nil || ended == nil || ctx.Err() != nil {
			return n, err
		}
		if err := waitPulse(ctx, l.file.pulse, pulse, listenEvery, time.Second); err != nil {
			return nil, err
		}
	}
}

var _ riverdriver.Driver[*sql.Tx] = driver{}
