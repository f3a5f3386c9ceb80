package recipe

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"weft/config"
)

// Sheet is what a recipe's step sheet asks for: one picture, a page, of many
// sources.
type Sheet struct {
	Columns, Rows int  // cells of a page
	Cell          int  // side of the square that each source is fitted into, in pixels
	Labels        bool // the sources' names stand below them
	Palettes      bool // and their colours as a strip
	Background    string
}

// What a sheet is if its step says nothing, and the bounds of what it may say.
const (
	sheetColumns, sheetRows, sheetCell = 6, 10, 240
	sheetWhite                         = "#ffffff"
	maxCells                           = 400 // of a page
	minCell, maxCell                   = 48, 1000
	maxPage                            = 40_000_000 // pixels of all cells
)

// SheetTo is where a recipe of sheets puts them if it does not say. Where there
// is more than one page, its number stands before the extension.
const SheetTo = "{generated}sheets/{recipe}.{ext}"

// Sheet is the recipe's sheet; ok is false if it makes a picture of each source.
func (r Recipe) Sheet() (s Sheet, ok bool) {
	i := slices.IndexFunc(r.Steps, func(s Step) bool { return s.Name == "sheet" })
	if i < 0 {
		return Sheet{}, false
	}
	s = Sheet{sheetColumns, sheetRows, sheetCell, true, true, sheetWhite}
	for _, a := range r.Steps[i].Args {
		columns, rows, grid := strings.Cut(a, "x")
		side, pixels := strings.CutSuffix(a, "px")
		switch {
		case a == "no-labels":
			s.Labels = false
		case a == "no-palettes":
			s.Palettes = false
		case a[0] == '#':
			s.Background = a
		case pixels:
			s.Cell, _ = strconv.Atoi(side)
		case grid:
			s.Columns, _ = strconv.Atoi(columns)
			s.Rows, _ = strconv.Atoi(rows)
		}
	}
	return s, true
}

// sheet reads the arguments of sheet, in any order; defaults are left out of the
// canonical form.
func (a *args) sheet() []string {
	var out [5]string
	put := func(i int, t token, canonical, usual string) {
		if out[i] != "" {
			a.fail(t.at, "%q says again what %q has said", t.text, out[i])
		}
		if canonical != usual {
			out[i] = canonical
		}
	}
	for len(a.rest) > 0 {
		t := a.rest[0]
		text := strings.ToLower(t.text)
		side, pixels := strings.CutSuffix(text, "px")
		switch {
		case strings.HasPrefix(text, "#") || colours[text] != "":
			if c := a.colour(""); len(c) == 7 {
				put(4, t, c, sheetWhite)
			} else if c != "" {
				a.fail(t.at, "a sheet's background cannot be transparent")
			}
			continue
		case text == "no-labels":
			put(2, t, text, "")
		case text == "no-palettes":
			put(3, t, text, "")
		case pixels:
			n, ok := whole(side)
			if !ok || n < minCell || n > maxCell {
				a.fail(t.at, "%q is not a cell's side from %dpx to %dpx", t.text, minCell, maxCell)
			}
			put(1, t, text, fmt.Sprintf("%dpx", sheetCell))
		case text != "" && text[0] >= '0' && text[0] <= '9':
			columns, rows, _ := strings.Cut(text, "x")
			x, ok1 := whole(columns)
			y, ok2 := whole(rows)
			if !ok1 || !ok2 || x*y > maxCells {
				a.fail(t.at, "%q is not columns × rows like %dx%d, %d cells at most", t.text, sheetColumns, sheetRows, maxCells)
			}
			put(0, t, text, fmt.Sprintf("%dx%d", sheetColumns, sheetRows))
		default:
			a.fail(t.at, "%s; other words are columns × rows (6x10), a cell's side (240px) and a colour (#202020)",
				unknown("word", t.text, []string{"no-labels", "no-palettes"}))
		}
		a.rest = a.rest[1:]
	}
	list := a.list(out[:]...)
	if s, _ := (Recipe{Steps: []Step{{"sheet", list}}}).Sheet(); len(a.faults) == 0 && s.Columns*s.Rows*s.Cell*s.Cell > maxPage {
		a.fail(0, "a page of %d×%d cells of %d pixels is too large: have fewer or smaller cells", s.Columns, s.Rows, s.Cell)
	}
	return list
}

// whole reads a number from 1 to 9999 without a sign.
func whole(s string) (int, bool) {
	n, err := strconv.ParseUint(s, 10, 16)
	return int(n), err == nil && n >= 1 && n <= 9999
}

// PageKey is where a page of the recipe's sheet goes; pages count from 1.
func (r Recipe) PageKey(page, pages int, f config.Folders) (string, error) {
	if text := r.checkSheetTo(f); text != "" {
		return "", fmt.Errorf("recipe %s: %s", r.Name, text)
	}
	key := r.fill(r.sheetTo(), "", f)
	if pages > 1 {
		ext := path.Ext(key)
		key = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(key, ext), page, ext)
	}
	if len(key) > maxKey {
		return "", fmt.Errorf("recipe %s: the key of the sheet would have %d bytes of at most %d", r.Name, len(key), maxKey)
	}
	return key, nil
}

func (r Recipe) sheetTo() string {
	if r.To == "" || r.To == DefaultTo {
		return SheetTo
	}
	return r.To
}

// checkSheetTo says what is wrong with where the sheets go, or "".
func (r Recipe) checkSheetTo(f config.Folders) string {
	to := r.sheetTo()
	if x := checkPlaceholders(to); x != nil {
		return "to: " + x.text
	}
	generated := f.Prefix(config.Generated)
	rest, ok := strings.CutPrefix(to, "{generated}")
	if !ok && generated != "" {
		rest, ok = strings.CutPrefix(to, generated)
	}
	switch {
	case !ok:
		return "to must begin with {generated}: results never go to another folder"
	case !r.endsWell(to):
		return fmt.Sprintf("to must end with .{ext}, or with .%s as the format is %s", r.Ext(), r.Format())
	case strings.ContainsAny(strings.NewReplacer("{recipe}", "", "{ext}", "").Replace(rest), "{}"):
		return "to: a sheet is of many sources, so only {generated}, {recipe} and {ext} can stand there"
	case strings.ContainsFunc(to, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "to holds a control character"
	case slices.ContainsFunc(strings.Split(rest, "/"), func(s string) bool { return s == "" || s == "." || s == ".." }):
		return "to: a part between two slashes is empty or dots"
	}
	for _, from := range r.From {
		if p := prefixOf(from, f); p != "" && generated != "" && strings.HasPrefix(r.fill(to, "", f), p) {
			return "to: the sheets would lie in " + p + ", where the recipe has its sources"
		}
	}
	return ""
}

// SheetOf is a key for a sheet of some pictures, named after the folder of the
// first.
func SheetOf(keys []string, f config.Folders) string {
	name := "all"
	if len(keys) > 0 && keys[0] != "" {
		folder := path.Dir(keys[0])
		if strings.HasSuffix(keys[0], "/") {
			folder = path.Clean(keys[0])
		}
		if name = path.Base(folder); name == "." || name == "/" {
			name = "all"
		}
	}
	return f.Prefix(config.Generated) + "sheets/" + strings.NewReplacer("{", "", "}", "").Replace(name) + ".jpg"
}

// FormatOf is the step for the format that a key's extension names, "jpeg" if it
// names none.
func FormatOf(key string) string {
	if ext := strings.TrimPrefix(strings.ToLower(path.Ext(key)), "."); isFormat(ext) {
		return ext
	}
	return "jpeg"
}
