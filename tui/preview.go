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
// Every line ends with all attributes reset. With indexed the colours are those
// of the xterm palette of 256, dithered: nearest ones alone turn a weave grey.
func halfBlocks(img *image.NRGBA, background color.Color, indexed bool) []string {
	bounds := img.Bounds()
	width, height := bounds.Dx(), bounds.Dy()
	if bounds.Empty() {
		return nil
	}
	pixels := flatten(img, color.NRGBAModel.Convert(background).(color.NRGBA))
	begin := [2]string{"\x1b[38;2;", "\x1b[48;2;"}
	write := appendDirect
	if indexed {
		dither(pixels, width)
		begin = [2]string{"\x1b[38;5;", "\x1b[48;5;"}
		write = func(line []byte, n int32) []byte { return strconv.AppendInt(line, int64(n), 10) }
	}
	lines := make([]string, 0, (height+1)/2)
	line := make([]byte, 0, 40*width)
	for y := 0; y < height; y += 2 {
		upper := pixels[y*width:][:width]
		var lower []int32
		if y+1 < height {
			lower = pixels[(y+1)*width:][:width]
		}
		line = appendCells(line[:0], upper, lower, begin, write)
		lines = append(lines, string(line))
	}
	return lines
}

// flatten lays a picture over the background and packs its colours as 0xRRGGBB.
func flatten(img *image.NRGBA, behind color.NRGBA) []int32 {
	bounds := img.Bounds()
	pixels := make([]int32, 0, bounds.Dx()*bounds.Dy())
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		row := img.Pix[img.PixOffset(bounds.Min.X, y):][:4*bounds.Dx()]
		for at := 0; at < len(row); at += 4 {
			pixels = append(pixels, over(row[at:at+4], behind))
		}
	}
	return pixels
}

// appendCells writes one line of cells from two rows of pixels; lower may be
// nil. A colour is written only where it changes.
func appendCells(line []byte, upper, lower []int32, begin [2]string, write func([]byte, int32) []byte) []byte {
	const unset = 1 << 24 // no colour has this value
	front, back := int32(unset), int32(unset)
	for x, top := range upper {
		bottom := int32(unset)
		if lower != nil {
			bottom = lower[x]
		}
		if bottom != unset && bottom != back {
			line = append(write(append(line, begin[1]...), bottom), 'm')
			back = bottom
		}
		if top == bottom { // one colour needs no block in front
			line = append(line, ' ')
			continue
		}
		if top != front {
			line = append(write(append(line, begin[0]...), top), 'm')
			front = top
		}
		line = append(line, "▀"...)
	}
	return append(line, "\x1b[m"...)
}

// over lays a pixel over the background and packs the colour as 0xRRGGBB.
func over(pixel []byte, behind color.NRGBA) int32 {
	r, g, b, a := int32(pixel[0]), int32(pixel[1]), int32(pixel[2]), int32(pixel[3])
	if a != 255 {
		r = (r*a + int32(behind.R)*(255-a) + 127) / 255
		g = (g*a + int32(behind.G)*(255-a) + 127) / 255
		b = (b*a + int32(behind.B)*(255-a) + 127) / 255
	}
	return r<<16 | g<<8 | b
}

// appendDirect writes a colour of an SGR sequence for direct colour (ITU-T
// T.416, in the form with semicolons that all terminals know).
func appendDirect(line []byte, rgb int32) []byte {
	line = strconv.AppendInt(line, int64(rgb>>16), 10)
	line = append(line, ';')
	line = strconv.AppendInt(line, int64(rgb>>8&255), 10)
	line = append(line, ';')
	return strconv.AppendInt(line, int64(rgb&255), 10)
}

// dither replaces colours by numbers of the xterm palette, and spreads what is
// lost over the neighbours (Floyd and Steinberg, 1976).
func dither(pixels []int32, width int) {
	type rgb [3]int32
	this, next := make([]rgb, width+2), make([]rgb, width+2) // sixteenths, one to the right
	for start := 0; start < len(pixels); start += width {
		clear(next)
		for x := range width {
			p := pixels[start+x]
			var want rgb
			for c, v := range (rgb{p >> 16, p >> 8 & 255, p & 255}) {
				want[c] = max(0, min(255, v+this[x+1][c]/16))
			}
			n, got := nearest(want)
			pixels[start+x] = n
			for c := range want {
				lost := (want[c] - got[c]) * 3 / 4 // all of it makes fine weaves sparkle
				this[x+2][c] += 7 * lost
				next[x][c] += 3 * lost
				next[x+1][c] += 5 * lost
				next[x+2][c] += lost
			}
		}
		this, next = next, this
	}
}

// nearest is the nearest colour of the xterm palette: of the cube of 6×6×6 from
// number 16, or of the 24 greys from number 232.
func nearest(want [3]int32) (n int32, got [3]int32) {
	n = 16
	for c, v := range want {
		step := max(0, (v-35)/40) // levels are 0, 95, 135, 175, 215, 255
		if v < 48 {
			step = 0
		} else if v < 115 {
			step = 1
		}
		n = n + step*[3]int32{36, 6, 1}[c]
		if step > 0 {
			got[c] = 55 + 40*step
		}
	}
	level := max(0, min(23, ((want[0]+want[1]+want[2])/3-3)/10))
	v := 8 + 10*level
	grey := [3]int32{v, v, v}
	if distance(want, grey) < distance(want, got) {
		return 232 + level, grey
	}
	return n, got
}

// distance is the square of the distance of two colours. Weights for the eye would
// make greys of blues.
func distance(a, b [3]int32) int32 {
	r, g, bl := a[0]-b[0], a[1]-b[1], a[2]-b[2]
	return r*r + g*g + bl*bl
}
