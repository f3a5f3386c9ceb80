// Package recipe reads, checks and hashes recipes: named steps that turn one
// source image into output images. It is pure: it knows no pixels, no bucket.
package recipe

import (
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
const EngineVersion = 1

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

// Builtin returns thumb, web and square.
func Builtin() []Recipe {
	return []Recipe{
		{Name: "thumb", About: "a small picture for lists, 320 pixels at most", To: DefaultTo, Steps: []Step{
			{"orient", nil}, {"fit", []string{"320x320"}}, {"jpeg", []string{"q80"}}}},
		{Name: "web", About: "for a web page, 1600 pixels at most, sharpened", To: DefaultTo, Steps: []Step{
			{"orient", nil}, {"fit", []string{"1600x1600"}}, {"sharpen", []string{"0.5"}}, {"jpeg", []string{"q82"}}}},
		{Name: "square", About: "a square of 512 pixels, cut from the middle", To: DefaultTo, Steps: []Step{
			{"orient", nil}, {"fill", []string{"512x512"}}, {"jpeg", []string{"q82"}}}},
	}
}

// Hash identifies what the recipe does, 16 hex digits: its canonical form, which
// is the steps and, where they are not the defaults, quality and animation, and
// the engine's version. Name, place and description are not part of it.
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
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Line is the recipe on one line: "fit 1600x1600, sharpen 0.5, jpeg q82".
// ParseSteps reads it back.
func (r Recipe) Line() string {
	words := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		words[i] = s.String()
	}
	return strings.Join(words, ", ")
}

// Format is the output's format, "jpeg" or "png".
func (r Recipe) Format() string {
	if n := len(r.Steps); n > 0 && r.Steps[n-1].Name == "png" {
		return "png"
	}
	return "jpeg"
}

// Ext is the extension of the output's format, without the dot.
func (r Recipe) Ext() string {
	if r.Format() == "png" {
		return "png"
	}
	return "jpg"
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
