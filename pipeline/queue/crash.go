package queue

import (
	"bufio"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
)

// crashReport is the file in which a worker that crashes tells why. One that was
// killed tells nothing.
func (q *Queue) crashReport() string { return q.db.name + ".crash" }

// reportCrash has this process write its report to a file, should it crash; the
// report of the one before is overwritten.
func reportCrash(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("the crash report: %w", err)
	}
	defer func() { _ = f.Close() }() // the runtime has a copy
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		return fmt.Errorf("the crash report: %w", err)
	}
	return nil
}

// readCrash is the line of a report that says why a Go program died, or "".
func readCrash(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := lines.Text(); strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") {
			return fmt.Sprintf("%.200s", line)
		}
	}
	return ""
}
