package swatch

import (
	"image"
	"slices"
)

// cut divides a region along a seam; each side may be of several pieces.
func (s *search) cut(r region, e seam) []region {
	l := s.labels
	mark := l.next // what is on the far side
	l.next++
	for y := r.box.Min.Y; y < r.box.Max.Y; y++ {
		for x := r.box.Min.X; x < r.box.Max.X; x++ {
			if i := y*l.w + x; l.of[i] == r.number && e.side(x, y) > 0 {
				l.of[i] = mark
			}
		}
	}
	parts := append(l.pieces(r.box, r.number), l.pieces(r.box, mark)...)
	for i := range parts {
		l.shave(&parts[i], 3)
	}
	return parts
}

// shave takes what is thinner than 2·by off a region, such as a sliver that a seam
// has left of its neighbour.
func (l *labels) shave(r *region, by int) {
	m := l.mask(*r)
	for i, on := range m.shrunk(by).grown(by).on {
		if m.on[i] && !on {
			l.of[(r.box.Min.Y+i/m.w-1)*l.w+r.box.Min.X+i%m.w-1] = 0
			r.area--
		}
	}
}

// mask is a region alone, in a frame of one empty pixel, so that its edges shrink too.
func (l *labels) mask(r region) *mask {
	m := newMask(r.box.Dx()+2, r.box.Dy()+2)
	for y := r.box.Min.Y; y < r.box.Max.Y; y++ {
		for x := r.box.Min.X; x < r.box.Max.X; x++ {
			m.on[(y-r.box.Min.Y+1)*m.w+x-r.box.Min.X+1] = l.of[y*l.w+x] == r.number
		}
	}
	return m
}

// pieces gives a number of its own to all that hangs together of a number.
func (l *labels) pieces(box image.Rectangle, number int32) []region {
	var out []region
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if i := y*l.w + x; l.of[i] == number {
				out = append(out, l.flood(i, func(j int) bool { return l.of[j] == number }))
			}
		}
	}
	return out
}

// necks divides a region where it is narrow: what falls apart when the region is
// shrunk by r pixels, each part grown back to what is nearest to it. It returns nil
// if the region does not fall apart.
func (s *search) necks(r region, by int) []region {
	l := s.labels
	box, m := r.box, l.mask(r)
	cores, all := m.shrunk(by).regions()
	all = slices.DeleteFunc(all, func(c region) bool { return c.area < s.least/4 })
	if len(all) < 2 {
		return nil
	}
	// Each pixel goes to the core that reaches it first.
	var queue []int
	for i, n := range cores.of {
		if n != 0 && slices.ContainsFunc(all, func(c region) bool { return c.number == n }) {
			queue = append(queue, i)
		} else {
			cores.of[i] = 0
		}
	}
	for len(queue) > 0 {
		i := queue[0]
		queue = queue[1:]
		for _, d := range [4]int{-1, 1, -m.w, m.w} {
			if j := i + d; j >= 0 && j < len(m.on) && m.on[j] && cores.of[j] == 0 {
				cores.of[j] = cores.of[i]
				queue = append(queue, j)
			}
		}
	}
	var out []region
	for _, c := range all {
		mark := l.next
		l.next++
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				if cores.of[(y-box.Min.Y+1)*m.w+x-box.Min.X+1] == c.number {
					l.of[y*l.w+x] = mark
				}
			}
		}
		out = append(out, l.pieces(box, mark)...)
	}
	return out
}
