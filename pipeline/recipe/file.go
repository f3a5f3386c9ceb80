package recipe

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"weft/config"
)

// The keys of a recipe in a file.
var fileKeys = []string{"about", "steps", "quality", "animation", "to", "from"}

// maxFile bounds a recipe file, in bytes.
const maxFile = 1 << 20

// Parse reads a TOML file of recipes: one table for each, named like the recipe.
//
//	[shop]
//	about = "for the shop"                                     # optional
//	steps = ["orient", "fit 1200", "sharpen 0.5", "jpeg q85"]  # or one string with |
//	to    = "{generated}shop/{path}.{ext}"                     # optional
//	from  = ["search_uploads"]                                 # optional
//	quality   = "exact"                                        # optional, else "fast"
//	animation = "refuse"                                       # optional, else "first"
//
// The error is a Problems with everything that is wrong, each with name, line
// and column; the recipes without a problem are returned beside it.
func Parse(name string, data []byte) ([]Recipe, error) {
	if len(data) > maxFile {
		return nil, Problems{{File: name, Text: "is longer than 1 MiB: that is no recipe file"}}
	}
	f := file{name: name}
	f.parser.Reset(data)
	for f.parser.NextExpression() {
		f.expression(f.parser.Expression())
	}
	if err := f.parser.Error(); err != nil {
		var at unstable.Range
		text := err.Error()
		if perr, ok := errors.AsType[*unstable.ParserError](err); ok {
			text = perr.Message
			if len(perr.Highlight) > 0 {
				at = f.parser.Range(perr.Highlight)
			}
		}
		f.problem(at, 0, "is not valid TOML here: %s", text)
	}
	good := f.finish()
	slices.SortStableFunc(f.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return good, f.problems.orNil()
}

// file is a recipe file being read.
type file struct {
	name     string
	parser   unstable.Parser
	recipes  []draft
	problems Problems
}

// draft is a recipe with the places to blame.
type draft struct {
	Recipe
	at      unstable.Range
	seen    map[string]bool
	stepsAt []unstable.Range
	broken  bool
}

func (f *file) problem(at unstable.Range, offset int, format string, v ...any) {
	start := f.parser.Shape(at).Start
	f.problems = append(f.problems, Problem{
		File: f.name, Line: start.Line, Column: start.Column + offset, Text: fmt.Sprintf(format, v...)})
	if n := len(f.recipes); n > 0 {
		f.recipes[n-1].broken = true
	}
}

func (f *file) expression(n *unstable.Node) {
	var key []string
	var at unstable.Range
	for it := n.Key(); it.Next(); {
		if len(key) == 0 {
			at = it.Node().Raw
		}
		key = append(key, string(it.Node().Data))
	}
	switch {
	case n.Kind == unstable.Table && len(key) == 1:
		f.begin(key[0], at)
	case n.Kind == unstable.Table || n.Kind == unstable.ArrayTable:
		f.recipes = append(f.recipes, draft{broken: true, seen: map[string]bool{}})
		f.problem(at, 0, "a recipe is a table with a plain name, like [web]")
	case len(f.recipes) == 0:
		f.problem(at, 0, "%q stands outside of a recipe: put the recipe's name above it, like [web]", key[0])
	case len(key) > 1:
		f.problem(at, 0, "%s", unknown("key", strings.Join(key, "."), fileKeys))
	default:
		f.assign(key[0], at, n.Value())
	}
}

func (f *file) begin(name string, at unstable.Range) {
	twice := slices.ContainsFunc(f.recipes, func(d draft) bool { return d.Name == name })
	f.recipes = append(f.recipes, draft{Recipe: Recipe{Name: name, To: DefaultTo}, at: at, seen: map[string]bool{}})
	if text := checkName(name); text != "" {
		f.problem(at, 0, "recipe %q: %s", name, text)
	}
	if twice {
		f.problem(at, 0, "recipe %q stands here twice", name)
	}
}

func (f *file) assign(key string, at unstable.Range, value *unstable.Node) {
	d := &f.recipes[len(f.recipes)-1]
	if d.seen[key] {
		f.problem(at, 0, "%q is set twice", key)
		return
	}
	d.seen[key] = true
	switch key {
	case "about":
		d.About = f.text(key, value)
	case "to":
		d.To = f.text(key, value)
		if text := checkTo(d.To); text != "" {
			f.problem(value.Raw, 1, "%s", text)
		}
	case "quality":
		d.Exact = f.choice(key, value, "fast", "exact") == "exact"
	case "animation":
		if f.choice(key, value, "first", Refuse) == Refuse {
			d.Animation = Refuse
		}
	case "from":
		f.each(key, value, func(n *unstable.Node) { d.From = append(d.From, f.folder(n)) })
	case "steps":
		f.each(key, value, func(n *unstable.Node) { f.steps(d, n) })
	default:
		f.problem(at, 0, "%s", unknown("key", key, fileKeys))
	}
}

func (f *file) text(key string, n *unstable.Node) string {
	if n.Kind != unstable.String {
		f.problem(n.Raw, 0, "%s must be a text in quotes", key)
	}
	return string(n.Data)
}

// choice reads a text that must be one of a few.
func (f *file) choice(key string, n *unstable.Node, known ...string) string {
	text := f.text(key, n)
	if n.Kind == unstable.String && !slices.Contains(known, text) {
		f.problem(n.Raw, 1, "%s", unknown(key, text, known))
	}
	return text
}

// each calls fn for the text or for every text of the list.
func (f *file) each(key string, value *unstable.Node, fn func(*unstable.Node)) {
	if value.Kind == unstable.String {
		fn(value)
		return
	}
	if value.Kind != unstable.Array {
		f.problem(value.Raw, 0, "%s must be a list of texts in quotes", key)
		return
	}
	for it := value.Children(); it.Next(); {
		if n := it.Node(); n.Kind == unstable.String {
			fn(n)
		} else if n.Kind != unstable.Comment {
			f.problem(n.Raw, 0, "%s must be a list of texts in quotes", key)
		}
	}
}

// steps reads one text, which may hold several steps.
func (f *file) steps(d *draft, n *unstable.Node) {
	for _, part := range splitSteps(string(n.Data)) {
		s, faults := parseStep(part.text)
		for _, x := range faults {
			f.problem(n.Raw, 1+part.at+x.at, "%s", x.text)
		}
		d.Steps = append(d.Steps, s)
		d.stepsAt = append(d.stepsAt, n.Raw)
	}
}

// folder reads one entry of from: a role or a prefix.
func (f *file) folder(n *unstable.Node) string {
	roles := []string{
		string(config.SearchUploads), string(config.Generated), string(config.SingleImages),
		string(config.GroupImages), string(config.FabricTable),
	}
	s := string(n.Data)
	if !strings.HasSuffix(s, "/") && !slices.Contains(roles, s) {
		f.problem(n.Raw, 1, "%s; a prefix ends in a slash", unknown("folder", s, roles))
	}
	return s
}

// finish checks what only shows at the end and returns the good recipes.
func (f *file) finish() []Recipe {
	var out []Recipe
	for i := range f.recipes {
		d := &f.recipes[i]
		if !d.seen["steps"] && d.Name != "" {
			f.blame(d, d.at, fmt.Sprintf("recipe %q has no steps", d.Name))
			continue
		}
		if d.Name == "" || d.broken && len(d.Steps) == 0 {
			continue
		}
		steps, faults := arrange(d.Steps) // faulty steps have no name and offend no order
		for _, x := range faults {
			at := d.at
			if x.at < len(d.stepsAt) {
				at = d.stepsAt[x.at]
			}
			f.blame(d, at, x.text)
		}
		if d.broken {
			continue
		}
		d.Steps = steps
		out = append(out, d.Recipe)
	}
	return out
}

func (f *file) blame(d *draft, at unstable.Range, text string) {
	start := f.parser.Shape(at).Start
	f.problems = append(f.problems, Problem{File: f.name, Line: start.Line, Column: start.Column, Text: text})
	d.broken = true
}

// Load returns the built-in recipes and those of dir/*.toml, which win by name.
// A missing dir is an empty one. What is wrong in the files is one Problems;
// the good recipes are returned beside it.
func Load(dir string) ([]Recipe, error) {
	all := Builtin()
	var problems Problems
	names, err := filepath.Glob(filepath.Join(globQuote(dir), "*.toml"))
	if err != nil {
		return all, fmt.Errorf("recipes: read %s: %w", dir, err)
	}
	from := map[string]string{} // file of each recipe that is not built in
	for _, name := range names {
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			problems = append(problems, Problem{File: name, Text: "cannot be read: " + err.Error()})
			continue
		}
		recipes, err := Parse(name, data)
		if p, ok := errors.AsType[Problems](err); ok {
			problems = append(problems, p...)
		}
		for _, r := range recipes {
			if other, ok := from[r.Name]; ok {
				problems = append(problems, Problem{File: name, Text: fmt.Sprintf("recipe %q stands in %s as well", r.Name, other)})
				continue
			}
			from[r.Name] = name
			all = put(all, r)
		}
	}
	problems = append(problems, clashes(all, from)...)
	return all, problems.orNil()
}

// put replaces the recipe of the same name or appends.
func put(all []Recipe, r Recipe) []Recipe {
	if i := slices.IndexFunc(all, func(x Recipe) bool { return x.Name == r.Name }); i >= 0 {
		all[i] = r
		return all
	}
	return append(all, r)
}

// globQuote keeps a folder's own name from being read as a pattern.
func globQuote(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}
