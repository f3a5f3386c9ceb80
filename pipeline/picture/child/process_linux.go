package child

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// attributes put the child into a group of its own, so that a Ctrl+C is the
// parent's to handle, and end it with its parent.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// confine has the kernel refuse this process more than so many bytes of memory
// beside what it has mapped already, and a core dump. Where the machine's memory
// ends it is the first to go, before the worker.
func confine(bytes int64) {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	if raced {
		return // what the race detector maps beside each page would count
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return // the watch is left
	}
	_, rest, ok := strings.Cut(string(status), "VmData:")
	fields := strings.Fields(rest)
	if !ok || len(fields) == 0 {
		return
	}
	have, err := strconv.ParseUint(fields[0], 10, 64) // kB
	if err != nil {
		return
	}
	_ = syscall.Setrlimit(syscall.RLIMIT_DATA, &syscall.Rlimit{Cur: have<<10 + uint64(bytes), Max: have<<10 + uint64(bytes)})
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}
