package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"unicode"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"

	"weft/tui"
)

// console is where a command writes: results on standard output, everything
// else on standard error. A progress line steps aside for both. Its methods may
// be called from many goroutines.
type console struct {
	mu       sync.Mutex
	out, err *os.File
	outTTY   bool
	errTTY   bool
	label    string
	shown    bool  // a progress line is on the screen
	broken   error // standard output is gone
}

func newConsole(out, err *os.File) *console {
	return &console{out: out, err: err, outTTY: isTerminal(out), errTTY: isTerminal(err), label: errorLabel(err)}
}

// clean is the one place through which text from the bucket reaches a human.
func clean(s string) string { return tui.Clean(s) }

// write writes results; an error (the reader is gone) is kept and returned.
func (c *console) write(b []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	if c.broken == nil {
		_, c.broken = c.out.Write(b)
	}
	return c.broken
}

// line prints one line of results.
func (c *console) line(format string, args ...any) error {
	return c.write(fmt.Appendf(nil, format+"\n", args...))
}

// object prints one JSON object as one line of results.
func (c *console) object(v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	return c.write(b)
}

// encode is v as one line of JSON that is safe on a terminal: what JSON leaves
// raw but a terminal may act on (C1 controls, invisible and bidi characters) is
// escaped, which changes nothing for its reader.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	text := b.String()
	unsafe := func(r rune) bool { return r >= 0x7f && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }
	if !strings.ContainsFunc(text, unsafe) {
		return b.Bytes(), nil
	}
	var safe bytes.Buffer
	for _, r := range text {
		switch {
		case !unsafe(r):
			safe.WriteRune(r)
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&safe, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&safe, `\u%04x`, r)
		}
	}
	return safe.Bytes(), nil
}

// note says something that is no result; lines are cleaned one by one.
func (c *console) note(format string, args ...any) { c.say("", fmt.Sprintf(format, args...)) }

// warn tells of something to mend that stops nothing.
func (c *console) warn(text string) { c.say(c.label+"warning: ", text) }

// fail tells of a failure.
func (c *console) fail(text string) { c.say(c.label, text) }

func (c *console) say(label, text string) {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	_, _ = io.WriteString(c.err, label+strings.Join(lines, "\n")+"\n")
}

// progress shows a line on a terminal that the next output replaces. It is cut
// to the terminal's width: of a line that wraps only the end could be taken back.
func (c *console) progress(text string) {
	if !c.errTTY {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clear()
	if text != "" {
		text = clean(text)
		if width, _, err := term.GetSize(c.err.Fd()); err == nil && width > 0 {
			text = ansi.Truncate(text, width-1, "…")
		}
		_, _ = io.WriteString(c.err, text)
		c.shown = true
	}
}

// clear removes the progress line; the caller holds the lock.
func (c *console) clear() {
	if c.shown {
		_, _ = io.WriteString(c.err, "\r\x1b[K")
		c.shown = false
	}
}

// asks tells whether a question can be put: both ends are a terminal.
func (c *console) asks() bool { return c.errTTY && isTerminal(os.Stdin) }

// input is standard input, but for ending with ctx: a read from a terminal or a
// pipe would not hear Ctrl+C.
func input(ctx context.Context) io.Reader {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(w, os.Stdin)
		_ = w.CloseWithError(err)
	}()
	return r
}

func isTerminal(f *os.File) bool { return term.IsTerminal(f.Fd()) }
