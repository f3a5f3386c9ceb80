package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"
)

// riff is a WebP file of one chunk.
func riff(kind string, data []byte) []byte { return riffOf(riffChunk(kind, data)) }

// riffOf is a WebP file of some chunks.
func riffOf(chunks ...[]byte) []byte {
	all := bytes.Join(chunks, nil)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(4+len(all)))
	return append(append(b, "WEBP"...), all...)
}

func riffChunk(kind string, data []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
	return append(b, make([]byte, len(data)%2)...)
}

// extended puts a WebP file's picture between chunks of metadata, of which flags
// tells (RFC 9649, 2.7).
func extended(data []byte, w, h int, flags byte, before, after []byte) []byte {
	x := []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), 0, byte(h - 1), byte((h - 1) >> 8), 0}
	return riffOf(riffChunk("VP8X", x), before, data[12:], after)
}

// losslessWebP writes every pixel as four literals of eight bits (RFC 9649, 3).
func losslessWebP(img *image.NRGBA) []byte {
	var b []byte
	n := 0
	put := func(v uint32, bits int) { // the lowest bit first
		for i := range bits {
			if n%8 == 0 {
				b = append(b, 0)
			}
			b[n/8] |= byte(v>>i&1) << (n % 8)
			n++
		}
	}
	put(0x2f, 8)
	put(uint32(img.Rect.Dx()-1), 14)
	put(uint32(img.Rect.Dy()-1), 14)
	put(1, 1) // has alpha
	put(0, 3)
	put(0, 3)                                           // no transform, no colour cache, one set of codes
	for _, symbols := range []int{280, 256, 256, 256} { // green with lengths, red, blue, alpha
		put(0, 1)
		put(12-4, 4)
		for i := range 12 { // a code length is 0 or 8, told by one bit
			put(map[int]uint32{2: 1, 11: 1}[i], 3)
		}
		put(0, 1)
		for i := range symbols {
			put(map[bool]uint32{true: 1}[i < 256], 1)
		}
	}
	put(1, 4) // distances: the one symbol 0
	for i := 0; i < len(img.Pix); i += 4 {
		for _, c := range []int{1, 0, 2, 3} {
			for bit := 7; bit >= 0; bit-- { // a code's highest bit first
				put(uint32(img.Pix[i+c]>>bit), 1)
			}
		}
	}
	return riff("VP8L", b)
}

// lossyWebP is a key frame (RFC 6386) of zeros: no filter, every block predicted
// from its neighbours, no residue. Its luma comes to 129 inside.
func lossyWebP(w, h int) []byte {
	const first = 2000
	b := []byte{0x10 | first<<5&0xff, first >> 3 & 0xff, first >> 11, 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(w)), uint16(h))
	return riff("VP8 ", append(b, make([]byte, 2*first)...))
}

// Lossless WebP arrives pixel for pixel, with its transparency; lossy WebP in the full range of light.
func TestWebP(t *testing.T) {
	q := quarters(37, 23)
	q.SetNRGBA(3, 3, color.NRGBA{10, 20, 30, 77})
	source := losslessWebP(q)
	img := toNRGBA(run(t, source, "png"))
	for i := range q.Pix {
		if img.Pix[i] != q.Pix[i] {
			t.Fatalf("byte %d is %d, want %d", i, img.Pix[i], q.Pix[i])
		}
	}
	if small := run(t, losslessWebP(quarters(200, 100)), "fit 20 | png"); !near(small, 3, 2, red) || !near(small, 17, 8, yellow) {
		t.Error("scaled:", small.At(3, 2), small.At(17, 8))
	}
	lossy := lossyWebP(50, 34)
	f, err := Probe(lossy, int64(len(lossy)), limits)
	if err != nil || f.Width != 50 || f.Height != 34 {
		t.Fatal(f, err)
	}
	if got := run(t, lossy, "png").At(25, 17); got != (color.RGBA{132, 132, 132, 255}) { // (129-16)·255/219
		t.Error("lossy:", got)
	}
	for light, want := range map[uint8]uint8{0: 0, 16: 0, 126: 128, 235: 255, 255: 255} {
		m := image.NewNYCbCrA(image.Rect(0, 0, 1, 1), image.YCbCrSubsampleRatio420)
		m.Y[0], m.Cb[0], m.Cr[0], m.A[0] = light, 128, 128, 255
		if got := toNRGBA(fullRange(m)).Pix[0]; got != want {
			t.Errorf("luma %d becomes %d, want %d", light, got, want)
		}
	}
}

// A decoder that panics makes an error, not a crash.
func TestDecoderPanics(t *testing.T) {
	for _, what := range []any{"index out of range", errors.New("loom stopped"), 7} {
		img, err := caught(func() (image.Image, error) { panic(what) })
		if img != nil || err == nil || !strings.Contains(err.Error(), "the decoder gave up") {
			t.Errorf("%v: %v, %v", what, img, err)
		}
	}
}
