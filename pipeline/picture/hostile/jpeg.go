package hostile

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

func percent(share float64) string { return fmt.Sprintf("%g-percent", share*100) }

// segment is one JPEG segment.
func segment(marker byte, data ...byte) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(data)+2))
	return append(out, data...)
}

// behindStart puts segments behind a JPEG's start.
func behindStart(data []byte, segments ...[]byte) []byte {
	return joined(data[:2], joined(segments...), data[2:])
}

// frame is a frame header: kind 0xc0 is baseline, 0xc2 progressive, 0xc3
// lossless, 0xc9 arithmetic (ITU-T T.81, table B.1).
func frame(kind byte, precision byte, w, h uint16, components ...byte) []byte {
	data := []byte{precision, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(components))}
	for i, sampling := range components {
		data = append(data, byte(i+1), sampling, 0)
	}
	return segment(kind, data...)
}

// reframed gives a JPEG's frame header another kind, precision or size; what is
// 0 stays.
func reframed(data []byte, kind, precision byte, w, h int) []byte {
	out := bytes.Clone(data)
	at := bytes.Index(out, []byte{0xff, 0xc0, 0})
	if kind != 0 {
		out[at+1] = kind
	}
	if precision != 0 {
		out[at+4] = precision
	}
	if w >= 0 {
		binary.BigEndian.PutUint16(out[at+7:], uint16(w))
	}
	if h >= 0 {
		binary.BigEndian.PutUint16(out[at+5:], uint16(h))
	}
	return out
}

const (
	jpegStart = "\xff\xd8"
	jpegEnd   = "\xff\xd9"
)

