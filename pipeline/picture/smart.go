package picture

import (
	"image"
	"math"
)

// quiet is how far neighbours may differ in lightness, of 255, and count as even:
// sensors and JPEG make as much of nothing.
const quiet = 6

// busiest is where a window of the given part of the width or the height, from 0
// to 1, holds most local detail, as parts of the width and the height. Detail is
// how much lighter or darker each pixel is than the next ones. One of the two is
// the whole, as is so where the largest window of some proportions is cut. The
// middle is preferred where little is gained elsewhere.
func busiest(img *image.NRGBA, width, height float64) (left, top float64) {
	columns, rows := detail(img)
	if width < height {
		return window(columns, width), 0
	}
	return 0, window(rows, height)
}

// window is where the part of all values that has the greatest sum starts, from
// 0 to 1.
func window(values []int, part float64) float64 {
	n := min(max(int(math.Round(part*float64(len(values)))), 1), len(values))
	room := len(values) - n
	if room == 0 {
		return 0
	}
	sum := 0
	for _, v := range values[:n] {
		sum += v
	}
	best, at := -1.0, 0
	for i := 0; ; i++ {
		off := math.Abs(float64(2*i-room)) / float64(room) // 0 in the middle, 1 at the ends
		if score := (float64(sum) + 1) * (1 - 0.02*off); score > best {
			best, at = score, i
		}
		if i == room {
			break
		}
		sum += values[i+n] - values[i]
	}
	return float64(at) / float64(len(values))
}

// detail sums up the local detail of each column and of each row.
func detail(img *image.NRGBA) (columns, rows []int) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	columns, rows = make([]int, w), make([]int, h)
	above, row := make([]int, w), make([]int, w)
	for y := range h {
		pix := img.Pix[y*img.Stride:][:4*w]
		for x := range w {
			p := pix[4*x : 4*x+4 : 4*x+4]
			// Luma of BT.601, in 1/256; what is transparent counts as dark.
			row[x] = (77*int(p[0]) + 150*int(p[1]) + 29*int(p[2])) * int(p[3]) >> 16
		}
		for x := range w {
			d := 0
			if x > 0 {
				d = max(0, max(row[x]-row[x-1], row[x-1]-row[x])-quiet)
			}
			if y > 0 {
				d += max(0, max(row[x]-above[x], above[x]-row[x])-quiet)
			}
			columns[x] += d
			rows[y] += d
		}
		above, row = row, above
	}
	return columns, rows
}
