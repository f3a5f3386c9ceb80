package tui

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// patience is how long a test waits for a screen before it fails. It is never
// waited for when the screen comes.
const patience = 10 * time.Second

// screen is a program that runs in a terminal emulator, with the keyboard and
// the eyes of a test.
type screen struct {
	t       testing.TB
	program *tea.Program
	keys    *io.PipeWriter // keyboard and answers of the terminal, to the program

	mu       sync.Mutex // guards what follows; the emulator is not safe by itself
	terminal *vt.Emulator
	written  int // bytes from the program
	frames   int // writes that held more than nothing
	sent     []byte
}

// Write is the program's output. Each frame comes in one call.
func (s *screen) Write(frame []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written += len(frame)
	s.sent = append(s.sent, frame...)
	s.frames++
	// Without a TTY the program counts on the line discipline to turn LF into
	// CR LF (ONLCR), as it does for a terminal in its usual mode.
	_, err := s.terminal.Write(bytes.ReplaceAll(frame, []byte("\n"), []byte("\r\n")))
	return len(frame), err
}

// show runs a model in a terminal of the given size until the test ends.
func show(t testing.TB, model tea.Model, width, height int) *screen {
	t.Helper()
	// not os.Pipe: the program closes files while it still waits on them
	input, keys := io.Pipe()
	s := &screen{t: t, keys: keys, terminal: vt.NewEmulator(width, height)}
	ctx, cancel := context.WithCancel(context.Background())
	s.program = tea.NewProgram(model,
		tea.WithContext(ctx), tea.WithInput(input), tea.WithOutput(s), tea.WithWindowSize(width, height),
		tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignalHandler(),
		tea.WithEnvironment([]string{"TERM=xterm-256color", "COLORTERM=truecolor"}))
	answers := s.terminal.InputPipe().(io.Closer)
	answered, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(answered)
		answer := make([]byte, 1024) // to the queries of the program
		for {
			n, err := s.terminal.Read(answer)
			if err != nil {
				return
			}
			_, _ = keys.Write(answer[:n]) // fails once the program has ended
		}
	}()
	go func() {
		defer close(ended)
		if _, err := s.program.Run(); err != nil && !errors.Is(err, tea.ErrProgramKilled) {
			t.Errorf("the program ended with: %v", err)
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		input.Close()
		answers.Close()
		<-answered
	})
	return s
}

// keyBytes are what terminals send for keys that are no characters. Escape is
// sent in the form that cannot be taken for the beginning of another key.
var keyBytes = map[string]string{
	"enter": "\r", "esc": "\x1b[27u", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ", "backspace": "\x7f",
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
	"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "delete": "\x1b[3~", "f1": "\x1bOP",
	"ctrl+c": "\x03", "ctrl+d": "\x04", "ctrl+u": "\x15", "ctrl+f": "\x06", "ctrl+b": "\x02", "ctrl+l": "\x0c", "ctrl+p": "\x10",
}

// press types keys by their names; what is no name is typed as it stands.
func (s *screen) press(names ...string) {
	s.t.Helper()
	for _, name := range names {
		text, ok := keyBytes[name]
		if !ok {
			text = name
		}
		if _, err := io.WriteString(s.keys, text); err != nil {
			s.t.Fatal(err)
		}
	}
}

// resize changes the terminal's size, as dragging its corner does.
func (s *screen) resize(width, height int) {
	s.mu.Lock()
	s.terminal.Resize(width, height)
	s.mu.Unlock()
	s.program.Send(tea.WindowSizeMsg{Width: width, Height: height})
}

// text is what stands on the screen, without colours and without the spaces at
// the ends of the lines.
func (s *screen) text() string {
	s.mu.Lock()
	rendered := s.terminal.Render()
	s.mu.Unlock()
	lines := strings.Split(ansi.Strip(strings.ReplaceAll(rendered, "\r\n", "\n")), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

// awaitSent waits until the terminal was sent something that is not drawn, such
// as OSC 52.
func (s *screen) awaitSent(text string) {
	s.t.Helper()
	s.awaitThat(fmt.Sprintf("%q, sent to the terminal", text), func(string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return bytes.Contains(s.sent, []byte(text))
	})
}

// await waits until all of the texts stand on the screen.
func (s *screen) await(texts ...string) string {
	s.t.Helper()
	return s.awaitThat(strings.Join(texts, " and "), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// awaitGone waits until a text is no longer on the screen.
func (s *screen) awaitGone(text string) string {
	s.t.Helper()
	return s.awaitThat("no "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

// awaitThat waits until the screen is as told, or fails the test and shows it.
func (s *screen) awaitThat(what string, ok func(screen string) bool) string {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(4 * time.Millisecond) {
		text := s.text()
		if ok(text) {
			return text
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the screen never showed %s:\n%s", what, text)
		}
	}
}

// settle waits until the program has written nothing for a while.
func (s *screen) settle() {
	const quiet = 80 * time.Millisecond // several frames
	last, since := s.frameCount(), time.Now()
	for deadline := time.Now().Add(patience); time.Since(since) < quiet; time.Sleep(4 * time.Millisecond) {
		if now := s.frameCount(); now != last {
			last, since = now, time.Now()
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the screen never came to rest:\n%s", s.text())
		}
	}
}

func (s *screen) frameCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frames
}

// cost presses keys and tells how many bytes the terminal got for them, once
// the screen is at rest again.
func (s *screen) cost(names ...string) int {
	s.t.Helper()
	return s.costOf(func() { s.press(names...) })
}

// costOf is how many bytes the program writes for what is done.
func (s *screen) costOf(do func()) int {
	s.t.Helper()
	s.settle()
	s.mu.Lock()
	before := s.written
	s.mu.Unlock()
	do()
	s.settle()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.written - before
}

// golden compares the screen at rest with testdata/NAME.txt, or writes that
// file if the test runs with -update.
func (s *screen) golden(name string) {
	s.t.Helper()
	s.settle()
	compareGolden(s.t, name, s.text()+"\n")
}

func compareGolden(t testing.TB, name, got string) {
	t.Helper()
	path := filepath.Join(goldenDir, name+".txt")
	if *update {
		if err := os.MkdirAll(goldenDir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./tui -update writes it)", err)
	}
	if got != string(want) {
		t.Errorf("the screen differs from %s (go test ./tui -update accepts it). It is:\n%s\nand was:\n%s", path, got, want)
	}
}
