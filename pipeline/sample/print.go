package sample

import "math"

// The repeats of the printed and figured cloths, as a designer would draw them.

func dots(ground, dot uint32) *canvas {
	c := newCanvas(9, ground)
	for _, p := range [][2]float64{{0.25, 0.25}, {0.75, 0.75}} {
		c.disc(rgb(dot), p[0], p[1], 0.115)
	}
	return c
}

// meadow is a field of flowers in several sizes, growing upwards.
func meadow(ground uint32, seed uint64, leaf uint32, petals ...uint32) *canvas {
	c := newCanvas(10, ground)
	r := source(seed, 21)
	for i := range 42 { // undergrowth
		x, y := float64(i%6)/6+r.Float64()*0.12, float64(i/6)/7+r.Float64()*0.12
		turn := -math.Pi/2 + (r.Float64()-0.5)*1.6
		green := rgb(leaf).mix(rgb(ground), int32(r.IntN(40)))
		ex, ey, et := c.stem(green, x, y, turn, (r.Float64()-0.5)*14, 0.13, 0.008)
		for k := range 3 {
			c.leaf(green, ex, ey, et+float64(k-1)*0.8, 0.05+0.02*r.Float64())
		}
		c.leaf(green, x, y, turn+0.9, 0.06)
		c.leaf(green, x, y, turn-0.9, 0.06)
	}
	for i := range 16 {
		x, y := (float64(i%4)+0.5*float64(i/4%2))/4+r.Float64()*0.07, float64(i/4)/4+r.Float64()*0.07
		d := rgb(petals[i%len(petals)])
		size := 0.070 + 0.055*float64((i*7)%5)/5
		c.flower(x, y, size, r.Float64()*6, 5+i%3, rgb(saffron), d, d.mix(rgb(white), 18))
	}
	for range 60 {
		c.disc(rgb(petals[r.IntN(len(petals))]).mix(rgb(white), 25), r.Float64(), r.Float64(), 0.006+0.004*r.Float64())
	}
	return c
}

// sprigs are small block prints in half drop.
func sprigs(ground, flower, leaf uint32) *canvas {
	c := newCanvas(9, ground)
	for _, p := range [][2]float64{{0.25, 0.3}, {0.75, 0.8}} {
		x, y := p[0], p[1]
		c.stem(rgb(leaf), x, y+0.16, -math.Pi/2, 1.5, 0.17, 0.016)
		c.leaf(rgb(leaf), x, y+0.15, -0.5, 0.16)
		c.leaf(rgb(leaf), x, y+0.15, math.Pi+0.5, 0.16)
		c.flower(x, y-0.04, 0.15, 0.3, 6, rgb(ground), rgb(flower))
		c.disc(rgb(flower), x+0.25, y-0.03, 0.012)
		c.disc(rgb(flower), x+0.25, y+0.22, 0.012)
	}
	return c
}

func paisley(ground, first, second, third uint32) *canvas {
	c := newCanvas(10, ground)
	a, b, d := rgb(first), rgb(second), rgb(third)
	r := source(3, 22)
	for range 150 {
		c.disc(b.mix(rgb(ground), 30), r.Float64(), r.Float64(), 0.004)
	}
	for i := range 8 {
		x, y := (float64(i%2)+0.25+0.5*float64(i/2%2))/2, (float64(i/2)+0.5)/4
		flip := float64(1 - 2*(i/2%2))
		turn := -math.Pi/2 - flip*0.5
		for k := range 26 { // a beaded edge
			t := 2 * math.Pi * float64(k) / 26
			c.disc(d, x+0.125*math.Cos(t)-0.02*flip, y+0.055+0.105*math.Sin(t), 0.0075)
		}
		c.boteh(b, x, y, 0.29, turn, flip, 0)
		c.boteh(rgb(ground), x, y, 0.29, turn, flip, 0.035)
		c.boteh(a, x, y, 0.29, turn, flip, 0.06)
		c.boteh(d, x, y, 0.29, turn, flip, 0.16)
		c.boteh(a.lit(70), x, y, 0.29, turn, flip, 0.19)
		c.flower(x, y+0.055, 0.05, 0, 8, d, b, rgb(ground))
		fx, fy := x+0.25, y+0.02
		c.flower(fx, fy, 0.05, float64(i), 7, d, a, b)
		c.leaf(b, fx, fy+0.045, 0.9, 0.06)
		c.leaf(b, fx, fy+0.045, math.Pi-0.9, 0.06)
	}
	return c
}

