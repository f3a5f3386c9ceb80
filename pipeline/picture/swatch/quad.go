package swatch

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
)

// Point is a place in a picture; whole numbers are the corners of pixels.
type Point struct{ X, Y float64 }

// MarshalJSON writes [x,y].
func (p Point) MarshalJSON() ([]byte, error) { return json.Marshal([2]float64{p.X, p.Y}) }

// UnmarshalJSON reads [x,y].
func (p *Point) UnmarshalJSON(text []byte) error {
	var c [2]float64
	err := json.Unmarshal(text, &c)
	p.X, p.Y = c[0], c[1]
	return err
}

func (p Point) minus(q Point) Point   { return Point{p.X - q.X, p.Y - q.Y} }
func (p Point) plus(q Point) Point    { return Point{p.X + q.X, p.Y + q.Y} }
func (p Point) times(f float64) Point { return Point{p.X * f, p.Y * f} }
func (p Point) cross(q Point) float64 { return p.X*q.Y - p.Y*q.X }
func (p Point) dot(q Point) float64   { return p.X*q.X + p.Y*q.Y }
func (p Point) length() float64       { return math.Hypot(p.X, p.Y) }

// Quad is the outline of a swatch: four corners, clockwise on the screen, from the
// one that is at its top left when it is turned upright by less than 45 degrees.
type Quad [4]Point

// Area is in square pixels.
func (q Quad) Area() float64 { return area(q[:]) }

func area(p []Point) float64 {
	sum := 0.0
	for i := range p {
		sum += p[i].cross(p[(i+1)%len(p)])
	}
	return sum / 2
}

// Scaled is the quad in a picture that is f times as large.
func (q Quad) Scaled(f float64) Quad {
	for i := range q {
		q[i] = q[i].times(f)
	}
	return q
}

// Rounded is the quad with corners at tenths of a pixel.
func (q Quad) Rounded() Quad {
	for i := range q {
		q[i] = Point{math.Round(q[i].X*10) / 10, math.Round(q[i].Y*10) / 10}
	}
	return q
}

// Inset is the quad with each side moved inwards by so many pixels.
func (q Quad) Inset(by float64) Quad {
	out, _ := q.moved([4][2]float64{{by, by}, {by, by}, {by, by}, {by, by}})
	return out
}

// Sides are the mean lengths of top and bottom, and of left and right.
func (q Quad) Sides() (w, h float64) {
	l := func(i, j int) float64 { return q[j].minus(q[i]).length() }
	return (l(0, 1) + l(3, 2)) / 2, (l(1, 2) + l(0, 3)) / 2
}

// holds tells whether a point lies within the quad.
func (q Quad) holds(p Point) bool {
	for i := range q {
		if q[(i+1)%4].minus(q[i]).cross(p.minus(q[i])) < 0 {
			return false
		}
	}
	return true
}

// sound tells whether the quad may be a rectangle seen by a camera: convex, and
// no corner far from a right angle.
func (q Quad) sound() bool {
	for i := range q {
		a, b := q[(i+1)%4].minus(q[i]), q[(i+3)%4].minus(q[i])
		turn := math.Atan2(a.cross(b), a.dot(b)) * 180 / math.Pi
		if turn < 55 || turn > 125 {
			return false
		}
	}
	return true
}

// upright orders corners clockwise and begins with the top left one.
func upright(q Quad) Quad {
	if q.Area() < 0 {
		slices.Reverse(q[:])
	}
	best, least := 0, math.Inf(1)
	for i := range q {
		a := q[(i+1)%4].minus(q[i]).plus(q[(i+2)%4].minus(q[(i+3)%4])) // along top and bottom
		if off := math.Abs(math.Atan2(a.Y, a.X)); off < least {
			best, least = i, off
		}
	}
	return Quad{q[best], q[(best+1)%4], q[(best+2)%4], q[(best+3)%4]}
}

// hull is the convex hull, clockwise on the screen (Andrew 1979).
func hull(points []Point) []Point {
	sorted := slices.Clone(points)
	slices.SortFunc(sorted, func(a, b Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	half := func(all []Point) []Point {
		var out []Point
		for _, p := range all {
			for len(out) > 1 && out[len(out)-1].minus(out[len(out)-2]).cross(p.minus(out[len(out)-2])) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out[:len(out)-1]
	}
	lower := half(sorted)
	slices.Reverse(sorted)
	return append(lower, half(sorted)...)
}

// smallest is the smallest rectangle around a hull: one of its sides lies on one of the hull's.
func smallest(hull []Point) Quad {
	var best Quad
	least := math.Inf(1)
	for i, p := range hull {
		u := hull[(i+1)%len(hull)].minus(p)
		if u.length() < 1e-9 {
			continue
		}
		u = u.times(1 / u.length())
		v := Point{-u.Y, u.X}
		x0, x1, y0, y1 := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
		for _, q := range hull {
			x, y := q.dot(u), q.dot(v)
			x0, x1, y0, y1 = min(x0, x), max(x1, x), min(y0, y), max(y1, y)
		}
		if a := (x1 - x0) * (y1 - y0); a < least {
			least = a
			at := func(x, y float64) Point { return u.times(x).plus(v.times(y)) }
			best = Quad{at(x0, y0), at(x1, y0), at(x1, y1), at(x0, y1)}
		}
	}
	return upright(best)
}

// lineThrough is a robust line through places along a side (t, 0 to length) and
// how far inwards the edge was found there: the one that most agree with (RANSAC,
// with every pair tried), then the mean of those.
func lineThrough(t, off []float64, near float64) (at0, slope float64, agree int) {
	n := len(t)
	step := max(1, n*n/4000)
	most := -1.0
	var a, b float64
	for k := 0; k < n*n; k += step {
		i, j := k/n, k%n
		if t[j]-t[i] < (t[n-1]-t[0])/4 {
			continue
		}
		s := (off[j] - off[i]) / (t[j] - t[i])
		c := off[i] - s*t[i]
		score := 0.0
		for m := range t {
			if d := math.Abs(off[m] - c - s*t[m]); d < near {
				score += 1 - d/near/2
			}
		}
		if score > most {
			most, a, b = score, c, s
		}
	}
	for range 3 {
		var sw, st, so, stt, sto float64
		agree = 0
		for m := range t {
			if math.Abs(off[m]-a-b*t[m]) < near {
				sw, st, so, stt, sto = sw+1, st+t[m], so+off[m], stt+t[m]*t[m], sto+t[m]*off[m]
				agree++
			}
		}
		if d := sw*stt - st*st; agree >= 3 && d > 1e-9 {
			b = (sw*sto - st*so) / d
			a = (so - b*st) / sw
		}
	}
	return a, b, agree
}

// moved replaces each side of a quad by a line given as the distances inwards at
// its two ends.
func (q Quad) moved(in [4][2]float64) (Quad, bool) {
	var p, d [4]Point
	for i := range q {
		a, b := q[i], q[(i+1)%4]
		along := b.minus(a).times(1 / max(b.minus(a).length(), 1e-9))
		n := Point{-along.Y, along.X} // inwards
		p[i] = a.plus(n.times(in[i][0]))
		d[i] = b.plus(n.times(in[i][1])).minus(p[i])
	}
	var out Quad
	for i := range q {
		j := (i + 3) % 4
		c := d[j].cross(d[i])
		if math.Abs(c) < 1e-6 {
			return q, false
		}
		out[i] = p[j].plus(d[j].times(p[i].minus(p[j]).cross(d[i]) / c))
	}
	return out, true
}
