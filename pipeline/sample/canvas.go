package sample

import "math"

// canvas is a print's repeat, painted with dyes. It wraps around at its edges.
// Lengths are in repeats: the canvas is 1 wide and 1 high.
type canvas struct {
	bits int
	dyes []dye
}

func newCanvas(bits int, ground uint32) *canvas {
	c := &canvas{bits, make([]dye, 1<<(2*bits))}
	for i := range c.dyes {
		c.dyes[i] = rgb(ground)
	}
	return c
}

// fill dyes where distance (to the shape's edge, negative inside) says so, in a
// square of the given reach around x, y.
func (c *canvas) fill(d dye, x, y, reach float64, distance func(dx, dy float64) float64) {
	n := 1 << c.bits
	size := float64(n)
	px, py, r := int(math.Floor(x*size)), int(math.Floor(y*size)), int(reach*size)+2
	for j := py - r; j <= py+r; j++ {
		for i := px - r; i <= px+r; i++ {
			dist := distance((float64(i)+0.5)/size-x, (float64(j)+0.5)/size-y)
			cover := clamp(0.5-dist*size, 0, 1)
			if cover > 0 {
				o := &c.dyes[(j&(n-1))<<c.bits|i&(n-1)]
				*o = o.mix(d, int32(cover*100))
			}
		}
	}
}

// disc is filled by rows: figures are made of thousands of them.
func (c *canvas) disc(d dye, x, y, r float64) {
	n := 1 << c.bits
	x, y, r = x*float64(n), y*float64(n), r*float64(n)
	for j := int(math.Floor(y - r)); j <= int(y+r)+1; j++ {
		dy := float64(j) + 0.5 - y
		half := math.Sqrt(math.Max(0, r*r-dy*dy))
		if half == 0 {
			continue
		}
		from, to := x-half, x+half
		for i := int(math.Floor(from)); i <= int(math.Floor(to)); i++ {
			o := &c.dyes[(j&(n-1))<<c.bits|i&(n-1)]
			cover := math.Min(to, float64(i+1)) - math.Max(from, float64(i))
			if cover >= 0.99 {
				*o = d
			} else {
				*o = o.mix(d, int32(cover*100))
			}
		}
	}
}

func (c *canvas) ring(d dye, x, y, r, width float64) {
	c.fill(d, x, y, r+width, func(dx, dy float64) float64 { return math.Abs(math.Hypot(dx, dy)-r) - width/2 })
}

// petal is a leaf shape that starts at x, y and points along turn (radians).
func (c *canvas) petal(d dye, x, y, turn, length, width float64) {
	c.blade(d, x, y, turn, length, width, func(t float64) float64 { return math.Sin(math.Pi * math.Sqrt(t*t*t)) })
}

// lobe is a petal that is widest near its round end.
func (c *canvas) lobe(d dye, x, y, turn, length, width float64) {
	c.blade(d, x, y, turn, length, width, func(t float64) float64 { return math.Sqrt(t) * math.Sqrt(1-t*t*t*t*t) * 1.1 })
}

// blade is a shape around an axis; profile gives its half width from 0 to 1.
func (c *canvas) blade(d dye, x, y, turn, length, width float64, profile func(t float64) float64) {
	sin, cos := math.Sincos(turn)
	l := length / 2
	c.fill(d, x+l*cos, y+l*sin, math.Max(l, width/2)*1.1, func(dx, dy float64) float64 {
		t, a := (dx*cos+dy*sin)/length+0.5, math.Abs(dy*cos-dx*sin)
		if t <= 0 || t >= 1 || a > width*0.6 {
			return 1
		}
		return a - width/2*profile(t)
	})
}

// stem is a curve from x, y that starts along turn and bends; it returns where
// it ends and which way it points there.
func (c *canvas) stem(d dye, x, y, turn, bend, length, width float64) (float64, float64, float64) {
	const stepLen = 0.002
	for l := 0.0; l < length; l += stepLen {
		c.disc(d, x, y, width/2*(1-0.4*l/length))
		x, y = x+stepLen*math.Cos(turn), y+stepLen*math.Sin(turn)
		turn += bend * stepLen
	}
	return x, y, turn
}

// flower has rings of petals around a heart, each ring smaller and in its own dye.
func (c *canvas) flower(x, y, r, turn float64, petals int, heart dye, rings ...dye) {
	for k, d := range rings {
		reach := r * (1 - 0.24*float64(k))
		for p := range petals {
			a := turn + (float64(p)+0.5*float64(k))*2*math.Pi/float64(petals)
			c.lobe(d.lit(80), x, y, a, reach, reach*5.6/float64(petals))
			c.lobe(d, x, y, a+0.03, reach*0.94, reach*4.9/float64(petals))
			c.petal(d.lit(86), x, y, a, reach*0.75, reach*0.5/float64(petals))
		}
	}
	c.disc(heart, x, y, r*0.2)
	for p := range petals * 2 {
		a := turn + float64(p)*math.Pi/float64(petals)
		c.disc(heart.lit(70), x+r*0.17*math.Cos(a), y+r*0.17*math.Sin(a), r*0.03)
	}
}

// leaf has a midrib.
func (c *canvas) leaf(d dye, x, y, turn, length float64) {
	c.petal(d, x, y, turn, length, length*0.42)
	c.petal(d.mix(rgb(white), 30), x, y, turn, length*0.85, length*0.05)
}

// boteh is the bent drop of paisley: discs that shrink along a spiral.
func (c *canvas) boteh(d dye, x, y, size, turn, flip, inset float64) {
	const steps = 70
	for i := range steps {
		t := float64(i) / steps
		a := turn + flip*2.7*t*t
		along := size * (1.05*t - 0.25)
		px, py := along*math.Cos(a), along*math.Sin(a)
		r := size*0.36*math.Pow(1-t, 0.62)*math.Sqrt(math.Min(1, 0.75+t)) - inset*size
		if r > 0 {
			c.disc(d, x+px, y+py, r)
		}
	}
}

// print turns the canvas into dye on a cloth; one repeat covers so many yarns.
func (c *canvas) print(across float64) *texture {
	t := &texture{bits: c.bits, across: across, down: across, print: true, texels: make([]texel, len(c.dyes))}
	for i, d := range c.dyes {
		t.texels[i] = texel{int16(d.y), int16(d.cb), int16(d.cr), 256}
	}
	return t
}

// shape is where the canvas is darker than half: a figure for a Jacquard loom.
func (c *canvas) shape() func(x, y float64) bool {
	n := 1 << c.bits
	return func(x, y float64) bool {
		i, j := int(x*float64(n))&(n-1), int(y*float64(n))&(n-1)
		return c.dyes[j<<c.bits|i].y < 128
	}
}
