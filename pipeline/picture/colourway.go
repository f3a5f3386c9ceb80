package picture

import (
	"fmt"
	"image"
	"math/cmplx"
	"strconv"
	"strings"

	"github.com/lucasb-eyer/go-colorful"

	"weft/pipeline/recipe"
)

// dye is a colour of the cloth and what it becomes, in CIELAB.
type dye struct {
	from, to point
	stays    bool
}

// colourway dyes the cloth anew. Each colour of the picture's own palette that a
// change names becomes another one, the others stay; a pixel goes along with the
// colours it is near to, so that what lies between two stays between them. How
// much lighter or darker than its colour a pixel is, it remains.
func colourway(img *image.NRGBA, s recipe.Step) (*image.NRGBA, error) {
	dyes, err := dyesOf(s, palette(img))
	if err != nil {
		return nil, err
	}
	return newCube(func(r, g, b float64) (float64, float64, float64) {
		c := dyed(labPoint(colorful.Color{R: r, G: g, B: b}), dyes)
		out := colorful.Lab(c.l/100, c.a/100, c.b/100)
		return out.R, out.G, out.B
	}).apply(img), nil
}

// sameColour is within what a colour that a change names is taken for one of the palette, in
// ΔE*ab: people name what they see, not the mean.
const sameColour = 20

// dyesOf reads the changes. own is the picture's palette.
func dyesOf(s recipe.Step, own []Colour) ([]dye, error) {
	var dyes []dye
	left := make([]point, len(own)) // what no change has named yet
	for i, c := range own {
		left[i] = hexPoint(c.Hex)
		left[i].weight = c.Share
	}
	taken := make([]bool, len(own))
	for _, change := range s.Args {
		from, to, _ := strings.Cut(change, "=")
		d := dye{to: hexPoint(to)}
		if n, err := strconv.Atoi(from); err == nil {
			if n < 1 || n > len(own) {
				return nil, fmt.Errorf("the picture has %d colours only", len(own))
			}
			d.from, taken[n-1] = left[n-1], true
		} else {
			d.from = hexPoint(from)
			d.from.weight = 1 // as far as anybody knows
			best, distance := -1, float64(sameColour*sameColour)
			for i, c := range left {
				if e := c.distance2(d.from); !taken[i] && e < distance {
					best, distance = i, e
				}
			}
			if best >= 0 {
				d.from, taken[best] = left[best], true
			}
		}
		dyes = append(dyes, d)
	}
	for i, c := range left {
		if !taken[i] && !goesAlong(c, dyes) {
			dyes = append(dyes, dye{from: c, to: c, stays: true})
		}
	}
	return dyes, nil
}

// goesAlong tells whether one of the palette's colours, which come by their
// share, is no colour of its own: a shade of one that a change names, or what
// lies between two greater ones at their edges.
func goesAlong(c point, dyes []dye) bool {
	for i, d := range dyes {
		if shadeless(c, d.from) < sameColour*sameColour && !d.stays {
			dyes[i].from.weight += c.weight
			return true
		}
	}
	for i, d := range dyes {
		for _, e := range dyes[:i] {
			if c.weight < 0.7*min(d.from.weight, e.from.weight) && between(c, d.from, e.from) {
				return true
			}
		}
	}
	return false
}

// shadeless is the square of how far two colours are apart, if shade tells less
// than hue.
func shadeless(p, q point) float64 {
	p.l, q.l = p.l/2, q.l/2
	return p.distance2(q)
}

// between tells whether c is a mixture of p and q, to 10 ΔE.
func between(c, p, q point) bool {
	t := ((c.l-p.l)*(q.l-p.l) + (c.a-p.a)*(q.a-p.a) + (c.b-p.b)*(q.b-p.b)) / max(p.distance2(q), 1)
	on := mix(p, q, t)
	return t > 0.1 && t < 0.9 && c.distance2(on) < 100
}

// dyed is what a colour becomes. For every two dyes it is taken for a mixture of
// them and a rest, which is the shading; the mixture is dyed and the rest put on
// again. The less rest and the less mixture, the more two dyes count: so what
// lies between two yarns, at their edge, comes to lie between their new colours.
func dyed(c point, dyes []dye) point {
	if len(dyes) == 1 {
		dyes = []dye{dyes[0], dyes[0]}
	}
	var sum point
	for i, d := range dyes {
		for _, e := range dyes[i+1:] {
			far := max(shadeless(d.from, e.from), 0.01)
			t := ((c.l-d.from.l)*(e.from.l-d.from.l)/4 + (c.a-d.from.a)*(e.from.a-d.from.a) + (c.b-d.from.b)*(e.from.b-d.from.b)) / far
			t = min(max((t-0.12)/0.76, 0), 1) // near one of them all is shading
			on := mix(d.from, e.from, t)
			mixed := min(t, 1-t)
			off := shadeless(c, on) + 0.15*mixed*mixed*far + 0.01
			w := 1 / (off * off)
			rest := point{l: c.l - on.l, a: c.a - on.a, b: c.b - on.b}
			p := mix(d.of(rest), e.of(rest), t)
			sum.l, sum.a, sum.b, sum.weight = sum.l+w*p.l, sum.a+w*p.a, sum.b+w*p.b, sum.weight+w
		}
	}
	return point{l: sum.l / sum.weight, a: sum.a / sum.weight, b: sum.b / sum.weight}
}

// mix is the colour between p, at 0, and q, at 1.
func mix(p, q point, t float64) point {
	return point{l: p.l + t*(q.l-p.l), a: p.a + t*(q.a-p.a), b: p.b + t*(q.b-p.b)}
}

// of is the dye's new colour with a rest put on. Lightness moves by as much as
// before. Of a coloured yarn, hue and chroma of the rest are turned and stretched
// as the dye's are, so that grey shades stay grey; on a grey one the new colour
// is weaker where it is dark.
func (d dye) of(rest point) point {
	out := point{l: d.to.l + rest.l, a: d.to.a + rest.a, b: d.to.b + rest.b}
	if d.stays {
		return out
	}
	out.l = min(max(out.l, 0), 100)
	from, to, off := complex(d.from.a, d.from.b), complex(d.to.a, d.to.b), complex(rest.a, rest.b)
	coloured := min(max((cmplx.Abs(from)-5)/10, 0), 1)
	mixed := complex(1-coloured, 0) * (to*complex(min(out.l/max(d.to.l, 1), 1.2), 0) + off)
	if coloured > 0 {
		turn := to / from
		turn /= complex(max(cmplx.Abs(turn)/3, 1), 0) // noise is not to be stretched without bound
		mixed += complex(coloured, 0) * (to + turn*off)
	}
	out.a, out.b = real(mixed), imag(mixed)
	return out
}

// hexPoint is the place of "#rrggbb"; what is none is black.
func hexPoint(s string) point {
	c, _ := colorful.Hex(s)
	return labPoint(c)
}

func labPoint(c colorful.Color) point {
	l, a, b := c.Lab()
	return point{l: 100 * l, a: 100 * a, b: 100 * b}
}
