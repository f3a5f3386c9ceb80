package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

func readRow(t *testing.T, source string) Row {
	t.Helper()
	var row Row
	data := get(t, RowKey(folders, source))
	if err := json.Unmarshal(data, &row); err != nil || bytes.Count(data, []byte("\n")) != 1 {
		t.Fatalf("row %q: %v", data, err)
	}
	return row
}

// recipesOf lists the recipes in a row.
func recipesOf(r Row) string {
	var names []string
	for _, o := range r.Outputs {
		names = append(names, o.Recipe)
	}
	return strings.Join(names, " ")
}

// Processing writes every output with its origin, then the row; again it does nothing.
func TestProcess(t *testing.T) {
	d, key := doer(), "search_uploads/proc/a é.jpg"
	source := photo(t, 600, 400, 40)
	object := put(t, key, source)
	task := Task{Verb: Process, Key: key, Recipes: recipe.Builtin()}
	var stages []string
	o, err := d.Do(t.Context(), task, func(p Progress) { stages = append(stages, p.Stage) })
	if err != nil || o.Skipped || len(o.Keys) != 3 || !slices.Contains(stages, "downloading") || !slices.Contains(stages, "writing web") {
		t.Fatalf("%+v, %v, stages %q", o, err, stages)
	}
	for r, size := range map[string]image.Point{"thumb": {320, 213}, "web": {600, 400}, "square": {512, 512}} {
		out := "generated/" + key + "." + r + ".jpg"
		config, _, err := image.DecodeConfig(bytes.NewReader(get(t, out)))
		if err != nil || image.Pt(config.Width, config.Height) != size {
			t.Errorf("%s: %+v, %v", r, config, err)
		}
		i, err := bucket.Stat(t.Context(), out, "")
		from, ok := OriginOf(i.Metadata)
		if err != nil || !ok || from != (Origin{key, object.ETag, r}) || i.ContentType != "image/jpeg" {
			t.Errorf("%s: origin %+v, type %q, %v", r, from, i.ContentType, err)
		}
	}
	row := readRow(t, key)
	if row.Key != key || row.ETag != object.ETag || row.Size != int64(len(source)) || row.Width != 600 || row.Format != "jpeg" ||
		recipesOf(row) != "square thumb web" || row.Outputs[1].Height != 213 || row.Outputs[1].Bytes == 0 || row.ProcessedAt.IsZero() {
		t.Errorf("row %+v", row)
	}
	for range 2 {
		if o := d.must(t, task); !o.Skipped || len(o.Keys) != 0 {
			t.Errorf("again: %+v", o)
		}
	}
	for _, k := range []string{RowKey(folders, key), "generated/" + key + ".web.jpg"} {
		if n, _ := versions(t, k); n != 1 {
			t.Errorf("%s has %d versions", k, n)
		}
	}
	if !bytes.Equal(get(t, key), source) {
		t.Error("the original changed")
	}
}

