package swatch

import (
	"cmp"
	"image"
	"math"
	"slices"
)

// Where swatches touch, one region holds several. A straight seam divides them if
// colour changes along most of it and the cloth on one side differs from that on
// the other as a whole, which the bands of a stripe or a check do not.

// seam is a straight line through a region: x·cos + y·sin = c.
type seam struct {
	cos, sin, c float64
	votes       float64
	share       float64 // of its pixels in the region at which colour changes
	differ      float64 // how different the two sides are, 0 to 1
}

func (e seam) side(x, y int) float64 {
	return (float64(x)+0.5)*e.cos + (float64(y)+0.5)*e.sin - e.c
}

// change is how much colour changes at each pixel, squared, and in which
// direction (Di Zenzo 1986), thinned to where it changes most.
type change struct {
	w, h  int
	size  plane
	angle plane // of the gradient, 0 to π
}

// changes measures steps of colour in the view.
func (v *view) changes() *change {
	c := &change{w: v.w, h: v.h, size: make(plane, v.w*v.h), angle: make(plane, v.w*v.h)}
	for y := 2; y < v.h-2; y++ {
		for x := 2; x < v.w-2; x++ {
			i := y*v.w + x
			var e, f, g float32
			for _, p := range [3]plane{v.l, v.a, v.b} {
				dx, dy := p[i+2]-p[i-2], p[i+2*v.w]-p[i-2*v.w]
				e, f, g = e+dx*dx, f+dx*dy, g+dy*dy
			}
			if e+g < 4 {
				continue
			}
			root := float32(math.Sqrt(float64((e-g)*(e-g) + 4*f*f)))
			c.size[i] = (e + g + root) / 2
			a := 0.5 * math.Atan2(float64(2*f), float64(e-g))
			if a < 0 {
				a += math.Pi
			}
			c.angle[i] = float32(a)
		}
	}
	return c.thinned()
}

// thinned keeps only what changes more than its neighbours along the gradient.
func (c *change) thinned() *change {
	out := &change{w: c.w, h: c.h, size: make(plane, len(c.size)), angle: c.angle}
	for y := 3; y < c.h-3; y++ {
		for x := 3; x < c.w-3; x++ {
			i := y*c.w + x
			if c.size[i] == 0 {
				continue
			}
			sin, cos := math.Sincos(float64(c.angle[i]))
			d := int(math.Round(cos)) + c.w*int(math.Round(sin))
			if c.size[i] >= c.size[i+d] && c.size[i] > c.size[i-d] {
				out.size[i] = c.size[i]
			}
		}
	}
	return out
}

// turns is into how many directions half a turn is divided.
const turns = 90

// seam finds the line that divides the region best, if any does: among those with
// different cloth on both sides, the one that leaves the best shapes. within is how
// well the region as a whole is a quad.
func (s *search) seam(r region, within float64) (best seam, ok bool) {
	var good []seam
	some := s.labels.some(r)
	for _, e := range s.straight(r) {
		if s.measure(r, &e); e.share < 0.4 {
			continue
		}
		if e.differ = s.differ(some, e); e.differ > 0.35 && e.share > 0.6 || e.differ > 0.5 && e.share > 0.45 || within < 0.88 && e.differ > 0.3 {
			good = append(good, e)
		}
	}
	worth := func(e seam) float64 { return e.differ * min(1, e.share+0.2) }
	slices.SortStableFunc(good, func(a, b seam) int { return cmp.Compare(worth(b), worth(a)) })
	most := -1.0
	for _, e := range good[:min(len(good), 6)] {
		if w := s.left(r, e) + 0.25*worth(e); w > most {
			best, most, ok = e, w, true
		}
	}
	return best, ok
}

// left is how well the parts of a region are quads when a seam has divided it.
func (s *search) left(r region, e seam) float64 {
	whole := s.labels.mask(r)
	sum, all := 0.0, 0.0
	for _, p := range s.cut(r, e) {
		if _, within, ok := s.labels.shape(p); ok {
			sum += within * float64(p.area)
		}
		all += float64(p.area)
	}
	for i, on := range whole.on { // as it was
		if on {
			s.labels.of[(r.box.Min.Y+i/whole.w-1)*s.labels.w+r.box.Min.X+i%whole.w-1] = r.number
		}
	}
	return sum / all
}

// straight are the lines along which most pixels of the region change colour
// (Hough 1962, each pixel voting only for lines along its own edge).
func (s *search) straight(r region) []seam {
	c := s.changes
	reach := int(math.Hypot(float64(r.box.Dx()), float64(r.box.Dy()))) + 2
	votes := make([]float32, turns*2*reach)
	for y := r.box.Min.Y; y < r.box.Max.Y; y++ {
		for x := r.box.Min.X; x < r.box.Max.X; x++ {
			i := y*c.w + x
			if s.labels.of[i] != r.number || c.size[i] < 9 {
				continue
			}
			k := int(math.Round(float64(c.angle[i]) / math.Pi * turns))
			for t := k - 3; t <= k+3; t++ {
				turn := (t + turns) % turns
				sin, cos := math.Sincos(float64(turn) * math.Pi / turns)
				d := (float64(x-r.box.Min.X)+0.5)*cos + (float64(y-r.box.Min.Y)+0.5)*sin
				if at := int(math.Round(d)) + reach; at >= 0 && at < 2*reach {
					votes[turn*2*reach+at]++
				}
			}
		}
	}
	least := float32(0.3 * math.Min(float64(r.box.Dx()), float64(r.box.Dy())))
	var out []seam
	for turn := range turns {
		sin, cos := math.Sincos(float64(turn) * math.Pi / turns)
		line := votes[turn*2*reach:][:2*reach]
		for at := 1; at+1 < len(line); at++ {
			n := line[at-1] + line[at] + line[at+1]
			if n < least || line[at] < line[at-1] || line[at] <= line[at+1] {
				continue
			}
			c := float64(at-reach) + float64(r.box.Min.X)*cos + float64(r.box.Min.Y)*sin
			out = append(out, seam{cos: cos, sin: sin, c: c, votes: float64(n)})
		}
	}
	slices.SortStableFunc(out, func(a, b seam) int { return int(b.votes - a.votes) })
	var kept []seam // of lines that are nearly the same, the first
	for _, e := range out {
		same := slices.ContainsFunc(kept, func(k seam) bool {
			m := Point{float64(r.box.Min.X+r.box.Max.X) / 2, float64(r.box.Min.Y+r.box.Max.Y) / 2}
			off := math.Abs((m.X*e.cos + m.Y*e.sin - e.c) - (m.X*k.cos+m.Y*k.sin-k.c)*math.Copysign(1, e.cos*k.cos+e.sin*k.sin))
			return math.Abs(e.cos*k.cos+e.sin*k.sin) > 0.99 && off < 5
		})
		if !same {
			kept = append(kept, e)
		}
		if len(kept) == 24 {
			break
		}
	}
	return kept
}

