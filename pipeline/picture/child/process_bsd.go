//go:build unix && !linux

package child

import "syscall"

// attributes put the child into a group of its own, so that a Ctrl+C is the
// parent's to handle. It ends with its parent when its input does.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
