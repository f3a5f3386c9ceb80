package hostile

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// riff is a WebP file of the given chunks whose length is told wrong by lie (RFC 9649).
func riff(lie int, chunks ...[]byte) []byte {
	body := append([]byte("WEBP"), joined(chunks...)...)
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+lie)), body...)
}

func webpChunk(kind string, data []byte) []byte {
	b := append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
	return append(b, make([]byte, len(data)%2)...)
}

// vp8x is the header of an extended WebP: flags, and a canvas of w×h pixels.
func vp8x(flags byte, w, h uint32) []byte {
	return webpChunk("VP8X", []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16), byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)})
}

// vp8l is the start of a lossless picture of w×h pixels, and data; vp8 of a lossy one.
func vp8l(w, h uint32, data ...byte) []byte {
	bits := (w - 1) | (h-1)<<14
	return webpChunk("VP8L", append(binary.LittleEndian.AppendUint32([]byte{0x2f}, bits), data...))
}

func vp8(w, h uint16, data ...byte) []byte {
	b := []byte{0x50, 0, 0, 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, w), h)
	return webpChunk("VP8 ", append(b, data...))
}

func webps() []File {
	noise := bytes.Repeat([]byte{0xa7, 0x13, 0x5c, 0xee, 0x01}, 200)
	return []File{
		{"webp-16384-by-16384.webp", riff(0, vp8l(16384, 16384, noise...)), "limits.pixels"},
		{"webp-canvas-of-16777216.webp", riff(0, vp8x(0, 1<<24, 1<<24), vp8l(8, 8, noise...)), "limits.pixels"},
		{"webp-lossy-16383-by-16383.webp", riff(0, vp8(16383, 16383, noise...)), "limits.pixels"},
		{"webp-lossless-noise.webp", riff(0, vp8l(1900, 1900, noise...)), "damaged"},
		{"webp-lossy-noise.webp", riff(0, vp8(1900, 1900, noise...)), "damaged"},
		{"webp-0-by-0.webp", riff(0, vp8(0, 0, noise...)), "claims 0×0 pixels"},
		{"webp-longer-than-file.webp", riff(1<<20, vp8(64, 64, noise...)), "ends early"},
		{"webp-length-of-4294967295.webp", joined([]byte("RIFF\xff\xff\xff\xffWEBP"), vp8(64, 64, noise...)), "ends early"},
		{"webp-chunk-longer-than-file.webp", riff(0, []byte("VP8L\xff\xff\xff\xff/"), noise), "limits.pixels"},
		{"webp-alpha-of-noise.webp", riff(0, vp8x(0x10, 64, 64), webpChunk("ALPH", noise), vp8(64, 64, noise...)), "damaged"},
		{"webp-animation-without-frames.webp", riff(0, vp8x(2, 64, 64)), "holds no picture"},
		{"webp-without-picture.webp", riff(0, webpChunk("EXIF", exifLoop())), "holds no picture"},
		{"webp-50000-empty-chunks.webp", riff(0, bytes.Repeat(webpChunk("weft", nil), 50_000)), "holds no picture"},
		{"webp-header-cut.webp", []byte("RIFF\x10\x00\x00\x00WEBPVP8X"), "ends early"},
	}
}

// box is a box of ISO's base media file format (ISO/IEC 14496-12), of which AVIF
// and HEIC are made.
func box(kind string, data ...byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), kind...), data...)
}

// avif is an AVIF or HEIC file that claims w×h pixels and has no picture data.
func avif(brand string, w, h uint32) []byte {
	ispe := box("ispe", binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 4), w), h)...)
	ipma := box("ipma", 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1)
	item := "av01"
	if brand == "heic" {
		item = "hvc1"
	}
	meta := box("meta", joined(make([]byte, 4),
		box("hdlr", append(make([]byte, 8), "pict\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"...)...),
		box("pitm", 0, 0, 0, 0, 0, 1),
		box("iloc", 0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 16),
		box("iinf", joined([]byte{0, 0, 0, 0, 0, 1}, box("infe", append([]byte{2, 0, 0, 0, 0, 1, 0, 0}, item+"\x00"...)...))...),
		box("iprp", joined(box("ipco", ispe...), ipma)...))...)
	return joined(box("ftyp", []byte(brand+"\x00\x00\x00\x00"+brand+"mif1")...), meta, box("mdat", bytes.Repeat([]byte{0x12, 0, 0x0a}, 100)...))
}

