package main

import (
	"os"
	"testing"

	"weft/pipeline/picture/child"
)

// The test binary is the program too where the program starts itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == childName {
		child.Serve()
	}
	os.Exit(m.Run())
}
