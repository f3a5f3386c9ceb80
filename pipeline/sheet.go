package pipeline

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// The names of a sheet's user metadata.
const (
	metaSheet   = "weft-sheet"         // what it was made of, hashed
	metaSources = "weft-sheet-sources" // how many
	metaEmpty   = "weft-sheet-empty"   // how many of those could not be drawn
)

// sheetTasks are the pages of a recipe's sheet over the sources that it takes.
func sheetTasks(f config.Folders, sources []string, r recipe.Recipe) []Task {
	s, _ := r.Sheet()
	var takes []string
	for _, key := range sources {
		if r.Takes(key, f) {
			takes = append(takes, key)
		}
	}
	pages := slices.Collect(slices.Chunk(takes, s.Columns*s.Rows))
	var out []Task
	for i, keys := range pages {
		t := Task{Verb: Sheet, Sources: keys, Recipes: []recipe.Recipe{r}}
		if len(pages) > 1 {
			t.Name = fmt.Sprintf("page %d of %d", i+1, len(pages))
		}
		key, err := r.PageKey(i+1, len(pages), f)
		if t.Key = key; err != nil {
			t.Verb, t.Key, t.Name = Refuse, keys[0], err.Error()
		}
		out = append(out, t)
	}
	return out
}

// page is a sheet's page and what is known of its sources.
type page struct {
	Task
	recipe  recipe.Recipe
	sources []s3ops.Info
	errs    []error // of the sources that are not there, or not to be read
	digest  string
	bytes   int64
	output
}

// sheet draws the page Key of the pictures Sources. A source that cannot be drawn
// leaves an empty cell with the reason; the page is written all the same, and the
// error tells of those. A page without empty cells that was made of the same
// sources by the same recipe is not made again.
func (d *Doer) sheet(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	p, err := d.lookPage(ctx, t)
	if err != nil {
		return Outcome{}, err
	}
	switch {
	case p.state == OutputCollision:
		return Outcome{}, p.collision()
	case p.state == OutputUpToDate && !t.Force:
		return Outcome{Skipped: true}, nil
	}
	cells, failed, err := d.cells(ctx, p, report)
	if err != nil {
		return Outcome{}, err
	}
	head := path.Base(t.Key)
	if one, err := p.recipe.PageKey(1, 1, d.Folders); err == nil {
		head = path.Base(one) // without the number of the page
	}
	result, err := picture.Sheet(ctx, cells, p.recipe, printable(strings.TrimSuffix(head, path.Ext(head))), t.Name, d.Limits)
	if err != nil {
		return Outcome{}, fmt.Errorf("%s: %w", printable(t.Key), err)
	}
	report(Progress{"writing the sheet", 0, int64(len(result.Data))})
	if err := d.writePage(ctx, p, result, len(failed)); err != nil {
		return Outcome{}, err
	}
	out := Outcome{Keys: []string{t.Key}, Bytes: p.bytes + int64(len(result.Data))}
	if len(failed) > 0 {
		return out, fmt.Errorf("%s is made, with %d of %d cells empty: %w", printable(t.Key), len(failed), len(cells), errors.Join(failed[:min(len(failed), 20)]...))
	}
	return out, nil
}

