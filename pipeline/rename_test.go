package pipeline

import (
	"strings"
	"testing"
	"time"

	"weft/s3ops"
)

// A pattern makes new names as its documentation says.
func TestPatterns(t *testing.T) {
	day := time.Date(2026, 11, 25, 23, 0, 0, 0, time.UTC)
	for _, c := range []struct{ pattern, old, want string }{
		{"{stem}-{n:03}.{ext}", "linen.04.jpg", "linen.04-007.jpg"},
		{"{stem}.{ext}", "README", "README"},
		{"{stem}.{ext}", ".hidden", ".hidden"},
		{"{date}/{n}_{name}", "a.jpg", "2026-11-25/7_a.jpg"},
		{"s/linen/silk/", "linen-linen.jpg", "silk-linen.jpg"},
		{"s/linen/silk/g", "linen-linen.jpg", "silk-silk.jpg"},
		{"s|LIN(..)|x$1|i", "linen.jpg", "xen.jpg"},
		{`s/^(\w+)-(\w+)/\2-\1/`, "red-silk.jpg", "silk-red.jpg"},
		{"s/none/x/", "linen.jpg", "linen.jpg"},
		{`s/\.jpeg$/.jpg/`, "a.jpeg.jpeg", "a.jpeg.jpg"},
		{"silk-{n}.jpg", "a.jpg", "silk-7.jpg"},
		{"s-{n}-a-b", "a.jpg", "s-7-a-b"},
	} {
		p, err := ParsePattern(c.pattern)
		if err != nil {
			t.Errorf("%s: %v", c.pattern, err)
			continue
		}
		if got := p.name(c.old, 7, day); got != c.want {
			t.Errorf("%s makes %q of %q, want %q", c.pattern, got, c.old, c.want)
		}
	}
	for pattern, why := range map[string]string{
		"{stam}": "there is no {stam}", "{stem:03}": "only {n} has a width", "a{": "brace", "s/(/x/": "no regular expression", "s//x/": "write s/old/new/", "s/a/b/x": "write s/old/new/",
	} {
		if _, err := ParsePattern(pattern); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// What cannot be renamed so is found before anything is: bad names, two of one
// name, a name that another of them has now, a name that is taken.
func TestRenamingsFindProblems(t *testing.T) {
	put(t, "ren/taken-x.txt", []byte("t"))
	renamings := func(pattern string, names ...string) []Renaming {
		var all []s3ops.Object
		for _, n := range names {
			all = append(all, s3ops.Object{Key: "ren/" + n})
		}
		p, err := ParsePattern(pattern)
		if err != nil {
			t.Fatal(err)
		}
		r := Renamings(p, all)
		if _, err := doer().FindTaken(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, c := range []struct {
		pattern string
		names   []string
		want    []string // state, and a part of the problem
	}{
		{"s/a/b/", []string{"a1", "c"}, []string{Renamed, Same}},
		{"one.txt", []string{"a", "b"}, []string{"2 of them", "2 of them"}},
		{"s/a/b/", []string{"a", "b"}, []string{"2 of them", "2 of them"}},
		{"s/[12]$/9/", []string{"a1", "a9"}, []string{"2 of them", "2 of them"}},
		{"s/1/2/", []string{"a1", "a2", "b"}, []string{"2 of them", "2 of them", Same}},
		{"{n}", []string{"x", "1"}, []string{"in two steps", Renamed}},
		{"../{name}", []string{"a"}, []string{`segment ".."`}},
		{"s/.*//", []string{"a"}, []string{"empty"}},
		{"{stem}-x.{ext}", []string{"taken.txt"}, []string{"there is an object"}},
	} {
		for i, r := range renamings(c.pattern, c.names...) {
			if r.State != c.want[i] && (r.State != Clash || !strings.Contains(r.Problem, c.want[i])) {
				t.Errorf("%s of %q: %+v, want %q", c.pattern, c.names, r, c.want[i])
			}
		}
	}
}
