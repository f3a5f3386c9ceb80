package hostile

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
)

// animation is a sound GIF of frames of 32×24 pixels.
func animation(frames int) []byte {
	var g gif.GIF
	for i := range frames {
		p := image.NewPaletted(image.Rect(0, 0, 32, 24), color.Palette{color.Gray{40}, color.Gray{200}})
		for j := range p.Pix {
			p.Pix[j] = uint8((j/3 + i) % 2)
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 2)
	}
	var b bytes.Buffer
	must(gif.EncodeAll(&b, &g))
	return b.Bytes()
}

// screen is a GIF's header with a canvas of w×h pixels and a palette of two
// colours, if it has one.
func screen(w, h uint16, palette bool) []byte {
	b := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte("GIF89a"), w), h)
	if !palette {
		return append(b, 0, 0, 0)
	}
	return append(b, 0x80, 0, 0, 1, 2, 3, 250, 251, 252)
}

// still is a frame of w×h pixels at x, y with LZW data of a code size.
func still(x, y, w, h uint16, codeSize byte, data []byte) []byte {
	b := []byte{0x2c}
	for _, v := range []uint16{x, y, w, h} {
		b = binary.LittleEndian.AppendUint16(b, v)
	}
	b = append(b, 0, codeSize)
	for len(data) > 0 {
		n := min(len(data), 255)
		b = append(append(b, byte(n)), data[:n]...)
		data = data[n:]
	}
	return append(b, 0)
}

const gifEnd = ";"

func gifs() []File {
	sound := animation(3)
	// Codes of 9 bits at a code size of 8: clear, then 255 again and again.
	outside := packed(9, 256, 255, 255, 255, 255, 257)
	dot := still(0, 0, 1, 1, 2, []byte{0x44, 0x01}) // clear, 0, end
	return []File{
		{"gif-65535-by-65535.gif", joined(screen(65535, 65535, true), dot, []byte(gifEnd)), "limits.pixels"},
		{"gif-dot-on-4-megapixels.gif", joined(screen(2000, 2000, true), dot, []byte(gifEnd)), ""},
		{"gif-0-by-0.gif", joined(screen(0, 0, true), dot, []byte(gifEnd)), "claims 0×0 pixels"},
		{"gif-frame-outside-canvas.gif", joined(screen(4, 4, true), still(3, 3, 65535, 65535, 2, []byte{0x44, 0x01}), []byte(gifEnd)), "damaged"},
		{"gif-without-palette.gif", joined(screen(1, 1, false), dot, []byte(gifEnd)), "damaged"},
		{"gif-palette-too-short.gif", joined(screen(2, 2, true), still(0, 0, 2, 2, 8, outside), []byte(gifEnd)), "damaged"}, // CVE-2023-36308
		{"gif-code-size-of-200.gif", joined(screen(2, 2, true), still(0, 0, 2, 2, 200, outside), []byte(gifEnd)), "damaged"},
		{"gif-noise-for-pixels.gif", joined(screen(64, 64, true), still(0, 0, 64, 64, 2, bytes.Repeat([]byte{0xee, 0x13}, 400)), []byte(gifEnd)), "damaged"},
		{"gif-pixels-end-early.gif", joined(screen(64, 64, true), still(0, 0, 64, 64, 2, []byte{0x44, 0x01}), []byte(gifEnd)), "damaged"},
		{"gif-without-frame.gif", joined(screen(8, 8, true), []byte(gifEnd)), "holds no picture"},
		{"gif-200000-frames.gif", joined(screen(1, 1, true), bytes.Repeat(dot, 200_000), []byte(gifEnd)), ""},
		{"gif-2-megabytes-of-comments.gif", joined(screen(1, 1, true), bytes.Repeat([]byte("!\xfe\x01x\x00"), 400_000), dot, []byte(gifEnd)), ""},
		{"gif-comment-without-end.gif", joined(screen(1, 1, true), []byte("!\xfe"), bytes.Repeat([]byte{255}, 5000)), "ends early"},
		{"gif-block-of-no-kind.gif", joined(screen(8, 8, true), []byte("weft"), []byte(gifEnd)), "blocks are not those of a GIF"},
		{"gif-animation.gif", sound, ""},
		{"gif-without-trailer.gif", sound[:len(sound)-1], ""},
		{"gif-cut-at-8-bytes.gif", sound[:8], "ends early"},
		{"gif-cut-at-50-percent.gif", cut(sound, 0.5), "ends early"},
	}
}

