package recipe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weft/config"
)

// The recipes of a folder join the built-in ones, and those of a later layer win
// by name; a broken file takes nothing else with it.
func TestLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "re[c]ipes")
	if files, err := Files(dir); err != nil || len(files) != 0 {
		t.Fatal("missing folder:", files, err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"a.toml": "[web]\nsteps = \"orient | fit 900\"\n[mine]\nsteps = \"png\"\n",
		"b.toml": "[mine]\nsteps = \"png\"\n",
		"c.toml": "[broken",
		"d.toml": "[x]\nto=\"{generated}{path}.{ext}\"\nsteps=\"png\"\n[y]\nto=\"generated/{folder}{name}.png\"\nsteps=\"png\"\n",
		"e.tom":  "nonsense",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mine, err := Files(dir)
	if err != nil || len(mine) != 4 {
		t.Fatal(mine, err)
	}
	bucket := []File{{"s3://b/recipes/r.toml", []byte("[web]\nsteps = \"fit 1\"\n[shared]\nsteps = \"fit 2\"\n")}}
	all, err := Load(folders, bucket, mine)
	var got []string
	for _, r := range all {
		got = append(got, r.Name+": "+r.Line()+" of "+filepath.Base(r.Place))
	}
	want := "thumb: orient, fit 320x320, jpeg q80 of built in\nweb: orient, fit 900x900, jpeg q82 of a.toml\n" +
		"square: orient, fill 512x512, jpeg q82 of built in\nshared: fit 2x2, jpeg q82 of r.toml\nmine: png of a.toml\n" +
		"x: png of d.toml\ny: png of d.toml"
	if strings.Join(got, "\n") != want {
		t.Errorf("recipes:\n%s", strings.Join(got, "\n"))
	}
	for _, want := range []string{`b.toml:1:2: recipe "mine" stands in`, "c.toml:1:", `d.toml:5:4: recipes "x" and "y" would write`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

// A recipe whose replacement is broken is left out too: what was meant to be
// different is not made as it was.
func TestBrokenReplacement(t *testing.T) {
	all, err := Load(folders, []File{{"a.toml", []byte("[web]\nsteps = \"shrapen 1\"\n")}})
	if err == nil || len(all) != 2 {
		t.Error(all, err)
	}
}

// A base's steps come first and its format is kept unless there is another;
// quality, animation and from come along, and a base may have a base.
func TestBase(t *testing.T) {
	all, err := Check(File{"f.toml", []byte(`
[tiny]
base  = "small"
steps = ["png"]
quality = "fast"
[small]
base  = "big"
steps = "fit 100 | sharpen 1"
[big]
base = "web"
quality = "exact"
animation = "refuse"
from = ["search_uploads"]
to = "generated/{stem}.big.jpg"
`)}, folders)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for i, want := range []string{
		"orient, fit 1600x1600, sharpen 0.5, fit 100x100, sharpen 1, png",
		"orient, fit 1600x1600, sharpen 0.5, fit 100x100, sharpen 1, jpeg q82",
		"orient, fit 1600x1600, sharpen 0.5, jpeg q82",
	} {
		if r := all[i]; r.Line() != want || r.Exact != (i > 0) || r.Animation != Refuse || len(r.From) != 1 {
			t.Errorf("%+v, want %s", r, want)
		}
	}
	if all[0].To != DefaultTo || all[2].To == DefaultTo {
		t.Error("where the results go is each recipe's own")
	}
	again, err := Load(folders, []File{{"a.toml", []byte("[web]\nsteps = \"fit 9\"\n")}, {"b.toml", []byte("[x]\nbase = \"web\"\n")}})
	if err != nil || again[3].Line() != "fit 9x9, jpeg q82" {
		t.Error("a base is the recipe that goes by that name:", again, err)
	}
}

// What is wrong with a base is told where it stands.
func TestBadBase(t *testing.T) {
	for text, want := range map[string]string{
		"[a]\nbase = \"wep\"\n": `f.toml:2:9: unknown base "wep": did you mean web?`,
		"[a]\nbase = \"a\"\n":   `f.toml:2:9: base goes round in a circle: a → a`,
		"[a]\nbase = \"b\"\n[b]\nbase = \"c\"\n[c]\nbase = \"a\"\n": `f.toml:6:9: base goes round in a circle: a → b → c → a`,
		"[a]\nbase = \"b\"\n[b]\nsteps = \"fit\"\n":                 `f.toml:2:9: base "b" has something wrong itself`,
		"[a]\nbase = \"web\"\nsteps = [\"fit 9\",\n\"orient\"]\n":   `f.toml:4:1: orient must be the first step`,
		"[a]\nbase = 3\n": `f.toml:2:8: base must be a text`,
		"[a]\nbase = \"web\"\nto = \"generated/{stem}.png\"\n":                             `f.toml:3:6: to must end with .{ext}, or with .jpg as the format is jpeg`,
		"[a]\nsteps = \"png\"\nfrom = \"generated\"\n":                                     `f.toml:1:2: to: results could lie in generated/, where the recipe has its sources`,
		"[a]\nsteps = \"png\"\nfrom = \"generated/b/\"\nto = \"generated/b/{stem}.png\"\n": `f.toml:4:6: to: results could lie in generated/b/, where`,
	} {
		all, err := parse("f.toml", []byte(text), folders)
		if err == nil || !strings.Contains(err.Error(), want) || len(all) > 0 && all[0].Name == "a" {
			t.Errorf("%s: %v, %v; want %q", text, all, err, want)
		}
	}
	if _, err := parse("f.toml", []byte("[a]\nbase = \"b\"\n[b]\nbase = \"a\"\n"), folders); strings.Count(err.Error(), "\n") != 0 {
		t.Error("a circle is told once:", err)
	}
}

// A recipe never writes where it has its sources, nor takes a result for a
// source unless it is told to.
func TestNeverAmongItsSources(t *testing.T) {
	crops, err := parse("f.toml", []byte("[a]\nsteps = \"png\"\nfrom = \"generated/crops/\"\nto = \"generated/a/{folder}{name}.png\"\n"), folders)
	if err != nil {
		t.Fatal(err)
	}
	if key, err := crops[0].Output("generated/crops/x.jpg", folders); err != nil || key != "generated/a/generated/crops/x.jpg.png" {
		t.Error(key, err)
	}
	crops[0].From = []string{"generated/a/"}
	if _, err := crops[0].Output("generated/a/x.jpg", folders); err == nil {
		t.Error("a result among the sources was allowed at run")
	}
	if _, err := Builtin()[0].Output("generated/x.jpg", folders); err == nil || !strings.Contains(err.Error(), "name its source") {
		t.Error("a result was taken for a source", err)
	}
}

// The template of the issue works, and tells that sources may share a result.
func TestLiteralTo(t *testing.T) {
	all, err := parse("f.toml", []byte("[w]\nsteps = \"fit 9\"\nto = \"generated/{stem}.web.jpg\"\n[v]\nsteps = \"fit 9\"\nto = \"{generated}v/{stem}.jpeg\"\n"), folders)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"generated/linen-04.web.jpg", "generated/v/linen-04.jpeg"} {
		if key, err := all[i].Output("search_uploads/linen-04.png", folders); err != nil || key != want || all[i].Unique() {
			t.Error(key, err)
		}
	}
	if !Builtin()[0].Unique() {
		t.Error("the built-in recipes never share a result")
	}
}

// A recipe written into a file reads back as itself.
func TestFile(t *testing.T) {
	r := Recipe{Name: "a", About: "x \"y\" \u202e", Steps: Builtin()[1].Steps, To: "generated/{stem}.jpg", From: []string{"archive/"}, Exact: true, Animation: Refuse}
	all, err := parse("f.toml", []byte(r.File()), folders)
	if err != nil || len(all) != 1 || all[0].Hash() != r.Hash() || all[0].About != r.About || all[0].To != r.To || all[0].From[0] != "archive/" {
		t.Errorf("%s\n%+v, %v", r.File(), all, err)
	}
}

// Steps that stand in no file are named by what they are; what is wrong with
// them is shown under the text.
func TestFromSteps(t *testing.T) {
	a, err := FromSteps("orient | FIT 80", "", folders)
	b, _ := FromSteps("orient, fit 80x80, jpeg", "", folders)
	c, _ := FromSteps("orient, fit 81x80", "", folders)
	if err != nil || a.Name != b.Name || a.Name == c.Name || !strings.HasPrefix(a.Name, "steps-") || a.To != DefaultTo || !a.Loose() || Builtin()[0].Loose() {
		t.Error(a, b, c, err)
	}
	text := "fit 10 | größe 5"
	_, err = FromSteps(text, "", folders)
	if p, ok := err.(Problems); !ok || !strings.HasSuffix(p.Caret(text), "\n  fit 10 | größe 5\n           ^") {
		t.Error(err)
	}
	for to, want := range map[string]string{"x/{stem}.jpg": "to must begin", "generated/{stam}.jpg": "did you mean stem?"} {
		if _, err := FromSteps("fit 9", to, folders); err == nil || !strings.Contains(err.Error(), want) {
			t.Error(to, err)
		}
	}
}

// parse reads one file, above nothing but what is built in.
func parse(name string, data []byte, f config.Folders) ([]Recipe, error) {
	return Check(File{name, data}, f)
}
