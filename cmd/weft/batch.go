package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dustin/go-humanize"
	"golang.org/x/sync/semaphore"

	"weft/pipeline"
)

// ahead is how many tasks may have begun or ended before the first that has not:
// results are printed in order, and one long transfer should not hold up many.
const ahead = 1024

// report is what a script learns of one task.
type report struct {
	Verb    pipeline.Verb `json:"verb"`
	Key     string        `json:"key"`
	State   string        `json:"state"` // done, skipped, failed
	To      string        `json:"to,omitempty"`
	File    string        `json:"file,omitempty"`
	Version string        `json:"version_id,omitempty"`
	Bytes   int64         `json:"bytes,omitempty"`
	Resumed int64         `json:"resumed,omitempty"` // bytes of an earlier try
	Note    string        `json:"note,omitempty"`
	Error   string        `json:"error,omitempty"`
}

// pending is a task under way; its answer comes in the order of the batch.
type pending struct {
	task    pipeline.Task
	outcome pipeline.Outcome
	err     error
	done    chan struct{}
}

// batch carries out tasks in this process and prints each result in order.
type batch struct {
	a     *app
	doer  *pipeline.Doer
	say   func(pipeline.Task, pipeline.Outcome) string // a line of results for people
	total atomic.Int64                                 // tasks found so far
	known atomic.Bool                                  // total is final
	bytes atomic.Int64                                 // moved so far
	ended atomic.Int64                                 // tasks
	waits atomic.Pointer[string]                       // the stage of a task that waits for its next try
	verb  pipeline.Verb                                // of the tasks

	done, skips, fails int
}

// carryOut runs the tasks, a few at a time, until all are done. What fails is
// named and the rest is done; the error counts the failures.
func (a *app) carryOut(ctx context.Context, d *pipeline.Doer, tasks iter.Seq2[pipeline.Task, error], say func(pipeline.Task, pipeline.Outcome) string) error {
	b := &batch{a: a, doer: d, say: say}
	order := make(chan *pending, ahead)
	go b.start(ctx, tasks, order)
	stop := b.showProgress()
	done := &history{a: a}
	for p := range order {
		<-p.done
		b.tell(ctx, p)
		if p.err == nil {
			done.add(ctx, p.task, p.outcome)
		}
	}
	done.close(ctx)
	stop()
	return b.end(ctx)
}

// end sums a batch up and is its error.
func (b *batch) end(ctx context.Context) error {
	total := int(b.total.Load())
	switch {
	case total > 1:
		b.a.out.note("%s", b.summary())
	case total == 0 && ctx.Err() == nil:
		b.a.out.note("nothing to do: no files were found")
	}
	if (b.fails > 0 && total > 1 || ctx.Err() != nil) && (b.verb == pipeline.Upload || b.verb == pipeline.Download) {
		b.a.out.note("the same command again does only what is missing")
	}
	if ctx.Err() != nil {
		return interrupted{b.done + b.skips, total}
	}
	if b.fails > 0 {
		return failures{b.fails, total}
	}
	return nil
}

// summary is "1,980 uploaded, 12 skipped, 8 failed".
func (b *batch) summary() string {
	s := humanize.Comma(int64(b.done)) + " " + past(b.verb)
	if b.skips > 0 {
		s += ", " + humanize.Comma(int64(b.skips)) + " skipped"
	}
	if b.fails > 0 {
		s += ", " + humanize.Comma(int64(b.fails)) + " failed"
	}
	return s
}

// past is what was done by a verb.
func past(v pipeline.Verb) string {
	switch v {
	case pipeline.Upload:
		return "uploaded"
	case pipeline.Download:
		return "downloaded"
	case pipeline.Delete:
		return "deleted"
	case pipeline.Purge:
		return "deleted for good"
	case pipeline.Undelete:
		return "brought back"
	case pipeline.Restore:
		return "restored"
	case pipeline.Copy:
		return "copied"
	case pipeline.Move:
		return "moved"
	}
	return "done"
}

