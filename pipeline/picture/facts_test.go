package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math"
	"math/bits"
	"math/rand/v2"
	"reflect"
	"strconv"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/bep/imagemeta"
	"github.com/disintegration/imaging"
	"github.com/lucasb-eyer/go-colorful"

	"weft/pipeline/recipe"
)

// looked is the facts of a picture.
func looked(t testing.TB, source []byte) Facts {
	t.Helper()
	_, f, err := Run(t.Context(), source, nil, limits)
	if err != nil || f.Look == nil {
		t.Fatal(f, err)
	}
	return f
}

// stripes are vertical, of the given colours and widths.
func stripes(colours []color.NRGBA, widths []int, height int) *image.NRGBA {
	total := 0
	for _, w := range widths {
		total += w
	}
	img := image.NewNRGBA(image.Rect(0, 0, total, height))
	x := 0
	for i, c := range colours {
		for range widths[i] {
			for y := range height {
				img.SetNRGBA(x, y, c)
			}
			x++
		}
	}
	return img
}

// labOf is the nearest sRGB colour to one of CIELAB.
func labOf(l, a, b float64) color.NRGBA {
	r, g, bl := colorful.Lab(l/100, a/100, b/100).Clamped().RGB255()
	return color.NRGBA{r, g, bl, 255}
}

// deltaE is how far two colours are apart in CIELAB.
func deltaE(t *testing.T, hex string, c color.NRGBA) float64 {
	t.Helper()
	p, err := colorful.Hex(hex)
	q, _ := colorful.MakeColor(c)
	return 100 * must(t, p, err).DistanceLab(q)
}

// The palette has the colours of known stripes and their shares within 1 %, in PNG and in JPEG, small and reduced.
func TestPaletteOfStripes(t *testing.T) {
	colours := []color.NRGBA{labOf(35, 55, 30), labOf(70, -30, 40), labOf(28, 15, -45), labOf(85, 5, 60), labOf(55, 0, 0)}
	shares := []float64{0.40, 0.25, 0.15, 0.12, 0.08}
	for _, scale := range []int{2, 11} {
		widths := make([]int, len(shares))
		for i, s := range shares {
			widths[i] = int(math.Round(s*100)) * scale
		}
		img := stripes(colours, widths, 90)
		for name, source := range map[string][]byte{"png": asPNG(t, img), "jpeg": asJPEG(t, img)} {
			palette := looked(t, source).Palette
			if len(palette) != 5 {
				t.Fatalf("%s ×%d: %v", name, scale, palette)
			}
			sum := 0.0
			for i, c := range palette {
				if e := deltaE(t, c.Hex, colours[i]); e > 2.3 || math.Abs(c.Share-shares[i]) > 0.01 {
					t.Errorf("%s ×%d: colour %d is %s (ΔE %.1f), share %.4f of %.2f", name, scale, i, c.Hex, e, c.Share, shares[i])
				}
				sum += c.Share
			}
			if math.Abs(sum-1) > 1e-9 {
				t.Errorf("shares sum to %v", sum)
			}
		}
	}
}

// A picture of fewer colours has fewer in its palette, noise does not split one, and what is transparent counts for nothing.
func TestPaletteOfFew(t *testing.T) {
	if p := looked(t, asJPEG(t, flat(300, 200))).Palette; len(p) != 1 || p[0].Share != 1 || deltaE(t, p[0].Hex, red) > 2 {
		t.Errorf("flat: %v", p)
	}
	half := flat(60, 40)
	for i := 3; i < len(half.Pix)/2; i += 4 {
		half.Pix[i] = 0
		half.Pix[i-1] = 255
	}
	if p := looked(t, asPNG(t, half)).Palette; len(p) != 1 || p[0].Hex != "#c81e1e" {
		t.Errorf("half transparent: %v", p)
	}
	if f := looked(t, asPNG(t, image.NewNRGBA(image.Rect(0, 0, 50, 50)))); len(f.Palette) != 0 {
		t.Errorf("all transparent: %v", f.Palette)
	}
}

