package hostile

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// entry is a tag of a TIFF directory: tag, type, count, value or offset (TIFF
// 6.0, page 14). Types: 2 ASCII, 3 SHORT, 4 LONG.
type entry struct {
	tag, kind    uint16
	count, value uint32
}

var order = binary.LittleEndian

// directory writes entries and where the next directory is.
func directory(next uint32, entries ...entry) []byte {
	b := order.AppendUint16(nil, uint16(len(entries)))
	for _, e := range entries {
		b = order.AppendUint16(order.AppendUint16(b, e.tag), e.kind)
		b = order.AppendUint32(order.AppendUint32(b, e.count), e.value)
	}
	return order.AppendUint32(b, next)
}

const tiffStart = "II*\x00\x08\x00\x00\x00" // the first directory is at 8

// exifOf is a TIFF structure of one directory.
func exifOf(entries ...entry) []byte {
	return append([]byte(tiffStart), directory(0, entries...)...)
}

// exifLoop is EXIF whose directories point at each other and at themselves.
func exifLoop() []byte {
	return append([]byte(tiffStart), directory(8, entry{34665, 4, 1, 8}, entry{34853, 4, 1, 8}, entry{40965, 4, 1, 8}, entry{330, 4, 1, 8})...)
}

// exifThumbnail is EXIF with a thumbnail in its second directory.
func exifThumbnail(data []byte) []byte {
	first := directory(8+2+12+4, entry{274, 3, 1, 1})
	at := uint32(8 + len(first) + 2 + 24 + 4)
	return joined([]byte(tiffStart), first, directory(0, entry{513, 4, 1, at}, entry{514, 4, 1, uint32(len(data))}), data)
}

