package s3ops_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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
	o := c.o
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

// An upload that was cut short goes on from its finished parts: none of them is
// sent again, and progress begins with them.
func TestInterruptedUploadGoesOn(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		err := c.cut(errors.New("the worker leaves"))
		if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "upload it again to go on") {
			t.Fatalf("cut short: %v", err)
		}
		first := slices.Clone(c.sent)
		if c.open() != 1 || len(first) < 2 {
			t.Fatalf("%d open uploads after %d parts", c.open(), len(first))
		}
		again, err := c.rest()
		if err != nil {
			t.Fatal(err)
		}
		if len(again) > 7-len(first) {
			t.Errorf("sent %v, then %v", first, again)
		}
		for _, n := range again {
			if slices.Contains(first, n) {
				t.Errorf("part %s was sent again: %v, then %v", n, first, again)
			}
		}
		if c.begun.Load() < 2*resumePart {
			t.Errorf("progress began at %d", c.begun.Load())
		}
		i, err := c.b.Stat(t.Context(), c.key, "")
		if err != nil || !strings.HasPrefix(i.Checksum, "CRC64NVME:") || strings.Contains(i.Checksum, "-") {
			t.Errorf("the object is %+v, %v", i, err)
		}
		c.check(c.body)
	})
}

// An upload that the user gave up leaves nothing, neither in the store nor here.
func TestGivenUpUploadLeavesNothing(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		if err := c.cut(s3ops.ErrGivenUp); !errors.Is(err, context.Canceled) {
			t.Errorf("given up: %v", err)
		}
		c.clean()
	})
}

// A store that is gone and comes back gets only what it has not got.
func TestUploadGoesOnWhenTheStoreComesBack(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		c.failing(func(r *http.Request) (*http.Response, error) {
			c.mu.Lock()
			defer c.mu.Unlock()
			if len(c.sent) >= 3 {
				return nil, syscall.ECONNREFUSED
			}
			return nil, nil
		})
		_, err := c.rest()
		wantKind(t, err, s3ops.ErrUnreachable)
		if !strings.Contains(err.Error(), "kept") {
			t.Errorf("%v does not say what becomes of the parts", err)
		}
		c.failing(nil)
		first := len(c.sent)
		again, err := c.rest()
		if err != nil || len(again) > 7-first {
			t.Errorf("after %d parts %v were sent, %v", first, again, err)
		}
		c.check(c.body)
	})
}

// A refusal that no further try can mend clears the upload away.
func TestRefusedUploadLeavesNothing(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		c.failing(func(r *http.Request) (*http.Response, error) {
			if r.URL.Query().Get("partNumber") == "4" {
				return xmlError(403, "AccessDenied").RoundTrip(r)
			}
			return nil, nil
		})
		_, err := c.rest()
		wantKind(t, err, s3ops.ErrDenied)
		c.failing(nil)
		c.clean()
	})
}

// If the file is another one by now, or gets another header, what is there of
// the old one is cleared away and all of the new one is sent.
func TestChangedFileIsUploadedAnew(t *testing.T) {
	for name, change := range map[string]func(c *cutOff){
		"bytes": func(c *cutOff) {
			c.body = noise(12, len(c.body))
			c.write(c.body)
			must(c.t, os.Chtimes(c.file, time.Time{}, time.Now().Add(time.Second)))
		},
		"shorter": func(c *cutOff) {
			c.body = c.body[:len(c.body)-resumePart]
			c.write(c.body)
		},
		"small":  func(c *cutOff) { c.body = c.body[:100]; c.write(c.body) },
		"header": func(c *cutOff) { c.o.CacheControl = "max-age=60" },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCutOff(t, stores[0])
			_ = c.cut(errors.New("power"))
			change(c)
			again, err := c.rest()
			if want := (len(c.body) + resumePart - 1) / resumePart; err != nil || len(again) != want && want > 1 {
				t.Errorf("%d parts were sent, %v", len(again), err)
			}
			c.check(c.body)
		})
	}
}

// A part in the store that does not hold the file's bytes is sent again.
func TestForeignPartIsNotTrusted(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		_ = c.cut(errors.New("power"))
		var id string
		for u := range c.b.Unfinished(t.Context(), c.key) {
			id = u.ID
		}
		must(t, s3ops.SendPart(t.Context(), c.b, c.key, id, 1, make([]byte, resumePart)))
		if again, err := c.rest(); err != nil || !slices.Contains(again, "1") {
			t.Errorf("sent %v, %v", again, err)
		}
		c.check(c.body)
	})
}