// What a picture looks like depends on the source alone: not on the recipes that run beside, nor on how often.
func TestLookIsOfTheSourceAlone(t *testing.T) {
	small, large := weave(300, 200), weave(1100, 160)
	all := []string{"fit 1000", "fit 300", "orient | fit 150", "crop 90x80", "fill 50", "orient | rotate 90 | png"}
	for name, source := range map[string][]byte{
		"small jpeg": asJPEG(t, small), "jpeg": asJPEG(t, large), "png": asPNG(t, large),
		"turned": withExif(asJPEG(t, large), 6, binary.BigEndian),
	} {
		alone := looked(t, source)
		var recipes []recipe.Recipe
		for i, steps := range all {
			r := one(t, steps)
			r.Name += strconv.Itoa(i)
			recipes = append(recipes, r)
			if _, f, err := Run(t.Context(), source, list(r), limits); err != nil || !reflect.DeepEqual(f, alone) {
				t.Errorf("%s: %s makes the facts %+v, %+v; without: %+v (%v)", name, steps, f, f.Look, alone.Look, err)
			}
		}
		if _, f, err := Run(t.Context(), source, recipes, limits); err != nil || !reflect.DeepEqual(f, alone) {
			t.Errorf("%s: all recipes make the facts %+v, %+v (%v)", name, f, f.Look, err)
		}
	}
}

// cloth is a weave of so many repeats across and down, a motif over it, light that
// falls off to the right by fall grey levels, and the noise of a camera.
func cloth(w, h int, across, down, fall float64) *image.NRGBA {
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			u, v := 2*math.Pi*across*float64(x)/float64(w), 2*math.Pi*down*float64(y)/float64(h)
			c := 130 + 45*math.Sin(u)*math.Cos(v) + 25*math.Sin(4*u+4*v) - fall*float64(x)/float64(w) + 5*r.NormFloat64()
			img.SetNRGBA(x, y, color.NRGBA{shade(c), shade(0.8 * c), shade(0.6 * c), 255})
		}
	}
	return img
}

func shade(v float64) uint8 { return uint8(min(max(v, 0), 255)) }

// A picture tiles where its weave goes on over the edge, and not where a repeat is cut or light falls off.
func TestTiles(t *testing.T) {
	for name, c := range map[string]struct {
		img  *image.NRGBA
		want string
	}{
		"whole repeats":    {cloth(240, 180, 12, 9, 0), "both"},
		"half a repeat":    {cloth(240, 180, 12, 9.5, 0), "horizontal"},
		"a third too wide": {cloth(240, 180, 12.34, 9, 0), "vertical"},
		"cut both ways":    {cloth(240, 180, 12.5, 9.4, 0), "none"},
		"fine":             {cloth(300, 200, 50, 30, 0), "both"},
		"fine, cut":        {cloth(300, 200, 50.5, 30.5, 0), "none"},
		"large":            {cloth(1100, 256, 20, 5, 0), "both"},
		"large, cut":       {cloth(1100, 256, 20.5, 5.5, 0), "none"},
		"uneven light":     {cloth(240, 180, 12, 9, 40), "vertical"},
		"flat":             {flat(100, 80), "both"},
		"four colours":     {quarters(200, 160), "none"},
		"too small":        {flat(20, 10), "none"},
	} {
		for format, source := range map[string][]byte{"png": asPNG(t, c.img), "jpeg": asJPEG(t, c.img)} {
			if got := looked(t, source).Tiles; got != c.want {
				t.Errorf("%s (%s): %s, want %s", name, format, got, c.want)
			}
		}
	}
	turned := withExif(asJPEG(t, cloth(240, 180, 12, 9.5, 0)), 6, binary.BigEndian)
	if got := looked(t, turned).Tiles; got != "vertical" {
		t.Errorf("turned by 90°: %s", got)
	}
}

