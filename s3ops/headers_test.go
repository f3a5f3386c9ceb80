package s3ops_test

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"weft/s3ops"
)

const (
	jpegHead = "\xff\xd8\xff\xe0\x00\x10JFIF\x00"
	pngHead  = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
)

// A type is wrong if it says nothing, or if a picture's signature proves it so.
// Of what has no signature the owner's word stands.
func TestRightTypes(t *testing.T) {
	for _, c := range []struct{ key, has, head, want string }{
		{"a.jpg", "binary/octet-stream", jpegHead, "image/jpeg"},
		{"a.jpg", "", jpegHead, "image/jpeg"},
		{"a.jpg", "image/jpg", jpegHead, "image/jpeg"},
		{"a.jpg", "image/jpeg", jpegHead, ""},
		{"a.jpg", "IMAGE/JPEG; charset=binary", jpegHead, ""},
		{"a.jpg", "image/jpeg", pngHead, "image/png"},
		{"a.png", "text/plain", pngHead, "image/png"},
		{"a.jpg", "image/jpeg", "<html>not found</html>", "application/octet-stream"},
		{"a.pdf", "image/png", "%PDF-1.7", "application/pdf"},
		{"noname", "application/octet-stream", "%PDF-1.7", "application/pdf"},
		{"a.csv", "binary/octet-stream", "a,b\n", "text/csv; charset=utf-8"},
		{"a.csv", "text/plain", "a,b\n", ""},
		{"a.json", "application/x-www-form-urlencoded", "{}", "application/json"},
		{"a.bin", "application/octet-stream", "\x00\x01\x02", ""},
		{"a.heic", "image/heif", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", ""},
		{"a.jpg", "binary/octet-stream", "", ""},
	} {
		t.Run(c.key+" "+c.has, func(t *testing.T) {
			b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
				if c.head == "" {
					if r.Method == http.MethodHead {
						return answer(200, c.has, "", "ETag", `"e"`)(r)
					}
					return said(416, "InvalidRange", "The requested range is not satisfiable")(r)
				}
				if r.Header.Get("Range") != "bytes=0-1023" {
					t.Errorf("%s %s is no ranged read", r.Method, r.Header.Get("Range"))
				}
				return answer(206, c.has, c.head, "ETag", `"e"`, "Content-Range", "bytes 0-1023/7000000000")(r)
			}))
			h, err := b.Headers(t.Context(), c.key, "")
			if err != nil || h.RightType != c.want || c.head != "" && h.Size != 7_000_000_000 {
				t.Errorf("%+v, %v", h, err)
			}
		})
	}
}

// Archived and compressed objects are left as they are.
func TestHeadersLeftAlone(t *testing.T) {
	for why, via := range map[string]faulty{
		"archived":                said(403, "InvalidObjectState", "The operation is not valid for the object's storage class"),
		"archived (DEEP_ARCHIVE)": answer(206, "", jpegHead, "ETag", `"e"`, "X-Amz-Storage-Class", "DEEP_ARCHIVE"),
		"":                        answer(206, "text/plain", jpegHead, "ETag", `"e"`, "Content-Encoding", "gzip"),
	} {
		h, err := opened(t, fakeConfig(), via).Headers(t.Context(), "a.jpg", "")
		if err != nil || h.Left != why || h.Wrong() {
			t.Errorf("%+v, %v", h, err)
		}
	}
}

// The headers are mended and all else stays: bytes, metadata, tags, the other
// headers; small or in parts; and once mended there is nothing to mend.
func TestFixHeadersKeepsAllElse(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		for name, parts := range map[string]bool{"small.jpg": false, "parts.jpg": true} {
			key := prefix + name
			body := jpegHead + strings.Repeat("weave", 3<<20)
			if parts {
				s3ops.SetSizes(b, 8<<20, 6<<20, 6<<20)
			}
			metadata := map[string]string{"loom": "7", "weaver": "Zoë"}
			_, err := b.Upload(t.Context(), key, strings.NewReader(body), s3ops.UploadOptions{ContentType: "binary/octet-stream", Metadata: metadata, CacheControl: "max-age=60"})
			check(t, err)
			check(t, s3ops.PutTags(t.Context(), b, key, map[string]string{"season": "spring + summer"}))
			was, err := b.Stat(t.Context(), key, "")
			check(t, err)

			h, err := b.Headers(t.Context(), key, "max-age=31536000")
			check(t, err)
			if !h.Wrong() || h.RightType != "image/jpeg" || h.RightCache != "max-age=31536000" || h.Size != int64(len(body)) {
				t.Fatalf("%+v", h)
			}
			o, err := b.FixHeaders(t.Context(), h)
			check(t, err)
			now, err := b.Stat(t.Context(), key, "")
			check(t, err)
			if now.ContentType != "image/jpeg" || now.CacheControl != "max-age=31536000" || !maps.Equal(now.Metadata, was.Metadata) || now.Metadata["weaver"] != "Zoë" || now.StorageClass != was.StorageClass || now.ETag != o.ETag {
				t.Errorf("%+v\nwas %+v", now, was)
			}
			if tags, err := b.Tags(t.Context(), key, ""); err != nil || tags["season"] != "spring + summer" {
				t.Errorf("tags %v, %v", tags, err)
			}
			r, _, err := b.Read(t.Context(), key, s3ops.ReadOptions{})
			check(t, err)
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, []byte(body)) {
				t.Errorf("%d bytes, %v", len(got), err)
			}
			if h, err := b.Headers(t.Context(), key, "max-age=31536000"); err != nil || h.Wrong() {
				t.Errorf("still wrong: %+v, %v", h, err)
			}
		}
	})
}

