package swatch

import (
	"image"
	"slices"
)

// mask tells for each pixel whether it belongs to something.
type mask struct {
	w, h int
	on   []bool
}

func newMask(w, h int) *mask { return &mask{w, h, make([]bool, w*h)} }

// grown is every pixel within r of the mask, measured along x and y.
func (m *mask) grown(r int) *mask { return m.reached(r, true) }

// shrunk is every pixel further than r from what is not in the mask.
func (m *mask) shrunk(r int) *mask { return m.reached(r, false) }

func (m *mask) reached(r int, on bool) *mask {
	rows := newMask(m.w, m.h)
	spread := func(n, start, step int, from, to []bool) {
		last := -r - 1
		for k := range n { // what lies before
			if from[start+k*step] == on {
				last = k
			}
			to[start+k*step] = (k-last <= r) == on
		}
		last = n + r
		for k := n - 1; k >= 0; k-- { // and behind
			if from[start+k*step] == on {
				last = k
			}
			if last-k <= r {
				to[start+k*step] = on
			}
		}
	}
	for y := range m.h {
		spread(m.w, y*m.w, 1, m.on, rows.on)
	}
	out := newMask(m.w, m.h)
	for x := range m.w {
		spread(m.h, x, m.w, rows.on, out.on)
	}
	return out
}

// cleaned drops what is thinner than 2·r and closes gaps that are narrower than 2·gap.
func (m *mask) cleaned(r, gap int) *mask { return m.grown(gap).shrunk(gap + r).grown(r) }

// region is connected pixels: those with its number in a labelling.
type region struct {
	number int32
	box    image.Rectangle
	area   int
}

// labels gives every pixel the number of its region; 0: none.
type labels struct {
	w, h int
	of   []int32
	next int32
}

// regions labels what hangs together in the mask, in the order of rows.
func (m *mask) regions() (*labels, []region) {
	l := &labels{w: m.w, h: m.h, of: make([]int32, len(m.on)), next: 1}
	var all []region
	for i, on := range m.on {
		if on && l.of[i] == 0 {
			all = append(all, l.flood(i, func(j int) bool { return m.on[j] && l.of[j] == 0 }))
		}
	}
	return l, all
}

// flood gives a new number to all that is joined to pixel i and meant.
func (l *labels) flood(i int, meant func(int) bool) region {
	r := region{number: l.next, box: image.Rect(i%l.w, i/l.w, i%l.w+1, i/l.w+1)}
	l.next++
	l.of[i] = r.number
	stack := []int{i}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		r.area++
		x, y := i%l.w, i/l.w
		r.box.Min.X, r.box.Min.Y = min(r.box.Min.X, x), min(r.box.Min.Y, y)
		r.box.Max.X, r.box.Max.Y = max(r.box.Max.X, x+1), max(r.box.Max.Y, y+1)
		for _, d := range [4][3]int{{-1, 0, -1}, {1, 0, 1}, {0, -1, -l.w}, {0, 1, l.w}} {
			if x+d[0] < 0 || x+d[0] >= l.w || y+d[1] < 0 || y+d[1] >= l.h {
				continue
			}
			if j := i + d[2]; meant(j) {
				l.of[j] = r.number
				stack = append(stack, j)
			}
		}
	}
	return r
}

// filled closes the holes of the mask: what is off, not joined to the border, and
// no larger than a swatch may be.
func (m *mask) filled() *mask {
	off := newMask(m.w, m.h)
	for i, on := range m.on {
		off.on[i] = !on
	}
	l, all := off.regions()
	open := make([]bool, l.next)
	for _, r := range all {
		open[r.number] = r.area > m.w*m.h/6 || r.box.Min.X == 0 || r.box.Min.Y == 0 || r.box.Max.X == m.w || r.box.Max.Y == m.h
	}
	out := newMask(m.w, m.h)
	for i, n := range l.of {
		out.on[i] = n == 0 || !open[n]
	}
	return out
}

// outline lists the outermost pixels of a region in each row and column.
func (l *labels) outline(r region) []Point {
	var out []Point
	for y := r.box.Min.Y; y < r.box.Max.Y; y++ {
		row := l.of[y*l.w+r.box.Min.X : y*l.w+r.box.Max.X]
		from := slices.Index(row, r.number)
		if from < 0 {
			continue
		}
		to := len(row) - 1
		for row[to] != r.number {
			to--
		}
		x := float64(r.box.Min.X)
		out = append(out, Point{x + float64(from), float64(y)}, Point{x + float64(from), float64(y + 1)},
			Point{x + float64(to+1), float64(y)}, Point{x + float64(to+1), float64(y + 1)})
	}
	return out
}

// clear takes a quad and what is within r of its sides out of the mask.
func (m *mask) clear(q Quad, r float64) {
	wide := q.Inset(-r)
	b := wide.bounds().Intersect(image.Rect(0, 0, m.w, m.h))
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			if wide.holds(Point{float64(x) + 0.5, float64(y) + 0.5}) {
				m.on[y*m.w+x] = false
			}
		}
	}
}
