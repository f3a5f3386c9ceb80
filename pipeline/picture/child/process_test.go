//go:build unix

package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weft/pipeline/picture"
)

// A warm child is used again; what is ordinary needs none.
func TestWarm(t *testing.T) {
	e := engine(t, "child")
	for range 3 {
		if _, _, err := e.Run(t.Context(), animation(t, 64, 48), one(t, "fit 20"), limits); err != nil {
			t.Fatal(err)
		}
	}
	if len(e.idle) != 1 {
		t.Errorf("%d children are warm", len(e.idle))
	}
	pid := e.idle[0].cmd.Process.Pid
	if _, _, err := e.Preview(t.Context(), animation(t, 64, 48), 9, 9, limits); err != nil || e.idle[0].cmd.Process.Pid != pid {
		t.Error("another child:", err)
	}
	p := e.idle[0]
	if limit, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid)); err == nil && !raced && regexp.MustCompile(`Max address space +unlimited`).Match(limit) {
		t.Errorf("the kernel does not limit the child:\n%s", limit)
	}
	e.Close()
	<-p.done
	if p.state.ExitCode() != 0 {
		t.Error("a warm child that is not needed any more ended as", p.state)
	}
	if _, _, err := (*Engine)(nil).Run(t.Context(), photo(t, 64, 48), one(t, "fit 20"), limits); err != nil {
		t.Error("a photo without children:", err)
	}
}

// A warm child that a large picture had take much address space keeps it for a small one: a limit below what it has would end it.
func TestSmallAfterLarge(t *testing.T) {
	e := engine(t, "child")
	p := must2(e.take(true))(t)
	defer p.kill()
	ask := func(source []byte, memory int64) {
		r := request{Recipes: one(t, "fit 20 | png"), Limits: limits, Memory: memory}
		if a, err := p.ask(t.Context(), time.Minute, r, source); err != nil || a.Error != "" {
			t.Fatalf("of %d MiB: %v, %s", memory>>20, err, a.Error)
		}
	}
	ask(animation(t, 4000, 3000), 768<<20)
	ask(animation(t, 64, 48), 24<<20)
	number := func(file, pattern string) int {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
		found := regexp.MustCompile(pattern).FindSubmatch(text)
		if found == nil {
			return 0 // another system, or no limit
		}
		return must2(strconv.Atoi(string(found[1])))(t)
	}
	limit, has := number("limits", `Max address space +(\d+)`), number("status", `VmSize:\s+(\d+) kB`)<<10
	if limit > 0 && limit < has {
		t.Errorf("it has %d MiB and may have %d", has>>20, limit>>20)
	}
}

// Whatever befalls a child, the picture fails with one line that says why, and the next picture is made.
func TestFaults(t *testing.T) {
	for role, want := range map[string]struct {
		text string
		kind error
	}{
		"panic":  {"the decoder gave up: panic: assignment to a pixel that is not there", picture.ErrDamaged},
		"stack":  {"the decoder gave up: fatal error: stack overflow", picture.ErrDamaged},
		"hog":    {"far more memory than a picture of its size", picture.ErrLimit},
		"hang":   {"far more time than a picture of its size", picture.ErrDamaged},
		"exit":   {"ended without an answer", nil},
		"babble": {"does not keep to the protocol", nil},
	} {
		t.Run(role, func(t *testing.T) {
			e := engine(t, role)
			if role == "hang" || role == "babble" {
				e.patience = 200 * time.Millisecond
			}
			out, facts, err := e.Run(t.Context(), animation(t, 64, 48), one(t, "fit 20"), limits)
			if err == nil || len(out) != 0 || !strings.Contains(err.Error(), want.text) || want.kind != nil && !errors.Is(err, want.kind) ||
				strings.Contains(err.Error(), "\n") || facts.Width != 64 {
				t.Errorf("%d results, %+v, %v", len(out), facts, err)
			}
			if len(e.idle) != 0 {
				t.Error("the child is kept")
			}
			e.Env[0] = roleEnv + "=child"
			e.patience = 0
			if _, _, err := e.Run(t.Context(), animation(t, 64, 48), one(t, "fit 20"), limits); err != nil {
				t.Error("the next picture:", err)
			}
		})
	}
}