// lookPage asks for the page's sources and for what is at its key.
func (d *Doer) lookPage(ctx context.Context, t Task) (*page, error) {
	if len(t.Recipes) != 1 || len(t.Sources) == 0 {
		return nil, fmt.Errorf("sheet %s: one recipe and some sources must be named", printable(t.Key))
	}
	p := &page{Task: t, recipe: t.Recipes[0]}
	type found struct {
		info s3ops.Info
		err  error
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%q %q\n", p.recipe.Hash(), t.Key, t.Name)
	for f := range inOrder(ctx, slices.Values(t.Sources), planWidth, func(ctx context.Context, key string) found {
		info, err := d.Bucket.Stat(ctx, key, "")
		return found{info, err}
	}) {
		if f.err != nil && !missing(f.err) {
			return nil, f.err
		}
		fmt.Fprintf(sum, "%q %q\n", t.Sources[len(p.sources)], f.info.ETag)
		p.sources, p.errs, p.bytes = append(p.sources, f.info), append(p.errs, f.err), p.bytes+f.info.Size
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p.digest = hex.EncodeToString(sum.Sum(nil)[:16])
	return p, d.seePage(ctx, p)
}

// seePage finds out what is at a page's key.
func (d *Doer) seePage(ctx context.Context, p *page) (err error) {
	p.output = output{recipe: p.recipe, key: p.Key, state: OutputNew}
	p.now, err = d.Bucket.Stat(ctx, p.Key, "")
	if errors.Is(err, s3ops.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	switch m := p.now.Metadata; {
	case m[metaSheet] == "":
		p.state = OutputCollision
	case m[metaSheet] != p.digest:
		p.state, p.why = OutputStale, "its pictures or the recipe have changed"
	case m[metaEmpty] != "0":
		p.state, p.why = OutputStale, m[metaEmpty]+" of its cells are empty"
	default:
		p.state = OutputUpToDate
	}
	return nil
}

// missing tells whether an error is of one source, which then leaves a cell empty,
// not of the store or the line, with which all else fails too.
func missing(err error) bool {
	return errors.Is(err, s3ops.ErrNotFound) || errors.Is(err, s3ops.ErrDenied) || errors.Is(err, s3ops.ErrInvalid)
}

// cells makes the picture of each source, two at the same time so that one comes
// while the other is drawn. failed are the errors of those that are empty.
func (d *Doer) cells(ctx context.Context, p *page, report func(Progress)) (cells []picture.Cell, failed []error, err error) {
	s, _ := p.recipe.Sheet()
	small := []recipe.Recipe{picture.CellRecipe(s)}
	var done atomic.Int64
	type drawn struct {
		picture.Cell
		cause, err error // of this cell; of all
	}
	all := func(yield func(int) bool) {
		for i := range p.Sources {
			if !yield(i) {
				return
			}
		}
	}
	for c := range inOrder(ctx, all, 1, func(ctx context.Context, i int) drawn {
		c := drawn{Cell: picture.Cell{Name: printable(path.Base(p.Sources[i]))}, cause: p.errs[i]}
		if c.cause == nil {
			var data []byte
			data, c.cause = d.read(ctx, p.sources[i], func(Progress) {})
			if c.cause != nil && !missing(c.cause) && !errors.Is(c.cause, picture.ErrLimit) && !errors.Is(c.cause, picture.ErrFormat) {
				c.err = c.cause
				return c
			}
			if c.cause == nil {
				c.Picture, c.Palette, c.cause = d.drawCell(ctx, data, small)
			}
		}
		report(Progress{fmt.Sprintf("drawing %d pictures", len(p.Sources)), done.Add(p.sources[i].Size), p.bytes})
		return c
	}) {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if c.err != nil {
			return nil, nil, c.err
		}
		if c.cause != nil {
			c.Reason = reason(c.cause)
			failed = append(failed, fmt.Errorf("%s: %w", printable(p.Sources[len(cells)]), c.cause))
		}
		cells = append(cells, c.Cell)
	}
	return cells, failed, ctx.Err()
}

func (d *Doer) drawCell(ctx context.Context, data []byte, small []recipe.Recipe) ([]byte, []picture.Colour, error) {
	results, facts, err := d.Pictures.Run(ctx, data, small, d.Limits)
	if err != nil {
		return nil, nil, err
	}
	return results[0].Data, facts.Palette, nil
}

// reason is an error in few words, for an empty cell.
func reason(err error) string {
	for _, k := range []error{s3ops.ErrNotFound, s3ops.ErrDenied} {
		if errors.Is(err, k) {
			return k.Error()
		}
	}
	return printable(err.Error())
}

// writePage puts the page at its key: new, or in place of a sheet that was there.
func (d *Doer) writePage(ctx context.Context, p *page, r picture.Result, empty int) error {
	metadata := map[string]string{
		metaSheet: p.digest, metaSources: strconv.Itoa(len(p.Sources)), metaEmpty: strconv.Itoa(empty),
		metaRecipe: p.recipe.Name, metaEngine: strconv.Itoa(recipe.EngineVersion),
		metaWidth: strconv.Itoa(r.Width), metaHeight: strconv.Itoa(r.Height),
	}
	var err error
	for range 4 {
		_, err = d.Bucket.Upload(ctx, p.Key, bytes.NewReader(r.Data), s3ops.UploadOptions{
			IfMatch: p.now.ETag, ContentType: r.ContentType, CacheControl: p.CacheControl, Metadata: metadata, Size: int64(len(r.Data))})
		if err == nil {
			return nil
		}
		changed := errors.Is(err, s3ops.ErrExists) || errors.Is(err, s3ops.ErrChanged) || errors.Is(err, s3ops.ErrNotFound)
		if !changed || ctx.Err() != nil {
			return err
		}
		if err := d.seePage(ctx, p); err != nil {
			return err
		}
		if p.state == OutputCollision {
			return p.collision()
		}
		if p.state == OutputUpToDate {
			return nil
		}
	}
	return err
}

// planSheets says what the pages of sheets over the sources would be, and tells
// whether the reader wants more.
func (d *Doer) planSheets(ctx context.Context, sources []s3ops.Object, sheets []recipe.Recipe, yield func(PlannedOutput, error) bool) bool {
	var keys []string
	for _, o := range sources {
		keys = append(keys, o.Key)
	}
	for _, r := range sheets {
		for _, t := range sheetTasks(d.Folders, keys, r) {
			out, err := d.planPage(ctx, t)
			if ctx.Err() != nil {
				yield(PlannedOutput{}, ctx.Err())
				return false
			}
			if !yield(out, err) {
				return false
			}
		}
	}
	return true
}

func (d *Doer) planPage(ctx context.Context, t Task) (PlannedOutput, error) {
	if t.Verb == Refuse {
		return PlannedOutput{Source: t.Key}, errors.New(t.Name)
	}
	out := PlannedOutput{Source: t.Sources[0], Sources: len(t.Sources), Recipe: t.Recipes[0].Name, Key: t.Key, recipe: t.Recipes[0]}
	p, err := d.lookPage(ctx, t)
	if err != nil {
		return out, err
	}
	out.State, out.Why = p.state, p.why
	if p.state == OutputCollision {
		out.Why = "its key holds " + p.holds()
	}
	for i, o := range p.sources {
		if p.errs[i] == nil {
			out.parts = append(out.parts, o.Object)
		}
	}
	return out, nil
}
