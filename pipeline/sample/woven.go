package sample

import (
	"math"

	"weft/config"
)

const topLeft = -0.72 * math.Pi // where the light comes from in all pictures

// cotton is a fine, smooth cloth.
func cotton(w weave, warp, weft []dye) *fabric {
	return &fabric{
		weave: w, warp: warp, weft: weft,
		relief: relief{0.95, 0.95, 0.8, 0.75, topLeft},
		fibre:  0.45, vary: 0.30, streak: 0.35, slub: 0.08, hairs: 6,
	}
}

// linen has uneven yarns and open places.
func linen(w weave, warp, weft []dye) *fabric {
	f := cotton(w, warp, weft)
	f.relief.warpWidth, f.relief.weftWidth, f.relief.depth = 0.86, 0.88, 0.9
	f.fibre, f.vary, f.streak, f.slub, f.hairs = 0.75, 0.6, 0.7, 0.55, 25
	return f
}

// wool is hairy and soft.
func wool(w weave, warp, weft []dye) *fabric {
	f := cotton(w, warp, weft)
	f.relief.depth = 0.6
	f.fibre, f.vary, f.streak, f.slub, f.hairs = 1.0, 0.35, 0.6, 0.2, 260
	return f
}

// silk is smooth and close.
func silk(w weave, warp, weft []dye) *fabric {
	f := cotton(w, warp, weft)
	f.relief.depth, f.relief.crimp = 0.45, 0.5
	f.fibre, f.vary, f.streak, f.slub, f.hairs = 0.2, 0.14, 0.2, 0.02, 0
	return f
}

func denim(warp uint32) *fabric {
	f := cotton(twill(4, 3), plainly(warp), plainly(ecru))
	f.relief.warpWidth, f.relief.weftWidth = 1.02, 0.8
	f.relief.depth = 0.85
	f.fibre, f.vary, f.streak, f.slub, f.hairs = 1.0, 0.8, 1.1, 0.5, 40
	return f
}

func chambray() *fabric {
	f := cotton(tabby(), plainly(indigo), plainly(white))
	f.vary, f.streak, f.slub = 0.5, 0.6, 0.25
	return f
}

// corduroy is cut pile in wales: no yarns are seen, only tufts of fibre.
func corduroy(hex uint32) *fabric {
	f := &fabric{warp: plainly(hex), hairs: 60}
	f.texture = embossed(10, 128, func(x, y float64) float64 {
		t := math.Mod(x*16+0.06*grain(x, y, 16, 12, 60), 1)
		tuft := 0.26*grain(x, y, 300, 110, 61) + 0.26*grain(x, y, 480, 280, 65) + 0.10*grain(x, y, 16, 40, 66)
		h := math.Sqrt(math.Max(0, math.Sin(math.Pi*t)))
		return 0.22 + (0.86-0.20*math.Cos(math.Pi*(1-t)))*h + tuft*(0.15+0.7*h)
	})
	return f
}

// seersucker has slack stripes that pucker between tight ones.
func seersucker(count string, card map[byte]uint32) *fabric {
	f := cotton(tabby(), stripes(count, card), plainly(white))
	f.texture = embossed(10, float64(4*len(f.warp)), func(x, y float64) float64 {
		t := math.Mod(x*4, 1)
		slack := step(0, 0.1, t) * (1 - step(0.40, 0.5, t))
		pucker := 0.6*grain(x, y, 9, 34, 62) + 0.4*grain(x, y, 14, 52, 67)
		return 1 + pucker*(0.05+0.36*slack) + 0.05*slack
	})
	return f
}

// velvet is pile too dense to see a yarn.
func velvet(hex uint32) *fabric {
	f := &fabric{warp: plainly(hex), vary: 0}
	f.texture = embossed(10, 256, func(x, y float64) float64 {
		return 1 + 0.22*grain(x, y, 600, 460, 63) + 0.08*grain(x, y, 220, 160, 68) + 0.12*cloudy(x*8, y*8, 64, 3, 8)
	})
	return f
}

