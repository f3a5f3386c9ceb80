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

// Cost is what recipes cost on this machine.
type Cost struct{ small, large time.Duration } // of pictures of smallPixels and largePixels

const smallPixels, largePixels = 400_000, 1_600_000

// Of is how long one processor takes for a source of so many pixels: below the
// small one as its pixels are, since results are no larger than their source, and
// from there on a straight line.
func (c Cost) Of(pixels int64) time.Duration {
	if pixels <= smallPixels {
		return time.Duration(float64(c.small) * float64(pixels) / smallPixels)
	}
	slope := max(float64(c.large-c.small)/(largePixels-smallPixels), float64(c.large)/largePixels/4)
	return c.small + time.Duration(slope*float64(pixels-smallPixels))
}

// Rate measures the Cost of recipes: it draws two weaves and makes the recipes of
// them, which takes some tenths of a second. What fails costs nothing.
func Rate(ctx context.Context, recipes []recipe.Recipe, l config.Limits) (Cost, error) {
	var took [2]time.Duration
	for i, pixels := range []float64{smallPixels, largePixels} {
		source, err := drawn(pixels)
		if err != nil {
			return Cost{}, err
		}
		begun := time.Now()
		_, _, _ = Run(ctx, source, recipes, l)
		if took[i] = time.Since(begun); ctx.Err() != nil {
			return Cost{}, ctx.Err()
		}
	}
	return Cost{took[0], took[1]}, nil
}

// drawn is a JPEG of about so many pixels, with as much detail as a photo.
func drawn(pixels float64) ([]byte, error) {
	w := int(math.Sqrt(pixels * 4 / 3))
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
