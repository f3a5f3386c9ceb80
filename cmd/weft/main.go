// Command weft is a terminal interface for a bucket of fabric images, and its
// twin for scripts.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// A reader that has read enough (weft ls | head) must not kill a batch half
	// way; a handler, unlike Ignore, is not inherited by the worker.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the second Ctrl+C ends weft at once
	os.Exit(run(ctx, os.Args[1:]))
}
