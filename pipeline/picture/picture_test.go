package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"strings"
	"testing"
	"time"

	"weft/config"
)

// The header of every format tells its facts, and the whole file passes.
func TestProbeFacts(t *testing.T) {
	for name, c := range map[string]struct {
		data   []byte
		format string
		frames int
	}{
		"jpeg":     {asJPEG(t, quarters(64, 48)), "jpeg", 0},
		"cmyk":     {cmykJPEG(64, 48, 0, 255, 255, 0), "jpeg", 0},
		"png":      {asPNG(t, quarters(64, 48)), "png", 0},
		"palette":  {asPNG(t, paletted(64, 48)), "png", 0},
		"gif":      {asGIF(t, 64, 48, 1), "gif", 0},
		"animated": {asGIF(t, 64, 48, 7), "gif", 7},
		"tiff":     {asTIFF(t, quarters(64, 48)), "tiff", 0},
		"bmp":      {asBMP(t, quarters(64, 48)), "bmp", 0},
		"webp":     {losslessWebP(quarters(64, 48)), "webp", 0},
		"lossy":    {lossyWebP(64, 48), "webp", 0},
	} {
		f, err := Probe(c.data, int64(len(c.data)), limits)
		if err != nil || f.Format != c.format || f.Width != 64 || f.Height != 48 || f.Frames != c.frames || f.Orientation != 1 {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

// Time and camera come from EXIF in both byte orders; the place is not read.
func TestExif(t *testing.T) {
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		data := withExif(asJPEG(t, quarters(64, 48)), 6, order)
		f, err := Probe(data, int64(len(data)), limits)
		if err != nil || f.Orientation != 6 || f.Camera != "Loom X100" || !f.Taken.Equal(time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)) {
			t.Errorf("%v: %+v, %v", order, f, err)
		}
		part, err := Probe(data[:600], int64(len(data)), limits)
		if (err != nil || part.Camera != f.Camera || part.Width != 64) && !errors.Is(err, ErrPartial) {
			t.Errorf("first part: %+v, %v", part, err)
		}
	}
}

// Every one of the eight orientations comes out upright, whatever the scale, and no metadata comes along.
func TestOrientations(t *testing.T) {
	upright := quarters(160, 96)
	undo := []int{0, 1, 2, 3, 4, 5, 8, 7, 6} // the turn that makes the stored picture from the upright one
	for o := 1; o <= 8; o++ {
		stored := asJPEG(t, orient(upright, undo[o]))
		source := withExif(stored, uint16(o), binary.BigEndian)
		for _, steps := range []string{"orient | png", "orient | fit 80 | jpeg q95", "orient | fit 20 | png", "orient | fill 40x24 | png"} {
			img := run(t, source, steps)
			w, h := img.Bounds().Dx(), img.Bounds().Dy()
			if w*96 != h*160 || !near(img, w/4, h/4, red) || !near(img, 3*w/4, h/4, green) ||
				!near(img, w/4, 3*h/4, blue) || !near(img, 3*w/4, 3*h/4, yellow) {
				t.Errorf("orientation %d, %s: %d×%d is not upright", o, steps, w, h)
			}
		}
		small, _, err := Preview(t.Context(), source, 40, 40, limits)
		if err != nil || small.Rect.Max != image.Pt(40, 24) || !near(small, 5, 5, red) || !near(small, 35, 20, yellow) {
			t.Errorf("orientation %d: preview %v, %v", o, small.Bounds(), err)
		}
		out, _, err := Run(t.Context(), source, nil, limits)
		if err != nil || len(out) != 0 {
			t.Error(out, err)
		}
	}
	source := withExif(asJPEG(t, upright), 6, binary.BigEndian)
	res := must(t, runData(t, source, "orient | fit 80"), nil)
	if bytes.Contains(res, []byte("Exif")) || bytes.Contains(res, []byte("Loom")) {
		t.Error("the output carries the source's metadata")
	}
	if img := run(t, source, "fit 80"); img.Bounds().Dx() != 80 || img.Bounds().Dy() != 48 {
		t.Error("without orient the picture was turned")
	}
}

// Every format and colour model arrives with its colours.
func TestDecodesEverything(t *testing.T) {
	q := quarters(80, 60)
	deep := image.NewNRGBA64(q.Rect)
	draw.Draw(deep, q.Rect, q, image.Point{}, draw.Src)
	pre := image.NewRGBA64(q.Rect)
	draw.Draw(pre, q.Rect, q, image.Point{}, draw.Src)
	for name, data := range map[string][]byte{
		"jpeg": asJPEG(t, q), "png": asPNG(t, q), "png palette": asPNG(t, paletted(80, 60)), "png 16": asPNG(t, deep),
		"png 16 opaque": asPNG(t, pre), "tiff": asTIFF(t, q), "tiff palette": asTIFF(t, paletted(80, 60)),
		"tiff 16": asTIFF(t, deep), "bmp": asBMP(t, q),
	} {
		img := run(t, data, "png")
		if img.Bounds() != q.Rect || !near(img, 10, 10, red) || !near(img, 70, 10, green) || !near(img, 10, 50, blue) || !near(img, 70, 50, yellow) {
			t.Errorf("%s: wrong colours", name)
		}
	}
	if img := run(t, cmykJPEG(40, 30, 0, 255, 255, 0), "png"); !near(img, 20, 15, color.NRGBA{255, 0, 0, 255}) {
		t.Errorf("CMYK: %v", img.At(20, 15))
	}
	if img := run(t, cmykJPEG(640, 480, 255, 0, 255, 0), "fit 100 | png"); !near(img, 50, 30, color.NRGBA{0, 255, 0, 255}) {
		t.Errorf("CMYK scaled: %v", img.At(50, 30))
	}
	gray := image.NewGray16(image.Rect(0, 0, 20, 20))
	for i := range gray.Pix {
		gray.Pix[i] = 0x80
	}
	if img := run(t, asPNG(t, gray), "png"); !near(img, 5, 5, color.Gray{0x80}) {
		t.Error("grey 16")
	}
	img := run(t, asGIF(t, 80, 60, 3), "png")
	if img.Bounds() != q.Rect || !near(img, 70, 10, red) || !near(img, 10, 10, color.NRGBA{}) {
		t.Error("a GIF's first frame does not lie where it belongs")
	}
	if img := run(t, asGIF(t, 80, 60, 3), "jpeg q95"); !near(img, 10, 10, color.White) {
		t.Error("transparency does not become white in a JPEG")
	}
}

// What the fast decoder returns blank is an error, so that the other decoder takes over.
func TestBlankIsNoPicture(t *testing.T) {
	decode := func(source []byte) error {
		h, err := inspect(source, int64(len(source)), limits)
		_, err = fastJPEG(source, must(t, h, err))
		return err
	}
	if err := decode(cmykJPEG(64, 48, 0, 255, 255, 0)); err == nil {
		t.Errorf("a blank picture was taken for a good one")
	}
	if err := decode(asJPEG(t, quarters(64, 48))); err != nil {
		t.Error(err)
	}
}

// A colour beside transparent pixels keeps its colour when it is scaled, from the whole picture and from a level.
func TestTransparencyKeepsColours(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 512, 64))
	for y := range 64 {
		for x := 0; x < 512; x += 2 { // every other column, the rest is transparent black
			img.SetNRGBA(x, y, color.NRGBA{200, 100, 50, 255})
		}
	}
	for _, steps := range []string{"fit 16 | png", "fit 200 | png"} {
		out := run(t, asPNG(t, img), steps)
		c := color.NRGBAModel.Convert(out.At(5, 1)).(color.NRGBA)
		if c.R < 190 || c.R > 210 || c.G < 92 || c.G > 108 || c.A < 100 || c.A > 156 {
			t.Errorf("%s: %v", steps, c)
		}
	}
}

