package picture

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"

	"weft/config"
	"weft/pipeline/recipe"
)

func list(r ...recipe.Recipe) []recipe.Recipe { return r }

func runData(t testing.TB, source []byte, steps string) []byte {
	t.Helper()
	out, _, err := Run(t.Context(), source, list(one(t, steps)), limits)
	if err != nil {
		t.Fatalf("%s: %v", steps, err)
	}
	return out[0].Data
}

// Every step makes the size and the colours it says.
func TestSteps(t *testing.T) {
	source := asPNG(t, quarters(200, 100))
	for steps, want := range map[string]image.Point{
		"fit 100":              {100, 50},
		"fit 1000":             {200, 100},
		"fit 50x10":            {20, 10},
		"fill 60":              {60, 60},
		"fill 300x300":         {300, 300},
		"resize 400x0":         {400, 200},
		"resize 0x50":          {100, 50},
		"resize 30x70":         {30, 70},
		"resize 12.5%":         {25, 13},
		"crop 50x40+10+20":     {50, 40},
		"crop 500x40+190+90":   {10, 10},
		"crop 60x60 top-left":  {60, 60},
		"crop 500x500":         {200, 100},
		"rotate 90":            {100, 200},
		"rotate 180":           {200, 100},
		"rotate 45 #000000":    {212, 212},
		"flip h":               {200, 100},
		"sharpen 1":            {200, 100},
		"blur 1.2":             {200, 100},
		"grayscale":            {200, 100},
		"watermark 'Weft' top": {200, 100},
		"fit 100 | rotate 270": {50, 100},
		"fit 3x3":              {3, 2},
		"brightness 10 | contrast -5 | saturation 20 | gamma 1.2": {200, 100},
	} {
		if got := run(t, source, steps+" | png").Bounds().Size(); got.X < want.X-1 || got.X > want.X+1 || got.Y < want.Y-1 || got.Y > want.Y+1 ||
			got != want && !strings.Contains(steps, "45") {
			t.Errorf("%s: %v, want %v", steps, got, want)
		}
	}
	for steps, corner := range map[string]color.NRGBA{ // what the top left becomes
		"rotate 90": blue, "rotate 180": yellow, "rotate 270": green, "flip h": green, "flip v": blue,
		"fill 50x50 left": red, "fill 50x50 right": green, "crop 50x50+150+60": yellow, "crop 50x50 bottom-left": blue,
		"rotate 45 #102030": {0x10, 0x20, 0x30, 255}, "rotate 30": {255, 255, 255, 255}, "brightness 100": {255, 255, 255, 255},
	} {
		if img := run(t, source, steps+" | png"); !near(img, 2, 2, corner) {
			t.Errorf("%s: top left is %v, want %v", steps, img.At(2, 2), corner)
		}
	}
	gray := run(t, source, "grayscale | png")
	if r, g, b, _ := gray.At(10, 10).RGBA(); r != g || g != b {
		t.Error("grayscale leaves colour")
	}
}

