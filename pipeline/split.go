package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// split makes pictures of the swatches in the photo Key, by each of Recipes: first
// the parts, then the sheet that shows them, which tells how many there are, then
// the row. What is up to date is not made again; if all is, the photo is not even
// read. Nothing is written if the photo cannot be split or a key is taken.
func (d *Doer) split(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	source, err := d.sourceOf(ctx, t)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Skipped: true}
	recipes, failed := d.lookUp(ctx, t.Recipes)
	var ready []output
	var facts *picture.Facts
	var data []byte // of the photo, once it was needed
	for _, r := range recipes {
		outputs, err := d.splitNow(ctx, source, r)
		if err == nil && (outputs == nil || t.Force) {
			if data == nil {
				data, err = d.read(ctx, source, report)
				out.Bytes += int64(len(data))
			}
			if err == nil {
				outputs, facts, err = d.splitBy(ctx, source, data, r, t, report, &out)
			}
		}
		ready = append(ready, outputs...)
		if err != nil {
			failed = append(failed, fmt.Errorf("recipe %s: %w", r.Name, err))
		}
	}
	return d.finish(ctx, source, facts, ready, len(failed) == 0, failed, out)
}

// splitNow looks whether the sheet and all parts that it tells of are there and up
// to date; it returns none if not.
func (d *Doer) splitNow(ctx context.Context, source s3ops.Info, r recipe.Recipe) ([]output, error) {
	if _, err := r.Part(source.Key, 1, d.Folders); err != nil {
		return nil, err
	}
	sheet, err := d.look(ctx, source, r)
	if err != nil {
		return nil, err
	}
	if sheet.state == OutputCollision {
		return nil, sheet.collision()
	}
	n, err := strconv.Atoi(sheet.now.Metadata[metaParts])
	if sheet.state != OutputUpToDate || err != nil || n < 1 {
		return nil, nil
	}
	parts, err := d.parts(ctx, source, r, n)
	if err != nil || slices.ContainsFunc(parts, func(o output) bool { return o.state != OutputUpToDate }) {
		return nil, err
	}
	return append(parts, sheet), nil
}

// parts looks at the first n parts of a photo; one whose key is taken is an error.
func (d *Doer) parts(ctx context.Context, source s3ops.Info, r recipe.Recipe, n int) ([]output, error) {
	all := make([]output, n)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range all {
		g.Go(func() error {
			key, err := r.Part(source.Key, i+1, d.Folders)
			if err == nil {
				all[i], err = d.lookAt(ctx, source, r, key)
			}
			if err == nil && all[i].state == OutputCollision {
				err = all[i].collisionOfPart()
			}
			return err
		})
	}
	return all, g.Wait()
}

func (o output) collisionOfPart() error {
	return fmt.Errorf("%s holds %s, which is not overwritten: move it, or rename the photo: %w", printable(o.key), o.holds(), s3ops.ErrExists)
}

// splitBy splits the photo and writes what is not up to date.
func (d *Doer) splitBy(ctx context.Context, source s3ops.Info, data []byte, r recipe.Recipe, t Task, report func(Progress), out *Outcome) ([]output, *picture.Facts, error) {
	marked := []recipe.Recipe{r}
	if err := d.readMarks(ctx, marked); err != nil {
		return nil, nil, err
	}
	r = marked[0]
	report(Progress{Stage: "finding swatches"})
	results, found, facts, err := d.Pictures.Split(ctx, data, r, d.Limits, func(done, total int) {
		report(Progress{Stage: fmt.Sprintf("cutting out swatch %d of %d", done, total)})
	})
	if err != nil {
		return nil, nil, err
	}
	n := len(found.Swatches)
	outputs, err := d.parts(ctx, source, r, n)
	if err != nil {
		return nil, nil, err
	}
	sheet, err := d.look(ctx, source, r)
	if err != nil {
		return nil, nil, err
	}
	if sheet.state == OutputCollision {
		return nil, nil, sheet.collision()
	}
	outputs = append(outputs, sheet)
	if slices.ContainsFunc(outputs, func(o output) bool { return o.state == OutputStale }) {
		if err := d.current(ctx, source); err != nil {
			return nil, nil, err
		}
	}
	before, _ := strconv.Atoi(sheet.now.Metadata[metaParts])
	for i := range outputs {
		o := &outputs[i]
		if o.state == OutputUpToDate && !t.Force && o != &outputs[n] {
			continue
		}
		report(Progress{fmt.Sprintf("writing %d of %d", i+1, n+1), 0, int64(len(results[i].Data))})
		if err := d.write(ctx, source, o, results[i], t); err != nil {
			return nil, nil, err
		}
		out.Skipped = false
		out.Keys = append(out.Keys, o.key)
		out.Bytes += int64(len(results[i].Data))
	}
	out.note(facts.Frames > 1, fmt.Sprintf("only the first of %d frames was used", facts.Frames))
	out.note(true, Swatches(n))
	if key, err := r.Part(source.Key, n+1, d.Folders); err == nil {
		out.note(before > n, fmt.Sprintf("it was split into %d before: %s and what follows is left of that", before, key))
	}
	return outputs, &facts, nil
}

