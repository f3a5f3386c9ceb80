package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/queue"
)

// The effects that touch the queue.

// submit puts tasks into the queue and makes sure that somebody works on them.
func submit(ctx context.Context, p Parts, q *queue.Queue, m submitted) tea.Cmd {
	return func() tea.Msg {
		if q == nil {
			m.err = errors.New("the queue is not open yet: try again in a moment")
			return m
		}
		if m.id, m.err = q.Submit(ctx, m.title, m.tasks); m.err == nil {
			m.err = p.Wake(ctx)
		}
		return m
	}
}

func watch(ctx context.Context, q *queue.Queue, after int64) tea.Cmd {
	return func() tea.Msg {
		if after > 0 {
			time.Sleep(watchPause)
		}
		snapshot, err := q.Watch(ctx, after)
		return watched{snapshot: snapshot, err: err}
	}
}

// watchLater watches again after a moment, when watching has failed.
func watchLater(ctx context.Context, q *queue.Queue, after int64) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
		return watch(ctx, q, after)()
	}
}

// wake starts a worker in place of one that is gone.
func wake(ctx context.Context, p Parts) tea.Cmd {
	return func() tea.Msg { return woken{err: p.Wake(ctx)} }
}

func readTasks(ctx context.Context, q *queue.Queue, job int64, states ...queue.State) tea.Cmd {
	return func() tea.Msg {
		tasks, err := q.Tasks(ctx, job, 0, 1000, states...)
		return detailed{job: job, tasks: tasks, err: err}
	}
}

func cancelJob(ctx context.Context, q *queue.Queue, job queue.Job) tea.Cmd {
	return func() tea.Msg {
		return controlled{text: "Cancelled: " + job.Title, err: q.Cancel(ctx, job.ID)}
	}
}

func retryJob(ctx context.Context, p Parts, q *queue.Queue, job queue.Job) tea.Cmd {
	return func() tea.Msg {
		n, err := q.Retry(ctx, job.ID)
		if err == nil && n > 0 {
			err = p.Wake(ctx)
		}
		return controlled{text: fmt.Sprintf("Trying %s again", plural(n, "task")), err: err}
	}
}
