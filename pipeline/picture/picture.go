// Package picture is the image engine: it probes, decodes, transforms and
// encodes pictures. It is pure: bytes in, bytes out. It knows no bucket.
package picture

import (
	"context"
	"image"
	"time"

	"weft/config"
	"weft/pipeline/recipe"
)

// Facts are what a picture's header and metadata tell, without decoding it.
type Facts struct {
	Format      string    `json:"format"` // jpeg, png, gif, webp, tiff, bmp
	Width       int       `json:"width"`  // pixels, as stored
	Height      int       `json:"height"`
	Orientation int       `json:"orientation"` // EXIF, 1 to 8
	Taken       time.Time `json:"taken,omitzero"`
	Camera      string    `json:"camera,omitempty"`
	Frames      int       `json:"frames,omitempty"`
}

// Probe reads the header and refuses what is over the limits, truncated or not
// a picture; nothing is decoded. head may be only the first part of the file.
func Probe(head []byte, size int64, l config.Limits) (Facts, error) { panic("contract") }

// Result is one encoded output.
type Result struct {
	Recipe      recipe.Recipe
	Data        []byte
	ContentType string
	Width       int
	Height      int
}

// Run decodes source once and makes every recipe's output from it.
func Run(ctx context.Context, source []byte, recipes []recipe.Recipe, l config.Limits) ([]Result, Facts, error) {
	panic("contract")
}

// Preview decodes source as small as is useful and fits it upright into
// width × height pixels.
func Preview(ctx context.Context, source []byte, width, height int, l config.Limits) (*image.NRGBA, Facts, error) {
	panic("contract")
}
