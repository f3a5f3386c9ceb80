package sample

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"

	"sync"

	"weft/config"
	"weft/s3ops"
)

// Seed puts the set into a bucket, in order, a few pictures at a time. A key
// that is there already is left alone, and so is one that was there and has
// been deleted: a seed that was cut short can simply be run again. It returns
// nil once nothing is missing; the caller remembers that, and does not call
// again. report, which may be nil, is told after each sample how many of the
// total are dealt with; it is not called by two goroutines at once.
//
// The error is that of the store; a cancelled ctx ends Seed within the time
// that one picture takes.
func Seed(ctx context.Context, b *s3ops.Bucket, f config.Folders, report func(done, total int)) error {
	return seed(ctx, b, All(f), f, report)
}

func seed(ctx context.Context, b *s3ops.Bucket, set []Sample, f config.Folders, report func(done, total int)) error {
	known, err := everSeen(ctx, b, f)
	if err != nil {
		return fmt.Errorf("seed samples: %w", err)
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var (
		work sync.WaitGroup
		lock sync.Mutex
		done int
		next = make(chan Sample)
	)
	tell := func() {
		lock.Lock()
		defer lock.Unlock()
		done++
		if report != nil {
			report(done, len(set))
		}
	}
	for range min(2, runtime.GOMAXPROCS(0)) {
		work.Go(func() {
			for s := range next {
				if !known[s.Key] {
					if err := s.put(ctx, b); err != nil {
						stop(err)
						return
					}
				}
				tell()
			}
		})
	}
feed:
	for _, s := range set {
		select {
		case next <- s:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	work.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("seed samples: %w", err)
	}
	return nil
}

// put draws a sample and uploads it, unless its key has been taken meanwhile.
func (s Sample) put(ctx context.Context, b *s3ops.Bucket) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := s.Draw()
	if err != nil {
		return err
	}
	_, err = b.Upload(ctx, s.Key, bytes.NewReader(data), s3ops.UploadOptions{Size: int64(len(data))})
	if errors.Is(err, s3ops.ErrExists) {
		return nil
	}
	return err
}

// everSeen is every key below the samples' folders that has a version or a delete marker.
func everSeen(ctx context.Context, b *s3ops.Bucket, f config.Folders) (map[string]bool, error) {
	known := map[string]bool{}
	for _, role := range []config.Role{search, single, groups} {
		for o, err := range b.Objects(ctx, f.Prefix(role), s3ops.ListOptions{Recursive: true, Versions: true}) {
			if err != nil {
				return nil, err
			}
			known[o.Key] = true
		}
	}
	return known, nil
}