// An upload that is gone from the store begins anew, and so does one of a store
// that does not tell its parts; that is noted.
func TestUploadBeginsAnewWhereItCannotGoOn(t *testing.T) {
	for name, breaks := range map[string]func(c *cutOff){
		"gone": func(c *cutOff) {
			for u := range c.b.Unfinished(c.t.Context(), c.key) {
				must(c.t, c.b.Abort(c.t.Context(), u.Key, u.ID))
			}
		},
		"parts not told": func(c *cutOff) { c.failing(noParts(xmlError(501, "NotImplemented"))) },
		"parts denied":   func(c *cutOff) { c.failing(noParts(xmlError(403, "AccessDenied"))) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCutOff(t, stores[0])
			_ = c.cut(errors.New("power"))
			breaks(c)
			again, err := c.rest()
			if err != nil || len(again) != 7 || c.begun.Load() > resumePart {
				t.Errorf("%d parts were sent, from %d, %v", len(again), c.begun.Load(), err)
			}
			if noted := len(c.notes) > 0; noted != (name != "gone") {
				t.Errorf("notes: %q", c.notes)
			}
			c.failing(nil)
			c.check(c.body)
		})
	}
}

// noParts refuses to list parts.
func noParts(refusal faulty) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		if r.Method == "GET" && r.URL.Query().Has("uploadId") {
			return refusal.RoundTrip(r)
		}
		return nil, nil
	}
}

// A process that died before it could note the upload's id leaves it to be
// found by its key.
func TestUploadWithoutAnIdIsFound(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		_ = c.cut(errors.New("power"))
		names, err := filepath.Glob(filepath.Join(c.resume, "*.json"))
		if err != nil || len(names) != 1 {
			t.Fatalf("records: %q, %v", names, err)
		}
		text, err := os.ReadFile(names[0])
		must(t, err)
		text = regexp.MustCompile(`"id":"[^"]+"`).ReplaceAll(text, []byte(`"id":""`))
		must(t, os.WriteFile(names[0], text, 0o600))
		first := len(c.sent)
		if again, err := c.rest(); err != nil || len(again) > 7-first {
			t.Errorf("sent %d, then %v, %v", first, again, err)
		}
		c.check(c.body)
	})
}

// Two who go on with one upload do so one after the other: the second finds the
// object there, and no part is sent twice.
func TestTwoGoOnWithOneUpload(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		_ = c.cut(errors.New("power"))
		errs := make(chan error, 2)
		for range 2 {
			go func() {
				_, err := c.b.UploadFile(t.Context(), c.file, c.key, s3ops.UploadOptions{Resume: c.resume})
				errs <- err
			}()
		}
		one, two := <-errs, <-errs
		if one != nil || !errors.Is(two, s3ops.ErrExists) {
			t.Errorf("they ended with %v and %v", one, two)
		}
		slices.Sort(c.sent)
		if len(slices.Compact(slices.Clone(c.sent))) != len(c.sent) {
			t.Errorf("sent %v", c.sent)
		}
		c.check(c.body)
	})
}

// What an interrupted upload left can be cleared away without the file.
func TestAbandonedUploadIsClearedAway(t *testing.T) {
	eachCutOff(t, func(t *testing.T, c *cutOff) {
		_ = c.cut(errors.New("power"))
		must(t, c.b.Abandon(t.Context(), c.resume, c.key+"x"))
		if c.open() != 1 {
			t.Error("another key's upload was cleared away")
		}
		for range 2 {
			must(t, c.b.Abandon(t.Context(), c.resume, c.key))
			c.clean()
		}
	})
}

// A file that changes while it is uploaded, whole or in parts, is no success.
func TestFileThatChangesWhileItIsUploaded(t *testing.T) {
	for name, size := range map[string]int{"whole": resumePart, "parts": 6 * resumePart} {
		t.Run(name, func(t *testing.T) {
			c := newCutOff(t, stores[0])
			c.write(c.body[:size])
			var once sync.Once
			c.failing(func(r *http.Request) (*http.Response, error) {
				if r.Method == "PUT" {
					once.Do(func() { c.write(noise(13, size)) })
				}
				return nil, nil
			})
			_, err := c.rest()
			wantKind(t, err, s3ops.ErrInvalid)
			if !strings.Contains(err.Error(), "changed while") {
				t.Error(err)
			}
			c.failing(nil)
			c.clean()
			_, err = c.b.Stat(t.Context(), c.key, "")
			wantKind(t, err, s3ops.ErrNotFound)
		})
	}
}

// badDisk cannot be read beyond a place.
type badDisk struct {
	*bytes.Reader
	from int64
}

func (d badDisk) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > d.from {
		return 0, &fs.PathError{Op: "read", Path: "/photos/big.bin", Err: syscall.EIO}
	}
	return d.Reader.ReadAt(p, at)
}

// A disk that cannot be read is named at once, and nothing is left in the store.
func TestUnreadableDiskEndsTheUpload(t *testing.T) {
	c := newCutOff(t, stores[0])
	err := s3ops.UploadParts(t.Context(), c.b, c.key, badDisk{bytes.NewReader(c.body), 4 * resumePart}, int64(len(c.body)))
	if !errors.Is(err, syscall.EIO) || !strings.Contains(err.Error(), "/photos/big.bin") {
		t.Errorf("it ended with %v", err)
	}
	c.clean()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
