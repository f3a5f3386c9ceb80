package s3ops_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weft/s3ops"
)

// within fails a test whose work does not end, rather than to hang with it.
func within(t *testing.T, work func(ctx context.Context) error) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	end := make(chan error, 1)
	go func() { end <- work(ctx) }()
	select {
	case err := <-end:
		if errors.Is(err, context.DeadlineExceeded) {
			t.Fatal("it ended only because it was broken off")
		}
		return err
	case <-time.After(30 * time.Second):
		t.Fatal("it does not end, not even when it is broken off")
		return nil
	}
}

// A store that leads a list in a circle is found out, whatever is listed.
func TestListsThatGoInCircles(t *testing.T) {
	var n atomic.Int64
	turn := func(text string) faulty {
		return func(r *http.Request) (*http.Response, error) {
			i := n.Add(1) % 3
			return answer(200, "application/xml", strings.ReplaceAll(text, "{n}", fmt.Sprint(i+1)))(r)
		}
	}
	for name, c := range map[string]struct {
		text string
		do   func(context.Context, *s3ops.Bucket) error
	}{
		"open uploads": {`<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><NextKeyMarker>k{n}</NextKeyMarker><NextUploadIdMarker>u{n}</NextUploadIdMarker></ListMultipartUploadsResult>`,
			func(ctx context.Context, b *s3ops.Bucket) error {
				for _, err := range b.Unfinished(ctx, "") {
					if err != nil {
						return err
					}
				}
				return nil
			}},
		"parts": {`<ListPartsResult><IsTruncated>true</IsTruncated><NextPartNumberMarker>{n}</NextPartNumberMarker><Part><PartNumber>1</PartNumber><Size>1</Size></Part></ListPartsResult>`,
			func(ctx context.Context, b *s3ops.Bucket) error {
				return s3ops.ReadParts(ctx, b, "k", "u")
			}},
	} {
		t.Run(name, func(t *testing.T) {
			via := turn(c.text)
			if err := within(t, func(ctx context.Context) error { return c.do(ctx, opened(t, fakeConfig(), via)) }); err == nil {
				t.Error("a list without an end came to one")
			}
		})
	}
}

// Parts of lengths that cannot be, of which a store tells, neither break weft nor
// prove anything.
func TestPartsOfImpossibleLengths(t *testing.T) {
	for name, parts := range map[string]string{
		"negative": `<Part><PartNumber>1</PartNumber><Size>-5</Size><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part><Part><PartNumber>2</PartNumber><Size>10</Size><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>`,
		"too many": strings.Repeat(`<Part><PartNumber>1</PartNumber><Size>0</Size><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>`, 999) +
			`<Part><PartNumber>1</PartNumber><Size>5</Size><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>`,
		"without end": `</ObjectParts><ObjectParts><IsTruncated>true</IsTruncated><NextPartNumberMarker>{n}</NextPartNumberMarker><Part><PartNumber>1</PartNumber><Size>1</Size><ChecksumCRC32C>AAAAAA==</ChecksumCRC32C></Part>`,
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int64
			via := faulty(func(r *http.Request) (*http.Response, error) {
				if r.URL.Query().Has("attributes") {
					text := `<GetObjectAttributesResponse><ETag>e-2</ETag><ObjectParts>` + parts + `</ObjectParts></GetObjectAttributesResponse>`
					return answer(200, "application/xml", strings.ReplaceAll(text, "{n}", fmt.Sprint(n.Add(1))))(r)
				}
				if r.Method == http.MethodHead {
					return answer(200, "image/jpeg", "", "ETag", `"e-2"`, "Content-Length", "5")(r)
				}
				return answer(200, "image/jpeg", "hello", "ETag", `"e-2"`, "X-Amz-Checksum-Crc32c", "AAAAAA==-2")(r)
			})
			note := ""
			err := within(t, func(ctx context.Context) error {
				saved, err := opened(t, fakeConfig(), via).Download(ctx, "a.jpg", t.TempDir(), s3ops.DownloadOptions{})
				note = saved.Note
				return err
			})
			if err == nil && !strings.Contains(note, "only its length was verified") {
				t.Error("bytes that have not the checksum were taken for verified")
			}
		})
	}
}

// An undelete whose store says yes and does nothing gives up.
func TestUndeleteOfAMarkerThatStays(t *testing.T) {
	via := faulty(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			return answer(204, "", "")(r)
		}
		return answer(200, "application/xml", `<ListVersionsResult><DeleteMarker><Key>a</Key><VersionId>m</VersionId><IsLatest>true</IsLatest><LastModified>2026-01-01T00:00:00Z</LastModified></DeleteMarker>`+
			`<Version><Key>a</Key><VersionId>v</VersionId><IsLatest>false</IsLatest><LastModified>2025-01-01T00:00:00Z</LastModified><ETag>e</ETag><Size>1</Size></Version></ListVersionsResult>`)(r)
	})
	if err := within(t, func(ctx context.Context) error { return opened(t, fakeConfig(), via).Undelete(ctx, "a") }); err == nil {
		t.Error("the marker is still there, and that was called undeleted")
	}
}

