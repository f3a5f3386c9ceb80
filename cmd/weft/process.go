package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// processing is one weft process, as asked for.
type processing struct {
	recipes []string
	steps   string
	to      string
	plan    bool
	force   bool
	noWait  bool
	loose   []recipe.Recipe // of steps
}

// summary is how a job ended, as scripts see it.
type summary struct {
	Job       int64     `json:"job"`
	Total     int       `json:"total"`
	Done      int       `json:"done"`
	Skipped   int       `json:"skipped"`
	Failed    int       `json:"failed"`
	Cancelled int       `json:"cancelled,omitempty"`
	Failures  []failure `json:"failures,omitempty"`
	Notes     []noted   `json:"notes,omitempty"`
}

func (a *app) processCommand() *cobra.Command {
	var p processing
	c := &cobra.Command{
		Use:   "process KEY|PREFIX/…",
		Short: "Make new pictures by recipes",
		Long: "Runs recipes over pictures, and over all pictures below the given folders. A worker\n" +
			"does it: it goes on when this command is interrupted. What is up to date is skipped.\n" +
			"With --steps the steps stand here instead of in a recipe, written as there; see weft recipes steps.",
		Example: "  weft process --recipe thumb,web uploaded/single_images/\n  weft process --plan search_uploads/\n  weft process --no-wait --recipe square search_uploads/a.jpg\n" +
			"  weft process --steps 'orient | fit 800x800 | jpeg q80' --to 'generated/{stem}.small.jpg' search_uploads/a.jpg",
		Args: takes(1, -1),
	}
	c.Flags().StringSliceVar(&p.recipes, "recipe", nil, "recipes by name, see weft recipes (default: all that are offered for the folder)")
	c.Flags().StringVar(&p.steps, "steps", "", "steps instead of recipes, such as 'orient | fit 800x800 | png'")
	c.Flags().StringVar(&p.to, "to", "", "with --steps: the key of each result, with placeholders (default \""+recipe.DefaultTo+"\")")
	c.Flags().BoolVar(&p.plan, "plan", false, "only say what would run")
	c.Flags().BoolVar(&p.force, "force", false, "also make again what is up to date")
	c.Flags().BoolVar(&p.noWait, "no-wait", false, "do not wait for the work to end")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		if err := a.checkSteps(c, &p); err != nil {
			return err
		}
		return a.process(ctx, keys, p)
	})
	return c
}

// checkSteps makes a recipe of --steps, and says what is wrong with them where it
// stands.
func (a *app) checkSteps(c *cobra.Command, p *processing) error {
	if !c.Flags().Changed("steps") {
		if p.to != "" {
			return usagef("--to goes with --steps: a recipe says itself where its results go")
		}
		return nil
	}
	if len(p.recipes) > 0 {
		return usagef("--steps and --recipe exclude each other")
	}
	r, err := recipe.FromSteps(p.steps, p.to, a.cfg.Folders)
	if problems, ok := errors.AsType[recipe.Problems](err); ok {
		if p.to != "" && problems[0].Column == 0 { // the steps themselves are well
			return wrongTo(problems)
		}
		return usagef("--steps: %s", problems.Caret(p.steps))
	}
	p.loose = []recipe.Recipe{r}
	return err
}

// wrongTo is what is wrong with --to, which a recipe's problems call to.
func wrongTo(p recipe.Problems) error {
	return usagef("--to%s", strings.TrimPrefix(p[0].Text, "to"))
}

// chosen is the recipes of the given names; all of them if none is given.
func (p processing) chosen(all []recipe.Recipe) ([]recipe.Recipe, error) {
	if len(p.recipes) == 0 {
		return all, nil
	}
	return pick(all, p.recipes)
}

func (a *app) process(ctx context.Context, keys []string, p processing) error {
	return a.work(ctx, keys, p, chore{
		choose: p.chosen,
		plan: func(ctx context.Context, d *pipeline.Doer, sources []s3ops.Object, recipes []recipe.Recipe) (int, error) {
			return a.printPlan(ctx, d, sources, recipes, p.force)
		},
		none: "there are no pictures to process" + a.resultsHint(keys),
		what: func(n int, recipes []recipe.Recipe) string {
			return fmt.Sprintf("%s through %s", plural(n, "picture"), names(recipes))
		},
	})
}

// resultsHint says why a folder of results holds no sources, if one is asked for.
func (a *app) resultsHint(keys []string) string {
	generated := a.cfg.Folders.Prefix(config.Generated)
	if generated == "" || !slices.ContainsFunc(keys, func(k string) bool { return isFolder(k) && strings.HasPrefix(k, generated) }) {
		return ""
	}
	return ": results are taken only when each is named, not by their folder"
}

// sources expands folders to their pictures; what is not there is named and
// counted, the rest goes on. Each source comes once.
func (a *app) sources(ctx context.Context, b *s3ops.Bucket, keys []string) (sources []s3ops.Object, failed int, err error) {
	var folders []string
	seen := map[string]bool{}
	add := func(o s3ops.Object) {
		if !seen[o.Key] {
			seen[o.Key] = true
			sources = append(sources, o)
		}
	}
	for _, k := range keys {
		if k == "" || isFolder(k) {
			folders = append(folders, k)
			continue
		}
		info, err := b.Stat(ctx, k, "")
		if err != nil {
			if ctx.Err() != nil {
				return nil, 0, ctx.Err()
			}
			failed++
			a.out.fail(s3ops.Doing("process", err).Error())
			continue
		}
		info.Key = k
		add(info.Object)
	}
	for o, err := range a.doer(b).Sources(ctx, folders) {
		if err != nil {
			return nil, 0, err
		}
		add(o)
		if n := len(sources); n%1000 == 0 {
			a.out.progress(fmt.Sprintf("%s found", plural(n, "picture")))
		}
	}
	a.out.progress("")
	return sources, failed, nil
}

