package picture

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// yarn is a cloth of two yarns with shading: its lightness goes up and down as
// over threads, and each edge between the yarns is two pixels wide.
func yarn(w, h int, one, two string) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	a, b := hexPoint(one), hexPoint(two)
	for y := range h {
		for x := range w {
			part := min(max(4*math.Sin(float64(x)/8)+0.5, 0), 1) // which yarn lies above
			shade := 6 * math.Sin(float64(y)/2)
			c := point{l: a.l*part + b.l*(1-part) + shade, a: a.a*part + b.a*(1-part), b: a.b*part + b.b*(1-part)}
			img.SetNRGBA(x, y, labOf(c.l, c.a, c.b))
		}
	}
	return img
}

func labAt(img *image.NRGBA, x, y int) point {
	c := img.NRGBAAt(x, y)
	return hexPoint(hexOf(c))
}

func hexOf(c color.NRGBA) string {
	const digits = "0123456789abcdef"
	return string([]byte{'#', digits[c.R>>4], digits[c.R&15], digits[c.G>>4], digits[c.G&15], digits[c.B>>4], digits[c.B&15]})
}

// A yarn that a change names becomes the other colour, told by its colour or its number; the other yarn stays; the shading stays; what lies between two colours stays between them.
func TestColourway(t *testing.T) {
	const red, blue, sand, green = "#7a2136", "#2a4f8a", "#d8c8a8", "#3d6b4a"
	img := yarn(200, 60, red, sand)
	for steps, want := range map[string][2]string{
		"colourway #7a2136=#2a4f8a":            {blue, sand},
		"colourway #852a40=#2a4f8a":            {blue, sand}, // near enough
		"colourway 1=#2a4f8a 2=#3d6b4a":        {blue, green},
		"colourway #d8c8a8=#3d6b4a":            {red, green},
		"colourway #7a2136=#808080":            {"#808080", sand},
		"colourway #d8c8a8=#333333 1=#3d6b4a":  {green, "#333333"},
		"colourway #00ff00=#ff00ff":            {red, sand}, // there is none of it
		"colourway #7a2136=#7a2136":            {red, sand},
		"colourway 1=#7a2136 #d8c8a8=#d8c8a8":  {red, sand},
		"colourway #7a2136=#d8c8a8 2=#7a2136 ": {sand, red}, // swapped
	} {
		out := applied(t, img, steps)
		want := [2]point{hexPoint(want[0]), hexPoint(want[1])}
		for i, x := range []int{12, 37} { // amid a yarn each
			if img.NRGBAAt(12, 0).R < 0x70 {
				t.Fatal("the cloth has changed")
			}
			var mean point
			lightest, darkest := 0.0, 100.0
			for y := range 50 { // four waves of the shading
				p := labAt(out, x, y)
				mean.l, mean.a, mean.b = mean.l+p.l/50, mean.a+p.a/50, mean.b+p.b/50
				lightest, darkest = max(lightest, p.l), min(darkest, p.l)
			}
			if d := math.Sqrt(mean.distance2(want[i])); d > 6 {
				t.Errorf("%s: yarn %d is ΔE %.1f from what it should be", steps, i, d)
			}
			if span := lightest - darkest; span < 10 || span > 13 {
				t.Errorf("%s: the shading of yarn %d spans %.1f of 12 in lightness", steps, i, span)
			}
		}
		for x := 1; x < 200; x++ { // no edge is sharper than before, beyond what the colours are further apart
			was := math.Sqrt(labAt(img, x, 0).distance2(labAt(img, x-1, 0)))
			now := math.Sqrt(labAt(out, x, 0).distance2(labAt(out, x-1, 0)))
			spread := math.Sqrt(want[0].distance2(want[1])) / math.Sqrt(hexPoint(red).distance2(hexPoint(sand)))
			if l := labAt(out, x, 0).l; l < min(want[0].l, want[1].l)-10 || l > max(want[0].l, want[1].l)+10 {
				t.Errorf("%s: at %d the lightness is %.1f, beyond both yarns", steps, x, l)
				break
			}
			if now > 1.6*max(spread, 1)*was+4 {
				t.Errorf("%s: the edge at %d tears: ΔE %.1f where it was %.1f", steps, x, now, was)
				break
			}
		}
	}
	if d := apartBy(applied(t, img, "colourway #00ff00=#ff00ff"), img); d > 3 {
		t.Errorf("a colour that is not there changes others by %d", d)
	}
	if _, err := apply(flat(20, 20), one(t, "colourway 2=#ffffff").Steps[0], image.Pt(20, 20), limits); err == nil || err.Error() != "the picture has 1 colours only" {
		t.Error(err)
	}
}

// Between the nodes of a cube colours are within one level of what is asked for, and a cube that changes nothing changes nothing.
func TestCube(t *testing.T) {
	img := noise(64, 64, true, 2)
	same := newCube(func(r, g, b float64) (float64, float64, float64) { return r, g, b }).apply(img)
	if d := apartBy(same, img); d > 0 {
		t.Errorf("a cube of no change changes by %d", d)
	}
	f := func(r, g, b float64) (float64, float64, float64) { return 0.5*r + 0.3*g, g * g, 1 - b }
	out := newCube(f).apply(img)
	for i := 0; i < len(img.Pix); i += 4 {
		r, g, b := f(float64(img.Pix[i])/255, float64(img.Pix[i+1])/255, float64(img.Pix[i+2])/255)
		for k, v := range [3]float64{r, g, b} {
			if math.Abs(float64(out.Pix[i+k])-255*v) > 1 || out.Pix[i+3] != img.Pix[i+3] {
				t.Fatalf("%v becomes %v, want %.3f of channel %d", img.Pix[i:i+4], out.Pix[i:i+4], v, k)
			}
		}
	}
}

func BenchmarkColourway2MP(b *testing.B) {
	img := toNRGBA(weave(1920, 1080))
	done := usage(b)
	for b.Loop() {
		applied(b, img, "colourway 1=#1e2a55")
	}
	done()
}
