package local_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

var prefixes = []string{"search_uploads/", "uploaded/single_images/"}

// serveVar makes this test binary a server of the directory it names, so that
// there can be several processes.
const serveVar = "WEFT_TEST_SERVE"

func TestMain(m *testing.M) {
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	if dir := os.Getenv(serveVar); dir != "" {
		os.Exit(serve(dir))
	}
	os.Exit(m.Run())
}

func serve(dir string) int {
	s, err := local.Start(context.Background(), dir, "", true, prefixes)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(s.Endpoint().URL)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent goes
	if err := s.Close(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// child starts another process that serves dir, and returns its address.
func child(t *testing.T, dir string) (*exec.Cmd, string, io.Closer) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveVar+"="+dir)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return cmd, strings.TrimSpace(line), in
}

func start(t testing.TB, dir, listen string, publish bool) *local.Server {
	t.Helper()
	s, err := local.Start(t.Context(), dir, listen, publish, prefixes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(); <-s.Done() }) // only one may run in a process
	return s
}

func bucket(t testing.TB, e local.Endpoint) *s3ops.Bucket {
	t.Helper()
	b, err := s3ops.Open(t.Context(), e.Apply(&config.Config{Local: "x"}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A new store is private, versioned, has its folders, and prints nothing; it is
// found while it runs and not after; the next start finds all as it was.
func TestStartFindClose(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "store")
	back, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	var s *local.Server
	printed := capture(t, func() { s = start(t, dir, "", true) })
	if printed != "" {
		t.Errorf("it printed %q", printed)
	}
	for path, mode := range map[string]os.FileMode{"": 0o700, "credentials.json": 0o600, "endpoint.json": 0o600, "port": 0o600, "buckets": 0o700, "versions": 0o700} {
		if fi, err := os.Stat(filepath.Join(dir, path)); err != nil || fi.Mode().Perm() != mode {
			t.Errorf("%q is %v, %v", path, fi.Mode(), err)
		}
	}
	e, ok := local.Find(t.Context(), dir)
	if !ok || e != s.Endpoint() {
		t.Fatalf("found %v %v", e.URL, ok)
	}
	b := bucket(t, e)
	if on, err := b.Versioned(t.Context()); err != nil || !on || b.Name() != local.Bucket {
		t.Errorf("versioned %v, %v", on, err)
	}
	var folders []string
	for p, err := range b.Pages(t.Context(), "", s3ops.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		folders = append(folders, p.Folders...)
	}
	if fmt.Sprint(folders) != "[search_uploads/ uploaded/]" {
		t.Errorf("folders are %v", folders)
	}
	if _, err := b.Upload(t.Context(), "search_uploads/a.txt", strings.NewReader("a"), s3ops.UploadOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if now, _ := os.Getwd(); now != back {
		t.Errorf("the working folder is %s", now)
	}
	if _, ok := local.Find(t.Context(), dir); ok {
		t.Error("found after it was closed")
	}
	again := start(t, dir, "", true)
	if again.Endpoint() != e {
		t.Errorf("moved from %s to %s, or changed its keys", e.URL, again.Endpoint().URL)
	}
	if i, err := bucket(t, again.Endpoint()).Stat(t.Context(), "search_uploads/a.txt", ""); err != nil || i.Size != 1 {
		t.Error(err)
	}
}

// A server that answers late, as one does that draws pictures on a busy machine,
// is found all the same.
func TestFindSlowServer(t *testing.T) {
	dir := t.TempDir()
	s := start(t, dir, "", true)
	pass := localtest.Proxy(t, s.Endpoint().URL)
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(700 * time.Millisecond)
		pass.ServeHTTP(w, r)
	}))
	defer slow.Close()
	announced := fmt.Sprintf(`{"url":%q,"pid":%d}`, slow.URL, os.Getpid())
	if err := os.WriteFile(filepath.Join(dir, "endpoint.json"), []byte(announced), 0o600); err != nil {
		t.Fatal(err)
	}
	if e, ok := local.Find(t.Context(), dir); !ok || e.URL != slow.URL {
		t.Errorf("found %q, %v", e.URL, ok)
	}
}

