package picture

import (
	"cmp"
	"image"
	"math"
	"slices"
	"strings"

	"github.com/lucasb-eyer/go-colorful"
)

// Colour is one of a palette.
type Colour struct {
	Hex   string  `json:"hex"`   // sRGB, "#a33b2c"
	Share float64 `json:"share"` // of the picture, 0 to 1; those of a palette sum to 1
}

const (
	paletteSize = 5
	rounds      = 40  // of k-means, at most
	noticeable  = 2.3 // ΔE*ab that an eye can just tell (Mahy et al., Color Res. Appl. 19, 1994)
)

// point is a place in CIELAB (D65; L 0 to 100) and how many pixels are there.
type point struct{ l, a, b, weight float64 }

func (p point) distance2(q point) float64 {
	l, a, b := p.l-q.l, p.a-q.a, p.b-q.b
	return l*l + a*a + b*b
}

// palette finds up to five colours by k-means in CIELAB, with the share that each
// has. The same pixels always give the same palette: nothing is left to chance.
// Colours that an eye does not tell apart are one. A picture that is all
// transparent has none.
func palette(img *image.NRGBA) []Colour {
	points := histogram(img)
	if len(points) == 0 {
		return nil
	}
	return named(distinct(cluster(points, seeds(points))))
}

// histogram gathers the pixels in 32×32×32 boxes of sRGB; each stands for the mean
// colour of what it holds. What is more than half transparent is left out.
func histogram(img *image.NRGBA) []point {
	type bin struct{ n, r, g, b uint32 } // enough for 2²⁴ pixels
	bins := make([]bin, 1<<15)
	for y := range img.Rect.Dy() {
		row := img.Pix[y*img.Stride:][:4*img.Rect.Dx()]
		for ; len(row) >= 4; row = row[4:] {
			r, g, b := uint32(row[0]), uint32(row[1]), uint32(row[2])
			if row[3] < 128 {
				continue
			}
			box := &bins[r>>3<<10|g>>3<<5|b>>3]
			box.n++
			box.r += r
			box.g += g
			box.b += b
		}
	}
	var points []point
	for _, x := range bins {
		if x.n > 0 {
			n := 255 * float64(x.n)
			l, a, b := colorful.Color{R: float64(x.r) / n, G: float64(x.g) / n, B: float64(x.b) / n}.Lab()
			points = append(points, point{100 * l, 100 * a, 100 * b, float64(x.n)})
		}
	}
	return points
}

// seeds are the first centres: the heaviest point, then each time that which
// counts most by weight and distance² from the nearest centre. That is k-means++
// (Arthur and Vassilvitskii, SODA 2007) with its likeliest draw in place of chance.
func seeds(points []point) []point {
	heaviest := slices.MaxFunc(points, func(p, q point) int { return cmp.Compare(p.weight, q.weight) })
	centres := []point{heaviest}
	nearest := make([]float64, len(points))
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	for len(centres) < paletteSize {
		best, most := -1, 0.0
		for i, p := range points {
			nearest[i] = min(nearest[i], p.distance2(centres[len(centres)-1]))
			if v := p.weight * nearest[i]; v > most {
				best, most = i, v
			}
		}
		if best < 0 {
			break // there are no more colours
		}
		centres = append(centres, points[best])
	}
	return centres
}

// cluster moves the centres into the middle of the points nearest to them until
// they rest (Lloyd's algorithm); each then weighs what its points weigh.
func cluster(points, centres []point) []point {
	for range rounds {
		sums := make([]point, len(centres))
		for _, p := range points {
			best, least := 0, math.Inf(1)
			for c := range centres {
				if d := p.distance2(centres[c]); d < least {
					best, least = c, d
				}
			}
			s := &sums[best]
			s.l, s.a, s.b, s.weight = s.l+p.l*p.weight, s.a+p.a*p.weight, s.b+p.b*p.weight, s.weight+p.weight
		}
		moved := 0.0
		next := sums[:0]
		for c, s := range sums {
			if s.weight == 0 {
				continue // others took all its points
			}
			s.l, s.a, s.b = s.l/s.weight, s.a/s.weight, s.b/s.weight
			moved = max(moved, s.distance2(centres[c]))
			next = append(next, s)
		}
		centres = next
		if moved < 1e-4 {
			break
		}
	}
	return centres
}

// distinct joins the two nearest colours as long as they look the same.
func distinct(centres []point) []point {
	for {
		a, b, least := 0, 0, noticeable*noticeable
		for i := range centres {
			for j := range i {
				if d := centres[i].distance2(centres[j]); d < least {
					a, b, least = j, i, d
				}
			}
		}
		if a == b {
			return centres
		}
		p, q := centres[a], centres[b]
		w := p.weight + q.weight
		centres[a] = point{(p.l*p.weight + q.l*q.weight) / w, (p.a*p.weight + q.a*q.weight) / w, (p.b*p.weight + q.b*q.weight) / w, w}
		centres = slices.Delete(centres, b, b+1)
	}
}

// named writes the colours, the largest share first. Shares have four decimals,
// and those cut off go to where they were largest, so that the sum is 1.
func named(centres []point) []Colour {
	var total float64
	for _, c := range centres {
		total += c.weight
	}
	type portion struct {
		Colour
		parts int // of 10,000
		over  float64
	}
	all := make([]portion, len(centres))
	left := 10_000
	for i, c := range centres {
		exact := 10_000 * c.weight / total
		all[i] = portion{Colour{Hex: colorful.Lab(c.l/100, c.a/100, c.b/100).Clamped().Hex()}, int(exact), exact - math.Floor(exact)}
		left -= all[i].parts
	}
	slices.SortFunc(all, func(a, b portion) int { return cmp.Or(cmp.Compare(b.over, a.over), strings.Compare(a.Hex, b.Hex)) })
	for i := range left {
		all[i%len(all)].parts++
	}
	slices.SortFunc(all, func(a, b portion) int { return cmp.Or(b.parts-a.parts, strings.Compare(a.Hex, b.Hex)) })
	out := make([]Colour, len(all))
	for i, p := range all {
		out[i] = Colour{p.Hex, float64(p.parts) / 10_000}
	}
	return out
}