// packed puts LZW codes of a width one behind the other, the lowest bit first.
func packed(width int, codes ...uint32) []byte {
	var out []byte
	var bits uint64
	n := 0
	for _, c := range codes {
		bits |= uint64(c) << n
		for n += width; n >= 8; n -= 8 {
			out = append(out, byte(bits))
			bits >>= 8
		}
	}
	return append(out, byte(bits))
}

// bitmap is a BMP header (BITMAPINFOHEADER) and data.
func bitmap(offset uint32, w, h int32, depth uint16, compression, colours uint32, data []byte) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("BM"), uint32(54+len(data)))
	b = le.AppendUint32(append(b, 0, 0, 0, 0), offset)
	b = le.AppendUint32(b, 40)
	b = le.AppendUint32(le.AppendUint32(b, uint32(w)), uint32(h))
	b = le.AppendUint16(le.AppendUint16(b, 1), depth)
	b = le.AppendUint32(le.AppendUint32(b, compression), uint32(len(data)))
	b = append(b, make([]byte, 8)...)
	b = le.AppendUint32(le.AppendUint32(b, colours), 0)
	return append(b, data...)
}

func bmps() []File {
	pixels := bytes.Repeat([]byte{200, 100, 50, 0}, 64) // 8×8 of 32 bits, or more of fewer
	two := joined([]byte{0, 0, 0, 0, 255, 255, 255, 0}, bytes.Repeat([]byte{255, 1, 0, 77}, 16))
	sound := bitmap(54, 8, 8, 32, 0, 0, pixels)
	return []File{
		{"bmp-30000-by-30000.bmp", bitmap(54, 30000, 30000, 24, 0, 0, pixels), "limits.pixels"},
		{"bmp-claims-4-megapixels.bmp", bitmap(54, 2000, 2000, 24, 0, 0, pixels), "ends early"},
		{"bmp-compressed-claims-4-megapixels.bmp", bitmap(54, 2000, 2000, 8, 1, 0, pixels), "of a rare kind"},
		{"bmp-0-wide.bmp", bitmap(54, 0, 8, 24, 0, 0, pixels), "header makes no sense"},
		{"bmp-height-of-minus-2147483648.bmp", bitmap(54, 1, -1<<31, 24, 0, 0, pixels), "header makes no sense"},
		{"bmp-width-of-minus-1.bmp", bitmap(54, -1, 8, 24, 0, 0, pixels), "header makes no sense"},
		{"bmp-depth-of-33.bmp", bitmap(54, 8, 8, 33, 0, 0, pixels), "header makes no sense"},
		{"bmp-depth-of-7.bmp", bitmap(54, 8, 8, 7, 0, 0, pixels), "of a rare kind"},
		{"bmp-palette-too-short.bmp", bitmap(54+8, 8, 8, 8, 0, 2, two), "damaged"}, // CVE-2023-36308
		{"bmp-palette-of-4294967295.bmp", bitmap(54, 8, 8, 8, 0, 1<<32-1, pixels), "of a rare kind"},
		{"bmp-pixels-inside-header.bmp", bitmap(2, 8, 8, 24, 0, 0, pixels), "of a rare kind"},
		{"bmp-pixels-behind-file.bmp", bitmap(1<<31, 8, 8, 24, 0, 0, pixels), "ends early"},
		{"bmp-from-the-top.bmp", bitmap(54, 8, -8, 32, 0, 0, pixels), ""},
		{"bmp-cut-at-40-bytes.bmp", sound[:40], "ends early"},
		{"bmp-cut-at-50-percent.bmp", cut(sound, 0.5), "ends early"},
	}
}
