package recipe

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	"weft/config"
)

// DefaultTo is where an output goes if its recipe does not say: the source's
// whole key below the generated folder, then recipe and format, as in
// generated/search_uploads/linen-04.jpg.web.jpg. The whole key, extension and
// all, is what keeps a.jpg, a.png and b/a.jpg apart.
const DefaultTo = "{generated}{path}.{recipe}.{ext}"

// maxKey is the longest key S3 takes, in bytes.
const maxKey = 1024

// Placeholder is one word in braces that may stand in a recipe's to.
type Placeholder struct {
	Name    string `json:"name"`
	About   string `json:"about"`
	Example string `json:"example"`
}

// Placeholders lists what may stand in to. Two sources never share an output if
// it holds {path} or {hash} or {folder}{name}; else, as with {stem}, they may,
// and what would be written over is refused.
var Placeholders = []Placeholder{
	{"generated", "the folder for results, with its slash; to begins with it, or with its name as it is", "generated/"},
	{"path", "the source's whole key", "search_uploads/2026/linen-04.jpg"},
	{"folder", "the source's folder, with its slash", "search_uploads/2026/"},
	{"name", "the source's name with its extension", "linen-04.jpg"},
	{"stem", "the source's name without its extension", "linen-04"},
	{"hash", "16 hex digits that only this source's key has", "9f2c41d0b7e85a36"},
	{"recipe", "the recipe's name", "web"},
	{"ext", "the extension of the recipe's format; to ends with it, or with one of the same format as it is", "jpg"},
}

// fill puts the placeholders' values for a source into a template.
func (r Recipe) fill(to, source string, f config.Folders) string {
	name := path.Base(source)
	sum := sha256.Sum256([]byte(source))
	return strings.NewReplacer(
		"{generated}", f.Prefix(config.Generated),
		"{path}", source,
		"{folder}", strings.TrimSuffix(source, name),
		"{name}", name,
		"{stem}", strings.TrimSuffix(name, path.Ext(name)),
		"{hash}", hex.EncodeToString(sum[:8]),
		"{recipe}", r.Name,
		"{ext}", r.Ext(),
	).Replace(to)
}

// Output is the key the result of source goes to. It is a pure function of the
// source's key and the recipe, lies in the generated folder and in no other, and
// never in a folder that the recipe has sources in.
func (r Recipe) Output(source string, f config.Folders) (string, error) {
	if r.To == "" {
		r.To = DefaultTo
	}
	if text := checkName(r.Name); text != "" {
		return "", fmt.Errorf("recipe %q: %s", r.Name, text)
	}
	if _, sheet := r.Sheet(); sheet {
		return "", fmt.Errorf("%s: recipe %s makes sheets of many sources, not a result of each", source, r.Name)
	}
	if x := checkPlaceholders(r.To); x != nil {
		return "", fmt.Errorf("recipe %s: to: %s", r.Name, x.text)
	}
	if text := r.checkTo(f); text != "" {
		return "", fmt.Errorf("recipe %s: %s", r.Name, text)
	}
	generated := f.Prefix(config.Generated)
	if generated == "" {
		return "", fmt.Errorf("recipe %s: no folder for generated images is configured", r.Name)
	}
	key := r.fill(r.To, source, f)
	if len(key) > maxKey {
		return "", fmt.Errorf("%s: recipe %s: the key of the result would have %d bytes of at most %d: "+
			"give the source a shorter name or let the recipe's to use {hash}", source, r.Name, len(key), maxKey)
	}
	for _, other := range f {
		if other.Role != config.Generated && len(other.Prefix) > len(generated) && strings.HasPrefix(key, other.Prefix) {
			return "", fmt.Errorf("%s: recipe %s: the result %s would lie in the folder %s: change the recipe's to",
				source, r.Name, key, other.Prefix)
		}
	}
	if len(r.From) == 0 && strings.HasPrefix(source, generated) {
		return "", fmt.Errorf("%s: recipe %s: it lies in %s itself, where the results go: name its source, or give the recipe a from",
			source, r.Name, generated)
	}
	for _, from := range r.From {
		if p := prefixOf(from, f); p != "" && strings.HasPrefix(key, p) {
			return "", fmt.Errorf("%s: recipe %s: the result %s would lie in %s, where the recipe has its sources: change its to",
				source, r.Name, key, p)
		}
	}
	return key, nil
}