// Sharpness is the variance of the Laplacian in grey levels², and blurring lowers it.
func TestSharpness(t *testing.T) {
	lines := image.NewNRGBA(image.Rect(0, 0, 100, 60))
	for y := range 60 {
		for x := range 100 {
			v := uint8(100 + 10*(x%2)) // next to each pixel are two that differ by 10: ±20
			lines.SetNRGBA(x, y, color.NRGBA{v, v, v, 255})
		}
	}
	if got := looked(t, asPNG(t, lines)).Sharpness; got != 400 {
		t.Errorf("lines: %v, want 20²", got)
	}
	sharp := cloth(160, 120, 16, 12, 0)
	soft := looked(t, asPNG(t, imaging.Blur(sharp, 2))).Sharpness
	if s := looked(t, asPNG(t, sharp)).Sharpness; soft > s/20 || looked(t, asPNG(t, flat(50, 50))).Sharpness != 0 {
		t.Errorf("sharp %v, soft %v", s, soft)
	}
}

// distance is the number of bits in which two hashes differ.
func distance(t *testing.T, a, b string) int {
	t.Helper()
	x, err := strconv.ParseUint(a, 16, 64)
	y, err2 := strconv.ParseUint(b, 16, 64)
	if err != nil || err2 != nil || len(a) != 16 {
		t.Fatal(a, b)
	}
	return bits.OnesCount64(x ^ y)
}

// bigPrint is a large print: many waves of all sizes and directions.
func bigPrint(w, h int, seed uint64) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 3))
	waves := make([][4]float64, 16)
	for i := range waves {
		waves[i] = [4]float64{9 * r.Float64(), 9*r.Float64() - 4.5, 6.3 * r.Float64(), 8 + 12*r.Float64()}
	}
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 128.0
			for _, k := range waves {
				v += k[3] * math.Sin(6*(k[0]*float64(x)/float64(w)+k[1]*float64(y)/float64(h))+k[2])
			}
			img.SetNRGBA(x, y, color.NRGBA{shade(v), shade(v), shade(v), 255})
		}
	}
	return img
}

// The hash stays the same when a picture is scaled, encoded anew or turned by EXIF, and another picture has another.
func TestHash(t *testing.T) {
	hashes := map[string]string{}
	for seed := range uint64(3) {
		name, img := fmt.Sprint("print ", seed), bigPrint(240, 180, seed)
		hashes[name] = looked(t, asPNG(t, img)).Hash
		again := map[string][]byte{
			"half":   asPNG(t, imaging.Resize(img, 120, 90, imaging.Lanczos)),
			"odd":    asPNG(t, imaging.Resize(img, 334, 251, imaging.Lanczos)),
			"jpeg":   asJPEG(t, img),
			"turned": withExif(asJPEG(t, imaging.Rotate90(img)), 6, binary.LittleEndian),
		}
		for how, data := range again {
			if d := distance(t, hashes[name], looked(t, data).Hash); d > 4 { // coefficients near the median may change sides
				t.Errorf("%s, %s: %d bits differ", name, how, d)
			}
		}
	}
	hashes["plain weave"] = looked(t, asPNG(t, cloth(200, 150, 20, 15, 20))).Hash
	hashes["broad check"] = looked(t, asPNG(t, cloth(200, 150, 3, 2, 0))).Hash
	for a, x := range hashes {
		for b, y := range hashes {
			if d := distance(t, x, y); a != b && d < 8 {
				t.Errorf("%s and %s differ in %d bits only", a, b, d)
			}
		}
	}
}

// namedProfile is a colour profile for RGB with a desc tag: ASCII, or Unicode in two languages.
func namedProfile(name string, unicode bool) []byte {
	tag := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(name)+1))
	tag = append(append(tag, name...), 0)
	if unicode {
		u := func(s string) (b []byte) {
			for _, c := range utf16.Encode([]rune(s)) {
				b = binary.BigEndian.AppendUint16(b, c)
			}
			return b
		}
		other, text := u("auf Deutsch"), u(name)
		tag = []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x0cdeDE")
		tag = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(tag, uint32(len(other))), 40)
		tag = append(tag, "enUS"...)
		tag = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(tag, uint32(len(text))), uint32(40+len(other)))
		tag = append(append(tag, other...), text...)
	}
	p := profile("RGB ", 128)
	p = binary.BigEndian.AppendUint32(p, 1)
	p = append(p, "desc"...)
	p = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(p, 144), uint32(len(tag)))
	return append(p, tag...)
}

