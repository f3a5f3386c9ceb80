// Package swatch finds the swatches in a photo of several that lie on a table.
// It knows pixels only: no files, no recipes.
package swatch

import (
	"cmp"
	"image"
	"slices"
)

// work is the longer side of the picture that is thought about, in pixels.
const work = 960

// Find returns the outlines of the swatches in img, in pixels of img, row by row.
func Find(img *image.NRGBA) []Quad {
	small, scale := reduce(img, work)
	v := look(small)
	v.sharpen(small)
	g := v.learn()
	m := v.strange(g, 3.2)
	s := &search{view: v, changes: v.changes(), least: v.w * v.h / 900}
	s.gather(m.cleaned(4, 2).filled())
	s.faint()
	out := make([]Quad, len(s.found))
	for i, q := range s.found {
		out[i] = q.scaled(scale)
	}
	return inRows(out)
}

// search is the state of Find.
type search struct {
	view    *view
	labels  *labels
	changes *change
	least   int // pixels that a swatch has at least
	found   []Quad
}

// strange is what does not look like the ground, not even in shadow.
func (v *view) strange(g *ground, over float64) *mask {
	m := newMask(v.w, v.h)
	for y := range v.h {
		for x := range v.w {
			m.on[y*v.w+x] = g.distance(v.at(x, y), true) > over
		}
	}
	return m
}

// gather makes swatches of the regions of a mask.
func (s *search) gather(m *mask) {
	l, all := m.regions()
	s.labels = l
	for _, r := range all {
		if r.area >= s.least {
			s.take(r)
		}
	}
}

// faint looks again, through a wider window, for swatches of the ground's own
// colours where none was found yet. They must have a clear edge all around.
func (s *search) faint() {
	c := s.view.coarse()
	g := c.learn()
	m := c.strange(g, 2.4)
	for _, q := range s.found {
		m.clear(q, 10)
	}
	l, all := m.cleaned(7, 4).filled().regions()
	s.labels = l
	for _, r := range all {
		if r.area < 2*s.least {
			continue
		}
		q, within, ok := l.shape(r)
		if !ok || within < 0.85 {
			continue
		}
		q = s.view.sharp.refine(s.view.sharp.refine(q, 10), 3)
		if s.view.sharp.edged(q) && s.alone(q) {
			s.found = append(s.found, q)
		}
	}
}

// alone tells whether the quad's middle lies in none that was found.
func (s *search) alone(q Quad) bool {
	return !slices.ContainsFunc(s.found, func(f Quad) bool { return f.holds(middle(q)) || q.holds(middle(f)) })
}

// take makes a swatch of a region, or several if it can be divided.
func (s *search) take(r region) {
	if r.area < s.least {
		return
	}
	q, within, ok := s.labels.shape(r)
	if !ok {
		within = 0
	}
	if e, ok := s.seam(r, within); ok {
		for _, part := range s.cut(r, e) {
			s.take(part)
		}
		return
	}
	if within < 0.88 {
		for by := 5; by < 40; by += 5 {
			if parts := s.necks(r, by); parts != nil {
				for _, part := range parts {
					s.take(part)
				}
				return
			}
		}
	}
	if within > 0.8 && q.slim() < 8 {
		s.found = append(s.found, s.view.sharp.refine(s.view.sharp.refine(q, 7), 3))
	}
}

// middle is the mean of the corners.
func middle(q Quad) point { return q[0].plus(q[1]).plus(q[2]).plus(q[3]).times(0.25) }

// slim is how many times longer the quad is than wide.
func (q Quad) slim() float64 {
	w, h := q.sides()
	return max(w, h) / max(min(w, h), 1e-9)
}

// inRows orders quads as one reads: rows of what overlaps in height, from left to right.
func inRows(all []Quad) []Quad {
	slices.SortStableFunc(all, func(a, b Quad) int { return cmp.Compare(middle(a).Y, middle(b).Y) })
	for i := 0; i < len(all); {
		_, h := all[i].sides()
		limit := middle(all[i]).Y + h/2
		j := i + 1
		for j < len(all) && middle(all[j]).Y < limit {
			j++
		}
		slices.SortStableFunc(all[i:j], func(a, b Quad) int { return cmp.Compare(middle(a).X, middle(b).X) })
		i = j
	}
	return all
}
