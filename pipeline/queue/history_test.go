package queue

import (
	"testing"

	"weft/pipeline"
)

func TestHistoryIsSearched(t *testing.T) {
	// Jobs are found by title, by a key of theirs and by state, and each reads as the command that does the same.
	q := open(t)
	one := submit(t, q, []pipeline.Task{{Verb: pipeline.Delete, Key: "plain"}, {Verb: pipeline.Delete, Key: `100%_Silk "x" & y`}})
	two := submit(t, q, []pipeline.Task{{Verb: pipeline.Copy, Key: "plain", To: "other"}})
	if err := q.Cancel(t.Context(), two); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		f    Filter
		want []int64
	}{
		{Filter{}, []int64{two, one}},
		{Filter{Limit: 1}, []int64{two}},
		{Filter{Text: "a JOB"}, []int64{two, one}},
		{Filter{Text: `100%_silk "X" & Y`}, []int64{one}},
		{Filter{Text: "100_"}, nil},
		{Filter{Text: "plain", States: []State{Cancelled}}, []int64{two}},
	} {
		got, err := q.Log(t.Context(), x.f)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(x.want) {
			t.Errorf("%+v found %+v", x.f, got)
			continue
		}
		for i, id := range x.want {
			if got[i].ID != id {
				t.Errorf("%+v found %+v", x.f, got)
			}
		}
	}
	if all, err := q.Log(t.Context(), Filter{}); err != nil || all[0].Command != "weft cp plain other" || all[1].Command != `weft rm plain '100%_Silk "x" & y'` {
		t.Errorf("the log is %+v, %v", all, err)
	}
	if _, err := q.Find(t.Context(), Filter{States: []State{"lost"}}); err == nil {
		t.Error("an unknown state was taken")
	}
}