// What is written between the look and the copy is not lost, not even just
// before the copy.
func TestFixHeadersLosesNoChange(t *testing.T) {
	for _, when := range []string{"before the look again", "before the copy"} {
		var b *s3ops.Bucket
		direct := opened(t, stores[0].config, nil)
		key := t.Name() + strings.ReplaceAll(when, " ", "-") + ".jpg"
		change := func() {
			_, err := direct.Upload(context.Background(), key, strings.NewReader("newer"), s3ops.UploadOptions{Overwrite: true})
			check(t, err)
		}
		b = opened(t, stores[0].config, faultyKeep(func(r *http.Request) (*http.Response, error) {
			if r.Header.Get("X-Amz-Copy-Source") != "" && when == "before the copy" {
				change()
			}
			return http.DefaultTransport.RoundTrip(r)
		}))
		_, err := direct.Upload(t.Context(), key, strings.NewReader(jpegHead), s3ops.UploadOptions{ContentType: "text/plain", Overwrite: true})
		check(t, err)
		h, err := b.Headers(t.Context(), key, "")
		check(t, err)
		if when != "before the copy" {
			change()
		}
		_, err = b.FixHeaders(t.Context(), h)
		wantKind(t, err, s3ops.ErrChanged)
		r, _, err := direct.Read(t.Context(), key, s3ops.ReadOptions{})
		check(t, err)
		if got, _ := io.ReadAll(r); string(got) != "newer" {
			t.Errorf("%s: %q is there", when, got)
		}
	}
}

// Storage class, encryption, locks and all other headers are said again, because
// the store forgets what a copy does not say.
func TestFixHeadersSaysAllAgain(t *testing.T) {
	stays := map[string]string{
		"Content-Disposition": "inline", "Content-Language": "de", "Content-Encoding": "identity", "Expires": "Thu, 01 Jan 2032 00:00:00 GMT",
		"X-Amz-Storage-Class": "STANDARD_IA", "X-Amz-Server-Side-Encryption": "aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": keyARN,
		"X-Amz-Server-Side-Encryption-Bucket-Key-Enabled": "true", "X-Amz-Object-Lock-Mode": "GOVERNANCE", "X-Amz-Object-Lock-Retain-Until-Date": "2032-01-01T00:00:00Z",
		"X-Amz-Object-Lock-Legal-Hold": "ON", "X-Amz-Website-Redirect-Location": "/b.jpg", "X-Amz-Meta-Loom": "7", "Cache-Control": "max-age=60",
	}
	for _, parts := range []bool{false, true} {
		var said http.Header
		kind := "text/plain"
		b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
			is := []string{"ETag", `"e"`, "X-Amz-Version-Id", "v1"}
			for k, v := range stays {
				is = append(is, k, v)
			}
			switch {
			case r.URL.Query().Has("uploads"):
				said = r.Header
				return answer(200, "application/xml", "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")(r)
			case r.URL.Query().Has("partNumber"):
				return answer(200, "application/xml", "<CopyPartResult><ETag>&quot;p&quot;</ETag></CopyPartResult>")(r)
			case r.URL.Query().Has("tagging"):
				return answer(200, "application/xml", "<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>")(r)
			case r.Method == http.MethodPost:
				if got := r.Header.Get("If-Match"); got != `"e"` {
					t.Errorf("completed if %s", got)
				}
				kind = "image/jpeg"
				return answer(200, "application/xml", "<CompleteMultipartUploadResult><ETag>&quot;e&quot;</ETag></CompleteMultipartUploadResult>")(r)
			case r.Method == http.MethodPut:
				said, kind = r.Header, "image/jpeg"
				return answer(200, "application/xml", "<CopyObjectResult><ETag>&quot;e&quot;</ETag></CopyObjectResult>")(r)
			case r.Method == http.MethodHead:
				return answer(200, kind, "", append(is, "Content-Length", "11")...)(r)
			}
			return answer(206, kind, jpegHead, append(is, "Content-Range", "bytes 0-10/11")...)(r)
		}))
		if parts {
			s3ops.SetSizes(b, 8, 6, 6)
		}
		h, err := b.Headers(t.Context(), "a.jpg", "")
		check(t, err)
		_, err = b.FixHeaders(t.Context(), h)
		check(t, err)
		for k, want := range stays {
			if got := said.Get(k); got != want {
				t.Errorf("parts %t: %s is %q, was %q", parts, k, got, want)
			}
		}
		if said.Get("Content-Type") != "image/jpeg" {
			t.Errorf("parts %t: type %q", parts, said.Get("Content-Type"))
		}
		if parts && said.Get("X-Amz-Tagging") != "a=b+c" {
			t.Errorf("tags %q", said.Get("X-Amz-Tagging"))
		}
		if source := said.Get("X-Amz-Copy-Source"); !parts && (source != "cloth/a.jpg" || said.Get("X-Amz-Copy-Source-If-Match") != `"e"` || said.Get("If-Match") != `"e"` || said.Get("X-Amz-Tagging-Directive") != "COPY") {
			t.Errorf("copied from %q, %v", source, said)
		}
	}
}
