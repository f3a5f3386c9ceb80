package s3ops_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"weft/s3ops"
)

// BenchmarkList10000 lists ten thousand keys of one folder.
func BenchmarkList10000(b *testing.B) {
	bucket := opened(b, stores[0].config, nil)
	fillFolder(b, bucket, "bench-list/", 10_000)
	for b.Loop() {
		n := 0
		for _, err := range bucket.Objects(b.Context(), "bench-list/", s3ops.ListOptions{}) {
			if n++; err != nil {
				b.Fatal(err)
			}
		}
		if n != 10_000 {
			b.Fatalf("%d keys", n)
		}
	}
}

// fillFolder writes empty objects, many at once, unless they are there.
func fillFolder(b *testing.B, bucket *s3ops.Bucket, prefix string, n int) {
	b.Helper()
	var wg sync.WaitGroup
	keys := make(chan int)
	for range 16 {
		wg.Go(func() {
			for i := range keys {
				if _, err := bucket.Upload(b.Context(), fmt.Sprintf("%s%05d.jpg", prefix, i), strings.NewReader(""), s3ops.UploadOptions{Overwrite: true}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range n {
		keys <- i
	}
	close(keys)
	wg.Wait()
}

// BenchmarkUpload64MiB uploads a file in parts.
func BenchmarkUpload64MiB(b *testing.B) {
	bucket := opened(b, stores[0].config, nil)
	file := filepath.Join(b.TempDir(), "64MiB")
	if err := os.WriteFile(file, noise(6, 64<<20), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, err := bucket.UploadFile(b.Context(), file, "bench-upload", s3ops.UploadOptions{Overwrite: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDownload64MiB downloads a file: to the disk, verified and synced.
func BenchmarkDownload64MiB(b *testing.B) {
	bucket := opened(b, stores[0].config, nil)
	if _, err := bucket.Upload(b.Context(), "bench-download", bytes.NewReader(noise(7, 64<<20)), s3ops.UploadOptions{Overwrite: true}); err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	b.SetBytes(64 << 20)
	for b.Loop() {
		if _, err := bucket.Download(b.Context(), "bench-download", dir, s3ops.DownloadOptions{Overwrite: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRead64MiB reads an object without writing it anywhere.
func BenchmarkRead64MiB(b *testing.B) {
	bucket := opened(b, stores[0].config, nil)
	if _, err := bucket.Upload(b.Context(), "bench-read", bytes.NewReader(noise(8, 64<<20)), s3ops.UploadOptions{Overwrite: true}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(64 << 20)
	for b.Loop() {
		r, _, err := bucket.Read(b.Context(), "bench-read", s3ops.ReadOptions{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}

// BenchmarkPut1000 writes a thousand small objects, sixteen at a time.
func BenchmarkPut1000(b *testing.B) {
	bucket := opened(b, stores[0].config, nil)
	for b.Loop() {
		fillFolder(b, bucket, "bench-put/", 1000)
	}
}
