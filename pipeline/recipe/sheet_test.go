package recipe

import (
	"strings"
	"testing"

	"weft/config"
)

// The step sheet reads its arguments in any order, leaves defaults out and keeps pages within bounds.
func TestSheetStep(t *testing.T) {
	for text, want := range map[string]string{
		"sheet":                 "sheet, jpeg q82",
		"sheet 6x10 240px #fff": "sheet, jpeg q82",
		"sheet white":           "sheet, jpeg q82",
		"sheet #202020 no-palettes 4x3 No-Labels | png": "sheet 4x3 no-labels no-palettes #202020, png",
		"sheet black 480PX":                             "sheet 480px #000000, jpeg q82",
	} {
		steps, err := ParseSteps(text)
		if got := (Recipe{Steps: steps}).Line(); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		"sheet 0x4":           "columns × rows",
		"sheet 30x30":         "400 cells at most",
		"sheet 6":             "columns × rows",
		"sheet 20px":          "48px to 1000px",
		"sheet no-lables":     `did you mean no-labels`,
		"sheet transparent":   "cannot be transparent",
		"sheet 4x3 5x3":       "says again",
		"sheet 20x20 999px":   "too large",
		"orient | sheet":      "sheet must be the first step",
		"sheet | fit 20":      "a format only",
		"sheet #12":           "not a colour",
		"sheet | sheet | png": "sheet must be the first step",
	} {
		if _, err := ParseSteps(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	s, ok := Recipe{Steps: []Step{{"sheet", []string{"4x3", "480px", "no-labels", "#202020"}}}}.Sheet()
	if !ok || s != (Sheet{4, 3, 480, false, true, "#202020"}) {
		t.Errorf("%+v", s)
	}
	if _, ok := Builtin()[0].Sheet(); ok {
		t.Error("thumb is a sheet")
	}
}

// A recipe's pages go to one place below the generated folder, numbered if there are many, and never among its sources.
func TestPageKeys(t *testing.T) {
	sheet, _ := ParseSteps("sheet")
	f := config.Folders{{Role: config.Generated, Prefix: "generated/"}, {Role: config.SearchUploads, Prefix: "search_uploads/"}}
	for to, want := range map[string]string{
		"": "generated/sheets/spring.jpg", DefaultTo: "generated/sheets/spring.jpg", "{generated}{recipe}/all.jpeg": "generated/spring/all.jpeg", "generated/a.jpg": "generated/a.jpg",
	} {
		r := Recipe{Name: "spring", To: to, Steps: sheet}
		one, err := r.PageKey(1, 1, f)
		if err != nil || one != want || r.checkTo(f) != "" {
			t.Errorf("%q: %s, %v, %s", to, one, err, r.checkTo(f))
		}
		second, _ := r.PageKey(2, 3, f)
		if i := strings.LastIndexByte(want, '.'); second != want[:i]+"-2"+want[i:] {
			t.Errorf("%q: second page %s", to, second)
		}
	}
	for to, want := range map[string]string{
		"{generated}{stem}.jpg": "of many sources", "search_uploads/a.jpg": "must begin with", "{generated}a.png": "must end with", "{generated}../a.jpg": "empty or dots", "{generated}{x}.jpg": "unknown placeholder",
	} {
		r := Recipe{Name: "spring", To: to, Steps: sheet}
		if _, err := r.PageKey(1, 1, f); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", to, err, want)
		}
	}
	from := Recipe{Name: "spring", To: "generated/in/a.jpg", From: []string{"generated/in/"}, Steps: sheet}
	if _, err := from.PageKey(1, 1, f); err == nil {
		t.Error("the sheet lies among its sources")
	}
	if _, err := (Recipe{Name: "spring", Steps: from.Steps}).Output("search_uploads/a.jpg", f); err == nil {
		t.Error("a sheet of one source")
	}
	for key, want := range map[string]string{"uploaded/single_images/": "single_images", "search_uploads/2026/a.jpg": "2026", "a.jpg": "all", "": "all"} {
		if got := SheetOf([]string{key}, f); got != "generated/sheets/"+want+".jpg" {
			t.Errorf("%q: %s", key, got)
		}
	}
	if FormatOf("a/b.PNG") != "png" || FormatOf("a.jpg") != "jpeg" || FormatOf("a") != "jpeg" {
		t.Error("formats of keys")
	}
}
