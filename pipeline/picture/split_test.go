package picture

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strings"
	"testing"

	"weft/pipeline/picture/swatch"
	"weft/pipeline/recipe"
	"weft/pipeline/sample"
)

// table is a grey ground with turned rectangles on it: red, green, blue, yellow in
// turn, each with a darker band on its left, so that turning shows.
func table(w, h int, turn float64, at ...[4]float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	sin, cos := math.Sincos(turn * math.Pi / 180)
	state := uint32(5)
	for y := range h {
		for x := range w {
			state = state*1664525 + 1013904223
			noise := int(state>>29) - 4
			c := color.NRGBA{150, 148, 146, 255}
			for i, r := range at {
				dx, dy := float64(x)+0.5-r[0], float64(y)+0.5-r[1]
				u, v := dx*cos+dy*sin, dy*cos-dx*sin
				if math.Abs(u) < r[2]/2 && math.Abs(v) < r[3]/2 {
					c = []color.NRGBA{red, green, blue, yellow}[i%4]
					if u < -0.32*r[2] {
						c.R, c.G, c.B = c.R/4*3, c.G/4*3, c.B/4*3
					}
				}
			}
			img.SetNRGBA(x, y, color.NRGBA{uint8(int(c.R) + noise), uint8(int(c.G) + noise), uint8(int(c.B) + noise), 255})
		}
	}
	return img
}

var four = [][4]float64{{160, 120, 180, 140}, {450, 130, 200, 150}, {170, 350, 160, 190}, {460, 350, 220, 160}}

// Each swatch becomes an upright picture of its own, numbered as one reads, however the camera was held; the profile goes along.
func TestSplit(t *testing.T) {
	plain := asJPEG(t, table(640, 480, 7, four...))
	for orientation := uint16(1); orientation <= 8; orientation++ {
		if raced && orientation != 6 {
			continue // the detector makes looking at pixels ten times slower, and has nothing to find in it
		}
		source := segment(withExif(plain, orientation, binary.LittleEndian), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), profile("RGB ", 400)...))
		results, found, facts, err := Split(t.Context(), source, recipe.Splitting(), limits, nil)
		if err != nil || len(results) != 5 || len(found.Swatches) != 4 || facts.Look == nil {
			t.Fatalf("orientation %d: %d results, %+v, %v", orientation, len(results), found, err)
		}
		if upright := orientation < 5; upright != (found.Width == 640) {
			t.Errorf("orientation %d: found in %d×%d", orientation, found.Width, found.Height)
		}
		area := 0
		for i, r := range results[:4] {
			img := unpacked(t, r.Data)
			if r.Part != i+1 || r.Width != img.Rect.Dx() || !bytes.Contains(r.Data, []byte("ICC_PROFILE")) {
				t.Errorf("orientation %d: part %d: %d wide, %d as it says", orientation, r.Part, img.Rect.Dx(), r.Width)
			}
			area += r.Width * r.Height
			// Straight: the ground shows nowhere, not in a corner.
			for _, p := range []image.Point{{1, 1}, {r.Width - 2, 1}, {1, r.Height - 2}, {r.Width - 2, r.Height - 2}} {
				if c := img.NRGBAAt(p.X, p.Y); max(c.R, c.G, c.B)-min(c.R, c.G, c.B) < 60 {
					t.Errorf("orientation %d: part %d has the ground's colour %v at %v", orientation, i+1, c, p)
				}
			}
		}
		if want := 180*140 + 200*150 + 160*190 + 220*160; area < want*95/100 || area > want {
			t.Errorf("orientation %d: all parts have %d pixels of %d", orientation, area, want)
		}
		if sheet := results[4]; sheet.Part != 0 || sheet.Parts != 4 || sheet.Width != sheetWide {
			t.Errorf("sheet %+v", sheet)
		}
	}
}

