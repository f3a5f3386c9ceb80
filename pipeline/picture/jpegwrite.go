package picture

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
)

// writeJPEG encodes planes with chroma of one sample for 2 × 2 pixels, or grey
// ones, as a baseline JPEG (ITU-T T.81) with its tables K.3 to K.6, and with a
// colour profile if there is one. The same samples always give the same bytes:
// all arithmetic is in integers.
func writeJPEG(p *planes, quality int, profile []byte) ([]byte, error) {
	if max(p.w, p.h) > 65535 {
		return nil, fmt.Errorf("%d×%d pixels do not fit into a JPEG, which has 65535 a side at most: make it smaller first", p.w, p.h)
	}
	e := encoder{out: make([]byte, 0, len(profile)+1024+p.w*p.h/4)}
	e.out = append(e.out, 0xff, 0xd8)
	e.segment(0xe0, 'J', 'F', 'I', 'F', 0, 1, 2, 0, 0, 1, 0, 1, 0, 0)
	e.profile(profile)
	tables := scaledTables(quality)
	for i, t := range tables[:min(p.count(), 2)] {
		data := []byte{byte(i)}
		for k := range 64 {
			data = append(data, byte(t[zigzag[k]]))
		}
		e.segment(0xdb, data...)
	}
	frame := []byte{8, byte(p.h >> 8), byte(p.h), byte(p.w >> 8), byte(p.w), byte(p.count())}
	scan := []byte{byte(p.count())}
	for c := range p.count() {
		sampling, table := byte(0x11), byte(min(c, 1))
		if c == 0 && !p.grey {
			sampling = 0x22
		}
		frame = append(frame, byte(c+1), sampling, table)
		scan = append(scan, byte(c+1), table<<4|table)
	}
	e.segment(0xc0, frame...)
	for i, s := range huffmanSpecs[:2*min(p.count(), 2)] {
		e.segment(0xc4, append(append([]byte{byte(i&1<<4 | i>>1)}, s.counts[:]...), s.values...)...)
	}
	e.segment(0xda, append(scan, 0, 63, 0)...)
	e.scan(p, tables)
	return append(e.out, 0xff, 0xd9), nil
}

// encoder collects a file and, in acc, the n bits that do not fill a word yet.
type encoder struct {
	out  []byte
	acc  uint64
	n    uint
	last [3]int32 // each channel's DC of the block before
}

func (e *encoder) segment(marker byte, data ...byte) {
	e.out = append(e.out, 0xff, marker)
	e.out = binary.BigEndian.AppendUint16(e.out, uint16(len(data)+2))
	e.out = append(e.out, data...)
}

// profile writes APP2 segments (ICC.1, annex B.4).
func (e *encoder) profile(profile []byte) {
	const most = 65535 - 2 - 14
	count := (len(profile) + most - 1) / most
	for i := range count {
		if count > 255 {
			return
		}
		part := profile[i*most : min((i+1)*most, len(profile))]
		e.segment(0xe2, append(append([]byte("ICC_PROFILE\x00"), byte(i+1), byte(count)), part...)...)
	}
}

// scan writes all blocks: of each 16 × 16 pixels four of luma, then one of each chroma.
func (e *encoder) scan(p *planes, tables [2][64]int32) {
	q := [2]*divisors{divide(tables[0]), divide(tables[1])}
	side := 2
	if p.grey {
		side = 1
	}
	for y := 0; y < p.h; y += 8 * side {
		for x := 0; x < p.w; x += 8 * side {
			for i := range side * side {
				e.block(p.channel[0], x+i%side*8, y+i/side*8, q[0], 0)
			}
			for c := 1; c < p.count(); c++ {
				e.block(p.channel[c], x/2, y/2, q[1], c)
			}
		}
	}
	e.put(1<<7-1, 7) // fills the last byte with ones
	for ; e.n >= 8; e.n -= 8 {
		e.byte(byte(e.acc >> (e.n - 8)))
	}
}

// block writes the 8 × 8 samples at x, y; beyond the edges the last ones are repeated.
func (e *encoder) block(p plane, x, y int, q *divisors, channel int) {
	var rows [8]uint64
	if x+8 <= p.w && y+8 <= p.h {
		at := p.pix[y*p.stride+x:]
		for i := range rows {
			rows[i] = binary.LittleEndian.Uint64(at[i*p.stride:])
		}
	} else {
		for i := range rows {
			row := p.pix[min(y+i, p.h-1)*p.stride:][:p.w]
			for j := range 8 {
				rows[i] |= uint64(row[min(x+j, p.w-1)]) << (8 * j)
			}
		}
	}
	var coefficients [64]int32
	transform(&rows, &coefficients)
	coefficients[0] -= 128 * 64 << (fineBits + factorBits) // the level shift
	var values [64]int32
	mask := q.quantise(&coefficients, &values)
	e.code(&values, mask, channel)
}

