package picture

import (
	"encoding/hex"
	"flag"
	"fmt"
	"image"
	"image/color"
	"os"
	"strings"
	"testing"

	"weft/pipeline/recipe"
)

var update = flag.Bool("update", false, "write testdata/steps.txt anew from what the steps do now")

// motif is a cloth of 12×8 pixels: a dark warp and a light weft over a ground
// that goes from red to blue, with one yellow thread.
func motif() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 12, 8))
	for y := range 8 {
		for x := range 12 {
			c := color.NRGBA{uint8(200 - 12*x), 60, uint8(50 + 14*x), 255}
			if (x+y)%4 == 0 {
				c = color.NRGBA{40, 35, uint8(40 + 5*y), 255}
			}
			if y == 5 {
				c = color.NRGBA{230, 200, uint8(30 + 2*x), 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// framed is motif with two white pixels around it.
func framed() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 16, 12))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	m := motif()
	for y := range 8 {
		copy(img.Pix[img.PixOffset(2, 2+y):], m.Pix[y*m.Stride:][:4*12])
	}
	return img
}

// golden are lines of steps; each kind of step is in one of them.
var golden = []string{
	"orient", "fit 6", "fill 5 left", "fill 5 bottom-right", "fill 5x2 top", "fill 3x6 smart", "resize 5x9", "resize 0x4", "crop 4x3+2+1", "crop 4x3 top-right",
	"trim", "pad 14x9 bottom #102030", "pad 1x0px transparent", "rotate 90", "rotate 30 #ff8000", "flip h", "flip v", "tile 2x2", "tile 2x2 half-drop",
	"tile 2x2 brick", "tile 2x2 mirror", "sharpen 1", "blur 0.8", "brightness 20", "contrast 30", "saturation -50", "gamma 1.8", "grayscale",
	"hue 90", "colourway #902838=#2a4f8a #e6c830=#ffffff", "watermark \"W\" center 80% 6px", "png", "jpeg q90", "srgb",
	"webp lossless", "webp q90", "avif q90",
}

// Every step makes the pixels that are written down in testdata/steps.txt, to the last but one level.
func TestGoldenSteps(t *testing.T) {
	const name = "testdata/steps.txt"
	if *update {
		var b strings.Builder
		for _, steps := range golden {
			fmt.Fprintf(&b, "%s\n%s\n", steps, grid(goldenOutput(t, steps)))
		}
		must(t, 0, os.WriteFile(name, []byte(b.String()), 0o644))
	}
	data, err := os.ReadFile(name)
	want := map[string]string{}
	for part := range strings.SplitSeq(string(must(t, data, err)), "\n\n") {
		steps, pixels, _ := strings.Cut(part, "\n")
		want[steps] = pixels
	}
	tried := map[string]bool{"split": true, "sheet": true} // made of many pictures, or into many
	for _, steps := range golden {
		for _, s := range one(t, steps).Steps {
			tried[s.Name] = true
		}
		if raced && strings.HasPrefix(steps, "avif") {
			continue // see sandboxed
		}
		got := goldenOutput(t, steps)
		old, ok := readGrid(want[steps])
		tolerance := 1
		if strings.Contains(steps, " q") {
			tolerance = 3
		}
		if !ok || old.Rect != got.Rect || apartBy(old, got) > tolerance {
			t.Errorf("%s\n%swant\n%s", steps, grid(got), want[steps])
		}
	}
	for _, d := range recipe.Steps() {
		if !tried[d.Name] {
			t.Errorf("no line of golden has the step %s", d.Name)
		}
	}
}

// goldenOutput is what the steps make of motif, or of framed for trim.
func goldenOutput(t *testing.T, steps string) *image.NRGBA {
	t.Helper()
	source := motif()
	if strings.HasPrefix(steps, "trim") {
		source = framed()
	}
	r := one(t, steps)
	if !strings.Contains(steps, r.Format()) { // the default
		steps += " | png"
	}
	return decoded(t, runData(t, asPNG(t, source), steps))
}

// grid writes a picture as rows of colours, rrggbb or rrggbbaa.
func grid(img *image.NRGBA) string {
	var b strings.Builder
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			p := img.Pix[img.PixOffset(x, y):][:4]
			if x > 0 {
				b.WriteByte(' ')
			}
			if p[3] == 255 {
				p = p[:3]
			}
			b.WriteString(hex.EncodeToString(p))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func readGrid(text string) (*image.NRGBA, bool) {
	rows := strings.Split(strings.TrimSpace(text), "\n")
	img := image.NewNRGBA(image.Rect(0, 0, len(strings.Fields(rows[0])), len(rows)))
	for y, row := range rows {
		for x, word := range strings.Fields(row) {
			p, err := hex.DecodeString(word)
			if err != nil || len(p) < 3 || x >= img.Rect.Dx() {
				return nil, false
			}
			copy(img.Pix[img.PixOffset(x, y):], append(p, 255)[:4])
		}
	}
	return img, len(text) > 0
}

// apartBy is by how much the pixels of two pictures of one size differ at most;
// all that is transparent is alike.
func apartBy(a, b *image.NRGBA) (most int) {
	for i := 0; i < len(a.Pix); i += 4 {
		if a.Pix[i+3] == 0 && b.Pix[i+3] == 0 {
			continue
		}
		for c := range 4 {
			d := int(a.Pix[i+c]) - int(b.Pix[i+c])
			most = max(most, d, -d)
		}
	}
	return most
}
