package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"

	"github.com/kovidgoyal/imaging/prism/meta/icc"
)

// space is the colour space of the source's profile, "RGB ", "GRAY" or "CMYK"
// (ICC.1, 7.2.6); "" if there is no profile, or none that can be one.
func (h header) space() string {
	if len(h.icc) < 128 || string(h.icc[36:40]) != "acsp" {
		return ""
	}
	return string(h.icc[16:20])
}

// profile is the source's colour profile if it is one for the colours of the
// output, "RGB " or "GRAY"; else nil.
func (h header) profile(space string) []byte {
	if h.space() != space || h.components == 4 {
		return nil
	}
	return h.icc
}

// render takes colorants from 0 to 1 to sRGB.
type render func(in []float64) (r, g, b float64)

// d50 is the light of the colours that profiles connect by (ICC.1:2022, 7.2.16).
const d50 = "\x00\x00\xf6\xd6\x00\x01\x00\x00\x00\x00\xd3\x2d"

// rendered takes n colorants from 0 to 1 to sRGB, as the profile says:
// relative colorimetric, black to black. What sRGB cannot hold leaves 0 to 1.
func rendered(profile []byte, n int) (to render, err error) {
	defer senseless(&err)
	if err := sound(profile); err != nil {
		return nil, err
	}
	profile = slices.Clone(profile)
	copy(profile[68:], d50) // all else stands for that light, whatever the header says: zeros would make all black
	p, err := icc.DecodeProfile(bytes.NewReader(profile))
	if err != nil {
		return nil, told(err)
	}
	t, err := p.CreateTransformerToSRGB(icc.RelativeColorimetricRenderingIntent, true, n, false, false, true)
	if err != nil {
		return nil, told(err)
	}
	in, out := make([]float64, 16), make([]float64, 16)
	return func(v []float64) (r, g, b float64) {
		clear(in)
		copy(in, v)
		if n == 3 {
			return t.Transform(in[0], in[1], in[2])
		}
		t.TransformGeneral(out, in)
		return out[0], out[1], out[2]
	}, nil
}

// told is an error of package icc's for people: it quotes bytes of the profile as
// they are, and tells where it panicked.
func told(err error) error {
	text := plain(err.Error())
	if strings.HasPrefix(text, "Panic") {
		text = "the profile makes no sense"
	}
	return errors.New(text)
}

// senseless makes what package icc panics with an error: profiles are as hostile as pictures.
func senseless(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the profile makes no sense: %.100s", fmt.Sprint(p))
	}
}

// toSRGB converts the pixels by a profile for RGB.
func toSRGB(img *image.NRGBA, profile []byte) (out *image.NRGBA, err error) {
	defer senseless(&err)
	to, err := rendered(profile, 3)
	if err != nil {
		return nil, err
	}
	if l, ok := lightsOf(to); ok {
		return l.apply(img), nil
	}
	return newCube(func(r, g, b float64) (float64, float64, float64) {
		r, g, b = to([]float64{r, g, b})
		return min(max(r, 0), 1), min(max(g, 0), 1), min(max(b, 0), 1)
	}).apply(img), nil
}

var errNotGrey = errors.New("it is one for grey, and the picture is not grey")

// greyToSRGB converts the pixels of a grey picture by a profile for grey.
func greyToSRGB(img *image.NRGBA, profile []byte) (out *image.NRGBA, err error) {
	defer senseless(&err)
	to, err := rendered(profile, 1)
	if err != nil {
		return nil, err
	}
	var table [256]uint8
	for v := range table {
		_, g, _ := to([]float64{float64(v) / 255})
		table[v] = uint8(min(max(g, 0), 1)*255 + 0.5)
	}
	out = image.NewNRGBA(img.Rect)
	for i := 0; i < len(img.Pix); i += 4 {
		p := img.Pix[i : i+4 : i+4]
		if p[0] != p[1] || p[1] != p[2] {
			return nil, errNotGrey
		}
		v := table[p[0]]
		out.Pix[i], out.Pix[i+1], out.Pix[i+2], out.Pix[i+3] = v, v, v, p[3]
	}
	return out, nil
}

