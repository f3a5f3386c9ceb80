package s3ops

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// FileLock waits for an exclusive lock on f, until ctx ends. Closing f releases it.
func FileLock(ctx context.Context, f *os.File) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 16*time.Millisecond) {
		err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
		switch {
		case err == nil, errors.Is(err, windows.ERROR_NOT_SUPPORTED):
			return nil
		case !errors.Is(err, windows.ERROR_LOCK_VIOLATION):
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
