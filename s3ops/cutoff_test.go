package s3ops_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weft/s3ops"
)

const resumePart = 5 << 20

// cutOff is a file and an upload of it that was cut short.
type cutOff struct {
	t      *testing.T
	b      *s3ops.Bucket // counts what is sent
	key    string
	file   string
	body   []byte
	resume string // folder of records
	o      s3ops.UploadOptions
	notes  []string
	begun  atomic.Int64 // the first progress told
	went   int64        // bytes from which the last try went on

	mu   sync.Mutex
	sent []string // part numbers, as they were sent whole
	fail func(*http.Request) (*http.Response, error)
}

var partNumber = regexp.MustCompile(`partNumber=(\d+)`)

// newCutOff makes a file of seven parts.
func newCutOff(t *testing.T, s store) *cutOff {
	t.Helper()
	dir := t.TempDir()
	c := &cutOff{t: t, key: strings.ReplaceAll(t.Name(), "/", "-") + "/big.bin", file: filepath.Join(dir, "big.bin"),
		body: noise(11, 6*resumePart+12345), resume: filepath.Join(dir, "uploads")}
	c.o = s3ops.UploadOptions{Resume: c.resume, Warn: func(n string) { c.notes = append(c.notes, n) }}
	c.write(c.body)
	c.b = opened(t, s.config, faultyKeep(func(r *http.Request) (*http.Response, error) {
		c.mu.Lock()
		fail := c.fail
		c.mu.Unlock()
		if fail != nil {
			if resp, err := fail(r); resp != nil || err != nil {
				return resp, err
			}
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if m := partNumber.FindStringSubmatch(r.URL.RawQuery); m != nil && r.Method == "PUT" && err == nil && resp.StatusCode == 200 {
			c.mu.Lock()
			c.sent = append(c.sent, m[1])
			c.mu.Unlock()
		}
		return resp, err
	}))
	s3ops.SetSizes(c.b, resumePart, 5<<30, 512<<20)
	t.Cleanup(func() { purge(t, c.b, c.key) })
	return c
}

func (c *cutOff) write(body []byte) {
	c.t.Helper()
	if err := os.WriteFile(c.file, body, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// failing makes the transport fail from now on, or go on as usual.
func (c *cutOff) failing(f func(*http.Request) (*http.Response, error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = f
}

// cut uploads until some bytes have moved, and ends it there for a reason.
func (c *cutOff) cut(cause error) error {
	ctx, stop := context.WithCancelCause(c.t.Context())
	defer stop(nil)
	o := c.o
	o.Progress = func(n int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if len(c.sent) >= 2 {
			stop(cause)
		}
	}
	_, err := c.b.UploadFile(ctx, c.file, c.key, o)
	return err
}

// rest uploads again and returns the numbers of the parts sent in this try.
func (c *cutOff) rest() ([]string, error) {
	c.mu.Lock()
	before := len(c.sent)
	c.mu.Unlock()
	c.begun.Store(-1)
	c.went = 0
	o := c.o
	o.Resumed = func(n int64) { c.went = n }
	o.Progress = func(n int64) { c.begun.CompareAndSwap(-1, n) }
	_, err := c.b.UploadFile(c.t.Context(), c.file, c.key, o)
	return c.sent[before:], err
}

// check holds the store to one object with these bytes and no open upload, and
// the folder of records to nothing.
func (c *cutOff) check(want []byte) {
	c.t.Helper()
	if got := all(c.t, c.b, c.key); !bytes.Equal(got, want) {
		c.t.Errorf("%d bytes came back, others than were sent", len(got))
	}
	c.clean()
}

func (c *cutOff) clean() {
	c.t.Helper()
	if n := c.open(); n != 0 {
		c.t.Errorf("%d uploads are open", n)
	}
	if left, _ := os.ReadDir(c.resume); len(left) != 0 {
		c.t.Errorf("%v are still remembered", left)
	}
}

func (c *cutOff) open() (n int) {
	for u, err := range c.b.Unfinished(c.t.Context(), c.key) {
		if err != nil {
			c.t.Fatal(err)
		}
		c.t.Logf("open: %+v", u) // shown only where none should be
		n++
	}
	return n
}

func eachCutOff(t *testing.T, f func(t *testing.T, c *cutOff)) {
	t.Helper()
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) { f(t, newCutOff(t, s)) })
	}
}
