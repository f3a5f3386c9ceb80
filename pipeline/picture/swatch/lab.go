package swatch

import (
	"image"
	"math"
)

// plane is one number for each pixel, row by row.
type plane []float32

// view is a picture small enough to think about: its colour in CIELAB (D65, CIE
// 15:2004), free of the weave, and how coarse the weave is there.
type view struct {
	w, h    int
	l, a, b plane // 0 to 100; about -100 to 100
	rough   plane // spread of l around a pixel, as a share of its lightness in percent
	sharp   sharp
}

// look makes the view of a picture.
func look(img *image.NRGBA) *view {
	v := colours(img)
	v.rough = v.spread(3)
	for _, p := range []plane{v.l, v.a, v.b} {
		blur(p, v.w, v.h, 2)
		blur(p, v.w, v.h, 2)
	}
	blur(v.rough, v.w, v.h, 3)
	return v
}

// colours brings a picture into CIELAB.
func colours(img *image.NRGBA) *view {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	v := &view{w: w, h: h, l: make(plane, w*h), a: make(plane, w*h), b: make(plane, w*h), rough: make(plane, w*h)}
	var light [256]float32
	for i := range light {
		light[i] = float32(linear(float64(i) / 255))
	}
	root := roots()
	for y := range h {
		row := img.Pix[y*img.Stride:]
		for x := range w {
			r, g, b := light[row[4*x]], light[row[4*x+1]], light[row[4*x+2]]
			fx := root.of(0.433953*r + 0.376219*g + 0.189828*b) // divided by the white point
			fy := root.of(0.212671*r + 0.715160*g + 0.072169*b)
			fz := root.of(0.017758*r + 0.109477*g + 0.872766*b)
			i := y*w + x
			v.l[i], v.a[i], v.b[i] = 116*fy-16, 500*(fx-fy), 200*(fy-fz)
		}
	}
	return v
}

// linear takes the gamma of sRGB off (IEC 61966-2-1).
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// rootTable holds CIELAB's cube root for 0 to 1.
type rootTable [4097]float32

func roots() *rootTable {
	var t rootTable
	for i := range t {
		v := float64(i) / 4096
		if v > 216.0/24389 {
			t[i] = float32(math.Cbrt(v))
		} else {
			t[i] = float32((24389.0/27*v + 16) / 116)
		}
	}
	return &t
}

func (t *rootTable) of(v float32) float32 { return t[min(max(int(v*4096+0.5), 0), 4096)] }

// spread is the standard deviation of the lightness within r pixels, in percent
// of the lightness: shadows do not change it much.
func (v *view) spread(r int) plane {
	mean, square := make(plane, len(v.l)), make(plane, len(v.l))
	for i, l := range v.l {
		mean[i], square[i] = l, l*l
	}
	blur(mean, v.w, v.h, r)
	blur(square, v.w, v.h, r)
	for i, m := range mean {
		square[i] = 100 * float32(math.Sqrt(float64(max(0, square[i]-m*m)))) / (m + 16)
	}
	return square
}

// blur replaces each pixel by the mean of those at most r away, in x and in y;
// beyond the edge the picture goes on with its last pixel.
func blur(p plane, w, h, r int) {
	line := make([]float32, max(w, h))
	for y := range h {
		boxed(p[y*w:(y+1)*w], line[:w], r)
	}
	// Columns are taken in bands, so that memory is read along its lines.
	sums, band := make([]float32, w), make(plane, w*(2*r+1))
	row := func(y int) plane { return p[min(max(y, 0), h-1)*w:][:w] }
	for y := -r; y <= r; y++ {
		copy(band[(y+r)%(2*r+1)*w:], row(y))
		for x, v := range row(y) {
			sums[x] += v
		}
	}
	n := 1 / float32(2*r+1)
	for y := range h {
		out := p[y*w:][:w]
		for x := range out {
			out[x] = sums[x] * n
		}
		old := band[y%(2*r+1)*w:][:w]
		next := row(y + r + 1)
		for x, v := range next {
			sums[x] += v - old[x]
		}
		copy(old, next)
	}
}

func boxed(p, line []float32, r int) {
	copy(line, p)
	n, last := 1/float32(2*r+1), len(p)-1
	sum := line[0] * float32(r)
	for x := range r + 1 {
		sum += line[min(x, last)]
	}
	for x := range p {
		p[x] = sum * n
		sum += line[min(x+r+1, last)] - line[max(x-r, 0)]
	}
}

// Reduce makes a picture whose longer side is at most Side pixels, each pixel the
// mean of those it covers. scale is how many pixels of img one of the result is.
func Reduce(img *image.NRGBA) (small *image.NRGBA, scale float64) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if max(w, h) <= Side {
		return img, 1
	}
	scale = float64(max(w, h)) / Side
	sw, sh := max(1, int(float64(w)/scale)), max(1, int(float64(h)/scale))
	small = image.NewNRGBA(image.Rect(0, 0, sw, sh))
	for y := range sh {
		y0, y1 := int(float64(y)*scale), max(int(float64(y)*scale)+1, int(float64(y+1)*scale))
		for x := range sw {
			x0, x1 := int(float64(x)*scale), max(int(float64(x)*scale)+1, int(float64(x+1)*scale))
			var sum [3]int
			for yy := y0; yy < min(y1, h); yy++ {
				for i := yy*img.Stride + 4*x0; i < yy*img.Stride+4*min(x1, w); i += 4 {
					sum[0] += int(img.Pix[i])
					sum[1] += int(img.Pix[i+1])
					sum[2] += int(img.Pix[i+2])
				}
			}
			n := (min(y1, h) - y0) * (min(x1, w) - x0)
			o := small.Pix[y*small.Stride+4*x:][:4]
			o[0], o[1], o[2], o[3] = uint8((sum[0]+n/2)/n), uint8((sum[1]+n/2)/n), uint8((sum[2]+n/2)/n), 255
		}
	}
	return small, scale
}
