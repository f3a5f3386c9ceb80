package s3ops_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"weft/s3ops"
)

// A copy has every header, the metadata and the tags of its source, made at
// once or in parts; in parts it is verified and leaves no open upload.
func TestCopyKeepsEverything(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx, body := t.Context(), noise(4, 11<<20+5)
		expires := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
		if err := s3ops.PutWithHeaders(ctx, b, prefix+"a", body, expires); err != nil {
			t.Fatal(err)
		}
		describe := func(key string) string {
			h, err := s3ops.Head(ctx, b, key)
			if err != nil {
				t.Fatal(err)
			}
			tags, err := b.Tags(ctx, key, "")
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(aws.ToString(h.ContentType), aws.ToString(h.CacheControl), aws.ToString(h.ContentDisposition), aws.ToString(h.ContentEncoding),
				aws.ToString(h.ContentLanguage), aws.ToString(h.ExpiresString), aws.ToString(h.WebsiteRedirectLocation), h.Metadata, tags, aws.ToInt64(h.ContentLength))
		}
		want := describe(prefix + "a")
		if !strings.Contains(want, "/elsewhere") || !strings.Contains(want, "twill") {
			t.Fatalf("the source is %s", want)
		}
		from := prefix + "a"
		for _, way := range []string{"once", "parts", "moved"} {
			if way == "parts" {
				s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
			}
			to := prefix + way
			var err error
			if way == "moved" {
				_, err = b.Move(ctx, from, to, false)
			} else {
				_, err = b.Copy(ctx, from, to, false)
			}
			if err != nil {
				t.Fatalf("%s: %v", way, err)
			}
			if got := describe(to); got != want {
				t.Errorf("%s is %s\nwant %s", way, got, want)
			}
			if !bytes.Equal(all(t, b, to), body) {
				t.Errorf("%s came back different", way)
			}
		}
		if open, err := s3ops.OpenUploads(ctx, b, prefix); err != nil || len(open) > 0 {
			t.Errorf("open uploads are %q, %v", open, err)
		}
	})
}

// meddler is the embedded store with somebody in between.
func meddler(t *testing.T, f func(r *http.Request) (*http.Response, error)) *s3ops.Bucket {
	return opened(t, stores[0].config, roundTrip(f))
}

