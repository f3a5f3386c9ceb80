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
	f := cotton(twill(3, 2), plainly(warp), plainly(ecru))
	f.relief.depth = 0.85
	f.fibre, f.vary, f.streak, f.slub, f.hairs = 0.9, 0.75, 0.9, 0.4, 25
	return f
}

func chambray() *fabric {
	f := cotton(tabby(), plainly(indigo), plainly(white))
	f.vary, f.streak, f.slub = 0.5, 0.6, 0.25
	return f
}

func corduroy(hex uint32) *fabric {
	f := cotton(tabby(), plainly(hex), plainly(hex))
	f.fibre, f.hairs, f.relief.depth, f.streak = 0.9, 80, 0.35, 0.7
	f.texture = embossed(8, 16, func(x, y float64) float64 {
		t := math.Mod(x*2, 1)
		nap := 0.22 * cloudy(x*32, y*32, 61, 2, 32)
		h := math.Sin(math.Pi * t)
		return 0.30 + 0.78*math.Sqrt(h) - 0.22*math.Cos(math.Pi*(1-t))*h + nap*(0.4+h)
	})
	return f
}

func seersucker(count string, card map[byte]uint32) *fabric {
	f := cotton(tabby(), stripes(count, card), plainly(white))
	f.texture = embossed(9, float64(len(f.warp)), func(x, y float64) float64 {
		bump := cloudy(x*2, y*14, 62, 3, 0) * (1 - step(0, 0.08, math.Mod(y+0.5, 1))*0) // puckers lie across the stripe
		in := step(0.02, 0.12, x) * (1 - step(0.40, 0.5, x))
		edge := 0.5 + 0.5*math.Cos(2*math.Pi*y)
		return 1 + (0.75*in+0.08)*(bump*0.8+0.25*math.Sin(y*2*math.Pi*9+edge))
	})
	return f
}

func velvet(hex uint32) *fabric {
	f := silk(tabby(), plainly(hex), plainly(hex))
	f.relief = relief{}
	f.texture = embossed(10, 256, func(x, y float64) float64 {
		return 1 + 0.5*cloudy(x*128, y*96, 63, 3, 0) + 0.12*cloudy(x*8, y*8, 64, 2, 8)
	})
	return f
}

// woollenFelt has no yarns: fibres lie in all directions.
func woollenFelt(hex uint32, melange ...uint32) *fabric {
	f := &fabric{warp: plainly(white), hairs: 500}
	c := newCanvas(10, hex)
	r := source(uint64(hex), 24)
	for i := range 5200 {
		d := rgb(hex).lit(int32(78 + r.IntN(46)))
		if len(melange) > 0 && i%3 == 0 {
			d = rgb(melange[r.IntN(len(melange))])
		}
		c.stem(d.mix(rgb(hex), 35), r.Float64(), r.Float64(), r.Float64()*7, (r.Float64()-0.5)*60, 0.05+0.05*r.Float64(), 0.0024)
	}
	f.texture = c.print(128)
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

// birdseye, in two colours, has the dots of a menswear suiting.
func birdseye(dark, light uint32) *fabric {
	pair := []dye{rgb(dark), rgb(dark), rgb(light), rgb(light)}
	f := wool(diamond(3, 1), pair, pair)
	f.hairs = 60
	return f
}

func tweed(dark, light uint32, flecks ...uint32) *fabric {
	f := wool(herringbone(16), plainly(dark), plainly(light))
	f.vary, f.streak, f.slub = 0.6, 0.9, 0.35
	f.fleck, f.flecks = flecks, 26
	return f
}

func damask(hex uint32, warp, weft float64) *fabric {
	f := silk(figured(400, 400, satin(8, 3, true), satin(8, 3, false), ogee().shape()), nil, nil)
	f.warp, f.weft = []dye{rgb(hex).lit(int32(warp * 100))}, []dye{rgb(hex).lit(int32(weft * 100))}
	return f
}

func brocade(ground, motif uint32) *fabric {
	f := silk(figured(320, 320, satin(5, 2, true), twill(6, 1), ogee().shape()), plainly(ground), plainly(motif))
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
