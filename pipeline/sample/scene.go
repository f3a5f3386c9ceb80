package sample

import (
	"image"
	"math"
)

// scene is a photograph of one cloth: how it lies, how it is lit, how it is seen.
type scene struct {
	w, h   int     // pixels, upright
	pitch  float64 // pixels from one end to the next
	set    float64 // distance of picks as a multiple of that of ends; 0: 1
	angle  float64 // degrees the cloth is turned
	tilt   float64 // how much further away the top edge is, 0 to 0.3
	folds  float64 // height of soft folds, 0 to 1
	drape  float64 // height of long, parallel folds, 0 to 1
	sheen  float64 // how much light the folds mirror, 0 to 1
	plush  bool    // pile: bright where it turns away
	bright float64 // exposure; 0: 1
	noise  float64 // sensor noise; 0: 1
}

// view returns the mapping from pixels to the cloth, with the light on it.
func (s *scene) view(seed uint64) view {
	sin, cos := math.Sincos(s.angle * math.Pi / 180)
	w, h := float64(s.w), float64(s.h)
	diag := math.Hypot(w, h)
	set, bright := s.set, s.bright
	if set == 0 {
		set = 1
	}
	if bright == 0 {
		bright = 1
	}
	r := source(seed, 5)
	lx, ly := 0.25+0.2*r.Float64(), 0.2+0.2*r.Float64() // where the window is
	height := s.height(seed)
	wobble := uint32(seed) + 55
	return func(x, y float64) node {
		z := height(x, y)
		gx, gy := height(x+12, y)-z, height(x, y+12)-z // slopes over 12 pixels
		slope := (gx*0.6 + gy*0.7) / 12
		px, py := (x-w/2)/diag, (y-h/2)/diag // -0.5 to 0.5 over the diagonal
		depth := 1 - s.tilt*py
		cx := (x-w/2)*depth + gx*1.2
		cy := (y-h/2)*depth*(1+0.3*s.tilt) + gy*1.2
		u, v := (cx*cos+cy*sin)/s.pitch, (cy*cos-cx*sin)/s.pitch/set
		u += 0.16 * value(x/90, y/170, wobble, 0)
		v += 0.16 * value(x/170, y/90, wobble+1, 0)

		far := math.Hypot(px-(lx-0.5), py-(ly-0.5))
		light := bright * (1.16 - 0.44*far*far) * (1 - 0.42*(px*px+py*py))
		gloss := 0.0
		if s.plush {
			light *= 0.62 + 0.85*clamp(math.Abs(slope)*1.1, 0, 1.1)
		} else {
			light *= 1 + clamp(slope*0.75, -0.6, 0.45)
			if s.sheen > 0 {
				g := clamp(1-math.Abs(slope-0.28)*2.6, 0, 1)
				gloss = s.sheen * 150 * g * g
			}
		}
		const middle = yarns / 2 * 65536
		return node{
			int64(math.Round(u*65536)) + middle, int64(math.Round(v*65536)) + middle,
			int32(light*256 + 0.5), int32(gloss),
		}
	}
}

// height is the surface of the lying cloth in pixels above the table.
func (s *scene) height(seed uint64) func(x, y float64) float64 {
	r := source(seed, 6)
	base := uint32(seed)*2654435761 + 17
	scale := math.Hypot(float64(s.w), float64(s.h))
	turn := r.Float64()*0.9 - 0.2
	sin, cos := math.Sincos(turn)
	return func(x, y float64) float64 {
		x, y = x/scale, y/scale
		z := 0.012 * cloudy(x*3, y*3, base, 2, 0)
		if s.folds > 0 {
			n := cloudy(x*4.2, y*4.2, base+9, 2, 0)
			v := value(x*2.3+0.5*n, y*2.3, base+21, 0)
			ridge := 1 - math.Sqrt(v*v+0.02)
			z += s.folds * (0.035*n + 0.045*ridge*ridge)
		}
		if s.drape > 0 {
			a := x*cos + y*sin + 0.06*cloudy(x*3, y*3, base+31, 2, 0)
			b := y*cos - x*sin
			z += s.drape * (0.030*math.Sin(a*23+1.1*value(b*2, a, base+41, 0)) + 0.02*value(a*11, b*1.7, base+43, 0))
		}
		return z * scale
	}
}

// shoot draws the picture upright.
func (s *scene) shoot(f *fabric, seed uint64) *image.YCbCr {
	im := image.NewYCbCr(image.Rect(0, 0, s.w, s.h), image.YCbCrSubsampleRatio420)
	f.setUp(seed).draw(im, s.view(seed))
	f.loose(im, seed, s.pitch)
	noise := s.noise
	if noise == 0 {
		noise = 1
	}
	develop(im, seed, noise*2.2)
	return im
}

// loose lays stray fibres and neps on the cloth.
func (f *fabric) loose(im *image.YCbCr, seed uint64, pitch float64) {
	r := source(seed, 12)
	mp := float64(im.Rect.Dx()*im.Rect.Dy()) / 1e6
	for range int(float64(f.flecks) * mp) {
		x, y := r.IntN(im.Rect.Dx()), r.IntN(im.Rect.Dy())
		nep(im, x, y, pitch*(0.2+0.3*r.Float64()), rgb(f.fleck[r.IntN(len(f.fleck))]))
	}
	for range int(float64(f.hairs) * mp) {
		x, y := r.Float64()*float64(im.Rect.Dx()), r.Float64()*float64(im.Rect.Dy())
		turn, bend := r.Float64()*2*math.Pi, (r.Float64()-0.5)*0.06
		light := int32(10 + r.IntN(26))
		for range 30 + r.IntN(90) {
			sin, cos := math.Sincos(turn)
			x, y, turn = x+cos, y+sin, turn+bend+(r.Float64()-0.5)*0.08
			p := image.Pt(int(x), int(y))
			if !p.In(im.Rect) {
				break
			}
			o := im.YOffset(p.X, p.Y)
			im.Y[o] = uint8(min(int32(im.Y[o])+light*(280-int32(im.Y[o]))>>8, 255))
		}
	}
}

// nep is a little ball of dyed wool caught in the yarn.
func nep(im *image.YCbCr, x, y int, radius float64, d dye) {
	n := int(radius * 1.6)
	for dy := -n; dy <= n; dy++ {
		for dx := -n; dx <= n; dx++ {
			p := image.Pt(x+dx, y+dy)
			q := math.Hypot(float64(dx)/1.5, float64(dy)) + 1.2*value(float64(p.X)/3, float64(p.Y)/3, 77, 0)
			if q > radius || !p.In(im.Rect) {
				continue
			}
			o, c := im.YOffset(p.X, p.Y), im.COffset(p.X, p.Y)
			im.Y[o] = uint8(min(max((int32(im.Y[o])+2*d.y*(110+int32(im.Y[o]))/256)/3, 0), 255))
			im.Cb[c], im.Cr[c] = uint8(128+d.cb*3/4), uint8(128+d.cr*3/4)
		}
	}
}
