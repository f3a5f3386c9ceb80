package pipeline

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// counted is a Doer on the shared bucket whose requests can be counted.
func counted(t *testing.T) (d *Doer, take func() []string) {
	t.Helper()
	var mu sync.Mutex
	var methods []string
	store := localtest.Proxy(t, endpoint.Endpoint)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		methods = append(methods, r.Method)
		mu.Unlock()
		store.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	c := *endpoint
	c.Endpoint = proxy.URL
	b, err := s3ops.Open(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	d = doer()
	d.Bucket = b
	return d, func() []string {
		mu.Lock()
		defer mu.Unlock()
		was := methods
		methods = nil
		return was
	}
}

// A new small file costs one request. What is there already is found out by a
// refusal at first and by asking from then on; a large file is asked for before
// it is sent.
func TestUploadsMakeNoNeedlessRequests(t *testing.T) {
	d, requests := counted(t)
	dir := t.TempDir()
	up := func(name string, size int) Outcome {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(strings.Repeat(name[:1], size)), 0o600); err != nil {
			t.Fatal(err)
		}
		return d.must(t, Task{Verb: Upload, File: file, Key: "requests/" + name})
	}
	want := func(what string, methods ...string) {
		t.Helper()
		if got := requests(); !slices.Equal(got, methods) {
			t.Errorf("%s took %v, not %v", what, got, methods)
		}
	}
	for i := range 3 {
		up(fmt.Sprintf("%d.txt", i), 20_000)
		want("a new file", http.MethodPut)
	}
	for i := range 3 {
		if o := up(fmt.Sprintf("%d.txt", i), 20_000); !o.Skipped {
			t.Errorf("%+v", o)
		}
		if i == 0 {
			want("the first that is there", http.MethodPut, http.MethodHead)
		} else {
			want("the next that is there", http.MethodHead)
		}
	}
	up("new.txt", 20_000)
	want("a new one after those", http.MethodHead, http.MethodPut)
	up("newer.txt", 20_000)
	want("the one after it", http.MethodPut)
	up("large.bin", 2<<20)
	want("a large file", http.MethodHead, http.MethodPut)
	if o := up("large.bin", 2<<20); !o.Skipped {
		t.Errorf("%+v", o)
	}
	want("a large file that is there", http.MethodHead)
}

// What differs is left alone, whichever request finds it out.
func TestUploadsOverOthersAreRefused(t *testing.T) {
	d, _ := counted(t)
	file := filepath.Join(t.TempDir(), "a.txt")
	if err := os.WriteFile(file, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, "requests/other.txt", []byte("old"))
	for _, seen := range []bool{false, true} {
		d.seen.Store(seen)
		if _, err := d.Do(t.Context(), Task{Verb: Upload, File: file, Key: "requests/other.txt"}, nil); err == nil || !strings.Contains(err.Error(), "already there") {
			t.Errorf("%v", err)
		}
	}
}

// endpoint is where the embedded server is; set by TestMain.
var endpoint *config.Config
