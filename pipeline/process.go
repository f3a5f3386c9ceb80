package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// process runs Recipes over the picture Key: first the outputs, then the row.
// Outputs that are up to date are not made again; if all are and the row is
// there with all its facts, the source is not even read. A recipe that fails does not keep the
// others from being made, and the error then tells of all that failed.
func (d *Doer) process(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	source, err := d.sourceOf(ctx, t)
	if err != nil {
		return Outcome{}, err
	}
	recipes, missing := d.lookUp(ctx, t.Recipes)
	outputs, failed := d.lookAll(ctx, source, recipes)
	failed = append(failed, missing...)
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	if slices.ContainsFunc(outputs, func(o output) bool { return o.state == OutputStale }) {
		if err := d.current(ctx, source); err != nil {
			return Outcome{}, fmt.Errorf("%s: %w", printable(t.Key), err)
		}
	}
	var ready, todo []output
	for _, o := range outputs {
		switch {
		case o.state == OutputCollision:
			failed = append(failed, o.collision())
		case o.state == OutputUpToDate && !t.Force:
			ready = append(ready, o)
		default:
			todo = append(todo, o)
		}
	}
	out := Outcome{Skipped: len(todo) == 0}
	var facts *picture.Facts
	if len(todo) > 0 {
		made, f, err := d.make(ctx, source, todo, t, report, &out)
		if err != nil {
			failed = append(failed, err)
		}
		facts, ready = f, append(ready, made...)
	}
	whole := len(todo) == 0 || facts != nil
	return d.finish(ctx, source, facts, ready, whole, failed, out)
}

// sourceOf looks at the picture that a task is to run its recipes over.
func (d *Doer) sourceOf(ctx context.Context, t Task) (s3ops.Info, error) {
	if len(t.Recipes) == 0 {
		return s3ops.Info{}, fmt.Errorf("%s %s: no recipe is named", t.Verb, printable(t.Key))
	}
	return d.Bucket.Stat(ctx, t.Key, "")
}

// finish records the outputs that are in the store in the row of their source, if
// what is known of that is whole, and joins all that failed to the task's error.
func (d *Doer) finish(ctx context.Context, source s3ops.Info, facts *picture.Facts, ready []output, whole bool, failed []error, out Outcome) (Outcome, error) {
	if len(ready) > 0 && whole && ctx.Err() == nil {
		written, err := d.record(ctx, source, facts, ready)
		if err != nil {
			failed = append(failed, fmt.Errorf("its row: %w", err))
		}
		out.Skipped = out.Skipped && !written
	}
	if err := errors.Join(failed...); err != nil {
		out.Skipped = false
		return out, fmt.Errorf("%s: %w", printable(source.Key), err)
	}
	return out, nil
}

// lookAll looks at every output at the same time. Two recipes of one task that
// would write to one key are a collision too.
func (d *Doer) lookAll(ctx context.Context, source s3ops.Info, recipes []recipe.Recipe) (outputs []output, failed []error) {
	all, errs := make([]output, len(recipes)), make([]error, len(recipes))
	var g errgroup.Group
	g.SetLimit(8)
	for i, r := range recipes {
		g.Go(func() error {
			all[i], errs[i] = d.look(ctx, source, r)
			return nil
		})
	}
	g.Wait()
	return settle(all, errs)
}

// settle keeps the outputs that can be made together, and tells of the others.
func settle(all []output, errs []error) (outputs []output, failed []error) {
	taken, named := map[string]string{}, map[string]bool{}
	for i, o := range all {
		if named[o.recipe.Name] && errs[i] == nil {
			errs[i] = fmt.Errorf("recipe %s is named twice", o.recipe.Name)
		}
		named[o.recipe.Name] = true
		if other, ok := taken[o.key]; ok && errs[i] == nil {
			errs[i] = fmt.Errorf("recipes %s and %s both write to %s: put {recipe} into their to", other, o.recipe.Name, printable(o.key))
		}
		if errs[i] != nil {
			failed = append(failed, errs[i])
			continue
		}
		taken[o.key] = o.recipe.Name
		outputs = append(outputs, o)
	}
	return outputs, failed
}

