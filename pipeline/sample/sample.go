// Package sample draws sample fabrics, so that weft can be tried without a
// photo of one's own. Every picture is computed and comes out the same each time.
package sample

// Sample is one picture of the set.
type Sample struct {
	Key  string // below the folder of its role, e.g. "uploaded/single_images/denim-indigo.jpg"
	Draw func() ([]byte, error)
}