// code writes a block's values, in zigzag order; mask has a bit for each that is not 0.
func (e *encoder) code(values *[64]int32, mask uint64, channel int) {
	t := &codes[min(channel, 1)]
	diff := values[0] - e.last[channel]
	e.last[channel] = values[0]
	size := uint(bits.Len32(uint32(max(diff, -diff))))
	c := t[0][size]
	e.put(uint64(c>>8)<<size|magnitude(diff, size), uint(c&0xff)+size)
	before := 0
	for mask &^= 1; mask != 0; mask &= mask - 1 {
		k := bits.TrailingZeros64(mask)
		run := k - before - 1
		for before = k; run > 15; run -= 16 {
			c := t[1][0xf0]
			e.put(uint64(c>>8), uint(c&0xff))
		}
		v := values[k&63]
		size := uint(bits.Len32(uint32(max(v, -v))))
		c := t[1][uint8(uint(run)<<4|size)]
		e.put(uint64(c>>8)<<size|magnitude(v, size), uint(c&0xff)+size)
	}
	if before < 63 {
		c := t[1][0]
		e.put(uint64(c>>8), uint(c&0xff))
	}
}

// magnitude is v in size bits as T.81, F.1.2.1 has it: one less if it is below zero.
func magnitude(v int32, size uint) uint64 {
	return uint64(uint32(v+v>>31)) & (1<<size - 1)
}

// put writes the lowest length bits of value, at most 27.
func (e *encoder) put(value uint64, length uint) {
	e.acc = e.acc<<(length&63) | value
	if e.n += length; e.n < 32 {
		return
	}
	e.n -= 32
	word := uint32(e.acc >> (e.n & 63))
	if (^word-0x01010101)&word&0x80808080 == 0 { // no byte is 0xff
		e.out = binary.BigEndian.AppendUint32(e.out, word)
		return
	}
	for shift := 24; shift >= 0; shift -= 8 {
		e.byte(byte(word >> shift))
	}
}

func (e *encoder) byte(b byte) {
	if e.out = append(e.out, b); b == 0xff {
		e.out = append(e.out, 0)
	}
}

// fineBits are those kept behind the point between the passes of transform, and
// factorBits those of its constants; its coefficients have both.
const (
	fineBits   = 2
	factorBits = 12
)

// transform is the discrete cosine transform of 8 rows of 8 samples, the first of
// each in the lowest byte (Arai, Agui and Nakajima, 1988). Each coefficient comes
// out times its two aan factors, 8 and 1 << (fineBits + factorBits). Two columns,
// then two rows are worked on at once, in the halves of 64 bits: sums and products
// with constants of two's complement numbers need not know of each other.
func transform(rows *[8]uint64, out *[64]int32) {
	const ones = 0x000000ff_000000ff
	const half = 1 << (factorBits - fineBits - 1)
	var middle [64]int32 // by column
	var d [8]uint64
	for x := range 4 {
		for y := range 8 {
			d[y] = rows[y] >> (8 * x) & ones
		}
		cosines(&d)
		for v := range 8 {
			s := d[v] + (half | half<<32)
			low := int32(s)
			middle[x*8+v] = low >> (factorBits - fineBits)
			middle[(x+4)*8+v] = int32((s-uint64(int64(low)))>>32) >> (factorBits - fineBits)
		}
	}
	for v := range 4 {
		for x := range 8 {
			d[x] = uint64(int64(middle[x*8+v])) + uint64(int64(middle[x*8+v+4]))<<32
		}
		cosines(&d)
		for u := range 8 {
			low := int32(d[u])
			out[v*8+u] = low
			out[(v+4)*8+u] = int32((d[u] - uint64(int64(low))) >> 32)
		}
	}
}

// cosines transforms eight pairs of numbers.
func cosines(d *[8]uint64) {
	const (
		c4     = 2896 // times 1 << factorBits: cos 4π/16
		c6     = 1567 // cos 6π/16
		c2less = 2217 // cos 2π/16 − cos 6π/16
		c2more = 5352 // their sum
	)
	s07, s16, s25, s34 := d[0]+d[7], d[1]+d[6], d[2]+d[5], d[3]+d[4]
	d07, d16, d25, d34 := d[0]-d[7], d[1]-d[6], d[2]-d[5], d[3]-d[4]
	a, b, c, e := s07+s34, s16+s25, s16-s25, s07-s34
	d[0], d[4] = (a+b)<<factorBits, (a-b)<<factorBits
	z := (c + e) * c4
	e <<= factorBits
	d[2], d[6] = e+z, e-z

	f, g, h := d34+d25, d25+d16, d16+d07
	z5 := (f - h) * c6
	z2 := f*c2less + z5
	z4 := h*c2more + z5
	z3 := g * c4
	d07 <<= factorBits
	z11, z13 := d07+z3, d07-z3
	d[5], d[3], d[1], d[7] = z13+z2, z13-z2, z11+z4, z11-z4
}

// divisors quantises: each coefficient is multiplied by a fraction of 1 << shift.
type divisors [64]int64

const shift = 40

// divide makes the divisors, in the order of zigzag, of a table in natural order.
func divide(table [64]int32) *divisors {
	aan := [8]float64{1, 1.387039845, 1.306562965, 1.175875602, 1, 0.785694958, 0.541196100, 0.275899379}
	d := new(divisors)
	for k, at := range zigzag {
		whole := float64(table[at]) * aan[at/8] * aan[at%8] * 8 * (1 << (fineBits + factorBits))
		d[k] = int64(math.Round((1 << shift) / whole))
	}
	return d
}

// quantise divides and rounds, and orders by zigzag. mask has a bit for each value that is not 0.
func (q *divisors) quantise(coefficients, values *[64]int32) (mask uint64) {
	for k, at := range zigzag {
		v := int32((int64(coefficients[at&63])*q[k] + 1<<(shift-1)) >> shift)
		values[k] = v
		mask |= uint64(uint32(v|-v)>>31) << k
	}
	return mask
}
