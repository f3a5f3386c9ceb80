package swatch

import (
	"testing"

	"weft/pipeline/sample"
)

// Swatches found in photos of 3 MP.
func BenchmarkFind(b *testing.B) {
	for _, l := range sample.Layouts() {
		if l.Name != "swatches-grey-board.jpg" && l.Name != "touching" && l.Name != "dark wood" {
			continue
		}
		im, _ := shot(l, 2000)
		b.Run(l.Name, func(b *testing.B) {
			for b.Loop() {
				Find(b.Context(), im, Options{})
			}
		})
	}
}
