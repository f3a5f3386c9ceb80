package picture

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/webp"
)

// decoded reads an output back as the engine reads a source.
func decoded(t testing.TB, data []byte) *image.NRGBA {
	t.Helper()
	h, err := inspect(data, int64(len(data)), limits)
	must(t, h, err)
	img, err := decode(data, h, 1)
	return must(t, img, err)
}

// alike is how close two pictures are, in decibels, colours weighed by their opacity.
func alike(a, b *image.NRGBA) float64 {
	sum, n := 0.0, 0
	for i := 0; i < len(a.Pix); i += 4 {
		for c := range 4 {
			x, y := float64(a.Pix[i+c]), float64(b.Pix[i+c])
			if c < 3 {
				x, y = x*float64(a.Pix[i+3])/255, y*float64(b.Pix[i+3])/255
			}
			sum += (x - y) * (x - y)
			n++
		}
	}
	return 10 * math.Log10(255*255*float64(n)/max(sum, 1e-9))
}

// waves is a picture that codecs like: no noise, and transparent towards the right if alpha.
func waves(w, h int, alpha bool) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{uint8(128 + 100*math.Sin(float64(x)/9)), uint8(128 + 90*math.Cos(float64(y)/7)), uint8(60 + x*90/w), 255}
			if alpha {
				c.A = uint8(255 - 200*x/w)
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// WebP without loss gives back every pixel, what is transparent included; with loss it is close; the profile goes along, and the bytes do not depend on the number of cores.
func TestWebPOut(t *testing.T) {
	rgb := profile("RGB ", 333)
	for name, img := range map[string]*image.NRGBA{"opaque": waves(60, 40, false), "transparent": waves(60, 40, true), "noise": noise(31, 17, true, 4)} {
		for _, icc := range [][]byte{nil, rgb} {
			data, kind, err := encode(img, one(t, "webp lossless"), icc)
			if back := decoded(t, must(t, data, err)); kind != "image/webp" || !bytes.Equal(back.Pix, img.Pix) {
				t.Errorf("%s: without loss, something is lost", name)
			}
			if h, err := inspect(data, 0, limits); err != nil || !bytes.Equal(h.icc, icc) {
				t.Errorf("%s: the profile has %d bytes, %v", name, len(h.icc), err)
			}
			data, _, err = encode(img, one(t, "webp q90"), icc)
			if near := alike(img, decoded(t, must(t, data, err))); name != "noise" && near < 35 {
				t.Errorf("%s: q90 is %.1f dB from the picture", name, near)
			}
			if h, err := inspect(data, 0, limits); err != nil || !bytes.Equal(h.icc, icc) {
				t.Errorf("%s, lossy: the profile has %d bytes, %v", name, len(h.icc), err)
			}
		}
	}
	img := toNRGBA(weave(300, 200)) // enough for encoders that share the work out
	for _, steps := range []string{"webp", "webp lossless"} {
		var all [][]byte
		for _, cores := range []int{1, 4} {
			was := runtime.GOMAXPROCS(cores)
			data, _, err := encode(img, one(t, steps), nil)
			runtime.GOMAXPROCS(was)
			all = append(all, must(t, data, err))
		}
		if !bytes.Equal(all[0], all[1]) {
			t.Errorf("%s: other bytes with more cores", steps)
		}
	}
	_, _, err := encode(image.NewNRGBA(image.Rect(0, 0, 20000, 1)), one(t, "webp"), nil)
	if err == nil || !strings.Contains(err.Error(), "put fit 16383 before it") {
		t.Error(err)
	}
}

// No library of the machine is asked, whatever is installed: outputs are the same everywhere.
func TestUnlinked(t *testing.T) {
	if webp.Dynamic() == nil || avif.Dynamic() == nil {
		t.Error("a codec of the machine is used")
	}
}

func BenchmarkWebP2MP(b *testing.B) { benchEncode(b, "webp") }
func BenchmarkAVIF2MP(b *testing.B) { benchEncode(b, "avif") }

func benchEncode(b *testing.B, steps string) {
	img := toNRGBA(weave(1600, 1200))
	r := one(b, steps)
	done := usage(b)
	for b.Loop() {
		if _, _, err := encode(img, r, nil); err != nil {
			b.Fatal(err)
		}
	}
	done()
}
