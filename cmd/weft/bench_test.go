package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"weft/s3ops/local"
)

// These measure the real program in processes of its own. Each makes as many
// rounds as a median needs, once, whatever -benchtime says, and tells the load
// of the machine, without which its figures mean little.

// rounds is how often a start is measured.
const rounds = 11

// median of several figures.
func median(all []float64) float64 {
	slices.Sort(all)
	return all[len(all)/2]
}

// load is how many processes wanted a processor in the last minute.
func load() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	n, _ := strconv.ParseFloat(strings.Fields(string(text))[0], 64)
	return n
}

// newHousehold is a home for measuring; samples says whether its store gets the
// sample fabrics.
func newHousehold(b *testing.B, samples bool) *household {
	b.Helper()
	dir, err := os.MkdirTemp("", "weft-home-")
	if err != nil {
		b.Fatal(err)
	}
	h := &household{t: b, dir: dir, cfg: storeIn(b, filepath.Join(dir, "weft")), env: []string{"HOME=" + dir,
		"WEFT_HOME=" + filepath.Join(dir, "weft"), "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true"}}
	if samples {
		if err := os.Remove(filepath.Join(h.cfg.StateDir(), "samples")); err != nil {
			b.Fatal(err)
		}
	}
	b.Cleanup(func() {
		h.kill(h.workers()...)
		_ = os.RemoveAll(dir)
	})
	return h
}

// sampled waits until all samples are drawn.
func (h *household) sampled() {
	h.t.Helper()
	h.weft("worker")
	q := h.queue()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if j, err := q.Job(h.t.Context(), 1); err == nil && j.Done+j.Skipped == j.Total {
			return
		}
		if time.Now().After(deadline) {
			h.t.Fatal("the samples are never drawn")
		}
	}
}

// screen is the program on a pseudo-terminal, timed: each text's first moment
// on it.
type screen struct {
	b       *testing.B
	cmd     *exec.Cmd
	file    *os.File
	vt      *vt.Emulator
	started time.Time
	drawn   chan drawn
}

// drawn is what the program wrote at once, and when.
type drawn struct {
	bytes []byte
	at    time.Time
}

// openScreen starts the interface in a terminal of 120 × 40 cells.
func (h *household) openScreen(args ...string) *screen {
	h.t.Helper()
	bin, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	s := &screen{b: h.t.(*testing.B), cmd: exec.Command(bin, args...), vt: vt.NewEmulator(120, 40), drawn: make(chan drawn, 1<<16)}
	s.cmd.Dir = h.dir
	s.cmd.Env = append(slices.Clone(h.env), "TERM=xterm-256color", "COLORTERM=truecolor", "TZ=UTC")
	s.started = time.Now()
	if s.file, err = pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 40, Cols: 120}); err != nil {
		h.t.Fatal(err)
	}
	go func() { _, _ = io.Copy(s.file, s.vt) }() // answers to the program's questions
	go func() {
		defer close(s.drawn)
		for {
			buf := make([]byte, 64<<10)
			n, err := s.file.Read(buf)
			s.drawn <- drawn{buf[:n], time.Now()}
			if err != nil {
				return
			}
		}
	}()
	return s
}

// shows waits until the screen holds a text, and gives the time since the start.
func (s *screen) shows(want string) time.Duration {
	s.b.Helper()
	late := time.After(2 * time.Minute)
	for !strings.Contains(s.text(), want) {
		select {
		case d, ok := <-s.drawn:
			if _, _ = s.vt.Write(d.bytes); ok && strings.Contains(s.text(), want) {
				return d.at.Sub(s.started)
			} else if ok {
				continue
			}
		case <-late:
		}
		s.b.Fatalf("the screen never shows %q:\n%s", want, s.text())
	}
	return time.Since(s.started)
}

