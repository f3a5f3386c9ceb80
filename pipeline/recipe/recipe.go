// Package recipe reads, checks and hashes recipes: named steps that turn one
// source image into output images. It is pure: it knows no pixels, no bucket.
package recipe

import "weft/config"

// Recipe is one output of one source: its steps and where the result goes.
type Recipe struct {
	Name  string   `json:"name" toml:"-"`
	About string   `json:"about,omitempty" toml:"about"`
	Steps []Step   `json:"steps" toml:"steps"` // in canonical form, the format step last
	To    string   `json:"to" toml:"to"`       // output key with placeholders
	From  []string `json:"from,omitempty" toml:"from"`
}

// Step is one operation with its arguments, e.g. {"fit", ["1600x1600"]}.
// It reads and writes as one string: "fit 1600x1600".
type Step struct {
	Name string
	Args []string
}

// Builtin returns thumb, web and square.
func Builtin() []Recipe { panic("contract") }

// Parse reads a TOML file of recipes; name is used in errors, which carry file, line and column.
func Parse(name string, data []byte) ([]Recipe, error) { panic("contract") }

// ParseSteps reads "orient | fit 800x800 | png".
func ParseSteps(text string) ([]Step, error) { panic("contract") }

// Load returns the built-in recipes and those of dir/*.toml, which win by name.
func Load(dir string) ([]Recipe, error) { panic("contract") }

// Hash identifies what the recipe does: canonical steps and engine version, 16 hex digits.
func (r Recipe) Hash() string { panic("contract") }

// Output is the key the result of source goes to.
func (r Recipe) Output(source string, f config.Folders) (string, error) { panic("contract") }

// Line is the recipe on one line: "fit 1600x1600, sharpen 0.5, jpeg q82".
func (r Recipe) Line() string { panic("contract") }
