package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/recipe"
	"weft/s3ops"
)

// planOfKeys is the whole plan of some keys beside all its errors.
func planOfKeys(t *testing.T, d *Doer, recipes []recipe.Recipe, keys ...string) (all []PlannedOutput, err error) {
	t.Helper()
	var errs []error
	for x, err := range d.Plan(t.Context(), d.Find(t.Context(), keys), recipes) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		all = append(all, x)
	}
	return all, errors.Join(errs...)
}

// steps is a recipe of some steps with a place for its results.
func steps(t *testing.T, name, line, to string) recipe.Recipe {
	t.Helper()
	s, err := recipe.ParseSteps(line)
	if err != nil {
		t.Fatal(err)
	}
	if to == "" {
		to = recipe.DefaultTo
	}
	return recipe.Recipe{Name: name, Steps: s, To: to}
}

// everyState makes sources below a folder whose results are in every state, and
// gives the recipes.
func everyState(t *testing.T, d *Doer, folder string) []recipe.Recipe {
	t.Helper()
	small, tiny := steps(t, "small", "fit 20 | png", ""), steps(t, "tiny", "fit 10", "")
	for i, name := range []string{"done", "changed", "new", "taken", "norow", "gone"} {
		put(t, folder+name+".jpg", photo(t, 40, 30, uint8(60+i)))
		if name != "new" && name != "taken" {
			d.must(t, Task{Verb: Process, Key: folder + name + ".jpg", Recipes: []recipe.Recipe{small, tiny}})
		}
	}
	put(t, folder+"changed.jpg", photo(t, 40, 30, 99))
	put(t, "generated/"+folder+"taken.jpg.small.png", []byte("mine"))
	for _, key := range []string{RowKey(folders, folder+"norow.jpg"), folder + "gone.jpg", "generated/" + folder + "done.jpg.tiny.jpg"} {
		if _, err := bucket.Delete(t.Context(), key, ""); err != nil {
			t.Fatal(err)
		}
	}
	tiny.Steps = steps(t, "tiny", "fit 11", "").Steps
	return []recipe.Recipe{small, tiny}
}

var everyStateIs = []string{
	"changed.jpg small stale the source has changed", "changed.jpg tiny stale the source has changed",
	"done.jpg small up to date ", "done.jpg tiny new ",
	"new.jpg small new ", "new.jpg tiny new ",
	"norow.jpg small up to date ", "norow.jpg tiny stale the recipe has changed",
	"taken.jpg small collision its key holds an object weft did not make", "taken.jpg tiny new ",
}

