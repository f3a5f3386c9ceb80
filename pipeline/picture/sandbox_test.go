//go:build !race

package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"testing"
)

// The race detector makes WebAssembly ten times slower to start and watches nothing
// in it: make test runs these tests without.

// AVIF is close to the picture, transparency included, and the same bytes each time.
func TestAVIFOut(t *testing.T) {
	for name, img := range map[string]*image.NRGBA{"opaque": waves(64, 48, false), "transparent": waves(64, 48, true)} {
		data, kind, err := encode(img, one(t, "avif q80"), nil)
		must(t, data, err)
		again, _, err := encode(img, one(t, "avif q80"), nil)
		if kind != "image/avif" || !bytes.Equal(data, must(t, again, err)) {
			t.Errorf("%s: %s, %d and %d bytes", name, kind, len(data), len(again))
		}
		if near := alike(img, decoded(t, data)); near < 34 {
			t.Errorf("%s: q80 is %.1f dB from the picture", name, near)
		}
	}
}

// AVIF arrives as it was, upright in all eight orientations, with its metadata and profile.
func TestAVIFIn(t *testing.T) {
	upright := quarters(64, 48)
	undo := []int{0, 1, 2, 3, 4, 5, 8, 7, 6}
	rgb := profile("RGB ", 400)
	for o := 1; o <= 8; o++ {
		props := append(heifProps(o), isoBox("colr", []byte("prof"), rgb))
		source := asAVIF(t, orient(upright, undo[o]), props, exif(3, binary.BigEndian)) // EXIF that tells something else
		f, err := Probe(source, int64(len(source)), limits)
		if err != nil || f.Format != "avif" || f.Orientation != o || f.Camera != "Loom X100" {
			t.Fatalf("%d: %+v, %v", o, f, err)
		}
		if part, err := Probe(source[:len(source)/2], int64(len(source)), limits); err != nil && !errors.Is(err, ErrPartial) || err == nil && part.Width != f.Width {
			t.Errorf("%d, first half: %+v, %v", o, part, err)
		}
		img := run(t, source, "orient | png")
		if img.Bounds().Max != image.Pt(64, 48) || !near(img, 8, 8, red) || !near(img, 56, 8, green) || !near(img, 8, 40, blue) || !near(img, 56, 40, yellow) {
			t.Errorf("orientation %d is not upright", o)
		}
		if h, err := inspect(source, 0, limits); err != nil || !bytes.Equal(h.icc, rgb) {
			t.Errorf("the profile has %d bytes, %v", len(h.icc), err)
		}
	}
	see := quarters(64, 48)
	for i := 3; i < len(see.Pix); i += 4 {
		see.Pix[i] = 128
	}
	made, err := encodeAVIF(see, one(t, "avif q95"))
	if img := run(t, must(t, made, err), "png"); !near(img, 8, 8, color128(red)) {
		t.Errorf("transparent: %v", img.At(8, 8))
	}
}

// HEIC arrives upright in all eight orientations: its decoder turns it, and its EXIF does not turn it again.
func TestHEICIn(t *testing.T) {
	plain, w, h := asHEIC(t, nil, nil)
	upright := toNRGBA(run(t, plain, "fit 64 | png"))
	if f, err := Probe(plain, int64(len(plain)), limits); err != nil || f.Format != "heic" || f.Width != w || f.Height != h {
		t.Fatalf("%+v, %v", f, err)
	}
	for _, o := range []int{1, 2, 5, 6, 8} {
		source, _, _ := asHEIC(t, heifProps(o), exif(6, binary.BigEndian))
		f, err := Probe(source, int64(len(source)), limits)
		if err != nil || f.Orientation != 1 || f.Camera != "Loom X100" {
			t.Fatalf("%d: %+v, %v", o, f, err)
		}
		want := orient(upright, o)
		if got := toNRGBA(run(t, source, "orient | fit 64 | png")); got.Rect != want.Rect || alike(got, want) < 30 {
			t.Errorf("orientation %d is not as EXIF would turn it", o)
		}
	}
}
