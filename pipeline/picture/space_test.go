package picture

import (
	"encoding/binary"
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

// displayP3 are the primaries of Display P3, adapted to D50 (as in Apple's profile).
var displayP3 = [3][3]float64{{0.51512, 0.29198, 0.15710}, {0.24120, 0.69225, 0.06657}, {-0.00105, 0.04189, 0.78407}}

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
	for name, icc := range map[string][]byte{
		"none": nil, "sRGB": matrixProfile(srgbD50, srgbCurve()), "CMYK": profile("CMYK", 400), "without tags": profile("RGB ", 128), "tables": namedProfile("LUT", false),
	} {
		if readSpace(icc) != nil {
			t.Errorf("%s: is converted", name)
		}
	}
	if got := looked(t, withPNGProfile(asPNG(t, img), matrixProfile(srgbD50, srgbCurve()))).Palette[0].Hex; got != "#ea3323" {
		t.Errorf("in sRGB: %s", got)
	}
}

// Every kind of curve is read, and none that is cut or makes no sense.
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
		var out [256]float32
		if !readCurve(c.tag, &out) || math.Abs(float64(out[128])-c.half) > 0.004 || out[0] != 0 || math.Abs(float64(out[255])-1) > 1e-3 {
			t.Errorf("%s: %v, %v, %v", name, out[0], out[128], out[255])
		}
		for n := range len(c.tag) {
			readCurve(c.tag[:n], &out)
		}
	}
}

// Whatever bytes a profile has, it is read without harm.
func FuzzProfile(f *testing.F) {
	f.Add(matrixProfile(displayP3, srgbCurve()))
	f.Add(namedProfile("Loom RGB", true))
	f.Add(namedProfile("Loom RGB", false))
	f.Fuzz(func(t *testing.T, icc []byte) {
		if n := profileName(icc); len([]rune(n)) > 64 {
			t.Errorf("a name of %d characters", len([]rune(n)))
		}
		if s := readSpace(icc); s != nil {
			s.toSRGB(10, 128, 255)
		}
	})
}
