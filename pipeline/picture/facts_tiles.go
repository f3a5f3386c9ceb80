package picture

import (
	"math"
	"slices"
)

// How a seam is judged against what lies inside of the picture.
const (
	seamLags    = 16   // lines that are compared lie up to so far apart
	seamWindows = 32   // places inside that are measured for each lag
	seamPoints  = 64   // points of each line that are compared
	seamUsual   = 0.95 // part of the places that counts as usual
	seamSlack   = 1.3  // a seam may be so much worse than usual
	seamNoise   = 1.0  // and so many grey levels more, for what a codec adds at edges
	seamLeast   = 32   // pixels a side of the coarsest picture that is looked at
)

// continues tells whether the right edge goes on at the left one (across) and the
// bottom at the top (down), so that copies side by side show no seam.
//
// Lines that are k apart differ by so many grey levels in the mean: little next to
// each other, more further off, and little again after a whole repeat of a weave.
// Over a seam that can be copied the same holds as inside. So for every k up to 16
// the k pairs of lines that are k apart over the seam are compared with k such
// pairs in a row at 32 places inside, and may not differ by more than at 95 % of
// those, give or take three tenths and a grey level. k = 1 finds a step, the others a
// repeat that is cut in its middle. That must hold at full size, for the threads,
// and at every halving down to 32 pixels, for motifs and light. A picture with edges
// of one colour continues, and so does one so even that no seam shows.
func continues(g plane) (across, down bool) {
	if min(g.w, g.h) < seamLeast {
		return false, false // too small to tell
	}
	across, down = true, true
	for ; min(g.w, g.h) >= seamLeast && (across || down); g = g.half() {
		across = across && g.seamless(g.w, 1, g.h, g.stride)
		down = down && g.seamless(g.h, g.stride, g.w, 1)
	}
	return across, down
}

// seamless compares what lies over the seam between the last of n lines and the
// first with what lies inside. Lines are by apart in pix, and have count pixels that
// are step apart.
func (g plane) seamless(n, by, count, step int) bool {
	points := min(count, seamPoints)
	at := make([]int, points) // of the points within a line
	for i := range at {
		at[i] = (2*i + 1) * count / (2 * points) * step
	}
	apart := func(from, lag int) (sum int) { // of lag pairs of lines
		for x := from; x < from+lag; x++ {
			a, b := g.pix[x%n*by:], g.pix[(x+lag)%n*by:]
			for _, i := range at {
				sum += abs(int(a[i]) - int(b[i]))
			}
		}
		return sum
	}
	inside := make([]int, 0, seamWindows)
	for lag := 1; lag <= seamLags && 4*lag <= n; lag++ {
		inside = inside[:0]
		room := n - 2*lag // a window has 2 × lag lines
		windows := min(seamWindows, room+1)
		for i := range windows {
			inside = append(inside, apart(int(spread(i)*float64(room+1)), lag))
		}
		slices.Sort(inside)
		usual := inside[int(seamUsual*float64(windows-1))]
		if float64(apart(n-lag, lag)) > seamSlack*float64(usual)+seamNoise*float64(lag*points) {
			return false
		}
	}
	return true
}

// spread lays numbers from 0 to 1 evenly and in step with no repeat of a weave
// and no block of a codec.
func spread(i int) float64 {
	_, part := math.Modf((float64(i) + 0.5) * (math.Sqrt(5) - 1) / 2)
	return part
}

func abs(n int) int { return max(n, -n) }

// half is the plane at half the size, rounded up. Each pixel is the mean of the
// part of the picture that it covers, also where that begins or ends within a pixel:
// so nothing is lost at the edges, and a repeat stays a repeat.
func (g plane) half() plane {
	w, h := (g.w+1)/2, (g.h+1)/2
	out := plane{make([]byte, w*h), w, w, h}
	if g.w%2 == 0 && g.h%2 == 0 {
		halvePlane(out, g)
		return out
	}
	columns, rows := cover(g.w, out.w), cover(g.h, out.h)
	line := make([]float32, g.w)
	for y, r := range rows {
		for x := range line {
			line[x] = 0
		}
		for i, weight := range r.weights {
			if weight == 0 {
				continue
			}
			for x, v := range g.pix[(r.from+i)*g.stride:][:g.w] {
				line[x] += weight * float32(v)
			}
		}
		dst := out.pix[y*out.w:][:out.w]
		for x, c := range columns {
			sum := float32(0.5)
			for i, weight := range c.weights {
				if weight != 0 {
					sum += weight * line[c.from+i]
				}
			}
			dst[x] = byte(sum)
		}
	}
	return out
}

// covered is the pixels that one pixel of a smaller picture covers.
type covered struct {
	from    int
	weights [3]float32 // sum 1
}

// cover divides n pixels among half as many.
func cover(n, into int) []covered {
	out := make([]covered, into)
	per := float64(n) / float64(into)
	for i := range out {
		a, b := float64(i)*per, float64(i+1)*per
		out[i].from = min(int(a), n-1)
		for k := range out[i].weights {
			p := float64(out[i].from + k)
			out[i].weights[k] = float32(max(0, math.Min(b, p+1)-math.Max(a, p)) / per)
		}
	}
	return out
}