// Only what is missing or stale is made; a crash between outputs and row is mended without making anything again.
func TestProcessOnlyWhatIsMissing(t *testing.T) {
	d, key := doer(), "search_uploads/stale/a.jpg"
	put(t, key, photo(t, 400, 300, 50))
	thumb, square := recipe.Builtin()[0], recipe.Builtin()[2]
	d.must(t, Task{Verb: Process, Key: key, Recipes: []recipe.Recipe{thumb}})
	both := Task{Verb: Process, Key: key, Recipes: []recipe.Recipe{thumb, square}}
	if o := d.must(t, both); len(o.Keys) != 1 || recipesOf(readRow(t, key)) != "square thumb" {
		t.Errorf("one was missing: %+v, row %s", o, recipesOf(readRow(t, key)))
	}
	// Another recipe of the same name makes its output stale, and only that.
	thumb.Steps, _ = recipe.ParseSteps("orient | fit 100 | jpeg q70")
	both.Recipes[0] = thumb
	if o := d.must(t, both); len(o.Keys) != 1 || !strings.Contains(o.Keys[0], "thumb") {
		t.Errorf("one was stale: %+v", o)
	}
	// A crash before the row.
	d.must(t, Task{Verb: Purge, Key: RowKey(folders, key)})
	if o := d.must(t, both); o.Skipped || len(o.Keys) != 0 || recipesOf(readRow(t, key)) != "square thumb" || readRow(t, key).Width != 400 {
		t.Errorf("the row was missing: %+v", o)
	}
	// A row of an older weft, which knows less of the picture, is completed.
	row := readRow(t, key)
	look := row.Look
	if look == nil || len(look.Palette) == 0 || len(look.Hash) != 16 || look.Sharpness == 0 || look.Tiles == "" {
		t.Errorf("facts %+v", look)
	}
	row.Look = nil
	line, _ := json.Marshal(row)
	put(t, RowKey(folders, key), append(line, '\n'))
	if o := d.must(t, both); o.Skipped || len(o.Keys) != 0 || !reflect.DeepEqual(readRow(t, key).Look, look) {
		t.Errorf("an older row: %+v, facts %+v, want %+v", o, readRow(t, key).Look, look)
	}
	if o := d.must(t, both); !o.Skipped {
		t.Errorf("again: %+v", o)
	}
	// Another source makes all stale, and forgets outputs of the old one.
	put(t, key, photo(t, 500, 300, 60))
	if o := d.must(t, Task{Verb: Process, Key: key, Recipes: []recipe.Recipe{thumb}}); len(o.Keys) != 1 {
		t.Errorf("new source: %+v", o)
	}
	if row := readRow(t, key); recipesOf(row) != "thumb" || row.Width != 500 {
		t.Errorf("row of the new source: %+v", row)
	}
	before := readRow(t, key)
	if o := d.must(t, Task{Verb: Process, Key: key, Recipes: []recipe.Recipe{thumb}, Force: true}); len(o.Keys) != 1 || readRow(t, key).ProcessedAt != before.ProcessedAt {
		t.Errorf("forced: %+v", o)
	}
}

// What weft did not make from this source is never overwritten, and the other outputs are still made.
func TestProcessCollision(t *testing.T) {
	d, key := doer(), "search_uploads/clash/a.jpg"
	put(t, key, photo(t, 400, 300, 70))
	taken := "generated/" + key + ".thumb.jpg"
	put(t, taken, []byte("mine"))
	task := Task{Verb: Process, Key: key, Recipes: recipe.Builtin(), Force: true}
	o, err := d.Do(t.Context(), task, nil)
	if !errors.Is(err, s3ops.ErrExists) || !strings.Contains(err.Error(), "did not make") || len(o.Keys) != 2 || string(get(t, taken)) != "mine" {
		t.Errorf("%+v, %v", o, err)
	}
	if recipesOf(readRow(t, key)) != "square web" {
		t.Error("row:", recipesOf(readRow(t, key)))
	}
	plan, err := planOfKeys(t, d, recipe.Builtin(), key, "search_uploads/clash/none.jpg")
	var states []string
	for _, p := range plan {
		states = append(states, p.Recipe+" "+p.State)
	}
	if !errors.Is(err, s3ops.ErrNotFound) || strings.Join(states, ", ") != "thumb collision, web up to date, square up to date" {
		t.Errorf("plan %q, %v", states, err)
	}
	same := recipe.Builtin()[:2]
	same[0].To, same[1].To = "{generated}x/{path}.{ext}", "{generated}x/{path}.{ext}"
	if _, err := d.Do(t.Context(), Task{Verb: Process, Key: key, Recipes: same}, nil); err == nil || !strings.Contains(err.Error(), "both write to") {
		t.Error(err)
	}
}