// woollenFelt has no yarns: fibres lie in all directions.
func woollenFelt(hex uint32, melange ...uint32) *fabric {
	f := &fabric{warp: plainly(white), hairs: 500}
	c := newCanvas(10, hex)
	r := source(uint64(hex), 24)
	for i := range 9000 {
		d := rgb(hex).lit(int32(80 + r.IntN(42)))
		if len(melange) > 0 && i%3 == 0 {
			d = rgb(melange[r.IntN(len(melange))])
		}
		c.stem(d.mix(rgb(hex), int32(35+r.IntN(45))), r.Float64(), r.Float64(), r.Float64()*7, (r.Float64()-0.5)*70, 0.03+0.05*r.Float64(), 0.0022+0.0016*r.Float64())
	}
	f.texture = c.print(128)
	for i := range f.texture.texels { // matted, not smooth
		x, y := float64(i&1023)/1024, float64(i>>10)/1024
		f.texture.texels[i].light = int16(256 * (1 + 0.10*cloudy(x*32, y*32, 69, 3, 32) + 0.12*grain(x, y, 420, 420, 70)))
	}
	return f
}

func knitted(courses []dye) *fabric {
	f := wool(tabby(), nil, courses)
	f.knit, f.relief.warpWidth, f.relief.depth = true, 1, 0.8
	f.fibre, f.slub, f.vary = 0.9, 0.02, 0.2
	return f
}

// cabled lays two ropes and a braid over the stitches.
func cabled(hex uint32) *fabric {
	f := knitted(plainly(hex))
	f.texture = embossed(9, 32, func(x, y float64) float64 {
		light := 1.0
		for _, at := range []float64{0.25, 0.75} {
			d := (x - at) / 0.17
			if math.Abs(d) > 1.25 {
				continue
			}
			light *= 1 - 0.62*math.Exp(-sq((math.Abs(d)-1.08)*7)) // gutters
			if math.Abs(d) < 1 {
				best, top := 0.0, 0.0
				for _, phase := range []float64{0, math.Pi} {
					c := 0.48 * math.Sin(2*math.Pi*y*2+phase)
					over := 0.55 + 0.45*math.Cos(2*math.Pi*y*2+phase)
					a := (d - c) / 0.55
					if h := math.Sqrt(math.Max(0, 1-a*a)) * over; h > top {
						top, best = h, 0.50+0.62*math.Sqrt(math.Max(0, 1-a*a))-0.22*a
					}
				}
				light *= math.Max(best, 0.42)
			}
		}
		return light
	})
	f.texture.down = 48
	return f
}

func sq(x float64) float64 { return x * x }

func waffled(hex uint32) *fabric {
	f := cotton(waffle(6), plainly(hex), plainly(hex))
	f.hairs, f.fibre = 40, 0.7
	n := float64(f.weave.w)
	f.texture = embossed(8, n, func(x, y float64) float64 {
		dx, dy := math.Abs(math.Mod(x+0.5, 1)-0.5)*2, math.Abs(math.Mod(y+0.5, 1)-0.5)*2
		hollow := 1 - math.Max(dx, dy)
		return 1.08 - 0.62*hollow + 0.25*(x-0.5)*hollow*2 + 0.25*(y-0.5)*hollow*2
	})
	return f
}

// birdseye is the point draft that gives a diamond with a dot in its middle.
func birdseye(dark, light uint32) *fabric {
	f := wool(diamond(4, 2), plainly(dark), plainly(light))
	f.hairs = 90
	return f
}

func tweed(dark, light uint32, flecks ...uint32) *fabric {
	f := wool(herringbone(16), plainly(dark), plainly(light))
	f.vary, f.streak, f.slub = 0.6, 0.9, 0.35
	f.fleck, f.flecks = flecks, 70
	return f
}

func damask(hex uint32, warp, weft float64) *fabric {
	f := silk(figured(400, 400, satin(8, 3, true), satin(8, 3, false), ogee().shape()), nil, nil)
	f.warp, f.weft = []dye{rgb(hex).lit(int32(warp * 100))}, []dye{rgb(hex).lit(int32(weft * 100))}
	return f
}

func brocade(ground, motif uint32) *fabric {
	f := silk(figured(320, 320, satin(8, 3, true), twill(6, 1), ogee().shape()), plainly(ground), plainly(motif))
	f.relief.depth, f.fibre = 0.7, 0.4
	return f
}

func vine(ground, motif uint32) *fabric {
	f := cotton(figured(300, 300, satin(5, 2, true), satin(5, 2, false), scroll().shape()), plainly(ground), plainly(motif))
	f.vary = 0.35
	return f
}

func dobby(hex, second uint32) *fabric {
	return cotton(figured(40, 40, tabby(), twill(8, 2), func(x, y float64) bool {
		d := math.Abs(x-0.5) + math.Abs(y-0.5)
		return d < 0.14 || d > 0.3 && d < 0.4 || d > 0.86
	}), plainly(hex), plainly(second))
}

// roles, for the tables of pictures
const (
	search = config.SearchUploads
	single = config.SingleImages
	groups = config.GroupImages
)
