package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"
	"strconv"
	"strings"

	"weft/config"
	"weft/pipeline/picture/swatch"
	"weft/pipeline/recipe"
)

// ErrNoSwatch means that a photo cannot be split: no swatch was found, or too many.
var ErrNoSwatch = errors.New("cannot be split")

// maxSwatches is the most swatches that one photo is split into.
const maxSwatches = 100

// Found is what a photo of several swatches shows.
type Found struct {
	Width    int           `json:"width"` // pixels, upright
	Height   int           `json:"height"`
	Swatches []swatch.Quad `json:"swatches"` // in the upright picture, row by row
}

// FindSwatches finds the swatches that Split would cut out, from a small decode.
// The error is ErrNoSwatch if there are none, or too many.
func FindSwatches(ctx context.Context, source []byte, r recipe.Recipe, l config.Limits) (Found, Facts, error) {
	h, err := inspect(source, int64(len(source)), l)
	if err != nil {
		return Found{}, h.Facts, err
	}
	found, err := h.findSwatches(ctx, source, r, l)
	return found, h.Facts, err
}

func (h header) findSwatches(ctx context.Context, source []byte, r recipe.Recipe, l config.Limits) (Found, error) {
	look, err := splitOptions(r)
	if err != nil {
		return Found{}, err
	}
	d := 1
	for h.Format == "jpeg" && d < 8 && max(h.Width, h.Height) >= 4*d*swatch.Side/2 {
		d *= 2
	}
	if err := h.checkMemory(d, l); err != nil {
		return Found{}, err
	}
	release, err := reserve(ctx, h.cost(d)+swatch.Memory, l)
	if err != nil {
		return Found{}, err
	}
	defer release()
	img, err := decode(source, h, d)
	if err != nil {
		return Found{}, err
	}
	small, scale := swatch.Reduce(flatten(img))
	small = orient(small, h.Orientation)
	full := image.Pt(h.Width, h.Height)
	if h.Orientation >= 5 {
		full = image.Pt(h.Height, h.Width)
	}
	quads, err := swatch.Find(ctx, small, look)
	if err != nil {
		return Found{}, err
	}
	found := Found{Width: full.X, Height: full.Y}
	fx := scale * float64(h.Width) / float64(img.Rect.Dx())
	for _, q := range quads {
		found.Swatches = append(found.Swatches, q.Scaled(fx).Rounded())
	}
	return found, found.check()
}

// check refuses what is not worth splitting.
func (f Found) check() error {
	switch n := len(f.Swatches); {
	case n == 0:
		return fmt.Errorf("it %w: no swatch was found. Each must lie on a ground of another look that shows all around it; "+
			"if the photo's border shows another one, name its colour, as in split 1 #e8e4da", ErrNoSwatch)
	case n > maxSwatches:
		return fmt.Errorf("it %w: more than %d swatches were found. If that is a pattern, raise the tolerance: split 2", ErrNoSwatch, maxSwatches)
	}
	return nil
}

// splitOptions reads the arguments of a recipe's step split.
func splitOptions(r recipe.Recipe) (o swatch.Options, err error) {
	i := slices.IndexFunc(r.Steps, func(s recipe.Step) bool { return s.Name == recipe.Split })
	if i < 0 {
		return o, fmt.Errorf("recipe %s has no step split", r.Name)
	}
	for _, a := range r.Steps[i].Args {
		if strings.HasPrefix(a, "#") {
			c := colour(a)
			o.Ground = &color.NRGBA{R: c.R, G: c.G, B: c.B, A: 255}
		} else if o.Tolerance, err = strconv.ParseFloat(a, 64); err != nil {
			return o, fmt.Errorf("%q is not a tolerance", a)
		}
	}
	return o, nil
}

// Split finds the swatches in a photo and makes a picture of each by the recipe's
// steps, then the sheet that shows all. report, which may be nil, is told how many
// of how many are made. Nothing is made if one fails.
func Split(ctx context.Context, source []byte, r recipe.Recipe, l config.Limits, report func(done, total int)) ([]Result, Found, Facts, error) {
	h, err := inspect(source, int64(len(source)), l)
	if err != nil {
		return nil, Found{}, h.Facts, err
	}
	found, err := h.findSwatches(ctx, source, r, l)
	if err != nil {
		return nil, found, h.Facts, err
	}
	if err := h.checkMemory(1, l); err != nil {
		return nil, found, h.Facts, err
	}
	release, err := reserve(ctx, h.cost(1), l)
	if err != nil {
		return nil, found, h.Facts, err
	}
	defer release()
	p := pyramid{source: source, header: h}
	defer p.free()
	if err := p.to(h.lookPlan()); err != nil {
		return nil, found, h.Facts, err
	}
	h.Look = p.look()
	p.free()
	img, err := decode(source, h, 1)
	if err != nil {
		return nil, found, h.Facts, err
	}
	img = flatten(img)
	var out []Result
	var small []*image.NRGBA
	for i, q := range found.Swatches {
		if err := ctx.Err(); err != nil {
			return nil, found, h.Facts, err
		}
		cut := straighten(img, h.stored(q.Inset(margin(q))))
		small = append(small, thumbnail(cut))
		res, err := h.part(ctx, cut, r, l)
		if err != nil {
			return nil, found, h.Facts, fmt.Errorf("swatch %d: %w", i+1, err)
		}
		res.Part = i + 1
		out = append(out, *res)
		if report != nil {
			report(i+1, len(found.Swatches))
		}
	}
	sheet := overview(orient(photoFor(img), h.Orientation), found, small)
	res, err := h.render(ctx, sheet, sheet.Rect.Max, nil, r, l)
	if err != nil {
		return nil, found, h.Facts, err
	}
	res.Parts = len(small)
	out = append(out, *res)
	return out, found, h.Facts, nil
}

