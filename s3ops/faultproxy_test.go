package s3ops_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"weft/s3ops"
)

// faultProxy passes connections on to a store, and does something to the bytes
// of one direction when so many have gone that way: over all connections, and
// once; or, if always, on each connection.
type faultProxy struct {
	net.Listener
	to      string
	kind    string // reset, cut, flip, stall
	up      bool   // towards the store
	always  bool
	at      int64
	moved   atomic.Int64
	done    atomic.Bool
	mu      sync.Mutex
	ended   bool
	open    []net.Conn
	serving sync.WaitGroup
}

func newFaultProxy(t *testing.T, f *faultProxy) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f.Listener = l
	f.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", f.to)
			if err != nil {
				c.Close()
				continue
			}
			f.mu.Lock()
			f.open = append(f.open, c, s)
			if f.ended { // what was taken before the listener closed
				c.Close()
				s.Close()
			}
			f.mu.Unlock()
			f.serving.Go(func() { f.pass(c, s, f.up) })
			f.serving.Go(func() { f.pass(s, c, !f.up) })
		}
	})
	return "http://" + l.Addr().String()
}

func (f *faultProxy) end() {
	f.Close()
	f.mu.Lock()
	f.ended = true
	for _, c := range f.open {
		c.Close()
	}
	f.mu.Unlock()
	f.serving.Wait()
}

// pass moves bytes one way.
func (f *faultProxy) pass(from, to net.Conn, faulty bool) {
	buf := make([]byte, 16<<10)
	var here int64
	for {
		n, err := from.Read(buf)
		at := here
		if here += int64(n); !f.always {
			at = f.moved.Add(int64(n)) - int64(n)
		}
		if i := f.at - at; faulty && i >= 0 && i < int64(n) && (f.always || !f.done.Swap(true)) {
			switch f.kind {
			case "flip":
				buf[i] ^= 0x04
			case "stall":
				_, _ = to.Write(buf[:i])
				return // both stay open
			case "reset":
				_, _ = to.Write(buf[:i])
				from.(*net.TCPConn).SetLinger(0)
				to.(*net.TCPConn).SetLinger(0)
				from.Close()
				to.Close()
				return
			case "cut":
				_, _ = to.Write(buf[:i])
				from.Close()
				to.Close()
				return
			}
		}
		if n > 0 {
			if _, werr := to.Write(buf[:n]); werr != nil {
				from.Close()
				return
			}
		}
		if err != nil {
			to.Close()
			return
		}
	}
}

// afterAnswer is what a store behind a broken proxy does: a storm answers some
// requests with 503; short ends a body early and calls that its length.
func afterAnswer(kind string, n int64, under http.RoundTripper) http.RoundTripper {
	var count atomic.Int64
	return faultyKeep(func(r *http.Request) (*http.Response, error) {
		i := count.Add(1)
		if kind == "storm" && i > n/4 && i <= n/4+1+n%3 {
			if r.Body != nil {
				r.Body.Close()
			}
			return xmlError(503, "SlowDown")(r)
		}
		resp, err := under.RoundTrip(r)
		if kind == "short" && err == nil && r.Method == "GET" && resp.ContentLength > n {
			resp.Body = struct {
				io.Reader
				io.Closer
			}{io.LimitReader(resp.Body, n), resp.Body}
			resp.ContentLength = n
			resp.Header.Set("Content-Length", fmt.Sprint(n))
		}
		return resp, err
	})
}

