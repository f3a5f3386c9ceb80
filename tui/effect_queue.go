package tui

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/queue"
)

// The effects that touch the queue. What puts work into it, or takes it out, is
// not cut short by leaving the store.

var errNoQueue = errors.New("the queue is not open yet: try again in a moment")

// submit puts tasks into the queue, off the update loop, and makes sure that
// somebody works on them.
func submit(ctx context.Context, p Parts, q *queue.Queue, tasks iter.Seq[pipeline.Task]) tea.Cmd {
	ctx = context.WithoutCancel(ctx)
	return func() tea.Msg {
		var m submitted
		if q == nil {
			m.err = errNoQueue
			return m
		}
		if m.job, m.err = q.Submit(ctx, "", tasks); m.err == nil {
			m.err = p.Wake(ctx)
		}
		return m
	}
}

// foresee finds what would be undone, or redone, and what that would do. It reads
// the tasks of the job a page at a time.
func foresee(ctx context.Context, q *queue.Queue, redo bool) tea.Cmd {
	return func() tea.Msg {
		m := foreseen{redo: redo}
		if redo {
			m.job, m.err = q.NextRedo(ctx)
		} else {
			m.job, m.passed, m.err = q.NextUndo(ctx)
		}
		if m.passed.ID != 0 {
			m.why = "It still runs: w shows it, and x cancels it there."
			if ended(m.passed) {
				o, err := q.Outlook(ctx, m.passed.ID)
				if err != nil {
					m.err = err
				}
				m.why = o.Why
			}
		}
		if m.err == nil {
			m.outlook, m.err = q.Outlook(ctx, m.job.ID)
		}
		return m
	}
}

// undo submits the job that takes another back.
func undo(ctx context.Context, p Parts, q *queue.Queue, id int64) tea.Cmd {
	ctx = context.WithoutCancel(ctx)
	return func() tea.Msg {
		j, err := q.Undo(ctx, id)
		if err == nil {
			err = p.Wake(ctx)
		}
		return undone{job: j, err: err}
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

// compareAccounts finds whether the worker's credentials are the session's.
func compareAccounts(ctx context.Context, s *Session, worker string) tea.Cmd {
	return func() tea.Msg {
		mine, err := s.Bucket.Account(ctx)
		return compared{differs: err == nil && mine != "" && mine != worker}
	}
}

// readLog looks for a text in the history, after a moment without a key.
func readLog(ctx context.Context, q *queue.Queue, token int, text string) tea.Cmd {
	return func() tea.Msg {
		if q == nil {
			return logged{token: token, err: errNoQueue}
		}
		if text != "" {
			select {
			case <-ctx.Done():
			case <-time.After(restTime):
			}
		}
		deeds, err := q.Log(ctx, queue.Filter{Text: text, Limit: 500})
		return logged{token: token, deeds: deeds, err: err}
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
	ctx = context.WithoutCancel(ctx)
	return func() tea.Msg {
		return controlled{text: "Cancelled: " + job.Title, err: q.Cancel(ctx, job.ID)}
	}
}

// pauseJob holds a job back, or lets a paused one go on.
func pauseJob(ctx context.Context, p Parts, q *queue.Queue, job queue.Job) tea.Cmd {
	return func() tea.Msg {
		if !job.Paused {
			return controlled{text: "Paused: " + job.Title + "  ·  p lets it go on", err: q.Pause(ctx, job.ID)}
		}
		err := q.Resume(ctx, job.ID)
		if err == nil {
			err = p.Wake(ctx)
		}
		return controlled{text: "Goes on: " + job.Title, err: err}
	}
}

func retryJob(ctx context.Context, p Parts, q *queue.Queue, job queue.Job) tea.Cmd {
	ctx = context.WithoutCancel(ctx)
	return func() tea.Msg {
		n, err := q.Retry(ctx, job.ID)
		if err == nil && n > 0 {
			err = p.Wake(ctx)
		}
		return controlled{text: fmt.Sprintf("Trying %s again", plural(n, "task")), err: err}
	}
}
