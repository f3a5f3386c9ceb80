package s3ops_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weft/s3ops"
)

func noise(seed uint64, n int) []byte {
	raw := make([]byte, n)
	rng := rand.New(rand.NewPCG(seed, seed))
	for i := range raw {
		raw[i] = byte(rng.Uint32())
	}
	return raw
}

func all(t *testing.T, b *s3ops.Bucket, key string) []byte {
	t.Helper()
	r, _, err := b.Read(t.Context(), key, s3ops.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// wantKind fails unless err is an *Error of a kind with a reason and a remedy.
func wantKind(t *testing.T, err, kind error) {
	t.Helper()
	var e *s3ops.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	if !errors.Is(err, kind) {
		t.Fatalf("%v is not %q", err, kind)
	}
	if e.Why == "" || e.Remedy == "" {
		t.Fatalf("%q lacks a reason or a remedy", err)
	}
}

// What is uploaded comes back the same, with its type, metadata and checksum.
func TestUploadThenReadGivesTheSameBytes(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		text := "id,name\n1,Tweed\n"
		meta := map[string]string{"recipe": "thumb", "source-key": "Größe/東京 =?x?= .jpg", "spaced": " a "}
		var told []int64
		o, err := b.Upload(t.Context(), prefix+"a/list.csv", strings.NewReader(text),
			s3ops.UploadOptions{Metadata: meta, CacheControl: "max-age=60", Progress: func(n int64) { told = append(told, n) }})
		if err != nil {
			t.Fatal(err)
		}
		if o.Size != int64(len(text)) || o.ETag == "" || o.VersionID == "" || time.Since(o.Modified).Abs() > time.Hour {
			t.Errorf("upload returned %+v", o)
		}
		if !slices.IsSorted(told) || len(told) == 0 || told[len(told)-1] != o.Size {
			t.Errorf("progress was %v", told)
		}
		i, err := b.Stat(t.Context(), prefix+"a/list.csv", "")
		if err != nil {
			t.Fatal(err)
		}
		if i.ContentType != "text/csv; charset=utf-8" || i.CacheControl != "max-age=60" || !maps.Equal(i.Metadata, meta) || i.ETag != o.ETag || i.VersionID != o.VersionID {
			t.Errorf("stat returned %+v", i)
		}
		if !strings.HasPrefix(i.Checksum, "CRC64NVME:") {
			t.Errorf("checksum is %q", i.Checksum)
		}
		if got := all(t, b, prefix+"a/list.csv"); string(got) != text {
			t.Errorf("read %q", got)
		}
	})
}

// A part of an object can be read, and a missing one is ErrNotFound.
func TestReadARange(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		put(t, b, prefix+"a.txt", "0123456789")
		for _, c := range []struct {
			offset, length int64
			want           string
		}{{3, 4, "3456"}, {7, 0, "789"}, {0, 2, "01"}} {
			r, _, err := b.Read(t.Context(), prefix+"a.txt", s3ops.ReadOptions{Offset: c.offset, Length: c.length})
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if r.Close(); err != nil || string(got) != c.want {
				t.Errorf("%+v gave %q, %v", c, got, err)
			}
		}
		_, _, err := b.Read(t.Context(), prefix+"none", s3ops.ReadOptions{})
		wantKind(t, err, s3ops.ErrNotFound)
		_, err = b.Stat(t.Context(), prefix+"none", "")
		wantKind(t, err, s3ops.ErrNotFound)
		_, _, err = b.Read(t.Context(), prefix+"a.txt", s3ops.ReadOptions{IfMatch: "00000000000000000000000000000000"})
		wantKind(t, err, s3ops.ErrChanged)
		_, _, err = b.Read(t.Context(), prefix+"a.txt", s3ops.ReadOptions{Offset: 100})
		wantKind(t, err, s3ops.ErrInvalid)
	})
}

