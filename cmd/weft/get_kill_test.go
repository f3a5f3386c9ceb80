package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A weft get that is killed at several points goes on from the parts that were
// there, and what arrives in the end is the object and nothing else.
func TestKilledGetGoesOn(t *testing.T) {
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	body := make([]byte, 96<<20)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(body)
	var sent, underWay atomic.Int64
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		underWay.Add(1)
		defer underWay.Add(-1)
		from, to := 0, len(body)
		w.Header().Set("ETag", `"one"`)
		if n, _ := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to); n == 2 {
			to++
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(body)))
		}
		w.Header().Set("Content-Length", fmt.Sprint(to-from))
		if to-from < len(body) {
			w.WriteHeader(http.StatusPartialContent)
		}
		for at := from; r.Method == "GET" && at < to; at += 64 << 10 {
			time.Sleep(time.Millisecond) // a line that a kill can come before the end of
			n, err := w.Write(body[at:min(at+64<<10, to)])
			if err != nil {
				return
			}
			if to-from < len(body) { // of the whole only the length is wanted
				sent.Add(int64(n))
			}
		}
	}))
	defer store.Close()
	home, dir := t.TempDir(), t.TempDir()
	get := func() *exec.Cmd {
		c := exec.Command(bin, "get", "big.bin", dir)
		c.Env = []string{"HOME=" + home, "WEFT_HOME=" + home, "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true",
			"AWS_ACCESS_KEY_ID=a", "AWS_SECRET_ACCESS_KEY=s", "AWS_REGION=us-east-1", "WEFT_BUCKET=bolt", "AWS_ENDPOINT_URL=" + store.URL}
		return c
	}
	finished := func() int { // parts in the journal
		names, _ := filepath.Glob(filepath.Join(dir, ".weft-*.done"))
		if len(names) != 1 {
			return 0
		}
		text, _ := os.ReadFile(names[0])
		return strings.Count(string(text), ".\n")
	}
	for kill := range 3 {
		c := get()
		var said bytes.Buffer
		c.Stderr = &said
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for deadline := time.Now().Add(time.Minute); finished() < 2*(kill+1); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("no more than %d parts\n%s", finished(), said.Bytes())
			}
		}
		_ = c.Process.Kill()
		_ = c.Wait()
		if _, err := os.Stat(filepath.Join(dir, "big.bin")); err == nil {
			t.Fatal("the file was there before all of it had come")
		}
	}
	for underWay.Load() > 0 { // what was on its way to the killed one goes on for a moment
		time.Sleep(time.Millisecond)
	}
	before, kept := sent.Load(), int64(finished())
	if out, err := get().CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if came := sent.Load() - before; came != int64(len(body))-kept*8<<20 {
		t.Errorf("%d bytes came for %d with %d parts there", came, len(body), kept)
	}
	got, err := os.ReadFile(filepath.Join(dir, "big.bin"))
	if entries, _ := os.ReadDir(dir); err != nil || !bytes.Equal(got, body) || len(entries) != 1 {
		t.Errorf("%d bytes, %d entries, %v", len(got), len(entries), err)
	}
}