// inks is how many nodes a grid of inks has along each axis.
const inks = 17

// fromCMYK converts what a decoder made of four inks by the source's profile, or
// leaves it to the usual formula if there is none that can be used.
func (h header) fromCMYK(img image.Image) (out image.Image) {
	m, ok := img.(*image.CMYK)
	if !ok || h.space() != "CMYK" {
		return img
	}
	defer func() {
		if recover() != nil {
			out = img // as lost tells
		}
	}()
	to, err := rendered(h.icc, 4)
	if err != nil {
		return img
	}
	grid := make([][3]float32, inks*inks*inks*inks)
	for i := range grid {
		at := func(n int) float64 { return float64(n%inks) / (inks - 1) }
		r, g, b := to([]float64{at(i / (inks * inks * inks)), at(i / (inks * inks)), at(i / inks), at(i)})
		grid[i] = [3]float32{float32(r), float32(g), float32(b)}
	}
	size := m.Rect.Size()
	rgba := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		src := m.Pix[m.PixOffset(m.Rect.Min.X, m.Rect.Min.Y+y):]
		dst := rgba.Pix[y*rgba.Stride:]
		var last [4]uint8
		for x := range size.X {
			ink := [4]uint8(src[4*x : 4*x+4])
			if x > 0 && ink == last {
				copy(dst[4*x:4*x+4], dst[4*x-4:4*x])
				continue
			}
			last = ink
			mixInks(dst[4*x:4*x+4:4*x+4], grid, ink)
		}
	}
	return rgba
}

// mixInks interpolates between the sixteen nodes around a mixture of inks.
func mixInks(dst []uint8, grid [][3]float32, ink [4]uint8) {
	var cell [4]int
	var part [4]float32
	for k, v := range ink {
		at := float32(v) * (inks - 1) / 255
		cell[k] = min(int(at), inks-2)
		part[k] = at - float32(cell[k])
	}
	base := ((cell[0]*inks+cell[1])*inks+cell[2])*inks + cell[3]
	steps := [4]int{inks * inks * inks, inks * inks, inks, 1}
	var sum [3]float32
	for corner := range 16 {
		w, i := float32(1), base
		for k := range 4 {
			if corner>>k&1 == 1 {
				w, i = w*part[k], i+steps[k]
			} else {
				w *= 1 - part[k]
			}
		}
		if w > 0 {
			for c := range 3 {
				sum[c] += w * grid[i][c]
			}
		}
	}
	for c := range 3 {
		dst[c] = uint8(min(max(sum[c], 0), 1)*255 + 0.5)
	}
	dst[3] = 255
}

// lost says of a source's profile that is neither carried into the results nor
// used to convert them what became of it, or "".
func (h header) lost() string {
	if len(h.icc) == 0 {
		return h.numbers.strange()
	}
	var err error
	switch space := h.space(); {
	case space == "RGB " && h.components != 4:
		return ""
	case space == "GRAY" && (h.Format != "jpeg" || h.components == 1):
		return ""
	case space == "CMYK" && (h.components == 4 || h.Format == "tiff"):
		if _, err = rendered(h.icc, 4); err == nil {
			return ""
		}
	case space == "":
		err = errors.New("it is damaged")
	default:
		err = errors.New("it is not one for such a picture")
	}
	return fmt.Sprintf("the colour profile was left out, so colours may be off: %.100s", err)
}

// lostFlat is lost for what is written as a JPEG in one channel if it is grey.
func (h header) lostFlat(grey bool) string {
	if note := h.lost(); note != "" || !grey || h.space() != "RGB " {
		return note
	}
	return "the colour profile was left out: it is one for colours, and the picture is grey"
}