// A folder is listed with its folders apart, a tree without; neither shows the
// folder's own marker.
func TestList(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		for _, k := range []string{"", "a.jpg", "b.jpg", "sub/c.jpg", "sub/deep/d.jpg"} {
			put(t, b, prefix+k, "")
		}
		var folders, keys []string
		for p, err := range b.Pages(t.Context(), prefix, s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			folders = append(folders, p.Folders...)
			for _, o := range p.Objects {
				keys = append(keys, o.Key)
			}
		}
		if !slices.Equal(folders, []string{prefix + "sub/"}) || !slices.Equal(keys, []string{prefix + "a.jpg", prefix + "b.jpg"}) {
			t.Errorf("folders %q, keys %q", folders, keys)
		}
		keys = nil
		for o, err := range b.Objects(t.Context(), prefix, s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, o.Key)
		}
		slices.Sort(keys)
		if want := []string{prefix + "a.jpg", prefix + "b.jpg", prefix + "sub/c.jpg", prefix + "sub/deep/d.jpg"}; !slices.Equal(keys, want) {
			t.Errorf("tree is %q", keys)
		}
	})
}

// Nothing is overwritten unless that is asked for, not even in a race, and a
// changed object is not replaced.
func TestUploadDoesNotOverwrite(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx, key := t.Context(), prefix+"one.txt"
		var won atomic.Int32
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				_, err := b.Upload(ctx, key, strings.NewReader(fmt.Sprint(i)), s3ops.UploadOptions{})
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, s3ops.ErrExists) {
					t.Errorf("upload %d: %v", i, err)
				}
			})
		}
		if wg.Wait(); won.Load() != 1 {
			t.Fatalf("%d uploads won", won.Load())
		}
		_, err := b.Upload(ctx, key, strings.NewReader("x"), s3ops.UploadOptions{})
		wantKind(t, err, s3ops.ErrExists)
		_, err = b.Upload(ctx, key, strings.NewReader("x"), s3ops.UploadOptions{IfMatch: "00000000000000000000000000000000"})
		wantKind(t, err, s3ops.ErrChanged)
		i, err := b.Stat(ctx, key, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = b.Upload(ctx, key, strings.NewReader("new"), s3ops.UploadOptions{IfMatch: i.ETag}); err != nil {
			t.Fatal(err)
		}
		if _, err = b.Upload(ctx, key, strings.NewReader("newer"), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if _, err = b.Delete(ctx, key, ""); err != nil {
			t.Fatal(err)
		}
		if _, err = b.Upload(ctx, key, strings.NewReader("again"), s3ops.UploadOptions{}); err != nil {
			t.Fatalf("a deleted key cannot be used again: %v", err)
		}
	})
}

// A deleted object comes back whole; deleting twice is no error and leaves one
// marker; markers stacked by others are all taken off.
func TestDeleteThenUndelete(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx, key := t.Context(), prefix+"a.txt"
		put(t, b, key, "one")
		put(t, b, key, "two")
		put(t, b, key+"2", "sibling")
		marker, err := b.Delete(ctx, key, "")
		if err != nil || marker == "" {
			t.Fatalf("delete gave %q, %v", marker, err)
		}
		if again, err := b.Delete(ctx, key, ""); err != nil || again != "" {
			t.Fatalf("the second delete gave %q, %v", again, err)
		}
		_, err = b.Stat(ctx, key, "")
		wantKind(t, err, s3ops.ErrNotFound)
		var gone []string
		for o, err := range b.Objects(ctx, prefix, s3ops.ListOptions{Deleted: true}) {
			if err != nil {
				t.Fatal(err)
			}
			gone = append(gone, o.Key)
		}
		if !slices.Equal(gone, []string{key}) {
			t.Errorf("deleted are %q", gone)
		}
		for d := range b.DeleteMany(ctx, targets(key, key)) { // puts markers on top
			if d.Err != nil || d.Marker == "" {
				t.Fatalf("%+v", d)
			}
		}
		for range 2 {
			if err := b.Undelete(ctx, key); err != nil {
				t.Fatal(err)
			}
			if got := all(t, b, key); string(got) != "two" {
				t.Fatalf("came back as %q", got)
			}
		}
		if _, err := b.Delete(ctx, prefix+"never", ""); err != nil {
			t.Error(err)
		}
		wantKind(t, b.Undelete(ctx, prefix+"never"), s3ops.ErrNotFound)
	})
}

