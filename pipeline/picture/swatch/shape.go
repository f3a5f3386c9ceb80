package swatch

import (
	"image"
	"math"
)

// shape fits a quad to a region: the smallest rectangle around it, then each side
// where most of the region's edge is. within is the share of the quad that the
// region fills, and of the region that the quad holds: the smaller one.
func (l *labels) shape(r region) (q Quad, within float64, ok bool) {
	points := l.outline(r)
	if len(points) < 8 {
		return q, 0, false
	}
	q = smallest(hull(points))
	for range 2 {
		var in [4][2]float64
		for i := range q {
			in[i] = l.edge(r, q, i)
		}
		var moved bool
		if q, moved = q.moved(in); !moved {
			return q, 0, false
		}
	}
	if !q.sound() {
		return q, 0, false
	}
	q = upright(q)
	return q, l.agreement(r, q), true
}

// edge looks from outside of a side of the quad inwards for the region, at many
// places, and returns how far away it is at the side's two ends.
func (l *labels) edge(r region, q Quad, side int) [2]float64 {
	a, b := q[side], q[(side+1)%4]
	length := b.minus(a).length()
	n := int(min(max(length/2, 12), 60))
	if length < 4 {
		return [2]float64{}
	}
	along := b.minus(a).times(1 / length)
	inwards := Point{-along.Y, along.X}
	w, h := q.Sides()
	deep := min(w, h) * 0.4
	var t, off []float64
	for k := range n {
		s := length * (0.06 + 0.88*(float64(k)+0.5)/float64(n))
		p := a.plus(along.times(s))
		for d := -6.0; d < deep; d += 0.5 {
			at := p.plus(inwards.times(d))
			if l.has(r.number, at) {
				t, off = append(t, s), append(off, d-0.25)
				break
			}
		}
	}
	if len(t) < 6 {
		return [2]float64{}
	}
	at0, slope, _ := lineThrough(t, off, max(1.2, length*0.012))
	return [2]float64{at0, at0 + slope*length}
}

func (l *labels) has(n int32, p Point) bool {
	x, y := int(math.Floor(p.X)), int(math.Floor(p.Y))
	return x >= 0 && y >= 0 && x < l.w && y < l.h && l.of[y*l.w+x] == n
}

// agreement is the smaller of the share of the quad's pixels that are the
// region's, and of the region's that are the quad's.
func (l *labels) agreement(r region, q Quad) float64 {
	both, all := 0, 0
	b := q.bounds().Intersect(image.Rect(0, 0, l.w, l.h))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if q.holds(Point{float64(x) + 0.5, float64(y) + 0.5}) {
				all++
				if l.of[y*l.w+x] == r.number {
					both++
				}
			}
		}
	}
	return min(float64(both)/float64(max(all, 1)), float64(both)/float64(max(r.area, 1)))
}

// bounds are the whole pixels around the quad.
func (q Quad) bounds() image.Rectangle {
	x0, y0, x1, y1 := q[0].X, q[0].Y, q[0].X, q[0].Y
	for _, p := range q[1:] {
		x0, x1, y0, y1 = min(x0, p.X), max(x1, p.X), min(y0, p.Y), max(y1, p.Y)
	}
	return image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
}