// part carries the steps behind split out on one swatch.
func (h header) part(ctx context.Context, img *image.NRGBA, r recipe.Recipe, l config.Limits) (*Result, error) {
	var rest []recipe.Step
	for _, s := range r.Steps {
		if s.Name != "orient" && s.Name != recipe.Split {
			rest = append(rest, s)
		}
	}
	return h.render(ctx, img, img.Rect.Max, rest, r, l)
}

// margin is how far inside of its outline a swatch is cut, in pixels: pinking
// shears and loose threads leave some of the table there.
func margin(q swatch.Quad) float64 {
	w, h := q.Sides()
	return max(1, 0.006*min(w, h))
}

// stored brings corners in the upright picture to where they are in the stored one.
func (h header) stored(q swatch.Quad) swatch.Quad {
	w, ht := float64(h.Width), float64(h.Height)
	t := turns[max(h.Orientation, 1)]
	for i, c := range q {
		x, y := c.X, c.Y
		if t.swap {
			x, y = y, x
		}
		if t.x {
			x = w - x
		}
		if t.y {
			y = ht - y
		}
		q[i].X, q[i].Y = x, y
	}
	return q
}

// straighten cuts a quad out of a picture and makes it a rectangle: what its
// corners are in order becomes top left, top right, bottom right, bottom left.
func straighten(img *image.NRGBA, q swatch.Quad) *image.NRGBA {
	fw, fh := q.Sides()
	w, h := max(1, int(math.Round(fw))), max(1, int(math.Round(fh)))
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	m := projection(q, float64(w), float64(h))
	weights := cubic()
	for y := range h {
		row := out.Pix[y*out.Stride:][:4*w]
		for x := range w {
			u, v := float64(x)+0.5, float64(y)+0.5
			d := m[6]*u + m[7]*v + 1
			sampleCubic(row[4*x:4*x+4:4*x+4], img, (m[0]*u+m[1]*v+m[2])/d-0.5, (m[3]*u+m[4]*v+m[5])/d-0.5, weights)
		}
	}
	return out
}

// projection maps the rectangle w × h onto a quad: x = (m0·u + m1·v + m2) / (m6·u + m7·v + 1),
// y likewise with m3 to m5 (Heckbert 1989, Fundamentals of Texture Mapping, 2.2.3).
func projection(q swatch.Quad, w, h float64) (m [8]float64) {
	a, b, c, d := q[0], q[1], q[2], q[3]
	sx, sy := a.X-b.X+c.X-d.X, a.Y-b.Y+c.Y-d.Y
	dx1, dy1, dx2, dy2 := b.X-c.X, b.Y-c.Y, d.X-c.X, d.Y-c.Y
	var g, k float64
	if det := dx1*dy2 - dx2*dy1; math.Abs(det) > 1e-9 {
		g, k = (sx*dy2-dx2*sy)/det, (dx1*sy-sx*dy1)/det
	}
	return [8]float64{(b.X - a.X + g*b.X) / w, (d.X - a.X + k*d.X) / h, a.X, (b.Y - a.Y + g*b.Y) / w, (d.Y - a.Y + k*d.Y) / h, a.Y, g / w, k / h}
}

// phases is into how many places between two pixels the cubic's weights are rounded.
const phases = 256

// cubic are the weights of four pixels in a row for each place between the middle
// two, in 1/1024: Catmull and Rom's spline (Keys 1981, a = -1/2).
func cubic() *[phases + 1][4]int32 {
	var t [phases + 1][4]int32
	for i := range t {
		x := float64(i) / phases
		w := [4]float64{((-0.5*x+1)*x - 0.5) * x, (1.5*x-2.5)*x*x + 1, ((-1.5*x+2)*x + 0.5) * x, (0.5*x - 0.5) * x * x}
		sum := int32(0)
		for k := range w {
			t[i][k] = int32(math.Round(w[k] * 1024))
			sum += t[i][k]
		}
		t[i][1] += 1024 - sum
	}
	return &t
}

// sampleCubic writes the colour of img between its pixels; beyond the edge the
// last pixel goes on.
func sampleCubic(out []byte, img *image.NRGBA, x, y float64, weights *[phases + 1][4]int32) {
	fx, fy := math.Floor(x), math.Floor(y)
	wx, wy := &weights[int((x-fx)*phases+0.5)], &weights[int((y-fy)*phases+0.5)]
	x0, y0 := int(fx)-1, int(fy)-1
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var sum [3]int32
	inside := x0 >= 0 && x0+3 < w
	for j, b := range wy {
		yy := min(max(y0+j, 0), h-1)
		var r, g, bl int32
		if inside {
			p := img.Pix[yy*img.Stride+4*x0:][:16]
			r = wx[0]*int32(p[0]) + wx[1]*int32(p[4]) + wx[2]*int32(p[8]) + wx[3]*int32(p[12])
			g = wx[0]*int32(p[1]) + wx[1]*int32(p[5]) + wx[2]*int32(p[9]) + wx[3]*int32(p[13])
			bl = wx[0]*int32(p[2]) + wx[1]*int32(p[6]) + wx[2]*int32(p[10]) + wx[3]*int32(p[14])
		} else {
			for i, a := range wx {
				p := img.Pix[yy*img.Stride+4*min(max(x0+i, 0), w-1):]
				r, g, bl = r+a*int32(p[0]), g+a*int32(p[1]), bl+a*int32(p[2])
			}
		}
		sum[0], sum[1], sum[2] = sum[0]+b*(r>>4), sum[1]+b*(g>>4), sum[2]+b*(bl>>4)
	}
	for c, s := range sum {
		out[c] = clamp8((s + 1<<15) >> 16)
	}
	out[3] = 255
}
