package recipe

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weft/config"
)

// Folder is where a bucket keeps recipe files for all who use it.
const Folder = "recipes/"

//go:embed builtin.toml
var builtin []byte

// builtinPlace is the Place of a recipe that weft brings along.
const builtinPlace = "built in"

// Builtin returns thumb, web and square.
func Builtin() []Recipe {
	all, err := Load(config.Folders{})
	if err != nil {
		panic(err) // a test reads them
	}
	return all
}

// File is a recipe file: its name, for problems, and its text, which is TOML with one
// table for each recipe, named like it.
//
//	[shop]
//	about = "for the shop"                                     # optional
//	steps = ["orient", "fit 1200", "sharpen 0.5", "jpeg q85"]  # or one string with |
//	to    = "{generated}shop/{path}.{ext}"                     # optional
//	from  = ["search_uploads"]                                 # optional
//
//	[shop-small]
//	base  = "shop"                                             # its steps come first
//	steps = ["fit 300", "webp q80"]                            # then these
type File struct {
	Name string
	Data []byte
}

// Files reads dir/*.toml, in the order of their names. A missing dir is an empty
// one. What cannot be read is a Problems beside the rest.
func Files(dir string) ([]File, error) {
	var out []File
	var problems Problems
	names, err := filepath.Glob(filepath.Join(globQuote(dir), "*.toml"))
	if err != nil {
		return nil, fmt.Errorf("recipes: read %s: %w", dir, err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			problems = append(problems, Problem{File: name, Text: "cannot be read: " + err.Error()})
		default:
			out = append(out, File{name, data})
		}
	}
	return out, problems.orNil()
}

