package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"golang.org/x/image/bmp"
	xtiff "golang.org/x/image/tiff"

	"weft/config"
	"weft/pipeline/recipe"
)

var limits = config.Limits{Pixels: 50_000_000, Bytes: 64 << 20}

var (
	red, green, blue = color.NRGBA{200, 30, 30, 255}, color.NRGBA{30, 180, 30, 255}, color.NRGBA{30, 30, 200, 255}
	yellow           = color.NRGBA{220, 210, 20, 255}
)

// quarters is red, green over blue, yellow: a picture whose every turn shows.
func quarters(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := red
			switch {
			case x >= w/2 && y >= h/2:
				c = yellow
			case x >= w/2:
				c = green
			case y >= h/2:
				c = blue
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

// flat is all red.
func flat(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(red), image.Point{}, draw.Src)
	return img
}

// weave is a picture with detail: a twill with a little noise.
func weave(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for y := range h {
		for x := range w {
			state = state*1664525 + 1013904223
			v := uint8(90 + 70*((x+y)/6%2) + int(state>>24)/10)
			img.SetRGBA(x, y, color.RGBA{v, uint8(int(v) * 3 / 4), v / 2, 255})
		}
	}
	return img
}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, 0, jpeg.Encode(&b, img, &jpeg.Options{Quality: 92}))
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, 0, png.Encode(&b, img))
	return b.Bytes()
}

func asTIFF(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, 0, xtiff.Encode(&b, img, &xtiff.Options{Compression: xtiff.Deflate}))
	return b.Bytes()
}

func asBMP(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, 0, bmp.Encode(&b, img))
	return b.Bytes()
}

// paletted draws quarters with a palette.
func paletted(w, h int) *image.Paletted {
	p := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{red, green, blue, yellow})
	q := quarters(w, h)
	for y := range h {
		for x := range w {
			p.Set(x, y, q.At(x, y))
		}
	}
	return p
}

// asGIF makes an animation whose first frame covers only the right half.
func asGIF(t testing.TB, w, h, frames int) []byte {
	t.Helper()
	g := gif.GIF{Config: image.Config{Width: w, Height: h, ColorModel: color.Palette{red, green}}}
	for i := range frames {
		p := image.NewPaletted(image.Rect(w/2, 0, w, h), color.Palette{red, green})
		for j := range p.Pix {
			p.Pix[j] = uint8(i % 2)
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 5)
	}
	var b bytes.Buffer
	must(t, 0, gif.EncodeAll(&b, &g))
	return b.Bytes()
}

// exif is a TIFF structure with orientation, make, model, date and a GPS
// directory.
func exif(orientation uint16, order binary.AppendByteOrder) []byte {
	b := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	texts := []byte("Loom\x00\x00\x00\x00Loom X100\x00\x00\x002026:03:04 05:06:07\x00") // at 120
	entry := func(tag, kind uint16, count, value uint32) {
		b = order.AppendUint16(order.AppendUint16(b, tag), kind)
		b = order.AppendUint32(b, count)
		if kind == 3 {
			b = order.AppendUint16(order.AppendUint16(b, uint16(value)), 0)
			return
		}
		b = order.AppendUint32(b, value)
	}
	b = order.AppendUint16(b, 5)
	entry(tagMake, 2, 5, 120)
	entry(tagModel, 2, 10, 128)
	entry(tagOrientation, 3, 1, uint32(orientation))
	entry(tagExif, 4, 1, 74)
	entry(34853, 4, 1, 92) // GPS
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 1) // at 74
	entry(tagTaken, 2, 20, 140)
	b = order.AppendUint32(b, 0)
	b = order.AppendUint16(b, 1) // at 92
	entry(1, 2, 2, 'N')
	b = append(b, make([]byte, 120-len(b))...)
	return append(b, texts...)
}

// segment puts an APPn segment behind a JPEG's start.
func segment(data []byte, marker byte, payload []byte) []byte {
	out := append([]byte(nil), data[:2]...)
	out = append(out, 0xff, marker)
	out = binary.BigEndian.AppendUint16(out, uint16(len(payload)+2))
	out = append(out, payload...)
	return append(out, data[2:]...)
}

