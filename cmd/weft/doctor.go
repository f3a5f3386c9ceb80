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
		Long: "Looks at configuration, credentials, clock, network, region, bucket, versioning, what the\n" +
			"store can do, the table, unfinished uploads and the queue, and says what to do. In each\n" +
			"folder it tries to list, get, put, delete, read versions, tag, upload in parts and open a\n" +
			"link, with a small object below .weft/ there, which it takes away again with its versions;\n" +
			"with --read-only it only reads. What is refused comes with the IAM statement that allows\n" +
			"it (-v, --json). Exit code 1 means that something weft needs is missing.\n\n" +
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
		fails, total, err := a.tellExamined(ctx)
		if err != nil {
			return err
		}
		return orFailures(nil, fails, total)
	})
	look := c.RunE
	c.RunE = func(c *cobra.Command, args []string) error {
		err := look(c, args)
		for _, f := range doctor.Unreadable(err) { // nothing else was looked at then
			if terr := a.tellFinding(f); terr != nil {
				return terr
			}
		}
		return err
	}
	return c
}

// tellExamined examines and prints what was found; fails are what weft cannot work with.
func (a *app) tellExamined(ctx context.Context) (fails, total int, err error) {
	rows := 0
	for f := range a.examine(ctx) {
		if total++; f.Rights != nil && !a.json {
			if rows++; rows == 1 {
				if err := a.out.line("%s", a.rightsHead()); err != nil {
					return fails, total, err
				}
			}
		}
		if f.State == doctor.Fail {
			fails++
		}
		if err := a.tellFinding(f); err != nil {
			return fails, total, err
		}
	}
	return fails, total, ctx.Err()
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
	if f.Rights != nil {
		lines = []string{fmt.Sprintf("%-8s%s", f.State, a.rightsRow(f))}
	}
	lines = append(lines, a.remedyLines("", f)...)
	for _, r := range f.Rights {
		if r.State == doctor.Fail || r.State == doctor.Warn {
			lines = append(lines, fmt.Sprintf("        %s: %s", r.Check, clean(r.Says)))
			lines = append(lines, a.remedyLines("  ", r)...)
		}
	}
	for _, u := range f.Uploads[:min(len(f.Uploads), 10)] {
		lines = append(lines, "        "+upload(u))
	}
	if n := len(f.Uploads) - 10; n > 0 {
		lines = append(lines, fmt.Sprintf("        and %d more", n))
	}
	return a.out.line("%s", strings.Join(lines, "\n"))
}

// remedyLines are what to do, and with -v the statement that allows it.
func (a *app) remedyLines(indent string, f doctor.Finding) (lines []string) {
	if f.Remedy != "" {
		lines = append(lines, "        "+indent+"→ "+clean(f.Remedy))
	}
	if f.Statement != "" && a.verbose {
		lines = append(lines, f.Statement)
	}
	return lines
}

// rightsHead is the first line of the matrix of folders and rights.
func (a *app) rightsHead() string {
	line := strings.Repeat(" ", 8+a.folderWidth())
	for _, r := range s3ops.Rights() {
		line += "  " + string(r)
	}
	return line
}

// rightsRow is a folder's line: what is needed and missing is in capitals, what
// was not tried is a dash.
func (a *app) rightsRow(f doctor.Finding) string {
	line := fmt.Sprintf("%-*s", a.folderWidth(), clean(f.Check))
	for _, r := range f.Rights {
		word := map[doctor.State]string{doctor.OK: "yes", doctor.Warn: "no", doctor.Fail: "NO", doctor.Skip: "-"}[r.State]
		line += fmt.Sprintf("  %-*s", len(r.Check), word)
	}
	return strings.TrimRight(line, " ")
}

func (a *app) folderWidth() int {
	width := 0
	for _, f := range a.cfg.Folders {
		width = max(width, len("folder "+f.Prefix))
	}
	return width
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