// globQuote keeps a folder's own name from being read as a pattern.
func globQuote(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// Load returns the built-in recipes and those of the layers. A recipe of a later
// layer takes the place of one of the same name, and is then also what others
// mean by that name as their base. What is wrong is one Problems; the good
// recipes are returned beside it. One that has a problem is left out, and so is
// what it would have taken the place of: it was meant to be different.
func Load(f config.Folders, layers ...[]File) ([]Recipe, error) {
	s := set{folders: f}
	s.add([]File{{builtinPlace, builtin}})
	for _, files := range layers {
		s.add(files)
	}
	all := s.finish()
	return all, s.problems.orNil()
}

// Check returns the recipes of one file as they are above all others. The error is a
// Problems with everything that is wrong, each with name, line and column; the
// recipes without a problem are returned beside it. A base may stand in the file, be
// built in or in the layers below.
func Check(file File, f config.Folders, layers ...[]File) ([]Recipe, error) {
	for i := range layers {
		layers[i] = slices.DeleteFunc(slices.Clone(layers[i]), func(x File) bool { return x.Name == file.Name })
	}
	all, err := Load(f, append(slices.Clip(layers), []File{file})...)
	problems, ok := errors.AsType[Problems](err)
	if err != nil && !ok {
		return nil, err
	}
	problems = slices.DeleteFunc(problems, func(p Problem) bool { return p.File != file.Name })
	return slices.DeleteFunc(all, func(r Recipe) bool { return r.Place != file.Name }), problems.orNil()
}

// set is recipes being put together.
type set struct {
	folders  config.Folders
	drafts   []*draft
	problems Problems
}

// add puts a layer above those there are.
func (s *set) add(files []File) {
	from := map[string]string{}
	for _, file := range files {
		drafts, problems := read(file)
		s.problems = append(s.problems, problems...)
		for _, d := range drafts {
			if other, ok := from[d.Name]; ok && other != file.Name {
				s.blame(d, d.at, fmt.Sprintf("recipe %q stands in %s as well", d.Name, other))
				continue
			}
			from[d.Name] = file.Name
			if i := s.find(d.Name); i >= 0 {
				s.drafts[i] = d
			} else {
				s.drafts = append(s.drafts, d)
			}
		}
	}
}

func (s *set) find(name string) int {
	return slices.IndexFunc(s.drafts, func(d *draft) bool { return d.Name == name })
}

func (s *set) blame(d *draft, at place, text string) {
	s.problems = append(s.problems, Problem{File: d.file, Line: at.line, Column: at.column, Text: text})
	d.broken = true
}

// finish joins recipes to their bases, checks what only shows then, and returns
// the good ones.
func (s *set) finish() []Recipe {
	order := map[string]int{}
	for _, d := range s.drafts {
		if _, ok := order[d.file]; !ok {
			order[d.file] = len(order)
		}
		s.flatten(d, nil)
	}
	var out []Recipe
	for _, d := range s.drafts {
		if d.Name == "" || d.broken {
			continue
		}
		if text := d.checkTo(s.folders); text != "" {
			at, ok := d.keys["to"]
			if !ok {
				at = d.at
			}
			s.blame(d, at, text)
			continue
		}
		out = append(out, d.Recipe)
	}
	s.clashes()
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return out
}

// flatten puts the steps of a recipe's base before its own. above are those that
// wait for it, as their bases' bases.
func (s *set) flatten(d *draft, above []*draft) {
	if d.flat || d.Name == "" {
		return
	}
	d.flat, d.open = true, true
	defer func() { d.open = false }()
	if d.base != "" && !s.derive(d, above) {
		return
	}
	if _, ok := d.keys["steps"]; !ok && d.base == "" {
		s.blame(d, d.at, fmt.Sprintf("recipe %q has no steps", d.Name))
		return
	}
	if d.broken && len(d.Steps) == 0 {
		return
	}
	steps, faults := arrange(d.Steps) // faulty steps have no name and offend no order
	for _, x := range faults {
		at := d.at
		if x.at < len(d.stepsAt) {
			at = d.stepsAt[x.at]
		}
		s.blame(d, at, x.text)
	}
	d.Steps = steps
}

// derive takes over what a recipe has from its base, and tells whether it could.
func (s *set) derive(d *draft, above []*draft) bool {
	at := d.keys["base"]
	inside := place{at.line, at.column + 1}
	i := s.find(d.base)
	if i < 0 {
		s.blame(d, inside, unknown("base", d.base, s.names(d.Name)))
		return false
	}
	b := s.drafts[i]
	above = append(above, d)
	if b.open {
		ring := above[slices.Index(above, b):]
		names := make([]string, len(ring))
		for i, x := range ring {
			names[i], x.broken = x.Name, true
		}
		s.blame(d, inside, "base goes round in a circle: "+strings.Join(names, " → ")+" → "+d.base)
		return false
	}
	s.flatten(b, above)
	if b.broken {
		if !d.broken {
			s.blame(d, inside, fmt.Sprintf("base %q has something wrong itself", d.base))
		}
		return false
	}
	taken := b.Steps[:len(b.Steps):len(b.Steps)]
	format := taken[len(taken)-1]
	taken = taken[:len(taken)-1]
	if n := len(d.Steps); n == 0 || !isFormat(d.Steps[n-1].Name) {
		d.Steps = append(d.Steps, format)
	}
	d.Steps = slices.Concat(taken, d.Steps)
	d.stepsAt = slices.Concat(slices.Repeat([]place{at}, len(taken)), d.stepsAt)
	if _, ok := d.keys["quality"]; !ok {
		d.Exact = b.Exact
	}
	if _, ok := d.keys["animation"]; !ok {
		d.Animation = b.Animation
	}
	if _, ok := d.keys["from"]; !ok {
		d.From = b.From
	}
	return true
}

// names are the recipes that can be a base of another one.
func (s *set) names(but string) []string {
	var out []string
	for _, d := range s.drafts {
		if d.Name != "" && d.Name != but {
			out = append(out, d.Name)
		}
	}
	return out
}

// clashes finds recipes that would write to the same keys.
func (s *set) clashes() {
	seen := map[string]string{}
	for _, d := range s.drafts {
		if d.Name == "" || d.broken {
			continue
		}
		place := d.fixed(s.folders)
		if other, ok := seen[place]; ok {
			at, ok := d.keys["to"]
			if !ok {
				at = d.at
			}
			s.problems = append(s.problems, Problem{File: d.file, Line: at.line, Column: at.column, Text: fmt.Sprintf(
				"recipes %q and %q would write to the same keys: put {recipe} into to", other, d.Name)})
			continue
		}
		seen[place] = d.Name
	}
}