func withExif(data []byte, orientation uint16, order binary.AppendByteOrder) []byte {
	return segment(data, 0xe1, append([]byte("Exif\x00\x00"), exif(orientation, order)...))
}

// withThumbnail is a JPEG whose EXIF holds an orientation and a thumbnail.
func withThumbnail(data, thumbnail []byte, orientation uint16) []byte {
	b := exif(orientation, binary.LittleEndian)
	second := uint32(len(b))
	binary.LittleEndian.PutUint32(b[10+5*12:], second) // behind the five entries of the first directory
	b = binary.LittleEndian.AppendUint16(b, 2)
	for _, e := range [][2]uint32{{tagThumbnail, second + 30}, {tagThumbnailBytes, uint32(len(thumbnail))}} {
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, uint16(e[0])), 4)
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, 1), e[1])
	}
	b = append(binary.LittleEndian.AppendUint32(b, 0), thumbnail...)
	return segment(data, 0xe1, append([]byte("Exif\x00\x00"), b...))
}

// profile is a colour profile as far as its header goes.
func profile(space string, n int) []byte {
	p := make([]byte, n)
	copy(p[16:], space)
	copy(p[36:], "acsp")
	for i := 128; i < n; i++ {
		p[i] = byte(i * 7)
	}
	return p
}

// cmykJPEG is a baseline JPEG of one flat colour in four components, as image
// editors write them: Adobe marker, inverted values.
func cmykJPEG(w, h int, c, m, y, k uint8) []byte {
	b := []byte{0xff, 0xd8, 0xff, 0xee, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0}
	b = append(b, 0xff, 0xdb, 0, 67, 0)
	b = append(b, bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xff, 0xc0, 0, 20, 8, byte(h>>8), byte(h), byte(w>>8), byte(w), 4)
	for i := range 4 {
		b = append(b, byte(i+1), 0x11, 0)
	}
	// DC: twelve codes of four bits, for differences of 0 to 11 bits. AC: one code, end of block.
	b = append(b, 0xff, 0xc4, 0, 19+12, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	b = append(b, 0xff, 0xc4, 0, 19+1, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, 0xff, 0xda, 0, 14, 4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0)
	var bits uint64
	n := 0
	put := func(v uint64, count int) {
		for i := count - 1; i >= 0; i-- {
			bits = bits<<1 | v>>i&1
			if n++; n == 8 {
				b = append(b, byte(bits))
				if byte(bits) == 0xff {
					b = append(b, 0)
				}
				bits, n = 0, 0
			}
		}
	}
	for block := range ((w + 7) / 8) * ((h + 7) / 8) {
		for _, v := range []uint8{255 - c, 255 - m, 255 - y, 255 - k} {
			diff := 0
			if block == 0 {
				diff = (int(v) - 128) * 8
			}
			size, value := 0, diff
			for a := max(diff, -diff); a > 0; a >>= 1 {
				size++
			}
			if diff < 0 {
				value = diff + 1<<size - 1
			}
			put(uint64(size), 4)
			put(uint64(value), size)
			put(0, 1)
		}
	}
	for n != 0 {
		put(1, 1)
	}
	return append(b, 0xff, 0xd9)
}

// chunk is one PNG chunk.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// withPNGChunk puts a chunk behind IHDR.
func withPNGChunk(data []byte, kind string, payload []byte) []byte {
	const header = 8 + 12 + 13
	return append(append(bytes.Clone(data[:header]), chunk(kind, payload)...), data[header:]...)
}

// describedTIFF is a grey TIFF of 60 × 40 pixels with the metadata of exif.
func describedTIFF(order binary.AppendByteOrder, e []byte) []byte {
	const w, h = 60, 40
	pixels := uint32(len(e))
	b := append(bytes.Clone(e), bytes.Repeat([]byte{90}, w*h)...)
	order.(binary.ByteOrder).PutUint32(b[4:], uint32(len(b)))
	entries := [][4]uint32{{tagWidth, 4, 1, w}, {tagHeight, 4, 1, h}, {tagBits, 4, 1, 8}, {tagCompression, 4, 1, 1}, {262, 4, 1, 1},
		{tagMake, 2, 5, 120}, {tagModel, 2, 10, 128}, {tagStrips, 4, 1, pixels}, {tagOrientation, 3, 1, 3},
		{tagSamples, 4, 1, 1}, {278, 4, 1, h}, {tagStripBytes, 4, 1, w * h}, {tagExif, 4, 1, 74}}
	b = order.AppendUint16(b, uint16(len(entries)))
	for _, x := range entries {
		b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, uint16(x[0])), uint16(x[1])), x[2])
		if x[1] == 3 {
			b = order.AppendUint16(order.AppendUint16(b, uint16(x[3])), 0)
			continue
		}
		b = order.AppendUint32(b, x[3])
	}
	return order.AppendUint32(b, 0)
}

