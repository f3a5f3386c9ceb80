package s3ops

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// ours is a question of Unix: here a folder's rights say who may put files there.
func ours(os.FileInfo) bool { return true }

// tryLock takes an exclusive lock on f, which closing f releases. It is errBusy
// if another holds it, and errNoLocks where there are none. Locks keep others
// from the bytes themselves here: this one is far behind the last.
func tryLock(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0,
		&windows.Overlapped{OffsetHigh: 1 << 30})
	switch {
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION):
		return errBusy
	case errors.Is(err, windows.ERROR_NOT_SUPPORTED):
		return errNoLocks
	}
	return err
}
