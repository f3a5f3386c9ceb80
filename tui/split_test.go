package tui

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"testing"

	"weft/pipeline"
	"weft/pipeline/picture/swatch"
)

// table is a photo of two swatches on a grey ground.
func table(t *testing.T) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	state := uint32(1)
	for y := range 240 {
		for x := range 320 {
			state = state*1664525 + 1013904223
			c := color.RGBA{150 + uint8(state>>29), 150 + uint8(state>>29), 148, 255}
			if y > 50 && y < 190 && x%160 > 25 && x%160 < 135 {
				c = color.RGBA{uint8(40 + x/2), 40 + uint8(state>>29), 90, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// | shows what would be found in each photo before anything is done; Enter has all split, and what cannot be split says why.
func TestSplit(t *testing.T) {
	w := newWorld(t)
	w.putBytes("uploaded/group_images/board.jpg", table(t))
	w.put("uploaded/group_images/cloth.jpg", "uploaded/single_images/silk.jpg")
	s := w.show(120, 40)
	s.press("4")
	s.await("board.jpg", "cloth.jpg")
	s.press("|")
	s.await("Split 1 photo", "2 swatches · new → single_images/board-1.jpg … -2.jpg")
	if got := w.keys("uploaded/single_images/"); len(got) != 1 {
		t.Fatalf("looking made %q", got)
	}
	s.press("esc", "a", "|")
	s.await("Split 2 photos", "1 of 2  board.jpg", "2 swatches")
	s.press("right")
	s.await("2 of 2  cloth.jpg", "✗", "no swatch was found")
	s.press("enter")
	s.await("1 of 2 failed")
	if got := w.keys("uploaded/single_images/"); !slices.Equal(got, []string{"uploaded/single_images/board-1.jpg", "uploaded/single_images/board-2.jpg", "uploaded/single_images/silk.jpg"}) {
		t.Fatalf("made: %q", got)
	}
	s.press("esc", "g", "g", "|")
	s.await("2 swatches · up to date")
	s.press("esc", "3")
	s.await("silk.jpg")
	s.press("|")
	s.await("None of these is a photo to split")
}

// splitExample is the sheet of two photos, for golden screens.
func splitExample(err error) *splitSheet {
	s := &splitSheet{keys: []string{"uploaded/group_images/oak.jpg", "uploaded/group_images/felt.jpg"}, left: 1, found: &splitPlanned{err: err}}
	for range 4 {
		s.found.lines = append(s.found.lines, "photo")
	}
	s.found.plan = pipeline.SplitPlan{State: pipeline.OutputStale, Count: 2, Keys: []string{"uploaded/single_images/oak-1.jpg", "uploaded/single_images/oak-2.jpg"}}
	s.found.plan.Swatches = make([]swatch.Quad, 2)
	return s
}

// Numbers are drawn whole within a picture, and cut at its edge.
func TestDrawNumber(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 12, 9))
	drawNumber(img, 41, 6, 4)
	white := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i] == 255 {
			white++
		}
	}
	if white != 9+8 { // of 4 and of 1, dot by dot
		t.Errorf("%d white pixels", white)
	}
	drawNumber(img, 100, 0, 0)
	drawNumber(img, 7, 40, 40)
}
