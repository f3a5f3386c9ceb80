package local_test

import (
	"bytes"
	"context"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weft/s3ops"
	"weft/s3ops/local"
)

func put(t *testing.T, b *s3ops.Bucket, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if _, err := b.Upload(t.Context(), k, strings.NewReader(time.Now().String()), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, b *s3ops.Bucket, keys ...string) {
	t.Helper()
	for _, k := range keys {
		if _, err := b.Delete(t.Context(), k, ""); err != nil {
			t.Fatal(err)
		}
	}
}

// A folder in which all is deleted is no longer listed, as in S3; one that was
// made as a folder stays, and so does one with a living object somewhere below.
func TestDeletedFoldersAreNotListed(t *testing.T) {
	b := bucket(t, start(t, t.TempDir(), "", false).Endpoint())
	put(t, b, "gone/a/b/x.txt", "gone/y.txt", "search_uploads/z.txt", "half/a/x.txt", "half/b/y.txt")
	remove(t, b, "gone/a/b/x.txt", "gone/y.txt", "search_uploads/z.txt", "half/a/x.txt")
	list := func(prefix string) string {
		var all []string
		for p, err := range b.Pages(t.Context(), prefix, s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, p.Folders...)
		}
		return strings.Join(all, " ")
	}
	for prefix, want := range map[string]string{"": "half/ search_uploads/ uploaded/", "half/": "half/b/", "gone/": ""} {
		if got := list(prefix); got != want {
			t.Errorf("below %q stand %q, want %q", prefix, got, want)
		}
	}
	if err := b.Undelete(t.Context(), "gone/a/b/x.txt"); err != nil {
		t.Fatal(err)
	}
	if got := list(""); got != "gone/ half/ search_uploads/ uploaded/" {
		t.Errorf("after undelete stand %q", got)
	}
}

// A version bears the time it was made, and a delete marker that of the deletion.
func TestVersionsBearTheirTime(t *testing.T) {
	b := bucket(t, start(t, t.TempDir(), "", false).Endpoint())
	for range 2 {
		put(t, b, "v.txt")
		time.Sleep(1100 * time.Millisecond) // S3's times are whole seconds
	}
	remove(t, b, "v.txt")
	var newer time.Time
	n := 0
	for x, err := range b.Objects(t.Context(), "v.txt", s3ops.ListOptions{Versions: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n > 1 && !x.Modified.Before(newer) {
			t.Errorf("version %d is of %s, the one after it of %s", n, x.Modified, newer)
		}
		newer = x.Modified
	}
	if n != 3 {
		t.Errorf("%d versions", n)
	}
}

// An upload that is given up leaves no part behind, whenever that is.
func TestInterruptedUploadsLeaveNoParts(t *testing.T) {
	// The server is a process of its own: what a cancelled request leaves of its
	// connection would keep one in this process from ending in time.
	dir := t.TempDir()
	_, _, stdin := child(t, dir)
	defer stdin.Close()
	end, ok := local.Find(t.Context(), dir)
	if !ok {
		t.Fatal("the server is not found")
	}
	b := bucket(t, end)
	data := bytes.Repeat([]byte("weft"), 10<<20)
	for i := range 6 {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := b.Upload(ctx, "long.bin", bytes.NewReader(data), s3ops.UploadOptions{Progress: func(done int64) {
			if done > int64(i)<<22 {
				cancel()
			}
		}})
		cancel()
		if err == nil {
			t.Fatal("it was not interrupted")
		}
	}
	err := filepath.WalkDir(filepath.Join(dir, "buckets", local.Bucket, ".sgwtmp"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s is left", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A link may be signed before any server runs: the next one answers there.
func TestNext(t *testing.T) {
	dir := t.TempDir()
	before, err := local.Next(dir)
	if err != nil {
		t.Fatal(err)
	}
	if after := start(t, dir, "", true).Endpoint(); after != before {
		t.Errorf("signed for %s, answers at %s", before.URL, after.URL)
	}
}
