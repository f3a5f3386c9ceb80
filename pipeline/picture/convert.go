package picture

import (
	"image"
	"image/color"
	"image/draw"
)

// toNRGBA converts any picture to one whose pixels start at 0, 0, are not
// premultiplied and lie without gaps. It may take over img's memory. The
// filters see nothing else, so no odd palette or bounds can reach them.
func toNRGBA(img image.Image) *image.NRGBA {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.NRGBA:
		if b.Min == (image.Point{}) && m.Stride == 4*b.Dx() {
			return m
		}
	case *image.RGBA:
		if b.Min == (image.Point{}) && m.Stride == 4*b.Dx() && m.Opaque() {
			return &image.NRGBA{Pix: m.Pix, Stride: m.Stride, Rect: m.Rect}
		}
	case *image.YCbCr, *image.Gray, *image.CMYK: // opaque, and quick to draw
		out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
		draw.Draw(out, out.Rect, m, b.Min, draw.Src)
		return &image.NRGBA{Pix: out.Pix, Stride: out.Stride, Rect: out.Rect}
	}
	out := image.NewNRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	row := rowReader(img)
	for y := range b.Dy() {
		row(out.Pix[y*out.Stride:(y+1)*out.Stride:(y+1)*out.Stride], b.Min.Y+y)
	}
	return out
}

// rowReader returns what writes row y of img as NRGBA bytes.
func rowReader(img image.Image) func(dst []byte, y int) {
	b := img.Bounds()
	switch m := img.(type) {
	case *image.Paletted:
		var table [256]color.NRGBA // an index past the palette is transparent
		for i, c := range m.Palette[:min(len(m.Palette), 256)] {
			table[i] = color.NRGBAModel.Convert(c).(color.NRGBA)
		}
		return func(dst []byte, y int) {
			for x, index := range m.Pix[m.PixOffset(b.Min.X, y):][:b.Dx()] {
				c := table[index]
				dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = c.R, c.G, c.B, c.A
			}
		}
	case *image.NRGBA64:
		return func(dst []byte, y int) {
			src := m.Pix[m.PixOffset(b.Min.X, y):][:8*b.Dx()]
			for i := range dst {
				dst[i] = src[2*i] // big-endian: the high byte
			}
		}
	case *image.RGBA64:
		return func(dst []byte, y int) {
			for x := range b.Dx() {
				c := color.NRGBAModel.Convert(m.RGBA64At(b.Min.X+x, y)).(color.NRGBA)
				dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = c.R, c.G, c.B, c.A
			}
		}
	case *image.Gray16:
		return func(dst []byte, y int) {
			src := m.Pix[m.PixOffset(b.Min.X, y):][:2*b.Dx()]
			for x := range b.Dx() {
				v := src[2*x]
				dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = v, v, v, 255
			}
		}
	}
	return func(dst []byte, y int) {
		for x := range b.Dx() {
			c := color.NRGBAModel.Convert(img.At(b.Min.X+x, y)).(color.NRGBA)
			dst[4*x], dst[4*x+1], dst[4*x+2], dst[4*x+3] = c.R, c.G, c.B, c.A
		}
	}
}

// onCanvas puts a frame where it belongs on a transparent canvas.
func onCanvas(frame image.Image, width, height int) *image.NRGBA {
	b := frame.Bounds()
	img := toNRGBA(frame)
	if b == image.Rect(0, 0, width, height) {
		return img
	}
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(out, b, img, image.Point{}, draw.Src)
	return out
}

// halve makes a picture of half the size, each pixel the mean of four.
func halve(src *image.NRGBA) *image.NRGBA {
	w, h := max(1, src.Rect.Dx()/2), max(1, src.Rect.Dy()/2)
	dst := image.NewNRGBA(image.Rect(0, 0, w, h))
	opaque := src.Opaque()
	for y := range h {
		a := src.Pix[min(2*y, src.Rect.Dy()-1)*src.Stride:]
		b := src.Pix[min(2*y+1, src.Rect.Dy()-1)*src.Stride:]
		out := dst.Pix[y*dst.Stride:][:4*w]
		step := 4
		if src.Rect.Dx() == 1 {
			step = 0
		}
		for x := range w {
			p, q := 8*x, 8*x+step
			o := out[4*x : 4*x+4 : 4*x+4]
			if opaque {
				for c := range 3 {
					o[c] = byte((int(a[p+c]) + int(a[q+c]) + int(b[p+c]) + int(b[q+c]) + 2) / 4)
				}
				o[3] = 255
				continue
			}
			mean(o, a[p:p+4], a[q:q+4], b[p:p+4], b[q:q+4])
		}
	}
	return dst
}

// mean weighs colours by how opaque they are.
func mean(o []byte, pixels ...[]byte) {
	var sum [3]int
	alpha := 0
	for _, p := range pixels {
		for c := range 3 {
			sum[c] += int(p[c]) * int(p[3])
		}
		alpha += int(p[3])
	}
	if alpha == 0 {
		return
	}
	for c := range 3 {
		o[c] = byte((sum[c] + alpha/2) / alpha)
	}
	o[3] = byte((alpha + 2) / 4)
}
