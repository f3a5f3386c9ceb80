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
		if c.went != c.begun.Load() {
			t.Errorf("it went on from %d, and progress began at %d", c.went, c.begun.Load())
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

// Who gives up while the store cannot open or close an upload waits for no further
// try of that; what was sent is kept, and the next upload goes on from there.
func TestCutOffBetweenTries(t *testing.T) {
	for at, query := range map[string]string{"open": "uploads=", "close": "uploadId="} {
		t.Run(at, func(t *testing.T) {
			c := newCutOff(t, stores[0])
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var asked atomic.Int32
			c.failing(func(r *http.Request) (*http.Response, error) {
				if r.Method != "POST" || !strings.Contains(r.URL.RawQuery, query) {
					return nil, nil
				}
				asked.Add(1)
				return said(503, "SlowDown", "Please reduce your request rate.")(r)
			})
			_, err := c.b.UploadFile(s3ops.Patient(ctx, func(s3ops.Pause) { stop() }), c.file, c.key, c.o)
			if !errors.Is(err, context.Canceled) || asked.Load() != 1 {
				t.Errorf("asked %d times: %v", asked.Load(), err)
			}
			c.failing(nil)
			sent, err := c.rest()
			if want := map[string]int{"open": 7, "close": 0}[at]; err != nil || len(sent) != want {
				t.Errorf("then %d parts were sent, %v", len(sent), err)
			}
			c.check(c.body)
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
