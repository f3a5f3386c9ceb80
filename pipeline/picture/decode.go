package picture

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/gif"
	"image/png"
	"math"
	"strings"

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
	if h.Format == "avif" || h.Format == "heic" {
		bytes += sandboxMemory
	}
	return 2 * bytes
}

// decode decodes the picture at 1/denominator (1, 2, 4, 8; JPEG only) and
// converts it.
func decode(source []byte, h header, denominator int) (*image.NRGBA, error) {
	if h.Format == "jpeg" {
		full, half, err := decodePlanes(source, h, denominator == 1, denominator > 1)
		if err != nil {
			return nil, err
		}
		p := cmp.Or(full, half)
		for ; denominator > 2; denominator /= 2 {
			smaller := p.halved()
			p.free()
			p = smaller
		}
		defer p.free()
		return p.whole(), nil
	}
	raw, err := caught(func() (image.Image, error) { return decodeRaw(source, h) })
	if err != nil {
		return nil, h.undecoded(err)
	}
	if h.frameData != nil {
		out := image.NewNRGBA(image.Rect(0, 0, h.Width, h.Height))
		draw.Draw(out, h.frame, toNRGBA(raw), image.Point{}, draw.Src)
		return out, nil
	}
	if b := raw.Bounds(); h.Format != "gif" && (b.Dx() != h.Width || b.Dy() != h.Height || b.Empty()) {
		return nil, fmt.Errorf("%w: %d×%d pixels came out of a picture of %d×%d", ErrDamaged, b.Dx(), b.Dy(), h.Width, h.Height)
	}
	if h.Format == "gif" {
		return onCanvas(raw, h.Width, h.Height), nil
	}
	return toNRGBA(h.fromCMYK(raw)), nil
}

// undecoded is why a picture could not be decoded: what a decoder does not know is
// no damage, such as JPEG within a TIFF.
func (h header) undecoded(err error) error {
	if strings.Contains(err.Error(), "unsupported") {
		return fmt.Errorf("%w: it is a %s of a rare kind (%w); save it as an ordinary one first", ErrFormat, strings.ToUpper(h.Format), err)
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
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

func decodeRaw(source []byte, h header) (image.Image, error) {
	r := bytes.NewReader(source)
	switch h.Format {
	case "png":
		return png.Decode(r)
	case "gif":
		return gif.Decode(r) // the first frame
	case "webp":
		if h.frameData != nil {
			r = bytes.NewReader(h.firstFrame())
		}
		img, err := webp.Decode(r)
		return fullRange(img), err
	case "avif":
		return decodeAVIF(r)
	case "heic":
		return decodeHEIC(r, h.numbers)
	case "tiff":
		return xtiff.Decode(r)
	case "bmp":
		return bmp.Decode(r)
	}
	return nil, fmt.Errorf("no decoder for %q", h.Format)
}
