package local_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weft/s3ops"
	"weft/s3ops/local"
)

// Two processes serve one directory: what one writes the other reads, and of
// conditional writes to one key through both exactly one wins.
func TestTwoProcessesOneStore(t *testing.T) {
	dir := t.TempDir()
	_, address, stdin := child(t, dir)
	s := start(t, dir, "", false)
	far, ok := local.Find(t.Context(), dir)
	if !ok || far.URL != address || far.URL == s.Endpoint().URL {
		t.Fatalf("found %s, not %s", far.URL, address)
	}
	sides := []*s3ops.Bucket{bucket(t, s.Endpoint()), bucket(t, far)}
	for i := range 20 {
		key := fmt.Sprintf("search_uploads/race-%d", i)
		if i%2 == 1 { // over a delete marker, too
			if _, err := sides[0].Upload(t.Context(), key, strings.NewReader("before"), s3ops.UploadOptions{}); err != nil {
				t.Fatal(err)
			}
			if _, err := sides[1].Delete(t.Context(), key, ""); err != nil {
				t.Fatal(err)
			}
		}
		var won atomic.Int32
		var wg sync.WaitGroup
		for n := range 6 {
			wg.Go(func() {
				_, err := sides[n%2].Upload(t.Context(), key, strings.NewReader(fmt.Sprint(n)), s3ops.UploadOptions{})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, s3ops.ErrExists) {
					t.Error(err)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 {
			t.Errorf("%s: %d won", key, won.Load())
		}
	}
	if err := stdin.Close(); err != nil {
		t.Fatal(err)
	}
}

// Deleting and writing one key at once, through two processes, loses no version
// that was acknowledged.
func TestDeleteAndPutLoseNothing(t *testing.T) {
	dir := t.TempDir()
	child(t, dir)
	s := start(t, dir, "", false)
	far, _ := local.Find(t.Context(), dir)
	near, other := bucket(t, s.Endpoint()), bucket(t, far)
	const key = "search_uploads/contended"
	var acked atomic.Int32
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 15 {
				if w%2 == 0 {
					if _, err := near.Upload(t.Context(), key, strings.NewReader(fmt.Sprint(w, i)), s3ops.UploadOptions{Overwrite: true}); err != nil {
						t.Error(err)
						continue
					}
					acked.Add(1)
				} else if _, err := other.Delete(t.Context(), key, ""); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	bodies := map[string]bool{}
	for o, err := range near.Objects(t.Context(), key, s3ops.ListOptions{Versions: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if o.DeleteMarker {
			continue
		}
		r, _, err := near.Read(t.Context(), key, s3ops.ReadOptions{VersionID: o.VersionID})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if r.Close(); err != nil {
			t.Fatal(err)
		}
		bodies[string(raw)] = true
	}
	if len(bodies) != int(acked.Load()) {
		t.Errorf("%d of %d written versions are left", len(bodies), acked.Load())
	}
}

// BenchmarkStart measures from Start to a server that answers, on a store that
// is there already.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	for b.Loop() {
		s, err := local.Start(b.Context(), dir, "", false, prefixes)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkFind measures the search for a server that is there.
func BenchmarkFind(b *testing.B) {
	dir := b.TempDir()
	start(b, dir, "", true)
	for b.Loop() {
		if _, ok := local.Find(b.Context(), dir); !ok {
			b.Fatal("not found")
		}
	}
}

// On a file system without extended attributes the store keeps them in files,
// and goes on so; metadata, versions and conditions work the same.
func TestStoreWithoutAttributes(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "metadata"), 0o700); err != nil { // as such a store has it
		t.Fatal(err)
	}
	var s *local.Server
	if printed := capture(t, func() { s = start(t, dir, "", false) }); printed != "" {
		t.Errorf("it printed %q", printed)
	}
	b := bucket(t, s.Endpoint())
	const key = "search_uploads/a.txt"
	for range 2 {
		if _, err := b.Upload(t.Context(), key, strings.NewReader("a"), s3ops.UploadOptions{Metadata: map[string]string{"k": "ü"}}); err != nil {
			t.Fatal(err)
		}
		if i, err := b.Stat(t.Context(), key, ""); err != nil || i.Metadata["k"] != "ü" || i.Checksum == "" {
			t.Errorf("%+v, %v", i, err)
		}
		if _, err := b.Upload(t.Context(), key, strings.NewReader("b"), s3ops.UploadOptions{}); !errors.Is(err, s3ops.ErrExists) {
			t.Errorf("written over: %v", err)
		}
		if _, err := b.Delete(t.Context(), key, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Undelete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}
