//go:build !windows

package s3ops

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ours tells whether a file belongs to this user and has no second name.
func ours(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return !ok || s.Nlink == 1 && int(s.Uid) == os.Geteuid()
}

// tryLock takes an exclusive lock on f, which closing f releases. It is errBusy
// if another holds it, and errNoLocks where there are none.
func tryLock(f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case errors.Is(err, unix.EWOULDBLOCK):
			return errBusy
		case errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOLCK):
			return errNoLocks
		case !errors.Is(err, unix.EINTR):
			return err
		}
	}
}
