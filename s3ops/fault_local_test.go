package s3ops_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"weft/s3ops"
)

// Keys that come URL-encoded are decoded if, and only if, the store says so.
func TestListingDecodesOnlyWhatIsEncoded(t *testing.T) {
	page := func(encoding, key string) faulty {
		return answer(200, "application/xml", `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>`+encoding+
			"<Contents><Key>"+key+"</Key><Size>1</Size><ETag>&quot;e&quot;</ETag></Contents></ListBucketResult>")
	}
	for _, c := range []struct{ encoding, key, want string }{
		{"<EncodingType>url</EncodingType>", "a+b%2Bc%1B%5B2J%0A", "a b+c\x1b[2J\n"},
		{"", "a+b%2Bc", "a+b%2Bc"},
	} {
		b := opened(t, fakeConfig(), page(c.encoding, c.key))
		for o, err := range b.Objects(t.Context(), "", s3ops.ListOptions{}) {
			if err != nil || o.Key != c.want || o.ETag != "e" {
				t.Errorf("%q came as %q, %v", c.key, o.Key, err)
			}
		}
	}
}

// A store that calls all its answers text/html is a store all the same.
func TestStoresThatCallEverythingHTML(t *testing.T) {
	var deleted bool
	b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
		const kind = "text/html; charset=utf-8"
		switch {
		case r.Method == "DELETE":
			deleted = true
			return answer(204, kind, "", "X-Amz-Delete-Marker", "true", "X-Amz-Version-Id", "m1")(r)
		case r.Method == "HEAD":
			return answer(200, kind, "", "ETag", `"e"`)(r)
		case r.URL.Query().Has("versioning"):
			return answer(200, kind, "<GetBucketVersioningResponse><Status>Enabled</Status></GetBucketVersioningResponse>")(r)
		}
		return answer(200, kind, "<ListBucketResult><Contents><Key>a</Key></Contents></ListBucketResult>")(r)
	}))
	if on, err := b.Versioned(t.Context()); !on || err != nil {
		t.Errorf("versioned: %t, %v", on, err)
	}
	if err := b.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if marker, err := b.Delete(t.Context(), "a", ""); marker != "m1" || err != nil || !deleted {
		t.Errorf("deleted with marker %q, %v", marker, err)
	}
}

// An object comes back from under several delete markers, even if a listing does
// not tell which of them is older than the object: all have the same second.
func TestUndeleteFromUnderMarkersOfOneSecond(t *testing.T) {
	markers := []string{"m2", "m1"}
	b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
		if r.Method == "DELETE" {
			if v := r.URL.Query().Get("versionId"); len(markers) == 0 || v != markers[0] {
				t.Errorf("%q was deleted of %q", v, markers)
			} else {
				markers = markers[1:]
			}
			return answer(204, "", "")(r)
		}
		const entry = "<%[1]s><Key>k</Key><VersionId>%[2]s</VersionId><IsLatest>%[3]t</IsLatest><LastModified>2026-01-02T03:04:05.000Z</LastModified></%[1]s>"
		list := fmt.Sprintf(entry, "Version", "v1", len(markers) == 0)
		for i, m := range markers {
			list += fmt.Sprintf(entry, "DeleteMarker", m, i == 0)
		}
		return answer(200, "application/xml", "<ListVersionsResult>"+list+"</ListVersionsResult>")(r)
	}))
	if err := b.Undelete(t.Context(), "k"); err != nil || len(markers) > 0 {
		t.Errorf("%v; %q are left", err, markers)
	}
}

// What fails at the look before the deed is told as the deed.
func TestDoing(t *testing.T) {
	b := opened(t, fakeConfig(), answer(404, "", ""))
	_, err := b.Stat(t.Context(), "a", "")
	if text := s3ops.Doing("delete", err).Error(); !strings.HasPrefix(text, "delete a: there is no such object") {
		t.Error(text)
	}
	_, _, err = b.Read(t.Context(), "a", s3ops.ReadOptions{})
	if s3ops.Doing("delete", err) != err || s3ops.Doing("delete", nil) != nil {
		t.Error("another error was changed")
	}
}

// A store that takes a question and never answers is given up after one wait,
// without asking again; work such as a copy is waited for.
func TestSilentStoresEnd(t *testing.T) {
	silent := faulty(func(r *http.Request) (*http.Response, error) {
		select {
		case <-r.Context().Done():
			return nil, r.Context().Err()
		case <-time.After(300 * time.Millisecond):
			return answer(200, "", "")(r)
		}
	})
	for method, patient := range map[string]bool{"GET": false, "HEAD": false, "DELETE": false, "PUT": true, "POST": true} {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://x/", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s3ops.Watch(silent, 20*time.Millisecond, time.Minute).RoundTrip(req)
		if patient != (err == nil) {
			t.Errorf("%s ended with %v", method, err)
		}
		if err != nil && s3ops.Hopeless(fmt.Errorf("send: %w", err)) != aws.FalseTernary {
			t.Errorf("%s would be asked again", method)
		}
	}
}

// A connection on which nothing moves any more is given up; one that is only
// slow is not; and a slow reader is no stalled store.
func TestStalledConnectionsEnd(t *testing.T) {
	silent := faulty(func(r *http.Request) (*http.Response, error) {
		pr, _ := io.Pipe()
		context.AfterFunc(r.Context(), func() { pr.CloseWithError(r.Context().Err()) })
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: pr, Request: r}, nil
	})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s3ops.Watch(silent, 50*time.Millisecond, time.Minute).RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(150 * time.Millisecond) // nobody reads: the clock stands
	if req.Context().Err() != nil {
		t.Error("a slow reader was taken for a stalled store")
	}
	if _, err = resp.Body.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("read ended with %v", err)
	}
	resp.Body.Close()
}

// Cancelling is not a failure to explain, and errors.Is sees it.
func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := opened(t, stores[0].config, nil)
	_, err := b.Stat(ctx, "k", "")
	if !errors.Is(err, context.Canceled) || !strings.HasSuffix(err.Error(), "cancelled") {
		t.Errorf("stat: %v", err)
	}
	for _, err := range b.Pages(ctx, "", s3ops.ListOptions{}) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("list: %v", err)
		}
	}
}

// A download that fails leaves neither the file nor a piece of it, and files of
// this machine that cannot be read or written are named.
func TestFailedDownloadLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	b := opened(t, fakeConfig(), answer(200, "", "abc", "ETag", `"d41d8cd98f00b204e9800998ecf8427e"`))
	_, err := b.Download(t.Context(), "a.txt", dir, s3ops.DownloadOptions{})
	wantKind(t, err, s3ops.ErrCorrupt)
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("%v is left", entries)
	}
	_, err = b.UploadFile(t.Context(), filepath.Join(dir, "none.jpg"), "k.jpg", s3ops.UploadOptions{})
	wantKind(t, err, s3ops.ErrNotFound)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	_, err = b.UploadFile(t.Context(), dir, "k.jpg", s3ops.UploadOptions{})
	wantKind(t, err, s3ops.ErrInvalid)
	_, err = b.Upload(t.Context(), "k", io.MultiReader(bytes.NewReader([]byte("abc"))), s3ops.UploadOptions{Size: 4})
	wantKind(t, err, s3ops.ErrInvalid)
}
