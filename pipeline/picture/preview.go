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
	w := max(1, int(math.Round(float64(h.Width)/factor)))
	ht := max(1, int(math.Round(float64(h.Height)/factor)))
	img := h.embedded(w, ht, l)
	if img == nil {
		denominator := 1
		for h.Format == "jpeg" && denominator < 8 && float64(2*denominator) <= factor {
			denominator *= 2
		}
		if err := h.checkMemory(denominator, l); err != nil {
			return nil, h.Facts, err
		}
		release, err := reserve(ctx, h.cost(denominator), l)
		if err != nil {
			return nil, h.Facts, err
		}
		defer release()
		if img, err = decode(source, h, denominator); err != nil {
			return nil, h.Facts, err
		}
	}
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

// maxThumbnail bounds the thumbnail in EXIF, in pixels; cameras write 19,200.
const maxThumbnail = 1 << 19

// embedded is the camera's own thumbnail, as stored, if it will do for a preview
// of width × height pixels: it is whole, at least as large and of the picture's
// proportions to the pixel; else nil. Cameras that put black bars around it, and
// editors that cut the picture and forgot it, fail the last.
func (h header) embedded(width, height int, l config.Limits) *image.NRGBA {
	if h.thumbnail == nil {
		return nil
	}
	l.Pixels = maxThumbnail
	small, err := inspect(h.thumbnail, 0, l)
	off := math.Abs(float64(small.Width) - float64(small.Height)*float64(h.Width)/float64(h.Height))
	if err != nil || small.Format != "jpeg" || small.Width < width || small.Height < height || off > 1 {
		return nil
	}
	img, err := decode(h.thumbnail, small, 1)
	if err != nil {
		return nil // the picture itself may be fine
	}
	return img
}
