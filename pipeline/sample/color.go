package sample

import "image/color"

// dye is a colour in the form the renderer works in: luma 0 to 255 and the two
// chroma differences, centred on zero, as JPEG stores them.
type dye struct{ y, cb, cr int32 }

// rgb makes a dye of 0xRRGGBB.
func rgb(hex uint32) dye {
	y, cb, cr := color.RGBToYCbCr(uint8(hex>>16), uint8(hex>>8), uint8(hex))
	return dye{int32(y), int32(cb) - 128, int32(cr) - 128}
}

// lit returns the colour under p percent of its light.
func (d dye) lit(p int32) dye {
	return dye{d.y * p / 100, d.cb * p / 100, d.cr * p / 100}
}

// mix returns the colour p percent of the way to e.
func (d dye) mix(e dye, p int32) dye {
	return dye{d.y + (e.y-d.y)*p/100, d.cb + (e.cb-d.cb)*p/100, d.cr + (e.cr-d.cr)*p/100}
}

// The colour card. Vegetable dyes, unbleached fibres and a few mineral tones.
const (
	white    = 0xf4f1ea
	ecru     = 0xe6dac3
	flax     = 0xc9b38e
	oat      = 0xd9c7a8
	sand     = 0xb99a6e
	camel    = 0xb0814e
	walnut   = 0x6a4630
	espresso = 0x3b2a22
	charcoal = 0x35363a
	slate    = 0x5c6670
	fog      = 0xaeb4b8
	ink      = 0x1d2230
	navy     = 0x1f2d4f
	indigo   = 0x2c3c62
	woad     = 0x5f7fa6
	sky      = 0xa9c4d9
	teal     = 0x1f6f73
	sea      = 0x7da39c
	sage     = 0x93a487
	moss     = 0x5d6b3a
	forest   = 0x24472f
	ochre    = 0xcf9a35
	saffron  = 0xe2aa3c
	rust     = 0xa8502b
	madder   = 0xa63232
	cherry   = 0xbd2536
	wine     = 0x5f1f2d
	blush    = 0xe3b7ab
	rose     = 0xc46d7b
	plum     = 0x5b3a5c
	lilac    = 0xa795bd
)

// stripes reads a thread count such as "K4 W4": a letter for the colour and how
// many yarns of it follow each other.
func stripes(count string, card map[byte]uint32) []dye {
	var out []dye
	for i := 0; i < len(count); {
		if count[i] == ' ' {
			i++
			continue
		}
		d, n := rgb(card[count[i]]), 0
		for i++; i < len(count) && count[i] >= '0' && count[i] <= '9'; i++ {
			n = n*10 + int(count[i]-'0')
		}
		for range n {
			out = append(out, d)
		}
	}
	return out
}

// sett reads a thread count and mirrors it at both ends, as tartans are written.
func sett(count string, card map[byte]uint32) []dye {
	half := stripes(count, card)
	out := append([]dye(nil), half...)
	for i := len(half) - 2; i > 0; i-- {
		out = append(out, half[i])
	}
	return out
}

// plainly is a repeat of one colour.
func plainly(hex uint32) []dye { return []dye{rgb(hex)} }
