package recipe

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"weft/config"
)

// maxFile bounds a recipe file, in bytes.
const maxFile = 1 << 20

// key is what can be said of a recipe in a file. The table of them makes the
// parser's list and the schema.
type key struct {
	name, about string
	known       []string // the values it can have; nil: others
}

var keys = []key{
	{name: "about", about: "what the recipe is for, in a few words"},
	{name: "base", about: "another recipe to derive this one from: its steps without its format come first, then these; its quality, animation and from hold unless others are set"},
	{name: "steps", about: "the steps, as a list or as one text with bars between them; the last may be the format, else it is that of base, or jpeg q82"},
	{name: "to", about: "the key of the result, with placeholders in braces"},
	{name: "from", about: "the folders it is offered for: their roles, or prefixes that end in a slash; without it, all"},
	{name: "quality", about: "exact makes it from every pixel of the source; fast, the default, may read a large JPEG at a smaller scale", known: []string{"fast", "exact"}},
	{name: "animation", about: "what becomes of a source of many frames: first, the default, uses the first and says so; refuse makes nothing", known: []string{"first", Refuse}},
}

func keyNames() []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k.name
	}
	return out
}

// file is a recipe file being read.
type file struct {
	name     string
	parser   unstable.Parser
	recipes  []*draft
	problems Problems
}

// place is a line and a column of a file, from 1.
type place struct{ line, column int }

// draft is a recipe with the places to blame.
type draft struct {
	Recipe
	file    string
	base    string
	at      place            // its name
	keys    map[string]place // the values of its keys
	stepsAt []place
	broken  bool

	flat, open bool // flatten has done it, or is at it
}

// read takes a file apart, without looking at what lies outside of it.
func read(in File) ([]*draft, Problems) {
	f := file{name: in.Name}
	if len(in.Data) > maxFile {
		return nil, Problems{{File: in.Name, Text: "is longer than 1 MiB: that is no recipe file"}}
	}
	f.parser.Reset(in.Data)
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
	return f.recipes, f.problems
}

func (f *file) place(at unstable.Range) place {
	start := f.parser.Shape(at).Start
	return place{start.Line, start.Column}
}

func (f *file) problem(at unstable.Range, offset int, format string, v ...any) {
	p := f.place(at)
	f.problems = append(f.problems, Problem{File: f.name, Line: p.line, Column: p.column + offset, Text: fmt.Sprintf(format, v...)})
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
		f.recipes = append(f.recipes, &draft{broken: true, file: f.name, keys: map[string]place{}})
		f.problem(at, 0, "a recipe is a table with a plain name, like [web]")
	case len(f.recipes) == 0:
		f.problem(at, 0, "%q stands outside of a recipe: put the recipe's name above it, like [web]", key[0])
	case len(key) > 1:
		f.problem(at, 0, "%s", unknown("key", strings.Join(key, "."), keyNames()))
	default:
		f.assign(key[0], at, n.Value())
	}
}

func (f *file) begin(name string, at unstable.Range) {
	twice := slices.ContainsFunc(f.recipes, func(d *draft) bool { return d.Name == name })
	f.recipes = append(f.recipes, &draft{
		Recipe: Recipe{Name: name, To: DefaultTo, Place: f.name}, file: f.name, at: f.place(at), keys: map[string]place{}})
	if text := checkName(name); text != "" {
		f.problem(at, 0, "recipe %q: %s", name, text)
	}
	if twice {
		f.problem(at, 0, "recipe %q stands here twice", name)
	}
}

func (f *file) assign(key string, at unstable.Range, value *unstable.Node) {
	d := f.recipes[len(f.recipes)-1]
	if _, ok := d.keys[key]; ok {
		f.problem(at, 0, "%q is set twice", key)
		return
	}
	d.keys[key] = f.place(value.Raw)
	switch key {
	case "about":
		d.About = f.text(key, value)
	case "base":
		d.base = f.text(key, value)
	case "to":
		d.To = f.text(key, value)
		if x := checkPlaceholders(d.To); x != nil {
			f.problem(value.Raw, 1+x.at, "to: %s", x.text)
		}
	case "quality":
		d.Exact = f.choice(key, value) == "exact"
	case "animation":
		if f.choice(key, value) == Refuse {
			d.Animation = Refuse
		}
	case "from":
		f.each(key, value, func(n *unstable.Node) { d.From = append(d.From, f.folder(n)) })
	case "steps":
		f.each(key, value, func(n *unstable.Node) { f.steps(d, n) })
	default:
		f.problem(at, 0, "%s", unknown("key", key, keyNames()))
	}
}

func (f *file) text(key string, n *unstable.Node) string {
	if n.Kind != unstable.String {
		f.problem(n.Raw, 0, "%s must be a text in quotes", key)
	}
	return string(n.Data)
}

// choice reads a text that must be one of those the key can have.
func (f *file) choice(key string, n *unstable.Node) string {
	text := f.text(key, n)
	for _, k := range keys {
		if k.name == key && n.Kind == unstable.String && !slices.Contains(k.known, text) {
			f.problem(n.Raw, 1, "%s", unknown(key, text, k.known))
		}
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
		d.stepsAt = append(d.stepsAt, f.place(n.Raw))
	}
}

// roles are the words that from can name folders with.
var roles = []string{
	string(config.SearchUploads), string(config.Generated), string(config.SingleImages),
	string(config.GroupImages), string(config.FabricTable),
}

// folder reads one entry of from: a role or a prefix.
func (f *file) folder(n *unstable.Node) string {
	s := string(n.Data)
	if (!strings.HasSuffix(s, "/") || s == "/") && !slices.Contains(roles, s) {
		f.problem(n.Raw, 1, "%s; a prefix ends in a slash", unknown("folder", s, roles))
	}
	return s
}
