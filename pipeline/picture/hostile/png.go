package hostile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"strings"
)

const pngStart = "\x89PNG\r\n\x1a\n"

// chunk is one PNG chunk.
func chunk(kind string, data []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(append(out, kind...), data...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// ihdr is a PNG's header.
func ihdr(w, h uint32, depth, kind, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return chunk("IHDR", append(b, depth, kind, 0, 0, interlace))
}

// pngOf is a PNG of the given chunks behind its header.
func pngOf(header []byte, chunks ...[]byte) []byte {
	return joined([]byte(pngStart), header, joined(chunks...), chunk("IEND", nil))
}

// grey is a PNG of zeros that holds all the pixels it claims, in 1/1000 of the bytes.
func grey(w, h uint32, depth byte) []byte {
	row := (int(w)*int(depth) + 7) / 8
	return pngOf(ihdr(w, h, depth, 0, 0), chunk("IDAT", deflated((row+1)*int(h))))
}

// inserted puts chunks behind a PNG's header.
func inserted(data []byte, chunks ...[]byte) []byte {
	const header = 8 + 25
	return joined(data[:header], joined(chunks...), data[header:])
}

func zipped(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, err := z.Write(data)
	must(err)
	must(z.Close())
	return b.Bytes()
}

func pngs() []File {
	sound := drawing(96, 64)
	nine := chunk("IDAT", []byte("\x78\x9c\x63\x00\x00\x00\x01\x00\x01"))
	palette := chunk("PLTE", []byte{1, 2, 3, 4, 5, 6})
	indices := chunk("IDAT", zipped(bytes.Repeat([]byte("\x00\xff\x80\x7f\x40\x01\x00\x02\x03"), 8)))
	lie := joined([]byte(pngStart), ihdr(8, 8, 8, 2, 0), []byte("\xff\xff\xff\xf0IDAT"), make([]byte, 64))
	apng := chunk("acTL", []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	all := []File{
		{"png-16gib-in-334-bytes.png", pngOf(ihdr(65535, 32768, 16, 6, 0), nine, chunk("tEXt", bytes.Repeat([]byte("x"), 244))), "limits.pixels"},
		{"png-largest-there-is.png", pngOf(ihdr(1<<31-1, 1<<31-1, 16, 6, 1), nine), "limits.pixels"},
		{"png-claims-4-megapixels.png", pngOf(ihdr(2000, 2000, 16, 6, 0), nine), "claims 2000×2000 pixels but holds only 9 bytes"},
		{"png-interlaced-claims.png", pngOf(ihdr(2000, 2000, 16, 6, 1), nine), "claims 2000×2000 pixels but holds only 9 bytes"},
		{"png-row-of-100001.png", grey(100_001, 1, 1), "100000 pixels a side"},
		{"png-column-of-100001.png", grey(1, 100_001, 1), "100000 pixels a side"},
		{"png-row-of-100000.png", grey(100_000, 1, 1), ""},
		{"png-column-of-100000.png", grey(1, 100_000, 1), ""},
		{"png-0-wide.png", pngOf(ihdr(0, 10, 8, 2, 0), nine), "claims 0×10 pixels"},
		{"png-0-by-0.png", pngOf(ihdr(0, 0, 8, 2, 0), nine), "claims 0×0 pixels"},
		{"png-depth-of-3.png", pngOf(ihdr(8, 8, 3, 2, 0), nine), "of a rare kind"},
		{"png-depth-of-255.png", pngOf(ihdr(8, 8, 255, 2, 0), nine), "header makes no sense"},
		{"png-colour-of-no-kind.png", pngOf(ihdr(8, 8, 8, 5, 0), nine), "header makes no sense"},
		{"png-two-headers.png", pngOf(joined(ihdr(8, 8, 8, 2, 0), ihdr(9, 9, 8, 2, 0)), nine), "chunks are not those of a PNG"},
		{"png-without-header.png", pngOf(nil, nine), "chunks are not those of a PNG"},
		{"png-chunk-length-lies.png", lie, "chunks are not those of a PNG"},
		{"png-without-pixels.png", pngOf(ihdr(8, 8, 8, 2, 0)), "damaged"},
		{"png-wrong-checksum.png", spoilt(sound, 0.5), "damaged"},
		{"png-pixels-end-early.png", pngOf(ihdr(8, 8, 8, 2, 0), chunk("IDAT", zipped(make([]byte, 25)))), "damaged"},
		{"png-no-zlib.png", pngOf(ihdr(8, 8, 8, 2, 0), chunk("IDAT", []byte(strings.Repeat("weft", 20)))), "damaged"},
		{"png-unknown-filter.png", pngOf(ihdr(8, 8, 8, 0, 0), chunk("IDAT", zipped(bytes.Repeat([]byte{9}, 72)))), "damaged"},
		{"png-palette-missing.png", pngOf(ihdr(8, 8, 8, 3, 0), indices), "damaged"},
		{"png-palette-empty.png", pngOf(ihdr(8, 8, 8, 3, 0), chunk("PLTE", nil), indices), "damaged"},
		{"png-palette-too-long.png", pngOf(ihdr(8, 8, 8, 3, 0), chunk("PLTE", make([]byte, 257*3)), indices), "damaged"},
		{"png-palette-too-short.png", pngOf(ihdr(8, 8, 8, 3, 0), palette, indices), ""}, // CVE-2023-36308's kind
		{"png-alpha-longer-than-palette.png", pngOf(ihdr(8, 8, 8, 3, 0), palette, chunk("tRNS", make([]byte, 256)), indices), ""},
		{"png-iccp-bomb.png", inserted(sound, chunk("iCCP", joined([]byte("p\x00\x00"), bomb()))), ""},
		{"png-2000-iccp-bombs.png", inserted(sound, bytes.Repeat(chunk("iCCP", joined([]byte("p\x00\x00"), deflated(1<<20))), 2000)), ""},
		{"png-ztxt-bomb.png", inserted(sound, chunk("zTXt", joined([]byte("Comment\x00\x00"), bomb()))), ""},
		{"png-itxt-bomb.png", inserted(sound, chunk("iTXt", joined([]byte("Comment\x00\x01\x00\x00\x00"), bomb()))), ""},
		{"png-50000-empty-chunks.png", inserted(sound, bytes.Repeat(chunk("teXt", nil), 50_000)), ""},
		{"png-20000-pieces.png", inserted(pngOf(ihdr(8, 8, 8, 0, 0), chunk("IDAT", zipped(make([]byte, 72)))), bytes.Repeat(chunk("IDAT", nil), 20_000)), ""},
		{"png-claims-2147483647-frames.png", inserted(sound, apng), ""},
		{"png-exif-loops.png", inserted(sound, chunk("eXIf", exifLoop())), ""},
		{"png-4-megapixels-of-nothing.png", grey(2000, 2000, 1), ""},
		{"png-4-megapixels-of-16-bits.png", grey(2000, 1990, 16), ""},
		{"png-pixels-beyond-the-last.png", pngOf(ihdr(8, 8, 8, 0, 0), chunk("IDAT", bomb())), "damaged"},
	}
	for _, share := range []float64{0.01, 0.2, 0.5, 0.9, 0.998} {
		all = append(all, File{"png-cut-at-" + percent(share) + ".png", cut(sound, share), "ends early"})
	}
	return all
}
