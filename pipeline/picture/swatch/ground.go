package swatch

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
)

// ground is what the swatches lie on: a few tones, seen in a light that changes
// slowly over the picture.
type ground struct {
	tones []tone
	light [6]float64 // of the surface below: log lightness, quadratic in x and y
	lit   []float64  // how much lighter than its tones it is, for each patch of the view
}

// tone is one colour of the ground and how much it varies.
type tone struct {
	l, a, b, rough     float64
	dl, da, db, drough float64 // standard deviations
}

// The least deviations that are believed: cameras and JPEG are not better.
const leastL, leastAB, leastRough = 1.6, 1.1, 0.8

// pixel is one place of a view: x and y from -1 to 1, and what is seen there.
type pixel struct {
	x, y, l, a, b, rough float64
	patch                int
}

// patch is the side, in pixels, of a square in which the light is one and the same.
const patch = 8

func (v *view) at(x, y int) pixel {
	i := y*v.w + x
	return pixel{float64(x)*2/float64(v.w) - 1, float64(y)*2/float64(v.h) - 1,
		float64(v.l[i]), float64(v.a[i]), float64(v.b[i]), float64(v.rough[i]), y/patch*v.patches() + x/patch}
}

// patches is how many patches lie side by side.
func (v *view) patches() int { return (v.w + patch - 1) / patch }

// shine works out the light of each patch.
func (v *view) shine(g *ground) {
	across, down := v.patches(), (v.h+patch-1)/patch
	g.lit = make([]float64, across*down)
	for j := range down {
		for i := range across {
			p := pixel{x: float64(2*i+1)*patch/float64(v.w) - 1, y: float64(2*j+1)*patch/float64(v.h) - 1}
			sum := 0.0
			for k, b := range basis(p) {
				sum += b * g.light[k]
			}
			g.lit[j*across+i] = math.Exp(min(max(sum, -0.5), 0.5))
		}
	}
}

// around lists the pixels near the border of the picture, clockwise.
func (v *view) around() []pixel {
	depth := max(3, min(v.w, v.h)/45)
	var out []pixel
	strip := func(n int, at func(k, d int) (int, int)) {
		for k := 0; k < n; k += 2 {
			for d := 0; d < depth; d += 2 {
				x, y := at(k, d)
				out = append(out, v.at(x, y))
			}
		}
	}
	strip(v.w, func(k, d int) (int, int) { return k, d })
	strip(v.h, func(k, d int) (int, int) { return v.w - 1 - d, k })
	strip(v.w, func(k, d int) (int, int) { return v.w - 1 - k, v.h - 1 - d })
	strip(v.h, func(k, d int) (int, int) { return d, v.h - 1 - k })
	return out
}

// learn finds the ground from the border of the picture, or from what is of a
// colour, and then from all of it that looks the same.
func (v *view) learn(c *color.NRGBA) *ground {
	g := &ground{tones: tonesOf(v.around(), 6)}
	if like := v.coloured(c); len(like) > 0 {
		g.tones = nil
		for c, means := 0, cluster(like, 4); c < len(means); c++ {
			g.tones = append(g.tones, gathered(like, means, c))
		}
	}
	v.shine(g)
	for range 3 {
		var like []pixel
		for y := 0; y < v.h; y += 3 {
			for x := 0; x < v.w; x += 3 {
				s := v.at(x, y)
				if g.distance(s, false) < 3.5 {
					like = append(like, s)
				}
			}
		}
		v.fit(g, like)
	}
	return g
}

// coloured lists pixels near a colour, in any light; none if there is no colour.
func (v *view) coloured(c *color.NRGBA) []pixel {
	if c == nil {
		return nil
	}
	one := image.NewNRGBA(image.Rect(0, 0, 1, 1))
	one.SetNRGBA(0, 0, *c)
	is := colours(one).at(0, 0)
	var out []pixel
	for y := 0; y < v.h; y += 4 {
		for x := 0; x < v.w; x += 4 {
			if p := v.at(x, y); sq((p.l-is.l)/2)+sq(p.a-is.a)+sq(p.b-is.b) < sq(9) {
				out = append(out, p)
			}
		}
	}
	return out
}