// pngBomb claims a size it does not hold.
func pngBomb(w, h uint32, interlace byte) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	head = append(head, 16, 6, 0, 0, interlace)
	out := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", head)...)
	out = append(out, chunk("IDAT", []byte("\x78\x9c\x63\x00\x00\x00\x01\x00\x01"))...)
	return append(out, chunk("IEND", nil)...)
}

// greyTIFF is a grey TIFF whose pieces, tiles of a size or else strips of one row,
// all are the same bytes.
func greyTIFF(w, h, tileW, tileH uint32, piece []byte) []byte {
	order := binary.LittleEndian
	n, offsets, lengths := h, uint32(tagStrips), uint32(tagStripBytes)
	if tileW > 0 {
		n, offsets, lengths = (w+tileW-1)/tileW*((h+tileH-1)/tileH), tagTiles, tagTileBytes
	}
	entries := [][3]uint32{{tagWidth, 1, w}, {tagHeight, 1, h}, {tagBits, 1, 8}, {tagCompression, 1, 8}, {262, 1, 1}, {tagSamples, 1, 1}, {278, 1, 1},
		{tagTileWidth, 1, tileW}, {tagTileHeight, 1, tileH}, {offsets, n, 0}, {lengths, n, 0}}
	if tileW == 0 {
		entries = slices.Delete(entries, 7, 9)
	}
	at := uint32(8 + 2 + 12*len(entries) + 4)
	entries[len(entries)-2][2], entries[len(entries)-1][2] = at, at+4*n
	b := order.AppendUint16([]byte("II*\x00\x08\x00\x00\x00"), uint16(len(entries)))
	for _, e := range entries {
		b = order.AppendUint16(order.AppendUint16(b, uint16(e[0])), 4)
		b = order.AppendUint32(order.AppendUint32(b, e[1]), e[2])
	}
	b = order.AppendUint32(b, 0)
	for range n {
		b = order.AppendUint32(b, at+8*n)
	}
	for range n {
		b = order.AppendUint32(b, uint32(len(piece)))
	}
	return append(b, piece...)
}

// deflated is so many zeros.
func deflated(n int) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write(make([]byte, n))
	z.Close()
	return b.Bytes()
}

// one is a recipe of the given steps.
func one(t testing.TB, steps string) recipe.Recipe {
	t.Helper()
	s, err := recipe.ParseSteps(steps)
	return recipe.Recipe{Name: "test", Steps: must(t, s, err)}
}

// run makes one output and decodes it.
func run(t testing.TB, source []byte, steps string) image.Image {
	t.Helper()
	out, _, err := Run(t.Context(), source, []recipe.Recipe{one(t, steps)}, limits)
	if err != nil {
		t.Fatalf("%s: %v", steps, err)
	}
	img, _, err := image.Decode(bytes.NewReader(out[0].Data))
	if err != nil || img.Bounds().Dx() != out[0].Width || img.Bounds().Dy() != out[0].Height {
		t.Fatalf("%s: output of %d×%d does not decode: %v", steps, out[0].Width, out[0].Height, err)
	}
	return img
}

// near tells whether the pixel has the colour, as far as JPEG keeps it.
func near(img image.Image, x, y int, want color.Color) bool {
	r, g, b, a := img.At(x, y).RGBA()
	wr, wg, wb, wa := want.RGBA()
	d := func(p, q uint32) int { return max(int(p>>8)-int(q>>8), int(q>>8)-int(p>>8)) }
	return max(d(r, wr), d(g, wg), d(b, wb), d(a, wa)) <= 12
}
