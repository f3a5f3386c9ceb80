package picture

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math/rand/v2"
	"strings"
	"testing"

	"weft/config"
	"weft/pipeline/recipe"
)

// applied carries out steps on a picture as the engine does, without encoding.
func applied(t testing.TB, img *image.NRGBA, steps string) *image.NRGBA {
	t.Helper()
	for _, s := range one(t, steps).Steps {
		out, err := apply(img, s, img.Rect.Max, limits)
		img = must(t, out, err)
	}
	return img
}

// noise is a picture without order, partly transparent if alpha.
func noise(w, h int, alpha bool, seed uint64) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 7))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(r.UintN(256))
		if i%4 == 3 && !alpha {
			img.Pix[i] = 255
		}
	}
	return img
}

// Whatever the picture: fit never exceeds its box, fill and pad are exact, and none leaves the limits.
func TestSizesAreKept(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		w, h, boxW, boxH := 1+r.IntN(90), 1+r.IntN(90), 1+r.IntN(60), 1+r.IntN(60)
		img := noise(w, h, true, 3)
		box := fmt.Sprintf("%dx%d", boxW, boxH)
		if got := applied(t, img, "fit "+box).Rect; got.Dx() > boxW || got.Dy() > boxH || got.Dx() > w || got.Dy() > h || got.Empty() {
			t.Errorf("fit %s of %d×%d: %v", box, w, h, got)
		}
		for _, place := range append([]string{"smart"}, recipe.Gravities...) {
			if got := applied(t, img, "fill "+box+" "+place).Rect; got != image.Rect(0, 0, boxW, boxH) {
				t.Errorf("fill %s %s of %d×%d: %v", box, place, w, h, got)
			}
			if got := applied(t, img, "fit "+box+" | pad "+box+" "+strings.TrimPrefix(place, "smart")).Rect; got != image.Rect(0, 0, boxW, boxH) {
				t.Errorf("pad %s %s of %d×%d: %v", box, place, w, h, got)
			}
		}
		if got := applied(t, img, "pad 3x5px").Rect; got != image.Rect(0, 0, w+6, h+10) {
			t.Errorf("pad 3x5px of %d×%d: %v", w, h, got)
		}
	}
	for steps, want := range map[string]string{
		"pad 20000x20000": "limits.pixels", "tile 50x50": "limits.pixels", "pad 10x10": "put fit 10x10 before it", "resize 400% | resize 400%": "limits.pixels",
	} {
		img, err := image.NewNRGBA(image.Rect(0, 0, 300, 200)), error(nil)
		for _, s := range one(t, steps).Steps {
			if err == nil {
				img, err = apply(img, s, img.Rect.Max, config.Limits{Pixels: 500_000})
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", steps, err, want)
		}
	}
}

// A trimmed picture has nothing left to trim: not with frames within frames, noise or transparency.
func TestTrimIsIdempotent(t *testing.T) {
	base := applied(t, noise(20, 14, false, 5), "pad 3px #204060 | pad 2x4px black | pad 7x0px #ffffff | pad 1px transparent")
	r := rand.New(rand.NewPCG(3, 4))
	for i := range base.Pix { // as a sensor sees it
		if i%4 != 3 && base.Pix[i] > 4 && base.Pix[i] < 250 {
			base.Pix[i] += uint8(r.UintN(4))
		}
	}
	for name, c := range map[string]struct {
		img  *image.NRGBA
		want image.Point
	}{
		"frames": {base, image.Pt(20, 14)}, "one colour": {flat(9, 7), image.Pt(9, 7)}, "noise": {noise(12, 9, true, 1), image.Pt(12, 9)},
		"one pixel": {flat(1, 1), image.Pt(1, 1)}, "nothing": {image.NewNRGBA(image.Rect(0, 0, 6, 5)), image.Pt(6, 5)},
		"gradient": {applied(t, motif(), "blur 3"), image.Pt(12, 8)},
	} {
		once := applied(t, c.img, "trim")
		twice := applied(t, once, "trim")
		if once.Rect.Size() != c.want || !bytes.Equal(once.Pix, twice.Pix) {
			t.Errorf("%s: %v, then %v, want %v", name, once.Rect, twice.Rect, c.want)
		}
	}
	if got := applied(t, framed(), "trim 0"); !bytes.Equal(got.Pix, motif().Pix) {
		t.Error("without tolerance: what was framed does not come out")
	}
}

