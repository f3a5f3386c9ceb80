//go:build !windows

package s3ops

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// FileLock waits for an exclusive lock on f, until ctx ends. Closing f releases
// it. A file system without locks has none to wait for.
func FileLock(ctx context.Context, f *os.File) error {
	for wait := time.Millisecond; ; wait = min(2*wait, 16*time.Millisecond) {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil, errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.ENOSYS):
			return nil
		case !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR):
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
