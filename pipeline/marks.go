package pipeline

import (
	"context"
	"fmt"
	"io"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// lookUp finds the pictures that the recipes' steps name and notes their ETags, so
// that a result made with another one is stale. The recipes whose pictures are
// there come back, beside the errors of the others.
func (d *Doer) lookUp(ctx context.Context, recipes []recipe.Recipe) (good []recipe.Recipe, failed []error) {
	found := map[string]recipe.Mark{}
	broken := map[string]error{}
	for _, r := range recipes {
		var err error
		r.Marks = nil
		for _, key := range r.Needs() {
			f, ok := found[key]
			if !ok && broken[key] == nil {
				if f, broken[key] = d.lookUpMark(ctx, key); broken[key] == nil {
					found[key] = f
				}
			}
			if broken[key] != nil {
				err = fmt.Errorf("recipe %s: %w", r.Name, broken[key])
			}
			r.Marks = append(r.Marks, f)
		}
		if err != nil {
			failed = append(failed, err)
			continue
		}
		good = append(good, r)
	}
	return good, failed
}

func (d *Doer) lookUpMark(ctx context.Context, key string) (recipe.Mark, error) {
	info, err := d.Bucket.Stat(ctx, key, "")
	if err == nil && info.Size > picture.MaxMarkBytes {
		err = fmt.Errorf("%s has %d bytes: a watermark has at most %d MiB: %w", printable(key), info.Size, picture.MaxMarkBytes>>20, picture.ErrLimit)
	}
	return recipe.Mark{Key: key, ETag: info.ETag}, err
}

// readMarks reads what lookUp found, each once. A picture that was replaced since
// then is an error: the task is done again.
func (d *Doer) readMarks(ctx context.Context, recipes []recipe.Recipe) error {
	have := map[string][]byte{}
	for i := range recipes {
		marks := append([]recipe.Mark(nil), recipes[i].Marks...)
		for k, f := range marks {
			data, ok := have[f.Key]
			if !ok {
				body, _, err := d.Bucket.Read(ctx, f.Key, s3ops.ReadOptions{IfMatch: f.ETag})
				if err != nil {
					return err
				}
				data, err = io.ReadAll(io.LimitReader(body, picture.MaxMarkBytes+1))
				body.Close()
				if err != nil {
					return fmt.Errorf("%s: %w", printable(f.Key), err)
				}
				have[f.Key] = data
			}
			marks[k].Data = data
		}
		recipes[i].Marks = marks
	}
	return nil
}
