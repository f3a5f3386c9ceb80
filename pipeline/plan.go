package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"weft/config"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// PlannedOutput is one output a recipe would make.
type PlannedOutput struct {
	Source string `json:"source"`
	Recipe string `json:"recipe"`
	Key    string `json:"key"`
	State  string `json:"state"` // "new", "stale", "up to date", "collision"
}

// planWidth is how many sources Plan asks for at the same time.
const planWidth = 16

// Plan says what Process tasks for the keys would do, without doing it, in the
// order of the keys. What could be found out comes back beside the joined
// errors of the rest.
func (d *Doer) Plan(ctx context.Context, keys []string, recipes []recipe.Recipe) ([]PlannedOutput, error) {
	parts, errs := make([][]PlannedOutput, len(keys)), make([]error, len(keys))
	var g errgroup.Group
	g.SetLimit(planWidth)
	for i, key := range keys {
		g.Go(func() error {
			if errs[i] = ctx.Err(); errs[i] == nil {
				parts[i], errs[i] = d.planOne(ctx, key, recipes)
			}
			return nil
		})
	}
	g.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	all := slices.Concat(parts...)
	taken := map[string]bool{}
	for i, p := range all {
		if taken[p.Key] {
			all[i].State = OutputCollision
		}
		taken[p.Key] = true
	}
	return all, errors.Join(errs...)
}

func (d *Doer) planOne(ctx context.Context, key string, recipes []recipe.Recipe) ([]PlannedOutput, error) {
	source, err := d.Bucket.Stat(ctx, key, "")
	if err != nil {
		return nil, err
	}
	outputs, failed := d.lookAll(ctx, source, recipes)
	plan := make([]PlannedOutput, len(outputs))
	for i, o := range outputs {
		plan[i] = PlannedOutput{key, o.recipe.Name, o.key, o.state}
	}
	if err := errors.Join(failed...); err != nil {
		return plan, fmt.Errorf("%s: %w", printable(key), err)
	}
	return plan, nil
}

// Sources lists the images below the prefixes, each once, by their extension.
// The folders of results and of the table are left out: those are no sources.
func (d *Doer) Sources(ctx context.Context, prefixes []string) iter.Seq2[s3ops.Object, error] {
	return func(yield func(s3ops.Object, error) bool) {
		for _, prefix := range outermost(prefixes) {
			for o, err := range d.Bucket.Objects(ctx, prefix, s3ops.ListOptions{Recursive: true}) {
				if err != nil {
					yield(s3ops.Object{}, err)
					return
				}
				if IsImage(o.Key) && !d.ours(o.Key) && !yield(o, nil) {
					return
				}
			}
		}
	}
}

// ours tells whether weft writes the key by itself.
func (d *Doer) ours(key string) bool {
	for _, role := range []config.Role{config.Generated, config.FabricTable} {
		if p := d.Folders.Prefix(role); p != "" && strings.HasPrefix(key, p) {
			return true
		}
	}
	return false
}

// outermost drops the prefixes that lie within another one.
func outermost(prefixes []string) []string {
	sorted := slices.SortedFunc(slices.Values(prefixes), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
	var out []string
	for _, p := range sorted {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.HasPrefix(p, o) }) {
			out = append(out, p)
		}
	}
	return out
}

// IsImage tells by a key's extension whether it should be a picture that weft
// can read.
func IsImage(key string) bool {
	switch strings.ToLower(path.Ext(key)) {
	case ".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp":
		return true
	}
	return false
}
