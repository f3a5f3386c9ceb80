package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weft/pipeline"
	"weft/pipeline/queue"
)

func TestWatchedJobsFillNoScreen(t *testing.T) {
	// On a terminal a job's counts move in one line, cut to the terminal's width; what becomes of it is a line of its own.
	h := openHousehold(t)
	q := h.queue()
	const n = 12
	var all []pipeline.Task
	for i := range n {
		all = append(all, pipeline.Task{Verb: pipeline.Delete, Key: fmt.Sprintf("a/folder/with-a-long-name-so-that-its-line-would-wrap-%02d.jpg", i)})
	}
	if _, err := q.Submit(t.Context(), "many", slices.Values(all)); err != nil {
		t.Fatal(err)
	}
	x := openTerminal(t, 44, 12, h.dir, h.env, "jobs", "--watch")
	x.wait("queued")
	next := make(chan bool)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- q.Work(ctx, queue.WorkOptions{Do: func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
			<-next
			return pipeline.Outcome{}, nil
		}})
	}()
	for i := range n {
		x.wait(fmt.Sprintf("job 1: %d of %d", i, n))
		next <- true
	}
	x.wait("done")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	shown := x.text()
	if strings.Contains(shown, "job 1:") || strings.Count(shown, fmt.Sprintf("of %d", n)) != 3 {
		t.Errorf("queued, running and done are not all that is left:\n%s", shown)
	}
}
