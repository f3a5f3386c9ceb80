package picture

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"math"
	"strings"
	"testing"
	"unicode"

	"github.com/lucasb-eyer/go-colorful"
)

// iccProfile is a profile with the tags given, each a signature and its data.
func iccProfile(class, space, pcs string, tags ...any) []byte {
	be32 := binary.BigEndian.AppendUint32
	var table, data []byte
	at := 132 + 12*len(tags)/2
	for i := 0; i < len(tags); i += 2 {
		d := tags[i+1].([]byte)
		table = be32(be32(append(table, tags[i].(string)...), uint32(at+len(data))), uint32(len(d)))
		data = append(data, d...)
		data = append(data, make([]byte, (4-len(data)%4)%4)...)
	}
	h := make([]byte, 128)
	binary.BigEndian.PutUint32(h, uint32(at+len(data)))
	h[8] = 2
	copy(h[12:], class+space+pcs)
	copy(h[36:], "acsp")
	binary.BigEndian.PutUint32(h[68:], 0xf6d6) // D50
	binary.BigEndian.PutUint32(h[72:], 0x10000)
	binary.BigEndian.PutUint32(h[76:], 0xd32d)
	return append(append(be32(h, uint32(len(tags)/2)), table...), data...)
}

func xyzTag(x, y, z float64) []byte {
	fixed := func(v float64) uint32 { return uint32(int32(math.Round(v * 65536))) }
	b := append([]byte("XYZ "), 0, 0, 0, 0)
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, fixed(x)), fixed(y)), fixed(z))
}

func gammaTag(g float64) []byte {
	return append([]byte("curv"), be(2, 0, 0, 0, 1, int(math.Round(g*256)), 0)...)
}

// adobePrimaries are those of Adobe RGB (1998), adapted to D50 (Lindbloom).
var adobePrimaries = [3][3]float64{{0.6097559, 0.3111242, 0.0194811}, {0.2052401, 0.6256560, 0.0608902}, {0.1492240, 0.0632197, 0.7448387}}

func adobeRGB() []byte {
	p := adobePrimaries
	curve := gammaTag(2.19921875)
	return iccProfile("mntr", "RGB ", "XYZ ", "wtpt", xyzTag(0.9642, 1, 0.8249), "rXYZ", xyzTag(p[0][0], p[0][1], p[0][2]),
		"gXYZ", xyzTag(p[1][0], p[1][1], p[1][2]), "bXYZ", xyzTag(p[2][0], p[2][1], p[2][2]), "rTRC", curve, "gTRC", curve, "bTRC", curve)
}

// fromAdobe is a colour of Adobe RGB in sRGB, by the formulas.
func fromAdobe(c color.NRGBA) color.NRGBA {
	linear := [3]float64{}
	for i, v := range [3]uint8{c.R, c.G, c.B} {
		linear[i] = math.Pow(float64(v)/255, 2.19921875)
	}
	var xyz [3]float64
	for i := range 3 {
		for k := range 3 {
			xyz[k] += linear[i] * adobePrimaries[i][k]
		}
	}
	var out [3]uint8
	for i, m := range [3][3]float64{{3.1338561, -1.6168667, -0.4906146}, {-0.9787684, 1.9161415, 0.0334540}, {0.0719453, -0.2289914, 1.4052427}} {
		v := min(max(m[0]*xyz[0]+m[1]*xyz[1]+m[2]*xyz[2], 0), 1)
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		out[i] = uint8(math.Round(255 * v))
	}
	return color.NRGBA{out[0], out[1], out[2], c.A}
}

// cmykProfile is one of inks nobody uses: cyan is orange and black is dark blue.
func cmykProfile() []byte {
	lut := append([]byte("mft1"), 0, 0, 0, 0, 4, 3, 2, 0)
	for i := range 9 {
		lut = append(lut, be(4, map[bool]int{true: 65536}[i%4 == 0])...)
	}
	identity := make([]byte, 256)
	for i := range identity {
		identity[i] = byte(i)
	}
	lut = append(lut, bytes.Repeat(identity, 4)...)
	for corner := range 16 { // cyan is the slowest, black the fastest
		lab := [3]byte{255, 128, 128}
		switch {
		case corner&1 != 0:
			lab = [3]byte{40, 140, 90}
		case corner&8 != 0:
			lab = [3]byte{170, 170, 190}
		}
		lut = append(lut, lab[:]...)
	}
	lut = append(lut, bytes.Repeat(identity, 3)...)
	return iccProfile("prtr", "CMYK", "Lab ", "wtpt", xyzTag(0.9642, 1, 0.8249), "A2B0", lut, "A2B1", lut)
}

