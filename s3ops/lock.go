package s3ops

import (
	"context"
	"errors"
	"os"
	"time"
)

var (
	errBusy    = errors.New("in use by another")
	errNoLocks = errors.New("this file system has no locks")
)

// FileLock waits for an exclusive lock on f, until ctx ends. Closing f releases
// it. A file system without locks has none to wait for.
func FileLock(ctx context.Context, f *os.File) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 16*time.Millisecond) {
		err := tryLock(f)
		if errors.Is(err, errNoLocks) {
			return nil
		}
		if !errors.Is(err, errBusy) {
			return err
		}
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}
