package queue

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Lock is a lock on a file, held by this process until it releases it or dies.
type Lock struct{ file *os.File }

// ErrLocked means that another process holds a lock.
var ErrLocked = errors.New("locked by another process")

// TryLock takes the lock of a file, which is made if missing, for this process
// alone or shared with others that hold it shared. It is ErrLocked if another
// process holds it. The file stays where it is: removing it would let two
// processes lock two files of one name.
func TryLock(path string, shared bool) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	how := unix.LOCK_EX
	if shared {
		how = unix.LOCK_SH
	}
	for {
		err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil {
		return &Lock{file: f}, nil
	}
	_ = f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, ErrLocked
	}
	return nil, fmt.Errorf("lock %s: %w; it must be on a local disk", path, err)
}

// Release gives the lock back.
func (l *Lock) Release() { _ = l.file.Close() }

// Locked tells whether a process holds the lock alone. It looks by taking the
// lock shared for a moment, so one who wants it must try for a moment too.
func Locked(path string) bool {
	if _, err := os.Stat(path); err != nil {
		return false
	}
	l, err := TryLock(path, true)
	if err == nil {
		l.Release()
	}
	return errors.Is(err, ErrLocked)
}

// waitLock takes a lock alone, waiting for it at most so long.
func waitLock(ctx context.Context, path string, atMost time.Duration) (*Lock, error) {
	until := time.Now().Add(atMost)
	for {
		l, err := TryLock(path, false)
		if !errors.Is(err, ErrLocked) || time.Now().After(until) {
			return l, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}