func unpacked(t *testing.T, data []byte) *image.NRGBA {
	t.Helper()
	h, err := inspect(data, int64(len(data)), limits)
	if err != nil {
		t.Fatal(err)
	}
	img, err := decode(data, h, 1)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// The steps behind split apply to each swatch; what is found depends on none of them.
func TestSplitSteps(t *testing.T) {
	source := asPNG(t, table(640, 480, -5, four...))
	r := recipe.Splitting()
	steps, err := recipe.ParseSteps("split | fit 60 | grayscale | png")
	r.Steps = must(t, steps, err)
	told := ""
	results, found, _, err := Split(t.Context(), source, r, limits, func(done, total int) { told += fmt.Sprint(done, "/", total, " ") })
	if err != nil || len(results) != 5 || told != "1/4 2/4 3/4 4/4 " {
		t.Fatalf("%d results, told %q, %v", len(results), told, err)
	}
	for _, p := range results[:4] {
		img := unpacked(t, p.Data)
		if c := img.NRGBAAt(20, 20); max(p.Width, p.Height) != 60 || p.ContentType != "image/png" || c.R != c.B {
			t.Errorf("part %d: %d×%d of %s, %v", p.Part, p.Width, p.Height, p.ContentType, c)
		}
	}
	looked, _, err := FindSwatches(t.Context(), source, recipe.Splitting(), limits)
	if err != nil || fmt.Sprint(looked) != fmt.Sprint(found) {
		t.Errorf("found %v, then %v, %v", found, looked, err)
	}
}

// A photo without swatches, of one cloth, of far too many, or none at all: one clear sentence, and nothing is made.
func TestSplitNothing(t *testing.T) {
	var lots [][4]float64
	for i := range 130 {
		lots = append(lots, [4]float64{25 + float64(i%13)*48, 22 + float64(i/13)*46, 32, 32})
	}
	for name, c := range map[string]struct {
		source []byte
		want   string
	}{
		"empty table": {asJPEG(t, table(640, 480, 0)), "no swatch was found"},
		"one cloth":   {asJPEG(t, weave(640, 480)), "no swatch was found"},
		"checks":      {asJPEG(t, quarters(640, 480)), "no swatch was found"},
		"a pattern":   {asJPEG(t, table(640, 480, 0, lots...)), "more than 100"},
		"tiny":        {asPNG(t, quarters(20, 16)), "no swatch was found"},
	} {
		if raced && name != "empty table" {
			continue
		}
		results, _, _, err := Split(t.Context(), c.source, recipe.Splitting(), limits, nil)
		if !errors.Is(err, ErrNoSwatch) || !strings.Contains(fmt.Sprint(err), c.want) || results != nil {
			t.Errorf("%s: %d results, %v", name, len(results), err)
		}
	}
	if _, _, _, err := Split(t.Context(), []byte("no picture"), recipe.Splitting(), limits, nil); !errors.Is(err, ErrFormat) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := Split(ctx, asJPEG(t, table(640, 480, 0, four...)), recipe.Splitting(), limits, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A colour named as the ground finds what covers the border all around; a higher tolerance overlooks what is faint.
func TestSplitOptions(t *testing.T) {
	img := table(640, 480, 0, [4]float64{160, 240, 200, 300}, [4]float64{480, 240, 200, 300})
	for y := range 480 { // a frame of the swatches' own colour
		for x := range 640 {
			if x < 12 || y < 12 || x >= 628 || y >= 468 {
				img.SetNRGBA(x, y, red)
			}
		}
	}
	source := asPNG(t, img)
	r := recipe.Splitting()
	steps, err := recipe.ParseSteps("split #969492 | png")
	r.Steps = must(t, steps, err)
	if f, _, err := FindSwatches(t.Context(), source, r, limits); err != nil || len(f.Swatches) != 2 {
		t.Errorf("with the ground named: %+v, %v", f, err)
	}
	faint := table(640, 480, 0, [4]float64{160, 240, 200, 300})
	for y := 100; y < 380; y++ {
		for x := 400; x < 580; x++ {
			p := faint.Pix[faint.PixOffset(x, y):]
			p[0], p[1], p[2] = p[0]+12, p[1]+6, p[2]-6
		}
	}
	for tolerance, want := range map[string]int{"": 2, "3": 1} {
		steps, err := recipe.ParseSteps("split " + tolerance)
		r.Steps = must(t, steps, err)
		if f, _, err := FindSwatches(t.Context(), asPNG(t, faint), r, limits); err != nil || len(f.Swatches) != want {
			t.Errorf("tolerance %q: %d found, want %d, %v", tolerance, len(f.Swatches), want, err)
		}
	}
}

// What is straightened keeps its pixels: a whole picture comes out as it was, a turned one as it was before it was turned.
func TestStraighten(t *testing.T) {
	img := toNRGBA(weave(60, 40))
	if out := straighten(img, swatch.Quad{{X: 0, Y: 0}, {X: 60, Y: 0}, {X: 60, Y: 40}, {X: 0, Y: 40}}); !bytes.Equal(out.Pix, img.Pix) {
		t.Error("the whole picture is another")
	}
	half := straighten(img, swatch.Quad{{X: 60, Y: 40}, {X: 0, Y: 40}, {X: 0, Y: 0}, {X: 60, Y: 0}})
	if !bytes.Equal(half.Pix, orient(img, 3).Pix) {
		t.Error("half a turn is another")
	}
	slope := image.NewNRGBA(image.Rect(0, 0, 100, 100)) // red says x, green y
	for y := range 100 {
		for x := range 100 {
			slope.SetNRGBA(x, y, color.NRGBA{uint8(50 + x), uint8(50 + y), 0, 255})
		}
	}
	q := swatch.Quad{{X: 30, Y: 20}, {X: 80, Y: 30}, {X: 75, Y: 80}, {X: 20, Y: 70}}
	out := straighten(slope, q)
	w, h := out.Rect.Dx(), out.Rect.Dy()
	for i, p := range []image.Point{{0, 0}, {w - 1, 0}, {w - 1, h - 1}, {0, h - 1}} {
		c := out.NRGBAAt(p.X, p.Y)
		if math.Abs(float64(c.R)-50-q[i].X) > 1.5 || math.Abs(float64(c.G)-50-q[i].Y) > 1.5 {
			t.Errorf("corner %d is from %d, %d, want %v", i, int(c.R)-50, int(c.G)-50, q[i])
		}
	}
}

// Split of a 12 MP group photo: found, straightened, written and shown on a sheet; and only found.
func BenchmarkSplit12MP(b *testing.B) {
	im, _ := sample.Layouts()[2].Shoot(4000)
	rgba := image.NewRGBA(im.Rect)
	draw.Draw(rgba, rgba.Rect, im, image.Point{}, draw.Src)
	source := asJPEG(b, rgba)
	b.Run("all", func(b *testing.B) {
		done := usage(b)
		for b.Loop() {
			if _, _, _, err := Split(b.Context(), source, recipe.Splitting(), limits, nil); err != nil {
				b.Fatal(err)
			}
		}
		done()
	})
	b.Run("found", func(b *testing.B) {
		done := usage(b)
		for b.Loop() {
			if _, _, err := FindSwatches(b.Context(), source, recipe.Splitting(), limits); err != nil {
				b.Fatal(err)
			}
		}
		done()
	})
}
