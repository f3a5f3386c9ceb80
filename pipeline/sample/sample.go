// Package sample draws sample fabrics, so that weft can be tried without a
// photo of one's own. Every picture is computed, yarn by yarn, and comes out
// the same each time: sources of chance are seeded by the picture's name, and
// the work per pixel is in integers.
//
// It knows fabrics and how to put them into a bucket; it knows no screen and no queue.
package sample

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"image"
	"image/jpeg"
	"image/png"
	"strings"

	"weft/config"
)

// Sample is one object of the set.
type Sample struct {
	Key  string                 // e.g. "uploaded/single_images/denim-indigo.jpg"
	Draw func() ([]byte, error) // the file's bytes, the same at every call
}

// All lists the set in the order in which it is best put into a bucket: what
// the first screen shows comes first. Nothing is drawn until Draw is called.
func All(f config.Folders) []Sample {
	out := []Sample{{f.Prefix(config.SearchUploads) + "README.txt", func() ([]byte, error) { return welcome(f), nil }}}
	for _, p := range photos() {
		out = append(out, Sample{f.Prefix(p.role) + p.name, p.draw})
	}
	return out
}

// welcome is a short text that names the folders as they are called here.
func welcome(f config.Folders) []byte {
	const text = `Sample fabrics

These pictures were drawn by weft itself, so that there is something to browse,
share and process before your own photos arrive. Nothing depends on them: delete
them whenever you like, they do not come back.

%-26s originals
%-26s photos of one fabric
%-26s photos of several swatches on a table
%-26s what your recipes make of them
%-26s what is known about each picture
`
	return fmt.Appendf(nil, text, f.Prefix(config.SearchUploads), f.Prefix(config.SingleImages),
		f.Prefix(config.GroupImages), f.Prefix(config.Generated), f.Prefix(config.FabricTable))
}

// Draw gives the bytes of the sample with a key.
func Draw(f config.Folders, key string) ([]byte, error) {
	for _, s := range All(f) {
		if s.Key == key {
			return s.Draw()
		}
	}
	return nil, fmt.Errorf("draw %q: there is no such sample fabric", key)
}

// photo is one picture of the set.
type photo struct {
	role    config.Role
	name    string // below the role's folder; .jpg or .png
	size    [2]int // pixels as stored, before the orientation is applied
	quality int    // of the JPEG; 0: 84
	shot    shot
	scene   scene // its size is set from the above
	fabric  func() *fabric
	group   *group // a photo of several swatches, instead of fabric and scene
}

func (p photo) seed() uint64 {
	h := fnv.New64a()
	h.Write([]byte(p.name))
	return h.Sum64()
}

// upright is the size as a viewer shows it.
func (p photo) upright() (w, h int) {
	if p.shot.orientation >= 5 {
		return p.size[1], p.size[0]
	}
	return p.size[0], p.size[1]
}

func (p photo) draw() ([]byte, error) {
	var im *image.YCbCr
	w, h := p.upright()
	if p.group != nil {
		im = p.group.shoot(w, h, p.seed())
	} else {
		s := p.scene
		s.w, s.h = w, h
		im = s.shoot(p.fabric(), p.seed())
	}
	var out bytes.Buffer
	if strings.HasSuffix(p.name, ".png") {
		if err := encodePNG(&out, im); err != nil {
			return nil, fmt.Errorf("draw %s: %w", p.name, err)
		}
		return out.Bytes(), nil
	}
	quality := p.quality
	if quality == 0 {
		quality = 84
	}
	if err := jpeg.Encode(&out, stored(im, p.shot.orientation), &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("draw %s: %w", p.name, err)
	}
	return p.shot.into(out.Bytes(), p.size[0], p.size[1]), nil
}

func encodePNG(out *bytes.Buffer, im *image.YCbCr) error {
	b := im.Bounds()
	dst := image.NewNRGBA(b)
	for y := range b.Dy() {
		row := dst.Pix[y*dst.Stride:]
		for x := range b.Dx() {
			c := im.YCbCrAt(x, y)
			r, g, bl, _ := c.RGBA()
			row[4*x], row[4*x+1], row[4*x+2], row[4*x+3] = uint8(r>>8), uint8(g>>8), uint8(bl>>8), 255
		}
	}
	e := png.Encoder{CompressionLevel: png.BestSpeed}
	return e.Encode(out, dst)
}