// Without a program to start, or with one that is not there, what is for a child fails and says so: it is not worked on here.
func TestNoProgram(t *testing.T) {
	for _, e := range []*Engine{nil, {}, {Command: []string{"/nowhere/weft"}}} {
		_, _, err := e.Run(t.Context(), animation(t, 64, 48), one(t, "fit 20"), limits)
		if err == nil || !strings.Contains(err.Error(), "an animation is worked on in a process of its own, which could not be started") {
			t.Error(err)
		}
		e.Close()
	}
}

// A cancelled picture ends its child at once.
func TestCancel(t *testing.T) {
	e := engine(t, "hang")
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(100*time.Millisecond, cancel)
	if _, _, err := e.Run(ctx, animation(t, 64, 48), one(t, "fit 20"), limits); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A child that somebody kills while it waits is replaced; one killed at work is tried once more.
func TestKilledFromOutside(t *testing.T) {
	e := engine(t, "child")
	source := animation(t, 64, 48)
	for range 2 {
		if _, _, err := e.Run(t.Context(), source, one(t, "fit 20"), limits); err != nil {
			t.Fatal(err)
		}
		kill(t, e.idle[0])
	}
	p, err := start([]string{os.Args[0]}, []string{roleEnv + "=hang"})
	if err != nil {
		t.Fatal(err)
	}
	e.put(p, 0) // it looks like a warm one
	time.AfterFunc(100*time.Millisecond, func() { kill(t, p) })
	if _, _, err := e.Run(t.Context(), source, one(t, "fit 20"), limits); err != nil {
		t.Error(err)
	}
}

func kill(t *testing.T, p *process) {
	if err := syscall.Kill(p.cmd.Process.Pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	<-p.done
}

// What a child may hold is taken from the memory that all pictures of the parent share.
func TestSharesTheBudget(t *testing.T) {
	e := engine(t, "child")
	release, err := picture.Reserve(t.Context(), limits.Memory, limits)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := e.Run(ctx, animation(t, 64, 48), one(t, "fit 20"), limits); !errors.Is(err, context.DeadlineExceeded) {
		t.Error("it did not wait for memory:", err)
	}
	release()
	if _, _, err := e.Run(t.Context(), animation(t, 64, 48), one(t, "fit 20"), limits); err != nil {
		t.Error(err)
	}
}

// beParent starts a child at work, tells its pid, and waits to be killed.
func beParent() {
	e := &Engine{Command: []string{os.Args[0]}, Env: []string{roleEnv + "=hang"}}
	p, err := e.take(true)
	if err != nil {
		panic(err)
	}
	fmt.Println(p.cmd.Process.Pid)
	_, _ = p.ask(context.Background(), time.Hour, request{Memory: 1 << 30}, []byte("source"))
}

// A child does not outlive its parent, even one at work whose parent is killed.
func TestEndsWithItsParent(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), roleEnv+"=parent")
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 16)
	n, err := out.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	pid := must2(strconv.Atoi(strings.TrimSpace(string(line[:n]))))(t)
	if err := syscall.Kill(pid, 0); err != nil {
		t.Fatal("the child is not there:", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	for deadline := time.Now().Add(20 * time.Second); runs(pid); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the child lives on")
		}
	}
}

func must2[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T { t.Helper(); return must(t, v, err) }
}

// runs tells whether a process is there and no zombie.
func runs(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil && os.IsPermission(err) || err == nil && !strings.Contains(string(stat), ") Z ")
}

// The child's environment is what it is given: no credential reaches it.
func TestNoSecretsInTheChild(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hush")
	e := engine(t, "child")
	p, err := e.take(true)
	if err != nil {
		t.Fatal(err)
	}
	defer p.kill()
	for _, v := range p.cmd.Env {
		if strings.HasPrefix(v, "AWS_") {
			t.Error(v)
		}
	}
	if env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.cmd.Process.Pid)); err == nil && bytes.Contains(env, []byte("hush")) {
		t.Errorf("%q", env)
	}
}
