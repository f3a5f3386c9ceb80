package picture

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"strings"

	"github.com/disintegration/imaging"

	"weft/config"
	"weft/pipeline/recipe"
)

// trim cuts off borders of one colour until there is none. What is of one colour
// as a whole stays as it is.
func trim(img *image.NRGBA, s recipe.Step) (*image.NRGBA, error) {
	tolerance, err := percent(arg(s, 0))
	if err != nil {
		return nil, err
	}
	box := img.Rect
	for {
		next := within(img, box, frameColour(img, box), int(tolerance*255+0.5))
		if next.Empty() || next == box {
			break
		}
		box = next
	}
	if box == img.Rect {
		return img, nil
	}
	return imaging.Crop(img, box), nil
}

// within is the part of box inside of its rows and columns that differ from c by
// at most the tolerance; it is empty if there is nothing else.
func within(img *image.NRGBA, box image.Rectangle, c color.NRGBA, tolerance int) image.Rectangle {
	even := func(r image.Rectangle) bool {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				p := img.Pix[img.PixOffset(x, y):]
				if far(p[0], c.R, tolerance) || far(p[1], c.G, tolerance) || far(p[2], c.B, tolerance) || far(p[3], c.A, tolerance) {
					if p[3] != 0 || c.A != 0 { // all that is transparent is alike
						return false
					}
				}
			}
		}
		return true
	}
	for !box.Empty() && even(image.Rect(box.Min.X, box.Min.Y, box.Max.X, box.Min.Y+1)) {
		box.Min.Y++
	}
	for !box.Empty() && even(image.Rect(box.Min.X, box.Max.Y-1, box.Max.X, box.Max.Y)) {
		box.Max.Y--
	}
	for !box.Empty() && even(image.Rect(box.Min.X, box.Min.Y, box.Min.X+1, box.Max.Y)) {
		box.Min.X++
	}
	for !box.Empty() && even(image.Rect(box.Max.X-1, box.Min.Y, box.Max.X, box.Max.Y)) {
		box.Max.X--
	}
	return box
}

func far(a, b uint8, tolerance int) bool {
	return max(int(a)-int(b), int(b)-int(a)) > tolerance
}

// frameColour is the median of the outermost pixels, in each channel.
func frameColour(img *image.NRGBA, box image.Rectangle) color.NRGBA {
	var counts [4][256]int
	n := 0
	count := func(x, y int) {
		for c, v := range img.Pix[img.PixOffset(x, y):][:4] {
			counts[c][v]++
		}
		n++
	}
	for x := box.Min.X; x < box.Max.X; x++ {
		count(x, box.Min.Y)
		count(x, box.Max.Y-1)
	}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		count(box.Min.X, y)
		count(box.Max.X-1, y)
	}
	var median [4]uint8
	for c := range median {
		sum := 0
		for v, k := range counts[c] {
			if sum += k; 2*sum >= n {
				median[c] = uint8(v)
				break
			}
		}
	}
	return color.NRGBA{median[0], median[1], median[2], median[3]}
}

// pad puts a border around the picture.
func pad(img *image.NRGBA, s recipe.Step, l config.Limits) (*image.NRGBA, error) {
	have := img.Rect.Size()
	text, by := strings.CutSuffix(arg(s, 0), "px")
	size, ok := pair(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a size", arg(s, 0))
	}
	if by {
		size = image.Pt(have.X+2*size.X, have.Y+2*size.Y)
	}
	if have.X > size.X || have.Y > size.Y {
		return nil, fmt.Errorf("the picture has %d×%d pixels, which is more: put fit %s before it", have.X, have.Y, text)
	}
	if err := checkPixels(int64(size.X), int64(size.Y), l); err != nil {
		return nil, fmt.Errorf("the result of %w", err)
	}
	place, ground := "center", color.NRGBA{255, 255, 255, 255}
	for _, a := range s.Args[1:] {
		if strings.HasPrefix(a, "#") {
			ground = colour(a)
		} else {
			place = a
		}
	}
	out := image.NewNRGBA(image.Rectangle{Max: size})
	draw.Draw(out, out.Rect, image.NewUniform(ground), image.Point{}, draw.Src)
	at := placed(size.Sub(have), place)
	draw.Draw(out, image.Rectangle{at, at.Add(have)}, img, image.Point{}, draw.Src)
	return out, nil
}

// placed is where a place puts what has that much room.
func placed(room image.Point, place string) image.Point {
	at := room.Div(2)
	if strings.Contains(place, "left") {
		at.X = 0
	} else if strings.Contains(place, "right") {
		at.X = room.X
	}
	if strings.HasPrefix(place, "top") {
		at.Y = 0
	} else if strings.HasPrefix(place, "bottom") {
		at.Y = room.Y
	}
	return at
}

// tile repeats the picture in columns and rows. half-drop puts every other column
// half the height lower, brick every other row half the width further right, both
// going on at the other end; mirror turns every other one over, so that any two
// meet in the same pixels.
func tile(img *image.NRGBA, s recipe.Step, l config.Limits) (*image.NRGBA, error) {
	n, ok := pair(arg(s, 0))
	if !ok || n.X < 1 || n.Y < 1 {
		return nil, errors.New("needs columns and rows")
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if err := checkPixels(int64(n.X)*int64(w), int64(n.Y)*int64(h), l); err != nil {
		return nil, fmt.Errorf("the result of %w", err)
	}
	out := image.NewNRGBA(image.Rect(0, 0, n.X*w, n.Y*h))
	layout := arg(s, 1)
	odd := img // what the odd columns show
	if layout == "mirror" {
		odd = imaging.FlipH(img)
	}
	for y := range n.Y * h {
		row, at := y/h, y%h
		dst := out.Pix[y*out.Stride:]
		if layout == "mirror" && row%2 == 1 {
			at = h - 1 - at
		}
		for column := range n.X {
			from, line := img, at
			if column%2 == 1 {
				if from = odd; layout == "half-drop" {
					line = (at + h - h/2) % h
				}
			}
			copy(dst[4*w*column:4*w*(column+1)], from.Pix[line*from.Stride:][:4*w])
		}
		if layout == "brick" && row%2 == 1 {
			turn := out.Stride - 4*(w/2) // the row turned right by half a picture
			line := append(append(make([]byte, 0, out.Stride), dst[turn:out.Stride]...), dst[:turn]...)
			copy(dst, line)
		}
	}
	return out, nil
}
