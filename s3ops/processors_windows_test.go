package s3ops_test

import "syscall"

// processors is the time this process has spent on processors, in seconds.
func processors() float64 {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0
	}
	var begun, ended, system, user syscall.Filetime
	if err := syscall.GetProcessTimes(self, &begun, &ended, &system, &user); err != nil {
		return 0
	}
	ticks := func(f syscall.Filetime) int64 { return int64(f.HighDateTime)<<32 | int64(f.LowDateTime) } // of 100 ns
	return float64(ticks(system)+ticks(user)) / 1e7
}
