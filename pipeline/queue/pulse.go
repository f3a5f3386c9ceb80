package queue

import (
	"context"
	"database/sql"
	"io"
	"os"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// pulse is another value after any process's change to the database: the header
// of SQLite's index of its write-ahead log, which holds a counter of changes
// and is the same memory for all processes (https://sqlite.org/walformat.html,
// "The WAL-Index Header"). Reading it costs microseconds and no lock, so that
// it can be looked at often. Only a hint: who waits for it also looks at the
// tables themselves from time to time.
type pulse [48]byte

func (db *database) pulse() (p pulse) {
	f, err := os.Open(db.path + "-shm")
	if err != nil {
		return pulse{}
	}
	defer func() { _ = f.Close() }()
	_, _ = io.ReadFull(f, p[:]) // what could not be read stays zero
	return p
}

// waitPulse waits until the pulse is another one than p, looking each interval,
// and at most so long.
func (db *database) waitPulse(ctx context.Context, p pulse, interval, atMost time.Duration) error {
	look := time.NewTicker(interval)
	defer look.Stop()
	for until := time.Now().Add(atMost); time.Now().Before(until) && db.pulse() == p; {
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
	db *database
}

// GetListener is riverdriver.Driver's.
func (d driver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{Listener: d.Driver.GetListener(p), db: d.db}
}

// listener is River's for SQLite, which asks its table of notifications every
// 50 ms, awake for hours with nothing to hear. This one asks when something has
// changed, so that an idle worker costs less.
type listener struct {
	riverdriver.Listener
	db *database
}

const (
	listenEvery = 40 * time.Millisecond // each waking costs more than the look
	askFor      = 45 * time.Millisecond // so long that River's listener asks once
)

// WaitForNotification is riverdriver.Listener's.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		pulse := l.db.pulse()
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
