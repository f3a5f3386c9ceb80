package picture

import (
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/disintegration/imaging"

	"weft/config"
	"weft/pipeline/recipe"
)

// The largest picture that serves as a watermark.
const (
	maxMarkPixels = 16_000_000
	MaxMarkBytes  = 8 << 20
)

// mark draws a picture of the bucket over img. It is scaled to a height, and
// further down if it is too wide, and keeps 2.5% of the shorter side from the
// edges.
func mark(img *image.NRGBA, s recipe.Step, r recipe.Recipe, l config.Limits) (*image.NRGBA, error) {
	f, ok := r.Mark(arg(s, 1))
	if !ok {
		return nil, fmt.Errorf("nobody has read %q", arg(s, 1))
	}
	opacity, err := percent(arg(s, 3))
	if err != nil {
		return nil, err
	}
	height, err := letterHeight(arg(s, 4), img.Rect)
	if err != nil {
		return nil, err
	}
	picture, err := openMark(f.Data, l)
	if err != nil {
		return nil, fmt.Errorf("%q %w", f.Key, err)
	}
	w, h := float64(picture.Rect.Dx()), float64(picture.Rect.Dy())
	margin := int(math.Round(0.025 * float64(min(img.Rect.Dx(), img.Rect.Dy()))))
	room := img.Rect.Size().Sub(image.Pt(2*margin, 2*margin))
	by := min(height/h, float64(room.X)/w, float64(room.Y)/h)
	size := image.Pt(max(1, int(math.Round(w*by))), max(1, int(math.Round(h*by))))
	if size != picture.Rect.Size() {
		picture = imaging.Resize(picture, size.X, size.Y, imaging.Lanczos)
	}
	out := image.NewNRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	lay(out, picture, placed(room.Sub(size), arg(s, 2)).Add(image.Pt(margin, margin)), opacity)
	return out, nil
}

// openMark decodes the picture, upright. It is decoded where the source may be
// in a process of its own, so only the two formats are taken whose decoders need
// no such guard.
func openMark(data []byte, l config.Limits) (*image.NRGBA, error) {
	l.Pixels, l.Bytes = maxMarkPixels, MaxMarkBytes
	h, err := inspect(data, int64(len(data)), l)
	switch {
	case errors.Is(err, ErrLimit):
		return nil, fmt.Errorf("is too large: a watermark has at most %d megapixels and %d MiB", maxMarkPixels/1_000_000, MaxMarkBytes>>20)
	case err != nil:
		return nil, err
	case h.Format != "png" && h.Format != "jpeg":
		return nil, fmt.Errorf("is in the format %s: a watermark is a PNG or a JPEG", h.Format)
	}
	img, err := decode(data, h, 1)
	if err != nil {
		return nil, err
	}
	return orient(img, h.Orientation), nil
}

// lay draws src over dst with its corner at a point (Porter and Duff's over).
func lay(dst, src *image.NRGBA, at image.Point, opacity float64) {
	box := src.Rect.Add(at).Intersect(dst.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		from := src.Pix[src.PixOffset(box.Min.X-at.X, y-at.Y):]
		to := dst.Pix[dst.PixOffset(box.Min.X, y):]
		for i := 0; i < 4*box.Dx(); i += 4 {
			a := float64(from[i+3]) / 255 * opacity
			under := float64(to[i+3]) / 255 * (1 - a)
			if a+under == 0 {
				continue
			}
			for c := range 3 {
				to[i+c] = byte((float64(from[i+c])*a+float64(to[i+c])*under)/(a+under) + 0.5)
			}
			to[i+3] = byte(255*(a+under) + 0.5)
		}
	}
}
