package main

import (
	"context"

	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// chore is what weft process and weft split do each in its own way.
type chore struct {
	choose func(all []recipe.Recipe) ([]recipe.Recipe, error)
	keep   func(sources []s3ops.Object) []s3ops.Object // leaves some out; may be nil
	plan   func(ctx context.Context, d *pipeline.Doer, sources []s3ops.Object, recipes []recipe.Recipe) (failed int, err error)
	none   string // said where there is nothing to do
	what   func(sources int, recipes []recipe.Recipe) string
}

// work has recipes run over the given keys and what is below the given folders, or
// only says what would run.
func (a *app) work(ctx context.Context, keys []string, p processing, c chore) error {
	if !p.plan {
		if err := a.writable(); err != nil {
			return err
		}
	}
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	recipes, err := a.recipesOf(ctx, b, p, c.choose)
	if err != nil {
		stop()
		return err
	}
	sources, failed, err := a.sources(ctx, b, keys)
	if c.keep != nil {
		sources = c.keep(sources)
	}
	total := failed + len(sources)
	if err == nil && p.plan {
		var unplanned int
		unplanned, err = c.plan(ctx, a.doer(b), sources, recipes)
		failed += unplanned
	}
	// The worker may be the one to serve the embedded store next.
	stop()
	if err != nil || p.plan {
		return orFailures(err, failed, total)
	}
	if len(sources) == 0 {
		a.out.fail(c.none)
		return failures{max(failed, 1), max(failed, 1)}
	}
	return a.withQueue(ctx, func(q *queue.Queue) error {
		keys := make([]string, len(sources))
		for i, o := range sources {
			keys[i] = o.Key
		}
		return a.submit(ctx, q, c.what(len(sources), recipes), func(yield func(pipeline.Task) bool) {
			for t := range pipeline.Tasks(a.cfg.Folders, keys, recipes) {
				t.Force = p.force
				if !yield(t) {
					return
				}
			}
		}, p.noWait, failed)
	})
}

// recipesOf is the recipe that was written out on the command line, or those that
// choose takes from all there are.
func (a *app) recipesOf(ctx context.Context, b *s3ops.Bucket, p processing, choose func([]recipe.Recipe) ([]recipe.Recipe, error)) ([]recipe.Recipe, error) {
	if p.loose != nil {
		return p.loose, nil
	}
	all, err := a.recipes(ctx, b)
	if err != nil {
		a.out.warn(err.Error())
	}
	return choose(all)
}
