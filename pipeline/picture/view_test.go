package picture

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"testing"
)

// soft is a picture of slow changes of light and colour, no two parts of which are alike.
func soft(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			img.SetNRGBA(x, y, color.NRGBA{uint8(40 + 170*u), uint8(60 + 130*v), uint8(128 + 80*math.Sin(5*u+3*v)), 255})
		}
	}
	return img
}

// Whatever geometry follows on whatever, in planes it gives the picture that imaging gives step by step.
func TestGeometryInPlanes(t *testing.T) {
	img := soft(203, 151)
	var b bytes.Buffer
	must(t, 0, jpeg.Encode(&b, img, &jpeg.Options{Quality: 100}))
	for _, steps := range []string{
		"rotate 90", "rotate 180", "rotate 270", "flip h", "flip v", "rotate 90 | flip h | rotate 270", "flip v | rotate 90",
		"crop 51x40+11+21", "crop 51x41 bottom-right", "crop 60x600 left", "rotate 90 | crop 51x77+7+3 | flip v",
		"fit 77", "fit 33x99 | rotate 90", "rotate 270 | fill 51x30 left", "flip h | fill 31x51 top | flip v", "resize 77x201",
		"crop 101x101+3+5 | resize 33x0 | rotate 180 | crop 20x20+1+1", "fill 64 | crop 31x31 top-left | resize 200%",
		"fit 100 | sharpen 1", "sharpen 0.7 | rotate 90 | fit 90", "crop 1x1+202+150", "resize 110x40",
	} {
		data := runData(t, b.Bytes(), steps+" | jpeg q100")
		h, err := inspect(data, 0, limits)
		got := must2(decode(data, must(t, h, err), 1))(t)
		want := toNRGBA(run(t, asPNG(t, img), steps+" | png"))
		if got.Rect != want.Rect {
			t.Errorf("%s: %v, want %v", steps, got.Rect, want.Rect)
		} else if e := meanError(got, want); e > 1.7 { // measured: 0.6 to 1.4
			t.Errorf("%s: differs by %.1f levels of colour on average", steps, e)
		}
	}
}

// Turning after turning is one turn: each of the eight after each of the eight.
func TestTurns(t *testing.T) {
	img := soft(24, 16)
	for a := 1; a <= 8; a++ {
		for b := 1; b <= 8; b++ {
			v := see(24, 16)
			v.then(a)
			v.then(b)
			if got, want := orient(img, v.turn), orient(orient(img, a), b); got.Rect != want.Rect || !bytes.Equal(got.Pix, want.Pix) || v.size != want.Rect.Max {
				t.Errorf("%d, then %d: %d", a, b, v.turn)
			}
		}
	}
}
