package picture

import (
	"math/bits"
	"runtime"
	"sync"
	"time"
)

// shelf keeps memory that every picture uses from becoming garbage. sync.Pool
// would keep one more of each size for each processor: with pictures that shows.
type shelf struct {
	lock    sync.Mutex
	buffers map[int][][]byte // by size
	held    int              // bytes
	idle    *time.Timer      // clears the shelf
}

// Memory is the process's, hence the package variable.
var buffers = shelf{buffers: map[int][][]byte{}}

const (
	shelfHolds = 64 << 20        // bytes, at most
	shelfIdle  = 5 * time.Second // after which what nobody uses is let go
)

// roomFor is the size of the buffer that n bytes are lent from: one of eight to a doubling.
func roomFor(n int) int {
	step := max(bits.Len(uint(n))-4, 0)
	return (n + 1<<step - 1) >> step << step
}

// grab lends n bytes of any content.
func grab(n int) []byte {
	size := roomFor(n)
	buffers.lock.Lock()
	defer buffers.lock.Unlock()
	kept := buffers.buffers[size]
	if len(kept) == 0 {
		return make([]byte, n, size)
	}
	last := len(kept) - 1
	b := kept[last]
	kept[last] = nil
	buffers.buffers[size] = kept[:last]
	buffers.held -= size
	return b[:n]
}

// release takes back what grab lent.
func release(b []byte) {
	size := cap(b)
	if size == 0 || size != roomFor(size) {
		return
	}
	buffers.lock.Lock()
	defer buffers.lock.Unlock()
	if len(buffers.buffers[size]) >= runtime.GOMAXPROCS(0) || buffers.held+size > shelfHolds {
		return
	}
	buffers.buffers[size] = append(buffers.buffers[size], b)
	buffers.held += size
	if buffers.idle == nil {
		buffers.idle = time.AfterFunc(shelfIdle, buffers.clear)
	}
	buffers.idle.Reset(shelfIdle)
}

func (s *shelf) clear() {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.buffers, s.held = map[int][][]byte{}, 0
}
