package picture

import (
	"image"
	"math"
	"slices"

	"weft/config"
	"weft/pipeline/recipe"
)

// view is what geometric steps make of a picture, without touching a pixel: a
// part of it, turned and scaled to a size. However many the steps, its pixels
// are resampled once.
type view struct {
	from, to [2]float64  // the part, in pixels of the stored picture: x, y
	turn     int         // how the part is turned then: the EXIF orientation that this undoes
	size     image.Point // of the result
}

// see is the whole picture as stored.
func see(w, h int) view {
	return view{to: [2]float64{float64(w), float64(h)}, turn: 1, size: image.Pt(w, h)}
}

// turned is what an orientation does: first it mirrors the rows and the columns,
// then swaps them.
type turned struct{ x, y, swap bool }

// turns are the eight orientations (CIPA DC-008, tag 274).
var turns = [9]turned{
	1: {}, 2: {x: true}, 3: {x: true, y: true}, 4: {y: true},
	5: {swap: true}, 6: {y: true, swap: true}, 7: {x: true, y: true, swap: true}, 8: {x: true, swap: true},
}

// then turns what is turned already.
func (v *view) then(turn int) {
	a, b := turns[v.turn], turns[turn]
	if b.swap {
		v.size = image.Pt(v.size.Y, v.size.X)
	}
	if a.swap { // b's mirrors see rows and columns swapped
		b.x, b.y = b.y, b.x
	}
	sum := turned{a.x != b.x, a.y != b.y, a.swap != b.swap}
	for i, t := range turns[1:] {
		if t == sum {
			v.turn = i + 1
		}
	}
}

// cut keeps the part from–to of the result, in its pixels.
func (v *view) cut(x0, y0, x1, y1 float64) {
	w, h := float64(v.size.X), float64(v.size.Y)
	part := [2][2]float64{{x0 / w, x1 / w}, {y0 / h, y1 / h}}
	t := turns[v.turn]
	if t.swap {
		part[0], part[1] = part[1], part[0]
	}
	for i, back := range []bool{t.x, t.y} {
		if back {
			part[i] = [2]float64{1 - part[i][1], 1 - part[i][0]}
		}
		from, span := v.from[i], v.to[i]-v.from[i]
		v.from[i], v.to[i] = from+span*part[i][0], from+span*part[i][1]
	}
}

// geometric tells whether a view can take in a step.
func geometric(s recipe.Step) bool {
	switch s.Name {
	case "orient", "flip", "fit", "resize":
		return true
	case "fill", "crop":
		return known(arg(s, 1))
	case "rotate":
		return quarter[arg(s, 0)] != 0
	}
	return false
}

// quarter is the orientation that each turn by quarters undoes.
var quarter = map[string]int{"90": 6, "180": 3, "270": 8}

// add takes in one more geometric step.
func (v *view) add(s recipe.Step, orientation int, l config.Limits) error {
	switch s.Name {
	case "orient":
		v.then(max(orientation, 1))
	case "rotate":
		v.then(quarter[arg(s, 0)])
	case "flip":
		if arg(s, 0) == "v" {
			v.then(4)
		} else {
			v.then(2)
		}
	case "crop":
		box, err := cropBox(s, v.size)
		if err != nil {
			return err
		}
		v.cut(float64(box.Min.X), float64(box.Min.Y), float64(box.Max.X), float64(box.Max.Y))
		v.size = box.Size()
	case "fit", "resize", "fill":
		size, err := scaled(s, v.size, l)
		if err != nil {
			return err
		}
		if s.Name == "fill" {
			v.cut(fillPart(v.size, size, arg(s, 1)))
		}
		v.size = size
	}
	return nil
}

// known tells whether a gravity names a place, which can be found without looking at the pixels.
func known(gravity string) bool {
	return gravity == "" || slices.Contains(recipe.Gravities, gravity)
}

// scale is how much smaller the result is, on the side where that is least.
func (v *view) scale() float64 {
	w, h := v.stored()
	return max(float64(w)/(v.to[0]-v.from[0]), float64(h)/(v.to[1]-v.from[1]))
}

// stored is the size of the result before it is turned.
func (v *view) stored() (w, h int) {
	if turns[v.turn].swap {
		return v.size.Y, v.size.X
	}
	return v.size.X, v.size.Y
}

// render draws the view of p, whose pixels stand for 2^level pixels of the
// stored picture each way, with chroma of one sample for sub × sub pixels.
func (v *view) render(p *planes, level, sub int) *planes {
	w, h := v.stored()
	t := turns[v.turn]
	out := newPlanes(w, h, sub, sub, p.grey)
	unit := math.Ldexp(1, level)
	for c := range p.count() {
		s, px, py := 1, 1, 1
		if c > 0 {
			s, px, py = sub, p.subX, p.subY
		}
		x := along(v.from[0], v.to[0], w, s, t.x, unit*float64(px))
		y := along(v.from[1], v.to[1], h, s, t.y, unit*float64(py))
		resample(out.channel[c], p.channel[c], x, y, level)
	}
	if t.swap {
		upright := out.transposed()
		out.free()
		return upright
	}
	return out
}

// along is the axis of a channel whose samples cover sub of n pixels each, which
// show from–to; unit is what a sample of the source covers. Where sub does not
// divide n, the last sample covers more than there is: the first one of the
// forward direction, if that runs back.
func along(from, to float64, n, sub int, back bool, unit float64) axis {
	count := (n + sub - 1) / sub
	step := (to - from) / float64(n)
	over := float64(count*sub-n) * step
	if back {
		from -= over
	} else {
		to += over
	}
	return axis{from / unit, to / unit, count, back}
}
