package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/recipe"
)

// isoBox is one box of ISO/IEC 14496-12.
func isoBox(kind string, parts ...[]byte) []byte {
	data := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), kind...), data...)
}

func be(size int, values ...int) (out []byte) {
	for _, v := range values {
		for i := size - 1; i >= 0; i-- {
			out = append(out, byte(v>>(8*i)))
		}
	}
	return out
}

// heifProps are irot and imir for an EXIF orientation, as phones write them.
func heifProps(orientation int) [][]byte {
	angle, axis := []int{0, 0, 2, 0, 1, 3, 3, 1}[orientation-1], []int{-1, 1, -1, 0, 0, -1, 0, -1}[orientation-1]
	var out [][]byte
	if angle > 0 {
		out = append(out, isoBox("irot", be(1, angle)))
	}
	if axis >= 0 {
		out = append(out, isoBox("imir", be(1, axis)))
	}
	return out
}

// heifFile holds one coded picture, with more properties, and metadata if any.
func heifFile(brand, kind string, w, h int, config, picture []byte, props [][]byte, exif []byte) []byte {
	props = append([][]byte{config, isoBox("ispe", be(4, 0, w, h))}, props...)
	uses := be(1, len(props))
	for i, p := range props {
		if essential := byte(0x80); string(p[4:8]) == "ispe" || string(p[4:8]) == "colr" {
			uses = append(uses, byte(i+1))
		} else {
			uses = append(uses, byte(i+1)|essential)
		}
	}
	infe := isoBox("infe", be(4, 2<<24), be(2, 1, 0), []byte(kind+"\x00"))
	items, count := infe, 1
	if exif != nil {
		items, count = append(items, isoBox("infe", be(4, 2<<24), be(2, 2, 0), []byte("Exif\x00"))...), 2
		exif = append(be(4, 0), exif...)
	}
	head := isoBox("ftyp", []byte(brand), be(4, 0), []byte("mif1"), []byte(brand))
	meta := func(at int) []byte {
		iloc := append(be(4, 0), be(2, 0x4400, count)...)
		iloc = append(iloc, be(2, 1, 0, 1)...)
		iloc = append(iloc, be(4, at, len(picture))...)
		if exif != nil {
			iloc = append(append(iloc, be(2, 2, 0, 1)...), be(4, at+len(picture), len(exif))...)
		}
		return isoBox("meta", be(4, 0), isoBox("hdlr", be(4, 0, 0), []byte("pict"), be(4, 0, 0, 0), []byte{0}),
			isoBox("pitm", be(4, 0), be(2, 1)), isoBox("iloc", iloc), isoBox("iinf", be(4, 0), be(2, count), items),
			isoBox("iprp", isoBox("ipco", props...), isoBox("ipma", be(4, 0, 1), be(2, 1), uses)))
	}
	at := len(head) + len(meta(0)) + 8
	return bytes.Join([][]byte{head, meta(at), isoBox("mdat", picture, exif)}, nil)
}

// asAVIF is img as one AVIF of our own boxes around what the encoder made.
func asAVIF(t testing.TB, img *image.NRGBA, props [][]byte, exif []byte) []byte {
	t.Helper()
	made, err := encodeAVIF(img, one(t, "avif q90"))
	must(t, made, err)
	var config, picture []byte
	eachBox(made, func(kind string, data []byte) {
		switch kind {
		case "meta":
			eachBox(data[4:], func(kind string, data []byte) {
				if kind == "iprp" {
					eachBox(data, func(kind string, data []byte) {
						if kind == "ipco" {
							eachBox(data, func(kind string, data []byte) {
								if kind == "av1C" && config == nil {
									config = isoBox("av1C", data)
								}
							})
						}
					})
				}
			})
		case "mdat":
			picture = data
		}
	})
	return heifFile("avif", "av01", img.Rect.Dx(), img.Rect.Dy(), config, picture, props, exif)
}

// asHEIC is the sample that comes with the decoder's module, in boxes of our own:
// nobody writes HEVC in Go, and no picture of others' is kept here.
func asHEIC(t testing.TB, props [][]byte, exif []byte) (data []byte, w, h int) {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gen2brain/heic").Output()
	must(t, dir, err)
	sample, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "testdata", "test.heic"))
	must(t, sample, err)
	f := heif{kinds: map[uint64]string{}, uses: map[uint64][]int{}, extents: map[uint64][]extent{}}
	eachBox(sample, func(kind string, data []byte) {
		if kind == "meta" {
			f.describe(kind, data)
		}
	})
	item := f.primary // or the first of its tiles
	for id, kind := range f.kinds {
		if kind == "hvc1" && (f.kinds[item] != "hvc1" || id < item) {
			item = id
		}
	}
	var config, picture []byte
	for _, i := range f.uses[item] {
		switch p := f.props[i-1]; p.kind {
		case "hvcC":
			config = isoBox("hvcC", p.data)
		case "ispe":
			w, h = ispe(p.data)
		}
	}
	for _, e := range f.extents[item] {
		picture = append(picture, sample[e.offset:e.offset+e.length]...)
	}
	if config == nil || len(picture) == 0 {
		t.Fatal("the sample holds no picture", f.kinds, f.extents)
	}
	return heifFile("heic", "hvc1", w, h, config, picture, props, exif), w, h
}

