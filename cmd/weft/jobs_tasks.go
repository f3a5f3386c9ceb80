package main

import (
	"context"
	"iter"
	"strings"

	"weft/pipeline/queue"
)

// failure is one task that failed, as scripts see it.
type failure struct {
	Key   string `json:"key"`
	Error string `json:"error"`
}

// text names the key, once.
func (f failure) text() string {
	if strings.Contains(f.Error, clean(f.Key)) {
		return f.Error
	}
	return f.Key + ": " + f.Error
}

// failuresOf reads all that failed in a job.
func failuresOf(ctx context.Context, q *queue.Queue, id int64) ([]failure, error) {
	out := []failure{}
	for t, err := range pages(func(offset, limit int) ([]queue.TaskState, error) {
		return q.Tasks(ctx, id, offset, limit, queue.Failed)
	}) {
		if err != nil {
			return out, err
		}
		out = append(out, failure{t.Task.Key, t.Error})
	}
	return out, nil
}

// noted is what should be known of something that was done, as scripts see it.
type noted struct {
	Key  string `json:"key"`
	Note string `json:"note"`
}

func (n noted) text() string { return n.Key + ": " + n.Note }

// notesOf reads what should be known of what was done in a job.
func notesOf(ctx context.Context, q *queue.Queue, id int64) (out []noted, err error) {
	for t, err := range pages(func(offset, limit int) ([]queue.TaskState, error) { return q.Noted(ctx, id, offset, limit) }) {
		if err != nil {
			return out, err
		}
		out = append(out, noted{t.Task.Key, t.Outcome.Note})
	}
	return out, nil
}

// pages reads tasks page by page.
func pages(read func(offset, limit int) ([]queue.TaskState, error)) iter.Seq2[queue.TaskState, error] {
	return func(yield func(queue.TaskState, error) bool) {
		const page = 500
		for offset := 0; ; offset += page {
			tasks, err := read(offset, page)
			if err != nil {
				yield(queue.TaskState{}, err)
				return
			}
			for _, t := range tasks {
				if !yield(t, nil) {
					return
				}
			}
			if len(tasks) < page {
				return
			}
		}
	}
}
