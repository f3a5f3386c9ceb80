package picture

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"math"
	"time"

	"weft/config"
	"weft/pipeline/recipe"
)

// Rate measures what recipes cost on this machine: how long one processor takes
// for a million pixels of source, and beside that for each source. It draws two
// weaves of a million and of three million pixels and makes the recipes of them,
// which takes some tenths of a second. What fails costs nothing.
func Rate(ctx context.Context, recipes []recipe.Recipe, l config.Limits) (perMegapixel, perSource time.Duration, err error) {
	const small, large = 0.4, 1.6 // megapixels
	took := [2]time.Duration{}
	for i, size := range []float64{small, large} {
		source, err := drawn(size)
		if err != nil {
			return 0, 0, err
		}
		begun := time.Now()
		_, _, _ = Run(ctx, source, recipes, l)
		if took[i] = time.Since(begun); ctx.Err() != nil {
			return 0, 0, ctx.Err()
		}
	}
	slope := max((took[1]-took[0]).Seconds()/(large-small), took[1].Seconds()/large/4)
	rest := max(took[0].Seconds()-small*slope, 0)
	return time.Duration(slope * float64(time.Second)), time.Duration(rest * float64(time.Second)), nil
}

// drawn is a JPEG of about so many million pixels, with as much detail as a photo.
func drawn(megapixels float64) ([]byte, error) {
	w := int(math.Sqrt(megapixels * 1e6 * 4 / 3))
	h := w * 3 / 4
	img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	seed := uint32(1)
	for y := range h {
		for x := range w {
			seed = seed*1664525 + 1013904223
			img.Y[y*img.YStride+x] = byte(96 + 8*((x/3+y/5)%7) + int(seed>>27))
		}
	}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = byte(120+i%13), byte(134-i%11)
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 90})
	return out.Bytes(), err
}
