package child

import (
	"context"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// FindSwatches is picture.FindSwatches.
func (e *Engine) FindSwatches(ctx context.Context, source []byte, r recipe.Recipe, l config.Limits) (_ picture.Found, _ picture.Facts, err error) {
	defer caught(&err)
	d, err := picture.Weigh(source, []recipe.Recipe{r}, l)
	if err != nil {
		return picture.Found{}, d.Facts, err
	}
	if d.Apart == "" {
		return picture.FindSwatches(ctx, source, r, l)
	}
	a, err := e.do(ctx, d, request{Find: true, Recipes: []recipe.Recipe{r}, Limits: l}, source)
	if err != nil {
		return picture.Found{}, d.Facts, err
	}
	return a.Found, a.Facts, a.err()
}

// Split is picture.Split; of what is worked on in a child, report is not told.
func (e *Engine) Split(ctx context.Context, source []byte, r recipe.Recipe, l config.Limits, report func(done, total int)) (_ []picture.Result, _ picture.Found, _ picture.Facts, err error) {
	defer caught(&err)
	d, err := picture.Weigh(source, []recipe.Recipe{r}, l)
	if err != nil {
		return nil, picture.Found{}, d.Facts, err
	}
	if d.Apart == "" {
		return picture.Split(ctx, source, r, l, report)
	}
	a, err := e.do(ctx, d, request{Split: true, Recipes: []recipe.Recipe{r}, Limits: l}, source)
	if err != nil {
		return nil, picture.Found{}, d.Facts, err
	}
	for i := range a.Results {
		a.Results[i].Recipe = r
	}
	return a.Results, a.Found, a.Facts, a.err()
}