// The colour profile's name is a fact, in each format that carries one and in both ways to write it; a bad one has none.
func TestProfileName(t *testing.T) {
	img := quarters(60, 40)
	for _, unicode := range []bool{false, true} {
		icc := namedProfile("Loom RGB é"[:8+2*b2i(unicode)], unicode)
		want := profileName(icc)
		if want != "Loom RGB" && want != "Loom RGB é" {
			t.Fatalf("%q", want)
		}
		for format, data := range map[string][]byte{
			"jpeg": segment(asJPEG(t, img), 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), icc...)), "png": withPNGProfile(asPNG(t, img), icc),
			"webp": extended(losslessWebP(img), 60, 40, 0x20, riffChunk("ICCP", icc), nil),
		} {
			if f := looked(t, data); f.Profile != want {
				t.Errorf("%s: profile %q, want %q", format, f.Profile, want)
			}
		}
		for n := range icc { // cut anywhere: no name, or a part of it, and no panic
			profileName(icc[:n])
		}
		for i := range icc {
			for _, v := range []byte{0, 1, 127, 255} {
				broken := bytes.Clone(icc)
				broken[i] = v
				profileName(broken)
			}
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Time, camera and orientation are the same in each format that carries EXIF, and are what another reader finds there.
func TestExifInEachFormat(t *testing.T) {
	img := quarters(60, 40)
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		e := exif(3, order)
		peer := map[string]any{}
		_, err := imagemeta.Decode(imagemeta.Options{R: bytes.NewReader(e), ImageFormat: imagemeta.TIFF, Sources: imagemeta.EXIF,
			HandleTag: func(i imagemeta.TagInfo) error { peer[i.Tag] = i.Value; return nil }})
		if err != nil {
			t.Fatal(err)
		}
		for format, data := range map[string][]byte{
			"jpeg": withExif(asJPEG(t, img), 3, order),
			"png":  withPNGChunk(asPNG(t, img), "eXIf", e),
			"webp": extended(losslessWebP(img), 60, 40, 0x08, nil, riffChunk("EXIF", e)),
			"tiff": describedTIFF(order, e),
		} {
			f := looked(t, data)
			if fmt.Sprint(f.Orientation) != fmt.Sprint(peer["Orientation"]) || f.Camera != peer["Model"] ||
				f.Taken.Format("2006:01:02 15:04:05") != peer["DateTimeOriginal"] || f.Camera != "Loom X100" || f.Taken.Location() != time.UTC {
				t.Errorf("%s: %+v, imagemeta %v", format, f, peer)
			}
		}
	}
}

// Metadata made to keep a reader busy costs next to nothing: directories in circles, thousands of pointers to one of thousands of tags.
func TestExifIsBounded(t *testing.T) {
	order := binary.LittleEndian
	const pointers, tags = 2400, 4400
	b := order.AppendUint32([]byte("II*\x00"), 8)
	b = order.AppendUint16(b, 2)
	for _, tag := range []uint16{tagExif, 0x14a} { // to itself, and to many others
		b = order.AppendUint16(order.AppendUint16(b, tag), 4)
		n, at := uint32(1), uint32(8)
		if tag != tagExif {
			n, at = pointers, 38
		}
		b = order.AppendUint32(order.AppendUint32(b, n), at)
	}
	b = order.AppendUint32(b, 8)
	for range pointers {
		b = order.AppendUint32(b, 38+4*pointers)
	}
	b = order.AppendUint16(b, tags)
	for range tags {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 0x9999), 2), 1<<17)
		b = order.AppendUint32(b, 0)
	}
	data := segment(asJPEG(t, quarters(60, 40)), 0xe1, append([]byte("Exif\x00\x00"), b...))
	allocs := testing.AllocsPerRun(5, func() {
		if f, err := Probe(data, int64(len(data)), limits); err != nil || f.Orientation != 1 {
			t.Error(f, err)
		}
	})
	if allocs > 100 {
		t.Errorf("%v allocations", allocs)
	}
}