// toile is an engraving in one colour: trees on little hills, and birds.
func toile(ground, line uint32) *canvas {
	c := newCanvas(10, ground)
	d := rgb(line)
	r := source(8, 23)
	var branch func(x, y, turn, length, width float64)
	branch = func(x, y, turn, length, width float64) {
		x, y, turn = c.stem(d, x, y, turn, (r.Float64()-0.5)*9, length, width)
		if length < 0.028 {
			for range 5 {
				c.petal(d.mix(rgb(ground), int32(20+r.IntN(45))), x, y, turn+(r.Float64()-0.5)*3.4, 0.024, 0.011)
			}
			return
		}
		for k := range 3 {
			branch(x, y, turn+float64(k-1)*0.62+(r.Float64()-0.5)*0.3, length*0.66, width*0.66)
		}
	}
	for _, p := range [][2]float64{{0.77, 0.42}, {0.27, 0.92}} { // bouquets
		x, y := p[0], p[1]
		for k := range 7 {
			a := -math.Pi/2 + float64(k-3)*0.36
			ex, ey, et := c.stem(d.mix(rgb(ground), 15), x, y, a, float64(k-3)*2, 0.12+0.02*float64(k%3), 0.005)
			c.flower(ex, ey, 0.030+0.012*float64(k%2), et, 6, d, d.mix(rgb(ground), int32(35+12*(k%3))), d.mix(rgb(ground), 65))
			c.leaf(d.mix(rgb(ground), 30), x+0.05*math.Cos(a), y+0.05*math.Sin(a), a+0.7, 0.05)
		}
		c.stem(d, x-0.03, y+0.01, 0.6, -20, 0.07, 0.006)
		c.stem(d, x, y, math.Pi/2+0.3, 5, 0.07, 0.006)
		c.stem(d, x, y, math.Pi/2-0.3, -5, 0.07, 0.006)
	}
	for _, p := range [][2]float64{{0.27, 0.44}, {0.77, 0.94}} {
		x, y := p[0], p[1]
		for k := range 26 { // the hill, hatched
			t := float64(k)/26 - 0.5
			h := 0.03 * math.Cos(t*math.Pi)
			c.stem(d.mix(rgb(ground), 25), x+t*0.42, y+0.035-h, 0.5+t, 3, 0.045+0.02*r.Float64(), 0.0035)
		}
		branch(x, y+0.01, -math.Pi/2, 0.12, 0.024)
		branch(x-0.13, y+0.02, -math.Pi/2+0.1, 0.05, 0.009)
		for k := range 3 { // birds
			bx, by := x+0.17+0.05*float64(k), y-0.30+0.035*float64(k%2)
			c.stem(d, bx, by, -0.9, 22, 0.04, 0.007)
			c.stem(d, bx, by, math.Pi+0.9, -22, 0.04, 0.007)
		}
		c.flower(x+0.16, y+0.0, 0.03, 1, 6, d, d.mix(rgb(ground), 35))
		c.flower(x+0.20, y+0.02, 0.022, 0, 6, d, d.mix(rgb(ground), 45))
	}
	return c
}

// batik has rings in wax resist and fine cracks where the wax broke.
func batik(ground, light, second uint32) *canvas {
	c := newCanvas(10, ground)
	for i := range 8 {
		x, y := (float64(i%2)+0.25+0.5*float64(i/2%2))/2, (float64(i/2)+0.5)/4
		c.ring(rgb(light), x, y, 0.112, 0.012)
		for p := range 12 {
			a := float64(p) * math.Pi / 6
			c.petal(rgb(light), x+0.03*math.Cos(a), y+0.03*math.Sin(a), a, 0.07, 0.026)
			c.petal(rgb(second), x+0.042*math.Cos(a), y+0.042*math.Sin(a), a, 0.045, 0.012)
			c.disc(rgb(light), x+0.137*math.Cos(a), y+0.137*math.Sin(a), 0.008)
		}
		c.disc(rgb(second), x, y, 0.024)
		c.ring(rgb(light), x, y, 0.024, 0.007)
	}
	n := 1 << c.bits
	for i := range c.dyes {
		x, y := float64(i&(n-1))/float64(n), float64(i>>c.bits)/float64(n)
		wide := 0.5 + 0.5*value(x*8, y*8, 71, 8)
		crack := math.Abs(cloudy(x*8, y*8, 72, 3, 8))
		vein := 1 - step(0.005, 0.026*wide+0.008, crack)
		tint := 0.15 * (1 + cloudy(x*4, y*4, 73, 3, 4))
		d := c.dyes[i]
		c.dyes[i] = d.mix(rgb(ground).lit(80), int32(vein*88)).mix(rgb(ground).mix(rgb(light), 40), int32(tint*100))
	}
	return c
}

