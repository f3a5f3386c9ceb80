package s3ops_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"weft/s3ops"
)

// smallParts is the length of a part of a download in these tests, in bytes.
const smallParts = 64 << 10

// holds fails unless a folder holds just these files, and each these bytes.
func holds(t *testing.T, dir string, want []byte, names ...string) {
	t.Helper()
	var found []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	slices.Sort(names)
	if !slices.Equal(found, names) {
		t.Errorf("the folder holds %q, want %q", found, names)
	}
	for _, n := range names {
		if got, err := os.ReadFile(filepath.Join(dir, n)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s has other bytes (%d, want %d), %v", n, len(got), len(want), err)
		}
	}
}

// changing is a transport that lets f change each answer to a GET with a body.
func changing(f func(n int64, r *http.Request, body io.Reader) io.Reader) faultyKeep {
	var count atomic.Int64
	return func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && r.Method == "GET" && r.URL.RawQuery == "x-id=GetObject" && resp.StatusCode < 300 {
			resp.Body = struct {
				io.Reader
				io.Closer
			}{f(count.Add(1), r, resp.Body), resp.Body}
		}
		return resp, err
	}
}

// A long object comes in parts, whole, by ranges of one object, and nothing else
// is left; a short one is one request.
func TestDownloadInParts(t *testing.T) {
	for _, size := range []int{0, 1, 2 * smallParts, 2*smallParts + 1, 10 * smallParts, 10*smallParts + 77} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			var gets, ranges atomic.Int64
			b := opened(t, stores[0].config, changing(func(_ int64, r *http.Request, body io.Reader) io.Reader {
				if gets.Add(1); r.Header.Get("Range") != "" && r.Header.Get("If-Match") != "" {
					ranges.Add(1)
				}
				return body
			}))
			s3ops.SetPartOfGet(b, smallParts)
			want := noise(uint64(size), size)
			key, dir := fmt.Sprintf("in-parts/%d.bin", size), t.TempDir()
			o := put(t, b, key, string(want))
			var last int64
			saved, err := b.Download(t.Context(), key, dir, s3ops.DownloadOptions{Size: o.Size, Progress: func(n int64) {
				if n < last {
					t.Errorf("progress went back to %d", n)
				}
				last = n
			}})
			if err != nil {
				t.Fatal(err)
			}
			holds(t, dir, want, filepath.Base(key))
			if saved.Size != int64(size) || saved.ETag != o.ETag || saved.Note != "" || last != int64(size) {
				t.Errorf("%+v, progress ended at %d", saved, last)
			}
			parts := int64(0)
			if size > 2*smallParts {
				parts = int64((size + smallParts - 1) / smallParts)
			}
			if ranges.Load() != parts || gets.Load() != max(parts, 1) {
				t.Errorf("%d GETs, %d of ranges, want %d", gets.Load(), ranges.Load(), parts)
			}
		})
	}
}

// However often a download is stopped, and whatever happens to the partial file
// in between, the next goes on, tells from where, and what arrives in the end is
// the object.
func TestDownloadGoesOnAfterStops(t *testing.T) {
	want := noise(11, 40*smallParts+99)
	const key = "goes-on/a.bin"
	put(t, opened(t, stores[0].config, nil), key, string(want))
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 1))
		var sent atomic.Int64
		b := opened(t, stores[0].config, changing(func(_ int64, _ *http.Request, body io.Reader) io.Reader {
			return readFunc(func(p []byte) (int, error) {
				n, err := body.Read(p[:min(len(p), 8<<10)])
				sent.Add(int64(n))
				return n, err
			})
		}))
		s3ops.SetPartOfGet(b, smallParts)
		dir, stops, spoilt := t.TempDir(), 0, 0
		for {
			ctx, cancel := context.WithCancel(t.Context())
			most := int64(random.IntN(len(want)))
			if stops == 6 {
				most = int64(len(want)) + 1
			}
			before := sent.Load()
			saved, err := b.Download(ctx, key, dir, s3ops.DownloadOptions{Size: int64(len(want)), Progress: func(int64) {
				if sent.Load()-before > most/4 {
					cancel()
				}
			}})
			if cancel(); err == nil {
				if came := sent.Load() - before; saved.Resumed+came != int64(len(want)) {
					t.Errorf("seed %d: %d bytes came and %d are said to have been there, of %d", seed, came, saved.Resumed, len(want))
				}
				break
			}
			stops++
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("seed %d, stop %d: %v", seed, stops, err)
			}
			if _, err := os.Stat(filepath.Join(dir, "a.bin")); err == nil {
				t.Fatalf("seed %d: a stopped download left the file", seed)
			}
			spoilt += spoil(t, random, dir)
		}
		holds(t, dir, want, "a.bin")
		if most := int64(len(want) + (stops+1)*4*smallParts + spoilt*smallParts); sent.Load() > most && spoilt < 1000 {
			t.Errorf("seed %d: %d bytes came for %d after %d stops and %d spoilt parts", seed, sent.Load(), len(want), stops, spoilt)
		}
	}
}

