package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"weft/pipeline/queue"
	"weft/pipeline/survey"
	"weft/s3ops"
)

func (a *app) bucketCommand() *cobra.Command {
	var count bool
	c := &cobra.Command{
		Use:   "bucket",
		Short: "Show in words how the bucket is set up, what it holds and what that costs",
		Long: "Says who may do what by the bucket's policy, which web pages reach it, what its lifecycle\n" +
			"does, whether versions are kept and what is public. What may not be looked at, or what\n" +
			"the store does not have, is said to be so.\n\n" +
			"--count counts all objects by folder and age; Ctrl+C stops it. The last count is kept and\n" +
			"shown with its time. Costs are estimates from list prices, or from [prices.REGION] in\n" +
			"config.toml.",
		Example: "  weft bucket\n  weft bucket --count --json\n  weft bucket show policy\n  weft bucket edit lifecycle",
		Args:    takes(0, 0),
	}
	c.Flags().BoolVar(&count, "count", false, "count the objects now")
	c.RunE = a.do(func(ctx context.Context, _ []string) error { return a.bucketPage(ctx, count) })
	c.AddCommand(a.bucketShowCommand(), a.bucketEditCommand())
	return c
}

func (a *app) bucketPage(ctx context.Context, count bool) error {
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if err := b.Check(ctx); err != nil && !errors.Is(err, s3ops.ErrDenied) {
		return err
	}
	p := survey.Page{Bucket: b.Name(), Facts: survey.Look(ctx, b)}
	if count {
		if err := a.count(ctx, b); err != nil {
			return err
		}
	}
	if c, ok := survey.Kept(a.cfg.StateDir()); ok {
		p.Count = &c
	}
	p.Estimate(a.cfg, b.Region(), a.pastJobs(ctx))
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.json {
		return a.out.object(p)
	}
	return a.tellPage(p)
}

// count counts the bucket and keeps what it found.
func (a *app) count(ctx context.Context, b *s3ops.Bucket) error {
	var last survey.Count
	var shown time.Time
	for c, err := range survey.Tally(ctx, b, a.cfg.Folders, time.Now()) {
		if err != nil {
			a.out.progress("")
			return err
		}
		if last = c; time.Since(shown) > progressPause {
			shown = time.Now()
			a.out.progress(fmt.Sprintf("%s objects, %s", humanize.Comma(int64(c.Total.Objects)), size(c.Total.Bytes)))
		}
	}
	a.out.progress("")
	return survey.Keep(a.cfg.StateDir(), last)
}

const progressPause = 100 * time.Millisecond

// pastJobs are the jobs of the history, to estimate what they cost; without a
// queue there are none.
func (a *app) pastJobs(ctx context.Context) []queue.Job {
	q, err := a.queue(ctx)
	if err != nil {
		a.out.warn(err.Error())
		return nil
	}
	defer func() { _ = q.Close() }()
	jobs, err := q.Find(ctx, queue.Filter{})
	if err != nil {
		a.out.warn(err.Error())
	}
	return jobs
}

// tellPage prints the page; "!" marks what strangers may do or what may be lost,
// "-" what is not known.
func (a *app) tellPage(p survey.Page) error {
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", clean(p.Bucket))
	for _, r := range p.Rows(time.Now(), false) {
		if r.Section != "" {
			fmt.Fprintf(&out, "\n%s\n", r.Section)
		}
		mark := map[survey.Mark]string{survey.Risk: "!", survey.Unknown: "-"}[r.Mark]
		fmt.Fprintf(&out, "%1s %-19s %s\n", mark, r.Name, clean(r.Text))
	}
	if p.Count == nil {
		out.WriteString("\nweft bucket --count counts the objects.\n")
	}
	return a.out.write([]byte(out.String()))
}