// An old version can be made the current one; doing it twice changes nothing
// more; a version removed for good is gone.
func TestRestoreAVersion(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx, key := t.Context(), prefix+"a.txt"
		old, err := b.Upload(ctx, key, strings.NewReader("old"), s3ops.UploadOptions{Metadata: map[string]string{"by": "Åsa"}, CacheControl: "no-cache"})
		if err != nil {
			t.Fatal(err)
		}
		put(t, b, key, "new")
		for range 2 {
			if _, err := b.Restore(ctx, key, old.VersionID); err != nil {
				t.Fatal(err)
			}
		}
		i, err := b.Stat(ctx, key, "")
		if err != nil || i.Metadata["by"] != "Åsa" || i.CacheControl != "no-cache" || string(all(t, b, key)) != "old" {
			t.Errorf("restored as %+v, %v", i, err)
		}
		versions := 0
		for _, err := range b.Objects(ctx, key, s3ops.ListOptions{Versions: true}) {
			if versions++; err != nil {
				t.Fatal(err)
			}
		}
		if versions != 3 {
			t.Errorf("%d versions, not old, new and old again", versions)
		}
		if _, err := b.Delete(ctx, key, old.VersionID); err != nil {
			t.Fatal(err)
		}
		_, err = b.Restore(ctx, key, old.VersionID)
		wantKind(t, err, s3ops.ErrNotFound)
	})
}

// A copy has the source's bytes, headers and metadata, whether made at once or
// in parts, and replaces nothing unless asked; a move leaves no source.
func TestCopyAndMove(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx := t.Context()
		body := noise(1, 6<<20)
		for _, way := range []string{"once", "parts"} {
			if way == "parts" {
				s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
			}
			from, to := prefix+"a b+ü%2F.jpg", prefix+way+"/copy.jpg"
			if _, err := b.Upload(ctx, from, bytes.NewReader(body), s3ops.UploadOptions{Overwrite: true, ContentType: "image/jpeg", CacheControl: "max-age=5", Metadata: map[string]string{"k": "ü"}}); err != nil {
				t.Fatal(err)
			}
			o, err := b.Copy(ctx, from, to, false)
			if err != nil || o.Key != to || o.Size != int64(len(body)) {
				t.Fatalf("%s: copied to %+v, %v", way, o, err)
			}
			i, err := b.Stat(ctx, to, "")
			if err != nil || i.ContentType != "image/jpeg" || i.CacheControl != "max-age=5" || i.Metadata["k"] != "ü" || !bytes.Equal(all(t, b, to), body) {
				t.Errorf("%s: the copy is %+v, %v", way, i, err)
			}
			_, err = b.Copy(ctx, from, to, false)
			wantKind(t, err, s3ops.ErrExists)
			_, err = b.Move(ctx, from, to, false)
			wantKind(t, err, s3ops.ErrExists)
			if _, err = b.Stat(ctx, from, ""); err != nil {
				t.Fatalf("a refused move took the source: %v", err)
			}
			if _, err = b.Move(ctx, from, to, true); err != nil {
				t.Fatal(err)
			}
			_, err = b.Stat(ctx, from, "")
			wantKind(t, err, s3ops.ErrNotFound)
		}
		_, err := b.Copy(ctx, prefix+"none", prefix+"x", false)
		wantKind(t, err, s3ops.ErrNotFound)
		_, err = b.Copy(ctx, prefix+"x", prefix+"x", true)
		wantKind(t, err, s3ops.ErrInvalid)
	})
}

// Deleting a folder takes what is below its slash and nothing else.
func TestDeleteFolderLeavesSiblings(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		for _, k := range []string{"foo/", "foo/a", "foo/b/c", "foo2", "foo2.d/x", "fo"} {
			put(t, b, prefix+k, "")
		}
		for d := range b.DeleteMany(t.Context(), folder(t, b, prefix+"foo/")) {
			if d.Err != nil {
				t.Errorf("%s: %v", d.Key, d.Err)
			}
		}
		var left []string
		for o, err := range b.Objects(t.Context(), prefix, s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			left = append(left, strings.TrimPrefix(o.Key, prefix))
		}
		slices.Sort(left)
		if !slices.Equal(left, []string{"fo", "foo2", "foo2.d/x"}) {
			t.Errorf("left are %q", left)
		}
		for _, err := range b.Folder(t.Context(), prefix+"foo2") {
			wantKind(t, err, s3ops.ErrInvalid)
		}
	})
}