// Unique tells whether two sources never have the same output.
func (r Recipe) Unique() bool {
	return r.To == "" || strings.Contains(r.To, "{path}") || strings.Contains(r.To, "{hash}") || strings.Contains(r.To, "{folder}{name}")
}

// checkPlaceholders finds the first brace or placeholder of a template that is wrong.
func checkPlaceholders(to string) *fault {
	for at := 0; ; {
		i := strings.IndexAny(to[at:], "{}")
		if i < 0 {
			return nil
		}
		at += i
		end := strings.IndexByte(to[at:], '}')
		if end <= 0 {
			return &fault{at, "a brace is open or closed without its other half"}
		}
		word := to[at+1 : at+end]
		if !slices.Contains(placeholderNames(), word) {
			return &fault{at + 1, unknown("placeholder", word, placeholderNames())}
		}
		at += end + 1
	}
}

// checkTo says what is wrong with where the results go, or "". The placeholders
// are right.
func (r Recipe) checkTo(f config.Folders) string {
	if _, sheet := r.Sheet(); sheet {
		return r.checkSheetTo(f)
	}
	const lead = "{generated}"
	generated := f.Prefix(config.Generated)
	middle, ok := strings.CutPrefix(r.To, lead)
	if !ok && generated != "" {
		middle, ok = strings.CutPrefix(r.To, generated)
	}
	switch {
	case !ok && generated != "":
		return "to must begin with {generated} or " + generated + ": results never go to another folder"
	case !ok:
		return "to must begin with {generated}: results never go to another folder"
	case !r.endsWell(r.To):
		return fmt.Sprintf("to must end with .{ext}, or with .%s as the format is %s", r.Ext(), r.Format())
	case strings.Contains(middle, lead):
		return "to: {generated} may stand at the beginning only"
	case !strings.Contains(middle, "{path}") && !strings.Contains(middle, "{hash}") && !strings.Contains(middle, "{name}") && !strings.Contains(middle, "{stem}"):
		return "to must hold {path}, {name}, {stem} or {hash}, or all sources would share one result"
	case strings.ContainsFunc(r.To, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "to holds a control character"
	case slices.ContainsFunc(strings.Split(middle, "/"), func(s string) bool { return s == "" || s == "." || s == ".." }):
		return "to: a part between two slashes is empty or dots"
	}
	if generated == "" {
		return "" // nobody has said what the folders are called
	}
	fixed, _, _ := strings.Cut(r.fixed(f), "{")
	for _, from := range r.From {
		if p := prefixOf(from, f); p != "" && (strings.HasPrefix(fixed, p) || strings.HasPrefix(p, fixed)) {
			return fmt.Sprintf("to: results could lie in %s, where the recipe has its sources: begin to with another folder, as in {generated}%s/", p, r.Name)
		}
	}
	return ""
}

// endsWell tells whether a template ends in an extension of the recipe's format.
func (r Recipe) endsWell(to string) bool {
	return strings.HasSuffix(to, ".{ext}") || strings.HasSuffix(to, "."+r.Ext()) || strings.HasSuffix(to, "."+r.Format())
}

// fixed is to with all put in that does not depend on the source.
func (r Recipe) fixed(f config.Folders) string {
	generated := f.Prefix(config.Generated)
	if generated == "" {
		generated = "{generated}"
	}
	return strings.NewReplacer("{generated}", generated, "{recipe}", r.Name, "{ext}", r.Ext(), "{path}", "{folder}{name}").Replace(r.To)
}

func placeholderNames() []string {
	out := make([]string, len(Placeholders))
	for i, p := range Placeholders {
		out[i] = p.Name
	}
	return out
}
