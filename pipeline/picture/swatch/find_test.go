package swatch

import (
	"image"
	"image/draw"
	"slices"
	"testing"

	"weft/pipeline/sample"
)

// shot is a layout drawn for a test.
func shot(l sample.Layout, width int) (*image.NRGBA, []polygon) {
	im, quads := l.Shoot(width)
	rgba := image.NewRGBA(im.Rect)
	draw.Draw(rgba, rgba.Rect, im, image.Point{}, draw.Src)
	w, h := float64(im.Rect.Dx()), float64(im.Rect.Dy())
	frame := polygon{{0, 0}, {w, 0}, {w, h}, {0, h}}
	var truth []polygon
	for _, q := range quads {
		var p polygon
		for _, c := range q {
			p = append(p, Point{c[0], c[1]})
		}
		truth = append(truth, p.within(frame))
	}
	return &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}, truth
}

// polygon is convex and clockwise on the screen.
type polygon []Point

// within is the part of p that lies in q (Sutherland and Hodgman 1974).
func (p polygon) within(q polygon) polygon {
	for i, a := range q {
		along := q[(i+1)%len(q)].minus(a)
		var out polygon
		for k, c := range p {
			d := p[(k+1)%len(p)]
			u, v := along.cross(c.minus(a)), along.cross(d.minus(a))
			if u >= 0 {
				out = append(out, c)
			}
			if u*v < 0 {
				out = append(out, c.plus(d.minus(c).times(u/(u-v))))
			}
		}
		p = out
	}
	return p
}

// overlap is the intersection over union of two polygons, 0 to 1.
func overlap(p, q polygon) float64 {
	both := p.within(q)
	if len(both) < 3 {
		return 0
	}
	return area(both) / (area(p) + area(q) - area(both))
}

// score tells how many swatches were found with 90 % overlap, the mean overlap
// of all, and how many finds are none.
func score(truth []polygon, found []Quad) (hit int, mean float64, wrong int) {
	used := make([]bool, len(found))
	for _, t := range truth {
		best, at := 0.0, -1
		for i, f := range found {
			if v := overlap(f[:], t); v > best && !used[i] {
				best, at = v, i
			}
		}
		mean += best / float64(len(truth))
		if best >= 0.9 {
			hit++
			used[at] = true
		}
	}
	for _, u := range used {
		if !u {
			wrong++
		}
	}
	return hit, mean, wrong
}

// Of the swatches in the sample photos and in layouts hard to take apart, at least
// 95 % are found with 90 % overlap, and at most one find in 50 is none.
func TestFind(t *testing.T) {
	width, layouts := 1600, sample.Layouts()
	if raced { // the detector makes drawing ten times slower, and has nothing to find in it
		width, layouts = 1000, layouts[4:5]
	}
	all, hits, wrongs := 0, 0, 0
	for _, l := range layouts {
		im, truth := shot(l, width)
		found, err := Find(t.Context(), im, Options{})
		if err != nil {
			t.Fatal(err)
		}
		hit, mean, wrong := score(truth, found)
		t.Logf("%-26s %2d of %2d swatches, mean overlap %.3f, %d wrong", l.Name, hit, len(truth), mean, wrong)
		all, hits, wrongs = all+len(truth), hits+hit, wrongs+wrong
	}
	t.Logf("in all %d of %d (%.1f %%), %d wrong", hits, all, 100*float64(hits)/float64(all), wrongs)
	if hits*100 < all*95 || wrongs*50 > hits {
		t.Errorf("%d of %d swatches were found, and %d that are none", hits, all, wrongs)
	}
}

// The same picture gives the same quads each time.
func TestSame(t *testing.T) {
	im, _ := shot(sample.Layouts()[4], 700)
	a, err := Find(t.Context(), im, Options{})
	b, err2 := Find(t.Context(), im, Options{})
	if len(a) == 0 || !slices.Equal(a, b) || err != nil || err2 != nil {
		t.Errorf("first %v, %v, then %v, %v", a, err, b, err2)
	}
}