// planTotal ends a plan, as scripts see it: it has the fields of its lines.
type planTotal struct {
	Source string `json:"source"`
	Recipe string `json:"recipe"`
	Key    string `json:"key"`
	State  string `json:"state"` // "total"
	*pipeline.PlanSum
	pipeline.Estimate
}

// printPlan prints what would run, each output as soon as it is known, and what
// it takes; what cannot be planned is named and counted.
func (a *app) printPlan(ctx context.Context, d *pipeline.Doer, sources []s3ops.Object, recipes []recipe.Recipe, force bool) (failed int, err error) {
	sum := pipeline.NewPlanSum(force)
	each := func(yield func(s3ops.Object, error) bool) {
		for _, o := range sources {
			if !yield(o, nil) {
				return
			}
		}
	}
	for x, err := range d.Plan(ctx, each, recipes) {
		switch {
		case err != nil && x.Source == "":
			return failed, err
		case err != nil:
			failed++
			a.out.fail(err.Error())
			continue
		case a.json:
			err = a.out.object(x)
		case x.Why != "":
			err = a.out.line("%-10s  %-8s  %s → %s  (%s)", x.State, clean(x.Recipe), clean(x.From()), clean(x.Into()), clean(x.Why))
		default:
			err = a.out.line("%-10s  %-8s  %s → %s", x.State, clean(x.Recipe), clean(x.From()), clean(x.Into()))
		}
		if err != nil {
			return failed, err
		}
		sum.Add(x)
	}
	sum.Failed = failed
	e, err := d.Estimate(ctx, sum, recipes, cmp.Or(a.cfg.Workers, runtime.NumCPU()))
	if err != nil {
		return failed, err
	}
	if a.json {
		return failed, a.out.object(planTotal{State: "total", PlanSum: sum, Estimate: e})
	}
	a.out.note("%s", planText(sum, e))
	return failed, nil
}

// planText is "12 outputs: 8 new, 4 up to date; 4 pictures to read, 48 megapixels
// in 21 MB; about 3 s here, beside what the line takes for them".
func planText(s *pipeline.PlanSum, e pipeline.Estimate) string {
	text := plural(s.Outputs, "output")
	sep := ": "
	for _, x := range []struct {
		n    int
		what string
	}{{s.New, "new"}, {s.Stale, "stale"}, {s.UpToDate, "up to date"}, {s.Collision, "in collision"}} {
		if x.n > 0 {
			text += fmt.Sprintf("%s%s %s", sep, humanize.Comma(int64(x.n)), x.what)
			sep = ", "
		}
	}
	if s.Sources == 0 {
		return text + "; there is nothing to do"
	}
	about := ""
	if !e.Exact {
		about = "about "
	}
	return fmt.Sprintf("%s; %s to read, %s%.1f megapixels in %s; about %s here, beside what the line takes for them",
		text, plural(s.Sources, "picture"), about, float64(e.Pixels)/1e6, size(e.Bytes), duration(e.Seconds))
}

// duration is a number of seconds for people.
func duration(seconds float64) string {
	switch {
	case seconds < 10:
		return fmt.Sprintf("%.1f s", seconds)
	case seconds < 120:
		return fmt.Sprintf("%.0f s", seconds)
	case seconds < 7200:
		return fmt.Sprintf("%.0f min", seconds/60)
	}
	return fmt.Sprintf("%.0f h", seconds/3600)
}

// submit puts one job into the queue, sees that a worker runs, and waits. failed
// counts what was given up before.
func (a *app) submit(ctx context.Context, q *queue.Queue, what string, tasks iter.Seq[pipeline.Task], noWait bool, failed int) error {
	j, err := q.Submit(ctx, "", tasks)
	if err != nil {
		return err
	}
	id := j.ID
	if err := a.wake(ctx); err != nil {
		return fmt.Errorf("job %d is queued, but no worker could be started: %w; run weft worker", id, err)
	}
	if noWait {
		return orFailures(a.summarise(j, nil, nil), failed, failed+j.Total)
	}
	a.out.note("job %d: %s", id, what)
	j, err = a.follow(ctx, q, id)
	if err != nil {
		if left(ctx, err) {
			a.out.note("job %d goes on without this command: follow it with weft jobs --watch %d, end it with weft jobs cancel %d", id, id, id)
		}
		return err
	}
	bad, err := failuresOf(ctx, q, id)
	if err != nil {
		return err
	}
	notes, err := notesOf(ctx, q, id)
	if err != nil {
		return err
	}
	if err := a.summarise(j, bad, notes); err != nil {
		return err
	}
	return orFailures(nil, failed+j.Failed+j.Cancelled, failed+j.Total)
}

func (a *app) summarise(j queue.Job, bad []failure, notes []noted) error {
	for _, n := range notes {
		a.out.note("%s", n.text())
	}
	for _, f := range bad {
		a.out.fail(f.text())
	}
	if a.json {
		return a.out.object(summary{j.ID, j.Total, j.Done, j.Skipped, j.Failed, j.Cancelled, bad, notes})
	}
	return a.out.line("job %d: %s", j.ID, counts(j))
}

// orFailures is err, or the count of what failed, or nil.
func orFailures(err error, failed, total int) error {
	if err != nil || failed == 0 {
		return err
	}
	return failures{failed, total}
}

func names(recipes []recipe.Recipe) string {
	var out []string
	for _, r := range recipes {
		if r.Loose() { // its name says nothing to people
			return "the steps " + r.Line()
		}
		out = append(out, r.Name)
	}
	return strings.Join(out, ", ")
}
