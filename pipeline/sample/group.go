package sample

import (
	"image"
	"math"
)

// group is a photo of several swatches that lie on a table.
type group struct {
	table    func() *fabric
	pitch    float64 // scale of the table's texture
	rows     []int   // swatches in each row, from the top
	swatches []swatch
}

// swatch is one piece of cloth with pinked edges.
type swatch struct {
	fabric func() *fabric
	scene  scene
}

// patch is where a swatch lies, in pixels with 16 fractional bits.
type patch struct {
	x, y       int64 // centre
	halfW      int64
	halfH      int64
	sin, cos   int64 // of the turn, 1 = 65536
	tooth      int64 // size of a tooth of the pinking shears
	box        image.Rectangle
	angle      float64
	seed       uint64
	shadowSoft int64
	fallX      int64 // of the shadow, away from the window
	fallY      int64
}

func (g *group) shoot(w, h int, seed uint64) *image.YCbCr {
	im := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
	scale := float64(max(w, h)) / float64(twelve[0])
	room := scene{w: w, h: h, pitch: g.pitch * scale, bright: 1.02}
	g.table().setUp(seed).draw(im, room.view(seed))
	for i, p := range g.lay(w, h, seed) {
		s := g.swatches[i]
		s.scene.pitch *= scale
		piece := image.NewYCbCr(p.box, image.YCbCrSubsampleRatio420)
		s.fabric().setUp(p.seed).draw(piece, p.view(s.scene, room.view(seed)))
		p.shade(im)
		p.paste(im, piece)
	}
	develop(im, seed, 2)
	return im
}

// outlines are where the swatches lie, at half the height of their teeth.
func (g *group) outlines(w, h int, seed uint64) []Quad {
	var all []Quad
	px := func(v int64) float64 { return float64(v) / 65536 }
	for _, p := range g.lay(w, h, seed) {
		all = append(all, rect(px(p.x), px(p.y), px(2*p.halfW-p.tooth), px(2*p.halfH-p.tooth), p.angle*180/math.Pi))
	}
	return all
}

// lay spreads the swatches over the table in rows, each a little off.
func (g *group) lay(w, h int, seed uint64) []patch {
	scale := float64(max(w, h)) / float64(twelve[0])
	r := source(seed, 31)
	var out []patch
	for row, n := range g.rows {
		for k := range n {
			cellW, cellH := float64(w)*0.94/float64(n), float64(h)*0.94/float64(len(g.rows))
			x := float64(w)*0.03 + (float64(k)+0.5)*cellW + (r.Float64()-0.5)*cellW*0.08
			y := float64(h)*0.03 + (float64(row)+0.5)*cellH + (r.Float64()-0.5)*cellH*0.06
			side := math.Min(cellW, cellH*1.25)
			sw, sh := side*(0.84+0.06*r.Float64()), math.Min(cellH*0.86, side*(0.82+0.10*r.Float64()))
			angle := (r.Float64() - 0.5) * 10 * math.Pi / 180
			out = append(out, place(x, y, sw, sh, angle, scale, r.Uint64()))
		}
	}
	return out
}

// place puts a swatch on the table; scale is the size of the photo, 1 being 12 MP.
func place(x, y, w, h, angle, scale float64, seed uint64) patch {
	fix := func(f float64) int64 { return int64(math.Round(f * 65536)) }
	sin, cos := math.Sincos(angle)
	p := patch{
		x: fix(x), y: fix(y), halfW: fix(w / 2), halfH: fix(h / 2), sin: fix(sin), cos: fix(cos),
		tooth: fix(11 * scale), angle: angle, seed: seed, shadowSoft: fix(26 * scale),
		fallX: fix(9 * scale), fallY: fix(13 * scale),
	}
	reachX := (w*math.Abs(cos)+h*math.Abs(sin))/2 + 70*scale
	reachY := (h*math.Abs(cos)+w*math.Abs(sin))/2 + 70*scale
	p.box = image.Rect(int(x-reachX)&^1, int(y-reachY)&^1, int(x+reachX)&^1, int(y+reachY)&^1)
	return p
}

// view looks at the swatch's own cloth in the light of the room.
func (p patch) view(s scene, room view) view {
	s.w, s.h = p.box.Dx(), p.box.Dy()
	s.angle += p.angle * 180 / math.Pi
	own := s.view(p.seed)
	return func(x, y float64) node {
		n := own(x-float64(p.box.Min.X), y-float64(p.box.Min.Y))
		n.light = n.light * room(x, y).light / 290
		return n
	}
}

// inside is how far a pixel lies inside the swatch, in 1/65536 pixels; with
// teeth the edge is pinked.
func (p *patch) inside(x, y int64, teeth bool) int64 {
	dx, dy := x-p.x, y-p.y
	a, b := (dx*p.cos+dy*p.sin)>>16, (dy*p.cos-dx*p.sin)>>16
	da, db := p.halfW-abs(a), p.halfH-abs(b)
	if teeth {
		da -= p.zigzag(b)
		db -= p.zigzag(a)
	}
	return min(da, db)
}

func (p *patch) zigzag(t int64) int64 {
	period := 2 * p.tooth
	return abs((t%period+period)%period - p.tooth)
}

func abs(x int64) int64 { return max(x, -x) }

// shade darkens the table under and beside the swatch.
func (p *patch) shade(im *image.YCbCr) {
	box := p.box.Intersect(im.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		row := im.Y[im.YOffset(0, y):]
		for x := box.Min.X; x < box.Max.X; x++ {
			near := p.inside(int64(x)<<16-p.fallX, int64(y)<<16-p.fallY, false) + p.shadowSoft
			if near <= 0 {
				continue
			}
			t := min(near*256/(2*p.shadowSoft), 256) // 0 to 256
			t = t * t >> 8
			row[x] = uint8(int64(row[x]) * (256 - t*120>>8) >> 8)
		}
	}
}

// paste lays the piece on the table, with a soft pixel at the edge.
func (p *patch) paste(im, piece *image.YCbCr) {
	box := p.box.Intersect(im.Rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		dst, src := im.Y[im.YOffset(0, y):], piece.Y[piece.YOffset(p.box.Min.X, y):]
		var cb, cr, pb, pr []uint8
		if y&1 == 0 {
			cb, cr = im.Cb[im.COffset(0, y):], im.Cr[im.COffset(0, y):]
			pb, pr = piece.Cb[piece.COffset(p.box.Min.X, y):], piece.Cr[piece.COffset(p.box.Min.X, y):]
		}
		for x := box.Min.X; x < box.Max.X; x++ {
			in := p.inside(int64(x)<<16, int64(y)<<16, true)
			cover := min(max(in>>8+128, 0), 256)
			if cover == 0 {
				continue
			}
			k := x - p.box.Min.X
			edge := 256 - max(0, 5<<16-in)>>12 // the cut edge turns away
			c := int64(src[k]) * edge >> 8
			dst[x] = uint8((int64(dst[x])*(256-cover) + c*cover) >> 8)
			if y&1 == 0 && x&1 == 0 {
				cb[x/2] = uint8((int64(cb[x/2])*(256-cover) + int64(pb[k/2])*cover) >> 8)
				cr[x/2] = uint8((int64(cr[x/2])*(256-cover) + int64(pr[k/2])*cover) >> 8)
			}
		}
	}
}
