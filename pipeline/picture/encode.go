package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
	"strings"

	"weft/pipeline/recipe"
)

// encode writes the picture in the recipe's format. The same pixels always give
// the same bytes.
func encode(img *image.NRGBA, r recipe.Recipe, profile []byte) (data []byte, contentType string, err error) {
	var b bytes.Buffer
	if r.Format() == "png" {
		if err := png.Encode(&b, img); err != nil {
			return nil, "", err
		}
		return withPNGProfile(b.Bytes(), profile), "image/png", nil
	}
	switch r.Format() {
	case "webp":
		data, err := encodeWebP(img, r, profile)
		return data, "image/webp", err
	case "avif":
		data, err := encodeAVIF(img, r)
		return data, "image/avif", err
	}
	p := toPlanes(flatten(img), 2)
	defer p.free()
	data, err = writeJPEG(p, quality(r, 82), profile)
	return data, "image/jpeg", err
}

// quality is that of the recipe's format, usual if it says none.
func quality(r recipe.Recipe, usual int) int {
	if n := len(r.Steps); n > 0 {
		if q, err := strconv.Atoi(strings.TrimPrefix(arg(r.Steps[n-1], 0), "q")); err == nil {
			return q
		}
	}
	return usual
}

// flatten puts the picture on white.
func flatten(img *image.NRGBA) *image.NRGBA {
	if img.Opaque() {
		return img
	}
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Over)
	return toNRGBA(out)
}

// withPNGProfile puts an iCCP chunk behind IHDR.
func withPNGProfile(data, profile []byte) []byte {
	const header = 8 + 12 + 13
	if len(profile) == 0 || len(data) < header {
		return data
	}
	var chunk bytes.Buffer
	chunk.WriteString("iCCPICC Profile\x00\x00")
	z := zlib.NewWriter(&chunk)
	z.Write(profile)
	z.Close()
	out := append(make([]byte, 0, len(data)+chunk.Len()+8), data[:header]...)
	out = binary.BigEndian.AppendUint32(out, uint32(chunk.Len()-4))
	out = append(out, chunk.Bytes()...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk.Bytes()))
	return append(out, data[header:]...)
}