func greyProfile() []byte {
	return iccProfile("mntr", "GRAY", "XYZ ", "wtpt", xyzTag(0.9642, 1, 0.8249), "kTRC", gammaTag(1))
}

// withICC puts a profile into a file of any format that can carry one.
func withICC(t testing.TB, format string, img *image.NRGBA, icc []byte) []byte {
	t.Helper()
	switch format {
	case "jpeg":
		return jpegWithICC(asJPEG(t, img), icc)
	case "png":
		return withPNGProfile(asPNG(t, img), icc)
	case "webp":
		return withWebPProfile(losslessWebP(img), icc, img)
	}
	return profiledTIFF(t, img, icc)
}

// A profile for RGB is carried from every format that has one into JPEG, PNG and WebP, byte by byte, and the pixels stay as they are.
func TestProfileIsCarried(t *testing.T) {
	icc, img := adobeRGB(), quarters(64, 48)
	for _, in := range []string{"jpeg", "png", "webp", "tiff"} {
		source := withICC(t, in, img, icc)
		for _, steps := range []string{"fit 32 | jpeg q95", "fit 32 | png", "fit 32 | webp lossless", "fit 32 | hue 0 | webp q95", "fit 32 | hue 0 | jpeg q95"} {
			out, _, err := Run(t.Context(), source, list(one(t, steps)), limits)
			if err != nil || out[0].Note != "" {
				t.Fatal(in, steps, err, out)
			}
			h, err := inspect(out[0].Data, 0, limits)
			if err != nil || !bytes.Equal(h.icc, icc) {
				t.Errorf("%s, %s: a profile of %d bytes, %v", in, steps, len(h.icc), err)
			}
			if got := decoded(t, out[0].Data); !near(got, 4, 4, red) || !near(got, 28, 20, yellow) {
				t.Errorf("%s, %s: the pixels were converted", in, steps)
			}
		}
	}
}

// The step srgb converts by the profile, to within two levels of the formulas, and leaves it out then; AVIF always does.
func TestSRGB(t *testing.T) {
	icc := adobeRGB()
	img := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		img.SetNRGBA(i%16, i/16, color.NRGBA{uint8(60 + i/2), uint8(200 - i/3), uint8(90 + i%16*7), 255})
	}
	out, _, err := Run(t.Context(), withICC(t, "png", img, icc), list(one(t, "srgb | png")), limits)
	if err != nil || bytes.Contains(out[0].Data, []byte("iCCP")) || out[0].Note != "" {
		t.Fatal(err, out)
	}
	got := decoded(t, out[0].Data)
	for i := range 256 {
		want := fromAdobe(img.NRGBAAt(i%16, i/16))
		if c := got.NRGBAAt(i%16, i/16); far(c.R, want.R, 2) || far(c.G, want.G, 2) || far(c.B, want.B, 2) {
			t.Fatalf("%v of Adobe RGB becomes %v, want %v", img.NRGBAAt(i%16, i/16), c, want)
		}
	}
	if same := decoded(t, runData(t, asPNG(t, img), "srgb | png")); !bytes.Equal(same.Pix, img.Pix) {
		t.Error("without a profile the pixels change")
	}
	if !raced {
		plain := flat(32, 32)
		got := decoded(t, runData(t, withICC(t, "png", plain, icc), "avif q95"))
		if want := fromAdobe(red); !near(got, 9, 9, want) {
			t.Errorf("AVIF: %v, want %v", got.NRGBAAt(9, 9), want)
		}
	}
}

// A profile whose colours do not add up is used by its grid: here one that swaps red and blue.
func TestSRGBByGrid(t *testing.T) {
	lut := append([]byte("mft1"), 0, 0, 0, 0, 3, 3, 2, 0)
	for i := range 9 {
		lut = append(lut, be(4, map[bool]int{true: 65536}[i%4 == 0])...)
	}
	identity := make([]byte, 256)
	for i := range identity {
		identity[i] = byte(i)
	}
	lut = append(lut, bytes.Repeat(identity, 3)...)
	for corner := range 8 { // red is the slowest
		c := labPoint(colorful.Color{R: float64(corner & 1), G: float64(corner >> 1 & 1), B: float64(corner >> 2)})
		lut = append(lut, byte(c.l*2.55), byte(c.a+128), byte(c.b+128))
	}
	lut = append(lut, bytes.Repeat(identity, 3)...)
	icc := iccProfile("mntr", "RGB ", "Lab ", "wtpt", xyzTag(0.9642, 1, 0.8249), "A2B0", lut, "A2B1", lut)
	img := image.NewNRGBA(image.Rect(0, 0, 2, 1))
	copy(img.Pix, []byte{255, 0, 0, 255, 0, 255, 0, 99})
	got := decoded(t, runData(t, withICC(t, "png", img, icc), "srgb | png"))
	if a, b := got.NRGBAAt(0, 0), got.NRGBAAt(1, 0); a.B < 200 || a.R > 120 || b.G < 200 || b.A != 99 {
		t.Errorf("red becomes %v, green %v", a, b)
	}
}