// What a store says of a failure makes no error longer than a screen, and moves
// no cursor.
func TestHugeErrorsAreCut(t *testing.T) {
	big := strings.Repeat("A\u202e\n", 200_000)
	name := strings.Repeat("A", 200_000)
	for what, via := range map[string]faulty{
		"code":       answer(400, "application/xml", "<Error><Code>"+big+"</Code><Message>m</Message></Error>"),
		"message":    answer(400, "application/xml", "<Error><Code>C</Code><Message>"+big+"</Message></Error>"),
		"request id": answer(400, "application/xml", "<Error><Code>C</Code><Message>m</Message></Error>", "X-Amz-Request-Id", name),
		"region":     answer(301, "application/xml", "<Error><Code>PermanentRedirect</Code><Message>m</Message></Error>", "X-Amz-Bucket-Region", name),
		"root":       answer(200, "application/xml", "<"+name+"/>"),
		"malformed":  answer(200, "application/xml", "<ListBucketResult><"+name),
		"denied": answer(403, "application/xml", "<Error><Code>AccessDenied</Code><Message>User: "+name+" is not authorized to perform: s3:"+name+
			" on resource: "+name+" with an explicit deny in "+name+"</Message></Error>"),
		"class": answer(403, "application/xml", "<Error><Code>InvalidObjectState</Code><StorageClass>"+name+"</StorageClass><Message>m</Message></Error>"),
	} {
		t.Run(what, func(t *testing.T) {
			b := opened(t, fakeConfig(), via)
			_, _, rerr := b.Read(t.Context(), "a", s3ops.ReadOptions{})
			for _, err := range []error{b.Check(t.Context()), rerr} {
				if err == nil {
					continue
				}
				if text := err.Error(); len(text) > 2000 || strings.ContainsAny(text, "\n\u202e") {
					t.Errorf("%d bytes: %.300s", len(text), text)
				}
			}
		})
	}
}

// An answer of 200 that holds an error, or nothing, is no success.
func TestSuccessWithoutWork(t *testing.T) {
	for name, body := range map[string]string{
		"error":   `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>no</Message></Error>`,
		"nothing": "",
		"html":    "<html><body>Log in</body></html>",
		"other":   `<Other/>`,
	} {
		for _, op := range []string{"CopyObject", "UploadPartCopy", "CreateMultipartUpload", "CompleteMultipartUpload", "DeleteObjects"} {
			t.Run(name+" "+op, func(t *testing.T) {
				var deleted atomic.Bool
				via := faulty(func(r *http.Request) (*http.Response, error) {
					q, from := r.URL.Query(), r.Header.Get("X-Amz-Copy-Source")
					is := ""
					switch {
					case r.Method == http.MethodDelete && !q.Has("uploadId"):
						deleted.Store(true)
						return answer(204, "", "")(r)
					case r.Method == http.MethodDelete:
						return answer(204, "", "")(r)
					case r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "/to"):
						return answer(404, "", "")(r)
					case r.Method == http.MethodHead:
						return answer(200, "text/plain", "", "ETag", `"e"`, "Content-Length", "30")(r)
					case q.Has("tagging"):
						return answer(200, "application/xml", "<Tagging><TagSet/></Tagging>")(r)
					case q.Has("uploads"):
						is = "CreateMultipartUpload"
					case q.Has("uploadId") && r.Method == http.MethodPost:
						is = "CompleteMultipartUpload"
					case q.Has("uploadId") && from != "":
						is = "UploadPartCopy"
					case from != "":
						is = "CopyObject"
					case q.Has("delete"):
						is = "DeleteObjects"
					case q.Has("uploadId"):
						return answer(200, "", "", "ETag", `"e"`)(r)
					}
					if is == op {
						return answer(200, "application/xml", body)(r)
					}
					switch is {
					case "CreateMultipartUpload":
						return answer(200, "application/xml", "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")(r)
					case "UploadPartCopy":
						return answer(200, "application/xml", "<CopyPartResult><ETag>e</ETag></CopyPartResult>")(r)
					}
					t.Errorf("unexpected %s %s", r.Method, r.URL)
					return answer(500, "", "")(r)
				})
				b := opened(t, fakeConfig(), via)
				limit := int64(100)
				if op != "CopyObject" {
					limit = 10
				}
				s3ops.SetSizes(b, 10, limit, 10)
				err := within(t, func(ctx context.Context) error {
					switch op {
					case "DeleteObjects":
						for d := range b.DeleteMany(ctx, slices.Values([]s3ops.Target{{Key: "a"}, {Key: "b"}})) {
							if d.Err == nil {
								return nil
							}
						}
						return errors.New("each has its error")
					case "CreateMultipartUpload", "CompleteMultipartUpload":
						if err := s3ops.UploadParts(ctx, b, "to", strings.NewReader(strings.Repeat("x", 30)), 30); err == nil {
							return nil
						}
					}
					_, err := b.Move(ctx, "from", "to", false)
					return err
				})
				if err == nil || deleted.Load() {
					t.Errorf("%v; source deleted: %v", err, deleted.Load())
				}
			})
		}
	}
}

// A pipe, a device or a socket that takes a file's place is refused at once: to
// open a pipe would wait for whoever writes to it.
func TestUploadOfWhatIsNoFile(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "a\nb.jpg")
	if err := makePipe(pipe); err != nil {
		t.Skip(err)
	}
	b := opened(t, fakeConfig(), answer(200, "", "", "ETag", `"e"`))
	for _, path := range []string{pipe, os.DevNull, "/dev/zero", t.TempDir()} {
		err := within(t, func(ctx context.Context) error {
			_, err := b.UploadFile(ctx, path, "k", s3ops.UploadOptions{})
			return err
		})
		if err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", path, err)
		}
	}
}
