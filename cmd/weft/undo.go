package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/pipeline/queue"
)

// undoing is one undo or redo, as asked for.
type undoing struct {
	redo, plan, yes, noWait bool
}

func (a *app) undoCommand() *cobra.Command {
	return a.undoingCommand(undoing{}, "undo [JOB]", "Take back the last change, or a job",
		"Takes back the newest delete, move, rename, copy, upload, undelete or restore that was\n"+
			"not taken back yet, made here or in the interface, or the job of that number. Nothing is\n"+
			"touched that has changed since. What cannot be taken back is named with the reason.",
		"  weft undo --plan\n  weft undo\n  weft undo 12")
}

func (a *app) redoCommand() *cobra.Command {
	return a.undoingCommand(undoing{redo: true}, "redo [JOB]", "Do again what was undone last",
		"Takes the newest undo back, or the undo of that number. After a new change there is\nnothing to redo any more, but by its number.",
		"  weft redo --plan\n  weft redo")
}

func (a *app) undoingCommand(u undoing, use, short, long, example string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: takes(0, 1)}
	c.Flags().BoolVar(&u.plan, "plan", false, "only say what would be done")
	c.Flags().BoolVarP(&u.yes, "yes", "y", false, "do not ask, even where something is removed for good")
	c.Flags().BoolVar(&u.noWait, "no-wait", false, "do not wait for the end")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		if !u.plan {
			if err := a.writable(); err != nil {
				return err
			}
		}
		return a.withQueue(ctx, func(q *queue.Queue) error {
			j, err := jobToUndo(ctx, q, args, u.redo)
			if err != nil {
				return err
			}
			if u.plan {
				return a.printSteps(ctx, q, j)
			}
			return a.undo(ctx, q, j, u)
		})
	})
	return c
}

// jobToUndo is the job that is named, or the newest that can be taken back. A
// newer one that cannot be is not passed over without a word.
func jobToUndo(ctx context.Context, q *queue.Queue, args []string, redo bool) (queue.Job, error) {
	if len(args) == 1 {
		id, err := jobID(args[0])
		if err != nil {
			return queue.Job{}, err
		}
		j, err := q.Job(ctx, id)
		if err == nil && redo && j.Undoes == 0 {
			return j, fmt.Errorf("job %d is no undo: weft undo %d takes it back", id, id)
		}
		return j, err
	}
	if redo {
		return q.NextRedo(ctx)
	}
	j, passed, err := q.NextUndo(ctx)
	if passed.ID == 0 {
		return j, err
	}
	why := "it still runs: weft jobs cancel ends it"
	if passed.State != queue.Queued && passed.State != queue.Running {
		o, oerr := q.Outlook(ctx, passed.ID)
		if oerr != nil {
			return j, oerr
		}
		why = o.Why
	}
	text := fmt.Sprintf("the newest change, job %d (%s), cannot be undone: %s", passed.ID, passed.Title, why)
	switch {
	case err == nil:
		text += fmt.Sprintf("; weft undo %d takes back the one before it, %s", j.ID, j.Title)
	case !errors.Is(err, queue.ErrNothing):
		return j, err
	}
	return j, errors.New(text)
}

// step is what a script learns of one task of an undo.
type step struct {
	Job     int64         `json:"job"`
	Verb    pipeline.Verb `json:"verb,omitempty"`
	Key     string        `json:"key"`
	To      string        `json:"to,omitempty"`
	Version string        `json:"version_id,omitempty"`
	ForGood bool          `json:"for_good,omitempty"`
	State   string        `json:"state"` // "would do" or "cannot"
	Error   string        `json:"error,omitempty"`
}

// printSteps says what an undo would do; what cannot be taken back counts as failed.
func (a *app) printSteps(ctx context.Context, q *queue.Queue, j queue.Job) error {
	a.out.note("job %d: %s", j.ID, j.Title)
	refused, total := 0, 0
	for s, err := range q.Steps(ctx, j.ID) {
		if err != nil {
			return err
		}
		total++
		x := step{Job: j.ID, Verb: s.Back.Verb, Key: s.Back.Key, To: s.Back.To, Version: s.Back.VersionID, ForGood: s.Back.ForGood(), State: "would do"}
		if s.Why != nil {
			refused++
			x = step{Job: j.ID, Key: s.Done.Key, State: "cannot", Error: s.Why.Error()}
		}
		if err := a.printStep(x); err != nil {
			return err
		}
	}
	return orFailures(nil, refused, total)
}

func (a *app) printStep(x step) error {
	switch {
	case a.json:
		return a.out.object(x)
	case x.Error != "":
		a.out.fail(x.Error)
		return nil
	case x.To != "":
		return a.out.line("would %s %s → %s", x.Verb, clean(x.Key), clean(x.To))
	case x.ForGood:
		return a.out.line("would %s %s, for good", x.Verb, clean(x.Key))
	}
	return a.out.line("would %s %s", x.Verb, clean(x.Key))
}

// undo queues the undo, sees that a worker runs, and waits.
func (a *app) undo(ctx context.Context, q *queue.Queue, j queue.Job, u undoing) error {
	o, err := q.Outlook(ctx, j.ID)
	if err != nil {
		return err
	}
	if o.ForGood > 0 && !u.yes {
		if !a.out.asks() {
			return usagef("to undo job %d removes %s for good: this bucket keeps no versions; add --yes to do it", j.ID, plural(o.ForGood, "object"))
		}
		yes, err := a.ask(ctx, fmt.Sprintf("Undo %s? It removes %s for good: this bucket keeps no versions. [y/N] ", j.Title, plural(o.ForGood, "object")))
		if err != nil || !yes {
			a.out.note("nothing was undone")
			return err
		}
	}
	undo, err := q.Undo(ctx, j.ID)
	if err != nil {
		return err
	}
	if err := a.wake(ctx); err != nil {
		return fmt.Errorf("job %d is queued, but no worker could be started: %w; run weft worker", undo.ID, err)
	}
	if !u.noWait {
		a.out.note("job %d: %s", undo.ID, undo.Title)
		if undo, err = a.follow(ctx, q, undo.ID); err != nil {
			return err
		}
	}
	bad, err := failuresOf(ctx, q, undo.ID)
	if err != nil {
		return err
	}
	for _, f := range bad {
		a.out.fail(f.text())
	}
	if a.json {
		err = a.out.object(struct {
			queue.Job
			Failures []failure `json:"failures"`
		}{undo, bad})
	} else {
		err = a.printJobs([]queue.Job{undo})
	}
	return orFailures(err, undo.Failed+undo.Cancelled, undo.Total)
}
