// Package recipe reads, checks and hashes recipes: named steps that turn one
// source image into output images. It is pure: it knows no pixels, no bucket.
package recipe

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"strconv"
	"strings"

	"weft/config"
)

// EngineVersion counts changes that make the image engine draw the same steps
// differently. It is part of every Hash, so raising it makes all outputs stale.
const EngineVersion = 2

// Recipe is one output of one source: its steps and where the result goes.
type Recipe struct {
	Name  string   `json:"name" toml:"-"` // letters a–z, digits, "-" and "_"
	About string   `json:"about,omitempty" toml:"about"`
	Steps []Step   `json:"steps" toml:"steps"`         // in canonical form, the format step last
	To    string   `json:"to" toml:"to"`               // output key with placeholders, see Placeholders
	From  []string `json:"from,omitempty" toml:"from"` // roles or prefixes of the folders it is offered for; empty: all
	Exact bool     `json:"exact,omitempty" toml:"-"`   // quality = "exact": made from every pixel, never from a scaled decode
	// Animation is what happens to a picture of many frames: "" makes the result
	// of the first and says so, Refuse makes none.
	Animation string `json:"animation,omitempty" toml:"animation"`
	Marks     []Mark `json:"marks,omitempty" toml:"-"` // what Needs names, once it is looked up
	// Place is where it was read: a file, an object, or "built in". It is not
	// part of a Task.
	Place string `json:"-" toml:"-"`
}

// Refuse is the Animation of a recipe that takes no picture of many frames.
const Refuse = "refuse"

// Has tells whether one of the steps has that name.
func (r Recipe) Has(step string) bool {
	return slices.ContainsFunc(r.Steps, func(s Step) bool { return s.Name == step })
}

// Takes tells whether the recipe is offered for a source: it lies in one of its
// folders.
func (r Recipe) Takes(source string, f config.Folders) bool {
	return len(r.From) == 0 || slices.ContainsFunc(r.From, func(from string) bool {
		prefix := prefixOf(from, f)
		return prefix != "" && strings.HasPrefix(source, prefix)
	})
}

// prefixOf is the prefix of one entry of from: a role's, or itself.
func prefixOf(from string, f config.Folders) string {
	if strings.HasSuffix(from, "/") {
		return from
	}
	return f.Prefix(config.Role(from))
}

// Hash identifies what the recipe does, 16 hex digits: its canonical form, which
// is the steps and, where they are not the defaults, quality and animation, the
// files they draw on, and the engine's version. Name, place and description are not part of it.
func (r Recipe) Hash() string {
	h := sha256.New()
	io.WriteString(h, "weft engine "+strconv.Itoa(EngineVersion)+"\n")
	for _, s := range r.Steps {
		io.WriteString(h, s.String()+"\n")
	}
	if r.Exact {
		io.WriteString(h, "quality exact\n")
	}
	if r.Animation != "" {
		io.WriteString(h, "animation "+r.Animation+"\n")
	}
	r.hashMarks(h)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// FromSteps makes a recipe of steps that stand in no file. Its name is made from them,
// so that the outputs of different steps are different objects; to may be "".
// The error is a Problems, with the columns of text.
func FromSteps(text, to string, f config.Folders) (Recipe, error) {
	steps, err := ParseSteps(text)
	if err != nil {
		return Recipe{}, err
	}
	r := Recipe{Steps: steps, To: cmp.Or(to, DefaultTo), Place: "--steps"}
	r.Name = r.stepsName()
	if x := checkPlaceholders(r.To); x != nil {
		return Recipe{}, Problems{{Text: "to: " + x.text}}
	}
	if text := r.checkTo(f); text != "" {
		return Recipe{}, Problems{{Text: text}}
	}
	return r, nil
}

func (r Recipe) stepsName() string {
	sum := sha256.Sum256([]byte(r.Line()))
	return "steps-" + hex.EncodeToString(sum[:4])
}

// Loose tells whether FromSteps made the recipe, which then has no name to be
// found by.
func (r Recipe) Loose() bool { return r.Name == r.stepsName() }

// Line is the recipe on one line: "fit 1600x1600, sharpen 0.5, jpeg q82".
// ParseSteps reads it back.
func (r Recipe) Line() string {
	words := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		words[i] = s.String()
	}
	return strings.Join(words, ", ")
}

// checkName says what is wrong with a recipe's name, or "".
func checkName(name string) string {
	if name == "" {
		return "a recipe needs a name"
	}
	if len(name) > 64 {
		return "the name is longer than 64 characters"
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return "the name may hold a–z, 0–9, - and _ only"
		}
	}
	return ""
}
