package picture

import (
	"bytes"
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

// The own decoder gives the samples of image/jpeg, and half of them as their means, whatever the size.
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
					if size.X%2+size.Y%2 > 0 || size.X < 16 {
						continue // at odd edges the mean is taken with what lies beyond
					}
					if db := psnr(mean.tight(), is.tight()); db < 50 {
						t.Errorf("%v, q%d, half of channel %d: %.1f dB", size, quality, c, db)
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
