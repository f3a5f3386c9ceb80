package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// counter is a proxy before a store that counts the parts that arrive.
type counter struct {
	mu    sync.Mutex
	done  map[string]bool // the parts that the store has acknowledged
	again []string        // parts that came though the store had them
	sent  int64           // bytes of parts that were begun
}

func (c *counter) finished() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.done)
}

// before starts the proxy; signatures hold, since the host stays what was signed.
func (c *counter) before(t *testing.T, store string) string {
	t.Helper()
	to, err := url.Parse(store)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(to)
			r.Out.Host = r.In.Host
			if n := r.In.URL.Query().Get("partNumber"); n != "" {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.sent += r.In.ContentLength
				if c.done[n] {
					c.again = append(c.again, n)
				}
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if n := r.Request.URL.Query().Get("partNumber"); n != "" && r.StatusCode == http.StatusOK {
				c.mu.Lock()
				defer c.mu.Unlock()
				c.done[n] = true
			}
			return nil
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }, // who sent it was killed
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// A large upload whose process is killed again and again, weft put or the worker,
// goes on each time from the parts that the store has, and says so: none of them is
// sent again, no open upload is left and the object is the file to the byte. make
// bench runs it with 200 MB and ten kills.
func TestKilledUploadGoesOn(t *testing.T) {
	for _, by := range []string{"put", "worker"} {
		t.Run(by, func(t *testing.T) { killUpload(t, by) })
	}
}

func killUpload(t *testing.T, by string) {
	size, kills, bandwidth := 48_000_000, 3, "24 MiB"
	if *soak {
		size, kills, bandwidth = 200_000_000, 10, "64 MiB"
	}
	if by == "worker" {
		kills = min(kills, 9) // the tenth would be one too many for any task: see maxKills
	}
	h := openHousehold(t)
	h.serveApart()
	body := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(body)
	file := filepath.Join(h.dir, "long.bin")
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
	c := &counter{done: map[string]bool{}}
	h.env = append(h.env, "AWS_ENDPOINT_URL="+c.before(t, setting(h.env, "AWS_ENDPOINT_URL")), "WEFT_BANDWIDTH="+bandwidth)
	cfg, err := config.Load(t.Context(), config.Sources{Environ: h.env, Dir: h.dir})
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"put", "--json", file, "uploaded/"}
	var q *queue.Queue
	var job queue.Job
	if by == "worker" {
		args = []string{"worker", "--foreground", "--idle", "100ms"}
		if q, err = openQueue(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close() })
		if job, err = q.Submit(t.Context(), "a long file", slices.Values([]pipeline.Task{{Verb: pipeline.Upload, File: file, Key: "uploaded/long.bin"}})); err != nil {
			t.Fatal(err)
		}
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	parts := (size + 8<<20 - 1) / (8 << 20)
	for kill := range kills + 1 {
		p := exec.Command(bin, args...)
		p.Dir, p.Env = h.dir, h.env
		var said, told bytes.Buffer
		p.Stdout, p.Stderr = &told, &said
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		gone := make(chan error, 1)
		go func() { gone <- p.Wait() }()
		if kill == kills {
			if err := <-gone; err != nil {
				t.Fatalf("weft %s: %v\n%s", by, err, said.Bytes())
			}
			var r report
			if by == "put" && (json.Unmarshal(told.Bytes(), &r) != nil || r.Resumed <= 0 || r.Resumed >= int64(size) || !strings.Contains(said.String(), "went on from")) {
				t.Errorf("it does not say that it went on: %s%s", told.Bytes(), said.Bytes())
			}
			break
		}
		ended := false
		for at := (kill + 1) * (parts - 4) / (kills + 1); c.finished() < at && !ended; {
			select {
			case err := <-gone:
				t.Errorf("it ended by itself before kill %d: %v\n%s", kill+1, err, said.Bytes())
				ended = true
			case <-time.After(time.Millisecond):
			}
		}
		if !ended {
			h.kill(p.Process.Pid)
			<-gone
		}
	}
	if q != nil {
		if j := h.job(q, job.ID, 1); j.State != queue.Done {
			bad, _ := failuresOf(t.Context(), q, job.ID)
			t.Errorf("the job ended as %+v: %v", j, bad)
		}
	}
	t.Logf("%d parts of %d in %d kills, %.2f times the file", c.finished(), parts, kills, float64(c.sent)/float64(size))
	// The answer to a part may be lost with its process: then the store has it and
	// nobody counted it. What a kill cuts short is at most what was under way.
	if len(c.again) > 0 || c.sent > int64(size+kills*4*8<<20) {
		t.Errorf("of %d parts %v were sent again, %d bytes in all", c.finished(), c.again, c.sent)
	}
	bucket, err := s3ops.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if sha256.Sum256(h.read(bucket, "uploaded/long.bin")) != sha256.Sum256(body) {
		t.Error("the object is another than the file")
	}
	for u, err := range bucket.Unfinished(t.Context(), "") {
		t.Errorf("%+v is left open, %v", u, err)
	}
	if left, _ := os.ReadDir(uploadsDir(cfg)); len(left) != 0 {
		t.Errorf("%v are still remembered", left)
	}
}

// setting is the last value of a variable in an environment.
func setting(env []string, name string) (value string) {
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, name+"="); ok {
			value = v
		}
	}
	return value
}
