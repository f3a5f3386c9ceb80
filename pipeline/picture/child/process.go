package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"weft/config"
	"weft/pipeline/picture"
)

// process is a child, seen from its parent. It answers one request at a time.
type process struct {
	cmd    *exec.Cmd
	in     *os.File // requests go here; closing it lets the child go
	out    *os.File
	stderr firstLines
	done   chan struct{} // closed when it has ended and its files are closed
	state  *os.ProcessState
	expiry *time.Timer // while it is idle
	late   bool        // it was killed for the time it took; set before out ends
}

// start starts a child.
func start(command, env []string) (*process, error) {
	var files [6]*os.File // in, out and stderr: the end for reading, the end for writing
	closeAll := func(all ...*os.File) {
		for _, f := range all {
			if f != nil {
				_ = f.Close()
			}
		}
	}
	for i := 0; i < 6; i += 2 {
		var err error
		if files[i], files[i+1], err = os.Pipe(); err != nil {
			closeAll(files[:]...)
			return nil, err
		}
	}
	p := &process{cmd: exec.Command(command[0], command[1:]...), in: files[1], out: files[2], done: make(chan struct{})}
	p.cmd.Env = append([]string{"GOTRACEBACK=none"}, env...) // no secrets, and a short trace
	p.cmd.Dir = os.TempDir()
	p.cmd.SysProcAttr = attributes()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = files[0], files[3], files[5]
	started := make(chan error)
	go func() {
		// Linux ends the child with the thread that started it: that one must stay.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		closeAll(files[0], files[3], files[5])
		started <- err
		if err != nil {
			return
		}
		var read sync.WaitGroup
		read.Go(func() { _, _ = io.Copy(&p.stderr, files[4]) })
		p.state, _ = p.cmd.Process.Wait()
		read.Wait()
		closeAll(files[1], files[2], files[4])
		close(p.done)
	}()
	if err := <-started; err != nil {
		closeAll(files[1], files[2], files[4])
		return nil, err
	}
	return p, nil
}

// ask sends a request and waits for the answer, at most so long. After an error
// the child is of no use any more.
func (p *process) ask(ctx context.Context, patience time.Duration, r request, source []byte) (answer, error) {
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	var mu sync.Mutex
	over := false
	clock := time.AfterFunc(patience, func() {
		mu.Lock()
		defer mu.Unlock()
		if !over {
			p.late = true
			p.kill()
		}
	})
	defer clock.Stop()
	sent := make(chan error, 1)
	go func() {
		plain, blobs := r.blobs(source)
		sent <- send(p.in, plain, blobs...)
	}()
	a, err := receiveAnswer(p.out)
	mu.Lock()
	over = true
	mu.Unlock()
	if err != nil {
		p.kill() // so that the sender ends too
	}
	return a, errors.Join(err, <-sent, ctx.Err())
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// kill ends the child at once, and whatever it may have started.
func (p *process) kill() {
	if p.alive() {
		killGroup(p.cmd.Process)
	}
}

// leave lets the child end by itself.
func (p *process) leave() { _ = p.in.Close() }

// errKilled means that a child was killed, by neither itself nor us.
var errKilled = errors.New("the process that worked on it was killed from outside, perhaps because memory was short: try again")

// reason tells why a child failed, once it has ended.
func (p *process) reason(err error, memory int64, l config.Limits) error {
	line := p.stderr.reason()
	switch {
	case p.late:
		return fmt.Errorf("%w: it took far more time than a picture of its size does, and was given up", picture.ErrDamaged)
	case errors.Is(err, errMessage):
		return err
	case p.state != nil && p.state.ExitCode() == exitMemory, strings.Contains(line, "out of memory"), strings.Contains(line, "cannot allocate memory"):
		if l.Memory > 0 && memory >= l.Memory {
			return fmt.Errorf("it needs more memory than the %d MiB there are, %w: raise limits.memory to allow it", memory>>20, picture.ErrLimit)
		}
		return fmt.Errorf("it needs far more memory than a picture of its size does, %w of %d MiB for it: save it anew first", picture.ErrLimit, memory>>20)
	case line != "":
		return fmt.Errorf("%w: the decoder gave up: %s", picture.ErrDamaged, line)
	case killed(p.state):
		return errKilled
	}
	return fmt.Errorf("the process that worked on it ended without an answer (%v): %w%s", p.state, err, p.stderr.first())
}

// firstLines keeps the beginning of what a child says on its standard error.
type firstLines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// maxStderr is how much is kept, in bytes.
const maxStderr = 4 << 10

// Write is io.Writer's; it takes everything.
func (f *firstLines) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.text.Write(b[:min(len(b), maxStderr-f.text.Len())])
	return len(b), nil
}

// first is the first line, if there is one, to stand behind an error.
func (f *firstLines) first() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	line, _, _ := strings.Cut(strings.TrimSpace(f.text.String()), "\n")
	if line == "" {
		return ""
	}
	return fmt.Sprintf("; it said %.200q", line)
}

// reason is the line that says why a Go program died, or "": what its runtime says,
// or the signal of a fault where it could say no more.
func (f *firstLines) reason() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	for line := range strings.Lines(f.text.String()) {
		for _, begin := range []string{"panic: ", "fatal error: ", "SIG"} {
			if strings.HasPrefix(line, begin) {
				return fmt.Sprintf("%.200s", strings.TrimSpace(line))
			}
		}
	}
	return ""
}
