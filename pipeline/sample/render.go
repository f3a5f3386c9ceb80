package sample

import (
	"image"
	"math"
)

// node is what the camera sees at one point: where on the cloth it looks
// (yarns, 16 fractional bits) and how that place is lit.
type node struct {
	u, v  int64
	light int32 // 256: as is
	gloss int32 // light mirrored towards the camera, added; 0 to 255
}

// view maps a pixel to what is seen there.
type view func(x, y float64) node

// span is the distance in pixels between nodes; in between they are interpolated.
const span = 16

// draw renders cloth into dst. Its bounds must start at even coordinates; all
// work per pixel is in integers, so that every machine draws the same.
func (c *cloth) draw(dst *image.YCbCr, at view) {
	b := dst.Rect
	nx := (b.Dx()+span-1)/span + 1
	upper, lower, row := make([]node, nx), make([]node, nx), make([]node, nx)
	line := func(nodes []node, y int) {
		for i := range nodes {
			nodes[i] = at(float64(b.Min.X+i*span), float64(y))
		}
	}
	line(lower, b.Min.Y)
	cb, cr := make([]int32, (nx*span)/2+1), make([]int32, (nx*span)/2+1)
	for y := range b.Dy() {
		k := int64(y % span)
		if k == 0 {
			upper, lower = lower, upper
			line(lower, b.Min.Y+y+span)
		}
		for i := range row {
			p, q := upper[i], lower[i]
			row[i] = node{
				p.u + (q.u-p.u)*k/span, p.v + (q.v-p.v)*k/span,
				p.light + (q.light-p.light)*int32(k)/span, p.gloss + (q.gloss-p.gloss)*int32(k)/span,
			}
		}
		c.row(dst.Y[y*dst.YStride:y*dst.YStride+b.Dx()], cb, cr, row)
		if y&1 == 1 || y == b.Dy()-1 {
			o := y / 2 * dst.CStride
			for i := range (b.Dx() + 1) / 2 {
				dst.Cb[o+i] = uint8(min(max(128+cb[i]*15>>6, 0), 255))
				dst.Cr[o+i] = uint8(min(max(128+cr[i]*15>>6, 0), 255))
				cb[i], cr[i] = 0, 0
			}
		}
	}
}

// row draws one line of pixels; cb and cr gather chroma for two by two of them.
func (c *cloth) row(dst []uint8, cb, cr []int32, nodes []node) {
	const mask = cellSize - 1
	var tex texture
	var across, down int64
	if c.texture != nil {
		tex = *c.texture
		across, down = int64(65536/tex.across), int64(65536/tex.down)
	}
	texels, size, shift := tex.texels, uint(tex.bits), uint(32-tex.bits)
	ends, picks := c.ends[:yarns], c.picks[:yarns]
	fibres, slubs := c.fibres[:fibreLen*fibreWide], c.slubs[:fibreLen]
	strays, streaks := c.strays[:fibreLen], c.streaks[:fibreLen]
	for x0 := 0; x0 < len(dst); x0 += span {
		p, q := nodes[x0/span], nodes[x0/span+1]
		u, v := p.u, p.v
		du, dv := (q.u-u)/span, (q.v-v)/span
		light, gloss := p.light<<8, p.gloss<<8
		dlight, dgloss := (q.light-p.light)<<8/span, (q.gloss-p.gloss)<<8/span
		for x := x0; x < min(x0+span, len(dst)); x++ {
			end, pick := &ends[(u>>16)&(yarns-1)], &picks[(v>>16)&(yarns-1)]
			fx, fy := int32(u>>(16-cellBits))&mask, int32(v>>(16-cellBits))&mask
			we, wp := uint32(v>>15)+end.phase, uint32(u>>15)+pick.phase
			tx := min(max(cellSize/2+((fx-cellSize/2+int32(strays[we%fibreLen]))*(end.fine+int32(slubs[we%fibreLen])))>>8, 0), mask)
			ty := min(max(cellSize/2+((fy-cellSize/2+int32(strays[wp%fibreLen]))*(pick.fine+int32(slubs[wp%fibreLen])))>>8, 0), mask)
			look := c.cells[int32(c.states[pick.slot+end.slot])|ty<<cellBits|tx]
			seen := end
			t := int32(look & 0xff)
			if look&weftBit == 0 {
				f := (uint32(v>>11)+end.phase)%fibreLen*fibreWide + uint32(tx)>>2
				t = t * int32(fibres[f]) >> 8 * int32(streaks[we%fibreLen]) >> 8
			} else {
				seen = pick
				f := (uint32(u>>11)+pick.phase)%fibreLen*fibreWide + uint32(ty)>>2
				t = t * int32(fibres[f]) >> 8 * int32(streaks[wp%fibreLen]) >> 8
			}
			ly, lcb, lcr := seen.y, seen.cb, seen.cr
			if texels != nil {
				su, sv := u, v
				if tex.snap {
					su, sv = u&^0x7fff|0x4000, v+int64(end.shift)
				}
				g := &texels[uint32(sv*down)>>shift<<size|uint32(su*across)>>shift]
				t = t * int32(g.light) >> 8
				if tex.print && (!tex.snap || look&weftBit == 0) {
					ly, lcb, lcr = ly*int32(g.y)>>8, int32(g.cb), int32(g.cr)
				}
			}
			t = t * (light >> 8) >> 7
			light += dlight
			ly = (ly + gloss>>8) * t * 3 >> 10 // with headroom, see tone
			gloss += dgloss
			dst[x] = uint8(min(max(ly, 0), 255))
			t = min(t, 256)
			cb[x>>1] += lcb * t >> 8
			cr[x>>1] += lcr * t >> 8
			u += du
			v += dv
		}
	}
}

// tone maps the light drawn, of which 192 is white, to what a camera writes:
// stray light lifts the blacks and highlights roll off instead of clipping.
func tone() *[256]uint8 {
	const veil, knee = 6, 165.0
	var out [256]uint8
	for i := range out {
		v := float64(i) * 4 / 3
		if v > knee {
			v = knee + (253-knee)*(1-math.Exp(-(v-knee)/(253-knee)))
		}
		out[i] = uint8(math.Round(veil + v*(256-veil)/256))
	}
	return &out
}

// develop is the camera's part: the slight blur of a lens, then sensor noise.
func develop(im *image.YCbCr, seed uint64, noise float64) {
	w, h := im.Rect.Dx(), im.Rect.Dy()
	curve := tone()
	r := source(seed, 99)
	grain := make([]int8, 1<<14)
	for i := range grain {
		grain[i] = int8(clamp(r.NormFloat64()*noise*16, -127, 127))
	}
	above, here, next := make([]uint8, w), make([]uint8, w), make([]uint8, w)
	copy(here, im.Y[:w])
	copy(above, here)
	for y := range h {
		row := im.Y[y*im.YStride : y*im.YStride+w]
		if y+1 < h {
			copy(next, im.Y[(y+1)*im.YStride:])
		} else {
			copy(next, here)
		}
		g := r.Uint32()
		column := func(x int) int32 { return int32(above[x]) + 2*int32(here[x]) + int32(next[x]) }
		left, mid := column(0), column(0)
		for x := range row {
			right := mid
			if x+1 < w {
				right = int32(above[x+1]) + 2*int32(here[x+1]) + int32(next[x+1])
			}
			g++
			s := left + 2*mid + right + int32(grain[g&(1<<14-1)])
			row[x] = curve[min(max((s+8)>>4, 0), 255)]
			left, mid = mid, right
		}
		above, here, next = here, next, above
	}
}
