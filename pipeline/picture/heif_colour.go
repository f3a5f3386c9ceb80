package picture

import (
	"encoding/binary"
	"image"
	"math"
	"unicode/utf16"
)

// numbers are a picture's colours as the box colr of kind nclx tells them (ITU-T
// H.273, clause 8): where there is no profile, they stand for one.
type numbers struct {
	primaries, transfer, matrix int
	limited                     bool // luma goes from 16 to 235, not from 0 to 255
}

// gamuts are the primaries that are not sRGB's, adapted to D50 by Bradford: columns
// red, green and blue, rows X, Y and Z.
var gamuts = map[int]struct {
	name string
	d50  [3][3]float64
}{
	9:  {"Rec. 2020", [3][3]float64{{0.67349, 0.16566, 0.12505}, {0.27904, 0.67535, 0.04561}, {-0.00193, 0.02998, 0.79682}}},
	12: {"Display P3", [3][3]float64{{0.51512, 0.29198, 0.15710}, {0.24120, 0.69225, 0.06657}, {-0.00105, 0.04189, 0.78407}}},
}

// readColour reads colr: a profile, or numbers.
func (h *header) readColour(data []byte) {
	if len(data) < 4 {
		return
	}
	switch kind := string(data[:4]); {
	case (kind == "prof" || kind == "rICC") && len(data)-4 <= maxProfile:
		h.icc = data[4:]
	case kind == "nclx" && len(data) >= 11:
		c := cursor{b: data[4:]}
		h.numbers = numbers{int(c.uint(2)), int(c.uint(2)), int(c.uint(2)), data[10]&0x80 == 0}
	}
}

// profile is one for the numbers, or nil where they mean sRGB or what is near it,
// or light that no profile of a matrix describes. The curve of film and television
// (1, 6, 14, 15) is taken for sRGB's, as viewers do.
func (n numbers) profile() []byte {
	gamut, ok := gamuts[n.primaries]
	if !ok || n.strange() != "" {
		return nil
	}
	u32 := binary.BigEndian.AppendUint32
	fixed := func(kind string, values ...float64) []byte {
		b := append([]byte(kind), 0, 0, 0, 0)
		for _, v := range values {
			b = u32(b, uint32(int32(math.Round(v*65536))))
		}
		return b
	}
	text := func(s string) []byte { // multiLocalizedUnicodeType of one language
		units := utf16.Encode([]rune(s))
		b := append(u32(u32([]byte("mluc\x00\x00\x00\x00"), 1), 12), "enUS"...)
		b = u32(u32(b, uint32(2*len(units))), 28)
		for _, u := range units {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		return b
	}
	curve := append([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixed("", 2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045)[4:]...)
	m := gamut.d50
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", text(gamut.name)}, {"cprt", text("CC0")}, {"wtpt", fixed("XYZ ", 0.9642, 1, 0.82491)},
		{"chad", fixed("sf32", 1.04788, 0.02292, -0.05022, 0.02959, 0.99048, -0.01707, -0.00925, 0.01508, 0.75168)},
		{"rXYZ", fixed("XYZ ", m[0][0], m[1][0], m[2][0])}, {"gXYZ", fixed("XYZ ", m[0][1], m[1][1], m[2][1])}, {"bXYZ", fixed("XYZ ", m[0][2], m[1][2], m[2][2])},
		{"rTRC", curve}, {"gTRC", curve}, {"bTRC", curve},
	}
	var table, data []byte
	for _, t := range tags {
		table = u32(u32(append(table, t.name...), uint32(132+12*len(tags)+len(data))), uint32(len(t.data)))
		data = append(data, t.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	head := make([]byte, 128)
	binary.BigEndian.PutUint32(head, uint32(132+len(table)+len(data)))
	copy(head[8:], "\x04\x30\x00\x00mntrRGB XYZ ")
	copy(head[36:], "acsp")
	copy(head[68:], d50)
	return append(append(u32(head, uint32(len(tags))), table...), data...)
}

// strange says what is told of colours that are taken for sRGB and are far from it, or "".
func (n numbers) strange() string {
	switch n.transfer {
	case 16:
		return "its colours are for HDR screens (PQ) and were taken for sRGB's, so they are off"
	case 18:
		return "its colours are for HDR screens (HLG) and were taken for sRGB's, so they are off"
	}
	return ""
}

// lumas are the shares of red and blue in luma by H.273's matrix, where they are
// not those of BT.601, which image.YCbCr means.
var lumas = map[int][2]float64{1: {0.2126, 0.0722}, 9: {0.2627, 0.0593}}

// rgb gives the pixels of planes that were made by another matrix than BT.601's, or
// img itself. Chroma is taken as it lies, without smoothing.
func (n numbers) rgb(img image.Image) image.Image {
	m, ok := img.(*image.YCbCr)
	share, other := lumas[n.matrix]
	if !ok || !other {
		return img
	}
	red, blue := share[0], share[1]
	green := 1 - red - blue
	out := image.NewNRGBA(image.Rectangle{Max: m.Rect.Size()})
	for y := range m.Rect.Dy() {
		row := out.Pix[y*out.Stride:][:4*m.Rect.Dx()]
		for x := range m.Rect.Dx() {
			at := m.COffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)
			luma := float64(m.Y[m.YOffset(m.Rect.Min.X+x, m.Rect.Min.Y+y)])
			cb, cr := float64(m.Cb[at])-128, float64(m.Cr[at])-128
			r, b := luma+2*(1-red)*cr, luma+2*(1-blue)*cb
			g := (luma - red*r - blue*b) / green
			for k, v := range [3]float64{r, g, b} {
				row[4*x+k] = uint8(min(max(v, 0), 255) + 0.5)
			}
			row[4*x+3] = 255
		}
	}
	return out
}
