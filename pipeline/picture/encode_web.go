package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/draw"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/webp"

	"weft/pipeline/recipe"
)

// The longest side of a WebP (RFC 9649) and of an AVIF that every reader takes
// (AV1 level 6), in pixels.
const (
	maxWebP = 16383
	maxAVIF = 16384
)

// encodeWebP writes WebP by libwebp, as Go code: unlike the encoders written in
// Go it gives the same bytes whatever the number of cores.
func encodeWebP(img *image.NRGBA, r recipe.Recipe, profile []byte) ([]byte, error) {
	if err := sideLimit("WebP", img, maxWebP); err != nil {
		return nil, err
	}
	// Method 2 takes 0.4 of the time of the usual 4 and writes 2.5% more.
	o := webp.Options{Quality: quality(r, 80), Method: 2}
	if arg(r.Steps[len(r.Steps)-1], 0) == "lossless" {
		o = webp.Options{Lossless: true, Exact: true, Quality: 75} // method 0: a third of the time, 5% more
	}
	var b bytes.Buffer
	if err := withoutPanic(func() error { return webp.Encode(&b, img, o) }); err != nil {
		return nil, fmt.Errorf("webp: %w", err)
	}
	return withWebPProfile(b.Bytes(), profile, img), nil
}

// encodeAVIF writes AVIF by libaom in a sandbox of WebAssembly, which is made
// when the first is.
func encodeAVIF(img *image.NRGBA, r recipe.Recipe) ([]byte, error) {
	if err := sideLimit("AVIF", img, maxAVIF); err != nil {
		return nil, err
	}
	straight := image.NewRGBA(img.Rect) // what the encoder takes for its own: colours multiplied by alpha
	draw.Draw(straight, straight.Rect, img, image.Point{}, draw.Src)
	var b bytes.Buffer
	q := quality(r, 60)
	o := avif.Options{Quality: q, QualityAlpha: q, Speed: 9, ChromaSubsampling: image.YCbCrSubsampleRatio420}
	if err := withoutPanic(func() error { return avif.Encode(&b, straight, o) }); err != nil {
		return nil, fmt.Errorf("avif: %w", err)
	}
	return b.Bytes(), nil
}

func sideLimit(format string, img *image.NRGBA, most int) error {
	if max(img.Rect.Dx(), img.Rect.Dy()) > most {
		return fmt.Errorf("%d×%d pixels are more than the %d a side that %s can hold: put fit %d before it",
			img.Rect.Dx(), img.Rect.Dy(), most, format, most)
	}
	return nil
}

// withoutPanic turns what an encoder panics with into an error.
func withoutPanic(encode func() error) error {
	_, err := caught(func() (image.Image, error) { return nil, encode() })
	return err
}

// withWebPProfile makes a file of one frame one with a colour profile (RFC 9649,
// 2.7): first the extended header, then ICCP, then the frame.
func withWebPProfile(data, profile []byte, img *image.NRGBA) []byte {
	if len(profile) == 0 || len(data) < 20 {
		return data
	}
	frames := data[12:]
	flags := byte(0x20) // there is a profile
	if string(frames[:4]) == "VP8X" {
		flags |= frames[8]
		frames = frames[18:]
	} else if !img.Opaque() {
		flags |= 0x10 // there is transparency
	}
	out := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00"), flags, 0, 0, 0)
	out = append(out, u24bytes(img.Rect.Dx()-1)...)
	out = append(out, u24bytes(img.Rect.Dy()-1)...)
	out = binary.LittleEndian.AppendUint32(append(out, "ICCP"...), uint32(len(profile)))
	out = append(out, profile...)
	if len(profile)%2 == 1 {
		out = append(out, 0)
	}
	out = append(out, frames...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

func u24bytes(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }
