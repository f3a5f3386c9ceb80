package picture

import (
	"encoding/binary"
	"fmt"
)

// planeRef is where the blocks of a component go: pix is nil if they are not wanted.
type planeRef struct {
	pix    []byte
	stride int
}

// decodeBaseline decodes a JPEG at full size, at half of it, or both at once.
func decodeBaseline(source []byte, h header, wantFull, wantHalf bool) (full, half *planes, err error) {
	f, err := readFrame(source)
	if err == nil && (f.w != h.Width || f.h != h.Height) {
		err = errOther
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %.200s", errOther, fmt.Sprint(p))
		}
		if err != nil {
			full.free()
			half.free()
			full, half = nil, nil
		}
	}()
	if wantFull {
		full = f.planes(8)
		for i := range f.components {
			f.components[i].full = planeRef{full.channel[i].pix, full.channel[i].stride}
		}
	}
	if wantHalf {
		half = f.planes(4)
		for i := range f.components {
			f.components[i].half = planeRef{half.channel[i].pix, half.channel[i].stride}
		}
	}
	return full, half, f.decode()
}

// units is how many minimum coded units there are, across and down.
func (f *frame) units() (across, down int) {
	w, h := 8*f.components[0].across, 8*f.components[0].down
	return (f.w + w - 1) / w, (f.h + h - 1) / h
}

// planes grabs memory for all blocks, of side × side samples each, also those
// that reach beyond the edges.
func (f *frame) planes(side int) *planes {
	unitsX, unitsY := f.units()
	y := f.components[0]
	p := &planes{w: (f.w*side + 7) / 8, h: (f.h*side + 7) / 8, subX: y.across, subY: y.down, grey: len(f.components) == 1}
	n := 0
	for _, c := range f.components {
		n += unitsX * c.across * unitsY * c.down * side * side
	}
	p.lent = grab(n)
	rest := p.lent
	for i, c := range f.components {
		stride, rows := unitsX*c.across*side, unitsY*c.down*side
		p.channel[i] = plane{rest[:stride*rows], stride, (p.w*c.across + y.across - 1) / y.across, (p.h*c.down + y.down - 1) / y.down}
		rest = rest[stride*rows:]
	}
	return p
}

// blockAt is one block of a unit: of which component, and where.
type blockAt struct {
	c    *component
	x, y int // in the unit
}

// decode reads the scan.
func (f *frame) decode() error {
	unitsX, unitsY := f.units()
	var blocks []blockAt
	for i := range f.components {
		c := &f.components[i]
		for y := range c.down {
			for x := range c.across {
				blocks = append(blocks, blockAt{c, x, y})
			}
		}
	}
	b := bitReader{data: f.scan}
	left := f.interval
	var pair [64]uint64
	for uy := range unitsY {
		for ux := range unitsX {
			if f.interval > 0 && left == 0 {
				if err := b.restart(); err != nil {
					return err
				}
				for i := range f.components {
					f.components[i].last = 0
				}
				left = f.interval
			}
			left--
			for i := 0; i < len(blocks); i += 2 {
				clear(pair[:])
				two := blocks[i:min(i+2, len(blocks))]
				for lane, at := range two {
					if !b.block(at.c, &pair, uint(32*lane)) {
						return errOther
					}
				}
				put(&pair, two, ux, uy)
			}
		}
		if b.spent() {
			return errOther
		}
	}
	return nil
}

// put transforms two blocks and writes their samples.
func put(pair *[64]uint64, two []blockAt, ux, uy int) {
	var full, half [2]planeRef
	for i, at := range two {
		c := at.c
		x, y := ux*c.across+at.x, uy*c.down+at.y
		if c.full.pix != nil {
			full[i] = planeRef{c.full.pix[y*8*c.full.stride+x*8:], c.full.stride}
		}
		if c.half.pix != nil {
			half[i] = planeRef{c.half.pix[y*4*c.half.stride+x*4:], c.half.stride}
		}
	}
	if half[0].pix != nil {
		transformHalf(pair, half[0], half[1])
	}
	if full[0].pix != nil {
		transformFull(pair, full[0], full[1])
	}
}

// bitReader reads the entropy-coded data.
type bitReader struct {
	data []byte
	at   int    // the next byte
	acc  uint64 // the next n bits, from the highest on
	n    uint
	over uint // how many of them, at the end, are made up, since the data has ended
}

// spent tells whether more was read than there is.
func (b *bitReader) spent() bool { return b.over > b.n }

// fill makes sure that there are 32 bits.
func (b *bitReader) fill() {
	for b.n <= 56 {
		v := byte(0)
		switch {
		case b.at >= len(b.data) || b.data[b.at] == 0xff && (b.at+1 >= len(b.data) || b.data[b.at+1] != 0):
			b.over += 8 // the end, or a marker
		case b.data[b.at] == 0xff:
			v = 0xff
			b.at += 2
		default:
			v = b.data[b.at]
			b.at++
		}
		b.acc |= uint64(v) << (56 - b.n)
		b.n += 8
	}
}

// restart goes on behind a restart marker, before which only the filling of a byte may stand.
func (b *bitReader) restart() error {
	if b.spent() || b.n-b.over >= 8 || b.at+2 > len(b.data) || b.data[b.at] != 0xff || b.data[b.at+1]&0xf8 != 0xd0 {
		return errOther
	}
	*b = bitReader{data: b.data, at: b.at + 2}
	return nil
}

// first reads the DC of a block, as the difference from the one before.
func (b *bitReader) first(c *component) bool {
	if b.n < 32 {
		b.fill()
	}
	e := c.dc.look[b.acc>>(64-lookBits)]
	if length := uint(e & 0xff); length != 0 {
		c.last += e >> 16
		b.acc, b.n = b.acc<<(length&63), b.n-length
		return true
	}
	size, length := uint(e>>16&0xff), uint(e>>8&0xff)
	if length == 0 {
		symbol, long := c.dc.long(uint32(b.acc >> 48))
		if size, length = uint(symbol), uint(long); length == 0 {
			return false
		}
	}
	c.last += extend(b.acc<<(length&63), size)
	b.acc, b.n = b.acc<<((length+size)&63), b.n-length-size
	return true
}

// block reads the coefficients of one block, times their quantisation, into the
// lower or, with lane 32, into the upper halves of pair.
func (b *bitReader) block(c *component, pair *[64]uint64, lane uint) bool {
	if !b.first(c) {
		return false
	}
	acc, n := b.acc, b.n
	lane &= 63
	pair[0] += uint64(int64(c.last*c.quant[0])) << lane
	look, quant := &c.ac.look, c.quant
	for k := 1; k < 64; k++ {
		if n < 32 {
			if at := b.at; at+4 <= len(b.data) {
				word := binary.BigEndian.Uint32(b.data[at:])
				if (^word-0x01010101)&word&0x80808080 == 0 { // no byte is 0xff
					acc |= uint64(word) << (32 - n)
					n += 32
					b.at = at + 4
					goto filled
				}
			}
			b.acc, b.n = acc, n
			b.fill()
			acc, n = b.acc, b.n
		}
	filled:
		e := look[acc>>(64-lookBits)]
		if length := uint(e & 0xff); length != 0 {
			acc, n = acc<<(length&63), n-length
			if k += int(e >> 8 & 0xff); k > 63 {
				if k >= 2*endOfBlock {
					return false
				}
				break
			}
			pair[zigzag[k]&63] += uint64(int64(e>>16*quant[k])) << lane
			continue
		}
		symbol, length := byte(e>>16), uint(e>>8&0xff)
		if length == 0 {
			s, l := c.ac.long(uint32(acc >> 48))
			if symbol, length = s, uint(l); l == 0 {
				return false
			}
		}
		size := uint(symbol & 15)
		if size == 0 {
			n -= length
			acc <<= length & 63
			if symbol == 0 {
				break
			}
			if symbol != 0xf0 {
				return false
			}
			k += 15
			continue
		}
		acc <<= length & 63
		if k += int(symbol >> 4); k > 63 {
			return false
		}
		pair[zigzag[k]&63] += uint64(int64(extend(acc, size)*quant[k])) << lane
		acc, n = acc<<(size&63), n-length-size
	}
	b.acc, b.n = acc, n
	return true
}

// extend is the value of the first size bits (T.81, F.2.2.1).
func extend(acc uint64, size uint) int32 {
	if size == 0 {
		return 0
	}
	v := int32(acc >> (64 - size))
	if v < 1<<(size-1) {
		v += -1<<size + 1
	}
	return v
}
