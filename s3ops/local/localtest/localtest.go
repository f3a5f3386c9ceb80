// Package localtest runs the tests of a package on the embedded S3 server. It knows
// nothing of what they test.
package localtest

import (
	"context"
	"fmt"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
)

// Run starts the server over an empty folder, has the tests run on it, and ends it;
// it returns their exit code, for TestMain. The tests see neither this machine's
// home nor its credentials: HOME is a folder that is removed after them, and no
// variable AWS_… is left but the one that keeps the SDK off the link-local metadata
// address. As always, the server changes the working folder until it ends.
func Run(tests func(*local.Server) int) int {
	code, err := run(tests)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

func run(tests func(*local.Server) int) (int, error) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "AWS_") {
			os.Unsetenv(name)
		}
	}
	dir, err := os.MkdirTemp("", "weft-test-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	os.Setenv("HOME", dir)
	s, err := local.Start(context.Background(), filepath.Join(dir, "store"), "", false, nil)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	return tests(s), nil
}

// Folders are the five of the mission, by their default names.
func Folders() config.Folders {
	return config.Folders{
		{Role: config.SearchUploads, Prefix: "search_uploads/"},
		{Role: config.Generated, Prefix: "generated/"},
		{Role: config.SingleImages, Prefix: "uploaded/single_images/"},
		{Role: config.GroupImages, Prefix: "uploaded/group_images/"},
		{Role: config.FabricTable, Prefix: "table/fabric_table/"},
	}
}

// Proxy passes requests on to a store, for tests that count, refuse or change some
// of them. The Host stays what it was: it is signed.
func Proxy(t testing.TB, store string) *httputil.ReverseProxy {
	t.Helper()
	to, err := url.Parse(store)
	if err != nil {
		t.Fatal(err)
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host
	}}
}

// Allow makes a policy the bucket's; one without statements takes it away.
func Allow(t testing.TB, root *s3ops.Bucket, policy s3ops.Policy) {
	t.Helper()
	is, err := root.Policy(t.Context())
	if err == nil {
		to := s3ops.Setting[s3ops.Policy]{}
		if len(policy.Statements) > 0 {
			to = s3ops.With(policy)
		}
		_, err = root.SetPolicy(t.Context(), is, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}
