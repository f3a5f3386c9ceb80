//go:build unix

package child

import (
	"os"
	"syscall"
)

// killGroup kills a process and all of its group.
func killGroup(p *os.Process) {
	_ = syscall.Kill(-p.Pid, syscall.SIGKILL)
	_ = p.Kill()
}

// killed tells whether a process was ended by a signal.
func killed(s *os.ProcessState) bool {
	if s == nil {
		return false
	}
	status, ok := s.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}
