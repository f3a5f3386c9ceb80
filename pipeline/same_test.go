package pipeline

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"
)

// Whoever downloads the same to the same place at the same time finds it there:
// one brings it, and to the others it is already so.
func TestTheSameDownloadAtOnce(t *testing.T) {
	const key, at = "same-at-once/a.bin", 6
	want := bytes.Repeat([]byte("weave"), 200_000)
	put(t, key, want)
	for range 8 {
		dir := t.TempDir()
		var skipped [at]bool
		var g errgroup.Group
		for i := range at {
			g.Go(func() error {
				o, err := doer().Do(t.Context(), Task{Verb: Download, Key: key, Dir: dir}, nil)
				skipped[i] = o.Skipped
				return err
			})
		}
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		brought := 0
		for _, s := range skipped {
			if !s {
				brought++
			}
		}
		if got, _ := os.ReadFile(filepath.Join(dir, "a.bin")); brought != 1 || !bytes.Equal(got, want) {
			t.Errorf("%d brought it, %d bytes are there", brought, len(got))
		}
		if all, _ := os.ReadDir(dir); len(all) != 1 {
			t.Errorf("%d files are left", len(all))
		}
	}
}