// What appears at an output's key while the picture is being made is not overwritten either.
func TestProcessLateCollision(t *testing.T) {
	d, key := doer(), "search_uploads/late/a.jpg"
	put(t, key, photo(t, 400, 300, 75))
	thumb := recipe.Builtin()[:1]
	out := "generated/" + key + ".thumb.jpg"
	for _, before := range []string{"nothing", "our own"} {
		appear := func(p Progress) {
			if p.Stage == "writing thumb" {
				put(t, out, []byte("mine"))
			}
		}
		_, err := d.Do(t.Context(), Task{Verb: Process, Key: key, Recipes: thumb, Force: true}, appear)
		if !errors.Is(err, s3ops.ErrExists) || string(get(t, out)) != "mine" {
			t.Errorf("over %s: %v", before, err)
		}
		d.must(t, Task{Verb: Purge, Key: out})
		d.must(t, Task{Verb: Process, Key: key, Recipes: thumb})
	}
	// The source is replaced while it is being read: nothing is made of a mixture.
	web, old := recipe.Builtin()[1:2], put(t, key, photo(t, 400, 300, 75))
	changed := false
	_, err := d.Do(t.Context(), Task{Verb: Process, Key: key, Recipes: web}, func(p Progress) {
		if !changed {
			changed = true
			put(t, key, photo(t, 300, 400, 76))
		}
	})
	if err == nil {
		i, serr := bucket.Stat(t.Context(), "generated/"+key+".web.jpg", "")
		if from, _ := OriginOf(i.Metadata); serr != nil || from.SourceETag != old.ETag {
			t.Errorf("an output of the old source says it is from %q, not %q", from.SourceETag, old.ETag)
		}
	} else if !errors.Is(err, s3ops.ErrChanged) && !errors.Is(err, s3ops.ErrCorrupt) {
		t.Error(err)
	}
	if o := d.must(t, Task{Verb: Process, Key: key, Recipes: web}); o.Skipped || readRow(t, key).Height != 400 {
		t.Errorf("the new source: %+v", o)
	}
}

// A slow task whose source is replaced and processed by another one meanwhile puts nothing old back.
func TestProcessOvertaken(t *testing.T) {
	d, key := doer(), "search_uploads/overtaken/a.jpg"
	put(t, key, photo(t, 400, 300, 77))
	task := Task{Verb: Process, Key: key, Recipes: recipe.Builtin()[:1]}
	var newer s3ops.Object
	_, err := d.Do(t.Context(), task, func(p Progress) {
		if p.Stage == "writing thumb" {
			newer = put(t, key, photo(t, 300, 400, 78))
			d.must(t, task)
		}
	})
	i, serr := bucket.Stat(t.Context(), "generated/"+key+".thumb.jpg", "")
	from, _ := OriginOf(i.Metadata)
	if !errors.Is(err, s3ops.ErrChanged) || serr != nil || from.SourceETag != newer.ETag || readRow(t, key).ETag != newer.ETag {
		t.Errorf("%v; the output is from %q, the row of %q, the source is %q", err, from.SourceETag, readRow(t, key).ETag, newer.ETag)
	}
	if o := d.must(t, task); !o.Skipped {
		t.Errorf("again: %+v", o)
	}
}

// A task that names two recipes alike makes one of them and says so.
func TestProcessRecipeTwice(t *testing.T) {
	d, key := doer(), "search_uploads/twice/a.jpg"
	put(t, key, photo(t, 400, 300, 79))
	twice := append(recipe.Builtin()[:1:1], recipe.Builtin()[1])
	twice[1].Name, twice[1].To = "thumb", "{generated}x/{path}.{ext}"
	o, err := d.Do(t.Context(), Task{Verb: Process, Key: key, Recipes: twice}, nil)
	if err == nil || !strings.Contains(err.Error(), "thumb is named twice") || len(o.Keys) != 1 {
		t.Errorf("%+v, %v", o, err)
	}
}

// That only the first frame of an animation is used is told.
func TestProcessTellsOfFrames(t *testing.T) {
	d, key := doer(), "search_uploads/anim/a.gif"
	g := gif.GIF{}
	for range 3 {
		g.Image, g.Delay = append(g.Image, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.White, color.Black})), append(g.Delay, 1)
	}
	var b bytes.Buffer
	if err := gif.EncodeAll(&b, &g); err != nil {
		t.Fatal(err)
	}
	put(t, key, b.Bytes())
	if o := d.must(t, Task{Verb: Process, Key: key, Recipes: recipe.Builtin()}); o.Note != "only the first of 3 frames was used" || readRow(t, key).Frames != 3 {
		t.Errorf("%+v", o)
	}
}