// start hands the tasks out as they are found; order is closed when all ended
// up in it.
func (b *batch) start(ctx context.Context, tasks iter.Seq2[pipeline.Task, error], order chan<- *pending) {
	defer close(order)
	room := semaphore.NewWeighted(pipeline.Room)
	var running sync.WaitGroup
	defer running.Wait()
	for task, err := range tasks {
		if ctx.Err() != nil {
			return
		}
		p := &pending{task: task, err: err, done: make(chan struct{})}
		b.total.Add(1)
		if err != nil {
			close(p.done)
			order <- p
			continue
		}
		order <- p
		if err := room.Acquire(ctx, task.Weight()); err != nil {
			p.err = err
			close(p.done)
			return
		}
		running.Go(func() {
			defer room.Release(task.Weight())
			defer close(p.done)
			p.outcome, p.err = b.doer.Do(ctx, p.task, b.count())
		})
	}
	b.known.Store(true)
}

// count adds up what a task moves. A task's own count starts anew with each stage.
func (b *batch) count() func(pipeline.Progress) {
	var last atomic.Int64
	return func(p pipeline.Progress) {
		if p.Waits() {
			b.waits.Store(&p.Stage)
		} else {
			b.waits.Store(nil)
		}
		if moved := p.Done - last.Swap(p.Done); moved > 0 {
			b.bytes.Add(moved)
		}
	}
}

// tell prints one result; what ended because of Ctrl+C is no failure.
func (b *batch) tell(ctx context.Context, p *pending) {
	b.ended.Add(1)
	t, o := p.task, p.outcome
	if t.Verb != "" {
		b.verb = t.Verb
	}
	if p.err != nil && ctx.Err() != nil && errors.Is(p.err, context.Canceled) {
		return
	}
	r := report{Verb: t.Verb, Key: t.Key, State: "done", To: t.To, File: o.File, Version: o.Version, Bytes: o.Bytes, Resumed: o.Resumed, Note: o.Note}
	switch {
	case p.err != nil:
		b.fails++
		r.State, r.Error = "failed", p.err.Error()
		b.a.out.fail(p.err.Error())
	case o.Skipped:
		b.skips++
		r.State = "skipped"
	default:
		b.done++
	}
	text := ""
	if p.err == nil {
		text = b.say(t, o)
	}
	switch {
	case b.a.json:
		_ = b.a.out.object(r)
	case p.err == nil && o.Skipped:
		_ = b.a.out.line("%s (already so)", clean(text))
	case p.err == nil:
		_ = b.a.out.line("%s", clean(text))
	}
	if o.Note != "" && p.err == nil {
		b.a.out.note("%s: %s", t.Key, o.Note)
	}
}

// showProgress keeps the progress line of a batch up to date until stopped.
func (b *batch) showProgress() (stop func()) {
	if !b.a.out.errTTY {
		return func() {}
	}
	quit, gone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(gone)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		begun := time.Now()
		for {
			select {
			case <-quit:
				b.a.out.progress("")
				return
			case <-tick.C:
				b.a.out.progress(b.line(time.Since(begun)))
			}
		}
	}()
	return func() { close(quit); <-gone }
}

// line is "12 of 240  31 MB  8.2 MB/s"; "240+" while more tasks are being found.
func (b *batch) line(since time.Duration) string {
	more := "+"
	if b.known.Load() {
		more = ""
	}
	s := fmt.Sprintf("%d of %d%s", b.ended.Load(), b.total.Load(), more)
	if n := b.bytes.Load(); n > 0 {
		s += fmt.Sprintf("  %s  %s/s", size(n), size(int64(float64(n)/since.Seconds())))
	}
	if w := b.waits.Load(); w != nil {
		s += "  " + *w
	}
	return s
}

// size is a length in bytes for people.
func size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// plural is "1 object" or "3 objects".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return humanize.Comma(int64(n)) + " " + noun + "s"
}
