package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weft/pipeline/queue"
	"weft/s3ops"
)

func (a *app) jobsCommand() *cobra.Command {
	var watch, aside bool
	var f queue.Filter
	var states []string
	c := &cobra.Command{
		Use:     "jobs [ID]",
		Short:   "Show the work: queued, running and done",
		Example: "  weft jobs\n  weft jobs --state failed --find silk\n  weft jobs --watch 12\n  weft jobs retry 12",
		Args:    takes(0, 1),
	}
	c.Flags().BoolVar(&watch, "watch", false, "go on showing changes; with an ID, until that job has ended")
	c.Flags().StringSliceVar(&states, "state", nil, "only these: queued, running, paused, done, failed, cancelled")
	c.Flags().StringVar(&f.Text, "find", "", "only jobs in whose title or keys this occurs")
	c.Flags().IntVar(&f.Limit, "limit", 0, "only the newest so many")
	c.Flags().BoolVar(&aside, "move-aside", false, "move a damaged queue's file away, so that weft starts with a new one")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		if aside {
			return a.moveAside(ctx)
		}
		for _, s := range states {
			f.States = append(f.States, queue.State(s))
		}
		filtered := f.Text != "" || f.Limit > 0 || len(states) > 0
		if filtered && (watch || len(args) > 0) {
			return usagef("--state, --find and --limit choose among all jobs: leave --watch and ID out")
		}
		return a.withQueue(ctx, func(q *queue.Queue) error {
			if filtered {
				jobs, err := q.Find(ctx, f)
				if err != nil {
					return err
				}
				return a.printJobs(jobs)
			}
			if len(args) == 0 {
				return a.jobs(ctx, q, watch)
			}
			id, err := jobID(args[0])
			if err != nil {
				return err
			}
			if watch {
				if _, err := a.follow(ctx, q, id); err != nil {
					return err
				}
			}
			return a.job(ctx, q, id)
		})
	})
	c.AddCommand(a.cancelCommand(), a.retryCommand(), a.pauseCommand(), a.resumeCommand())
	return c
}

// moveAside moves a damaged queue away.
func (a *app) moveAside(ctx context.Context) error {
	path := queuePath(a.cfg)
	to, err := queue.MoveAside(ctx, path)
	if err != nil {
		return err
	}
	a.out.note("%s is now %s; what was waiting in it must be submitted again", path, to)
	return nil
}

func (a *app) withQueue(ctx context.Context, work func(*queue.Queue) error) error {
	q, err := a.queue(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = q.Close() }()
	return work(q)
}

func jobID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id < 1 {
		return 0, usagef("%q is not the number of a job; weft jobs lists them", text)
	}
	return id, nil
}

// account is a fingerprint of this process's credentials; "" if there are none.
func (a *app) account(ctx context.Context) string {
	if a.cfg.Local != "" {
		return ""
	}
	b, err := s3ops.Open(ctx, a.cfg)
	if err != nil {
		return "" // whatever needs them says why
	}
	return account(ctx, a.cfg, b)
}

func (a *app) printJobs(jobs []queue.Job) error {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, j := range jobs {
		if a.json {
			if err := a.out.object(j); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", j.ID, j.State, counts(j), j.CreatedAt.UTC().Format(time.RFC3339), clean(j.Title))
	}
	_ = w.Flush()
	return a.out.write([]byte(out.String()))
}

// counts is "12 of 24, 2 skipped, 1 failed".
func counts(j queue.Job) string {
	s := fmt.Sprintf("%d of %d", j.Done+j.Skipped, j.Total)
	for _, x := range []struct {
		n    int
		name string
	}{{j.Skipped, "skipped"}, {j.Failed, "failed"}, {j.Cancelled, "cancelled"}} {
		if x.n > 0 {
			s += fmt.Sprintf(", %d %s", x.n, x.name)
		}
	}
	return s
}

// job prints one job with what failed in it.
func (a *app) job(ctx context.Context, q *queue.Queue, id int64) error {
	j, err := q.Job(ctx, id)
	if err != nil {
		return err
	}
	failed, err := failuresOf(ctx, q, id)
	if err != nil {
		return err
	}
	notes, err := notesOf(ctx, q, id)
	if err != nil {
		return err
	}
	if a.json {
		return a.out.object(struct {
			queue.Job
			Failures []failure `json:"failures"`
			Notes    []noted   `json:"notes,omitempty"`
		}{j, failed, notes})
	}
	if err := a.printJobs([]queue.Job{j}); err != nil {
		return err
	}
	for _, f := range failed {
		if err := a.out.line("  %s", clean(f.text())); err != nil {
			return err
		}
	}
	for _, n := range notes {
		if err := a.out.line("  %s", clean(n.text())); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) cancelCommand() *cobra.Command {
	return a.jobCommand("cancel ID", "Cancel what is left of a job", func(ctx context.Context, q *queue.Queue, id int64) error {
		return q.Cancel(ctx, id)
	})
}

func (a *app) retryCommand() *cobra.Command {
	return a.jobCommand("retry ID", "Do again what failed or was cancelled in a job", func(ctx context.Context, q *queue.Queue, id int64) error {
		if err := a.writable(); err != nil {
			return err
		}
		n, err := q.Retry(ctx, id)
		if err != nil || n == 0 {
			if err == nil {
				a.out.note("job %d: nothing failed or was cancelled", id)
			}
			return err
		}
		a.out.note("job %d: %s again", id, plural(n, "task"))
		return a.wake(ctx)
	})
}

func (a *app) pauseCommand() *cobra.Command {
	return a.jobCommand("pause ID", "Hold back what is left of a job", func(ctx context.Context, q *queue.Queue, id int64) error {
		return q.Pause(ctx, id)
	})
}

func (a *app) resumeCommand() *cobra.Command {
	return a.jobCommand("resume ID", "Let a paused job go on", func(ctx context.Context, q *queue.Queue, id int64) error {
		if err := a.writable(); err != nil {
			return err
		}
		if err := q.Resume(ctx, id); err != nil {
			return err
		}
		return a.wake(ctx)
	})
}

// jobCommand is a command that changes one job and then prints it.
func (a *app) jobCommand(use, short string, change func(context.Context, *queue.Queue, int64) error) *cobra.Command {
	return &cobra.Command{
		Use: use, Short: short, Args: takes(1, 1),
		RunE: a.do(func(ctx context.Context, args []string) error {
			id, err := jobID(args[0])
			if err != nil {
				return err
			}
			return a.withQueue(ctx, func(q *queue.Queue) error {
				if err := change(ctx, q, id); err != nil {
					return err
				}
				j, err := q.Job(ctx, id)
				if err != nil {
					return err
				}
				return a.printJobs([]queue.Job{j})
			})
		}),
	}
}
