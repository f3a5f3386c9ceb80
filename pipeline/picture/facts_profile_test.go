package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"math"
	"testing"
)

// matrixProfile is a colour profile of a matrix, whose columns are the primaries in
// D50, and one curve for all channels.
func matrixProfile(primaries [3][3]float64, curve []byte) []byte {
	order := binary.BigEndian
	p := append(profile("RGB ", 128), 0, 0, 0, 6)
	copy(p[20:], "XYZ ")
	var data []byte
	at := uint32(132 + 6*12)
	add := func(name string, tag []byte) {
		p = order.AppendUint32(order.AppendUint32(append(p, name...), at+uint32(len(data))), uint32(len(tag)))
		data = append(data, tag...)
	}
	for c, name := range []string{"rXYZ", "gXYZ", "bXYZ"} {
		tag := []byte("XYZ \x00\x00\x00\x00")
		for row := range 3 {
			tag = order.AppendUint32(tag, uint32(int32(math.Round(primaries[row][c]*65536))))
		}
		add(name, tag)
	}
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} {
		add(name, curve)
	}
	return append(p, data...)
}

// srgbCurve is that of sRGB as phones write it: parametric, of kind 3.
func srgbCurve() []byte {
	tag := []byte("para\x00\x00\x00\x00\x00\x03\x00\x00")
	for _, v := range []float64{2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045} {
		tag = binary.BigEndian.AppendUint32(tag, uint32(int32(math.Round(v*65536))))
	}
	return tag
}

// srgbD50 are the primaries of sRGB, adapted to D50 by Bradford: the columns are
// red, green and blue, the rows X, Y and Z (ICC, sRGB2014.icc).
var srgbD50 = [3][3]float64{{0.43607, 0.38515, 0.14307}, {0.22249, 0.71687, 0.06061}, {0.01392, 0.09708, 0.71410}}

// displayP3 are the primaries of Display P3, adapted to D50.
var displayP3 = gamuts[12].d50

// The palette of a picture with another colour profile is in sRGB, as the names of colours are; so is a sheet. One in sRGB is left as it is.
func TestPaletteOfProfile(t *testing.T) {
	p3 := matrixProfile(displayP3, srgbCurve())
	in := color.NRGBA{234, 51, 35, 255} // in Display P3 this is the red of sRGB
	img := stripes([]color.NRGBA{in}, []int{60}, 40)
	for name, source := range map[string][]byte{"png": withPNGProfile(asPNG(t, img), p3), "jpeg": segment(asJPEG(t, img), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), p3...))} {
		f := looked(t, source)
		if len(f.Palette) != 1 || deltaE(t, f.Palette[0].Hex, color.NRGBA{255, 0, 0, 255}) > 3 {
			t.Errorf("%s: %v", name, f.Palette)
		}
		sheet := decoded(t, sheetOf(t, []Cell{drawnCell(t, "a", source, one(t, "sheet 60px"))}, "sheet 60px no-labels | png").Data)
		if !near(sheet, 14+30, 14+30, color.NRGBA{255, 0, 0, 255}) {
			t.Errorf("%s: on the sheet it is %v", name, sheet.At(44, 44))
		}
	}
	// The result keeps the source's pixels, since it keeps its profile.
	if out := run(t, withPNGProfile(asPNG(t, img), p3), "png"); !near(out, 30, 20, in) {
		t.Error("the result is", out.At(30, 20))
	}
	if got := looked(t, withPNGProfile(asPNG(t, img), matrixProfile(srgbD50, srgbCurve()))).Palette[0].Hex; got != "#ea3323" {
		t.Errorf("in sRGB: %s", got)
	}
}

