//go:build !linux

package queue

// remoteDisk cannot tell here.
func remoteDisk(string) string { return "" }
