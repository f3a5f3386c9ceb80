package s3ops_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"weft/s3ops"
)

// A long object goes up in parts, from a stream or a file, and comes back whole
// with a checksum over all of it.
func TestUploadInParts(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		s3ops.SetSizes(b, 5<<20, 5<<30, 512<<20)
		body := noise(2, 20<<20+123)
		file := filepath.Join(t.TempDir(), "big.bin")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		var last atomic.Int64
		o := s3ops.UploadOptions{Metadata: map[string]string{"k": "v"}, Progress: func(n int64) {
			if n < last.Swap(n) {
				t.Errorf("progress went back to %d", n)
			}
		}}
		if _, err := b.Upload(t.Context(), prefix+"stream", struct{ io.Reader }{bytes.NewReader(body)}, o); err != nil {
			t.Fatal(err)
		}
		if last.Load() != int64(len(body)) {
			t.Errorf("progress ended at %d", last.Load())
		}
		last.Store(0)
		if _, err := b.UploadFile(t.Context(), file, prefix+"file", o); err != nil {
			t.Fatal(err)
		}
		for _, k := range []string{"stream", "file"} {
			i, err := b.Stat(t.Context(), prefix+k, "")
			if err != nil || i.Metadata["k"] != "v" || !strings.HasPrefix(i.Checksum, "CRC64NVME:") || strings.Contains(i.Checksum, "-") {
				t.Errorf("%s is %+v, %v", k, i, err)
			}
			if !bytes.Equal(all(t, b, prefix+k), body) {
				t.Errorf("%s came back different", k)
			}
			_, err = b.UploadFile(t.Context(), file, prefix+k, o)
			wantKind(t, err, s3ops.ErrExists)
		}
	})
}

// A download arrives whole under the key's name and is never put over a file.
func TestDownload(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx, dir := t.Context(), t.TempDir()
		o := put(t, b, prefix+"a.txt", "one")
		saved, err := b.Download(ctx, prefix+"a.txt", dir, s3ops.DownloadOptions{})
		path := saved.File
		if err != nil || path != filepath.Join(dir, "a.txt") {
			t.Fatalf("saved as %q, %v", path, err)
		}
		put(t, b, prefix+"a.txt", "two")
		_, err = b.Download(ctx, prefix+"a.txt", dir, s3ops.DownloadOptions{})
		wantKind(t, err, s3ops.ErrExists)
		if raw, _ := os.ReadFile(path); string(raw) != "one" {
			t.Errorf("the file became %q", raw)
		}
		if _, err = b.Download(ctx, prefix+"a.txt", dir, s3ops.DownloadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if raw, _ := os.ReadFile(path); string(raw) != "two" {
			t.Errorf("the file is still %q", raw)
		}
		old, err := b.Download(ctx, prefix+"a.txt", dir, s3ops.DownloadOptions{Name: "deep/er/old.txt", VersionID: o.VersionID})
		if raw, _ := os.ReadFile(old.File); err != nil || string(raw) != "one" {
			t.Errorf("the old version is %q, %v", raw, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 2 {
			t.Errorf("%d entries are left, %v", len(entries), err)
		}
	})
}

// A cancelled upload leaves neither an object nor an open upload, and says that
// it was cancelled.
func TestCancelledUploadLeavesNothing(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		s3ops.SetSizes(b, 5<<20, 5<<30, 512<<20)
		ctx, cancel := context.WithCancel(t.Context())
		body := bytes.NewReader(noise(3, 30<<20))
		_, err := b.Upload(ctx, prefix+"big", struct{ io.Reader }{body}, s3ops.UploadOptions{Progress: func(n int64) {
			if n > 6<<20 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("upload: %v", err)
		}
		_, err = b.Stat(t.Context(), prefix+"big", "")
		wantKind(t, err, s3ops.ErrNotFound)
		open, err := s3ops.OpenUploads(t.Context(), b, prefix)
		if err != nil || len(open) > 0 {
			t.Errorf("open uploads are %q, %v", open, err)
		}
	})
}

// Tags come along with a copy, made at once or in parts.
func TestCopyKeepsTags(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		if _, err := b.Upload(t.Context(), prefix+"a", bytes.NewReader(noise(9, 6<<20)), s3ops.UploadOptions{}); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"weave": "twill + co", "colour": "blue"}
		if err := s3ops.PutTags(t.Context(), b, prefix+"a", want); err != nil {
			t.Fatal(err)
		}
		for _, to := range []string{"once", "parts"} {
			if _, err := b.Copy(t.Context(), prefix+"a", prefix+to, false); err != nil {
				t.Fatal(err)
			}
			if got, err := b.Tags(t.Context(), prefix+to, ""); err != nil || !maps.Equal(got, want) {
				t.Errorf("%s has %v, %v", to, got, err)
			}
			s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
		}
	})
}
