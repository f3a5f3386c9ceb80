package sample

import (
	"hash/fnv"
	"image"
	"math"
)

// Layout is a photo of swatches whose places are known, to measure how well
// swatches are found. Unlike the sample set, it can be drawn at any size, and its
// pixels may differ in their last bit from one kind of machine to another.
type Layout struct {
	Name   string
	table  func() *fabric
	second func() *fabric // the other half of a table of two tones; nil: it has one
	pieces []piece
	photo  *photo // one of the sample set instead
}

// piece is a swatch of a Layout. Lengths are in units of 1/1600 of its width.
type piece struct {
	fabric func() *fabric
	pitch  float64
	at     Quad
	tooth  float64 // of pinking shears; 0: cut straight
	round  float64 // radius of the corners
	shadow float64 // how dark, 0 to 1
	far    float64 // how far the shadow falls
}

// layoutWide and layoutHigh are the size of all layouts in their units.
const layoutWide, layoutHigh = 1600, 1200

// Shoot draws the layout upright, its longer side of so many pixels, and returns
// where its swatches lie, at half the height of their teeth: also those parts that
// others cover, or that reach beyond the picture.
func (l Layout) Shoot(width int) (*image.YCbCr, []Quad) {
	if l.photo != nil {
		w, h := l.photo.upright()
		w, h = width*w/max(w, h), width*h/max(w, h)
		return l.photo.group.shoot(w, h, l.photo.seed()), l.photo.group.outlines(w, h, l.photo.seed())
	}
	h := fnv.New64a()
	h.Write([]byte(l.Name))
	seed, scale := h.Sum64(), float64(width)/layoutWide
	im := image.NewYCbCr(image.Rect(0, 0, width, width*layoutHigh/layoutWide), image.YCbCrSubsampleRatio420)
	room := scene{w: width, h: im.Rect.Dy(), pitch: 8 * scale, bright: 1.02}
	l.table().setUp(seed).draw(im, room.view(seed))
	if l.second != nil {
		l.halve(im, room, seed)
	}
	var all []Quad
	for i, p := range l.pieces {
		p.scaled(scale)
		p.lay(im, room.view(seed), seed+uint64(i)+1)
		all = append(all, p.at.grown(-p.tooth/2))
	}
	develop(im, seed, 2)
	return im, all
}

// halve covers the table right of a slanted line with the second tone.
func (l Layout) halve(im *image.YCbCr, room scene, seed uint64) {
	other := image.NewYCbCr(im.Rect, im.SubsampleRatio)
	l.second().setUp(seed+77).draw(other, room.view(seed))
	w, h := float64(im.Rect.Dx()), float64(im.Rect.Dy())
	edge := side([2]float64{w * 0.46, 0}, [2]float64{w * 0.40, h})
	cover(im, other, func(x, y float64) float64 { return -edge.inside(x, y) })
}

func (p *piece) scaled(by float64) {
	for i := range p.at {
		p.at[i][0] *= by
		p.at[i][1] *= by
	}
	p.pitch, p.tooth, p.round, p.far = p.pitch*by, p.tooth*by, p.round*by, p.far*by
}

// lay puts the piece and its shadow into the picture.
func (p *piece) lay(im *image.YCbCr, room view, seed uint64) {
	box := p.box().Intersect(im.Rect)
	if p.shadow > 0 {
		p.shade(im)
	}
	cloth := image.NewYCbCr(box, im.SubsampleRatio)
	look := scene{w: box.Dx(), h: box.Dy(), pitch: p.pitch, folds: 0.12}
	look.angle = math.Atan2(p.at[1][1]-p.at[0][1], p.at[1][0]-p.at[0][0]) * 180 / math.Pi
	own := look.view(seed)
	p.fabric().setUp(seed).draw(cloth, func(x, y float64) node {
		n := own(x-float64(box.Min.X), y-float64(box.Min.Y))
		n.light = n.light * room(x, y).light / 290
		return n
	})
	cover(im, cloth, p.inside(p.tooth))
}

// box holds the piece; its corners are even, as subsampled chroma wants it.
func (p *piece) box() image.Rectangle {
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range p.at {
		x0, x1, y0, y1 = min(x0, c[0]), max(x1, c[0]), min(y0, c[1]), max(y1, c[1])
	}
	return image.Rect(int(x0)&^1-2, int(y0)&^1-2, int(x1)&^1+4, int(y1)&^1+4)
}

// inside returns how far, in pixels, a point lies inside of the piece.
func (p *piece) inside(tooth float64) func(x, y float64) float64 {
	var sides [4]line
	for i := range sides {
		sides[i] = side(p.at[i], p.at[(i+1)%4])
	}
	return func(x, y float64) float64 {
		least, past := math.Inf(1), 0.0
		for _, s := range sides {
			d := s.inside(x, y)
			if tooth > 0 {
				along := math.Abs(math.Mod(s.y*x-s.x*y+1e4*tooth, 2*tooth) - tooth)
				d -= along
			}
			least = min(least, d)
			past += sq(max(0, p.round-d))
		}
		if p.round > 0 {
			return min(least, p.round-math.Sqrt(past))
		}
		return least
	}
}

// shade darkens what lies below and to the right of the piece.
func (p *piece) shade(im *image.YCbCr) {
	within, soft := p.inside(0), p.far*1.2
	box := p.box().Inset(-int(3 * p.far)).Intersect(im.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := im.Y[im.YOffset(0, y):]
		for x := box.Min.X; x < box.Max.X; x++ {
			d := within(float64(x)-0.7*p.far, float64(y)-p.far)
			row[x] = uint8(float64(row[x]) * (1 - p.shadow*step(-soft, soft, d)))
		}
	}
}

// cover lays what is inside over the picture, with a soft pixel at the edge.
func cover(im, top *image.YCbCr, inside func(x, y float64) float64) {
	blend := func(d *uint8, s uint8, c float64) { *d = uint8(float64(*d)*(1-c) + float64(s)*c + 0.5) }
	for y := top.Rect.Min.Y; y < top.Rect.Max.Y; y++ {
		for x := top.Rect.Min.X; x < top.Rect.Max.X; x++ {
			c := clamp(inside(float64(x), float64(y))+0.5, 0, 1)
			if c == 0 {
				continue
			}
			blend(&im.Y[im.YOffset(x, y)], top.Y[top.YOffset(x, y)], c)
			if x&1 == 0 && y&1 == 0 {
				blend(&im.Cb[im.COffset(x, y)], top.Cb[top.COffset(x, y)], c)
				blend(&im.Cr[im.COffset(x, y)], top.Cr[top.COffset(x, y)], c)
			}
		}
	}
}
