package picture

import (
	"bytes"
	"image/color"
	"testing"
)

// progressiveJPEG is a grey JPEG of one flat level in two scans: the upper bits of
// the means of its blocks, then the last one (ITU-T T.81, annex G).
func progressiveJPEG(w, h int, level uint8) []byte {
	b := append([]byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xff, 0xc2, 0, 11, 8, byte(h>>8), byte(h), byte(w>>8), byte(w), 1, 1, 0x11, 0)
	b = append(b, 0xff, 0xc4, 0, 19+12, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	var bits []byte
	put := func(v, n int) {
		for i := n - 1; i >= 0; i-- {
			bits = append(bits, byte(v>>i&1))
		}
	}
	flush := func() {
		for len(bits)%8 != 0 {
			bits = append(bits, 1)
		}
		for i := 0; i < len(bits); i += 8 {
			v := byte(0)
			for _, bit := range bits[i : i+8] {
				v = v<<1 | bit
			}
			if b = append(b, v); v == 0xff {
				b = append(b, 0)
			}
		}
		bits = nil
	}
	blocks, mean := (w+7)/8*((h+7)/8), (int(level)-128)*8
	b = append(b, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0x01) // without the last bit
	for i := range blocks {
		diff, size := 0, 0
		if i == 0 {
			diff = mean >> 1
		}
		for a := max(diff, -diff); a > 0; a >>= 1 {
			size++
		}
		put(size, 4)
		if diff < 0 {
			diff += 1<<size - 1
		}
		put(diff, size)
	}
	flush()
	b = append(b, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0x10) // the last bit
	for range blocks {
		put(mean&1, 1)
	}
	flush()
	return append(b, 0xff, 0xd9)
}

// Every kind of JPEG arrives with its colours, whole and scaled: progressive, CMYK and YCCK as image editors write them.
func TestKindsOfJPEG(t *testing.T) {
	// What is stored is 179, 171, 1: cyan in YCbCr, which stands for no cyan ink, all
	// of magenta and yellow.
	ycck := cmykJPEG(64, 48, 255-179, 255-171, 255-1, 0)
	adobe := bytes.Index(ycck, []byte("Adobe"))
	ycck[adobe+11] = 2
	for name, c := range map[string]struct {
		data []byte
		want color.Color
	}{
		"progressive": {progressiveJPEG(64, 48, 200), color.NRGBA{200, 200, 200, 255}},
		"dark":        {progressiveJPEG(64, 48, 31), color.NRGBA{31, 31, 31, 255}},
		"cmyk":        {cmykJPEG(64, 48, 0, 255, 255, 0), color.NRGBA{255, 0, 0, 255}},
		"ycck":        {ycck, color.NRGBA{255, 0, 0, 255}},
	} {
		for _, steps := range []string{"png", "fit 16 | png", "fit 32 | webp lossless", "fit 16 | jpeg q95"} {
			if img := decoded(t, runData(t, c.data, steps)); !near(img, 5, 5, c.want) {
				t.Errorf("%s, %s: %v", name, steps, img.At(5, 5))
			}
		}
		if small, _, err := Preview(t.Context(), c.data, 20, 20, limits); err != nil || !near(small, 5, 5, c.want) {
			t.Errorf("%s: preview %v", name, err)
		}
	}
}
