package main

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weft/pipeline/doctor"
	"weft/pipeline/queue"
	"weft/s3ops"
)

func (a *app) doctorCommand() *cobra.Command {
	var abort, yes bool
	var older time.Duration
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Look whether all that weft needs is there and works",
		Long: "Looks at configuration, credentials, clock, network, region, bucket, folders, versioning,\n" +
			"what the store can do, unfinished uploads and the queue, and says what to do. To try\n" +
			"writing it puts a small object below .weft/ and takes it away again, unless --read-only.\n" +
			"Exit code 1 means that something weft needs is missing.\n\n" +
			"--abort-uploads ends uploads in parts that nobody finished: their parts cost what they\n" +
			"weigh, and no listing shows them. An upload that still runs fails.",
		Example: "  weft doctor\n  weft doctor --json | grep fail\n  weft doctor --abort-uploads --older 24h",
		Args:    takes(0, 0),
	}
	c.Flags().BoolVar(&abort, "abort-uploads", false, "end unfinished uploads")
	c.Flags().DurationVar(&older, "older", 24*time.Hour, "with --abort-uploads: only those begun so long ago")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "with --abort-uploads: do not ask")
	c.RunE = a.do(func(ctx context.Context, _ []string) error {
		if abort {
			return a.abortUploads(ctx, older, yes)
		}
		fails, total := 0, 0
		for f := range a.examine(ctx) {
			total++
			if f.State == doctor.Fail {
				fails++
			}
			if err := a.tellFinding(f); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		return orFailures(nil, fails, total)
	})
	return c
}

// examine looks at this configuration's store and queue.
func (a *app) examine(ctx context.Context) iter.Seq[doctor.Finding] {
	return doctor.Examine(ctx, doctor.Patient{
		Config: a.cfg, Now: time.Now,
		Open:  a.open,
		Queue: func(ctx context.Context) (*queue.Queue, error) { return a.queue(ctx) },
	})
}

// tellFinding prints one finding; what to do stands below it.
func (a *app) tellFinding(f doctor.Finding) error {
	if a.json {
		return a.out.object(f)
	}
	lines := []string{fmt.Sprintf("%-8s%s: %s", f.State, clean(f.Check), clean(f.Says))}
	if f.Remedy != "" {
		lines = append(lines, "        → "+clean(f.Remedy))
	}
	if f.Statement != "" && a.verbose {
		lines = append(lines, f.Statement)
	}
	for _, u := range f.Uploads[:min(len(f.Uploads), 10)] {
		lines = append(lines, "        "+upload(u))
	}
	if n := len(f.Uploads) - 10; n > 0 {
		lines = append(lines, fmt.Sprintf("        and %d more", n))
	}
	return a.out.line("%s", strings.Join(lines, "\n"))
}

// upload is an unfinished upload on one line.
func upload(u s3ops.OpenUpload) string {
	return fmt.Sprintf("%s  %s in %s, begun %s", clean(u.Key), size(u.Bytes), plural(u.Parts, "part"), u.Initiated.Local().Format("2 Jan 2006 15:04"))
}

// abortUploads ends the unfinished uploads begun so long ago, after a question.
func (a *app) abortUploads(ctx context.Context, older time.Duration, yes bool) error {
	if err := a.writable(); err != nil {
		return err
	}
	if !yes && !a.out.asks() {
		return usagef("without a terminal weft cannot ask: add --yes to end unfinished uploads; weft doctor lists them")
	}
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var list []s3ops.OpenUpload
	var bytes int64
	for u, err := range b.Unfinished(ctx, "") {
		if err != nil {
			return err
		}
		if time.Since(u.Initiated) >= older {
			list = append(list, u)
			bytes += u.Bytes
		}
	}
	if len(list) == 0 {
		a.out.note("no unfinished upload is older than %s", strings.TrimSuffix(strings.TrimSuffix(older.String(), "0s"), "0m"))
		return nil
	}
	if !yes {
		for _, u := range list[:min(len(list), 20)] {
			a.out.note("%s", upload(u))
		}
		yes, err := a.ask(ctx, fmt.Sprintf("End %s, %s? (what was sent of them is removed) [y/N] ", plural(len(list), "unfinished upload"), size(bytes)))
		if err != nil || !yes {
			a.out.note("nothing was ended")
			return err
		}
	}
	fails := 0
	doctor.Abort(ctx, b, list, func(u s3ops.OpenUpload, err error) {
		if err != nil {
			fails++
			a.out.fail(err.Error())
		}
		a.tellAborted(u, err)
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	return orFailures(nil, fails, len(list))
}

func (a *app) tellAborted(u s3ops.OpenUpload, err error) {
	switch {
	case a.json:
		text := ""
		state := "aborted"
		if err != nil {
			state, text = "failed", err.Error()
		}
		_ = a.out.object(struct {
			s3ops.OpenUpload
			State string `json:"state"`
			Error string `json:"error,omitempty"`
		}{u, state, text})
	case err == nil:
		_ = a.out.line("ended %s", upload(u))
	}
}