// greyOf is a grey TIFF with one strip, its data behind the directory. Changes
// replace entries or add them.
func greyOf(w, h uint32, data []byte, changes ...entry) []byte {
	entries := []entry{{256, 4, 1, w}, {257, 4, 1, h}, {258, 3, 1, 8}, {259, 3, 1, 1}, {262, 3, 1, 1}, {273, 4, 1, 0},
		{277, 3, 1, 1}, {278, 4, 1, h}, {279, 4, 1, uint32(len(data))}}
	for _, c := range changes {
		if i := slices.IndexFunc(entries, func(e entry) bool { return e.tag == c.tag }); i >= 0 {
			entries[i] = c
		} else {
			entries = append(entries, c)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	at := uint32(8 + 2 + 12*len(entries) + 4)
	for i, e := range entries {
		if e.tag == 273 && e.value == 0 {
			entries[i].value = at
		}
	}
	return joined([]byte(tiffStart), directory(0, entries...), data)
}

// pieces is a grey TIFF whose strips of one row, or tiles of a size, all are the
// same bytes.
func pieces(w, h, tileW, tileH uint32, piece []byte) []byte {
	n, offsets, lengths := h, uint16(273), uint16(279)
	entries := []entry{{256, 4, 1, w}, {257, 4, 1, h}, {258, 3, 1, 8}, {259, 3, 1, 8}, {262, 3, 1, 1}}
	if tileW > 0 {
		n, offsets, lengths = (w+tileW-1)/tileW*((h+tileH-1)/tileH), 324, 325
		entries = append(entries, entry{322, 4, 1, tileW}, entry{323, 4, 1, tileH})
	} else {
		entries = append(entries, entry{278, 4, 1, 1})
	}
	at := uint32(8 + 2 + 12*(len(entries)+3) + 4)
	entries = append(entries, entry{277, 3, 1, 1}, entry{offsets, 4, n, at}, entry{lengths, 4, n, at + 4*n})
	slices.SortFunc(entries, func(a, b entry) int { return int(a.tag) - int(b.tag) })
	out := append([]byte(tiffStart), directory(0, entries...)...)
	for range n {
		out = order.AppendUint32(out, at+8*n)
	}
	for range n {
		out = order.AppendUint32(out, uint32(len(piece)))
	}
	return append(out, piece...)
}

func tiffs() []File {
	plain := make([]byte, 64*48)
	for i := range plain {
		plain[i] = byte(i * 5)
	}
	sound := greyOf(64, 48, plain)
	chain := []byte(tiffStart)
	for i := range 5000 { // directories without end
		chain = append(chain, directory(uint32(8+18*(i+1)), entry{256, 4, 1, 1})...)
	}
	loop := bytes.Clone(sound)
	order.PutUint32(loop[8+2+12*9:], 8) // the next directory is this one
	deflate, lzw, packbits := entry{259, 3, 1, 8}, entry{259, 3, 1, 5}, entry{259, 3, 1, 32773}
	return []File{
		{"tiff-tiles-far-larger-than-it.tif", pieces(16, 90_000, 1024, 1024, make([]byte, 20)), "tiles are far larger"},
		{"tiff-250000-tiles.tif", pieces(1999, 2000, 4, 4, make([]byte, 2)), "cut into 250000 pieces"},
		{"tiff-strips-share-their-bytes.tif", pieces(100, 5000, 0, 0, make([]byte, 1<<16)), "strips overlap"},
		{"tiff-4000-by-4000-tiles-of-nothing.tif", pieces(1990, 1990, 16, 16, deflated(256)), ""},
		{"tiff-60000-by-60000.tif", greyOf(60000, 60000, plain), "limits.pixels"},
		{"tiff-4294967295-wide.tif", greyOf(1<<32-1, 1, plain), "damaged"},
		{"tiff-0-by-0.tif", greyOf(0, 0, plain), "claims 0×0 pixels"},
		{"tiff-directory-loops.tif", loop, ""},
		{"tiff-5000-directories.tif", chain, "damaged"},
		{"tiff-directory-outside.tif", []byte("II*\x00\xf0\xff\xff\xff....."), "ends early"},
		{"tiff-directory-of-65535-entries.tif", append([]byte(tiffStart), 0xff, 0xff, 1, 2, 3), "ends early"},
		{"tiff-strip-outside.tif", greyOf(64, 48, plain, entry{273, 4, 1, 1 << 31}), "ends early"},
		{"tiff-strip-longer-than-file.tif", greyOf(64, 48, plain, entry{279, 4, 1, 1 << 31}), "ends early"},
		{"tiff-without-strips.tif", greyOf(64, 48, plain, entry{273, 4, 0, 1}, entry{279, 4, 0, 0}), "damaged"},
		{"tiff-no-rows-in-a-strip.tif", greyOf(64, 48, plain, entry{278, 4, 1, 0}), ""},
		{"tiff-65535-bits.tif", greyOf(64, 48, plain, entry{258, 3, 1, 65535}), "of a rare kind"},
		{"tiff-65535-samples.tif", greyOf(64, 48, plain, entry{277, 3, 1, 65535}), ""},
		{"tiff-compression-of-no-kind.tif", greyOf(64, 48, plain, entry{259, 3, 1, 4711}), "of a rare kind"},
		{"tiff-palette-missing.tif", greyOf(64, 48, plain, entry{262, 3, 1, 3}), "damaged"},
		{"tiff-palette-outside.tif", greyOf(64, 48, plain, entry{262, 3, 1, 3}, entry{320, 3, 768, 1 << 30}), "damaged"},
		{"tiff-deflate-bomb.tif", greyOf(64, 48, bomb(), deflate), ""},
		{"tiff-deflate-noise.tif", greyOf(64, 48, plain, deflate), "damaged"},
		{"tiff-lzw-noise.tif", greyOf(64, 48, plain, lzw), "damaged"},
		{"tiff-packbits-bomb.tif", greyOf(64, 48, bytes.Repeat([]byte{0x81, 7}, 1<<20), packbits), "damaged"},
		{"tiff-pixels-missing.tif", greyOf(640, 480, plain), "damaged"},
		{"tiff-tile-of-0.tif", greyOf(64, 48, plain, entry{322, 4, 1, 0}, entry{323, 4, 1, 0}), ""},
		{"tiff-tile-of-4294967295.tif", greyOf(64, 48, plain, entry{322, 4, 1, 1<<32 - 1}, entry{323, 4, 1, 1<<32 - 1}), "tiles are far larger"},
		{"tiff-big.tif", []byte("II+\x00\x08\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00"), "it is a BigTIFF"},
		{"tiff-cut-at-8-bytes.tif", sound[:8], "ends early"},
		{"tiff-cut-at-50-percent.tif", cut(sound, 0.5), "ends early"},
		{"tiff-huge-icc.tif", greyOf(64, 48, plain, entry{34675, 7, 1 << 30, 8}), ""},
	}
}
