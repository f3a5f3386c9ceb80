//go:build unix

package child

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"reflect"
	"testing"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// swatches is an animation whose frames show two swatches on a table.
func swatches(t *testing.T) []byte {
	t.Helper()
	var g gif.GIF
	for range 2 {
		p := image.NewPaletted(image.Rect(0, 0, 200, 150), color.Palette{color.Gray{150}, color.Gray{154}, color.RGBA{180, 40, 60, 255}, color.RGBA{30, 60, 170, 255}})
		for y := range 150 {
			for x := range 200 {
				i := uint8((x*7 + y*13) / 5 % 2)
				if y > 30 && y < 115 && x%100 > 15 && x%100 < 85 {
					i = uint8(2 + x/100)
				}
				p.SetColorIndex(x, y, i)
			}
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 5)
	}
	var b bytes.Buffer
	return must(t, &b, gif.EncodeAll(&b, &g)).Bytes()
}

// A child splits a photo as this process would, and says of what kind its errors are.
func TestSplit(t *testing.T) {
	e, source, r := engine(t, "child"), swatches(t), recipe.Splitting()
	want, found, facts, err := picture.Split(t.Context(), source, r, limits, nil)
	if err != nil || len(want) != 3 || facts.Frames != 2 {
		t.Fatalf("%d results, %+v, %v", len(want), facts, err)
	}
	got, gotFound, gotFacts, err := e.Split(t.Context(), source, r, limits, nil)
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotFound, found) || !reflect.DeepEqual(gotFacts, facts) {
		t.Errorf("%d results, %+v, %+v, %v", len(got), gotFound, gotFacts, err)
	}
	if f, _, err := e.FindSwatches(t.Context(), source, r, limits); err != nil || !reflect.DeepEqual(f, found) {
		t.Errorf("%+v, %v", f, err)
	}
	if out, _, _, err := e.Split(t.Context(), animation(t, 64, 48), r, limits, nil); !errors.Is(err, picture.ErrNoSwatch) || out != nil {
		t.Errorf("%d results, %v", len(out), err)
	}
}
