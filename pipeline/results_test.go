package pipeline

import (
	"context"
	"errors"
	"image/color"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/recipe"
	"weft/s3ops"
)

// resultsOf are the results below a folder, each on a line, but those up to date.
func resultsOf(t *testing.T, d *Doer, folder string, recipes []recipe.Recipe, all bool) (lines []string, found []Result) {
	t.Helper()
	for x, err := range d.Results(t.Context(), folder, recipes, all, nil) {
		if err != nil {
			t.Fatal(err)
		}
		if x.State != OutputUpToDate {
			lines = append(lines, strings.TrimPrefix(x.Source, folder)+" "+x.Recipe+" "+x.State)
			found = append(found, x)
		}
	}
	return lines, found
}

// Results that are stale or missing are made by the tasks that mend, those whose
// source is gone are deleted, and then there is nothing left to mend.
func TestResults(t *testing.T) {
	folder := "search_uploads/results/"
	recipes := everyState(t, doer(), folder)
	put(t, "generated/"+folder+"foreign.jpg", []byte("not of weft"))
	d, requests := counted(t)
	d.Rows = filepath.Join(t.TempDir(), "rows")
	want := []string{
		"changed.jpg small stale", "changed.jpg tiny stale", "done.jpg tiny missing", "new.jpg small missing", "new.jpg tiny missing",
		"norow.jpg tiny stale", "taken.jpg small collision", "taken.jpg tiny missing", "gone.jpg small orphan", "gone.jpg tiny orphan",
	}
	for range 2 {
		if got, _ := resultsOf(t, d, folder, recipes, false); !slices.Equal(got, want) {
			t.Errorf("results:\n%s", strings.Join(got, "\n"))
		}
	}
	got := requests()
	resultsOf(t, d, folder, recipes, false)
	if again := requests(); len(again) >= len(got)/2 {
		t.Errorf("%d requests at first and again, %d then: rows are not kept", len(got), len(again))
	}
	_, found := resultsOf(t, d, folder, recipes, false)
	verbs := map[Verb]int{}
	for task := range MendResults(folders, found) {
		verbs[task.Verb]++
		if _, err := d.Do(t.Context(), task, nil); err != nil {
			t.Error(err)
		}
	}
	if verbs[Process] != 5 || verbs[Delete] != 3 { // two results and the row of their source
		t.Errorf("tasks: %v", verbs)
	}
	if got, _ := resultsOf(t, d, folder, recipes, false); !slices.Equal(got, []string{"taken.jpg small collision"}) {
		t.Errorf("after mending:\n%s", strings.Join(got, "\n"))
	}
	if string(get(t, "generated/"+folder+"foreign.jpg")) != "not of weft" || string(get(t, "generated/"+folder+"taken.jpg.small.png")) != "mine" {
		t.Error("what weft did not make was touched")
	}
}

// Of a recipe that few sources have a result by, none is missed, unless it is
// asked for; where nothing has a result all are missing.
func TestUsualRecipes(t *testing.T) {
	d, folder := doer(), "search_uploads/usual/"
	often, once := steps(t, "often", "fit 20", ""), steps(t, "once", "fit 10", "")
	for _, name := range []string{"a", "b", "c", "d"} {
		put(t, folder+name+".jpg", photo(t, 40, 30, 60))
	}
	both := []recipe.Recipe{often, once}
	if got, _ := resultsOf(t, d, folder, both, false); len(got) != 8 {
		t.Errorf("without any: %v", got)
	}
	d.must(t, Task{Verb: Process, Key: folder + "a.jpg", Recipes: both})
	d.must(t, Task{Verb: Process, Key: folder + "b.jpg", Recipes: both[:1]})
	d.must(t, Task{Verb: Process, Key: folder + "c.jpg", Recipes: both[:1]})
	if got, _ := resultsOf(t, d, folder, both, false); !slices.Equal(got, []string{"d.jpg often missing"}) {
		t.Errorf("usual: %v", got)
	}
	if got, _ := resultsOf(t, d, folder, both[1:], true); len(got) != 3 {
		t.Errorf("asked for: %v", got)
	}
}

// An orphan that was replaced after it was seen is not deleted, nor is the result
// of a source outside of the folder looked at.
func TestOrphans(t *testing.T) {
	d, folder := doer(), "search_uploads/orphans/"
	r := []recipe.Recipe{steps(t, "o", "fit 20", "")}
	for _, key := range []string{folder + "a.jpg", "search_uploads/orphans-not/b.jpg"} {
		put(t, key, photo(t, 40, 30, 60))
		d.must(t, Task{Verb: Process, Key: key, Recipes: r})
		if _, err := bucket.Delete(t.Context(), key, ""); err != nil {
			t.Fatal(err)
		}
	}
	lines, found := resultsOf(t, d, folder, nil, false) // orphans are known without their recipe
	if !slices.Equal(lines, []string{"a.jpg o orphan"}) {
		t.Fatal(lines)
	}
	put(t, found[0].Key, []byte("somebody's own"))
	for task := range MendResults(folders, found) {
		row := task.Key == RowKey(folders, folder+"a.jpg") // of a source that is gone whoever writes results
		if _, err := d.Do(t.Context(), task, nil); (err == nil) != row {
			t.Errorf("%+v: %v", task, err)
		}
	}
	if string(get(t, found[0].Key)) != "somebody's own" {
		t.Error("what was seen is not what was deleted")
	}
	if _, err := bucket.Stat(t.Context(), RowKey(folders, folder+"a.jpg"), ""); !errors.Is(err, s3ops.ErrNotFound) {
		t.Errorf("the row of the source that is gone stayed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, err := range d.Results(ctx, folder, r, false, nil) {
		if err == nil {
			t.Error("a cancelled look went on")
		}
	}
}

// A result made with another picture of the bucket over it is stale; a recipe
// whose picture is gone is told of, and the others are looked at.
func TestResultsWithAWatermark(t *testing.T) {
	d, folder := doer(), "search_uploads/marked/"
	put(t, folder+"a.jpg", photo(t, 60, 40, 60))
	put(t, "logos/results.png", logo(t, color.NRGBA{255, 0, 0, 255}))
	r := []recipe.Recipe{steps(t, "marked", `fit 40 | watermark image "logos/results.png"`, ""), steps(t, "plain", "fit 30", ""),
		{Name: "page", Steps: []recipe.Step{{Name: "sheet"}, {Name: "jpeg", Args: []string{"q82"}}}}}
	d.must(t, Task{Verb: Process, Key: folder + "a.jpg", Recipes: r[:2]})
	if got, _ := resultsOf(t, d, folder, r, false); len(got) != 0 {
		t.Error(got)
	}
	put(t, "logos/results.png", logo(t, color.NRGBA{0, 0, 255, 255}))
	if got, _ := resultsOf(t, d, folder, r, false); !slices.Equal(got, []string{"a.jpg marked stale"}) {
		t.Error(got)
	}
	if _, err := bucket.Delete(t.Context(), "logos/results.png", ""); err != nil {
		t.Fatal(err)
	}
	failed, fine := 0, 0
	for x, err := range d.Results(t.Context(), folder, r, false, nil) {
		switch {
		case err != nil && x.Source != "" && strings.Contains(err.Error(), "recipe marked"):
			failed++
		case err == nil && x.State == OutputUpToDate:
			fine++
		}
	}
	if failed != 1 || fine != 1 {
		t.Errorf("%d failed, %d fine", failed, fine)
	}
}
