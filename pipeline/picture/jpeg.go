package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/gen2brain/jpegn"
)

// decodePlanes decodes a JPEG at full size, at half of it, rounded up, each
// sample the mean of four, or at both. What the own decoder leaves to others,
// jpegn reads, and what jpegn does not read, or panics at, image/jpeg may (CMYK,
// odd sampling).
func decodePlanes(source []byte, h header, wantFull, wantHalf bool) (full, half *planes, err error) {
	if full, half, err = decodeBaseline(source, h, wantFull, wantHalf); err == nil {
		return full, half, nil
	}
	if full, err = otherJPEG(source, h); err != nil {
		return nil, nil, err
	}
	if wantHalf {
		half = full.halved()
	}
	if !wantFull {
		full.free()
		full = nil
	}
	return full, half, nil
}

func otherJPEG(source []byte, h header) (*planes, error) {
	if p, err := fastJPEG(source, h); err == nil {
		return p, nil
	}
	img, err := caught(func() (image.Image, error) { return jpeg.Decode(bytes.NewReader(source)) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return h.planesOf(h.fromCMYK(img))
}

// errBlank says that a decoder returned what it did not understand without an error.
var errBlank = errors.New("pixels were left blank")

func fastJPEG(source []byte, h header) (*planes, error) {
	if h.components != 1 && h.components != 3 {
		return nil, errBlank
	}
	img, err := caught(func() (image.Image, error) {
		return jpegn.Decode(bytes.NewReader(source))
	})
	if err != nil {
		return nil, err
	}
	if rgba, ok := img.(*image.RGBA); ok && !rgba.Opaque() {
		return nil, errBlank
	}
	return h.planesOf(img)
}

// planesOf is what a decoder made of the picture, as planes.
func (h header) planesOf(img image.Image) (*planes, error) {
	b := img.Bounds()
	if b.Dx() != h.Width || b.Dy() != h.Height {
		return nil, fmt.Errorf("%w: %d×%d pixels came out of a picture of %d×%d", ErrDamaged, b.Dx(), b.Dy(), h.Width, h.Height)
	}
	if p, ok := asPlanes(img); ok {
		return p, nil
	}
	return toPlanes(toNRGBA(img), 1), nil
}
