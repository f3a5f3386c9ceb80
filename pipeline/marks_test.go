package pipeline

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/recipe"
	"weft/s3ops"
)

// logo is a PNG of one colour.
func logo(t *testing.T, c color.Color) []byte {
	t.Helper()
	img := image.NewPaletted(image.Rect(0, 0, 40, 20), color.Palette{c})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A picture of the bucket is drawn over the results; they are stale once it is another one; without it only the recipes that need it fail.
func TestProcessMarks(t *testing.T) {
	d, key := doer(), "search_uploads/marks/a.jpg"
	put(t, key, photo(t, 300, 200, 40))
	put(t, "logos/weft mark.png", logo(t, color.NRGBA{255, 0, 0, 255}))
	steps, err := recipe.ParseSteps(`fit 300 | watermark image "logos/weft mark.png" top-left 100% 50% | png`)
	if err != nil {
		t.Fatal(err)
	}
	marked := recipe.Recipe{Name: "marked", Steps: steps}
	task := Task{Verb: Process, Key: key, Recipes: []recipe.Recipe{marked, recipe.Builtin()[0]}}
	at := func() color.NRGBA {
		img, err := png.Decode(bytes.NewReader(get(t, "generated/"+key+".marked.png")))
		if err != nil {
			t.Fatal(err)
		}
		return color.NRGBAModel.Convert(img.At(30, 30)).(color.NRGBA)
	}
	if o := d.must(t, task); len(o.Keys) != 2 || at() != (color.NRGBA{255, 0, 0, 255}) {
		t.Fatalf("%+v, %v", o, at())
	}
	if o := d.must(t, task); !o.Skipped {
		t.Errorf("made again without a reason: %+v", o)
	}
	put(t, "logos/weft mark.png", logo(t, color.NRGBA{0, 0, 255, 255}))
	var states []string
	for p, err := range d.Plan(t.Context(), d.Find(t.Context(), []string{key}), task.Recipes) {
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, p.Recipe+" "+p.State)
	}
	if !slices.Equal(states, []string{"marked stale", "thumb up to date"}) {
		t.Error(states)
	}
	if o := d.must(t, task); len(o.Keys) != 1 || at() != (color.NRGBA{0, 0, 255, 255}) {
		t.Errorf("%+v, %v", o, at())
	}
	if row := readRow(t, key); recipesOf(row) != "marked thumb" {
		t.Errorf("%+v", row.Outputs)
	}

	task.Force = true
	if _, err := bucket.Delete(t.Context(), "logos/weft mark.png", ""); err != nil {
		t.Fatal(err)
	}
	o, err := d.Do(t.Context(), task, nil)
	if !errors.Is(err, s3ops.ErrNotFound) || !strings.Contains(err.Error(), "recipe marked: ") || !strings.Contains(err.Error(), "logos/weft mark.png") || len(o.Keys) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	put(t, "logos/weft mark.png", []byte("GIF89a is not taken"))
	if o, err = d.Do(t.Context(), task, nil); err == nil || !strings.Contains(err.Error(), `watermark image "logos/weft mark.png"`) || len(o.Keys) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
	put(t, "logos/weft mark.png", make([]byte, 9<<20))
	if _, err = d.Do(t.Context(), task, nil); err == nil || !strings.Contains(err.Error(), "at most 8 MiB") {
		t.Error(err)
	}
}
