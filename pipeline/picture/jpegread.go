package picture

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Own decoding of what cameras write: baseline, one scan, 8 bits, grey or YCbCr
// (ITU-T T.81; JFIF). It is stricter than jpegn, takes half its time, and gives
// half the size at no loss: from all coefficients of a block, not from the lowest.

// errOther says that a JPEG is of a kind, or damaged in a way, that is for another decoder.
var errOther = errors.New("not a baseline JPEG of one scan")

// frame is what the segments before the scan tell.
type frame struct {
	w, h       int // pixels
	components []component
	quant      [4]*[64]int32  // in zigzag order
	dc, ac     [4]*codeLookup // Huffman tables
	interval   int            // minimum coded units between restart markers; 0: there are none
	scan       []byte         // from the entropy-coded data to the end of the file
}

// component is one channel of the frame.
type component struct {
	id, across, down int // blocks of a minimum coded unit
	table            int // of its quantisation
	quant            *[64]int32
	dc, ac           *codeLookup
	last             int32    // the DC of the block before
	full, half       planeRef // where its samples go
}

// readFrame reads the segments up to the scan.
func readFrame(b []byte) (*frame, error) {
	f := new(frame)
	table := -1
	for at := 2; ; {
		for at < len(b) && b[at] == 0xff && at+1 < len(b) && b[at+1] == 0xff {
			at++ // fill bytes
		}
		if at+4 > len(b) || b[at] != 0xff {
			return nil, errOther
		}
		marker, length := b[at+1], int(binary.BigEndian.Uint16(b[at+2:]))
		if length < 2 || at+2+length > len(b) {
			return nil, errOther
		}
		data := b[at+4 : at+2+length]
		at += 2 + length
		var err error
		switch {
		case marker == 0xdb:
			err = f.readQuantisation(data)
		case marker == 0xc4:
			err = f.readHuffman(data)
		case marker == 0xc0 || marker == 0xc1:
			if f.components != nil {
				return nil, errOther
			}
			err = f.readSize(data)
		case marker == 0xdd:
			if len(data) != 2 {
				return nil, errOther
			}
			f.interval = int(binary.BigEndian.Uint16(data))
		case marker == 0xee && len(data) >= 12 && string(data[:5]) == "Adobe":
			table = int(data[11])
		case marker == 0xda:
			f.scan = b[at:]
			if table == 0 && len(f.components) == 3 {
				return nil, errOther // RGB
			}
			return f, f.readScan(data)
		case marker >= 0xe0 && marker <= 0xef || marker == 0xfe:
		default:
			return nil, errOther
		}
		if err != nil {
			return nil, err
		}
	}
}

func (f *frame) readQuantisation(data []byte) error {
	for len(data) > 0 {
		if len(data) < 65 || data[0] > 3 {
			return errOther // 16 bits, or broken
		}
		t := new([64]int32)
		for k, v := range data[1:65] {
			t[k] = int32(v)
		}
		f.quant[data[0]] = t
		data = data[65:]
	}
	return nil
}

func (f *frame) readHuffman(data []byte) error {
	for len(data) > 0 {
		if len(data) < 17 || data[0]&0xef > 3 {
			return errOther
		}
		n := 0
		for _, c := range data[1:17] {
			n += int(c)
		}
		if n > 256 || len(data) < 17+n {
			return errOther
		}
		t, err := newLookup([16]byte(data[1:17]), data[17:17+n], data[0]>>4 == 0)
		if err != nil {
			return err
		}
		if data[0]>>4 == 0 {
			f.dc[data[0]&3] = t
		} else {
			f.ac[data[0]&3] = t
		}
		data = data[17+n:]
	}
	return nil
}

