package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"

	"github.com/gen2brain/jpegn"
)

// decodePlanes decodes a JPEG at 1/denominator (1, 2, 4 or 8) of its size,
// rounded up. jpegn takes less than half the time of image/jpeg; what it does not
// read, or panics at, image/jpeg may (CMYK, odd sampling).
func decodePlanes(source []byte, h header, denominator int) (*planes, error) {
	if p, err := fastJPEG(source, h, denominator); err == nil {
		return p, nil
	}
	img, err := caught(func() (image.Image, error) { return jpeg.Decode(bytes.NewReader(source)) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	p, err := h.planesOf(img, 1)
	if err != nil {
		return nil, err
	}
	for ; denominator > 1; denominator /= 2 {
		p = p.halved()
	}
	return p, nil
}

// errBlank says that a decoder returned what it did not understand without an error.
var errBlank = errors.New("pixels were left blank")

func fastJPEG(source []byte, h header, denominator int) (*planes, error) {
	if h.components != 1 && h.components != 3 {
		return nil, errBlank
	}
	img, err := caught(func() (image.Image, error) {
		return jpegn.Decode(bytes.NewReader(source), &jpegn.Options{ScaleDenom: denominator})
	})
	if err != nil {
		return nil, err
	}
	if rgba, ok := img.(*image.RGBA); ok && !rgba.Opaque() {
		return nil, errBlank
	}
	return h.planesOf(img, denominator)
}

// planesOf is what a decoder made of the picture at 1/denominator, as planes.
func (h header) planesOf(img image.Image, denominator int) (*planes, error) {
	b := img.Bounds()
	if w, ht := (h.Width+denominator-1)/denominator, (h.Height+denominator-1)/denominator; b.Dx() != w || b.Dy() != ht {
		return nil, fmt.Errorf("%w: %d×%d pixels came out of a picture of %d×%d", ErrDamaged, b.Dx(), b.Dy(), h.Width, h.Height)
	}
	if p, ok := asPlanes(img); ok {
		return p, nil
	}
	return toPlanes(toNRGBA(img), 1), nil
}