// spoil changes a partial file or its journal, or does not. It gives the number
// of parts that must be fetched again; 1000 for all of them.
func spoil(t *testing.T, random *rand.Rand, dir string) (parts int) {
	t.Helper()
	found, _ := filepath.Glob(filepath.Join(dir, ".weft-*.part"))
	if len(found) != 1 {
		return 0
	}
	journal := strings.TrimSuffix(found[0], ".part") + ".done"
	raw, err := os.ReadFile(found[0])
	if err != nil || len(raw) == 0 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	switch random.IntN(7) {
	case 0: // a bit
		raw[random.IntN(len(raw))] ^= 1
		err = os.WriteFile(found[0], raw, 0o600)
		parts = 1
	case 1: // a journal cut short, as by a power cut
		text, _ := os.ReadFile(journal)
		err = os.WriteFile(journal, text[:random.IntN(len(text))], 0o600)
		parts = 1000
	case 2: // no journal
		err = os.Remove(journal)
		parts = 1000
	case 3: // a link in its place
		victim := filepath.Join(t.TempDir(), "victim")
		if err = os.WriteFile(victim, []byte("mine"), 0o600); err == nil {
			os.Remove(found[0])
			err = os.Symlink(victim, found[0])
		}
		t.Cleanup(func() {
			if text, _ := os.ReadFile(victim); string(text) != "mine" {
				t.Error("a link was written through")
			}
		})
		parts = 1000
	case 4: // a second name, of somebody's file that was put there with a journal
		victim := filepath.Join(filepath.Dir(dir), fmt.Sprintf("victim-%d", random.Uint64()))
		err = os.Link(found[0], victim)
		t.Cleanup(func() {
			if text, _ := os.ReadFile(victim); !bytes.Equal(text, raw) {
				t.Error("a file of two names was written to")
			}
		})
		parts = 1000
	}
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

// readFunc is a reader.
type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

// A connection that breaks within a part goes on at the byte reached, after a
// pause that is told like any other; one that always breaks is given up, and what
// is there is kept and told.
func TestBrokenConnectionsGoOn(t *testing.T) {
	want := noise(12, 6*smallParts)
	const key = "breaks/a.bin"
	put(t, opened(t, stores[0].config, nil), key, string(want))
	var sent atomic.Int64
	var broken atomic.Bool
	var breaks, hits atomic.Int64
	breaks.Store(15_000)
	b := opened(t, stores[0].config, changing(func(n int64, r *http.Request, body io.Reader) io.Reader {
		left := breaks.Load()
		if broken.Load() && !strings.HasPrefix(r.Header.Get("Range"), "bytes=0-") {
			left = 0
		} else if broken.Load() {
			left = 1 << 30
		}
		return readFunc(func(p []byte) (int, error) {
			if left == 0 {
				hits.Add(1)
				return 0, io.ErrUnexpectedEOF
			}
			n, err := body.Read(p[:min(int64(len(p)), left)])
			sent.Add(int64(n))
			left -= int64(n)
			return n, err
		})
	}))
	s3ops.SetPartOfGet(b, smallParts)
	for _, long := range []bool{true, false} {
		sent.Store(0)
		hits.Store(0)
		var told atomic.Int64
		ctx := s3ops.Patient(t.Context(), func(p s3ops.Pause) {
			if told.Add(1); p.Why != "Connection lost" || p.For <= 0 {
				t.Errorf("told of a pause %+v", p)
			}
		})
		dir := t.TempDir()
		if !long {
			breaks.Store(300_000)
			s3ops.SetPartOfGet(b, 10*smallParts)
		}
		if _, err := b.Download(ctx, key, dir, s3ops.DownloadOptions{}); err != nil {
			t.Fatal(err)
		}
		holds(t, dir, want, "a.bin")
		if n := hits.Load(); n == 0 || told.Load() != n {
			t.Errorf("long: %t: told of %d pauses after %d breaks", long, told.Load(), n)
		}
		if sent.Load() != int64(len(want)) {
			t.Errorf("long: %t: %d bytes came for %d", long, sent.Load(), len(want))
		}
	}
	s3ops.SetPartOfGet(b, smallParts)
	broken.Store(true)
	dir := t.TempDir()
	_, err := b.Download(t.Context(), key, dir, s3ops.DownloadOptions{})
	wantKind(t, err, s3ops.ErrCorrupt)
	if !strings.Contains(err.Error(), "the next try goes on from the 66 kB in "+dir) {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 2 || !strings.HasPrefix(filepath.Base(left[1]), ".weft-") {
		t.Errorf("%q is there", left)
	}
}

// An object that is replaced or deleted midway is never mixed, and leaves nothing.
func TestReplacedMidway(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(b *s3ops.Bucket, key string)
		kind error
	}{
		"replaced": {func(b *s3ops.Bucket, key string) { put(t, b, key, string(noise(14, 10*smallParts))) }, s3ops.ErrChanged},
		"deleted":  {func(b *s3ops.Bucket, key string) { _, _ = b.Delete(t.Context(), key, "") }, s3ops.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			plain, key, dir := opened(t, stores[0].config, nil), "midway/"+name, t.TempDir()
			put(t, plain, key, string(noise(13, 10*smallParts)))
			var once sync.Mutex // no other answer while it changes
			b := opened(t, stores[0].config, changing(func(n int64, _ *http.Request, body io.Reader) io.Reader {
				once.Lock()
				defer once.Unlock()
				if n == 3 {
					c.do(plain, key)
				}
				return body
			}))
			s3ops.SetPartOfGet(b, smallParts)
			_, err := b.Download(t.Context(), key, dir, s3ops.DownloadOptions{Size: 10 * smallParts})
			wantKind(t, err, c.kind)
			holds(t, dir, nil)
		})
	}
}