// ikatBands are stepped diamonds, one inside the other.
func ikatBands(ground uint32, rings ...uint32) *canvas {
	c := newCanvas(9, ground)
	n := 1 << c.bits
	for i := range c.dyes {
		x, y := float64(i&(n-1))/float64(n), float64(i>>c.bits)/float64(n)
		in := func(x0, y0 float64) float64 {
			dx, dy := math.Abs(x-x0), math.Abs(y-y0)
			return math.Min(dx, 1-dx)*1.9 + math.Min(dy, 1-dy)*1.05 + 0.03*math.Sin(y*math.Pi*16)
		}
		t := math.Min(in(0.5, 0.5), in(0, 0))
		for k, d := range rings {
			if t < 0.46-0.46*float64(k)/float64(len(rings)) {
				c.dyes[i] = rgb(d)
			}
		}
	}
	return c
}

// ogee is the damask figure: a palmette in a pointed frame, in half drop.
func ogee() *canvas {
	c := newCanvas(9, white)
	d, w := rgb(0), rgb(white)
	n := 1 << c.bits
	for i := range c.dyes { // the frames are where two waves cancel out
		x, y := float64(i&(n-1))/float64(n)-0.25, float64(i>>c.bits)/float64(n)-0.25
		f := math.Abs(math.Cos(2*math.Pi*x) + math.Cos(2*math.Pi*(y+0.055*math.Sin(4*math.Pi*y))))
		scallop := 0.05 * math.Cos(2*math.Pi*y*16)
		if f < 0.10 || f > 0.20 && f < 0.30+scallop {
			c.dyes[i] = d
		}
	}
	for _, p := range [][2]float64{{0.25, 0.25}, {0.75, 0.75}} {
		x, y := p[0], p[1]
		for _, flip := range []float64{-1, 1} {
			for k := range 5 {
				a := -math.Pi/2 + flip*(0.42+0.46*float64(k))
				c.petal(d, x, y+0.06, a, 0.25-0.022*float64(k), 0.078)
				c.petal(w, x, y+0.06, a, 0.17-0.016*float64(k), 0.018)
			}
			c.stem(d, x, y+0.07, math.Pi/2-flip*0.6, flip*16, 0.20, 0.022)
			c.leaf(d, x+flip*0.045, y+0.15, math.Pi/2-flip*1.1, 0.10)
		}
		c.petal(d, x, y+0.06, -math.Pi/2, 0.30, 0.11)
		c.petal(w, x, y+0.03, -math.Pi/2, 0.18, 0.026)
		c.petal(d, x, y+0.08, math.Pi/2, 0.20, 0.05)
		c.disc(d, x, y+0.07, 0.042)
		c.disc(w, x, y+0.07, 0.018)
	}
	return c
}

// scroll is a vine with leaves that runs up the cloth, mirrored beside itself.
func scroll() *canvas {
	c := newCanvas(9, white)
	d := rgb(0)
	for _, side := range []float64{-1, 1} {
		x0 := 0.5 + side*0.25
		for k := range 128 {
			t := float64(k) / 128
			c.disc(d, x0+side*0.10*math.Sin(2*math.Pi*t), 1-t, 0.011)
		}
		for k := range 8 {
			t := (float64(k) + 0.5) / 8
			x, turn := x0+side*0.10*math.Sin(2*math.Pi*t), float64(1-2*(k%2))
			ex, ey, ea := c.stem(d, x, 1-t, -math.Pi/2+turn*0.9, turn*20, 0.12, 0.014)
			c.leaf(d, x, 1-t, -math.Pi/2-turn*0.9, 0.12)
			if k%2 == 0 {
				c.flower(ex, ey, 0.062, ea, 6, rgb(white), d)
			} else {
				c.petal(d, ex, ey, ea, 0.09, 0.05)
			}
		}
	}
	return c
}
