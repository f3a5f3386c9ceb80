package picture

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"

	"github.com/gen2brain/jpegn"
	"golang.org/x/image/bmp"
	xtiff "golang.org/x/image/tiff"
	"golang.org/x/image/webp"
	"golang.org/x/sync/semaphore"

	"weft/config"
)

// memory is what all pictures being worked on in this process may hold
// together, in shares of limits.memory, so that a batch of large ones queues up
// instead of growing without bound. Memory is the process's, hence the one
// package variable.
var memory = semaphore.NewWeighted(shares)

const shares = 1 << 20

// budget is limits.memory, in bytes.
func budget(l config.Limits) int64 {
	if l.Memory > 0 {
		return l.Memory
	}
	return 768 << 20
}

// reserve waits until the bytes a picture needs are free. One that needs more
// than there are waits to be alone.
func reserve(ctx context.Context, bytes int64, l config.Limits) (release func(), err error) {
	bytes = max(bytes, 1<<20)
	n := int64(math.Ceil(shares * min(1, float64(bytes)/float64(budget(l)))))
	if err := memory.Acquire(ctx, n); err != nil {
		return nil, err
	}
	return func() { memory.Release(n) }, nil
}

// checkMemory refuses what cannot be decoded within the budget.
func (h header) checkMemory(denominator int, l config.Limits) error {
	if need := h.cost(denominator) / 2; need > budget(l) {
		return fmt.Errorf("it needs %s of memory to decode, %w of %s: raise limits.memory to allow it",
			bytesText(need), ErrLimit, bytesText(budget(l)))
	}
	return nil
}

// cost estimates the bytes that decoding at 1/denominator and working take, twice
// what is alive at once: the collector lets garbage grow that far.
func (h header) cost(denominator int) int64 {
	pixels := int64(h.Width) * int64(h.Height)
	d := int64(denominator)
	if h.components == 4 {
		d = 1 // image/jpeg knows no smaller
	}
	bytes := h.pixelBytes*pixels/(d*d) + 4*pixels/(d*d)
	if h.progressive {
		bytes += 12 * pixels // coefficients are kept for the whole picture
	}
	if h.Orientation != 1 {
		bytes += 4 * pixels / (d * d)
	}
	return 2 * bytes
}

// decode decodes the picture at 1/denominator (1, 2, 4, 8; JPEG only) and
// converts it.
func decode(source []byte, h header, denominator int) (*image.NRGBA, error) {
	raw, err := caught(func() (image.Image, error) { return decodeRaw(source, h, denominator) })
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if b := raw.Bounds(); h.Format != "gif" && (denominator == 1 && (b.Dx() != h.Width || b.Dy() != h.Height) || b.Empty()) {
		return nil, fmt.Errorf("%w: %d×%d pixels came out of a picture of %d×%d", ErrDamaged, b.Dx(), b.Dy(), h.Width, h.Height)
	}
	if h.Format == "gif" {
		return onCanvas(raw, h.Width, h.Height), nil
	}
	return toNRGBA(raw), nil
}

// caught turns what a decoder panics with into an error.
func caught(decode func() (image.Image, error)) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, fmt.Errorf("the decoder gave up: %.200s", fmt.Sprint(p))
		}
	}()
	return decode()
}

func decodeRaw(source []byte, h header, denominator int) (image.Image, error) {
	r := bytes.NewReader(source)
	switch h.Format {
	case "jpeg":
		return decodeJPEG(source, h, denominator)
	case "png":
		return png.Decode(r)
	case "gif":
		return gif.Decode(r) // the first frame
	case "webp":
		img, err := webp.Decode(r)
		return fullRange(img), err
	case "tiff":
		return xtiff.Decode(r)
	case "bmp":
		return bmp.Decode(r)
	}
	return nil, fmt.Errorf("no decoder for %q", h.Format)
}

// decodeJPEG uses jpegn, about twice as fast as image/jpeg, for what it is sure
// to read, and image/jpeg for the rest (CMYK, odd sampling).
func decodeJPEG(source []byte, h header, denominator int) (image.Image, error) {
	if h.components == 1 || h.components == 3 {
		if img, err := fastJPEG(source, denominator); err == nil {
			return img, nil
		}
	}
	img, err := jpeg.Decode(bytes.NewReader(source))
	if err != nil || denominator == 1 {
		return img, err
	}
	small := toNRGBA(img)
	for d := denominator; d > 1; d /= 2 {
		small = halve(small)
	}
	return small, nil
}

func fastJPEG(source []byte, denominator int) (image.Image, error) {
	img, err := caught(func() (image.Image, error) {
		return jpegn.Decode(bytes.NewReader(source), &jpegn.Options{
			ToRGBA: true, UpsampleMethod: jpegn.CatmullRom, ScaleDenom: denominator})
	})
	// What it does not understand, CMYK among it, can come back blank without an error.
	if rgba, ok := img.(*image.RGBA); err == nil && ok && !rgba.Opaque() {
		return nil, errors.New("jpegn: left pixels blank")
	}
	return img, err
}
