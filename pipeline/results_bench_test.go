package pipeline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"golang.org/x/sync/errgroup"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// BenchmarkResults looks through 10,000 pictures with a result each, of which
// every hundredth is stale: at first, and when this machine has kept the rows.
func BenchmarkResults(b *testing.B) {
	const n = 10_000
	folder, r := "search_uploads/ten-thousand/", recipe.Builtin()[:1]
	var g errgroup.Group
	g.SetLimit(8)
	upload := func(key string, data []byte, o s3ops.UploadOptions) (s3ops.Object, error) {
		o.Overwrite, o.Size = true, int64(len(data))
		return bucket.Upload(b.Context(), key, bytes.NewReader(data), o)
	}
	for i := range n {
		g.Go(func() error {
			source, err := upload(fmt.Sprintf("%s%05d.jpg", folder, i), fmt.Append(nil, i), s3ops.UploadOptions{})
			if err != nil {
				return err
			}
			key, _ := r[0].Output(source.Key, folders)
			made := picture.Result{Recipe: r[0], Width: 320, Height: 240}
			if _, err := upload(key, []byte("result"), s3ops.UploadOptions{Metadata: outputMetadata(s3ops.Info{Object: source}, made)}); err != nil {
				return err
			}
			row := Row{Key: source.Key, ETag: source.ETag, Outputs: []RowOutput{{Key: key, Recipe: "thumb", RecipeHash: r[0].Hash(), Bytes: 6}}}
			if i%100 == 0 {
				row.Outputs[0].RecipeHash = "of another recipe"
			}
			line, _ := json.Marshal(row)
			_, err = upload(RowKey(folders, source.Key), line, s3ops.UploadOptions{})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	look := func(b *testing.B, d *Doer) {
		stale := 0
		for x, err := range d.Results(b.Context(), folder, r, false, nil) {
			if err != nil {
				b.Fatal(err)
			}
			if x.State == OutputStale {
				stale++
			}
		}
		if stale != n/100 {
			b.Fatalf("%d stale", stale)
		}
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			d := doer()
			look(b, d)
		}
	})
	b.Run("kept", func(b *testing.B) {
		d := doer()
		d.Rows = filepath.Join(b.TempDir(), "rows")
		look(b, d)
		b.ResetTimer()
		for b.Loop() {
			look(b, d)
		}
	})
}
