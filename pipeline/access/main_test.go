package access

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

var folderNames = localtest.Folders()

var server *local.Server // set by TestMain

func TestMain(m *testing.M) {
	os.Exit(localtest.Run(func(s *local.Server) int {
		server = s
		return m.Run()
	}))
}

func as(t testing.TB, endpoint string, keys config.Credentials) *s3ops.Bucket {
	t.Helper()
	c := server.Endpoint().Apply(&config.Config{Local: "x"})
	c.Endpoint, c.Credentials = endpoint, keys
	b, err := s3ops.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// likeS3 is a way to the embedded store for one user on which two rules of S3 hold
// that the store does not know: that something is missing is told only to those who
// may list it, and a copy of a named version needs the right to read versions.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html
func likeS3(t testing.TB, keys config.Credentials) string {
	t.Helper()
	direct := as(t, server.Endpoint().URL, keys)
	keyOf := func(u *url.URL) string {
		_, key, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
		return key
	}
	const refusal = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
	proxy := localtest.Proxy(t, server.Endpoint().URL)
	proxy.ModifyResponse = func(r *http.Response) error {
		key := keyOf(r.Request.URL)
		if r.StatusCode != http.StatusNotFound || key == "" || r.Request.Method != http.MethodGet && r.Request.Method != http.MethodHead {
			return nil
		}
		if _, err := direct.Look(r.Request.Context(), key); errors.Is(err, s3ops.ErrDenied) {
			r.Body.Close()
			r.StatusCode, r.Status = http.StatusForbidden, "403 Forbidden"
			r.Header = http.Header{"Content-Type": {"application/xml"}}
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(refusal)), int64(len(refusal))
			if r.Request.Method == http.MethodHead {
				r.Body, r.ContentLength = http.NoBody, 0
			}
		}
		return nil
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if from, version, ok := strings.Cut(r.Header.Get("X-Amz-Copy-Source"), "?versionId="); ok {
			from, _ = url.PathUnescape(from)
			_, key, _ := strings.Cut(strings.TrimPrefix(from, "/"), "/")
			if _, err := direct.Stat(r.Context(), key, version); errors.Is(err, s3ops.ErrDenied) {
				w.Header().Set("Content-Type", "application/xml")
				w.WriteHeader(http.StatusForbidden)
				_, _ = io.WriteString(w, refusal)
				return
			}
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}