// measure walks along the seam within the region and counts where colour changes.
func (s *search) measure(r region, e *seam) {
	c := s.changes
	m := Point{float64(r.box.Min.X+r.box.Max.X) / 2, float64(r.box.Min.Y+r.box.Max.Y) / 2}
	d := m.X*e.cos + m.Y*e.sin - e.c
	foot := Point{m.X - d*e.cos, m.Y - d*e.sin}
	half := float64(r.box.Dx()+r.box.Dy()) / 2
	all, hit := 0, 0
	for t := -half; t <= half; t++ {
		p := foot.plus(Point{-e.sin, e.cos}.times(t))
		if !s.labels.has(r.number, p) {
			continue
		}
		all++
		for k := -2.0; k <= 2; k++ {
			x, y := int(p.X+k*e.cos), int(p.Y+k*e.sin)
			if x < 0 || y < 0 || x >= c.w || y >= c.h {
				continue
			}
			i := y*c.w + x
			off := math.Abs(math.Cos(float64(c.angle[i]))*e.cos + math.Sin(float64(c.angle[i]))*e.sin)
			if c.size[i] >= 9 && off > 0.9 {
				hit++
				break
			}
		}
	}
	if all > 0 {
		e.share = float64(hit) / float64(all)
	}
}

// differ compares the cloth on both sides of a seam by the distance of their
// distributions (Székely's energy distance), as a share of how far apart their
// pixels are. It is 0 if a side is too small or too narrow to be a swatch. some are
// pixels of the region, one in every nine.
func (s *search) differ(some []image.Point, e seam) float64 {
	var sides [2][]pixel
	var alongs [2][]float64
	var lo, hi, from, to [2]float64
	for k := range 2 {
		lo[k], hi[k], from[k], to[k] = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	}
	n := [2]int{}
	for _, p := range some {
		d, k := e.side(p.X, p.Y), 0
		if d > 0 {
			k = 1
		}
		n[k]++
		along := float64(p.Y)*e.cos - float64(p.X)*e.sin
		lo[k], hi[k] = min(lo[k], d), max(hi[k], d)
		from[k], to[k] = min(from[k], along), max(to[k], along)
		if math.Abs(d) > 5 { // the blur mixes what is near the seam
			sides[k] = append(sides[k], s.view.at(p.X, p.Y))
			alongs[k] = append(alongs[k], along)
		}
	}
	for k := range 2 {
		if 9*n[k] < s.least || len(sides[k]) < 20 || (hi[k]-lo[k])*3.3 < to[k]-from[k] {
			return 0
		}
	}
	// Where four swatches meet, both sides are mixtures: each half of the seam has
	// its own pair.
	middle := (max(from[0], from[1]) + min(to[0], to[1])) / 2
	var halves [2][2][]pixel
	for k, side := range sides {
		for i, p := range side {
			h := 0
			if alongs[k][i] > middle {
				h = 1
			}
			halves[h][k] = append(halves[h][k], p)
		}
	}
	return max(energy(sides), (energy(halves[0])+energy(halves[1]))/2)
}

// energy is the energy distance of two sets of pixels as a share of how far apart
// they are; 0 if that is little.
func energy(sides [2][]pixel) float64 {
	a, b := thinned(sides[0], 120), thinned(sides[1], 120)
	across := meanApart(a, b)
	if len(a) < 20 || len(b) < 20 || across < 0.8 {
		return 0
	}
	return (2*across - meanApart(a, a) - meanApart(b, b)) / (2 * across)
}

// some lists one in every nine pixels of a region.
func (l *labels) some(r region) []image.Point {
	var out []image.Point
	for y := r.box.Min.Y; y < r.box.Max.Y; y += 3 {
		for x := r.box.Min.X + y%2; x < r.box.Max.X; x += 3 {
			if l.of[y*l.w+x] == r.number {
				out = append(out, image.Pt(x, y))
			}
		}
	}
	return out
}

func thinned(all []pixel, n int) []pixel {
	if len(all) <= n {
		return all
	}
	out := make([]pixel, n)
	for i := range out {
		out[i] = all[i*len(all)/n]
	}
	return out
}

func meanApart(a, b []pixel) float64 {
	sum := 0.0
	for _, s := range a {
		for _, t := range b {
			sum += apart(s, t)
		}
	}
	return sum / float64(len(a)*len(b))
}
