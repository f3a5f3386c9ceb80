package tui

import (
	"cmp"
	"context"
	"image"
	"image/color"
	"iter"
	"runtime"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// The effects that find out about recipes and their results.

// readRecipes reads the recipes in force.
func readRecipes(ctx context.Context, s *Session) tea.Cmd {
	if s.Load == nil {
		return nil
	}
	return func() tea.Msg {
		all, err := s.Load(ctx)
		return recipesRead{session: s, recipes: all, err: err}
	}
}

// planPart is one output of a plan, what is wrong with a source, or, at the end,
// how much work it all is.
type planPart struct {
	output   pipeline.PlannedOutput
	err      error
	estimate *pipeline.Estimate
}

// plan says what recipes would do to pictures, and what that takes.
func plan(ctx context.Context, s *Session, token int, keys []string, recipes []recipe.Recipe) tea.Cmd {
	var all iter.Seq[planPart] = func(yield func(planPart) bool) {
		d, sum := s.doer(), pipeline.NewPlanSum(false)
		for x, err := range d.Plan(ctx, d.Find(ctx, keys), recipes) {
			if err == nil {
				sum.Add(x)
			}
			if !yield(planPart{output: x, err: err}) || err != nil && x.Source == "" {
				return
			}
		}
		e, err := d.Estimate(ctx, sum, recipes, cmp.Or(s.Config.Workers, runtime.NumCPU()))
		if err == nil {
			yield(planPart{estimate: &e})
		}
	}
	return stream(ctx, all, func(some []planPart, next tea.Cmd) tea.Msg { return planned{token, some, next} })
}

// planSplit finds the swatches in a photo and draws it, fitted into width × height
// pixels, with their outlines and numbers.
func planSplit(ctx context.Context, s *Session, token int, key string, r recipe.Recipe, width, height int, background color.Color, indexed bool) tea.Cmd {
	return func() tea.Msg {
		m := splitPlanned{token: token}
		var img *image.NRGBA
		m.plan, m.err = s.doer().PlanSplit(ctx, key, r, func(photo []byte) {
			img, _, _ = s.Pictures.Preview(ctx, photo, width, height, s.Config.Limits)
		})
		if img == nil {
			return m
		}
		for i, q := range m.plan.Swatches {
			scale := float64(img.Rect.Dx()) / float64(m.plan.Width)
			picture.DrawOutlines(img, m.plan.Swatches[i:i+1], scale, 0.4)
			at := q.Middle()
			if w, h := q.Sides(); w*scale > 16 && h*scale > 12 { // else it would hide the swatch
				drawNumber(img, i+1, int(at.X*scale), int(at.Y*scale))
			}
		}
		m.lines = halfBlocks(img, background, indexed)
		return m
	}
}

// standing is a result as it stands, or why that could not be found out.
type standing struct {
	result pipeline.Result
	err    error
}

// compareResults tells how the results of the pictures below a prefix stand.
func compareResults(ctx context.Context, s *Session, token int, prefix string, recipes []recipe.Recipe) tea.Cmd {
	var all iter.Seq[standing] = func(yield func(standing) bool) {
		for x, err := range s.doer().Results(ctx, prefix, recipes, false, nil) {
			if !yield(standing{x, err}) || err != nil && x.Source == "" {
				return
			}
		}
	}
	return stream(ctx, all, func(some []standing, next tea.Cmd) tea.Msg { return resultsCompared{token, some, next} })
}
