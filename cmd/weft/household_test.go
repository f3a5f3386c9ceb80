package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops/local"
)

// household is a home folder with the program's processes in it, as a test and
// a person deal with them.
type household struct {
	t   testing.TB
	dir string // the home
	env []string
	cfg *config.Config
}

// openHousehold makes a home whose embedded store gets no sample fabrics.
func openHousehold(t *testing.T) *household {
	t.Helper()
	dir, env := home(t)
	h := &household{t: t, dir: dir, env: env, cfg: storeIn(t, filepath.Join(dir, "weft"))}
	t.Cleanup(func() {
		for _, pid := range h.workers() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return h
}

// weft runs a command of the program and gives what it prints.
func (h *household) weft(args ...string) string {
	h.t.Helper()
	bin, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	c := exec.Command(bin, args...)
	c.Dir, c.Env = h.dir, h.env
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		h.t.Fatalf("weft %s: %v\n%s", strings.Join(args, " "), err, said.Bytes())
	}
	return out.String()
}

// workers are the pids of this home's workers, by the command lines and
// environments of all processes.
func (h *household) workers() (pids []int) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range all {
		line, err := os.ReadFile(filepath.Join(p, "cmdline"))
		if err != nil || !bytes.Contains(line, []byte("\x00worker\x00--foreground\x00")) {
			continue
		}
		env, err := os.ReadFile(filepath.Join(p, "environ"))
		if err != nil || !bytes.Contains(env, []byte("WEFT_HOME="+filepath.Join(h.dir, "weft")+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(p)); err == nil && running(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// kill ends processes as a crash does, and waits until they are gone.
func (h *household) kill(pids ...int) {
	h.t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			h.t.Fatal(err)
		}
	}
	for _, pid := range pids {
		for deadline := time.Now().Add(10 * time.Second); running(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				h.t.Fatalf("process %d survives kill -9", pid)
			}
		}
	}
}

// photos puts n different pictures into a folder of this machine and gives
// their SHA-256 by name.
func (h *household) photos(folder string, n, width, height int) map[string][32]byte {
	h.t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		h.t.Fatal(err)
	}
	sums := map[string][32]byte{}
	for i := range n {
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				img.SetRGBA(x, y, color.RGBA{uint8(60 + (x/8+y/(4+i%5))%2*90), uint8(i * 37), uint8(y), 255})
			}
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			h.t.Fatal(err)
		}
		name := fmt.Sprintf("swatch-%03d.jpg", i)
		if err := os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644); err != nil {
			h.t.Fatal(err)
		}
		sums[name] = sha256.Sum256(b.Bytes())
	}
	return sums
}

// queue opens the home's queue beside the program.
func (h *household) queue() *queue.Queue {
	h.t.Helper()
	q, err := openQueue(h.t.Context(), h.cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = q.Close() })
	return q
}

// endpoint is where the home's store answers.
func (h *household) endpoint() local.Endpoint {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if end, ok := local.Find(h.t.Context(), h.cfg.Local); ok {
			return end
		}
	}
	h.t.Fatal("the embedded store does not answer")
	return local.Endpoint{}
}

// job waits until a job has done at least so much, or has ended.
func (h *household) job(q *queue.Queue, id int64, atLeast int) queue.Job {
	h.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		j, err := q.Job(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if n := j.Done + j.Skipped + j.Failed + j.Cancelled; n >= atLeast || n == j.Total {
			return j
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("job %d stands still: %+v", id, j)
		}
	}
}

// jobNumber is the number in the summary that weft process --json prints.
func (h *household) jobNumber(out string) int64 {
	h.t.Helper()
	var s summary
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Job == 0 {
		h.t.Fatalf("weft process printed %q, %v", out, err)
	}
	return s.Job
}
