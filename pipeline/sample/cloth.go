package sample

import "math"

// fabric is a cloth as a mill would order it.
type fabric struct {
	weave      weave
	warp, weft []dye // colours of one repeat
	relief     relief
	knit       bool // a jersey instead of a weave; the weft holds the courses' colours

	fibre  float64 // how strongly fibres and twist show within a yarn, 0 to 1
	vary   float64 // how much yarns differ from each other in lightness, 0 to 1
	streak float64 // how much lightness changes along a yarn, 0 to 1
	slub   float64 // thick and thin places, 0 to 1
	hairs  int     // loose fibres per megapixel
	fleck  []uint32
	flecks int // coloured neps per megapixel

	texture *texture // print or relief in addition, nil: none
	tied    float64  // ikat: how far, in yarns, the tied warp has shifted end by end
}

const (
	yarns     = 2048 // yarns that a picture may need in each direction
	fibreLen  = 1024
	fibreWide = 16
)

// yarn is one end or one pick, ready for the inner loop.
type yarn struct {
	y, cb, cr int32
	fine      int32  // how much thinner than a full yarn; 256: not
	phase     uint32 // where in the tables of fibres and slubs it starts
	slot      uint32 // its column or row in the repeat
	shift     int32  // ikat
}

// cloth is a fabric set up for drawing: tables only.
type cloth struct {
	ends, picks []yarn
	states      []uint16 // repeat: state << (2*cellBits)
	cells       cells
	fibres      []int16 // light factor, 256: none; fibreLen × fibreWide
	slubs       []int16 // change of fineness along a yarn
	strays      []int16 // how far a yarn lies beside its place, in samples of a cell
	streaks     []int16 // light factor along a yarn
	texture     *texture
	fabric      *fabric
}

func (f *fabric) setUp(seed uint64) *cloth {
	c := &cloth{texture: f.texture, fabric: f}
	if f.weave.w == 0 {
		f.weave = tabby()
	}
	switch {
	case f.knit:
		c.cells = jersey(f.relief)
	case f.relief.warpWidth == 0:
		c.cells = flat()
	default:
		c.cells = woven(f.relief)
	}
	for p := range f.weave.h {
		for e := range f.weave.w {
			c.states = append(c.states, f.weave.state(e, p)<<(2*cellBits))
		}
	}
	c.expose()
	c.ends = f.spin(f.warp, seed, 1, func(i int) int { return i % f.weave.w })
	c.picks = f.spin(f.weft, seed, 2, func(i int) int { return i % f.weave.h * f.weave.w })
	c.fibres = f.fibreTable(seed)
	c.slubs, c.strays, c.streaks = make([]int16, fibreLen), make([]int16, fibreLen), make([]int16, fibreLen)
	for i := range fibreLen {
		x := float64(i)
		thick := value(x/12, 0, uint32(seed)+7, 0)*0.5 + value(x/3, 3, uint32(seed)+8, 0)*0.5
		nub := max(0, value(x/9, 9, uint32(seed)+9, 0)-0.55) * 2.2
		c.slubs[i] = int16(-(thick*0.35 + nub) * f.slub * 256)
		aside := value(x/3.3, 5, uint32(seed)+12, 0) * (0.35 + f.vary)
		c.strays[i] = int16(math.Round(aside * cellSize * 0.11))
		light := value(x/40, 1, uint32(seed)+10, 0)*0.6 + value(x/7, 2, uint32(seed)+11, 0)*0.4
		c.streaks[i] = int16(256 + light*f.streak*90 + nub*f.slub*30)
	}
	return c
}

// expose scales the cells so that the cloth as a whole is as light as its yarns:
// a camera meters what it sees, gaps included.
func (c *cloth) expose() {
	const cell = cellSize * cellSize
	var used [states]int // crossings of each kind
	for _, s := range c.states {
		used[s>>(2*cellBits)]++
	}
	sum, n := 0, 0
	for s, times := range used {
		for _, v := range c.cells[s*cell : (s+1)*cell] {
			sum += int(v&0xff) * times
		}
		n += cell * times
	}
	const wanted = unit * 89 / 100
	for i, v := range c.cells {
		light := min(int(v&0xff)*wanted*n/sum, 255)
		c.cells[i] = v&weftBit | uint16(light)
	}
}

// spin makes the yarns of one direction from a repeat of colours; each differs
// a little from the next in colour and thickness.
func (f *fabric) spin(repeat []dye, seed, stream uint64, slot func(int) int) []yarn {
	r := source(seed, stream)
	if len(repeat) == 0 {
		repeat = plainly(white)
	}
	out := make([]yarn, yarns)
	drift, wander := 0.0, 0.0
	for i := range out {
		d := repeat[i%len(repeat)]
		drift = drift*0.7 + r.NormFloat64()*0.3
		wander += r.NormFloat64() * f.tied * 0.7
		wander *= 0.93
		light := 256 + int32(clamp(r.NormFloat64()*0.6+drift, -2, 2)*f.vary*60)
		out[i] = yarn{
			y: d.y * light >> 8, cb: d.cb, cr: d.cr,
			fine:  256 + int32(clamp(r.NormFloat64(), -2, 2)*(0.04+0.12*f.slub)*256),
			phase: r.Uint32(),
			slot:  uint32(slot(i)),
			shift: int32((wander + r.NormFloat64()*f.tied*0.35) * 65536),
		}
	}
	return out
}

// fibreTable is the surface of a yarn rolled out: twist lines and single fibres.
func (f *fabric) fibreTable(seed uint64) []int16 {
	out := make([]int16, fibreLen*fibreWide)
	for i := range fibreLen {
		for j := range fibreWide {
			x, y := float64(i), float64(j)
			twist := math.Sin(2*math.Pi*(x/26+y/22) + 2.2*value(x/18, y/6, uint32(seed)+3, 0))
			single := value(x/9+y*0.8, y*1.7, uint32(seed)+4, 0)
			grain := value(x*0.7, y*1.1, uint32(seed)+5, 0)
			out[i*fibreWide+j] = int16(256 + (twist*0.30+single*0.45+grain*0.25)*f.fibre*100)
		}
	}
	return out
}

// texture is a print, a relief or a table top: size × size texels that repeat.
type texture struct {
	bits   int     // size = 1 << bits
	texels []texel // row by row
	across float64 // ends that one repeat covers
	down   float64 // picks that one repeat covers
	print  bool    // the dye covers the yarn's own colour
	snap   bool    // dye fills whole yarns, as in ikat and tapestry
}

// texel is one point of a texture.
type texel struct {
	y, cb, cr int16
	light     int16 // 256: flat; also 256 where there is no relief
}

func newTexture(bits int, across float64, at func(x, y float64) (dye, float64)) *texture {
	n := 1 << bits
	t := &texture{bits: bits, across: across, down: across, print: true, texels: make([]texel, n*n)}
	for y := range n {
		for x := range n {
			d, light := at((float64(x)+0.5)/float64(n), (float64(y)+0.5)/float64(n))
			t.texels[y*n+x] = texel{int16(d.y), int16(d.cb), int16(d.cr), int16(clamp(light*256+0.5, 0, 600))}
		}
	}
	return t
}

// embossed is a relief without colour of its own.
func embossed(bits int, across float64, at func(x, y float64) float64) *texture {
	t := newTexture(bits, across, func(x, y float64) (dye, float64) { return dye{}, at(x, y) })
	t.print = false
	return t
}
