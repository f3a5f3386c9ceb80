package picture

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"testing"
)

// psnr is the peak signal-to-noise ratio of two pictures of one size, in dB.
func psnr(a, b []byte) float64 {
	sum := 0.0
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a))/max(sum, 1e-9))
}

// asYCbCr is planes as image/jpeg knows them.
func asYCbCr(p *planes) image.Image {
	y, cb, cr, box := p.channel[0], p.channel[1], p.channel[2], image.Rect(0, 0, p.w, p.h)
	if p.grey {
		return &image.Gray{Pix: y.pix, Stride: y.stride, Rect: box}
	}
	return &image.YCbCr{Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride, SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: box}
}

// What is written, image/jpeg reads, and it is as close to the samples and as small as what image/jpeg writes, at every quality and size.
func TestWriteJPEG(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {2, 1}, {7, 9}, {8, 8}, {16, 17}, {33, 31}, {200, 120}} {
		for _, quality := range []int{1, 30, 50, 82, 95, 100} {
			for _, grey := range []bool{false, true} {
				p := toPlanes(toNRGBA(weave(size.X, size.Y)), 2)
				p.grey = grey
				data, err := writeJPEG(p, quality, nil)
				got, err2 := jpeg.Decode(bytes.NewReader(must(t, data, err)))
				if err2 != nil || got.Bounds().Size() != size {
					t.Fatalf("%v, q%d, grey %v: %v", size, quality, grey, err2)
				}
				var b bytes.Buffer
				must(t, 0, jpeg.Encode(&b, asYCbCr(p), &jpeg.Options{Quality: quality}))
				want, err := jpeg.Decode(&b)
				must(t, 0, err)
				if is, usual := closeness(p, got), closeness(p, want); is < usual-0.3 && is < 55 {
					t.Errorf("%v, q%d, grey %v: %.2f dB, image/jpeg has %.2f", size, quality, grey, is, usual)
				}
			}
		}
	}
}

// closeness is the PSNR of the luma of a picture, in dB.
func closeness(p *planes, img image.Image) float64 {
	q, _ := asPlanes(img)
	var is []byte
	for y := range q.h {
		is = append(is, q.channel[0].pix[y*q.channel[0].stride:][:q.w]...)
	}
	return psnr(is, p.channel[0].pix)
}

// Zeros and ones of every length, and values of every size, come back.
func TestWriteJPEGExtremes(t *testing.T) {
	p := newPlanes(64, 64, 2, 2, false)
	for c, q := range p.channel {
		for i := range q.pix {
			q.pix[i] = byte(255 * ((i*(c+3)/7 + i/q.w/(c+1)) % 2))
		}
	}
	data, err := writeJPEG(p, 100, nil)
	img, err2 := jpeg.Decode(bytes.NewReader(must(t, data, err)))
	if db := closeness(p, must(t, img, err2)); db < 45 {
		t.Errorf("%.1f dB", db)
	}
}

func BenchmarkWriteJPEG(b *testing.B) {
	p := toPlanes(toNRGBA(weave(1600, 1200)), 2)
	b.Run("weft", func(b *testing.B) {
		for b.Loop() {
			must(b, 0, func() error { _, err := writeJPEG(p, 82, nil); return err }())
		}
	})
	b.Run("standard", func(b *testing.B) {
		var out bytes.Buffer
		for b.Loop() {
			out.Reset()
			must(b, 0, jpeg.Encode(&out, asYCbCr(p), &jpeg.Options{Quality: 82}))
		}
	})
}
