package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"strconv"
	"strings"

	"weft/pipeline/recipe"
)

// profile is the source's colour profile if it is one for the colours of the
// output, "RGB " or "GRAY" (ICC.1, 7.2.6); else nil.
func (h header) profile(space string) []byte {
	if len(h.icc) < 128 || string(h.icc[16:20]) != space || string(h.icc[36:40]) != "acsp" {
		return nil
	}
	return h.icc
}

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
	if err := jpeg.Encode(&b, flatten(img), &jpeg.Options{Quality: quality(r)}); err != nil {
		return nil, "", err
	}
	return withJPEGProfile(b.Bytes(), profile), "image/jpeg", nil
}

// quality is that of a recipe's JPEG.
func quality(r recipe.Recipe) int {
	if n := len(r.Steps); n > 0 {
		if q, err := strconv.Atoi(strings.TrimPrefix(arg(r.Steps[n-1], 0), "q")); err == nil {
			return q
		}
	}
	return 82
}

// encodePlanes writes planes with chroma of 2 × 2 pixels as JPEG.
func encodePlanes(p *planes, quality int, h header) ([]byte, error) {
	var b bytes.Buffer
	y, cb, cr := p.channel[0], p.channel[1], p.channel[2]
	var img image.Image = &image.Gray{Pix: y.pix, Stride: y.stride, Rect: image.Rect(0, 0, p.w, p.h)}
	profile := h.profile("GRAY")
	if !p.grey {
		img = &image.YCbCr{Y: y.pix, Cb: cb.pix, Cr: cr.pix, YStride: y.stride, CStride: cb.stride,
			SubsampleRatio: image.YCbCrSubsampleRatio420, Rect: image.Rect(0, 0, p.w, p.h)}
		profile = h.profile("RGB ")
	}
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return withJPEGProfile(b.Bytes(), profile), nil
}

// flatten puts the picture on white and gives it the type that image/jpeg
// encodes without asking for each pixel.
func flatten(img *image.NRGBA) *image.RGBA {
	if img.Opaque() {
		return &image.RGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}
	}
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, image.Point{}, draw.Over)
	return out
}

// withJPEGProfile puts the profile into APP2 segments behind the start marker
// (ICC.1, annex B.4).
func withJPEGProfile(data, profile []byte) []byte {
	const most = 65535 - 2 - 14
	count := (len(profile) + most - 1) / most
	if count == 0 || count > 255 {
		return data
	}
	out := append(make([]byte, 0, len(data)+len(profile)+18*count), data[:2]...)
	for i := range count {
		part := profile[i*most : min((i+1)*most, len(profile))]
		out = append(out, 0xff, 0xe2)
		out = binary.BigEndian.AppendUint16(out, uint16(2+14+len(part)))
		out = append(out, "ICC_PROFILE\x00"...)
		out = append(out, byte(i+1), byte(count))
		out = append(out, part...)
	}
	return append(out, data[2:]...)
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
