package picture

import (
	"context"
	"image"
	"math"

	"github.com/disintegration/imaging"

	"weft/config"
)

// Preview decodes source as small as is useful and fits it upright into
// width × height pixels; a smaller picture is not enlarged. It is made for
// speed: good enough to recognise a cloth, not to sell it.
func Preview(ctx context.Context, source []byte, width, height int, l config.Limits) (*image.NRGBA, Facts, error) {
	h, err := inspect(source, int64(len(source)), l)
	if err != nil {
		return nil, h.Facts, err
	}
	width, height = max(width, 1), max(height, 1)
	if h.Orientation >= 5 {
		width, height = height, width // as stored; turned at the end
	}
	factor := max(1, float64(h.Width)/float64(width), float64(h.Height)/float64(height))
	denominator := 1
	for h.Format == "jpeg" && denominator < 8 && float64(2*denominator) <= factor {
		denominator *= 2
	}
	release, err := reserve(ctx, h.cost(denominator))
	if err != nil {
		return nil, h.Facts, err
	}
	defer release()
	img, err := decode(source, h, denominator)
	if err != nil {
		return nil, h.Facts, err
	}
	w := max(1, int(math.Round(float64(h.Width)/factor)))
	ht := max(1, int(math.Round(float64(h.Height)/factor)))
	for img.Rect.Dx() >= 4*w && img.Rect.Dy() >= 4*ht {
		if err := ctx.Err(); err != nil {
			return nil, h.Facts, err
		}
		img = halve(img)
	}
	if img.Rect.Dx() != w || img.Rect.Dy() != ht {
		img = imaging.Resize(img, w, ht, imaging.Linear)
	}
	return orient(img, h.Orientation), h.Facts, nil
}
