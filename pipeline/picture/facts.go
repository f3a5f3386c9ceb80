package picture

import (
	"fmt"
	"image"
	"math"

	"github.com/corona10/goimagehash"
)

// Look is what a picture looks like: the facts that need its pixels. It is a
// function of the source alone, whichever recipes run beside: it is always taken
// from the level that lookLevel names, decoded in the way that this level always is.
type Look struct {
	Palette   []Colour `json:"palette"`   // up to 5, the largest share first
	Hash      string   `json:"phash"`     // perceptual, 64 bits in hex: DCT of the upright picture
	Sharpness float64  `json:"sharpness"` // grey levels², see sharpness
	Tiles     string   `json:"tiles"`     // "both", "horizontal", "vertical" or "none", upright
}

// What is looked at has at most so many pixels on its longer side: for seams, which
// are fine, for sharpness, and for colours.
const (
	seamSide  = 2048
	sharpSide = 1024
	toneSide  = 512
)

// looking is the index of the plan that makes no output but the Look.
const looking = -1

// lookPlan is the level of the pyramid that is looked at. A picture that is small
// already is taken at full size; a larger one at least at half, where the decoder
// of JPEG is cheap and where most recipes start.
func (h header) lookPlan() plan {
	p := plan{index: looking, denominator: 1}
	side := max(h.Width, h.Height)
	if side > sharpSide {
		p.level = 1
	}
	for side>>p.level > seamSide {
		p.level++
	}
	if h.Format == "jpeg" && p.level > 0 {
		p.denominator = 2
	}
	return p
}

// look looks at the picture on the level of lookPlan.
func (p *pyramid) look() *Look {
	if p.img != nil {
		small := p.img
		for max(small.Rect.Dx(), small.Rect.Dy()) > toneSide {
			small = halve(small)
		}
		return look(greyOf(p.img), p.header.inSRGB(small), p.header.Orientation)
	}
	small := p.planes
	for max(small.w, small.h) > toneSide {
		next := small.halved()
		if small != p.planes {
			small.free()
		}
		small = next
	}
	if small != p.planes {
		defer small.free()
	}
	return look(p.planes.channel[0], p.header.inSRGB(small.whole()), p.header.Orientation)
}

// inSRGB is a picture in sRGB, of which the names of colours are, or itself if no
// profile says how.
func (h header) inSRGB(img *image.NRGBA) *image.NRGBA {
	ink := h.colours(&img)
	ink.convert(&img)
	return img
}

// look makes a Look of a picture's luma and, smaller, its colours, both as stored.
func look(luma plane, small *image.NRGBA, orientation int) *Look {
	across, down := continues(luma)
	if orientation >= 5 {
		across, down = down, across
	}
	for max(luma.w, luma.h) > sharpSide {
		luma = luma.half()
	}
	l := &Look{Palette: palette(small), Hash: hash(small, orientation), Sharpness: sharpness(luma), Tiles: "none"}
	switch {
	case across && down:
		l.Tiles = "both"
	case across:
		l.Tiles = "horizontal"
	case down:
		l.Tiles = "vertical"
	}
	return l
}

// hash is the 64-bit perceptual hash of goimagehash (the signs of the lowest 8×8
// of a 64×64 DCT against their median) in 16 hex digits.
func hash(img *image.NRGBA, orientation int) string {
	for min(img.Rect.Dx(), img.Rect.Dy()) >= 256 { // the hash itself sees 64×64
		img = halve(img)
	}
	upright := flatten(orient(img, orientation))
	h, err := goimagehash.PerceptionHash(upright)
	if err != nil {
		return "" // only if there were no picture
	}
	return fmt.Sprintf("%016x", h.GetHash())
}

// greyOf is the luma (BT.601) of a picture, on white.
func greyOf(img *image.NRGBA) plane {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	g := plane{make([]byte, w*h), w, w, h}
	for y := range h {
		row := img.Pix[y*img.Stride:][:4*w]
		out := g.pix[y*w:][:w]
		for x := range out {
			p := row[4*x : 4*x+4 : 4*x+4]
			v := 19595*uint32(p[0]) + 38470*uint32(p[1]) + 7471*uint32(p[2]) // of 65536
			if p[3] != 255 {
				v = (v*uint32(p[3]) + 65536*255*uint32(255-p[3])) / 255
			}
			out[x] = byte((v + 1<<15) >> 16)
		}
	}
	return g
}

// sharpness is the variance of the Laplacian (each pixel's four neighbours less
// four times itself) over the luma of a picture whose longer side has at most 1024
// pixels, in grey levels². Woven cloth in focus has thousands, a smooth one like
// velvet hundreds, a blurred picture far less. (Pech-Pacheco et al., Diatom autofocusing in brightfield
// microscopy, ICPR 2000.)
func sharpness(g plane) float64 {
	if g.w < 3 || g.h < 3 {
		return 0
	}
	var sum, squares int64
	for y := 1; y < g.h-1; y++ {
		above, row, below := g.pix[(y-1)*g.stride:][:g.w], g.pix[y*g.stride:][:g.w], g.pix[(y+1)*g.stride:][:g.w]
		for x := 1; x < g.w-1; x++ {
			v := int64(above[x]) + int64(below[x]) + int64(row[x-1]) + int64(row[x+1]) - 4*int64(row[x])
			sum += v
			squares += v * v
		}
	}
	n := float64((g.w - 2) * (g.h - 2))
	mean := float64(sum) / n
	return math.Round(10*(float64(squares)/n-mean*mean)) / 10
}
