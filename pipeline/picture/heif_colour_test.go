package picture

import (
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
)

// colr is the box of a picture's colours as numbers: primaries, transfer and matrix.
func colr(primaries, transfer, matrix int) []byte {
	return isoBox("colr", []byte("nclx"), be(2, primaries, transfer, matrix), be(1, 0x80))
}

// Colours that an AVIF or a HEIC gives as numbers count as a profile would: those of a wide gamut have one that is right, those of sRGB none, and what cannot be had is told.
func TestColoursAsNumbers(t *testing.T) {
	own := namedProfile("Loom RGB", true)
	wide := func(v float64) uint8 { return uint8(math.Round(255 * encoded(v))) }
	for name, c := range map[string]struct {
		props [][]byte
		named string
		told  string
		red   color.NRGBA // what is the red of sRGB
	}{
		"sRGB":             {[][]byte{colr(1, 13, 6)}, "", "", color.NRGBA{}},
		"not given":        {[][]byte{colr(2, 2, 2)}, "", "", color.NRGBA{}},
		"Display P3":       {[][]byte{colr(12, 13, 6)}, "Display P3", "", color.NRGBA{234, 51, 35, 255}},
		"Rec. 2020":        {[][]byte{colr(9, 14, 9)}, "Rec. 2020", "", color.NRGBA{wide(0.6274), wide(0.0691), wide(0.0164), 255}},
		"PQ":               {[][]byte{colr(9, 16, 9)}, "", "HDR screens (PQ)", color.NRGBA{}},
		"HLG":              {[][]byte{colr(9, 18, 9)}, "", "HDR screens (HLG)", color.NRGBA{}},
		"a profile before": {[][]byte{isoBox("colr", []byte("prof"), own), colr(12, 13, 6)}, "Loom RGB", "", color.NRGBA{}},
		"a profile after":  {[][]byte{colr(12, 16, 6), isoBox("colr", []byte("prof"), own)}, "Loom RGB", "", color.NRGBA{}},
	} {
		source := heifFile("avif", "av01", 16, 12, isoBox("av1C"), []byte("picture"), c.props, nil)
		h, err := inspect(source, int64(len(source)), limits)
		if err != nil || h.Facts.Profile != c.named || (h.icc != nil) != (c.named != "") || !strings.Contains(h.lost(), c.told) || c.told == "" && h.lost() != "" {
			t.Errorf("%s: %+v, %q, %v", name, h.Facts, h.lost(), err)
		}
		if c.red == (color.NRGBA{}) {
			continue
		}
		img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
		img.SetNRGBA(0, 0, c.red)
		img.SetNRGBA(1, 0, color.NRGBA{255, 255, 255, 255})
		out, err := toSRGB(img, h.icc)
		out = must(t, out, err)
		if !near(out, 0, 0, color.NRGBA{255, 0, 0, 255}) || !near(out, 1, 0, color.White) {
			t.Errorf("%s: red is %v, white %v", name, out.At(0, 0), out.At(1, 0))
		}
	}
}

// Planes made by the matrix of television give the colours they were made of; those of BT.601 are left to image/color.
func TestMatrixOfColours(t *testing.T) {
	for matrix, share := range map[int][2]float64{1: {0.2126, 0.0722}, 9: {0.2627, 0.0593}} {
		for _, c := range []color.NRGBA{{200, 60, 30, 255}, {20, 180, 90, 255}, {70, 70, 240, 255}, {128, 128, 128, 255}} {
			m := image.NewYCbCr(image.Rect(0, 0, 4, 2), image.YCbCrSubsampleRatio420)
			r, g, b := float64(c.R), float64(c.G), float64(c.B)
			luma := share[0]*r + (1-share[0]-share[1])*g + share[1]*b
			for i := range m.Y {
				m.Y[i] = uint8(luma + 0.5)
			}
			for i := range m.Cb {
				m.Cb[i] = uint8((b-luma)/(2*(1-share[1])) + 128.5)
				m.Cr[i] = uint8((r-luma)/(2*(1-share[0])) + 128.5)
			}
			got := numbers{matrix: matrix}.rgb(m).At(3, 1).(color.NRGBA)
			if far(got.R, c.R, 3) || far(got.G, c.G, 3) || far(got.B, c.B, 3) || got.A != 255 {
				t.Errorf("matrix %d: %v became %v", matrix, c, got)
			}
		}
	}
	m := image.NewYCbCr(image.Rect(0, 0, 4, 2), image.YCbCrSubsampleRatio420)
	if (numbers{matrix: 6}).rgb(m) != image.Image(m) {
		t.Error("BT.601 is converted too")
	}
}
