package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"weft/config"
	"weft/pipeline/sample"
	"weft/s3ops"
)

// What stands in the file that remembers whether a store gets sample fabrics.
const (
	samplesDue  = "due"  // the store was empty when weft first saw it
	samplesDone = "done" // all are there, or the store had objects of its own
)

// seedSamples fills an embedded store that was empty when weft first saw it
// with sample fabrics. It goes on where an earlier start was cut off, and never
// comes back once done: who deletes the samples is rid of them.
func seedSamples(ctx context.Context, cfg *config.Config, bucket *s3ops.Bucket) error {
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
	if err := sample.Seed(ctx, bucket, cfg.Folders, nil); err != nil {
		return err
	}
	return os.WriteFile(marker, []byte(samplesDone), 0o600)
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
