package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"image/color"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal runs the real program on a pseudo-terminal and shows what a person
// would see: an emulator holds the screen, keys go in as bytes.
type terminal struct {
	t    *testing.T
	cmd  *exec.Cmd
	file *os.File
	gone chan struct{} // closed when the program has ended

	mu     sync.Mutex
	screen *vt.Emulator
	raw    bytes.Buffer // everything the program wrote
	width  int
	height int
}

// program builds weft once for all tests and gives its path.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "weft-test-")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "weft")
	out, err := exec.Command("go", "build", "-o", bin, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build weft: %w\n%s", err, out)
	}
	return bin, nil
})

// openTerminal starts weft in a folder, in a terminal of width × height cells.
func openTerminal(t *testing.T, width, height int, dir string, env []string, args ...string) *terminal {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, screen: vt.NewEmulator(width, height), width: width, height: height, gone: make(chan struct{})}
	x.screen.SetDefaultBackgroundColor(color.RGBA{24, 24, 27, 255})
	x.cmd = exec.Command(bin, args...)
	x.cmd.Dir = dir
	x.cmd.Env = append(env, "TERM=xterm-256color", "COLORTERM=truecolor", "TZ=UTC")
	x.file, err = pty.StartWithSize(x.cmd, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)})
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(x.file, x.screen) // the emulator's answers to the program's questions
	go x.read()
	t.Cleanup(func() {
		_ = x.cmd.Process.Kill()
		<-x.gone
		_ = x.file.Close()
	})
	return x
}

func (x *terminal) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := x.file.Read(buf)
		x.mu.Lock()
		x.raw.Write(buf[:n])
		_, _ = x.screen.Write(buf[:n])
		x.mu.Unlock()
		if err != nil {
			break
		}
	}
	_ = x.cmd.Wait()
	close(x.gone)
}

// named are the keys that are more than a letter.
var named = map[string]string{
	"enter": "\r", "esc": "\x1b[27u", "tab": "\t", "space": " ", "backspace": "\x7f", "down": "\x1b[B", "up": "\x1b[A",
	"right": "\x1b[C", "left": "\x1b[D", "pgdown": "\x1b[6~", "ctrl+c": "\x03", "ctrl+u": "\x15", "end": "\x1b[F", "home": "\x1b[H",
}

// press types keys one after another; words that name no key are typed as text.
func (x *terminal) press(keys ...string) {
	x.t.Helper()
	for _, k := range keys {
		if s, ok := named[k]; ok {
			k = s
		}
		if _, err := io.WriteString(x.file, k); err != nil {
			x.t.Fatalf("press %q: %v", k, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// text is the screen without colours.
func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var b strings.Builder
	for y := range x.height {
		for i := 0; i < x.width; i++ {
			c := x.screen.CellAt(i, y)
			if c == nil || c.Content == "" {
				b.WriteByte(' ')
				continue
			}
			b.WriteString(c.Content)
			i += max(0, c.Width-1)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// wait looks at the screen until it holds every one of the texts.
func (x *terminal) wait(want ...string) {
	x.t.Helper()
	x.until(strings.Join(want, " and "), func(screen string) bool {
		for _, w := range want {
			if !strings.Contains(screen, w) {
				return false
			}
		}
		return true
	})
}

func (x *terminal) until(what string, ok func(screen string) bool) {
	x.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		if ok(x.text()) {
			return
		}
		select {
		case <-x.gone:
			if ok(x.text()) {
				return
			}
			x.t.Fatalf("weft ended before the screen showed %s:\n%s", what, x.text())
		default:
		}
	}
	x.t.Fatalf("the screen never showed %s:\n%s", what, x.text())
}

// ended answers the question about work under way, if it is asked, and waits
// until the program is gone.
func (x *terminal) ended() {
	x.t.Helper()
	asked := false
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(30 * time.Millisecond) {
		select {
		case <-x.gone:
			if code := x.cmd.ProcessState.ExitCode(); code != 0 {
				x.t.Fatalf("weft ended with exit code %d:\n%s", code, x.text())
			}
			return
		default:
		}
		if !asked && strings.Contains(x.text(), "Leave weft?") {
			asked = true
			x.press("y")
		}
	}
	x.t.Fatalf("weft did not end:\n%s", x.text())
}

var osc52 = regexp.MustCompile(`\x1b\]52;c;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)`)

// copied is the text that the program put on the clipboard last.
func (x *terminal) copied() string {
	x.t.Helper()
	x.mu.Lock()
	defer x.mu.Unlock()
	all := osc52.FindAllSubmatch(x.raw.Bytes(), -1)
	if len(all) == 0 {
		return ""
	}
	text, err := base64.StdEncoding.DecodeString(string(all[len(all)-1][1]))
	if err != nil {
		x.t.Fatal(err)
	}
	return string(text)
}

// svg draws the screen as a picture: 8 × 17 units a cell.
func (x *terminal) svg() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	const cw, ch = 8.4, 18.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.1f %.1f" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="14">`+"\n", cw*float64(x.width)+16, ch*float64(x.height)+16)
	b.WriteString(`<rect width="100%" height="100%" rx="8" fill="#18181b"/>` + "\n" + `<g transform="translate(8 8)">` + "\n")
	for y := range x.height {
		for i := 0; i < x.width; {
			i = x.svgRun(&b, i, y, cw, ch)
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

// svgRun draws the cells of one style from column i on, and gives the column after them.
func (x *terminal) svgRun(b *strings.Builder, i, y int, cw, ch float64) int {
	first := x.screen.CellAt(i, y)
	var text strings.Builder
	from := i
	for ; i < x.width; i++ {
		c := x.screen.CellAt(i, y)
		if c == nil || !c.Style.Equal(&first.Style) || (c.Content == "▀") != (first.Content == "▀") {
			break
		}
		if c.Content == "" {
			text.WriteByte(' ')
		}
		text.WriteString(c.Content)
	}
	px, py, w := float64(from)*cw, float64(y)*ch, float64(i-from)*cw
	if first.Style.Bg != nil {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`, px, py, w+0.3, ch+0.3, hex(first.Style.Bg))
	}
	if first.Content == "▀" {
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", px, py, w+0.3, ch/2+0.3, hex(first.Style.Fg))
		return max(i, from+1)
	}
	s := strings.TrimRight(text.String(), " ")
	if s == "" {
		return max(i, from+1)
	}
	ink, weight := "#e4e4e7", ""
	if first.Style.Fg != nil {
		ink = hex(first.Style.Fg)
	}
	if first.Style.Attrs&1 != 0 {
		weight = ` font-weight="bold"`
	}
	lead := len(s) - len(strings.TrimLeft(s, " "))
	s = s[lead:]
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" fill="%s"%s textLength="%.1f" lengthAdjust="spacingAndGlyphs" xml:space="preserve">%s</text>`+"\n",
		px+float64(lead)*cw, py+13.5, ink, weight, float64(len([]rune(s)))*cw, html.EscapeString(s))
	return max(i, from+1)
}

func hex(c color.Color) string {
	r, g, bl, _ := c.RGBA()
	return fmt.Sprintf("#%02x%02x%02x", r>>8, g>>8, bl>>8)
}
