// Package swatch finds the swatches in a photo of several that lie on a table.
// It knows pixels only: no files, no recipes.
package swatch

import (
	"cmp"
	"context"
	"image"
	"image/color"
	"slices"
)

// Side is the longer side of the picture that is thought about, in pixels: enough
// to find a swatch's sides to a thousandth of the picture.
const Side = 960

// Memory is what Find holds at most, in bytes: some thirty numbers for each pixel.
const Memory = 120 << 20

// Options are what may be said of a photo.
type Options struct {
	Tolerance float64      // how different from the ground a swatch must look; 0: 1
	Ground    *color.NRGBA // the ground's colour, if the border of the picture does not show it
}

// Find returns the outlines of the swatches in img, in pixels of img, row by row.
// It is the same each time. The error is that of ctx.
func Find(ctx context.Context, img *image.NRGBA, o Options) ([]Quad, error) {
	small, scale := Reduce(img)
	if min(small.Rect.Dx(), small.Rect.Dy()) < leastSide {
		return nil, nil
	}
	if o.Tolerance == 0 {
		o.Tolerance = 1
	}
	v := look(small)
	v.sharpen(small)
	s := &search{ctx: ctx, view: v, changes: v.changes(), least: v.w * v.h / 400}
	m := v.strange(v.learn(o.Ground), 3.2*o.Tolerance, true)
	s.gather(m.cleaned(4, 2).filled())
	s.faint(o)
	out := make([]Quad, len(s.found))
	for i, q := range s.found {
		out[i] = q.Scaled(scale)
	}
	return inRows(out), ctx.Err()
}

// leastSide is the least side, in pixels, of a picture in which anything can be found.
const leastSide = 48

// search is the state of Find.
type search struct {
	ctx     context.Context
	view    *view
	labels  *labels
	changes *change
	least   int // pixels that a swatch has at least
	found   []Quad
}

// strange is what does not look like the ground; with shade, not even in shadow.
func (v *view) strange(g *ground, over float64, shade bool) *mask {
	m := newMask(v.w, v.h)
	for y := range v.h {
		for x := range v.w {
			m.on[y*v.w+x] = g.distance(v.at(x, y), shade) > over
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
func (s *search) faint(o Options) {
	c := s.view.coarse()
	m := c.strange(c.learn(o.Ground), 2.4*o.Tolerance, false)
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
	return !slices.ContainsFunc(s.found, func(f Quad) bool { return f.holds(q.Middle()) || q.holds(f.Middle()) })
}

// take makes a swatch of a region, or several if it can be divided.
func (s *search) take(r region) {
	if r.area < s.least || s.ctx.Err() != nil {
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
		for by := 5; by < 20 && within < 0.88; by += 5 { // what hangs on to it, such as the seam of two tables
			s.labels.shave(&r, by)
			if q, within, ok = s.labels.shape(r); !ok {
				return
			}
		}
	}
	if within < 0.8 || q.slim() > 8 {
		return
	}
	q = s.view.sharp.refine(s.view.sharp.refine(q, 7), 3)
	// Small round motifs of a print look square to the mask: only their edge tells.
	if within > 0.92 && r.area > 4*s.least || s.view.sharp.edged(q) {
		s.found = append(s.found, q)
	}
}

// Middle is the mean of the corners.
func (q Quad) Middle() Point { return q[0].plus(q[1]).plus(q[2]).plus(q[3]).times(0.25) }

// slim is how many times longer the quad is than wide.
func (q Quad) slim() float64 {
	w, h := q.Sides()
	return max(w, h) / max(min(w, h), 1e-9)
}

// inRows orders quads as one reads: rows of what overlaps in height, from left to right.
func inRows(all []Quad) []Quad {
	slices.SortStableFunc(all, func(a, b Quad) int { return cmp.Compare(a.Middle().Y, b.Middle().Y) })
	for i := 0; i < len(all); {
		_, h := all[i].Sides()
		limit := all[i].Middle().Y + h/2
		j := i + 1
		for j < len(all) && all[j].Middle().Y < limit {
			j++
		}
		slices.SortStableFunc(all[i:j], func(a, b Quad) int { return cmp.Compare(a.Middle().X, b.Middle().X) })
		i = j
	}
	return all
}
