package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/pipeline/sample"
	"weft/s3ops"
)

// What stands in the file that remembers whether a store gets sample fabrics.
const (
	samplesDue  = "due"  // the store was empty when weft first saw it
	samplesDone = "done" // all are there or will be, or the store had objects of its own
)

// seedSamples has an embedded store that was empty when weft first saw it
// filled with sample fabrics. fill is called again at the next start unless it
// returned nil once; who deletes the samples is rid of them.
func seedSamples(ctx context.Context, cfg *config.Config, bucket *s3ops.Bucket, fill func(context.Context) error) error {
	marker := filepath.Join(cfg.StateDir(), "samples")
	state, err := os.ReadFile(marker)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if errors.Is(err, fs.ErrNotExist) {
		found := samplesDue
		if empty, err := isEmpty(ctx, bucket); err != nil {
			return err
		} else if !empty {
			found = samplesDone
		}
		state = []byte(found)
		if err := os.WriteFile(marker, state, 0o600); err != nil {
			return err
		}
	}
	if strings.TrimSpace(string(state)) != samplesDue || cfg.ReadOnly {
		return nil
	}
	if err := fill(ctx); err != nil {
		return err
	}
	return os.WriteFile(marker, []byte(samplesDone), 0o600)
}

// queueSamples submits the drawing of the sample fabrics, in the order in which
// they are first seen: a job like any other, with progress, that goes on after
// a crash and can be cancelled.
func queueSamples(ctx context.Context, q *queue.Queue, folders config.Folders) error {
	_, err := q.Submit(ctx, "", func(yield func(pipeline.Task) bool) {
		for _, s := range sample.All(folders) {
			if !yield(pipeline.Task{Verb: pipeline.Draw, Key: s.Key}) {
				return
			}
		}
	})
	return err
}

// isEmpty tells whether a bucket holds nothing, now or in old versions, but
// the markers of its folders.
func isEmpty(ctx context.Context, bucket *s3ops.Bucket) (bool, error) {
	for o, err := range bucket.Objects(ctx, "", s3ops.ListOptions{Recursive: true, Versions: true}) {
		if err != nil {
			return false, err
		}
		if !strings.HasSuffix(o.Key, "/") {
			return false, nil
		}
	}
	return true, nil
}
