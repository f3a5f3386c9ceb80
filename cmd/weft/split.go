package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// splitting is one weft split, as asked for.
type splitting struct {
	processing
	tolerance float64
	ground    string
}

func (a *app) splitCommand() *cobra.Command {
	var p splitting
	c := &cobra.Command{
		Use:   "split KEY|PREFIX/…",
		Short: "Cut photos of several swatches into one picture of each",
		Long: "Finds the swatches in photos, straightens each and writes it to the folder of single images as\n" +
			"{stem}-{n}.jpg, and a sheet that shows all of a photo to the folder of results. A worker does\n" +
			"it. Photos in the folder of single images are left out: what is there is split already.\n" +
			"--plan finds the swatches and says where they lie, without writing anything.",
		Example: "  weft split uploaded/group_images/\n  weft split --plan uploaded/group_images/table.jpg\n  weft split --tolerance 0.6 --ground '#e8e4da' uploaded/group_images/pale.jpg",
		Args:    takes(1, -1),
	}
	c.Flags().StringSliceVar(&p.recipes, "recipe", nil, "recipes with the step split, by name (default: orient | split | jpeg q92)")
	c.Flags().Float64Var(&p.tolerance, "tolerance", 1, "how different from the ground a swatch must look, 0.3 to 3")
	c.Flags().StringVar(&p.ground, "ground", "", "the ground's colour, such as '#e8e4da', if the photo's border does not show it")
	c.Flags().BoolVar(&p.plan, "plan", false, "only say what would be found")
	c.Flags().BoolVar(&p.force, "force", false, "also make again what is up to date")
	c.Flags().BoolVar(&p.noWait, "no-wait", false, "do not wait for the work to end")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		if c.Flags().Changed("tolerance") || c.Flags().Changed("ground") {
			if len(p.recipes) > 0 {
				return usagef("--tolerance and --ground go without --recipe: a recipe says them itself, as in split 0.6 #e8e4da")
			}
			steps, err := recipe.ParseSteps(fmt.Sprintf("orient | split %g %s | jpeg q92", p.tolerance, p.ground))
			if err != nil {
				return usagef("%s", err)
			}
			r := recipe.Splitting()
			r.Steps = steps
			p.loose = []recipe.Recipe{r}
		}
		return a.split(ctx, keys, p.processing)
	})
	return c
}

// splitters are the recipes to split by: those named, else one called split, else
// the built-in one.
func (p processing) splitters(all []recipe.Recipe) ([]recipe.Recipe, error) {
	if len(p.recipes) == 0 {
		if i := slices.IndexFunc(all, func(r recipe.Recipe) bool { return r.Name == recipe.Split && r.Has(recipe.Split) }); i >= 0 {
			return all[i : i+1], nil
		}
		return []recipe.Recipe{recipe.Splitting()}, nil
	}
	recipes, err := pick(all, p.recipes)
	for _, r := range recipes {
		if !r.Has(recipe.Split) {
			return nil, usagef("recipe %s has no step split: weft process runs it", r.Name)
		}
	}
	return recipes, err
}

func (a *app) split(ctx context.Context, keys []string, p processing) error {
	return a.work(ctx, keys, p, chore{
		choose: p.splitters,
		keep:   func(sources []s3ops.Object) []s3ops.Object { return a.unsplit(sources, keys) },
		plan:   a.printSplits,
		none:   "there are no photos to split",
		what:   func(n int, _ []recipe.Recipe) string { return plural(n, "photo") + " to split" },
	})
}

// unsplit leaves out what was found in the folder of single images. A photo there
// that is named itself stays, and is told why it is not split.
func (a *app) unsplit(sources []s3ops.Object, named []string) []s3ops.Object {
	single := a.cfg.Folders.Prefix(config.SingleImages)
	n := len(sources)
	sources = slices.DeleteFunc(sources, func(o s3ops.Object) bool {
		return single != "" && strings.HasPrefix(o.Key, single) && !slices.Contains(named, o.Key)
	})
	if n -= len(sources); n > 0 {
		a.out.note("%s in %s left out: single images are not split", plural(n, "picture"), single)
	}
	return sources
}

// printSplits prints what is found in each photo; what cannot be split is named
// and counted.
func (a *app) printSplits(ctx context.Context, d *pipeline.Doer, sources []s3ops.Object, recipes []recipe.Recipe) (failed int, err error) {
	for _, o := range sources {
		for _, r := range recipes {
			if !r.Takes(o.Key, a.cfg.Folders) {
				continue
			}
			p, err := d.PlanSplit(ctx, o.Key, r, nil)
			switch {
			case ctx.Err() != nil:
				return failed, ctx.Err()
			case err != nil:
				failed++
				a.out.fail(err.Error())
				continue
			case a.json:
				err = a.out.object(p)
			default:
				err = a.printSplit(p)
			}
			if err != nil {
				return failed, err
			}
		}
	}
	return failed, nil
}

// printSplit prints one photo's plan: a line for it, and one for each swatch with
// its corners in pixels of the upright photo.
func (a *app) printSplit(p pipeline.SplitPlan) error {
	if err := a.out.line("%-10s  %s  %s, %d × %d", p.State, clean(p.Source), pipeline.Swatches(p.Count), p.Width, p.Height); err != nil {
		return err
	}
	for i, q := range p.Swatches {
		var corners []string
		for _, c := range q {
			corners = append(corners, fmt.Sprintf("%.0f,%.0f", c.X, c.Y))
		}
		w, h := q.Sides()
		if err := a.out.line("  %2d  %4.0f × %-4.0f  at %-40s → %s", i+1, w, h, strings.Join(corners, "  "), clean(p.Keys[i])); err != nil {
			return err
		}
	}
	return a.out.line("  all on %s", clean(p.Sheet))
}
