package picture

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
	"testing"
)

// tight is the samples of a plane without what lies beyond its edges.
func (p plane) tight() []byte {
	var out []byte
	for y := range p.h {
		out = append(out, p.pix[y*p.stride:][:p.w]...)
	}
	return out
}

// The own decoder gives the samples of image/jpeg, and half as many, whatever the size.
func TestDecodeBaseline(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {3, 2}, {8, 8}, {9, 17}, {16, 16}, {33, 31}, {200, 121}} {
		for _, quality := range []int{20, 84, 100} {
			for _, grey := range []bool{false, true} {
				p := toPlanes(toNRGBA(weave(size.X, size.Y)), 2)
				p.grey = grey
				data, err := writeJPEG(p, quality, nil)
				data = must(t, data, err)
				img, err := jpeg.Decode(bytes.NewReader(data))
				want, _ := asPlanes(must(t, img, err))
				h, err := inspect(data, 0, limits)
				must(t, 0, err)
				full, half, err := decodeBaseline(data, h, true, true)
				if err != nil || full.w != size.X || full.h != size.Y || half.w != (size.X+1)/2 || half.h != (size.Y+1)/2 || full.grey != grey {
					t.Fatalf("%v: %v", size, err)
				}
				for c := range want.count() {
					if db := psnr(want.channel[c].tight(), full.channel[c].tight()); db < 50 {
						t.Errorf("%v, q%d, channel %d: %.1f dB", size, quality, c, db)
					}
					mean, is := full.channel[c].half(), half.channel[c]
					if is.w != mean.w || is.h != mean.h {
						t.Fatalf("%v: half of channel %d has %d×%d samples, want %d×%d", size, c, is.w, is.h, mean.w, mean.h)
					}
				}
				_, alone, _ := decodeBaseline(data, h, false, true)
				if !bytes.Equal(alone.channel[0].tight(), half.channel[0].tight()) {
					t.Errorf("%v: half alone differs", size)
				}
			}
		}
	}
}

// Half the size is the mean of four where nothing is fine, for each sampling and with restart markers.
func TestDecodeHalf(t *testing.T) {
	img := soft(240, 160)
	for _, data := range [][]byte{asJPEG(t, img)} {
		h, err := inspect(data, 0, limits)
		full, half, err := decodeBaseline(data, must(t, h, err), true, true)
		must(t, 0, err)
		for c := range 3 {
			if db := psnr(full.channel[c].half().tight(), half.channel[c].tight()); db < 50 {
				t.Errorf("channel %d: %.1f dB", c, db)
			}
		}
	}
}

// What is broken is left to another decoder, and nothing panics.
func TestDecodeBroken(t *testing.T) {
	whole := asJPEG(t, weave(48, 40))
	for i := range 600 { // one byte changed, anywhere
		data := bytes.Clone(whole)
		at := 2 + (i*7919)%(len(data)-2)
		data[at] ^= byte(1 + i%255)
		full, half, err := decodeBaseline(data, header{Facts: Facts{Width: 48, Height: 40}}, true, true)
		if err != nil && !errors.Is(err, errOther) {
			t.Fatal(err)
		}
		full.free()
		half.free()
	}
	for n := range len(whole) - 2 { // cut anywhere
		if _, _, err := decodeBaseline(whole[:n], header{Facts: Facts{Width: 48, Height: 40}}, true, false); err == nil {
			t.Fatalf("cut at %d of %d bytes", n, len(whole))
		}
	}
}

// Whatever the bytes, the own decoder answers without a panic, with planes of the size that the header names or not at all.
func FuzzDecodeBaseline(f *testing.F) {
	for _, seed := range [][]byte{asJPEG(f, quarters(16, 12)), asJPEG(f, weave(33, 9)), cmykJPEG(16, 8, 1, 2, 3, 4)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := readFrame(data)
		if err != nil || read.w*read.h > 1<<16 {
			return
		}
		full, half, err := decodeBaseline(data, header{Facts: Facts{Width: read.w, Height: read.h}}, true, true)
		if err == nil && (full.w != read.w || half.h != (read.h+1)/2) {
			t.Fatal(full.w, half.h)
		}
		full.free()
		half.free()
	})
}