func (s *screen) text() string {
	var b strings.Builder
	for y := range 40 {
		for x := 0; x < 120; x++ {
			if c := s.vt.CellAt(x, y); c == nil || c.Content == "" {
				b.WriteByte(' ')
			} else {
				b.WriteString(c.Content)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// rest takes what is drawn for a while.
func (s *screen) rest(d time.Duration) {
	for end := time.After(d); ; {
		select {
		case d := <-s.drawn:
			_, _ = s.vt.Write(d.bytes)
		case <-end:
			return
		}
	}
}

func (s *screen) close() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	_ = s.file.Close()
}

// BenchmarkStart is from the start of the program to what a person sees, on the
// embedded store already running: the frame, and the first object. The aim is
// 150 ms.
func BenchmarkStart(b *testing.B) {
	h := newHousehold(b, true)
	h.sampled()
	held := h.openScreen() // keeps the worker
	defer held.close()
	held.shows("README.txt")
	for b.Loop() {
		var frame, row []float64
		for range rounds {
			s := h.openScreen()
			frame = append(frame, s.shows("fabric-storage-bucket").Seconds()*1e3)
			row = append(row, s.shows("README.txt").Seconds()*1e3)
			s.close()
		}
		b.ReportMetric(median(frame), "ms/frame")
		b.ReportMetric(median(row), "ms/row")
		b.ReportMetric(load(), "load")
	}
}

// BenchmarkFirstStart is from the start in an empty home to the first sample on
// the screen. The aim is 3 s on two cores.
func BenchmarkFirstStart(b *testing.B) {
	for b.Loop() {
		var frame, row []float64
		for range rounds {
			h := newHousehold(b, true)
			s := h.openScreen()
			frame = append(frame, s.shows("fabric-storage-bucket").Seconds()*1e3)
			row = append(row, s.shows(".jpg").Seconds()*1e3)
			s.close()
			h.kill(h.workers()...)
		}
		b.ReportMetric(median(frame), "ms/frame")
		b.ReportMetric(median(row), "ms/sample")
		b.ReportMetric(load(), "load")
	}
}

// BenchmarkHundredThousandRows is the memory of the interface that has listed
// 100,000 objects. The aim is 60 MB. The objects are files laid into the store's
// folder directly: listing reads files.
func BenchmarkHundredThousandRows(b *testing.B) {
	const rows = 100_000
	h := newHousehold(b, false)
	h.weft("worker")
	h.endpoint()
	dir := filepath.Join(h.cfg.Local, "buckets", local.Bucket, "search_uploads", "many")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range rows {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%06d-herringbone-charcoal.jpg", i)), []byte("x"), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		s := h.openScreen("s3://" + local.Bucket + "/search_uploads/many/")
		listed := s.shows("100,000")
		peak := memory(b, s.cmd.Process.Pid, "VmHWM")
		s.rest(3 * time.Second)
		rest := memory(b, s.cmd.Process.Pid, "VmRSS")
		for range 50 { // walk about in it
			_, _ = io.WriteString(s.file, "\x1b[6~")
			s.rest(20 * time.Millisecond)
		}
		b.ReportMetric(listed.Seconds(), "s/listed")
		b.ReportMetric(peak, "MB/peak-listing")
		b.ReportMetric(rest, "MB/rest")
		b.ReportMetric(memory(b, s.cmd.Process.Pid, "VmRSS"), "MB/after-scrolling")
		b.ReportMetric(memory(b, s.cmd.Process.Pid, "VmHWM"), "MB/peak")
		b.ReportMetric(load(), "load")
		s.close()
	}
}

// memory is a figure of /proc/PID/status, in MB.
func memory(b *testing.B, pid int, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(value)[0], 64)
			return kb * 1024 / 1e6
		}
	}
	b.Fatalf("no %s in the status of %d", name, pid)
	return 0
}

// processor is the time a process has spent on processors, in seconds.
func processor(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	// After the name in brackets: fields 14 and 15 are ticks of 10 ms, proc(5).
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
}

// BenchmarkProcess is what the worker spends on 24 sample photos with thumb, web
// and square: it alone, the store being another process, and with the embedded
// store in it.
func BenchmarkProcess(b *testing.B) {
	for _, name := range []string{"worker", "worker and store"} {
		b.Run(name, func(b *testing.B) {
			h := newHousehold(b, true)
			h.sampled()
			h.kill(h.workers()...) // a new one has drawn no samples
			if name == "worker" {
				h.serveApart()
			}
			h.weft("worker")
			pid := h.workers()[0]
			var photos []string
			for line := range strings.Lines(h.weft("ls", "-r", "--json", "search_uploads/")) {
				var o struct{ Key string }
				if err := json.Unmarshal([]byte(line), &o); err != nil {
					b.Fatal(err)
				}
				if ext := filepath.Ext(o.Key); ext == ".jpg" || ext == ".png" {
					photos = append(photos, o.Key)
				}
			}
			for line := range strings.Lines(h.weft("ls", "-r", "--json", "uploaded/")) {
				var o struct{ Key string }
				if err := json.Unmarshal([]byte(line), &o); err == nil && filepath.Ext(o.Key) == ".jpg" {
					photos = append(photos, o.Key)
				}
			}
			photos = photos[:24]
			for b.Loop() {
				before, start := processor(b, pid), time.Now()
				h.weft(append([]string{"process", "--force", "--recipe", "thumb,web,square"}, photos...)...)
				b.ReportMetric((processor(b, pid)-before)/24, "CPU-s/image")
				b.ReportMetric(time.Since(start).Seconds()/24, "s/image")
				b.ReportMetric(memory(b, pid, "VmHWM"), "MB/peak")
				b.ReportMetric(load(), "load")
			}
		})
	}
}

// serveApart has the store served by weft local, and the program use it as it
// uses any other store.
func (h *household) serveApart() {
	h.t.Helper()
	bin, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	c := exec.Command(bin, "local", "--json", h.cfg.Local)
	c.Dir, c.Env = h.dir, h.env
	out, err := c.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
	})
	var settings map[string]string
	if err := json.NewDecoder(out).Decode(&settings); err != nil {
		h.t.Fatal(err)
	}
	for name, value := range settings {
		h.env = append(h.env, name+"="+value)
	}
}

// BenchmarkVersion is the shortest run of the program: what every command pays.
func BenchmarkVersion(b *testing.B) {
	bin, err := program()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := exec.Command(bin, "version").Run(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(load(), "load")
}

// BenchmarkIdleWorker is the part of one processor that a worker takes which
// has nothing to do, with the embedded store and an interface open.
func BenchmarkIdleWorker(b *testing.B) {
	h := newHousehold(b, false)
	s := h.openScreen()
	defer s.close()
	s.shows("search_uploads")
	s.rest(2 * time.Second)
	pid := h.workers()[0]
	for b.Loop() {
		const watched = 10 * time.Second
		before, shown := processor(b, pid), processor(b, s.cmd.Process.Pid)
		s.rest(watched)
		b.ReportMetric((processor(b, pid)-before)/watched.Seconds()*100, "%worker")
		b.ReportMetric((processor(b, s.cmd.Process.Pid)-shown)/watched.Seconds()*100, "%interface")
		b.ReportMetric(memory(b, pid, "VmRSS"), "MB/worker")
		b.ReportMetric(memory(b, s.cmd.Process.Pid, "VmRSS"), "MB/interface")
		b.ReportMetric(load(), "load")
	}
}
