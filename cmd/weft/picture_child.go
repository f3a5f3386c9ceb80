package main

import (
	"os"
	"runtime"

	"github.com/spf13/cobra"

	"weft/pipeline/picture/child"
)

const childName = "picture-child"

// childCommand is what this program is when it works on a picture that no other
// guard is known for. It is no command for people.
func childCommand() *cobra.Command {
	return &cobra.Command{
		Use: childName, Short: "Work on pictures for another process", Hidden: true, Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) { child.Serve() },
	}
}

// newEngine is the image engine whose children are this very program, also
// after another version was put in its place.
func newEngine() *child.Engine {
	self, err := os.Executable()
	if runtime.GOOS == "linux" {
		self = "/proc/self/exe"
	} else if err != nil {
		return nil // what is for a child is refused
	}
	return &child.Engine{Command: []string{self, childName}}
}