// What is hostile, broken or no picture is refused in words that say why, and nothing is decoded.
func TestRefusals(t *testing.T) {
	jpg, pn := asJPEG(t, weave(300, 200)), asPNG(t, weave(300, 200))
	scans := append([]byte(nil), jpg[:2]...)
	scans = append(scans, 0xff, 0xc2, 0, 11, 8, 0, 200, 1, 44, 1, 1, 0x11, 0)
	for range 300 {
		scans = append(scans, 0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0, 0x55)
	}
	scans = append(scans, 0xff, 0xd9)
	gifTail, tif, bm := asGIF(t, 80, 60, 5), asTIFF(t, weave(300, 200)), asBMP(t, weave(300, 200))
	animated := append([]byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x02\x00\x00\x00"), 9, 0, 0, 9, 0, 0)
	canvas := append([]byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"), 255, 255, 255, 255, 255, 255)
	loop := segment(jpg, 0xe1, append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00"), bytes.Repeat([]byte{0xff}, 50)...))
	for name, c := range map[string]struct {
		data []byte
		kind error
		want string
	}{
		"empty":            {nil, ErrFormat, "empty"},
		"text":             {[]byte("hello, this is text"), ErrFormat, "JPEG, PNG, GIF"},
		"heic":             {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), ErrDamaged, "how large"},
		"video":            {[]byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42"), ErrFormat, "a video"},
		"jpeg cut":         {jpg[:len(jpg)/2], ErrTruncated, "upload it again"},
		"jpeg without end": {jpg[:len(jpg)-2], ErrTruncated, "upload it again"},
		"jpeg head":        {jpg[:4], ErrTruncated, "ends early"},
		"jpeg scans":       {scans, ErrDamaged, "300 scans"},
		"png cut":          {pn[:len(pn)/2], ErrTruncated, "of at least"},
		"png without end":  {pn[:len(pn)-12], ErrTruncated, "ends early"},
		"png bomb":         {pngBomb(100000, 100000, 0), ErrLimit, "limits.pixels"},
		"png largest":      {pngBomb(1<<31-1, 1<<31-1, 1), ErrLimit, "limits.pixels"},
		"png claims":       {pngBomb(7000, 7000, 0), ErrDamaged, "holds only 9 bytes"},
		"png interlaced":   {pngBomb(7000, 7000, 1), ErrDamaged, "holds only 9 bytes"},
		"png line":         {pngBomb(40_000_000, 1, 0), ErrLimit, "100000 pixels a side: cut it"},
		"tiff tiles":       {greyTIFF(16, 90_000, 1024, 1024, make([]byte, 2000)), ErrDamaged, "tiles are far larger"},
		"tiff pieces":      {greyTIFF(7000, 7000, 8, 8, make([]byte, 2)), ErrDamaged, "765625 pieces"},
		"tiff one strip":   {greyTIFF(100, 5000, 0, 0, make([]byte, 1<<16)), ErrDamaged, "strips overlap"},
		"gif cut":          {gifTail[:len(gifTail)-20], ErrTruncated, "ends early"},
		"tiff cut":         {tif[:len(tif)/2], ErrTruncated, "ends early"},
		"tiff claims":      {claim(tif), ErrLimit, "limits.pixels"},
		"bmp cut":          {bm[:len(bm)/2], ErrTruncated, "of at least"},
		"webp cut":         {losslessWebP(quarters(64, 48))[:200], ErrTruncated, "of at least"},
		"webp animated":    {animated, ErrDamaged, "holds no picture"},
		"webp canvas":      {canvas, ErrLimit, "limits.pixels"},
	} {
		_, _, err := Run(t.Context(), c.data, nil, limits)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if out, _, err := Run(t.Context(), greyTIFF(64, 48, 16, 16, deflated(256)), list(one(t, "png")), limits); len(out) != 1 {
		t.Error("a TIFF in tiles, of which there are more with the same bytes:", err)
	}
	if _, err := Probe(loop, int64(len(loop)), limits); err != nil {
		t.Error("bad metadata must not keep a good picture out:", err)
	}
	if _, err := Probe(jpg, 100<<20, limits); !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "limits.bytes") {
		t.Error("too many bytes:", err)
	}
	if _, err := Probe(jpg, int64(len(jpg)), config.Limits{Pixels: 100}); !errors.Is(err, ErrLimit) {
		t.Error("too many pixels:", err)
	}
}

// A file cut short anywhere is refused as what it is, whatever its format.
func TestCutAnywhere(t *testing.T) {
	w := weave(120, 80)
	q := toNRGBA(w)
	for name, data := range map[string][]byte{
		"jpeg": asJPEG(t, w), "cmyk": cmykJPEG(120, 80, 9, 99, 199, 9), "png": asPNG(t, w), "gif": asGIF(t, 120, 80, 3),
		"tiff": asTIFF(t, w), "bmp": asBMP(t, w), "webp": losslessWebP(q), "lossy": lossyWebP(120, 80),
	} {
		for cut := range 20 {
			part := data[:len(data)*cut/20]
			out, _, err := Run(t.Context(), part, list(one(t, "fit 20")), limits)
			if len(out) != 0 || !errors.Is(err, ErrTruncated) && (cut > 0 || !errors.Is(err, ErrFormat)) {
				t.Errorf("%s at %d of %d bytes: %v", name, len(part), len(data), err)
			}
			if _, _, err := Preview(t.Context(), part, 20, 20, limits); err == nil {
				t.Errorf("%s at %d of %d bytes has a preview", name, len(part), len(data))
			}
		}
	}
}

// claim sets a TIFF's width and height to 60,000.
func claim(data []byte) []byte {
	out := append([]byte(nil), data...)
	dir := int(binary.LittleEndian.Uint32(out[4:]))
	for i := range int(binary.LittleEndian.Uint16(out[dir:])) {
		e := out[dir+2+12*i:]
		if tag := binary.LittleEndian.Uint16(e); tag == tagWidth || tag == tagHeight {
			binary.LittleEndian.PutUint16(e[2:], 4)
			binary.LittleEndian.PutUint32(e[8:], 60000)
		}
	}
	return out
}

// Ordinary photos are worked on in the process itself; what has no other guard is for one of its own, and asks for memory within the budget.
func TestApart(t *testing.T) {
	small := config.Limits{Pixels: limits.Pixels, Bytes: limits.Bytes, Memory: 200 << 20}
	for name, c := range map[string]struct {
		data  []byte
		apart string
	}{
		"jpeg":     {asJPEG(t, quarters(64, 48)), ""},
		"cmyk":     {cmykJPEG(64, 48, 1, 2, 3, 4), ""},
		"png":      {asPNG(t, quarters(64, 48)), ""},
		"bmp":      {asBMP(t, quarters(64, 48)), ""},
		"gif":      {asGIF(t, 64, 48, 1), ""},
		"animated": {asGIF(t, 64, 48, 2), "animation"},
		"tiff":     {asTIFF(t, quarters(64, 48)), "tiff"},
		"webp":     {lossyWebP(64, 48), "webp"},
		"many":     {asPNG(t, image.NewGray(image.Rect(0, 0, 4100, 4000))), "many pixels"},
	} {
		d, err := Weigh(c.data, nil, small)
		if err != nil || c.apart == "" != (d.Apart == "") || !strings.Contains(d.Apart, c.apart) ||
			d.Memory < leastMemory || d.Memory > small.Memory || d.Time < leastTime {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

// What cannot be decoded within limits.memory is refused before it is tried, and the refusal says how to allow it.
func TestMemoryLimit(t *testing.T) {
	tight := config.Limits{Pixels: limits.Pixels, Bytes: limits.Bytes, Memory: 16 << 20}
	source := asPNG(t, image.NewGray(image.Rect(0, 0, 2000, 1500)))
	_, _, err := Run(t.Context(), source, list(one(t, "fit 20")), tight)
	if !errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), "raise limits.memory") {
		t.Error(err)
	}
	if _, _, err = Preview(t.Context(), source, 20, 20, tight); !errors.Is(err, ErrLimit) {
		t.Error(err)
	}
}

// What grows, or is encoded at great cost, is asked memory and time for; a result that takes much is made in a process of its own.
func TestResultsAreReckoned(t *testing.T) {
	source := asJPEG(t, quarters(2000, 1500))
	plainly := must2(Weigh(source, list(one(t, "orient | fit 1600")), limits))(t)
	for steps, c := range map[string]struct {
		pixels int64 // of the largest picture on the way, in thousands
		apart  bool
	}{
		"fit 9000":               {3_000, false},
		"fill 4000x3000":         {12_000, false},
		"resize 200% | fit 100":  {12_000, false},
		"crop 100x100 | tile 10": {3_000, false},
		"tile 3x2":               {18_000, false},
		"tile 9x9":               {50_000, true}, // it fails, as it is over limits.pixels
		"rotate 45":              {6_125, false},
		"rotate 90":              {3_000, false},
		"pad 500px":              {7_500, false},
		"pad 4000x3000":          {12_000, false},
		"avif":                   {3_000, true},
		"fit 1600 | avif":        {3_000, true},
		"webp lossless":          {3_000, true},
		"webp q80":               {3_000, false},
	} {
		d := must2(Weigh(source, list(one(t, steps)), limits))(t)
		if least := 2 * 8 * (c.pixels*1000 - 3_000_000); d.Memory < min(least, limits.Memory) || d.Memory < plainly.Memory || d.Apart != "" != c.apart || d.Time < plainly.Time/2 {
			t.Errorf("%s: %+v", steps, d)
		}
	}
}