// A watermark changes pixels where it says and nowhere else, and fits however long it is.
func TestWatermark(t *testing.T) {
	plain := quarters(300, 200)
	source := asPNG(t, plain)
	changed := func(steps string) image.Rectangle {
		img := run(t, source, steps+" | png")
		var box image.Rectangle
		for y := range 200 {
			for x := range 300 {
				if !near(img, x, y, plain.At(x, y)) {
					box = box.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		return box
	}
	for place, where := range map[string]image.Rectangle{
		"top-left": image.Rect(0, 0, 150, 60), "bottom-right": image.Rect(150, 140, 300, 200), "center": image.Rect(75, 60, 225, 140),
	} {
		if box := changed("watermark 'Weft' " + place + " 80% 10%"); box.Empty() || !box.In(where) {
			t.Errorf("%s: changed %v", place, box)
		}
	}
	long := changed("watermark '" + strings.Repeat("very long ", 15) + "' bottom 100% 20px")
	if long.Empty() || long.Min.X < 5 || long.Max.X > 296 {
		t.Errorf("long text: %v", long)
	}
}

// An output is the same bytes each time, whichever others are made along with it.
func TestDeterministic(t *testing.T) {
	for name, source := range map[string][]byte{"jpeg": asJPEG(t, weave(520, 360)), "png": asPNG(t, weave(520, 360))} {
		recipes := append(recipe.Builtin()[:2], one(t, "orient | fill 50"), one(t, "orient | fit 400"), one(t, "fit 200 | png"), one(t, "crop 100x100"))
		for i := range recipes[2:] {
			recipes[i+2].Name = string(rune('a' + i))
		}
		all, _, err := Run(t.Context(), source, recipes, limits)
		if err != nil || len(all) != len(recipes) {
			t.Fatal(err)
		}
		for i, r := range recipes {
			alone, _, err := Run(t.Context(), source, list(r), limits)
			if err != nil || all[i].Recipe.Name != r.Name || !bytes.Equal(alone[0].Data, all[i].Data) {
				t.Errorf("%s: %s differs when made alone (%v)", name, r.Name, err)
			}
		}
	}
}

// A recipe that fails takes no other with it.
func TestOneBadRecipe(t *testing.T) {
	good, bad := one(t, "fit 20"), one(t, "crop 10x10+500+500")
	good.Name, bad.Name = "good", "bad"
	odd := recipe.Recipe{Name: "odd", Steps: []recipe.Step{{Name: "teleport"}}}
	huge := one(t, "resize 20000x20000")
	out, f, err := Run(t.Context(), asPNG(t, quarters(60, 40)), list(bad, good, odd, huge), limits)
	if len(out) != 1 || out[0].Recipe.Name != "good" || f.Width != 60 {
		t.Fatal(out, f)
	}
	for _, want := range []string{"recipe bad: crop 10x10+500+500: the box lies outside", `"teleport"`, "limits.pixels"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

// A colour profile for RGB is carried into JPEG and PNG; another one is not.
func TestProfile(t *testing.T) {
	rgb := profile("RGB ", 70000) // longer than one segment
	jpg := asJPEG(t, quarters(60, 40))
	part := func(i byte, p []byte) []byte { return append([]byte("ICC_PROFILE\x00"+string([]byte{i, 2})), p...) }
	source := segment(segment(jpg, 0xe2, part(2, rgb[60000:])), 0xe2, part(1, rgb[:60000]))
	for _, steps := range []string{"fit 30 | jpeg", "fit 30 | png"} {
		out := runData(t, source, steps)
		h, err := inspect(out, int64(len(out)), limits)
		if err != nil || !bytes.Equal(h.icc, rgb) {
			t.Errorf("%s: profile of %d bytes, %v", steps, len(h.icc), err)
		}
		if back := runData(t, out, "png"); !bytes.Contains(back, []byte("iCCP")) {
			t.Errorf("%s: the profile is lost on the second way", steps)
		}
	}
	cmyk := segment(jpg, 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), profile("CMYK", 200)...))
	if out := runData(t, cmyk, "jpeg"); bytes.Contains(out, []byte("ICC_PROFILE")) {
		t.Error("a CMYK profile was put on an RGB picture")
	}
}

// Of a PNG's colour profiles only the first is unpacked: thousands would take minutes.
func TestOneProfile(t *testing.T) {
	source := withPNGProfile(withPNGProfile(asPNG(t, quarters(60, 40)), profile("RGB ", 300)), profile("GRAY", 400))
	h, err := inspect(source, 0, limits)
	if err != nil || len(h.icc) != 400 { // put in last, it comes first
		t.Errorf("profile of %d bytes, %v", len(h.icc), err)
	}
}

// A cancelled context ends the work with its error.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Run(ctx, asPNG(t, quarters(60, 40)), recipe.Builtin(), limits); err != context.Canceled {
		t.Error(err)
	}
	if _, _, err := Preview(ctx, asPNG(t, quarters(60, 40)), 10, 10, limits); err != context.Canceled {
		t.Error(err)
	}
}

// What one picture reserves it gives back, also when its decoder fails.
func TestMemoryIsReleased(t *testing.T) {
	bad := asPNG(t, weave(300, 200))
	bad[len(bad)/2] ^= 0xff
	for range 50 {
		if _, _, err := Run(t.Context(), bad, recipe.Builtin(), limits); err == nil {
			t.Fatal("a damaged picture was decoded")
		}
	}
	if !memory.TryAcquire(shares) {
		t.Fatal("memory is still reserved")
	}
	memory.Release(shares)
}

// A preview is as large as asked and no larger than the picture.
func TestPreviewSize(t *testing.T) {
	for _, source := range [][]byte{asJPEG(t, weave(400, 200)), asPNG(t, weave(400, 200))} {
		for _, c := range [][4]int{{100, 100, 100, 50}, {3, 2, 3, 2}, {2000, 2000, 400, 200}, {77, 13, 26, 13}, {1, 1, 1, 1}, {0, -1, 1, 1}} {
			img, f, err := Preview(t.Context(), source, c[0], c[1], limits)
			if err != nil || img.Rect.Max != image.Pt(c[2], c[3]) || f.Width != 400 {
				t.Errorf("%v: %v, %v", c, img.Bounds(), err)
			}
		}
	}
}

// The camera's thumbnail serves for a preview if it is large enough, whole and of the same proportions, and is turned like the picture.
func TestPreviewFromThumbnail(t *testing.T) {
	big, small := asJPEG(t, flat(640, 480)), asJPEG(t, quarters(160, 120))
	for name, c := range map[string]struct {
		thumbnail     []byte
		width, height int
		used          bool
	}{
		"serves":       {small, 80, 80, true},
		"to the pixel": {small, 160, 120, true},
		"too small":    {small, 161, 161, false},
		"cut short":    {small[:len(small)/2], 80, 80, false},
		"black bars":   {asJPEG(t, quarters(160, 106)), 80, 80, false},
		"no JPEG":      {[]byte("thumbnail"), 80, 80, false},
		"empty":        {nil, 80, 80, false},
		"a bomb":       {pngBomb(30000, 22500, 0), 80, 80, false},
	} {
		img, f, err := Preview(t.Context(), withThumbnail(big, c.thumbnail, 6), c.width, c.height, limits)
		if err != nil || f.Width != 640 || f.Orientation != 6 {
			t.Errorf("%s: %+v, %v", name, f, err)
			continue
		}
		right, used := img.Rect.Dx()-3, near(img, 3, 3, blue)
		if used != c.used || !used && !near(img, 3, 3, red) || used && !near(img, right, 3, red) || img.Rect.Dx() > img.Rect.Dy() {
			t.Errorf("%s: %v, corners %v and %v", name, img.Rect, img.At(3, 3), img.At(right, 3))
		}
	}
}

// Detail survives: shrinking from a level keeps close to shrinking from the whole picture.
func TestLevelsKeepDetail(t *testing.T) {
	source := asJPEG(t, weave(640, 480))
	h, err := inspect(source, int64(len(source)), limits)
	full := must(t, h, err)
	img := must2(decode(source, full, 1))(t)
	for steps, bound := range map[string]float64{ // measured: 6.6, 4.3, 6.0, 6.0; a pixel off: 20 to 29
		"fit 320 | png": 7, "fill 100 | png": 5, "fill 70x150 | png": 7, "fill 200x30 left | png": 7,
		"fit 80 | png": 1.3, // measured: 1.2, since little but the mean is left
	} {
		r := one(t, steps)
		want, err := apply(img, r.Steps[0], img.Rect.Max, config.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := toNRGBA(run(t, source, steps))
		if got.Rect != want.Rect {
			t.Fatalf("%s: %v, want %v", steps, got.Rect, want.Rect)
		}
		if e := meanError(got, want); e > bound {
			t.Errorf("%s (level %d): differs by %.1f levels of grey on average", steps, must2(full.plan(r, limits))(t).level, e)
		}
	}
}

// What fit and fill show lies where it should, to a third of a pixel of the result, from every level and for odd sizes.
func TestNothingIsOff(t *testing.T) {
	const period = 40.0 // pixels of a wave across the picture, whose phase tells the place
	for _, size := range []image.Point{{801, 199}, {535, 201}} {
		wave := image.NewNRGBA(image.Rect(0, 0, size.X, size.Y))
		for y := range size.Y {
			for x := range size.X {
				v := uint8(math.Round(128 + 100*math.Sin(2*math.Pi*(float64(x)+0.5)/period)))
				wave.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
			}
		}
		w, h := float64(size.X), float64(size.Y)
		for format, source := range map[string][]byte{"png": asPNG(t, wave), "jpeg": asJPEG(t, wave)} {
			for steps, left := range map[string]float64{ // the boxes are square and the pictures wide
				"fill 130": (w - h) / 2, "fill 97 right": w - h, "fill 96": (w - h) / 2, "fill 48": (w - h) / 2, "fit 266": 0, "fit 120": 0,
				"fit 500": 0, "fit 310": 0, "fit 290": 0,
			} {
				out := toNRGBA(run(t, source, steps+" | png"))
				per := h / float64(out.Rect.Dx()) // pixels of the source for one of the result
				if strings.HasPrefix(steps, "fit") {
					per = w / float64(out.Rect.Dx())
				}
				off := (phase(out, period/per)*period/(2*math.Pi) - left) / per
				turns := period / per
				off -= math.Round(off/turns) * turns
				if math.Abs(off) > 0.3 { // measured: 0.24
					t.Errorf("%s of %v, %s: %.2f pixels off", format, size, steps, off)
				}
			}
		}
	}
}

// phase is that of a sine wave of so many pixels along the middle row.
func phase(img *image.NRGBA, period float64) float64 {
	var re, im float64
	n := img.Rect.Dx()
	for x := range n {
		at := float64(x) + 0.5
		v := (float64(img.Pix[img.PixOffset(x, img.Rect.Dy()/2)]) - 128) * (1 - math.Cos(2*math.Pi*at/float64(n)))
		re, im = re+v*math.Sin(2*math.Pi*at/period), im+v*math.Cos(2*math.Pi*at/period)
	}
	return math.Atan2(im, re)
}

func must2[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T { t.Helper(); return must(t, v, err) }
}

func meanError(a, b *image.NRGBA) float64 {
	sum := 0
	for i := range a.Pix {
		sum += max(int(a.Pix[i])-int(b.Pix[i]), int(b.Pix[i])-int(a.Pix[i]))
	}
	return float64(sum) / float64(len(a.Pix)) * 4 / 3
}
