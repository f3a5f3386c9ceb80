package tui

import (
	"image"
	"image/color"
	"strconv"
)

// halfBlocks draws a picture as text, two pixels to a cell: the upper half
// block has the upper pixel's colour in front of the lower one's. The lines are
// as many cells wide as the picture has pixels; where it is transparent the
// background shows, and below the last row of an odd height the terminal's own.
// Every line ends with all attributes reset. Terminals with fewer colours get
// the nearest ones from the renderer.
func halfBlocks(img *image.NRGBA, background color.Color) []string {
	bounds := img.Bounds()
	if bounds.Empty() {
		return nil
	}
	behind := color.NRGBAModel.Convert(background).(color.NRGBA)
	lines := make([]string, 0, (bounds.Dy()+1)/2)
	line := make([]byte, 0, 40*bounds.Dx())
	for y := bounds.Min.Y; y < bounds.Max.Y; y += 2 {
		upper := img.Pix[img.PixOffset(bounds.Min.X, y):][:4*bounds.Dx()]
		var lower []byte
		if y+1 < bounds.Max.Y {
			lower = img.Pix[img.PixOffset(bounds.Min.X, y+1):][:4*bounds.Dx()]
		}
		line = appendCells(line[:0], upper, lower, behind)
		lines = append(lines, string(line))
	}
	return lines
}

// appendCells writes one line of cells from two rows of pixels; lower may be
// nil. A colour is written only where it changes.
func appendCells(line, upper, lower []byte, behind color.NRGBA) []byte {
	const unset = 1 << 24 // no colour has this value
	front, back := unset, unset
	for at := 0; at < len(upper); at += 4 {
		top := over(upper[at:at+4], behind)
		bottom := unset
		if lower != nil {
			bottom = over(lower[at:at+4], behind)
		}
		if bottom != unset && bottom != back {
			line = appendColor(line, "\x1b[48;2;", bottom)
			back = bottom
		}
		if top == bottom { // one colour needs no block in front
			line = append(line, ' ')
			continue
		}
		if top != front {
			line = appendColor(line, "\x1b[38;2;", top)
			front = top
		}
		line = append(line, "▀"...)
	}
	return append(line, "\x1b[m"...)
}

// over lays a pixel over the background and packs the colour as 0xRRGGBB.
func over(pixel []byte, behind color.NRGBA) int {
	r, g, b, a := int(pixel[0]), int(pixel[1]), int(pixel[2]), int(pixel[3])
	if a != 255 {
		r = (r*a + int(behind.R)*(255-a) + 127) / 255
		g = (g*a + int(behind.G)*(255-a) + 127) / 255
		b = (b*a + int(behind.B)*(255-a) + 127) / 255
	}
	return r<<16 | g<<8 | b
}

// appendColor writes a direct-colour SGR sequence (ITU-T T.416, in the form
// with semicolons that all terminals know).
func appendColor(line []byte, begin string, rgb int) []byte {
	line = append(line, begin...)
	line = strconv.AppendInt(line, int64(rgb>>16), 10)
	line = append(line, ';')
	line = strconv.AppendInt(line, int64(rgb>>8&255), 10)
	line = append(line, ';')
	line = strconv.AppendInt(line, int64(rgb&255), 10)
	return append(line, 'm')
}