func (f *frame) readSize(data []byte) error {
	if len(data) < 6 || data[0] != 8 || len(data) != 6+3*int(data[5]) || data[5] != 1 && data[5] != 3 {
		return errOther
	}
	f.h, f.w = int(binary.BigEndian.Uint16(data[1:])), int(binary.BigEndian.Uint16(data[3:]))
	for i := range int(data[5]) {
		d := data[6+3*i:]
		c := component{id: int(d[0]), across: int(d[1] >> 4), down: int(d[1] & 15)}
		if data[5] == 1 {
			c.across, c.down = 1, 1 // of one component each unit is a block
		}
		if d[2] > 3 || i > 0 && (c.across != 1 || c.down != 1) || c.across != 1 && c.across != 2 || c.down != 1 && c.down != 2 {
			return errOther
		}
		c.table = int(d[2])
		f.components = append(f.components, c)
	}
	if len(f.components) == 3 && f.components[0].id == 'R' && f.components[1].id == 'G' {
		return errOther // RGB
	}
	return nil
}

func (f *frame) readScan(data []byte) error {
	n := len(f.components)
	if n == 0 || len(data) != 4+2*n || int(data[0]) != n || data[1+2*n] != 0 || data[2+2*n] != 63 || data[3+2*n] != 0 {
		return errOther
	}
	for i := range f.components {
		c := &f.components[i]
		d := data[1+2*i:]
		if int(d[0]) != c.id || d[1]>>4 > 3 || d[1]&15 > 3 {
			return errOther
		}
		c.quant = f.quant[c.table]
		if c.dc, c.ac = f.dc[d[1]>>4], f.ac[d[1]&15]; c.dc == nil || c.ac == nil || c.quant == nil {
			return errOther
		}
	}
	return nil
}

// lookBits are looked up at once: most codes together with the bits of their value.
const lookBits = 10

// codeLookup reads a Huffman code. By the next bits of the data, look has
// what they say: how many bits they are (0–7), by how many coefficients to go on
// (8–15), and the value (16–31). Where a code is known, but not all of its value,
// the first is 0, and the length of the code (8–15) and its symbol (16–23) stand
// there; where the code is longer, all is 0.
type codeLookup struct {
	look   [1 << lookBits]int32
	beyond [17]uint32 // by length: what the next 16 bits are below, if the code is no longer
	offset [17]int32  // by length: of a code's symbol, less the code
	symbol [256]byte
}

// endOfBlock leads beyond the last coefficient.
const endOfBlock = 64

func newLookup(counts [16]byte, symbols []byte, dc bool) (*codeLookup, error) {
	t := new(codeLookup)
	copy(t.symbol[:], symbols)
	code, k := 0, 0
	for i, count := range counts {
		length := i + 1
		t.offset[length] = int32(k - code)
		if code+int(count) > 1<<length {
			return nil, fmt.Errorf("%w: too many codes of %d bits", errOther, length)
		}
		for range count {
			if size := int(symbols[k] & 15); dc && symbols[k] > 11 || !dc && size > 10 {
				return nil, errOther
			}
			if length <= lookBits {
				t.fill(code, length, symbols[k], dc)
			}
			code, k = code+1, k+1
		}
		t.beyond[length] = uint32(code) << (16 - length)
		code <<= 1
	}
	return t, nil
}

// fill sets all entries of look that begin with a code.
func (t *codeLookup) fill(code, length int, symbol byte, dc bool) {
	size, skip := int(symbol&15), int(symbol>>4)
	switch {
	case dc:
		skip = 0
	case symbol == 0:
		skip = endOfBlock
	case size == 0 && skip != 15:
		skip = 2 * endOfBlock // no such symbol in a baseline scan
	}
	spare := lookBits - length
	for rest := range 1 << spare {
		e := int32(symbol)<<16 | int32(length)<<8
		if size <= spare {
			value := int32(rest >> (spare - size))
			if size > 0 && value < 1<<(size-1) {
				value += -1<<size + 1
			}
			e = value<<16 | int32(skip)<<8 | int32(length+size)
		}
		t.look[code<<spare|rest] = e
	}
}

// long reads a code that is longer than lookBits from the next 16 bits; its length is 0 if there is none.
func (t *codeLookup) long(next uint32) (symbol byte, length int) {
	for length := lookBits + 1; length <= 16; length++ {
		if next < t.beyond[length] {
			return t.symbol[uint8(int32(next>>(16-length))+t.offset[length])], length
		}
	}
	return 0, 0
}