// table is a Huffman table and a quantisation table, enough for any scan to begin.
func tables() []byte {
	quant := segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)...)
	dc := segment(0xc4, append([]byte{0x00, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0)...)
	ac := segment(0xc4, append([]byte{0x10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 0)...)
	return joined(quant, dc, ac)
}

// scans is a grey progressive JPEG that claims w×h pixels and has n passes of no
// more than a few bytes each, over the same coefficients.
func scans(w, h uint16, n int) []byte {
	out := joined([]byte(jpegStart), frame(0xc2, 8, w, h, 0x11), tables())
	out = append(out, joined(segment(0xda, 1, 1, 0, 0, 0, 0), bytes.Repeat([]byte{0}, int(w)*int(h)/512+8))...)
	for range n - 1 {
		out = append(out, joined(segment(0xda, 1, 1, 0, 1, 63, 0), bytes.Repeat([]byte{0}, 64))...)
	}
	return append(out, jpegEnd...)
}

// profileParts is a colour profile of so many full segments, numbered as is right
// or not.
func profileParts(n int, number func(i int) byte) []byte {
	var out []byte
	for i := range n {
		part := append([]byte("ICC_PROFILE\x00"), number(i), byte(n))
		out = append(out, segment(0xe2, append(part, make([]byte, 65000)...)...)...)
	}
	return out
}

func exifSegment(tiff []byte) []byte {
	return segment(0xe1, append([]byte("Exif\x00\x00"), tiff...)...)
}

func jpegs() []File {
	sound := photo()
	one := func(i int) byte { return byte(i + 1) }
	restart := segment(0xdd, 0, 1) // every block
	half := len(sound) / 2
	all := []File{
		{"jpeg-300-scans.jpg", scans(320, 200, 300), "300 scans"},
		{"jpeg-64-scans-of-4-megapixels.jpg", scans(2000, 2000, 64), ""},
		{"jpeg-65535-by-65535.jpg", reframed(sound, 0, 0, 65535, 65535), "limits.pixels"},
		{"jpeg-claims-4-megapixels.jpg", reframed(sound, 0, 0, 2000, 2000), "damaged"},
		{"jpeg-0-by-0.jpg", reframed(sound, 0, 0, 0, 0), "claims 0×0 pixels"},
		{"jpeg-height-comes-later.jpg", joined(reframed(sound, 0, 0, -1, 0)[:len(sound)-2], segment(0xdc, 0, 64), []byte(jpegEnd)), "claims 96×0 pixels"}, // DNL
		{"jpeg-two-frames.jpg", behindStart(sound, frame(0xc0, 8, 9, 9, 0x11)), "two frame headers"},
		{"jpeg-arithmetic.jpg", reframed(sound, 0xc9, 0, -1, -1), "rare kind (arithmetic coding)"},
		{"jpeg-lossless.jpg", reframed(sound, 0xc3, 0, -1, -1), "rare kind (lossless)"},
		{"jpeg-12-bits.jpg", reframed(sound, 0, 12, -1, -1), "rare kind (12 bits a colour)"},
		{"jpeg-5-components.jpg", joined([]byte(jpegStart), frame(0xc0, 8, 8, 8, 0x11, 0x11, 0x11, 0x11, 0x11), tables(), segment(0xda, 1, 1, 0, 0, 63, 0), []byte("abc"+jpegEnd)), "damaged"},
		{"jpeg-sampling-of-15.jpg", joined([]byte(jpegStart), frame(0xc0, 8, 8, 8, 0xff, 0x11, 0x11), tables(), segment(0xda, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0), []byte("abc"+jpegEnd)), "damaged"},
		{"jpeg-tables-missing.jpg", joined([]byte(jpegStart), frame(0xc0, 8, 64, 64, 0x11), segment(0xda, 1, 1, 0, 0, 63, 0), []byte("abc"+jpegEnd)), ""},
		{"jpeg-20000-tables.jpg", behindStart(sound, bytes.Repeat(tables(), 20_000)), ""},
		{"jpeg-huffman-overfull.jpg", behindStart(sound, segment(0xc4, append([]byte{0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, make([]byte, 4080)...)...)), "damaged"},
		{"jpeg-restarts-that-never-come.jpg", behindStart(sound, restart), ""},
		{"jpeg-restarts-out-of-turn.jpg", joined(sound[:half], bytes.Repeat([]byte("\xff\xd7\xff\xd0\xff\xd3"), 1000), sound[half:]), ""},
		{"jpeg-segment-without-length.jpg", behindStart(sound, []byte{0xff, 0xe5, 0, 0}), "a segment has no length"},
		{"jpeg-segment-longer-than-file.jpg", joined([]byte(jpegStart), []byte{0xff, 0xe5, 0xff, 0xff}, sound[2:]), "ends early"},
		{"jpeg-only-headers.jpg", joined([]byte(jpegStart), frame(0xc0, 8, 64, 64, 0x11), tables(), []byte(jpegEnd)), "holds no picture data"},
		{"jpeg-without-frame.jpg", joined([]byte(jpegStart), tables(), segment(0xda, 1, 1, 0, 0, 63, 0), []byte("abc"+jpegEnd)), "claims 0×0 pixels"},
		{"jpeg-million-fill-bytes.jpg", joined(sound[:2], bytes.Repeat([]byte{0xff}, 1<<20), sound[2:]), ""},
		{"jpeg-million-bytes-behind-the-end.jpg", joined(sound, bytes.Repeat([]byte("\xff\xda\x00\x02"), 1<<18)), ""},
		{"jpeg-bits-turned.jpg", spoilt(sound, 0.8), ""},
		{"jpeg-huge-icc.jpg", behindStart(sound, profileParts(100, one)), ""},
		{"jpeg-icc-parts-lie.jpg", behindStart(sound, profileParts(3, func(int) byte { return 7 })), ""},
		{"jpeg-icc-part-0-of-0.jpg", behindStart(sound, segment(0xe2, []byte("ICC_PROFILE\x00\x00\x00abc")...)), ""},
		{"jpeg-icc-curves-of-minutes.jpg", behindStart(sound, profileSegments(wavy())), ""},
		{"jpeg-icc-grid-of-100-gigabytes.jpg", behindStart(sound, profileSegments(vast())), ""},
		{"jpeg-exif-loops.jpg", behindStart(sound, exifSegment(exifLoop())), ""},
		{"jpeg-exif-points-outside.jpg", behindStart(sound, exifSegment(exifOf(entry{271, 2, 1 << 30, 1 << 31}, entry{274, 3, 1 << 31, 0xffffffff}, entry{34665, 4, 1, 0xfffffff0}))), ""},
		{"jpeg-exif-of-65535-entries.jpg", behindStart(sound, exifSegment(append([]byte("II*\x00\x08\x00\x00\x00\xff\xff"), make([]byte, 60000)...))), ""},
		{"jpeg-exif-turns-it-99-times.jpg", behindStart(sound, exifSegment(exifOf(entry{274, 3, 1, 99}))), ""},
		{"jpeg-exif-of-noise.jpg", behindStart(sound, exifSegment(bytes.Repeat([]byte("II*\x00\xff\x00\x13"), 8000))), ""},
		{"jpeg-thumbnail-is-a-bomb.jpg", behindStart(sound, exifSegment(exifThumbnail(reframed(sound, 0, 0, 65535, 65535)))), ""},
		{"jpeg-thumbnail-is-itself.jpg", behindStart(sound, exifSegment(exifOf(entry{513, 4, 1, 0}, entry{514, 4, 1, 0xffff}))), ""},
	}
	for _, share := range []float64{0.005, 0.1, 0.5, 0.95} {
		all = append(all, File{"jpeg-cut-at-" + percent(share) + ".jpg", cut(sound, share), "ends early"})
	}
	return append(all, File{"jpeg-without-end.jpg", sound[:len(sound)-2], "ends early"},
		File{"jpeg-progressive-cut.jpg", cut(scans(320, 200, 10), 0.7), "ends early"})
}