// A plan tells every state, the same whether each output is asked for or all are
// listed; rows that this machine has kept are not read again.
func TestPlan(t *testing.T) {
	folder := "search_uploads/plan/"
	recipes := everyState(t, doer(), folder)
	d, requests := counted(t)
	d.Rows = filepath.Join(t.TempDir(), "rows")
	var all []s3ops.Object
	for o, err := range d.Sources(t.Context(), []string{folder}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	asked := func(see func(context.Context, s3ops.Object, []recipe.Recipe) planned) (got []string) {
		for _, o := range all {
			one := see(t.Context(), o, recipes)
			if one.err != nil {
				t.Error(one.err)
			}
			for _, x := range one.outputs {
				got = append(got, strings.TrimPrefix(x.Source, folder)+" "+x.Recipe+" "+x.State+" "+x.Why)
			}
		}
		slices.Sort(got)
		return got
	}
	if got := asked(d.planOne); !slices.Equal(got, everyStateIs) {
		t.Errorf("asked for:\n%s", strings.Join(got, "\n"))
	}
	l, err := d.openLedger(t.Context(), all, recipes)
	if err != nil || len(l.there) != 8 {
		t.Fatal(l.there, err)
	}
	if got := asked(l.planOne); !slices.Equal(got, everyStateIs) {
		t.Errorf("with the rows asked for:\n%s", strings.Join(got, "\n"))
	}
	for i := range 2 {
		if l, err = d.readLedger(t.Context(), "generated/"+folder, true, nil); err != nil {
			t.Fatal(err)
		}
		requests()
		if got := asked(l.planOne); !slices.Equal(got, everyStateIs) {
			t.Errorf("with all rows read, %d:\n%s", i, strings.Join(got, "\n"))
		}
		// What has no row, or is not as its row says, is asked for: two results of
		// norow, two of changed, whose row is of the source as it was and stands,
		// and that of taken.
		if got := requests(); len(got) > 5 {
			t.Errorf("%d requests beside the listings and rows: %v", len(got), got)
		}
	}
	requests()
	if _, err = d.readLedger(t.Context(), "generated/"+folder, true, nil); err != nil || len(requests()) != 2 {
		t.Error("rows that are the same were read again", err)
	}
}

// Of two sources with one result the second is a collision, in the plan and in
// the tasks; the first is made, and whichever comes first the other never
// overwrites it.
func TestSharedResult(t *testing.T) {
	d, a, b := doer(), "search_uploads/share/x/a.jpg", "search_uploads/share/y/a.png"
	put(t, a, photo(t, 40, 30, 50))
	put(t, b, photo(t, 40, 30, 90))
	r := []recipe.Recipe{steps(t, "s", "fit 20", "generated/share/{stem}.web.jpg")}
	plan, err := planOfKeys(t, d, r, a, b)
	if err != nil || len(plan) != 2 || plan[0].State != OutputNew || plan[1].State != OutputCollision || plan[1].Why != "it is also the result of "+a {
		t.Errorf("%+v, %v", plan, err)
	}
	tasks := slices.Collect(Tasks(folders, []string{a, b}, r))
	if len(tasks) != 2 || tasks[0].Verb != Process || tasks[1].Verb != Refuse || tasks[1].Key != b {
		t.Fatalf("%+v", tasks)
	}
	d.must(t, tasks[0])
	made := get(t, "generated/share/a.web.jpg")
	if _, err := d.Do(t.Context(), tasks[1], nil); err == nil || !strings.Contains(err.Error(), "is also the result of "+a) {
		t.Error(err)
	}
	if _, err := d.Do(t.Context(), Task{Verb: Process, Key: b, Recipes: r, Force: true}, nil); !errors.Is(err, s3ops.ErrExists) {
		t.Error(err)
	}
	if !slices.Equal(made, get(t, "generated/share/a.web.jpg")) {
		t.Error("the result of one source was overwritten by that of another")
	}
}

// An estimate counts the pixels of what has to be read, in a bounded number of
// requests: of many sources a sample of headers tells.
func TestEstimate(t *testing.T) {
	folder := "search_uploads/estimate/"
	var keys []string
	data := photo(t, 200, 100, 70)
	for i := range 60 {
		keys = append(keys, fmt.Sprintf("%s%02d.jpg", folder, i))
		put(t, keys[i], data)
	}
	d, requests := counted(t)
	r := []recipe.Recipe{steps(t, "e", "fit 20", "")}
	for _, n := range []int{60, 10} {
		sum := NewPlanSum(false)
		for x, err := range d.Plan(t.Context(), d.Find(t.Context(), keys[:n]), r) {
			if err != nil {
				t.Fatal(err)
			}
			sum.Add(x)
		}
		requests()
		pixels, answer, err := d.sample(t.Context(), sum)
		if got := len(requests()); err != nil || got > estimateSample || pixels != int64(n)*200*100 || answer <= 0 || sum.New != n || sum.Sources != n {
			t.Errorf("%d sources: %d pixels, %v, %+v, %d requests, %v", n, pixels, answer, sum, got, err)
		}
		if n > estimateSample {
			continue // the recipes cost the same
		}
		e, err := d.Estimate(t.Context(), sum, r, 2)
		if err != nil || e.Pixels != pixels || e.Bytes != int64(n*len(data)) || !e.Exact || e.Seconds <= 0 {
			t.Errorf("%+v, %v", e, err)
		}
	}
	requests()
	if e, err := d.Estimate(t.Context(), NewPlanSum(false), r, 2); err != nil || e.Seconds != 0 || len(requests()) != 0 {
		t.Errorf("nothing to do: %+v, %v", e, err)
	}
}

// A plan that nobody reads on ends at once, and one that is cancelled says so.
func TestPlanStops(t *testing.T) {
	d, key := doer(), "search_uploads/stop/a.jpg"
	put(t, key, photo(t, 40, 30, 50))
	for range d.Plan(t.Context(), d.Find(t.Context(), []string{key, key, key}), recipe.Builtin()) {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range d.Plan(ctx, d.Find(ctx, []string{key}), recipe.Builtin()) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Error(last)
	}
}