// tonesOf gathers samples around k means and keeps those that are the ground: a
// swatch that the border cuts is at one place only, and no large one.
func tonesOf(all []pixel, k int) []tone {
	means := cluster(all, k)
	const blocks = 24
	var places [16][blocks]int
	count := make([]int, len(means))
	for i, s := range all {
		c := nearest(means, s)
		count[c]++
		places[c][i*blocks/len(all)]++
	}
	var kept []int
	for c := range means {
		wide := 0
		for _, n := range places[c] {
			if n*blocks*12 > len(all) { // a twelfth of the block
				wide++
			}
		}
		if count[c]*5 > len(all) || wide >= 6 {
			kept = append(kept, c)
		}
	}
	if len(kept) == 0 {
		kept = append(kept, slices.Index(count, slices.Max(count)))
	}
	var tones []tone
	for c, m := range means {
		near := slices.Contains(kept, c) || slices.ContainsFunc(kept, func(o int) bool { return apart(m, means[o]) < 1.6 })
		if near && count[c]*200 > len(all) {
			tones = append(tones, gathered(all, means, c))
		}
	}
	return tones
}

// apart is how far samples are from each other, in units in which a hand's
// breadth of plain table spreads over about one.
func apart(s, t pixel) float64 {
	return math.Sqrt(sq((s.l-t.l)/5) + sq((s.a-t.a)/3) + sq((s.b-t.b)/3) + sq((s.rough-t.rough)/3))
}

func sq(x float64) float64 { return x * x }

func nearest(means []pixel, s pixel) int {
	best, least := 0, math.Inf(1)
	for c, m := range means {
		if d := sq((s.l-m.l)/5) + sq((s.a-m.a)/3) + sq((s.b-m.b)/3) + sq((s.rough-m.rough)/3); d < least {
			best, least = c, d
		}
	}
	return best
}

// cluster is k-means, begun as k-means++ does (Arthur and Vassilvitskii 2007)
// with chance that is the same each time.
func cluster(all []pixel, k int) []pixel {
	r := rand.New(rand.NewPCG(7, 11))
	means := []pixel{all[r.IntN(len(all))]}
	far := make([]float64, len(all))
	for len(means) < k {
		sum := 0.0
		for i, s := range all {
			far[i] = sq(apart(s, means[nearest(means, s)]))
			sum += far[i]
		}
		if sum < 1e-6 {
			break
		}
		pick := r.Float64() * sum
		for i, f := range far {
			if pick -= f; pick <= 0 {
				means = append(means, all[i])
				break
			}
		}
		if pick > 0 {
			break
		}
	}
	for range 12 {
		sums, n := make([]pixel, len(means)), make([]float64, len(means))
		for _, s := range all {
			c := nearest(means, s)
			m := &sums[c]
			m.l, m.a, m.b, m.rough = m.l+s.l, m.a+s.a, m.b+s.b, m.rough+s.rough
			n[c]++
		}
		for c := range means {
			if n[c] > 0 {
				means[c] = pixel{l: sums[c].l / n[c], a: sums[c].a / n[c], b: sums[c].b / n[c], rough: sums[c].rough / n[c]}
			}
		}
	}
	return means
}

// gathered is the tone of the samples nearest to mean c.
func gathered(all, means []pixel, c int) tone {
	m := means[c]
	t := tone{l: m.l, a: m.a, b: m.b, rough: m.rough}
	n := 0.0
	for _, s := range all {
		if nearest(means, s) == c {
			t.spreadBy(s)
			n++
		}
	}
	t.deviate(n)
	return t
}

// spreadBy adds the squares of how far a pixel is from the tone.
func (t *tone) spreadBy(s pixel) {
	t.dl, t.da, t.db, t.drough = t.dl+sq(s.l-t.l), t.da+sq(s.a-t.a), t.db+sq(s.b-t.b), t.drough+sq(s.rough-t.rough)
}

// deviate makes standard deviations of sums of squares over n pixels.
func (t *tone) deviate(n float64) {
	dev := func(sum, least float64) float64 { return math.Sqrt(sum/max(n, 1) + least*least) }
	t.dl, t.da, t.db, t.drough = dev(t.dl, leastL), dev(t.da, leastAB), dev(t.db, leastAB), dev(t.drough, leastRough)
}