// Whatever a network does, and wherever in a transfer it does it: what is called
// a success is one, and a file and an object are there in full or not at all.
func TestFaultProxy(t *testing.T) {
	const offsets = 20
	small, long := noise(21, 100_000), noise(22, 5<<20+100_000)
	clean := opened(t, stores[0].config, nil)
	put(t, clean, "fault-proxy/small", string(small))
	put(t, clean, "fault-proxy/long", string(long[:10*smallParts]))
	var cases, calm, successes atomic.Int64
	g := new(errgroup.Group)
	g.SetLimit(24)
	for _, kind := range []string{"reset", "cut", "flip", "stall", "storm", "short"} {
		for _, up := range []bool{true, false} {
			for i := range int64(offsets) {
				for _, always := range []bool{false, true} {
					proxied := kind != "storm" && kind != "short"
					if !proxied && (up || always) {
						continue
					}
					for name, body := range map[string][]byte{"small": small, "long": long} {
						for _, upload := range []bool{true, false} {
							if upload && kind == "short" || always && i%4 != 0 {
								continue
							}
							if !upload && name == "long" {
								body = long[:10*smallParts]
							}
							size := int64(len(body))
							if up != upload {
								size = 3000 // the other way there are only headers
							}
							one := &faultCase{kind: kind, up: up, always: always, at: i * (size + 1500) / offsets,
								name: name, upload: upload, body: body, number: cases.Add(1), clean: clean}
							g.Go(func() error {
								if one.kind == "stall" {
									one.run(t) // how many succeed depends on the machine
									return nil
								}
								calm.Add(1)
								if one.run(t) {
									successes.Add(1)
								}
								return nil
							})
						}
					}
				}
			}
		}
	}
	_ = g.Wait()
	t.Logf("%d transfers; of %d in which nothing stalled %d succeeded all the same", cases.Load(), calm.Load(), successes.Load())
	if successes.Load() < calm.Load()/3 {
		t.Error("hardly any transfer got over its fault")
	}
}

// faultCase is one transfer over a bad network.
type faultCase struct {
	kind               string
	up, always, upload bool
	at, number         int64
	name               string
	body               []byte
	clean              *s3ops.Bucket
}

func (c *faultCase) String() string {
	return fmt.Sprintf("%s at %d, towards the store %t, always %t: %s, upload %t", c.kind, c.at, c.up, c.always, c.name, c.upload)
}

// run tells whether the transfer succeeded.
func (c *faultCase) run(t *testing.T) bool {
	config := *stores[0].config
	base, err := s3ops.NewTransport()
	if err != nil {
		t.Error(err)
		return false
	}
	defer base.(*http.Transport).CloseIdleConnections()
	under := base
	if c.kind == "storm" || c.kind == "short" {
		under = afterAnswer(c.kind, c.at, base)
		if c.kind == "storm" {
			under = afterAnswer(c.kind, c.at%16, base)
		}
	} else {
		p := &faultProxy{kind: c.kind, up: c.up, always: c.always, at: c.at, to: strings.TrimPrefix(config.Endpoint, "http://")}
		config.Endpoint = newFaultProxy(t, p)
		defer p.end()
	}
	// Only where bytes stop moving the wait for them is short: elsewhere a slow
	// machine would be taken for a fault.
	idle := time.Minute
	if c.kind == "stall" {
		idle = 300 * time.Millisecond
	}
	b := opened(t, &config, s3ops.Watch(under, idle, 3*idle))
	s3ops.SetSizes(b, 5<<20, 5<<30, 512<<20)
	s3ops.SetPartOfGet(b, smallParts)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if c.upload {
		return c.uploaded(ctx, t, b)
	}
	dir, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Error(err)
		return false
	}
	_, err = b.Download(ctx, "fault-proxy/"+c.name, dir, s3ops.DownloadOptions{})
	got, ferr := os.ReadFile(filepath.Join(dir, c.name))
	switch {
	case ferr == nil && !bytes.Equal(got, c.body):
		t.Errorf("%v: the file has other bytes; the download ended with %v", c, err)
	case err == nil && ferr != nil:
		t.Errorf("%v: a success without a file: %v", c, ferr)
	}
	return err == nil
}

func (c *faultCase) uploaded(ctx context.Context, t *testing.T, b *s3ops.Bucket) bool {
	key := fmt.Sprintf("fault-proxy/up/%d", c.number)
	_, err := b.Upload(ctx, key, struct{ io.Reader }{bytes.NewReader(c.body)}, s3ops.UploadOptions{})
	r, _, rerr := c.clean.Read(t.Context(), key, s3ops.ReadOptions{})
	switch {
	case rerr == nil:
		got, rerr := io.ReadAll(r)
		r.Close()
		if rerr != nil || !bytes.Equal(got, c.body) {
			t.Errorf("%v: the object has other bytes, %v; the upload ended with %v", c, rerr, err)
		}
		if _, derr := c.clean.Delete(t.Context(), key, ""); derr != nil {
			t.Error(derr)
		}
	case !errors.Is(rerr, s3ops.ErrNotFound):
		t.Errorf("%v: %v", c, rerr)
	case err == nil:
		t.Errorf("%v: a success without an object", c)
	}
	return err == nil
}
