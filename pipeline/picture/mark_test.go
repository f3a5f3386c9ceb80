package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"strings"
	"testing"

	"weft/pipeline/recipe"
)

// marked runs steps with a picture for their watermark.
func marked(t *testing.T, source, mark []byte, steps string) (*image.NRGBA, error) {
	t.Helper()
	r := one(t, steps)
	r.Marks = []recipe.Mark{{Key: "logo.png", ETag: "1", Data: mark}}
	out, _, err := Run(t.Context(), source, list(r), limits)
	if err != nil {
		return nil, err
	}
	return decoded(t, out[0].Data), nil
}

// A picture lies where it should, as high as it should, upright, as strong as its opacity, and nothing else changes.
func TestMark(t *testing.T) {
	plain := image.NewNRGBA(image.Rect(0, 0, 200, 100))
	for i := range plain.Pix {
		plain.Pix[i] = 255
	}
	source := asPNG(t, plain)
	turned := withExif(asJPEG(t, orient(quarters(40, 20), 8)), 6, binary.BigEndian) // as a camera on its side has it
	for steps, want := range map[string]image.Rectangle{
		"watermark image logo.png top-left 100% 20px":     image.Rect(3, 3, 43, 23), // 2.5% of 100 pixels, rounded up
		"watermark image logo.png bottom-right 100% 20px": image.Rect(157, 77, 197, 97),
		"watermark image logo.png center 100% 40%":        image.Rect(60, 30, 140, 70),
		"watermark image logo.png bottom 100% 100%":       image.Rect(6, 3, 194, 97), // no higher than there is room
		"watermark image logo.png left 50% 10px":          image.Rect(3, 45, 23, 55),
	} {
		for name, mark := range map[string][]byte{"png": asPNG(t, quarters(40, 20)), "jpeg on its side": turned} {
			img, err := marked(t, source, mark, steps+" | png")
			if err != nil {
				t.Fatal(err)
			}
			var box image.Rectangle
			for y := range 100 {
				for x := range 200 {
					if !near(img, x, y, color.White) {
						box = box.Union(image.Rect(x, y, x+1, y+1))
					}
				}
			}
			if box != want {
				t.Errorf("%s, %s: changed %v, want %v", steps, name, box, want)
			}
			c := red
			if strings.Contains(steps, "50%") {
				c = color.NRGBA{128 + red.R/2, 128 + red.G/2, 128 + red.B/2, 255}
			}
			if !near(img, want.Min.X+2, want.Min.Y+2, c) {
				t.Errorf("%s, %s: its corner is %v, want %v", steps, name, img.At(want.Min.X+2, want.Min.Y+2), c)
			}
		}
	}
	see := image.NewNRGBA(image.Rect(0, 0, 10, 10)) // all transparent
	if img, err := marked(t, source, asPNG(t, see), "watermark image logo.png | png"); err != nil || !bytes.Equal(img.Pix, plain.Pix) {
		t.Error("a transparent picture changes what is below it:", err)
	}
}

// What cannot serve as a watermark is refused with its key and the reason, before it is decoded.
func TestMarkRefuses(t *testing.T) {
	source := asPNG(t, quarters(60, 40))
	for name, c := range map[string]struct {
		mark []byte
		want string
	}{
		"a bomb": {pngBomb(30000, 22500, 0), "at most 16 megapixels"}, "text": {[]byte("hello"), `"logo.png" is not a picture`},
		"webp": {losslessWebP(quarters(20, 10)), "is a PNG or a JPEG"}, "cut": {asPNG(t, weave(50, 50))[:800], "ends early"}, "empty": {nil, "empty"},
	} {
		if _, err := marked(t, source, c.mark, "watermark image logo.png"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, _, err := Run(t.Context(), source, list(one(t, "watermark image other.png")), limits); err == nil || !strings.Contains(err.Error(), `nobody has read "other.png"`) {
		t.Error(err)
	}
}
