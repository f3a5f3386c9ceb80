package picture

import (
	"image"
	"math"
)

// cube is a map of colours to colours: nodes nodes along each axis of RGB, and
// between them tetrahedral interpolation (Kasson et al., J. Electronic Imaging 4,
// 1995), which keeps greys grey and edges whole.
type cube [nodes * nodes * nodes * 3]int32 // blue runs fastest, then green; in 1/256 of a level

const nodes = 33

// newCube asks for the colour of each node; all colours are from 0 to 1. What
// leaves that range is cut in the pixels only, so that the edge of what can be
// shown lies where it should, and not at the next node.
func newCube(to func(r, g, b float64) (float64, float64, float64)) *cube {
	c := new(cube)
	level := func(v float64) int32 { return int32(math.Round(min(max(v, -1), 2) * 255 * 256)) }
	for i := 0; i < len(c); i += 3 {
		n := i / 3
		r, g, b := to(float64(n/(nodes*nodes))/(nodes-1), float64(n/nodes%nodes)/(nodes-1), float64(n%nodes)/(nodes-1))
		c[i], c[i+1], c[i+2] = level(r), level(g), level(b)
	}
	return c
}

// apply maps every pixel into a new picture; transparency stays.
func (c *cube) apply(img *image.NRGBA) *image.NRGBA {
	var cell, part [256]int32 // the node below each level, and how far above it, in 1/256
	for v := range 256 {
		at := v * (nodes - 1) * 256 / 255
		cell[v], part[v] = int32(min(at>>8, nodes-2)), int32(at&255)
		if at>>8 > nodes-2 {
			part[v] = 256
		}
	}
	const red, green, blue = 3 * nodes * nodes, 3 * nodes, 3
	out := image.NewNRGBA(img.Rect)
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p, q := img.Pix[i:i+4:i+4], out.Pix[i:i+4:i+4]
		base := cell[p[0]]*red + cell[p[1]]*green + cell[p[2]]*blue
		// The path from the node below to the one above, along the axes in the
		// order of how far the colour has gone on them.
		f1, f2, f3 := part[p[0]], part[p[1]], part[p[2]]
		s1, s2, s3 := int32(red), int32(green), int32(blue)
		if f1 < f2 {
			f1, f2, s1, s2 = f2, f1, s2, s1
		}
		if f2 < f3 {
			f2, f3, s2, s3 = f3, f2, s3, s2
			if f1 < f2 {
				f1, f2, s1, s2 = f2, f1, s2, s1
			}
		}
		a := c[base : base+3 : base+3]
		b := c[base+s1 : base+s1+3 : base+s1+3]
		d := c[base+s1+s2 : base+s1+s2+3 : base+s1+s2+3]
		e := c[base+s1+s2+s3 : base+s1+s2+s3+3 : base+s1+s2+s3+3]
		for k := range 3 {
			q[k] = clip(a[k]*(256-f1) + b[k]*(f1-f2) + d[k]*(f2-f3) + e[k]*f3)
		}
		q[3] = p[3]
	}
	return out
}
