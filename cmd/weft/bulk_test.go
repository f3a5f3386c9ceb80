package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// Ctrl+C ends a folder's upload, download and deletion with exit code 130 and a
// word on how far it went, and what was said to be done is done.
func TestInterruptedFoldersSayHowFarTheyWent(t *testing.T) {
	h := openHousehold(t)
	h.weft("worker")
	tree := filepath.Join(h.dir, "tree")
	if err := os.Mkdir(tree, 0o700); err != nil {
		t.Fatal(err)
	}
	const files = 400
	for i := range files {
		if err := os.WriteFile(filepath.Join(tree, fmt.Sprintf("%04d.txt", i)), []byte(fmt.Sprint(i)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	told := regexp.MustCompile(`interrupted: (\d+) of (\d+) done`)
	for _, c := range []struct {
		args []string
		ends bool // it may be done before the signal comes
	}{{args: []string{"put", "-r", tree, "search_uploads/many/"}}, {args: []string{"get", "-r", "search_uploads/many/", filepath.Join(h.dir, "down")}},
		{args: []string{"rm", "-r", "--yes", "search_uploads/many/"}, ends: true}} {
		before := len(strings.Fields(h.weft("ls", "-r", "search_uploads/many/")))
		code, out, said := h.interrupted(c.args...)
		after := len(strings.Fields(h.weft("ls", "-r", "search_uploads/many/")))
		lines := strings.Count(out, "\n")
		m := told.FindStringSubmatch(said)
		if c.ends && code == 0 {
			continue
		}
		if code != exitInterrupted || m == nil || m[1] != fmt.Sprint(lines) {
			t.Errorf("%s: exit code %d after %d lines: %s", c.args[0], code, lines, said)
		}
		switch {
		case c.args[0] == "put" && after < lines, c.args[0] == "rm" && before-after < lines:
			t.Errorf("%s: %d keys before, %d after, said to be done: %d", c.args[0], before, after, lines)
		case c.args[0] == "put":
			h.weft(c.args...)
		}
	}
}

// interrupted sends SIGINT to a command after its first line of output.
func (h *household) interrupted(args ...string) (code int, out, said string) {
	h.t.Helper()
	bin, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	c := exec.Command(bin, args...)
	c.Dir, c.Env = h.dir, h.env
	var errs bytes.Buffer
	c.Stderr = &errs
	pipe, err := c.StdoutPipe()
	if err != nil {
		h.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		h.t.Fatal(err)
	}
	var all strings.Builder
	for r := bufio.NewReader(pipe); ; {
		line, err := r.ReadString('\n')
		if all.WriteString(line); err != nil {
			break
		}
		if all.Len() == len(line) {
			_ = c.Process.Signal(syscall.SIGINT)
		}
	}
	err = c.Wait()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		code = e.ExitCode()
	}
	return code, all.String(), errs.String()
}