// A CMYK JPEG is converted by its own profile, whatever is made of it; without one by the usual formula.
func TestCMYKProfile(t *testing.T) {
	plain := cmykJPEG(48, 32, 255, 0, 0, 0)
	own := jpegWithICC(plain, cmykProfile())
	for _, steps := range []string{"png", "fit 24 | jpeg q95", "fit 10 | webp"} {
		out, _, err := Run(t.Context(), own, list(one(t, steps)), limits)
		if err != nil || out[0].Note != "" {
			t.Fatal(err, out)
		}
		got := decoded(t, out[0].Data)
		if c := got.NRGBAAt(4, 4); c.R < 190 || c.B > 90 || c.G > 190 { // L 67, a 42, b 62
			t.Errorf("%s: by the profile cyan is orange, got %v", steps, c)
		}
		if h, _ := inspect(out[0].Data, 0, limits); h.icc != nil {
			t.Errorf("%s: a profile for CMYK on RGB", steps)
		}
	}
	if c := decoded(t, runData(t, plain, "png")).NRGBAAt(4, 4); c.R > 20 || c.G < 200 || c.B < 200 {
		t.Errorf("without a profile: %v", c)
	}
}

// A profile for grey is carried by a grey JPEG and used for what is written in RGB.
func TestGreyProfile(t *testing.T) {
	grey := image.NewGray(image.Rect(0, 0, 48, 32))
	for i := range grey.Pix {
		grey.Pix[i] = 128
	}
	for name, source := range map[string][]byte{"jpeg": jpegWithICC(asJPEG(t, grey), greyProfile()), "png": withPNGProfile(asPNG(t, grey), greyProfile())} {
		if c := decoded(t, runData(t, source, "fit 24 | webp lossless")).NRGBAAt(9, 9); far(c.R, 188, 2) || c.R != c.B { // linear 50%
			t.Errorf("%s: %v", name, c)
		}
	}
	out := runData(t, jpegWithICC(asJPEG(t, grey), greyProfile()), "fit 24 | jpeg")
	if h, err := inspect(out, 0, limits); err != nil || !bytes.Equal(h.icc, greyProfile()) || h.components != 1 {
		t.Errorf("a grey JPEG: profile of %d bytes, %v", len(h.icc), err)
	}
}