// A profile of tables and one for grey count too, as they do when a picture is converted; one that cannot be used leaves the colours as they are.
func TestPaletteOfTablesAndGrey(t *testing.T) {
	tables := iccProfile("mntr", "RGB ", "Lab ", "wtpt", xyzTag(0.9642, 1, 0.8249), "A2B0", constantGrid(3, 138, 209, 198)) // sRGB's red in Lab
	img := flat(40, 30)
	if got := looked(t, withPNGProfile(asPNG(t, img), tables)).Palette; len(got) != 1 || deltaE(t, got[0].Hex, color.NRGBA{255, 0, 0, 255}) > 3 {
		t.Error("tables:", got)
	}
	grey := image.NewGray(image.Rect(0, 0, 48, 32))
	for i := range grey.Pix {
		grey.Pix[i] = 128
	}
	if got := looked(t, jpegWithICC(asJPEG(t, grey), greyProfile())).Palette; len(got) != 1 || deltaE(t, got[0].Hex, color.NRGBA{188, 188, 188, 255}) > 2 { // linear 50%
		t.Error("grey:", got)
	}
	plain := looked(t, asPNG(t, img)).Palette[0].Hex
	for name, icc := range map[string][]byte{"CMYK": profile("CMYK", 400), "without tags": profile("RGB ", 128), "only a name": namedProfile("LUT", false), "noise": []byte("garbage of some length")} {
		if got := looked(t, withPNGProfile(asPNG(t, img), icc)).Palette[0].Hex; got != plain {
			t.Errorf("%s: %s instead of %s", name, got, plain)
		}
	}
}

// Every kind of curve is read, and one that is cut is an error or harmless.
func TestProfileCurves(t *testing.T) {
	order := binary.BigEndian
	gamma := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x00")
	table := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x40\x00\xff\xff")
	identity := []byte("curv\x00\x00\x00\x00\x00\x00\x00\x00")
	kind0 := order.AppendUint32([]byte("para\x00\x00\x00\x00\x00\x00\x00\x00"), 2<<16)
	for name, c := range map[string]struct {
		tag  []byte
		half float64 // at 0.502
	}{"gamma": {gamma, 0.252}, "table": {table, 0.253}, "identity": {identity, 0.502}, "para": {kind0, 0.252}, "sRGB": {srgbCurve(), 0.216}} {
		grey := func(v uint8) float64 {
			img := image.NewNRGBA(image.Rect(0, 0, 1, 1))
			img.SetNRGBA(0, 0, color.NRGBA{v, v, v, 255})
			out, err := toSRGB(img, matrixProfile(srgbD50, c.tag))
			return linear(float64(must(t, out, err).Pix[1]) / 255)
		}
		if math.Abs(grey(128)-c.half) > 0.006 || grey(0) != 0 || grey(255) != 1 {
			t.Errorf("%s: %v, %v, %v", name, grey(0), grey(128), grey(255))
		}
		for n := range len(c.tag) {
			_, _ = toSRGB(image.NewNRGBA(image.Rect(0, 0, 1, 1)), matrixProfile(srgbD50, c.tag[:n]))
		}
	}
}

// constantGrid is an mft1 of n inputs that gives one colour of Lab (ICC.1:2022, 10.11).
func constantGrid(n byte, lab ...byte) []byte {
	lut := append([]byte("mft1"), 0, 0, 0, 0, n, 3, 2, 0)
	for i := range 9 {
		lut = append(lut, be(4, map[bool]int{true: 65536}[i%4 == 0])...)
	}
	identity := make([]byte, 256)
	for i := range identity {
		identity[i] = byte(i)
	}
	lut = append(lut, bytes.Repeat(identity, int(n))...)
	lut = append(lut, bytes.Repeat(lab, 1<<n)...)
	return append(lut, bytes.Repeat(identity, 3)...)
}

// Whatever bytes a profile has, its name is read without harm.
func FuzzProfile(f *testing.F) {
	f.Add(matrixProfile(displayP3, srgbCurve()))
	f.Add(namedProfile("Loom RGB", true))
	f.Add(namedProfile("Loom RGB", false))
	f.Fuzz(func(t *testing.T, icc []byte) {
		if n := profileName(icc); len([]rune(n)) > 64 {
			t.Errorf("a name of %d characters", len([]rune(n)))
		}
	})
}