// What S3 does not copy by itself, class, redirect and the key of KMS, is asked
// for, as the source has it.
func TestCopyAsksForClassAndEncryption(t *testing.T) {
	plain := opened(t, stores[0].config, nil)
	put(t, plain, "asks/a", strings.Repeat("x", 6<<20))
	t.Cleanup(func() { purge(t, plain, "asks/") })
	var mu sync.Mutex
	asked := map[string]http.Header{}
	b := meddler(t, func(r *http.Request) (*http.Response, error) {
		mu.Lock()
		if r.Header.Get("X-Amz-Copy-Source") != "" || strings.Contains(r.URL.RawQuery, "uploads") {
			asked[r.Method] = r.Header.Clone()
		}
		mu.Unlock()
		if strings.Contains(r.Header.Get("X-Amz-Server-Side-Encryption"), "kms") { // the embedded store has none
			return xmlError(501, "NotImplemented").RoundTrip(r)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && r.Method == http.MethodHead {
			resp.Header.Set("X-Amz-Storage-Class", "STANDARD_IA")
			resp.Header.Set("X-Amz-Server-Side-Encryption", "aws:kms")
			resp.Header.Set("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "arn:key")
			resp.Header.Set("X-Amz-Server-Side-Encryption-Bucket-Key-Enabled", "true")
			resp.Header.Set("X-Amz-Website-Redirect-Location", "/there")
		}
		return resp, err
	})
	for _, method := range []string{http.MethodPut, http.MethodPost} { // CopyObject, then CreateMultipartUpload
		_, _ = b.Copy(t.Context(), "asks/a", "asks/b", true)
		h := asked[method]
		for name, want := range map[string]string{"X-Amz-Storage-Class": "STANDARD_IA", "X-Amz-Server-Side-Encryption": "aws:kms",
			"X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": "arn:key", "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": "true", "X-Amz-Website-Redirect-Location": "/there"} {
			if h.Get(name) != want {
				t.Errorf("%s asks for %s %q", method, name, h.Get(name))
			}
		}
		s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
	}
}

// A copy in parts that fails leaves neither an object nor an open upload, and a
// move that fails keeps its source.
func TestFailedCopyInPartsIsClearedAway(t *testing.T) {
	plain := opened(t, stores[0].config, nil)
	put(t, plain, "clear/a", strings.Repeat("x", 17<<20))
	t.Cleanup(func() { purge(t, plain, "clear/") })
	for _, fails := range []string{"partNumber=3", "uploadId="} {
		b := meddler(t, func(r *http.Request) (*http.Response, error) {
			part := strings.Contains(r.URL.RawQuery, "partNumber=")
			if r.Method != http.MethodDelete && strings.Contains(r.URL.RawQuery, fails) && part == strings.HasPrefix(fails, "part") {
				return xmlError(403, "AccessDenied").RoundTrip(r)
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
		_, err := b.Move(t.Context(), "clear/a", "clear/b", false)
		wantKind(t, err, s3ops.ErrDenied)
		_, err = plain.Stat(t.Context(), "clear/b", "")
		wantKind(t, err, s3ops.ErrNotFound)
		if _, err = plain.Stat(t.Context(), "clear/a", ""); err != nil {
			t.Errorf("the source: %v", err)
		}
		if open, err := s3ops.OpenUploads(t.Context(), plain, "clear/"); err != nil || len(open) > 0 {
			t.Errorf("%s: open uploads are %q, %v", fails, open, err)
		}
	}
}

// A source that changes while it is moved stays: before its parts are copied,
// before the last look at it, and in the very moment of its delete.
func TestMoveKeepsASourceThatChanges(t *testing.T) {
	plain := opened(t, stores[0].config, nil)
	t.Cleanup(func() { purge(t, plain, "race/") })
	for moment, is := range map[string]func(r *http.Request, heads int32) bool{
		"copy": func(r *http.Request, _ int32) bool { return strings.Contains(r.URL.RawQuery, "partNumber=2") },
		"look": func(r *http.Request, heads int32) bool { return heads == 2 },
		"delete": func(r *http.Request, _ int32) bool {
			return r.Method == http.MethodDelete && r.URL.RawQuery == "x-id=DeleteObject"
		},
	} {
		put(t, plain, "race/"+moment, strings.Repeat("x", 11<<20))
		var heads atomic.Int32
		var once sync.Once
		b := meddler(t, func(r *http.Request) (*http.Response, error) {
			n := int32(0)
			if r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "race/"+moment) {
				n = heads.Add(1)
			}
			if is(r, n) {
				once.Do(func() { put(t, plain, "race/"+moment, "new") })
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
		_, err := b.Move(t.Context(), "race/"+moment, "race/to/"+moment, false)
		if !errors.Is(err, s3ops.ErrChanged) {
			t.Errorf("%s: %v", moment, err)
		}
		if got := string(all(t, plain, "race/"+moment)); got != "new" {
			t.Errorf("%s: the source holds %d bytes", moment, len(got))
		}
	}
}

// Where a source in parts has no checksum of the whole, its copy is made in the
// same parts and has the same ETag; one that has another is refused.
func TestCopyInTheSamePartsIsCompared(t *testing.T) {
	plain := opened(t, stores[0].config, nil)
	t.Cleanup(func() { purge(t, plain, "same/") })
	id, err := s3ops.BeginUpload(t.Context(), plain, "same/a", 6<<20, 6<<20, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := s3ops.CompleteUpload(t.Context(), plain, "same/a", id); err != nil {
		t.Fatal(err)
	}
	source, err := plain.Stat(t.Context(), "same/a", "")
	if err != nil || !strings.HasSuffix(source.ETag, "-3") {
		t.Fatalf("the source is %+v, %v", source, err)
	}
	spoil := false
	b := meddler(t, func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && r.Method == http.MethodHead {
			for name := range resp.Header {
				if strings.HasPrefix(name, "X-Amz-Checksum") {
					resp.Header.Del(name)
				}
			}
			if spoil && !strings.HasSuffix(r.URL.Path, "same/a") {
				resp.Header.Set("Etag", `"00000000000000000000000000000000-3"`)
			}
		}
		return resp, err
	})
	s3ops.SetSizes(b, 8<<20, 1<<20, 5<<20)
	o, err := b.Copy(t.Context(), "same/a", "same/b", false)
	if err != nil || o.ETag != source.ETag {
		t.Errorf("the copy is %+v, %v", o, err)
	}
	spoil = true
	_, err = b.Move(t.Context(), "same/a", "same/c", false)
	wantKind(t, err, s3ops.ErrCorrupt)
	if _, err := plain.Stat(t.Context(), "same/a", ""); err != nil {
		t.Errorf("the source: %v", err)
	}
}