// Swatches is "1 swatch" or "6 swatches".
func Swatches(n int) string {
	if n == 1 {
		return "1 swatch"
	}
	return strconv.Itoa(n) + " swatches"
}

// note adds to the Note if something is so.
func (o *Outcome) note(is bool, text string) {
	if !is {
		return
	}
	if o.Note != "" {
		o.Note += "; "
	}
	o.Note += text
}

// SplitPlan says what a Split task for a photo would do.
type SplitPlan struct {
	Source string `json:"source"`
	Recipe string `json:"recipe"`
	State  string `json:"state"` // "new", "stale", "up to date", "collision"
	Count  int    `json:"count"`
	picture.Found
	Keys  []string `json:"keys,omitempty"`  // of the parts, in the order of Swatches
	Sheet string   `json:"sheet,omitempty"` // the key of the sheet that shows them
}

// PlanSplit finds the swatches in a photo and says what splitting it would do,
// without doing it. The error is picture.ErrNoSwatch if it cannot be split. show,
// which may be nil, is given the photo as soon as it is read.
func (d *Doer) PlanSplit(ctx context.Context, key string, r recipe.Recipe, show func(photo []byte)) (p SplitPlan, err error) {
	p = SplitPlan{Source: key, Recipe: r.Name, State: OutputNew}
	source, err := d.Bucket.Stat(ctx, key, "")
	if err != nil {
		return p, err
	}
	if _, err := r.Part(key, 1, d.Folders); err != nil {
		return p, err
	}
	recipes, failed := d.lookUp(ctx, []recipe.Recipe{r})
	if len(failed) > 0 {
		return p, failed[0]
	}
	r = recipes[0]
	data, err := d.read(ctx, source, func(Progress) {})
	if err != nil {
		return p, fmt.Errorf("%s: %w", printable(key), err)
	}
	if show != nil {
		show(data)
	}
	if p.Found, _, err = d.Pictures.FindSwatches(ctx, data, r, d.Limits); err != nil {
		return p, fmt.Errorf("%s: %w", printable(key), err)
	}
	p.Count = len(p.Swatches)
	sheet, err := d.look(ctx, source, r)
	if err != nil {
		return p, err
	}
	parts, err := d.parts(ctx, source, r, p.Count)
	if err != nil && !errors.Is(err, s3ops.ErrExists) {
		return p, err
	}
	p.State, p.Sheet = stateOf(append(parts, sheet)), sheet.key
	for i := range p.Count {
		part, err := r.Part(key, i+1, d.Folders)
		if err != nil {
			return p, err
		}
		p.Keys = append(p.Keys, part)
	}
	return p, nil
}

// stateOf is the state of several outputs together.
func stateOf(all []output) string {
	for _, state := range []string{OutputCollision, OutputStale, OutputNew} {
		if slices.ContainsFunc(all, func(o output) bool { return o.state == state }) {
			return state
		}
	}
	return OutputUpToDate
}
