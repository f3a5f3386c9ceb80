package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// checking is one weft results, as asked for.
type checking struct {
	recipes                       []string
	stale, missing, orphans, mend bool
	yes, noWait                   bool
	wanted                        map[string]bool // states
}

func (a *app) resultsCommand() *cobra.Command {
	var r checking
	c := &cobra.Command{
		Use:   "results [PREFIX/]",
		Short: "Find results that are stale, missing or orphaned, and mend them",
		Long: "Compares the results in the folder of results with the pictures below PREFIX/: results are stale\n" +
			"when their source or recipe has changed, missing when at least half of the other pictures with results\n" +
			"have one by that recipe, and orphaned when their source is gone. --mend makes what is stale or\n" +
			"missing, and deletes orphans, with the rows of their sources, after asking. Two pictures that would\n" +
			"share a result are in collision: that is for you to mend, in the recipe's to.",
		Example: "  weft results uploaded/single_images/\n  weft results --stale --mend\n  weft results --missing --recipe square search_uploads/",
		Args:    takes(0, 1),
	}
	f := c.Flags()
	f.BoolVar(&r.stale, "stale", false, "only results whose source or recipe has changed")
	f.BoolVar(&r.missing, "missing", false, "only results that are missing")
	f.BoolVar(&r.orphans, "orphans", false, "only results whose source is gone")
	f.StringSliceVar(&r.recipes, "recipe", nil, "only results of these recipes, which every picture then should have")
	f.BoolVar(&r.mend, "mend", false, "make what is stale or missing, delete orphans after asking")
	f.BoolVar(&r.yes, "yes", false, "with --mend: delete orphans without asking")
	f.BoolVar(&r.noWait, "no-wait", false, "with --mend: do not wait for the work to end")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		prefix := strings.Join(keys, "")
		if prefix != "" && !isFolder(prefix) {
			return usagef("%s is no folder: a PREFIX ends in a slash", prefix)
		}
		if generated := a.cfg.Folders.Prefix(config.Generated); strings.HasPrefix(prefix, generated) {
			return usagef("%s holds the results: give the folder of their sources, or none for all", generated)
		}
		r.wanted = map[string]bool{pipeline.OutputStale: r.stale, pipeline.ResultMissing: r.missing, pipeline.ResultOrphan: r.orphans}
		if !r.stale && !r.missing && !r.orphans {
			r.wanted = map[string]bool{pipeline.OutputStale: true, pipeline.ResultMissing: true, pipeline.ResultOrphan: true, pipeline.OutputCollision: true}
		}
		return a.results(ctx, prefix, r)
	})
	return c
}

func (a *app) results(ctx context.Context, prefix string, r checking) error {
	b, stop, err := a.openFor(ctx, r.mend)
	if err != nil {
		return err
	}
	found, failed, err := a.findResults(ctx, b, prefix, r)
	then := ""
	if err == nil && r.mend {
		then, _ = a.afterDelete(ctx, b)
	}
	stop() // the worker may be the one to serve the embedded store next
	if err != nil || !r.mend {
		return orFailures(err, failed, failed+len(found))
	}
	if found, err = a.askOrphans(ctx, found, then, r.yes); err != nil || len(found) == 0 {
		return orFailures(err, failed, failed)
	}
	return a.withQueue(ctx, func(q *queue.Queue) error {
		return a.submit(ctx, q, "mends "+plural(len(found), "result"), pipeline.MendResults(a.cfg.Folders, found), r.noWait, failed)
	})
}

// findResults prints the results that are not as they should be, each as soon as
// it is known, and gives those that can be mended.
func (a *app) findResults(ctx context.Context, b *s3ops.Bucket, prefix string, r checking) (found []pipeline.Result, failed int, err error) {
	p := processing{recipes: r.recipes}
	recipes, err := a.recipesOf(ctx, b, p, p.chosen)
	if err != nil {
		return nil, 0, err
	}
	count, total := map[string]int{}, 0
	told := func(rows, of int) {
		a.out.progress(fmt.Sprintf("reading what the results were made from: %s of %s rows, once", humanize.Comma(int64(rows)), humanize.Comma(int64(of))))
	}
	for x, err := range a.doer(b).Results(ctx, prefix, recipes, len(r.recipes) > 0, told) {
		switch {
		case err != nil && x.Source == "":
			return nil, failed, err
		case err != nil:
			failed++
			a.out.fail(err.Error())
			continue
		}
		count[x.State]++
		if total++; total%500 == 0 {
			a.out.progress(humanize.Comma(int64(total)) + " results looked at")
		}
		if !r.wanted[x.State] || len(r.recipes) > 0 && !slices.Contains(r.recipes, x.Recipe) {
			continue
		}
		if x.State != pipeline.OutputCollision {
			found = append(found, x)
		}
		if err := a.printResult(x); err != nil {
			return nil, failed, err
		}
	}
	a.out.progress("")
	if total == 0 {
		a.out.note("there are no pictures with results below %s", cmp.Or(clean(prefix), "this bucket"))
		return nil, failed, nil
	}
	a.out.note("%s", resultCounts(count))
	return found, failed, nil
}

func (a *app) printResult(x pipeline.Result) error {
	if a.json {
		return a.out.object(x)
	}
	why := ""
	if x.Why != "" {
		why = "  (" + clean(x.Why) + ")"
	}
	return a.out.line("%-10s  %-8s  %s → %s%s", x.State, clean(x.Recipe), clean(x.Source), clean(x.Key), why)
}

// resultCounts is "9,980 up to date, 12 stale, 8 missing".
func resultCounts(count map[string]int) string {
	text := humanize.Comma(int64(count[pipeline.OutputUpToDate])) + " up to date"
	for _, state := range []string{pipeline.OutputStale, pipeline.ResultMissing, pipeline.ResultOrphan, pipeline.OutputCollision} {
		switch n := humanize.Comma(int64(count[state])); {
		case count[state] == 0:
		case state == pipeline.ResultOrphan:
			text += ", " + n + " without a source"
		case state == pipeline.OutputCollision:
			text += ", " + n + " in collision"
		default:
			text += ", " + n + " " + state
		}
	}
	return text
}

// askOrphans asks whether orphans are to be deleted, and leaves them out if not.
func (a *app) askOrphans(ctx context.Context, found []pipeline.Result, then string, yes bool) ([]pipeline.Result, error) {
	orphan := func(x pipeline.Result) bool { return x.State == pipeline.ResultOrphan }
	n := 0
	for _, x := range found {
		if orphan(x) {
			n++
		}
	}
	if n == 0 || yes {
		return found, nil
	}
	if a.out.asks() {
		var err error
		if yes, err = a.ask(ctx, fmt.Sprintf("Delete %s whose source is gone, and the rows of those sources? (%s) [y/N] ", plural(n, "result"), then)); err != nil || yes {
			return found, err
		}
	}
	a.out.note("%s without a source stay: add --yes to delete them", plural(n, "result"))
	return slices.DeleteFunc(found, orphan), nil
}
