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

// first makes this process the first to go where the machine's memory ends,
// before the worker, and has it leave no core dump.
func first() {
	_ = os.WriteFile("/proc/self/oom_score_adj", []byte("1000"), 0)
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// mapped is this process's address space, in bytes; 0 if that is not known.
func mapped() int64 {
	status, err := os.ReadFile("/proc/self/status")
	_, rest, _ := strings.Cut(string(status), "VmSize:")
	fields := strings.Fields(rest)
	if err != nil || len(fields) == 0 || raced { // what the race detector maps beside each page would count
		return 0
	}
	kilobytes, err := strconv.ParseInt(fields[0], 10, 64)
	if err != nil {
		return 0
	}
	return kilobytes << 10
}

// confine has the kernel refuse this process more than so many bytes of address
// space beside what it had at its start, in whole arenas, which is how Go takes
// it. The limit on data would let one allocation of any size through: Go writes
// to space it has reserved before, which Linux does not count again.
func confine(start, bytes int64) {
	const arena = 64 << 20
	var limit syscall.Rlimit
	if start == 0 || syscall.Getrlimit(syscall.RLIMIT_AS, &limit) != nil {
		return // the watch is left
	}
	limit.Cur = min(uint64(start+bytes+arena), limit.Max)
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &limit)
}
