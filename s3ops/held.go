package s3ops

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// held is the body of a request in memory: read from the disk once for its digest
// and its sending, and sent from where it is. The memory is used again when
// nobody reads it any more: net/http may still be sending a body whose request
// has ended.
type held struct {
	bytes []byte
	users atomic.Int32
	free  func()
}

// newHeld holds b until release is called; when the last who uses it has done so,
// free is.
func newHeld(b []byte, free func()) *held {
	h := &held{bytes: b, free: free}
	h.users.Store(1)
	return h
}

// retain keeps the bytes from being freed, unless they are already.
func (h *held) retain() bool {
	for {
		n := h.users.Load()
		if n == 0 {
			return false
		}
		if h.users.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

func (h *held) release() {
	if h.users.Add(-1) == 0 {
		h.free()
	}
}

// heldAtOnce is how many parts of files a bucket holds, over all that it uploads:
// 32 MiB. Others are read twice.
const heldAtOnce = partsAtOnce

// room is where a bucket holds parts.
type room struct {
	taken atomic.Int32
	free  sync.Pool // *[]byte of size
	size  int64
}

// take returns memory for size bytes and what gives it back, or nil if there is
// no room.
func (s *room) take(size int64) ([]byte, func()) {
	if size > s.size {
		return nil, nil
	}
	if s.taken.Add(1) > heldAtOnce {
		s.taken.Add(-1)
		return nil, nil
	}
	buf, ok := s.free.Get().(*[]byte)
	if !ok {
		b := make([]byte, s.size)
		buf = &b
	}
	return (*buf)[:size], func() {
		s.free.Put(buf)
		s.taken.Add(-1)
	}
}

// leastSent and mostSent are how many bytes of a held body go to the network at
// once: more where they go quickly, few where they go so slowly that many would
// be taken for a stall. net/http sends 32 KiB at a time.
const (
	leastSent = 32 << 10
	mostSent  = 256 << 10
	quickly   = 20 * time.Millisecond
)

// sender is a connection that sends held bodies from where they are. net/http
// would copy them into a buffer of its own, as TLS does too, which gives a sender
// what it has encrypted there.
type sender struct{ *net.TCPConn }

// ReadFrom is io.ReaderFrom's; net/http calls it with what is left of a body.
func (s sender) ReadFrom(r io.Reader) (int64, error) {
	if left, ok := r.(*io.LimitedReader); ok {
		if body, ok := left.R.(*watchedRequest); ok && body.held != nil {
			sent, err := body.sendTo(s.TCPConn, left.N)
			left.N -= sent
			return sent, err
		}
	}
	return s.TCPConn.ReadFrom(r)
}

// errEnded is met by a connection that still sends for a request that has ended.
var errEnded = errors.New("the request has ended")

// sendTo sends count bytes of a held body, from where Read has come to.
func (r *watchedRequest) sendTo(w io.Writer, count int64) (sent int64, err error) {
	piece := int64(leastSent)
	for sent < count && err == nil {
		if !r.held.retain() {
			return sent, errEnded
		}
		begun, n := time.Now(), 0
		n, err = w.Write(r.held.bytes[r.sent:][:min(piece, count-sent)])
		r.held.release()
		sent += int64(n)
		r.moved(n, false)
		if piece = leastSent; time.Since(begun) < quickly {
			piece = mostSent
		}
	}
	return sent, err
}

// readHeld is Read of a held body.
func (r *watchedRequest) readHeld(p []byte) (int, error) {
	if !r.held.retain() {
		return 0, errEnded
	}
	defer r.held.release()
	n := copy(p, r.held.bytes[r.sent:])
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// dialSender connects as d does.
func dialSender(d *net.Dialer) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(ctx, network, address)
		if t, ok := c.(*net.TCPConn); ok && err == nil {
			return sender{t}, nil
		}
		return c, err
	}
}