// A repeat shows the picture in every cell, shifted or turned as its layout says, and a mirrored one goes on evenly over every edge.
func TestTile(t *testing.T) {
	img := noise(6, 4, true, 9)
	w, h := 6, 4
	at := map[string]func(column, row, x, y int) (int, int){
		"straight":  func(_, _, x, y int) (int, int) { return x, y },
		"half-drop": func(c, _, x, y int) (int, int) { return x, (y + c%2*(h-h/2)) % h },
		"brick":     func(_, r, x, y int) (int, int) { return (x + r%2*(w-w/2)) % w, y },
		"mirror": func(c, r, x, y int) (int, int) {
			if c%2 == 1 {
				x = w - 1 - x
			}
			if r%2 == 1 {
				y = h - 1 - y
			}
			return x, y
		},
	}
	for layout, from := range at {
		out := applied(t, img, "tile 5x3 "+layout)
		if out.Rect != image.Rect(0, 0, 5*w, 3*h) {
			t.Fatalf("%s: %v", layout, out.Rect)
		}
		for y := range 3 * h {
			for x := range 5 * w {
				sx, sy := from(x/w, y/h, x%w, y%h)
				if out.NRGBAAt(x, y) != img.NRGBAAt(sx, sy) {
					t.Fatalf("%s: pixel %d, %d is not that of %d, %d", layout, x, y, sx, sy)
				}
			}
		}
	}
	out := applied(t, img, "tile 4x4 mirror")
	for i := range 3 {
		for k := range 4 * h {
			if x := (i + 1) * w; out.NRGBAAt(x-1, k) != out.NRGBAAt(x, k) {
				t.Fatalf("the edge at column %d tears in row %d", x, k)
			}
		}
		for k := range 4 * w {
			if y := (i + 1) * h; out.NRGBAAt(k, y-1) != out.NRGBAAt(k, y) {
				t.Fatalf("the edge at row %d tears in column %d", y, k)
			}
		}
	}
}

// smart keeps the part with detail, wherever it lies and from every level, and the middle where all is alike.
func TestSmart(t *testing.T) {
	for _, c := range []struct{ w, h, at, from, to int }{ // the detail's place along the longer side, and where the result's first pixel may come from
		{400, 100, 260, 200, 262}, {400, 100, 0, 0, 2}, {400, 100, 340, 298, 300}, {100, 400, 260, 200, 262}, {100, 400, 120, 60, 122},
	} {
		img := flat(c.w, c.h)
		r := image.Rect(c.at, 20, c.at+60, 80)
		if c.h > c.w {
			r = image.Rect(20, c.at, 80, c.at+60)
		}
		draw.Draw(img, r, weave(100, 100), image.Point{}, draw.Src)
		for i := range c.w { // each place along the longer side is marked by its green
			for k := range c.h {
				place := i
				if c.h > c.w {
					place = k
				}
				img.Pix[img.PixOffset(i, k)+1] = uint8(place / 2)
			}
		}
		out := toNRGBA(run(t, asPNG(t, img), "fill 100 smart | png"))
		if first := 2 * int(out.Pix[1]); first < c.from-2 || first > c.to+2 {
			t.Errorf("%d×%d with detail at %d: cut from %d", c.w, c.h, c.at, first)
		}
		small := toNRGBA(run(t, asPNG(t, img), "fill 20 smart | png"))
		if first := 2 * int(small.Pix[1]); first < c.from-8 || first > c.to+8 {
			t.Errorf("%d×%d with detail at %d, small: cut from %d", c.w, c.h, c.at, first)
		}
	}
	if left, top := busiest(flat(300, 100), 1./3, 1); left != 1./3 || top != 0 {
		t.Error("all alike:", left, top)
	}
}

// Turning hues: 0 and 360 change nothing, thirds bring them around within 1, luma stays, grey stays grey.
func TestHue(t *testing.T) {
	img := noise(40, 30, true, 8)
	for i, v := range img.Pix { // colours that no turn brings out of range
		if i%4 != 3 {
			img.Pix[i] = 110 + v/8
		}
	}
	for _, steps := range []string{"hue 0", "hue 360", "hue -360"} {
		if apartBy(applied(t, img, steps), img) != 0 {
			t.Errorf("%s changes the picture", steps)
		}
	}
	if d := apartBy(applied(t, img, "hue 120 | hue 120 | hue 120"), img); d > 1 {
		t.Errorf("three thirds are off by %d", d)
	}
	almost := hueMatrix(359.999)
	for i, want := range [9]int32{1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 16} {
		if d := almost[i] - want; d > 40 || d < -40 {
			t.Errorf("a turn of almost 360: %v", almost)
		}
	}
	out := applied(t, img, "hue 77")
	for i := 0; i < len(img.Pix); i += 4 {
		y0, _, _ := color.RGBToYCbCr(img.Pix[i], img.Pix[i+1], img.Pix[i+2])
		y1, _, _ := color.RGBToYCbCr(out.Pix[i], out.Pix[i+1], out.Pix[i+2])
		if far(y0, y1, 1) || out.Pix[i+3] != img.Pix[i+3] {
			t.Fatalf("%v becomes %v", img.Pix[i:i+4], out.Pix[i:i+4])
		}
	}
	warm := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	copy(warm.Pix, []byte{150, 100, 100, 255, 90, 90, 90, 255})
	turned := applied(t, warm, "hue 120").Pix
	if turned[1] <= turned[0] || turned[1] <= turned[2] || far(turned[4], 90, 1) || far(turned[6], 90, 1) {
		t.Errorf("red and grey turned by a third: %v", turned)
	}
}

func BenchmarkHue2MP(b *testing.B) {
	img := toNRGBA(weave(1920, 1080))
	done := usage(b)
	for b.Loop() {
		applied(b, img, "hue 40")
	}
	done()
}
