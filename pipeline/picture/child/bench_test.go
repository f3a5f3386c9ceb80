//go:build unix

package child

import (
	"testing"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// What a child costs: a small animation through a warm one, through a new one, and in the process itself.
func BenchmarkChild(b *testing.B) {
	source, recipes := animation(b, 64, 48), one(b, "fit 20")
	for name, run := range map[string]func(e *Engine) error{
		"here": func(*Engine) error { _, _, err := picture.Run(b.Context(), source, recipes, limits); return err },
		"warm": func(e *Engine) error { _, _, err := e.Run(b.Context(), source, recipes, limits); return err },
		"new": func(e *Engine) error {
			_, _, err := e.Run(b.Context(), source, recipes, limits)
			e.Close()
			e.closed = false
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			e := engine(b, "child")
			for b.Loop() {
				if err := run(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What the wall costs an ordinary photo: its header is looked at once more.
func BenchmarkWeigh(b *testing.B) {
	source, recipes := photo(b, 4000, 3000), recipe.Builtin()
	b.SetBytes(int64(len(source)))
	for b.Loop() {
		if _, err := picture.Weigh(source, recipes, limits); err != nil {
			b.Fatal(err)
		}
	}
}
