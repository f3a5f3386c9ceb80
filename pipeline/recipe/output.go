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

// Placeholders lists what may stand in to. To be sure that two sources never
// share an output, to must hold {path} or {hash} or {folder}{name}.
var Placeholders = []Placeholder{
	{"generated", "the folder for results, with its slash; to begins with it", "generated/"},
	{"path", "the source's whole key", "search_uploads/2026/linen-04.jpg"},
	{"folder", "the source's folder, with its slash", "search_uploads/2026/"},
	{"name", "the source's name with its extension", "linen-04.jpg"},
	{"stem", "the source's name without its extension", "linen-04"},
	{"hash", "16 hex digits that only this source's key has", "9f2c41d0b7e85a36"},
	{"recipe", "the recipe's name", "web"},
	{"ext", "the extension of the recipe's format; to ends with .{ext}", "jpg"},
}

// Output is the key the result of source goes to. It is a pure function of the
// source's key and the recipe, lies in the generated folder and in no other, and
// is another one for every other source.
func (r Recipe) Output(source string, f config.Folders) (string, error) {
	to := r.To
	if to == "" {
		to = DefaultTo
	}
	if text := checkName(r.Name); text != "" {
		return "", fmt.Errorf("recipe %q: %s", r.Name, text)
	}
	if text := checkTo(to); text != "" {
		return "", fmt.Errorf("recipe %s: %s", r.Name, text)
	}
	generated := f.Prefix(config.Generated)
	if generated == "" {
		return "", fmt.Errorf("recipe %s: no folder for generated images is configured", r.Name)
	}
	name := path.Base(source)
	sum := sha256.Sum256([]byte(source))
	key := strings.NewReplacer(
		"{generated}", generated,
		"{path}", source,
		"{folder}", strings.TrimSuffix(source, name),
		"{name}", name,
		"{stem}", strings.TrimSuffix(name, path.Ext(name)),
		"{hash}", hex.EncodeToString(sum[:8]),
		"{recipe}", r.Name,
		"{ext}", r.Ext(),
	).Replace(to)
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
	return key, nil
}

// checkTo says what is wrong with a template, or "".
func checkTo(to string) string {
	const lead, tail = "{generated}", ".{ext}"
	rest := to
	for {
		i := strings.IndexAny(rest, "{}")
		if i < 0 {
			break
		}
		end := strings.IndexByte(rest[i:], '}')
		if rest[i] == '}' || end < 0 {
			return "to: a brace is open or closed without its other half"
		}
		word := rest[i+1 : i+end]
		if !slices.ContainsFunc(Placeholders, func(p Placeholder) bool { return p.Name == word }) {
			return "to: " + unknown("placeholder", word, placeholderNames())
		}
		rest = rest[i+end+1:]
	}
	middle, ok := strings.CutPrefix(to, lead)
	switch {
	case !ok:
		return "to must begin with {generated}: results never go to another folder"
	case !strings.HasSuffix(to, tail):
		return "to must end with .{ext}"
	case strings.Contains(middle, lead):
		return "to: {generated} may stand at the beginning only"
	case !strings.Contains(to, "{path}") && !strings.Contains(to, "{hash}") && !strings.Contains(to, "{folder}{name}"):
		return "to must hold {path}, {hash} or {folder}{name}, or two sources could share one result"
	case strings.ContainsFunc(to, func(c rune) bool { return c < ' ' || c == 0x7f }):
		return "to holds a control character"
	case slices.ContainsFunc(strings.Split(middle, "/"), func(s string) bool { return s == "" || s == "." || s == ".." }):
		return "to: a part between two slashes is empty or dots"
	}
	return ""
}

func placeholderNames() []string {
	out := make([]string, len(Placeholders))
	for i, p := range Placeholders {
		out[i] = p.Name
	}
	return out
}

// clashes finds recipes that would write to the same keys.
func clashes(all []Recipe, from map[string]string) Problems {
	var out Problems
	seen := map[string]string{}
	for _, r := range all {
		place := strings.NewReplacer("{recipe}", r.Name, "{ext}", r.Ext()).Replace(r.To)
		if other, ok := seen[place]; ok {
			out = append(out, Problem{File: from[r.Name], Text: fmt.Sprintf(
				"recipes %q and %q would write to the same keys: put {recipe} into to", other, r.Name)})
		}
		seen[place] = r.Name
	}
	return out
}
