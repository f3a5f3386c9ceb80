package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"weft/config"
)

// maxLog is the length at which a log is set aside, in bytes; one old one is kept.
const maxLog = 1 << 20

func logPath(cfg *config.Config) string { return filepath.Join(cfg.StateDir(), "worker.log") }

// logFile is a log that starts anew when it is long. Several processes may
// write one at once: each line is one write to its end.
type logFile struct {
	path string
	mu   sync.Mutex
	file *os.File
}

func openLog(path string) (*logFile, error) {
	l := &logFile{path: path}
	return l, l.open()
}

func (l *logFile) open() (err error) {
	l.file, err = os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return err
}

// isStderr tells whether this process's standard error goes to the log already.
func (l *logFile) isStderr() bool {
	a, errA := l.file.Stat()
	b, errB := os.Stderr.Stat()
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// Write is io.Writer's. A log that cannot be written must not stop the work, so
// it never fails.
func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if info, err := l.file.Stat(); err == nil && info.Size() > maxLog {
		old := l.file
		if os.Rename(l.path, l.path+".old") == nil && l.open() == nil {
			_ = old.Close()
		} else {
			l.file = old
		}
	}
	_, _ = l.file.Write(line)
	return len(line), nil
}

func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.file.Close()
}

// lastLine is the last line of a file that says something.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "it left no log"
	}
	defer func() { _ = f.Close() }()
	tail := make([]byte, 4096)
	if info, err := f.Stat(); err == nil && info.Size() > int64(len(tail)) {
		if _, err := f.Seek(-int64(len(tail)), 2); err != nil {
			return "its log cannot be read"
		}
	}
	n, _ := f.Read(tail)
	text := bytes.TrimSpace(tail[:n])
	line := string(text[bytes.LastIndexByte(text, '\n')+1:])
	if line = strings.TrimSpace(line); line == "" {
		return "it said nothing; the disk may be full"
	}
	return line
}