// Bad sources fail with words that name them and leave nothing behind.
func TestProcessBadSources(t *testing.T) {
	d := doer()
	jpg := photo(t, 400, 300, 80)
	for name, c := range map[string]struct {
		data []byte
		kind error
	}{
		"broken-07.jpg": {jpg[:len(jpg)/2], picture.ErrTruncated},
		"empty.jpg":     {nil, picture.ErrFormat},
		"text.jpg":      {[]byte("no picture at all"), picture.ErrFormat},
	} {
		key := "search_uploads/bad/" + name
		put(t, key, c.data)
		_, err := d.Do(t.Context(), Task{Verb: Process, Key: key, Recipes: recipe.Builtin()}, nil)
		if !errors.Is(err, c.kind) || !strings.HasPrefix(err.Error(), key+": ") || strings.Count(err.Error(), "\n") != 0 {
			t.Errorf("%s: %v", name, err)
		}
		if !gone(t, "generated/"+key+".web.jpg") || !gone(t, RowKey(folders, key)) {
			t.Errorf("%s left something behind", name)
		}
	}
	d.Limits.Bytes = 100
	put(t, "search_uploads/bad/big.jpg", jpg)
	if _, err := d.Do(t.Context(), Task{Verb: Process, Key: "search_uploads/bad/big.jpg", Recipes: recipe.Builtin()}, nil); !errors.Is(err, picture.ErrLimit) {
		t.Error(err)
	}
	if _, err := d.Do(t.Context(), Task{Verb: Process, Key: "search_uploads/bad/none.jpg", Recipes: recipe.Builtin()}, nil); !errors.Is(err, s3ops.ErrNotFound) {
		t.Error(err)
	}
	if _, err := d.Do(t.Context(), Task{Verb: Process, Key: "search_uploads/bad/big.jpg"}, nil); err == nil {
		t.Error("a task without recipes was done")
	}
}

// Many workers on one source at the same time lose no output and no entry of the row.
func TestProcessAtTheSameTime(t *testing.T) {
	d, key := doer(), "search_uploads/race/a.jpg"
	put(t, key, photo(t, 400, 300, 90))
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() {
			_, errs[i] = d.Do(t.Context(), Task{Verb: Process, Key: key, Recipes: recipe.Builtin()[i%3 : i%3+1]}, nil)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	if recipesOf(readRow(t, key)) != "square thumb web" {
		t.Error("row:", recipesOf(readRow(t, key)))
	}
}

// Keys with anything in them are processed, up to the longest that leaves room for the result.
func TestProcessAwkwardKeys(t *testing.T) {
	d := doer()
	for _, key := range []string{
		"search_uploads/odd/50%25 off+a b&c=d?.jpg", "search_uploads/odd/织物-🧵.jpg", "search_uploads/odd/{ext}.jpg", "search_uploads/odd/noext",
		"search_uploads/odd/" + strings.Repeat(strings.Repeat("é", 100)+"/", 4) + "a.jpg",
	} {
		put(t, key, photo(t, 40, 30, 100))
		task := Task{Verb: Process, Key: key, Recipes: recipe.Builtin()[:1]}
		if o := d.must(t, task); len(o.Keys) != 1 {
			t.Errorf("%q: %+v", key, o)
		}
		if o := d.must(t, task); !o.Skipped || readRow(t, key).Key != key {
			t.Errorf("%q again: %+v", key, o)
		}
	}
	long := "search_uploads/odd/" + strings.Repeat(strings.Repeat("x", 100)+"/", 9) + strings.Repeat("y", 90)
	put(t, long, photo(t, 40, 30, 100))
	if _, err := d.Do(t.Context(), Task{Verb: Process, Key: long, Recipes: recipe.Builtin()[:1]}, nil); err == nil || !strings.Contains(err.Error(), "at most 1024") {
		t.Error(err)
	}
}

// Sources lists the images below the prefixes, each once, and none that weft made itself.
func TestSources(t *testing.T) {
	d := doer()
	for _, k := range []string{"src/a.jpg", "src/b/c.PNG", "src/b/d.txt", "src/b/e.tiff", "srcx/f.jpg", "generated/src/g.jpg", "table/fabric_table/h.jpg"} {
		put(t, k, []byte(k))
	}
	var got []string
	for o, err := range d.Sources(t.Context(), []string{"src/b/", "src/", "generated/src/", "table/fabric_table/h"}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Key)
	}
	slices.Sort(got)
	if fmt.Sprint(got) != "[src/a.jpg src/b/c.PNG src/b/e.tiff]" {
		t.Error(got)
	}
}

// A cancelled task ends with the context's error.
func TestCancelled(t *testing.T) {
	d, key := doer(), "search_uploads/cancel/a.jpg"
	put(t, key, photo(t, 400, 300, 110))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err := d.Do(ctx, Task{Verb: Process, Key: key, Recipes: recipe.Builtin()}, func(Progress) { cancel() })
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