// Two downloads of one object to one folder do not disturb each other.
func TestDownloadsOfTheSameAtOnce(t *testing.T) {
	want := noise(15, 20*smallParts)
	const key = "at-once/a.bin"
	put(t, opened(t, stores[0].config, nil), key, string(want))
	for _, part := range []int64{smallParts, 20 * smallParts} {
		b := opened(t, stores[0].config, nil)
		s3ops.SetPartOfGet(b, part)
		dir := t.TempDir()
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if _, err := b.Download(t.Context(), key, dir, s3ops.DownloadOptions{Overwrite: true}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		holds(t, dir, want, "a.bin")
	}
}

// Whatever checksum an object has, wrong bytes are found by it, the file is
// absent then, and the next try, which starts afresh, brings the object.
func TestDownloadIsVerified(t *testing.T) {
	parts := [][]byte{noise(16, 5<<20), noise(17, 6<<20), noise(18, 1<<20)}
	want := bytes.Join(parts, nil)
	plain := opened(t, stores[0].config, nil)
	for name, make := range map[string]func(key string) error{
		"CRC64NVME": func(key string) error { put(t, plain, key, string(want)); return nil },
		"CRC32C parts": func(key string) error {
			return s3ops.UploadComposite(t.Context(), plain, key, types.ChecksumAlgorithmCrc32c, parts...)
		},
		"CRC32 parts": func(key string) error {
			return s3ops.UploadComposite(t.Context(), plain, key, types.ChecksumAlgorithmCrc32, parts...)
		},
		"SHA256 parts": func(key string) error {
			return s3ops.UploadComposite(t.Context(), plain, key, types.ChecksumAlgorithmSha256, parts...)
		},
		"SHA1 parts": func(key string) error {
			return s3ops.UploadComposite(t.Context(), plain, key, types.ChecksumAlgorithmSha1, parts...)
		},
		"MD5 of parts": func(key string) error { return s3ops.UploadComposite(t.Context(), plain, key, "", parts...) },
	} {
		t.Run(name, func(t *testing.T) {
			key := "verified/" + name
			if err := make(key); err != nil {
				t.Fatal(err)
			}
			i, err := plain.Stat(t.Context(), key, "")
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, ETag %s", i.Checksum, i.ETag)
			var wrong atomic.Bool
			b := opened(t, stores[0].config, changing(func(n int64, _ *http.Request, body io.Reader) io.Reader {
				return readFunc(func(p []byte) (int, error) {
					n, err := body.Read(p)
					if n > 0 && wrong.Swap(false) {
						p[n/2] ^= 0x10
					}
					return n, err
				})
			}))
			for _, part := range []int64{1 << 20, 20 << 20} {
				s3ops.SetPartOfGet(b, part)
				dir := t.TempDir()
				wrong.Store(true)
				_, err = b.Download(t.Context(), key, dir, s3ops.DownloadOptions{Size: i.Size})
				wantKind(t, err, s3ops.ErrCorrupt)
				holds(t, dir, nil)
				saved, err := b.Download(t.Context(), key, dir, s3ops.DownloadOptions{Size: i.Size})
				if err != nil || saved.Note != "" {
					t.Fatalf("%+v, %v", saved, err)
				}
				holds(t, dir, want, filepath.Base(key))
			}
			wrong.Store(true)
			r, _, err := b.Read(t.Context(), key, s3ops.ReadOptions{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.Copy(io.Discard, r)
			wantKind(t, err, s3ops.ErrCorrupt)
			r.Close()
		})
	}
}
