package s3ops

import (
	"context"
	"io"
	"slices"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// fetch is one object arriving in parts, several at a time, each written where
// it belongs.
type fetch struct {
	*reading
	*tally
	file *partial
	part int64    // bytes
	crc  crc      // of the parts
	sums []uint64 // of all parts

	resumed atomic.Int64 // bytes that were there from an earlier try
}

// tally counts the bytes of several goroutines and tells it.
type tally struct {
	moved atomic.Int64
	mu    sync.Mutex
	told  int64
	tell  Progress // may be nil
}

func (t *tally) add(n int) {
	t.moved.Add(int64(n))
	if t.tell == nil || !t.mu.TryLock() {
		return // another goroutine is telling
	}
	defer t.mu.Unlock()
	if all := t.moved.Load(); all > t.told {
		t.told = all
		t.tell(all)
	}
}

// end tells the last number, which add may have left to another.
func (t *tally) end() { t.add(0) }

// all fetches what is not there yet and verifies the whole.
func (f *fetch) all(ctx context.Context, p proof) error {
	f.sums = make([]uint64, (f.info.Size+f.part-1)/f.part)
	g, moving := errgroup.WithContext(ctx)
	next := make(chan int64)
	g.Go(func() error {
		defer close(next)
		for i := range int64(len(f.sums)) {
			select {
			case next <- i:
			case <-moving.Done():
				return nil
			}
		}
		return nil
	})
	for range partsAtOnce {
		g.Go(func() error {
			buf := make([]byte, copyBuffer)
			for i := range next {
				if f.kept(i, buf) {
					continue
				}
				if err := f.one(moving, i, buf); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	f.end()
	return f.verify(ctx, p)
}

func (f *fetch) span(i int64) (from, to int64) {
	return i * f.part, min((i+1)*f.part, f.info.Size)
}

// kept tells whether a part is there from an earlier try.
func (f *fetch) kept(i int64, buf []byte) bool {
	f.file.mu.Lock()
	want, ok := f.file.done[i]
	f.file.mu.Unlock()
	if !ok {
		return false
	}
	var sum uint64
	from, to := f.span(i)
	for at := from; at < to; {
		n, err := f.file.f.ReadAt(buf[:min(int64(len(buf)), to-at)], at)
		if sum = f.crc.update(sum, buf[:n]); err != nil && at+int64(n) < to {
			return false
		}
		at += int64(n)
	}
	if sum != want {
		return false
	}
	f.sums[i] = sum
	f.resumed.Add(to - from)
	f.add(int(to - from))
	return true
}

// one fetches a part.
func (f *fetch) one(ctx context.Context, i int64, buf []byte) error {
	from, to := f.span(i)
	body := &steady{reading: f.reading, ctx: ctx, at: from, end: to, mark: from}
	defer body.Close()
	var sum uint64
	for at := from; ; {
		n, err := body.Read(buf)
		if n > 0 {
			sum = f.crc.update(sum, buf[:n])
			if _, werr := f.file.f.WriteAt(buf[:n], at); werr != nil {
				return werr
			}
			at += int64(n)
			f.add(n)
		}
		if err == io.EOF {
			f.sums[i] = sum
			return f.file.record(i, sum)
		}
		if err != nil {
			return err
		}
	}
}

// verify checks the whole: by joining the parts' checksums if the object has
// one of that kind, else by reading the file.
func (f *fetch) verify(ctx context.Context, p proof) error {
	if p.name == f.crc.name && len(p.sizes) == 1 {
		if f.joined() != p.each[0] {
			return errChecksum
		}
		return nil
	}
	return f.proves(ctx, p, f.file.f)
}

// joined is the checksum of the whole, from those of the parts.
func (f *fetch) joined() string {
	sum := f.sums[0]
	step := f.crc.zeros(f.part)
	for i, s := range f.sums[1:] {
		if from, to := f.span(int64(i + 1)); to-from != f.part {
			step = f.crc.zeros(to - from)
		}
		sum = apply(step, sum) ^ s
	}
	return f.crc.text(sum)
}

// crcFor is the checksum that parts are given: the object's own, if the parts'
// can be joined to it.
func crcFor(p proof) crc {
	if i := slices.IndexFunc(crcs, func(c crc) bool { return c.name == p.name }); i >= 0 && len(p.sizes) == 1 {
		return crcs[i]
	}
	return nvme
}
