//go:build unix

package child

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"io"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// roleEnv makes the test binary something else: a child, or one with a fault.
const roleEnv = "WEFT_TEST_ROLE"

func TestMain(m *testing.M) {
	role, act := os.Getenv(roleEnv), map[string]func(){
		"child": Serve,
		"panic": func() { faulty(func() { panic("assignment to a pixel that is not there") }) },
		"stack": func() { faulty(func() { deeper(0) }) },
		"hog":   func() { faulty(hog) },
		"hang":  func() { faulty(func() { select {} }) },
		"exit":  func() { os.Exit(3) },
		"babble": func() {
			fmt.Print(strings.Repeat("no answer ", 1000))
			faulty(func() { select {} })
		},
		"parent": beParent,
		"victim": beVictim,
	}[os.Getenv(roleEnv)]
	if role == "" {
		os.Exit(m.Run())
	}
	act()
}

// faulty is a child whose work does harm in a goroutine of its own, where no
// recover sees it, as a library's may.
func faulty(harm func()) {
	var r request
	if _, err := receive(os.Stdin, &r); err != nil {
		os.Exit(0)
	}
	debug.SetMaxStack(maxStack)
	confine(mapped(), r.Memory)
	go watch(r.Memory, nil)
	go harm()
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func deeper(n int) int {
	var frame [1024]byte
	frame[n%1024] = 1
	if n == 1<<30 {
		return 0
	}
	return deeper(n+1) + int(frame[(n+1)%1024])
}

// hog takes memory at once, as a header that lies has a decoder do.
func hog() {
	b := make([]byte, 8<<30)
	for i := range b {
		b[i] = 1
	}
}

// engine has children of this test binary in a role.
func engine(t testing.TB, role string) *Engine {
	e := &Engine{Command: []string{os.Args[0]}, Env: []string{roleEnv + "=" + role}}
	t.Cleanup(e.Close)
	return e
}

var limits = config.Limits{Pixels: 50_000_000, Bytes: 64 << 20, Memory: 768 << 20}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func one(t testing.TB, steps string) []recipe.Recipe {
	s, err := recipe.ParseSteps(steps)
	return []recipe.Recipe{{Name: "test", To: recipe.DefaultTo, Steps: must(t, s, err)}}
}

// animation is a GIF of two frames, which is for a child.
func animation(t testing.TB, w, h int) []byte {
	t.Helper()
	var g gif.GIF
	for i := range 2 {
		p := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Gray{40}, color.Gray{200}})
		for j := range p.Pix {
			p.Pix[j] = uint8((j + i) / 3 % 2)
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 5)
	}
	var b bytes.Buffer
	return must(t, &b, gif.EncodeAll(&b, &g)).Bytes()
}

func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i/7*31 | i%4/3*255)
	}
	var b bytes.Buffer
	return must(t, &b, jpeg.Encode(&b, img, nil)).Bytes()
}

// A child makes the same as this process would: results, facts, previews, and errors by their kind.
func TestSameAsHere(t *testing.T) {
	e, source := engine(t, "child"), animation(t, 64, 48)
	recipes := append(one(t, "fit 20 | png"), one(t, "fit 30 | jpeg q70")...)
	recipes[1].Name, recipes[1].Place = "second", "a file"
	drawing := photo(t, 20, 20)
	recipes = append(recipes, one(t, "fit 40 | watermark image logo.jpg | png")...)
	recipes[2].Name, recipes[2].Marks = "third", []recipe.Mark{{Key: "logo.jpg", ETag: "x", Data: drawing}}
	want, facts, err := picture.Run(t.Context(), source, recipes, limits)
	if err != nil || facts.Frames != 2 {
		t.Fatal(facts, err)
	}
	got, gotFacts, err := e.Run(t.Context(), source, recipes, limits)
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotFacts, facts) {
		t.Errorf("%+v, %+v, %v", got, gotFacts, err)
	}
	small, _, err := picture.Preview(t.Context(), source, 20, 20, limits)
	here := must(t, small, err)
	small, gotFacts, err = e.Preview(t.Context(), source, 20, 20, limits)
	if err != nil || !reflect.DeepEqual(small, here) || gotFacts.Width != 64 {
		t.Errorf("preview: %+v, %v", gotFacts, err)
	}
	if !bytes.Equal(recipes[2].Marks[0].Data, drawing) {
		t.Error("the mark is gone")
	}
	bad := append(one(t, "resize 20000x20000"), one(t, "fit 20")...)
	bad[0].Name = "huge"
	got, _, err = e.Run(t.Context(), source, bad, limits)
	if len(got) != 1 || got[0].Recipe.Name != "test" || !errors.Is(err, picture.ErrLimit) || !strings.Contains(err.Error(), "recipe huge") {
		t.Errorf("%d results, %v", len(got), err)
	}
	broken := bytes.Clone(source)
	broken[len(broken)/3] ^= 0xff
	_, _, want2 := picture.Run(t.Context(), broken, recipes, limits)
	if _, _, err = e.Run(t.Context(), broken, recipes, limits); fmt.Sprint(err) != fmt.Sprint(want2) || errors.Is(err, picture.ErrDamaged) != errors.Is(want2, picture.ErrDamaged) {
		t.Errorf("%v, want %v", err, want2)
	}
	if _, _, err := e.Run(t.Context(), source[:len(source)-20], recipes, limits); !errors.Is(err, picture.ErrTruncated) {
		t.Error("cut short:", err)
	}
}

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

// No length in a message is believed: a lie costs no memory, and anything else than a message is an error.
func FuzzReceive(f *testing.F) {
	var b bytes.Buffer
	if err := sendAnswer(&b, answer{Picture: image.NewNRGBA(image.Rect(0, 0, 2, 1)), Results: []picture.Result{{Data: []byte("data")}}, Made: []int{0}, Error: "no", Kinds: []int{1}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(append(binary.BigEndian.AppendUint32(nil, 40), `{"blobs":[2147483647],"body":{"width":1}}`...))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := receiveAnswer(bytes.NewReader(data))
		if err != nil {
			return
		}
		_ = a.err()
		if a.Picture != nil && len(a.Picture.Pix) != 4*a.Picture.Rect.Dx()*a.Picture.Rect.Dy() {
			t.Error("a picture of another size")
		}
		var again bytes.Buffer
		if err := sendAnswer(&again, a); err != nil {
			t.Fatal(err)
		}
		if b, err := receiveAnswer(&again); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%+v became %+v, %v", a, b, err)
		}
	})
}

// What a child costs: a small animation through a warm one, through a new one, and in the process itself.
func BenchmarkChild(b *testing.B) {
	source, recipes := animation(b, 64, 48), one(b, "fit 20")
	for name, run := range map[string]func(e *Engine) error{
		"here": func(*Engine) error { _, _, err := picture.Run(b.Context(), source, recipes, limits); return err },
		"warm": func(e *Engine) error { _, _, err := e.Run(b.Context(), source, recipes, limits); return err },
		"new": func(e *Engine) error {
			_, _, err := e.Run(b.Context(), source, recipes, limits)
			e.Close()
			e.closed = false
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			e := engine(b, "child")
			for b.Loop() {
				if err := run(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What the wall costs an ordinary photo: its header is looked at once more.
func BenchmarkWeigh(b *testing.B) {
	source, recipes := photo(b, 4000, 3000), recipe.Builtin()
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := picture.Weigh(source, recipes, limits); err != nil {
			b.Fatal(err)
		}
	}
}
