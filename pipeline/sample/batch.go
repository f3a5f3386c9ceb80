package sample

import (
	"fmt"
	"strings"
)

// Photo draws the i-th of any number of photos of one cloth, as a camera of
// width × height pixels would take them: JPEGs, each another cloth or another
// piece of it. Benchmarks and tests measure with them.
func Photo(i, width, height int) ([]byte, error) {
	var cloths []photo
	for _, p := range photos() {
		if p.group == nil && strings.HasSuffix(p.name, ".jpg") {
			cloths = append(cloths, p)
		}
	}
	p := cloths[i%len(cloths)]
	if round := i / len(cloths); round > 0 {
		p.name = fmt.Sprintf("%s %d", p.name, round+1) // chance is seeded by the name
	}
	p.size, p.shot = [2]int{width, height}, shot{}
	return p.draw()
}