// make reads the source, makes the outputs and writes them. It returns those
// that are in the store beside the error of the others, and no facts if there
// are none.
func (d *Doer) make(ctx context.Context, source s3ops.Info, todo []output, t Task, report func(Progress), out *Outcome) ([]output, *picture.Facts, error) {
	data, err := d.read(ctx, source, report)
	if err != nil {
		return nil, nil, err
	}
	out.Bytes += int64(len(data))
	recipes := make([]recipe.Recipe, len(todo))
	for i, o := range todo {
		recipes[i] = o.recipe
	}
	if err := d.readMarks(ctx, recipes); err != nil {
		return nil, nil, err
	}
	report(Progress{"making " + names(recipes), 0, 0})
	results, facts, err := d.Pictures.Run(ctx, data, recipes, d.Limits)
	if len(results) == 0 {
		return nil, nil, err
	}
	if facts.Frames > 1 {
		out.Note = fmt.Sprintf("only the first of %d frames was used", facts.Frames)
	}
	for _, r := range results {
		if r.Note != "" && !strings.Contains(out.Note, r.Note) {
			out.Note = strings.TrimPrefix(out.Note+"; "+r.Note, "; ")
		}
	}
	failed := []error{err}
	var made []output
	for _, r := range results {
		o := todo[slices.IndexFunc(todo, func(o output) bool { return o.recipe.Name == r.Recipe.Name })]
		report(Progress{"writing " + r.Recipe.Name, 0, int64(len(r.Data))})
		if err := d.write(ctx, source, &o, r, t); err != nil {
			failed = append(failed, err)
			continue
		}
		made = append(made, o)
		out.Keys = append(out.Keys, o.key)
		out.Bytes += int64(len(r.Data))
	}
	return made, &facts, errors.Join(failed...)
}

func names(recipes []recipe.Recipe) string {
	s := ""
	for i, r := range recipes {
		if i > 0 {
			s += " + "
		}
		s += r.Name
	}
	return s
}

// read fetches the source as it was when it was looked at, at most Limits.Bytes.
func (d *Doer) read(ctx context.Context, source s3ops.Info, report func(Progress)) ([]byte, error) {
	if _, err := picture.Probe(nil, source.Size, d.Limits); source.Size == 0 || errors.Is(err, picture.ErrLimit) {
		return nil, err
	}
	body, info, err := d.Bucket.Read(ctx, source.Key, s3ops.ReadOptions{VersionID: source.VersionID, IfMatch: source.ETag})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	data := bytes.NewBuffer(make([]byte, 0, source.Size+bytes.MinRead))
	metered := &meter{r: io.LimitReader(body, source.Size+1), report: func(n int64) { report(Progress{"downloading", n, source.Size}) }}
	if _, err := data.ReadFrom(metered); err != nil {
		return nil, err
	}
	if int64(data.Len()) != source.Size {
		return nil, fmt.Errorf("%d bytes came of %d: %w", data.Len(), info.Size, s3ops.ErrCorrupt)
	}
	return data.Bytes(), nil
}

// meter reports how much was read, every 256 kB and at the end.
type meter struct {
	r       io.Reader
	n, told int64
	report  func(int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	if m.n += int64(n); m.n-m.told >= 256<<10 || err != nil && m.n != m.told {
		m.told = m.n
		m.report(m.n)
	}
	return n, err
}

// write puts one result at its key: new, or in place of the stale one that was
// seen there, and never over anything else. What another worker wrote meanwhile
// is as good if it is up to date.
func (d *Doer) write(ctx context.Context, source s3ops.Info, o *output, r picture.Result, t Task) error {
	var err error
	for range 4 {
		var written s3ops.Object
		metadata := outputMetadata(source, r)
		written, err = d.Bucket.Upload(ctx, o.key, bytes.NewReader(r.Data), s3ops.UploadOptions{
			IfMatch: o.now.ETag, ContentType: r.ContentType, CacheControl: t.CacheControl, Metadata: metadata, Size: int64(len(r.Data))})
		if err == nil {
			o.now = s3ops.Info{Object: written, Metadata: metadata}
			o.now.Size = int64(len(r.Data))
			return nil
		}
		changed := errors.Is(err, s3ops.ErrExists) || errors.Is(err, s3ops.ErrChanged) || errors.Is(err, s3ops.ErrNotFound)
		if !changed || ctx.Err() != nil {
			return err
		}
		next, lerr := d.lookAt(ctx, source, o.recipe, o.key)
		if lerr == nil && next.state == OutputStale {
			lerr = d.current(ctx, source) // else it may be newer than ours
		}
		switch *o = next; {
		case lerr != nil:
			return lerr
		case o.state == OutputCollision:
			return o.collision()
		case o.state == OutputUpToDate:
			return nil
		}
	}
	return err
}

// current is an error if the source has been replaced since it was looked at:
// what another task made of the newer one must not be put back.
func (d *Doer) current(ctx context.Context, source s3ops.Info) error {
	now, err := d.Bucket.Stat(ctx, source.Key, "")
	if err == nil && now.ETag != source.ETag {
		err = fmt.Errorf("it was replaced while it was being processed: process it again: %w", s3ops.ErrChanged)
	}
	return err
}