func boxes() []File {
	return []File{
		{"avif-65536-by-65536.avif.jpg", avif("avif", 65536, 65536), "limits.pixels"},
		{"avif-claims-4-megapixels.avif.jpg", avif("avif", 1900, 1900), Any},
		{"avif-0-by-0.avif.jpg", avif("avif", 0, 0), "damaged"},
		{"avif-cut-at-50-percent.avif.jpg", cut(avif("avif", 64, 64), 0.5), "ends early"},
		{"avif-box-in-itself.avif.jpg", joined(box("ftyp", []byte("avif\x00\x00\x00\x00avifmif1")...), []byte("\xff\xff\xff\xffmeta\x00\x00\x00\x00\x00\x00\x00\x08iprp\x00\x00\x00\x00ipco")), "ends early"},
		{"heic-65536-by-65536.heic.jpg", avif("heic", 65536, 65536), "limits.pixels"},
	}
}

func others() []File {
	page := "<!DOCTYPE html><html><body>Sign in to the guest network</body></html>"
	denied := `<?xml version="1.0" encoding="UTF-8"?>` + "\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message><RequestId>4442587FB7D0A2F9</RequestId></Error>"
	return []File{
		{"empty.jpg", nil, "the file is empty"},
		{"one-byte.png", []byte{0x89}, "is not a picture weft can read"},
		{"only-jpeg-magic.jpg", []byte("\xff\xd8\xff"), "ends early"},
		{"only-png-magic.png", []byte(pngStart), "ends early"},
		{"only-gif-magic.gif", []byte("GIF89a"), "ends early"},
		{"xml-error-of-a-store.jpg", []byte(denied), "an error message of a store (AccessDenied)"},
		{"html-of-a-captive-portal.png", []byte(page), "a web page"},
		{"svg.jpg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>`), "is not a picture weft can read"},
		{"document.jpg", []byte("%PDF-1.7\n..."), "it is a PDF"},
		{"layers.tif", []byte("8BPS\x00\x01........"), "Photoshop"},
		{"archive.jpg", []byte("PK\x03\x04.............."), "is not a picture weft can read"},
		{"text.webp", []byte(strings.Repeat("plain text ", 50)), "is not a picture weft can read"},
		{"zeros.jpg", make([]byte, 100_000), "is not a picture weft can read"},
		{"png-named.jpg", drawing(96, 64), ""},
		{"jpeg-named.png", photo(), ""},
		{"gif-named.webp", animation(1), ""},
		{"film.mp4.jpg", joined(box("ftyp", []byte("isom\x00\x00\x02\x00isomiso2")...), box("mdat", make([]byte, 64)...)), "is not a picture weft can read"},
	}
}

// Heavy are sound or nearly sound pictures near the default limits of 50
// megapixels and 768 MiB, for measuring.
func Heavy() []File {
	return []File{
		{"heavy-png-50-megapixels.png", grey(7000, 7100, 1), ""},
		{"heavy-png-50-megapixels-of-16-bits.png", grey(7000, 7100, 16), ""},
		{"heavy-png-column.png", grey(500, 99_000, 8), ""},
		{"heavy-gif-dot.gif", joined(screen(7000, 7100, true), still(0, 0, 1, 1, 2, []byte{0x44, 0x01}), []byte(gifEnd)), ""},
		{"heavy-jpeg-20-scans.jpg", scans(7000, 7100, 20), ""},
		{"heavy-jpeg-claims.jpg", reframed(photo(), 0, 0, 7000, 7100), ""},
		{"heavy-tiff-deflate-bomb.tif", greyOf(7000, 7100, deflated(2<<30), entry{259, 3, 1, 8}), ""},
		{"heavy-tiff-tiles.tif", pieces(7000, 7100, 16, 16, deflated(256)), ""},
	}
}
