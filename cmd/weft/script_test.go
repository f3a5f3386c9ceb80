package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Each command does what it promises, the whole program against the embedded
// store: results on standard output, JSON as scripts expect it, exit codes, and
// a clear word for bad input. The scripts are in testdata/script.
func TestScripts(t *testing.T) {
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			for k, v := range map[string]string{
				"HOME": home, "WEFT_HOME": filepath.Join(home, "weft"), "PATH": filepath.Dir(bin) + string(os.PathListSeparator) + os.Getenv("PATH"),
				"AWS_EC2_METADATA_DISABLED": "true", "ESC": "\x1b", "RLO": "\u202e", "NO_PROXY": "127.0.0.1",
			} {
				e.Setenv(k, v)
			}
			return os.MkdirAll(home, 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "big": big, "fields": fields, "picture": drawPicture, "table": drawTable, "await": await, "source": source, "http": fetch,
		},
	})
}

// table NAME: a photo of two swatches on a grey table, as PNG.
func drawTable(ts *testscript.TestScript, _ bool, names []string) {
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			noise := uint8((x*7 + y*13) % 5)
			c := color.RGBA{150 + noise, 150 + noise, 148, 255}
			if y > 50 && y < 190 && x%160 > 25 && x%160 < 135 {
				c = color.RGBA{uint8(40 + x/2), 40 + noise, 90, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	for _, name := range names {
		var b bytes.Buffer
		ts.Check(png.Encode(&b, img))
		ts.Check(os.WriteFile(ts.MkAbs(name), b.Bytes(), 0o600))
	}
}

// exits CODE COMMAND…: the command ends with exactly this code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		code = e.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if args[0] != strconv.Itoa(code) {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// fields NAME…: every line of the last output is one JSON object with these fields.
func fields(ts *testscript.TestScript, _ bool, names []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	for _, line := range lines {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%q is no JSON object: %v", line, err)
		}
		for _, n := range names {
			if _, ok := object[n]; !ok {
				ts.Fatalf("no field %q in %s", n, line)
			}
		}
	}
}

// drawPicture is picture FILE…: it writes a small JPEG.
func drawPicture(ts *testscript.TestScript, _ bool, args []string) {
	for i, name := range args {
		path := ts.MkAbs(name)
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o700))
		ts.Check(os.WriteFile(path, swatch(60+i), 0o600))
	}
}

// big DIR: fills a directory with pictures that take a worker some seconds.
func big(ts *testscript.TestScript, _ bool, args []string) {
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o700))
	data := swatchOf(1, 2400, 1600)
	for i := range 24 {
		ts.Check(os.WriteFile(filepath.Join(dir, strconv.Itoa(i)+".jpg"), data, 0o600))
	}
}

// await FILE TEXT: waits until the file holds the text.
func await(ts *testscript.TestScript, _ bool, args []string) {
	for range 600 {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(data), args[1]) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not come to hold %q", args[0], args[1])
}

// source FILE: takes over shell exports.
func source(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		name, value, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		if !ok {
			ts.Fatalf("%q is no export", line)
		}
		ts.Setenv(name, strings.Trim(value, "'"))
	}
}

// http FILE: gets the link that the last command printed into a file.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	r, err := http.Get(strings.TrimSpace(ts.ReadFile("stdout")))
	ts.Check(err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	ts.Check(err)
	if r.StatusCode != http.StatusOK {
		ts.Fatalf("%s: %s", r.Status, body)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), body, 0o600))
}
