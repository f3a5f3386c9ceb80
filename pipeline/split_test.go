package pipeline

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// table is a photo of so many coloured swatches on a grey ground.
func table(t *testing.T, swatches int, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 480, 360))
	state := uint32(1)
	for y := range 360 {
		for x := range 480 {
			state = state*1664525 + 1013904223
			noise := uint8(state >> 29)
			c := color.RGBA{150 + noise, 150 + noise, 148 + noise, 255}
			if i := x / 160; y > 60 && y < 220+10*i && x%160 > 25 && x%160 < 135 && i < swatches {
				c = color.RGBA{200 - uint8(60*i) + noise, 30 + uint8(60*i) + noise, shade + noise, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func splitOf(key string) Task {
	return Task{Verb: Split, Key: key, Recipes: []recipe.Recipe{recipe.Splitting()}}
}

// A split writes each swatch, then the sheet, then the row; again it does nothing; a swatch is a source like any other.
func TestSplit(t *testing.T) {
	d, key := doer(), "uploaded/group_images/split/three.jpg"
	object := put(t, key, table(t, 3, 40))
	p, err := d.PlanSplit(t.Context(), key, recipe.Splitting(), nil)
	if err != nil || p.Count != 3 || p.State != OutputNew || p.Width != 480 || p.Keys[2] != "uploaded/single_images/three-3.jpg" {
		t.Fatalf("plan %+v, %v", p, err)
	}
	var stages []string
	o, err := d.Do(t.Context(), splitOf(key), func(p Progress) { stages = append(stages, p.Stage) })
	want := append(slices.Clone(p.Keys), "generated/"+key+".split.jpg")
	if err != nil || o.Skipped || !slices.Equal(o.Keys, want) || o.Note != "3 swatches" || !slices.Contains(stages, "cutting out swatch 2 of 3") {
		t.Fatalf("%+v, %v, stages %q", o, err, stages)
	}
	for i, k := range p.Keys {
		c, _, err := image.DecodeConfig(bytes.NewReader(get(t, k)))
		if err != nil || c.Width < 100 || c.Width > 112 || c.Height < 150 || c.Height > 182 {
			t.Errorf("%s: %+v, %v", k, c, err)
		}
		info, err := bucket.Stat(t.Context(), k, "")
		if from, ok := OriginOf(info.Metadata); err != nil || !ok || from != (Origin{key, object.ETag, "split"}) || info.Metadata[metaPart] != []string{"1", "2", "3"}[i] || info.ContentType != "image/jpeg" {
			t.Errorf("%s: %+v, %v", k, info.Metadata, err)
		}
	}
	row := readRow(t, key)
	if row.Key != key || row.Width != 480 || row.Look == nil || len(row.Outputs) != 4 || row.Outputs[1].Key != want[1] || row.Outputs[0].Width == 0 {
		t.Errorf("row %+v", row)
	}
	if o := d.must(t, splitOf(key)); !o.Skipped || len(o.Keys) != 0 {
		t.Errorf("again: %+v", o)
	}
	if p, err := d.PlanSplit(t.Context(), key, recipe.Splitting(), nil); err != nil || p.State != OutputUpToDate {
		t.Errorf("plan of what is there: %+v, %v", p, err)
	}
	// One swatch is lost: only that is made again, with the sheet.
	d.must(t, Task{Verb: Delete, Key: want[1]})
	if o := d.must(t, splitOf(key)); o.Skipped || !slices.Equal(o.Keys, []string{want[1], want[3]}) {
		t.Errorf("one was missing: %+v", o)
	}
	if o := d.must(t, Task{Verb: Process, Key: want[0], Recipes: recipe.Builtin()[:1]}); len(o.Keys) != 1 {
		t.Errorf("a swatch processed: %+v", o)
	}
	if _, err := Inverse(splitOf(key), o); !errors.Is(err, ErrNoUndo) {
		t.Errorf("undo: %v", err)
	}
	// The photo is replaced by one with fewer: stale swatches are written anew, what is left over is told.
	put(t, key, table(t, 2, 90))
	if o := d.must(t, splitOf(key)); len(o.Keys) != 3 || !strings.Contains(o.Note, "uploaded/single_images/three-3.jpg and what follows is left") || len(readRow(t, key).Outputs) != 3 {
		t.Errorf("fewer swatches: %+v, row %+v", o, readRow(t, key))
	}
}

// Nothing that weft did not make from this photo is written over, and then nothing is written at all.
func TestSplitCollision(t *testing.T) {
	d, key := doer(), "uploaded/group_images/split/taken.jpg"
	put(t, key, table(t, 3, 40))
	put(t, "uploaded/single_images/taken-3.jpg", []byte("mine"))
	if p, err := d.PlanSplit(t.Context(), key, recipe.Splitting(), nil); err != nil || p.State != OutputCollision {
		t.Errorf("plan %+v, %v", p, err)
	}
	_, err := d.Do(t.Context(), splitOf(key), nil)
	if err == nil || !strings.Contains(err.Error(), "taken-3.jpg holds an object weft did not make") || !gone(t, "uploaded/single_images/taken-1.jpg") || string(get(t, "uploaded/single_images/taken-3.jpg")) != "mine" {
		t.Errorf("%v", err)
	}
	d.must(t, Task{Verb: Purge, Key: "uploaded/single_images/taken-3.jpg"})
	put(t, "uploaded/group_images/split/other/taken.jpg", table(t, 2, 40))
	d.must(t, splitOf("uploaded/group_images/split/other/taken.jpg"))
	if _, err = d.Do(t.Context(), splitOf(key), nil); err == nil || !strings.Contains(err.Error(), "holds the result of uploaded/group_images/split/other/taken.jpg by split") {
		t.Errorf("of the same name: %v", err)
	}
}

// Photos that cannot be split, and those that lie where the swatches go, are refused with a reason, and nothing is written.
func TestSplitRefused(t *testing.T) {
	d := doer()
	put(t, "uploaded/group_images/split/empty.jpg", table(t, 0, 40))
	put(t, "uploaded/single_images/split/three.jpg", table(t, 3, 40))
	_, err := d.Do(t.Context(), splitOf("uploaded/group_images/split/empty.jpg"), nil)
	if !errors.Is(err, picture.ErrNoSwatch) || !gone(t, "generated/uploaded/group_images/split/empty.jpg.split.jpg") || !gone(t, RowKey(folders, "uploaded/group_images/split/empty.jpg")) {
		t.Error(err)
	}
	if _, err := d.Do(t.Context(), splitOf("uploaded/single_images/split/three.jpg"), nil); err == nil || !strings.Contains(err.Error(), "where its parts would go") {
		t.Error(err)
	}
	if _, err := d.Do(t.Context(), Task{Verb: Split, Key: "x.jpg"}, nil); err == nil {
		t.Error("no recipe")
	}
}

// A recipe with the step split becomes a task of its own beside the others.
func TestSplitTasks(t *testing.T) {
	r := recipe.Splitting()
	got := slices.Collect(Tasks(folders, []string{"uploaded/group_images/a.jpg"}, append(recipe.Builtin(), r)))
	if len(got) != 2 || got[0].Verb != Split || len(got[0].Recipes) != 1 || got[1].Verb != Process || len(got[1].Recipes) != 3 {
		t.Errorf("%+v", got)
	}
	if c := Command(got[:1], 1); c != "weft split uploaded/group_images/a.jpg" {
		t.Error(c)
	}
	steps, err := recipe.ParseSteps("orient | split 0.5 #e8e4da | jpeg q92")
	if r.Steps = steps; err != nil {
		t.Fatal(err)
	}
	if c := Command([]Task{{Verb: Split, Key: "a.jpg", Recipes: []recipe.Recipe{r}}}, 1); c != "weft split --tolerance 0.5 --ground '#e8e4da' a.jpg" {
		t.Error(c)
	}
	for _, bad := range []string{"fit 10 | split", "split 5", "split red", "split #12345", "split | split", "split 1 #fff 2"} {
		if _, err := recipe.ParseSteps(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