// basis are the terms of the light's surface at a place.
func basis(s pixel) [6]float64 { return [6]float64{1, s.x, s.y, s.x * s.x, s.x * s.y, s.y * s.y} }

// distance is how far a pixel is from the ground, in standard deviations. With
// shade, ground in shadow counts as ground: there colours are as strong as the
// light is weak, or, after a camera's work, somewhat stronger; and where a shadow
// begins the lightness slopes, which looks rough.
func (g *ground) distance(s pixel, shade bool) float64 {
	least := math.Inf(1)
	lit := g.lit[s.patch]
	for i := range g.tones {
		t := &g.tones[i]
		l := (t.l + 16) * lit
		ratio := (s.l + 16) / l
		var d float64
		if shade && ratio < 1 && ratio > 0.4 {
			deep := min(1, (1-ratio)*10)
			d = 0.7*sq((s.rough-t.rough)/(t.drough+shadeRough*deep)) +
				sq(beyond(s.a, t.a*ratio, t.a*(1+shadeChroma*(1-ratio)))/t.da) + sq(beyond(s.b, t.b*ratio, t.b*(1+shadeChroma*(1-ratio)))/t.db) +
				0.5*sq(min((1-ratio)*6, math.Abs(s.l+16-l)/t.dl))
		} else {
			d = 0.7*sq((s.rough-t.rough)/t.drough) + sq((s.l+16-l)/t.dl) + sq((s.a-t.a)/t.da) + sq((s.b-t.b)/t.db)
		}
		least = min(least, d)
	}
	return math.Sqrt(least)
}

// What a shadow does beyond being dark.
const (
	shadeRough  = 1.2 // to the deviation of roughness
	shadeChroma = 0.8 // times how dark it is, to colours
)

// beyond is how far v lies outside of what is between a and b.
func beyond(v, a, b float64) float64 { return max(min(a, b)-v, v-max(a, b), 0) }

// fit brings the light to what was taken for ground. The tones stay those of the
// border: the blur at the edge of a pale swatch is a bridge over which they would
// wander into it.
func (v *view) fit(g *ground, like []pixel) {
	if len(like) < 200 {
		return
	}
	of := make([]int, len(like))
	for i, s := range like {
		of[i] = g.toneOf(s)
	}
	g.brighten(like, of)
	v.shine(g)
}

// toneOf is the tone that a pixel of the ground is nearest to.
func (g *ground) toneOf(s pixel) int {
	best, least, lit := 0, math.Inf(1), g.lit[s.patch]
	for c, t := range g.tones {
		d := sq((s.l+16-(t.l+16)*lit)/t.dl) + sq((s.a-t.a)/t.da) + sq((s.b-t.b)/t.db) + sq((s.rough-t.rough)/t.drough)
		if d < least {
			best, least = c, d
		}
	}
	return best
}

// brighten fits the surface of the light by least squares.
func (g *ground) brighten(like []pixel, of []int) {
	var m [6][7]float64
	for i, s := range like {
		b := basis(s)
		y := math.Log((s.l + 16) / (g.tones[of[i]].l + 16))
		for r := range b {
			for c := range b {
				m[r][c] += b[r] * b[c]
			}
			m[r][6] += b[r] * y
		}
	}
	for r := range 6 {
		m[r][r] += 1e-3 * float64(len(like)) // shrinks what few pixels would say
	}
	if x, ok := solve6(m); ok {
		g.light = x
	}
}

// solve6 solves six linear equations by elimination.
func solve6(m [6][7]float64) (x [6]float64, ok bool) {
	for c := range 6 {
		p := c
		for r := c + 1; r < 6; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[p][c]) {
				p = r
			}
		}
		if math.Abs(m[p][c]) < 1e-12 {
			return x, false
		}
		m[c], m[p] = m[p], m[c]
		for r := range 6 {
			if r != c {
				f := m[r][c] / m[c][c]
				for k := c; k < 7; k++ {
					m[r][k] -= f * m[c][k]
				}
			}
		}
	}
	for c := range 6 {
		x[c] = m[c][6] / m[c][c]
	}
	return x, true
}