// A connection on which nothing was asked, such as clients keep in store, makes
// the end of the server late but no error: after it another one may start.
func TestCloseWithUnusedConnection(t *testing.T) {
	s := start(t, t.TempDir(), "", false)
	c, err := net.Dial("tcp", strings.TrimPrefix(s.Endpoint().URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	start(t, t.TempDir(), "", false)
}

// capture returns what f makes the process print.
func capture(t *testing.T, f func()) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = w, w
	f()
	os.Stdout, os.Stderr = stdout, stderr
	w.Close()
	raw, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// It answers on this machine alone, and one at a time per process.
func TestRefusals(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:9000", ":9000", "192.168.1.1:9000", "example.com:80", "[::]:0", "9000"} {
		if _, err := local.Start(t.Context(), t.TempDir(), listen, false, nil); err == nil || !strings.Contains(err.Error(), "listen address") {
			t.Errorf("%s: %v", listen, err)
		}
	}
	start(t, t.TempDir(), "127.0.0.1:0", false)
	if _, err := local.Start(t.Context(), t.TempDir(), "", false, nil); err == nil {
		t.Error("a second one started")
	}
	damaged := t.TempDir()
	if err := os.WriteFile(filepath.Join(damaged, "credentials.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := local.Start(t.Context(), damaged, "", false, nil); err == nil || !strings.Contains(err.Error(), "credentials.json is damaged") {
		t.Error(err)
	}
}

// It ends with its context, and says so.
func TestEndsWithContext(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := local.Start(ctx, dir, "", true, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case <-s.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("it goes on")
	}
	if _, err := os.Stat(filepath.Join(dir, "endpoint.json")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its endpoint is still there: %v", err)
	}
}

// A killed server leaves a store that starts again at its old address, with all
// that was acknowledged, and whoever takes its port is not taken for it.
func TestKilledServerStartsAgain(t *testing.T) {
	dir := t.TempDir()
	cmd, address, _ := child(t, dir)
	e, ok := local.Find(t.Context(), dir)
	if !ok || e.URL != address {
		t.Fatalf("found %v at %s", ok, e.URL)
	}
	b := bucket(t, e)
	stop := make(chan struct{})
	var kept []string
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			key := fmt.Sprintf("search_uploads/%d", i)
			select {
			case <-stop:
				return
			default:
			}
			if _, err := b.Upload(context.Background(), key, strings.NewReader(key), s3ops.UploadOptions{}); err != nil {
				return
			}
			kept = append(kept, key)
		}
	})
	time.Sleep(300 * time.Millisecond)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	close(stop)
	wg.Wait()
	if _, ok := local.Find(t.Context(), dir); ok {
		t.Error("a dead server was found")
	}
	s := start(t, t.TempDir(), strings.TrimPrefix(address, "http://"), false)
	if _, ok := local.Find(t.Context(), dir); ok {
		t.Error("another store's server was taken for it")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = start(t, dir, "", true)
	if s.Endpoint().URL != address {
		t.Errorf("moved from %s to %s", address, s.Endpoint().URL)
	}
	b = bucket(t, s.Endpoint())
	for _, key := range kept {
		r, _, err := b.Read(t.Context(), key, s3ops.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if r.Close(); err != nil || string(raw) != key {
			t.Errorf("%s holds %q, %v", key, raw, err)
		}
	}
	if len(kept) == 0 {
		t.Error("nothing was written before the kill")
	}
}

// A server that was there first can be found again after one that came later
// has left, and does not take the place of one that answers.
func TestRepublish(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir, "", true)
	later, address, in := child(t, dir)
	if end, ok := local.Find(t.Context(), dir); !ok || end.URL != address {
		t.Fatalf("found is %q, %v, not the later server %s", end.URL, ok, address)
	}
	if err := first.Republish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if end, ok := local.Find(t.Context(), dir); !ok || end.URL != address {
		t.Errorf("found is %q, %v though %s answers", end.URL, ok, address)
	}
	if err := in.Close(); err != nil {
		t.Fatal(err)
	}
	if err := later.Wait(); err != nil {
		t.Fatal(err)
	}
	if _, ok := local.Find(t.Context(), dir); ok {
		t.Fatal("a server that has left is still found")
	}
	if err := first.Republish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if end, ok := local.Find(t.Context(), dir); !ok || end.URL != first.Endpoint().URL {
		t.Errorf("found is %q, %v, not the first server", end.URL, ok)
	}
}
