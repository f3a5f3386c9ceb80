package swatch

import "math"

// coarse is the view through a wider window: what a cloth has in common over
// a finger's breadth shows also where its yarns are of the ground's colours.
func (v *view) coarse() *view {
	c := &view{w: v.w, h: v.h}
	c.rough = make(plane, len(v.l))
	copy(c.rough, v.l)
	mean, square := make(plane, len(v.l)), make(plane, len(v.l))
	for i, l := range v.l {
		mean[i], square[i] = l, l*l
	}
	blur(mean, v.w, v.h, 8)
	blur(square, v.w, v.h, 8)
	for i, m := range mean {
		c.rough[i] = 100*float32(math.Sqrt(float64(max(0, square[i]-m*m))))/(m+16) + v.rough[i]
	}
	for k, p := range []*plane{&c.l, &c.a, &c.b} {
		*p = append(plane(nil), []plane{v.l, v.a, v.b}[k]...)
		blur(*p, v.w, v.h, 8)
		blur(*p, v.w, v.h, 4)
	}
	blur(c.rough, v.w, v.h, 6)
	return c
}
