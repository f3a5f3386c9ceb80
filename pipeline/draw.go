package pipeline

import (
	"bytes"
	"context"
	"errors"

	"weft/pipeline/sample"
	"weft/s3ops"
)

// draw puts the sample fabric Key into the bucket. A key that was ever there is
// left alone: samples that somebody has deleted do not come back.
func (d *Doer) draw(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	if versions, err := d.versions(ctx, t.Key); err != nil || len(versions) > 0 {
		return Outcome{Skipped: err == nil}, err
	}
	report(Progress{Stage: "drawing"})
	data, err := sample.Draw(d.Folders, t.Key)
	if err != nil {
		return Outcome{}, err
	}
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	_, err = d.Bucket.Upload(ctx, t.Key, bytes.NewReader(data), s3ops.UploadOptions{Size: int64(len(data))})
	if errors.Is(err, s3ops.ErrExists) {
		return Outcome{Skipped: true}, nil
	}
	return Outcome{Keys: []string{t.Key}, Bytes: int64(len(data))}, err
}
