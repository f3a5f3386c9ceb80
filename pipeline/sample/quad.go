package sample

import "math"

// Quad is the outline of a swatch in a photo: four corners in pixels of the
// upright picture, clockwise from the one at the top left of the swatch.
type Quad [4][2]float64

// rect is a rectangle around x, y that is turned clockwise by so many degrees.
func rect(x, y, w, h, degrees float64) Quad {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	at := func(dx, dy float64) [2]float64 { return [2]float64{x + dx*cos - dy*sin, y + dx*sin + dy*cos} }
	return Quad{at(-w/2, -h/2), at(w/2, -h/2), at(w/2, h/2), at(-w/2, h/2)}
}

// grown is the quad with each side moved outwards by so many pixels.
func (q Quad) grown(by float64) Quad {
	var out Quad
	for i := range q {
		a, b := side(q[(i+3)%4], q[i]), side(q[i], q[(i+1)%4])
		a.c -= by
		b.c -= by
		d := a.x*b.y - a.y*b.x
		out[i] = [2]float64{(a.c*b.y - b.c*a.y) / d, (a.x*b.c - b.x*a.c) / d}
	}
	return out
}

// line is x·X + y·Y = c with a unit normal that points inwards.
type line struct{ x, y, c float64 }

func side(p, q [2]float64) line {
	dx, dy := q[0]-p[0], q[1]-p[1]
	l := math.Hypot(dx, dy)
	n := line{x: -dy / l, y: dx / l}
	n.c = n.x*p[0] + n.y*p[1]
	return n
}

// inside is how far a point lies inside of the line.
func (l line) inside(x, y float64) float64 { return l.x*x + l.y*y - l.c }
