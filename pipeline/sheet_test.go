package pipeline

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/recipe"
	"weft/s3ops"
)

// sheetRecipe makes sheets of small cells, which are PNG.
func sheetRecipe(t *testing.T, name, steps string) recipe.Recipe {
	t.Helper()
	s, err := recipe.ParseSteps(steps)
	if err != nil {
		t.Fatal(err)
	}
	return recipe.Recipe{Name: name, To: recipe.DefaultTo, Steps: s}
}

// sheetTask is the task for a sheet of one page.
func sheetTask(t *testing.T, r recipe.Recipe, keys ...string) Task {
	t.Helper()
	tasks := slices.Collect(Tasks(folders, keys, []recipe.Recipe{r}))
	if len(tasks) != 1 || tasks[0].Verb != Sheet {
		t.Fatalf("%+v", tasks)
	}
	return tasks[0]
}

// A sheet is drawn once, and again only when one of its pictures or its recipe has changed.
func TestSheet(t *testing.T) {
	d, keys := doer(), []string{"search_uploads/sheet/a.jpg", "search_uploads/sheet/b.jpg", "search_uploads/sheet/c.jpg"}
	for i, k := range keys {
		put(t, k, photo(t, 120, 90, uint8(30*i)))
	}
	r := sheetRecipe(t, "wall", "sheet 2x2 48px | png")
	task := sheetTask(t, r, keys...)
	if task.Key != "generated/sheets/wall.png" || TitleOf(task, 1) != "Sheet wall.png of 3 images" {
		t.Errorf("%+v, %s", task, TitleOf(task, 1))
	}
	var moved []int64
	o, err := d.Do(t.Context(), task, func(p Progress) { moved = append(moved, p.Done) })
	if err != nil || o.Skipped || !slices.Equal(o.Keys, []string{task.Key}) || len(moved) < 3 {
		t.Fatalf("%+v, %v, progress %v", o, err, moved)
	}
	first := get(t, task.Key)
	c, format, err := image.DecodeConfig(bytes.NewReader(first))
	if err != nil || format != "png" || c.Width != 2*12+2*48+6 {
		t.Errorf("%s of %d×%d, %v", format, c.Width, c.Height, err)
	}
	if o := d.must(t, task); !o.Skipped {
		t.Errorf("again: %+v", o)
	}
	task.Force = true
	if o := d.must(t, task); o.Skipped || !bytes.Equal(get(t, task.Key), first) {
		t.Errorf("forced: %+v, the same bytes: %v", o, bytes.Equal(get(t, task.Key), first))
	}
	task.Force = false
	put(t, keys[1], photo(t, 90, 120, 200))
	if o := d.must(t, task); o.Skipped || bytes.Equal(get(t, task.Key), first) {
		t.Errorf("another picture: %+v", o)
	}
	other := sheetTask(t, sheetRecipe(t, "wall", "sheet 3x1 48px no-labels | png"), keys...)
	if o := d.must(t, other); o.Skipped || !d.must(t, other).Skipped {
		t.Errorf("another recipe: %+v", o)
	}
	if _, err := Inverse(task, o); err == nil {
		t.Error("a sheet can be taken back")
	}
}

// A picture that cannot be drawn leaves its cell empty and is named; the rest is drawn. When it is mended, so is the sheet.
func TestSheetWithEmptyCells(t *testing.T) {
	d, keys := doer(), []string{"search_uploads/gaps/a.jpg", "search_uploads/gaps/broken.jpg", "search_uploads/gaps/gone.jpg"}
	good := photo(t, 120, 90, 30)
	put(t, keys[0], good)
	put(t, keys[1], good[:len(good)/2])
	task := sheetTask(t, sheetRecipe(t, "gaps", "sheet 2x2 48px | png"), keys...)
	for range 2 { // it is never up to date
		o, err := d.Do(t.Context(), task, nil)
		if err == nil || len(o.Keys) != 1 || !strings.Contains(err.Error(), "2 of 3 cells empty") ||
			!strings.Contains(err.Error(), "broken.jpg: ends early") || !strings.Contains(err.Error(), "gone.jpg") {
			t.Fatalf("%+v, %v", o, err)
		}
	}
	before := get(t, task.Key)
	put(t, keys[1], good)
	put(t, keys[2], photo(t, 60, 60, 99))
	if o := d.must(t, task); o.Skipped || bytes.Equal(before, get(t, task.Key)) || !d.must(t, task).Skipped {
		t.Errorf("mended: %+v", o)
	}
}

// Many pictures make many pages, each a task of its own; what weft did not draw is not overwritten.
func TestSheetPages(t *testing.T) {
	d := doer()
	var keys []string
	for i := range 5 {
		keys = append(keys, fmt.Sprintf("search_uploads/pages/%d.jpg", i))
		put(t, keys[i], photo(t, 40, 30, uint8(40*i)))
	}
	r := sheetRecipe(t, "pages", "sheet 2x1 48px no-labels | png")
	thumb := recipe.Builtin()[0]
	tasks := slices.Collect(Tasks(folders, keys, []recipe.Recipe{r, thumb}))
	if len(tasks) != 3+5 || tasks[1].Key != "generated/sheets/pages-2.png" || tasks[2].Name != "page 3 of 3" || len(tasks[2].Sources) != 1 || tasks[3].Verb != Process || len(tasks[3].Recipes) != 1 {
		t.Fatalf("%+v", tasks)
	}
	put(t, tasks[1].Key, []byte("mine"))
	d.must(t, tasks[0])
	if _, err := d.Do(t.Context(), tasks[1], nil); err == nil || !strings.Contains(err.Error(), "holds an object weft did not make") || string(get(t, tasks[1].Key)) != "mine" {
		t.Error("written over another's object:", err)
	}
	sources := func(yield func(s3ops.Object, error) bool) {
		for _, k := range keys {
			if !yield(s3ops.Object{Key: k}, nil) {
				return
			}
		}
	}
	var states []string
	sum := NewPlanSum(false)
	for p, err := range d.Plan(t.Context(), sources, []recipe.Recipe{r}) {
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, p.State)
		sum.Add(p)
	}
	if !slices.Equal(states, []string{OutputUpToDate, OutputCollision, OutputNew}) || sum.Sources != 1 {
		t.Errorf("plan %v, %+v", states, sum)
	}
	one := sheetTask(t, r, keys[:2]...)
	if got := Command([]Task{one}, 1); got != "weft process --recipe pages search_uploads/pages/0.jpg search_uploads/pages/1.jpg" {
		t.Error(got)
	}
}

// A cancelled sheet is not written.
func TestSheetCancelled(t *testing.T) {
	d, key := doer(), "search_uploads/cancelled/a.jpg"
	put(t, key, photo(t, 120, 90, 30))
	task := sheetTask(t, sheetRecipe(t, "cancelled", "sheet 48px"), key)
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := d.Do(ctx, task, func(Progress) { cancel() }); err == nil {
		t.Error("it was made")
	}
	if n, _ := versions(t, task.Key); n != 0 {
		t.Error("it was written")
	}
}
