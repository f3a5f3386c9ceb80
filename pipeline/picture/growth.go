package picture

import (
	"image"
	"math"
	"strings"
	"time"

	"weft/config"
	"weft/pipeline/recipe"
)

// What an encoder holds for each pixel, in bytes: measured with 3 and 12 megapixels.
// That of AVIF copies its memory when it grows.
const (
	lossyWebPBytes    = 35
	losslessWebPBytes = 100
	avifBytes         = 200
)

// results reckons what making the results takes beside the decoded picture: the
// bytes of the most demanding one, since they are made one after the other, and
// the time of all, as generous as a Demand's.
func (h header) results(recipes []recipe.Recipe, l config.Limits) (bytes int64, took time.Duration) {
	for _, r := range recipes {
		size := image.Pt(h.Width, h.Height)
		if h.Orientation >= 5 && r.Has("orient") {
			size.X, size.Y = size.Y, size.X
		}
		have := pixelsIn(size, l)
		most := have
		for _, s := range r.Steps {
			size = after(s, size)
			most = max(most, pixelsIn(size, l))
		}
		need := 2 * 8 * (most - have) // two pictures at a time; the cost of decoding holds those of the source's size
		took += leastTime/2 + time.Duration(most)*timePerPixel
		switch last := pixelsIn(size, l); {
		case r.Format() == "avif":
			need += sandboxMemory + avifBytes*last
			took += 4 * time.Duration(last) * timePerPixel
		case r.Format() == "webp" && arg(r.Steps[len(r.Steps)-1], 0) == "lossless":
			need += losslessWebPBytes * last
		case r.Format() == "webp":
			need += lossyWebPBytes * last
		}
		for _, m := range r.Marks {
			need += 2 * int64(len(m.Data))
		}
		bytes = max(bytes, need)
	}
	return bytes, took
}

// pixelsIn is the number of pixels of a size, no more than the limit: a step that
// would make more fails.
func pixelsIn(size image.Point, l config.Limits) int64 {
	n := float64(size.X) * float64(size.Y)
	if l.Pixels > 0 {
		n = min(n, float64(l.Pixels))
	}
	return int64(min(n, 1<<40))
}

// after is about the size that a step makes of a picture, at least where it grows.
func after(s recipe.Step, size image.Point) image.Point {
	first, _, _ := strings.Cut(arg(s, 0), "+")
	border, by := strings.CutSuffix(first, "px")
	given, ok := pair(border)
	times := func(x, y int) image.Point {
		return image.Pt(int(min(float64(size.X)*float64(x), 1e9)), int(min(float64(size.Y)*float64(y), 1e9)))
	}
	switch s.Name {
	case "fit", "resize":
		if out, ok := target(s, size); ok {
			return out
		}
	case "fill":
		return given
	case "crop":
		return image.Pt(min(given.X, size.X), min(given.Y, size.Y))
	case "pad":
		if by {
			return image.Pt(size.X+2*given.X, size.Y+2*given.Y)
		}
		return given
	case "tile":
		if ok {
			return times(given.X, given.Y)
		}
	case "rotate":
		switch first {
		case "90", "270":
			return image.Pt(size.Y, size.X)
		case "180":
			return size
		}
		side := int(math.Ceil(float64(size.X+size.Y) / math.Sqrt2)) // of the box at 45°
		return image.Pt(side, side)
	}
	return size
}