// What becomes of a profile that is damaged, hostile or for other colours is said, and the picture is made all the same.
func TestLostProfilesAreTold(t *testing.T) {
	huge := adobeRGB()
	copy(huge[bytes.Index(huge, []byte("curv"))+8:], be(4, 1<<31))
	tags := adobeRGB()
	copy(tags[128:], be(4, 1<<30))
	short := adobeRGB()
	copy(short[136:], be(4, 1<<30))
	lab := adobeRGB()
	copy(lab[16:], "Lab ")
	wavy := append([]byte("curv"), be(4, 0, 150_000)...) // without a bound it takes minutes
	for i := range 150_000 {
		wavy = append(wavy, byte(128+i%2), 0)
	}
	odd := adobeRGB() // its curve has a kind that is no text
	copy(odd[bytes.Index(odd, []byte("curv")):], "\x1b\xff\xfe\x01")
	outside := adobeRGB() // a tag lies within the table of tags
	copy(outside[136:], be(4, 130))
	p := adobePrimaries
	slow := iccProfile("mntr", "RGB ", "XYZ ", "wtpt", xyzTag(0.9642, 1, 0.8249), "rXYZ", xyzTag(p[0][0], p[0][1], p[0][2]),
		"gXYZ", xyzTag(p[1][0], p[1][1], p[1][2]), "bXYZ", xyzTag(p[2][0], p[2][1], p[2][2]), "rTRC", wavy, "gTRC", wavy, "bTRC", wavy)
	long := append([]byte("mft2"), constantGrid(3, 9, 9, 9)[4:48]...)
	long = append(append(long, be(2, 65535, 65535)...), make([]byte, 6*65535+8*6+6*65535)...)
	tables := iccProfile("mntr", "RGB ", "Lab ", "wtpt", xyzTag(0.9642, 1, 0.8249), "A2B0", long)
	grid := append([]byte("mAB \x00\x00\x00\x00\x04\x03\x00\x00"), be(4, 0, 0, 0, 32, 0)...)
	grid = append(append(grid, 255, 255, 255, 255), make([]byte, 16)...) // 100 GB of numbers of no bytes
	vast := iccProfile("prtr", "CMYK", "Lab ", "wtpt", xyzTag(0.9642, 1, 0.8249), "A2B0", grid)
	img := quarters(40, 30)
	for name, c := range map[string]struct {
		source []byte
		steps  string
		want   string
	}{
		"no profile at all":  {withICC(t, "png", img, []byte("garbage of some length")), "png", "left out"},
		"lab":                {withICC(t, "jpeg", img, lab), "fit 20", "left out"},
		"cmyk on rgb":        {withICC(t, "jpeg", img, cmykProfile()), "fit 20", "left out"},
		"cmyk, damaged":      {jpegWithICC(cmykJPEG(40, 30, 9, 9, 9, 9), cmykProfile()[:400]), "png", "left out"},
		"rgb on cmyk":        {jpegWithICC(cmykJPEG(40, 30, 9, 9, 9, 9), adobeRGB()), "png", "left out"},
		"grey on colours":    {withICC(t, "png", img, greyProfile()), "png", "not grey"},
		"rgb on grey":        {jpegWithICC(asJPEG(t, image.NewGray(image.Rect(0, 0, 40, 30))), adobeRGB()), "fit 20", "left out"},
		"a curve of 4 GiB":   {withICC(t, "png", img, huge), "srgb | png", "could not be used"},
		"a billion tags":     {withICC(t, "png", img, tags), "srgb | png", "could not be used"},
		"a tag of 1 GiB":     {withICC(t, "png", img, short), "srgb | png", "could not be used"},
		"a curve of no kind": {withICC(t, "png", img, odd), "srgb | png", "could not be used"},
		"a tag in the table": {withICC(t, "png", img, outside), "srgb | png", "makes no sense"},
		"a curve of minutes": {withICC(t, "png", img, slow), "srgb | png", "goes up and down"},
		"too long a table":   {withICC(t, "png", img, tables), "srgb | png", "too many points"},
		"a grid of 100 GB":   {jpegWithICC(cmykJPEG(40, 30, 9, 9, 9, 9), vast), "png", "have 0 bytes"},
		"nothing but a head": {withICC(t, "png", img, profile("RGB ", 200)), "srgb | png", "could not be used"},
	} {
		out, _, err := Run(t.Context(), c.source, list(one(t, c.steps)), limits)
		if err != nil || len(out) != 1 || !strings.Contains(out[0].Note, c.want) || strings.ContainsFunc(out[0].Note, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsPrint(r) }) {
			t.Errorf("%s: %v, %+v", name, err, out)
		}
	}
}

// profiledTIFF is a TIFF with a profile.
func profiledTIFF(t testing.TB, img image.Image, icc []byte) []byte {
	t.Helper()
	data := turnedTIFF(t, img, 1)
	le := binary.LittleEndian
	dir := int(le.Uint32(data[4:]))
	n := int(le.Uint16(data[dir:]))
	entry := le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(nil, tagProfile), 7), uint32(len(icc))), uint32(len(data)+12))
	le.PutUint16(data[dir:], uint16(n+1))
	end := dir + 2 + 12*n
	return append(append(append(append([]byte(nil), data[:end]...), entry...), data[end:]...), icc...)
}

// Whatever the profile, asking what it says ends, without a panic.
func FuzzTransform(f *testing.F) {
	for _, seed := range [][]byte{adobeRGB(), cmykProfile(), greyProfile(), profile("RGB ", 300)} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		for _, n := range []int{1, 3, 4} {
			_, _ = caught(func() (image.Image, error) { // as those do that use it
				if to, err := rendered(data, n); err == nil {
					to([]float64{0.1, 0.5, 0.9, 0.2}[:n])
				}
				return nil, nil
			})
		}
	})
}

func BenchmarkSRGB2MP(b *testing.B) {
	img, icc := toNRGBA(weave(1920, 1080)), adobeRGB()
	done := usage(b)
	for b.Loop() {
		if _, err := toSRGB(img, icc); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

// jpegWithICC is a JPEG with a profile in one segment.
func jpegWithICC(data, icc []byte) []byte {
	return segment(data, 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), icc...))
}
