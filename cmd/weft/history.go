package main

import (
	"context"
	"fmt"

	"weft/pipeline"
	"weft/pipeline/queue"
)

// history notes what a command does by itself in the same history as the work
// of the queue, so that weft undo and z know of it. That it cannot be noted is
// said once, and stops nothing.
type history struct {
	a      *app
	queue  *queue.Queue
	record *queue.Record
	broken bool
}

// add notes a task that was done. It opens the queue for the first one that
// changed the bucket.
func (h *history) add(ctx context.Context, t pipeline.Task, o pipeline.Outcome) {
	if h.broken || o.Skipped || t.Verb == pipeline.Download {
		return
	}
	ctx = context.WithoutCancel(ctx) // it was done, whatever ended the rest
	if h.queue == nil {
		q, err := h.a.queue(ctx)
		if err != nil {
			h.fail(err)
			return
		}
		h.queue, h.record = q, q.Record()
	}
	if err := h.record.Add(ctx, t, o); err != nil {
		h.fail(err)
	}
}

// close writes what is left.
func (h *history) close(ctx context.Context) {
	if h.queue == nil {
		return
	}
	if !h.broken {
		if err := h.record.Flush(context.WithoutCancel(ctx)); err != nil {
			h.fail(err)
		}
	}
	_ = h.queue.Close()
}

func (h *history) fail(err error) {
	h.broken = true
	h.a.out.warn(fmt.Sprintf("weft undo will not know of this: %v", err))
}