func color128(c color.NRGBA) color.NRGBA { return color.NRGBA{c.R, c.G, c.B, 128} }

// What is damaged or hostile among AVIF and HEIC is refused by its boxes, in words, and cut files for what they are.
func TestHEIFRefusals(t *testing.T) {
	picture := bytes.Repeat([]byte("picture"), 30)
	good := heifFile("avif", "av01", 64, 48, isoBox("av1C", be(4, 0)), picture, nil, exif(1, binary.LittleEndian))
	if f, err := Probe(good, int64(len(good)), limits); err != nil || f.Width != 64 || f.Height != 48 {
		t.Fatal(f, err)
	}
	for cut := 0; cut < len(good); cut += 7 {
		if _, err := Probe(good[:cut], int64(cut), limits); !errors.Is(err, ErrTruncated) && (cut > 24 || !errors.Is(err, ErrFormat)) {
			t.Errorf("cut at %d of %d: %v", cut, len(good), err)
		}
		if _, err := Probe(good[:cut], int64(len(good)), limits); err != nil && !errors.Is(err, ErrPartial) && (cut > 24 || !errors.Is(err, ErrFormat)) {
			t.Errorf("first %d bytes: %v", cut, err)
		}
	}
	var tiles [][]byte
	for i := range 200 {
		tiles = append(tiles, isoBox("infe", be(4, 2<<24), be(2, i+1, 0), []byte("av01\x00")))
	}
	uses := be(4, 0, 200)
	for i := range 200 {
		uses = append(append(uses, be(2, i+1)...), 1, 1)
	}
	grid := bytes.Join([][]byte{isoBox("ftyp", []byte("avif"), be(4, 0), []byte("avif")), isoBox("meta", be(4, 0), isoBox("pitm", be(4, 0), be(2, 1)),
		isoBox("iinf", be(4, 0), be(2, 200), bytes.Join(tiles, nil)),
		isoBox("iprp", isoBox("ipco", isoBox("ispe", be(4, 0, 6000, 6000))), isoBox("ipma", uses)))}, nil)
	for name, c := range map[string]struct {
		data []byte
		kind error
		want string
	}{
		"bomb":    {heifFile("avif", "av01", 65000, 65000, isoBox("av1C"), picture, nil, nil), ErrLimit, "limits.pixels"},
		"line":    {heifFile("heic", "hvc1", 2_000_000, 1, isoBox("hvcC"), picture, nil, nil), ErrLimit, "a side"},
		"tiles":   {grid, ErrDamaged, "parts are far larger"},
		"nothing": {isoBox("ftyp", []byte("avif"), be(4, 0), []byte("avif")), ErrDamaged, "how large"},
		"0 × 0":   {heifFile("avif", "av01", 0, 0, isoBox("av1C"), picture, nil, nil), ErrDamaged, "how large"},
		"length":  {append(isoBox("ftyp", []byte("avif"), be(4, 0), []byte("avif")), be(4, 3, 0)...), ErrDamaged, "boxes"},
		"garbage": {good, ErrDamaged, ""},
	} {
		if name == "garbage" && raced {
			continue
		}
		_, _, err := Run(t.Context(), c.data, list(one(t, "png")), limits)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// Animations of every kind tell their frames; the first is used, or a recipe refuses them.
func TestAnimations(t *testing.T) {
	track := func(frames int) []byte {
		entry := isoBox("av01", make([]byte, 24), be(2, 64, 48), make([]byte, 50))
		stbl := isoBox("stbl", isoBox("stsd", be(4, 0, 1), entry), isoBox("stsz", be(4, 0, 0, frames)))
		return isoBox("moov", isoBox("trak", isoBox("mdia", isoBox("hdlr", be(4, 0, 0), []byte("pict"), be(4, 0, 0, 0)), isoBox("minf", stbl))))
	}
	for name, data := range map[string][]byte{
		"gif": asGIF(t, 64, 48, 7), "apng": asAPNG(t, quarters(64, 48), 7), "webp": animatedWebP(64, 48, quarters(32, 24), image.Pt(16, 8), 7),
		"avif": append(isoBox("ftyp", []byte("avis"), be(4, 0), []byte("avis")), track(7)...),
	} {
		f, err := Probe(data, int64(len(data)), limits)
		if err != nil || f.Frames != 7 || f.Width != 64 || f.Height != 48 {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if name == "avif" {
			continue // boxes without a picture
		}
		first, refuse := one(t, "png"), one(t, "png")
		refuse.Name, refuse.Animation = "refuse", recipe.Refuse
		out, _, err := Run(t.Context(), data, list(first, refuse), limits)
		if len(out) != 1 || err == nil || !strings.Contains(err.Error(), "recipe refuse: it is an animation of 7 frames") {
			t.Errorf("%s: %d outputs, %v", name, len(out), err)
		}
	}
	img := run(t, animatedWebP(64, 48, quarters(32, 24), image.Pt(16, 8), 3), "png")
	if !near(img, 18, 10, red) || !near(img, 46, 30, yellow) || !near(img, 4, 4, color.NRGBA{}) || !near(img, 60, 40, color.NRGBA{}) {
		t.Error("an animated WebP's first frame does not lie where it belongs")
	}
	for name, data := range map[string][]byte{
		"outside": animatedWebP(40, 30, quarters(32, 24), image.Pt(16, 8), 2), "cut": animatedWebP(64, 48, quarters(32, 24), image.Pt(0, 0), 2)[:200],
	} {
		if _, err := Probe(data, int64(len(data)), limits); err == nil {
			t.Errorf("%s: it passed", name)
		}
	}
}

// asAPNG is a PNG that claims so many frames, of which readers that know none see the first.
func asAPNG(t testing.TB, img image.Image, frames int) []byte {
	t.Helper()
	data := asPNG(t, img)
	const head = 8 + 12 + 13
	return bytes.Join([][]byte{data[:head], chunk("acTL", be(4, frames, 0)), data[head:]}, nil)
}

// animatedWebP shows img at a point of its canvas, so many times.
func animatedWebP(w, h int, img *image.NRGBA, at image.Point, frames int) []byte {
	le := func(n int) []byte { return u24bytes(n) }
	body := append([]byte("WEBPVP8X\x0a\x00\x00\x00\x12\x00\x00\x00"), append(le(w-1), le(h-1)...)...)
	body = append(body, "ANIM\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)
	frame := bytes.Join([][]byte{le(at.X / 2), le(at.Y / 2), le(img.Rect.Dx() - 1), le(img.Rect.Dy() - 1), le(100), {0}, losslessWebP(img)[12:]}, nil)
	for range frames {
		body = append(binary.LittleEndian.AppendUint32(append(body, "ANMF"...), uint32(len(frame))), frame...)
	}
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// Orientation in the EXIF of WebP and PNG, and in a TIFF's own directory, turns them as in a JPEG.
func TestOrientationInEveryFormat(t *testing.T) {
	upright := quarters(64, 48)
	undo := []int{0, 1, 2, 3, 4, 5, 8, 7, 6}
	for o := 1; o <= 8; o++ {
		stored := orient(upright, undo[o])
		meta := exif(uint16(o), binary.LittleEndian)
		png := asPNG(t, stored)
		web := losslessWebP(stored)
		web = append(binary.LittleEndian.AppendUint32(append(web, "EXIF"...), uint32(len(meta))), meta...)
		binary.LittleEndian.PutUint32(web[4:], uint32(len(web)-8))
		for name, data := range map[string][]byte{
			"png": bytes.Join([][]byte{png[:33], chunk("eXIf", meta), png[33:]}, nil), "webp": web, "tiff": turnedTIFF(t, stored, o),
		} {
			img := run(t, data, "orient | png")
			if img.Bounds().Max != image.Pt(64, 48) || !near(img, 8, 8, red) || !near(img, 56, 8, green) || !near(img, 8, 40, blue) || !near(img, 56, 40, yellow) {
				t.Errorf("%s: orientation %d is not upright", name, o)
			}
		}
	}
}

// turnedTIFF is a TIFF with an orientation: its directory is written anew at the end, with one entry more.
func turnedTIFF(t testing.TB, img image.Image, orientation int) []byte {
	t.Helper()
	data, le := asTIFF(t, img), binary.LittleEndian
	dir := le.Uint32(data[4:])
	n := int(le.Uint16(data[dir:]))
	var entries [][]byte
	for i := range n {
		entries = append(entries, data[int(dir)+2+12*i:][:12])
	}
	turn := le.AppendUint32(le.AppendUint32(le.AppendUint16(le.AppendUint16(nil, tagOrientation), 3), 1), uint32(orientation))
	entries = append(entries, turn)
	slices.SortFunc(entries, func(a, b []byte) int { return int(le.Uint16(a)) - int(le.Uint16(b)) })
	if len(data)%2 == 1 {
		data = append(data, 0)
	}
	le.PutUint32(data[4:], uint32(len(data)))
	data = le.AppendUint16(data, uint16(n+1))
	return append(append(data, bytes.Join(entries, nil)...), 0, 0, 0, 0)
}
