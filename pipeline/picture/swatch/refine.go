package swatch

import (
	"image"
	"math"
)

// sharp is the small picture's lightness and colour opponents, without any blur:
// cheap stand-ins for CIELAB, since only steps matter here.
type sharp struct {
	w, h int
	c    [3]plane
}

func (v *view) sharpen(img *image.NRGBA) {
	s := &v.sharp
	s.w, s.h = v.w, v.h
	for k := range s.c {
		s.c[k] = make(plane, v.w*v.h)
	}
	for y := range v.h {
		for x := range v.w {
			p := img.Pix[y*img.Stride+4*x:]
			r, g, b := float32(p[0]), float32(p[1]), float32(p[2])
			i := y*v.w + x
			s.c[0][i], s.c[1][i], s.c[2][i] = (2*r+5*g+b)/8, r-g, b-(r+g)/2
		}
	}
}

// mean is the colour around a point between pixels; ok is false outside.
func (s *sharp) mean(p Point) (out [3]float64, ok bool) {
	x, y := p.X-0.5, p.Y-0.5
	x0, y0 := int(math.Floor(x)), int(math.Floor(y))
	if x0 < 0 || y0 < 0 || x0+1 >= s.w || y0+1 >= s.h {
		return out, false
	}
	fx, fy := x-float64(x0), y-float64(y0)
	i := y0*s.w + x0
	for k, c := range s.c {
		top := float64(c[i])*(1-fx) + float64(c[i+1])*fx
		low := float64(c[i+s.w])*(1-fx) + float64(c[i+s.w+1])*fx
		out[k] = top*(1-fy) + low*fy
	}
	return out, true
}

// refine moves each side of a quad to the sharpest edge within reach pixels. A side
// along the border of the picture stays.
func (s *sharp) refine(q Quad, reach float64) Quad {
	var in [4][2]float64
	for i := range q {
		in[i], _ = s.refineSide(q[i], q[(i+1)%4], reach)
	}
	if out, ok := q.moved(in); ok && out.sound() && out.Area() > 0.6*q.Area() {
		return out
	}
	return q
}

// edged tells whether an edge runs along the quad's sides. On one of them it may
// be hard to tell from the shadow it throws.
func (s *sharp) edged(q Quad) bool {
	sum, least := 0.0, 1.0
	for i := range q {
		_, agree := s.refineSide(q[i], q[(i+1)%4], 4)
		sum, least = sum+agree, min(least, agree)
	}
	return sum > 4*0.65 && least > 0.3
}

// refineSide finds the edge in pieces of the side, each the mean along some
// pixels, and puts a line through. agree is the share of the pieces near it.
func (s *sharp) refineSide(a, b Point, reach float64) (in [2]float64, agree float64) {
	length := b.minus(a).length()
	stretch := min(max(length/8, 4), 7) // pixels along the side that are taken together
	n := int(length * 0.9 / stretch)
	if n < 5 {
		return in, 0
	}
	along := b.minus(a).times(1 / length)
	inwards := Point{-along.Y, along.X}
	var t, off []float64
	for k := range n {
		at := length*0.05 + (float64(k)+0.5)*stretch
		d, strength := s.step(a.plus(along.times(at)), along, inwards, stretch, reach)
		if strength > 0 {
			t, off = append(t, at), append(off, d)
		}
	}
	if len(t) < max(5, n/3) {
		return in, 0
	}
	at0, slope, same := lineThrough(t, off, 1.5)
	if same*3 < len(t) || math.Abs(at0) > reach+1 || math.Abs(at0+slope*length) > reach+1 {
		return in, 0
	}
	return [2]float64{at0, at0 + slope*length}, float64(same) / float64(n)
}

// step is where, from -reach to reach inwards of p, colour changes most, and by how much.
func (s *sharp) step(p, along, inwards Point, stretch, reach float64) (where, strength float64) {
	const half = 3 // pixels on either side that are compared
	n := int(2*(reach+half)) + 1
	profile := make([][3]float64, n)
	for i := range n {
		d := float64(i) - reach - half
		count := 0.0
		for k := -2; k <= 2; k++ {
			if c, ok := s.mean(p.plus(inwards.times(d)).plus(along.times(float64(k) * stretch / 5))); ok {
				for j := range c {
					profile[i][j] += c[j]
				}
				count++
			}
		}
		if count < 5 {
			return 0, 0
		}
		for j := range profile[i] {
			profile[i][j] /= count
		}
	}
	steps := make([]float64, n)
	best := 0
	for i := half; i+half < n; i++ {
		for j := range 3 {
			out := profile[i-1][j]*2 + profile[i-2][j] + profile[i-3][j]
			in := profile[i+1][j]*2 + profile[i+2][j] + profile[i+3][j]
			steps[i] += sq((in - out) / 4)
		}
		if steps[i] > steps[best] {
			best = i
		}
	}
	if best == 0 || steps[best] < 9 {
		return 0, 0
	}
	where = float64(best) - reach - half
	if best > half && best+half+1 < n { // the top of the parabola through three steps
		l, m, r := steps[best-1], steps[best], steps[best+1]
		if d := l - 2*m + r; d < 0 {
			where += 0.5 * (l - r) / d
		}
	}
	return where, math.Sqrt(steps[best])
}
