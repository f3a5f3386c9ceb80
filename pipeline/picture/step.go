package picture

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"strconv"
	"strings"

	"github.com/disintegration/imaging"

	"weft/config"
	"weft/pipeline/recipe"
)

// apply carries out one step on img and leaves img as it is. full is the size
// img stands for: larger than img if it comes from a higher level.
func apply(img *image.NRGBA, s recipe.Step, full image.Point, l config.Limits) (*image.NRGBA, error) {
	switch s.Name {
	case "fit", "fill", "resize":
		return scale(img, s, full, l)
	case "crop":
		return crop(img, s)
	case "rotate":
		return rotate(img, s, l)
	case "flip":
		if arg(s, 0) == "v" {
			return imaging.FlipV(img), nil
		}
		return imaging.FlipH(img), nil
	case "grayscale":
		return imaging.Grayscale(img), nil
	case "trim":
		return trim(img, s)
	case "pad":
		return pad(img, s, l)
	case "tile":
		return tile(img, s, l)
	case "hue":
		return hue(img, s)
	case "colourway":
		return colourway(img, s)
	case "watermark":
		return watermark(img, s)
	case "jpeg", "png", "webp", "avif":
		return img, nil
	}
	filter, ok := filters[s.Name]
	if !ok {
		return nil, fmt.Errorf("this version of weft does not know the step %q", s.Name)
	}
	n, err := strconv.ParseFloat(arg(s, 0), 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", arg(s, 0))
	}
	return filter(img, n), nil
}

// filters are the steps with one number.
var filters = map[string]func(image.Image, float64) *image.NRGBA{
	"sharpen":    imaging.Sharpen,
	"blur":       imaging.Blur,
	"brightness": imaging.AdjustBrightness,
	"contrast":   imaging.AdjustContrast,
	"saturation": imaging.AdjustSaturation,
	"gamma":      imaging.AdjustGamma,
}

func arg(s recipe.Step, i int) string {
	if i < len(s.Args) {
		return s.Args[i]
	}
	return ""
}

// pair reads "WxH".
func pair(s string) (image.Point, bool) {
	w, h, _ := strings.Cut(s, "x")
	x, err1 := strconv.Atoi(w)
	y, err2 := strconv.Atoi(h)
	return image.Pt(x, y), err1 == nil && err2 == nil && x >= 0 && y >= 0
}

// target is the size that a scaling step brings a whole picture of the size
// full to; for fill it is the size before the cut.
func target(s recipe.Step, full image.Point) (image.Point, bool) {
	by := func(f float64) image.Point {
		round := func(n int) int { return max(1, int(math.Round(min(float64(n)*f, 1e9)))) }
		return image.Pt(round(full.X), round(full.Y))
	}
	if number, percent := strings.CutSuffix(arg(s, 0), "%"); percent && s.Name == "resize" {
		v, err := strconv.ParseFloat(number, 64)
		return by(v / 100), err == nil && v > 0
	}
	size, ok := pair(arg(s, 0))
	if !ok || size.X+size.Y == 0 {
		return image.Point{}, false
	}
	fx, fy := float64(size.X)/float64(full.X), float64(size.Y)/float64(full.Y)
	switch {
	case s.Name == "fit":
		return by(min(fx, fy, 1)), true
	case s.Name == "fill":
		out := by(max(fx, fy))
		return image.Pt(max(out.X, size.X), max(out.Y, size.Y)), true
	case s.Name != "resize":
		return image.Point{}, false
	case size.X == 0:
		return image.Pt(by(fy).X, size.Y), true
	case size.Y == 0:
		return image.Pt(size.X, by(fx).Y), true
	}
	return size, true
}

// scaled is the size of what a scaling step makes of a picture of the size full.
func scaled(s recipe.Step, full image.Point, l config.Limits) (image.Point, error) {
	size, ok := target(s, full)
	if s.Name == "fill" {
		size, ok = pair(arg(s, 0))
	}
	if !ok || size.X <= 0 || size.Y <= 0 {
		return size, fmt.Errorf("%q is not a size", arg(s, 0))
	}
	if err := checkPixels(int64(size.X), int64(size.Y), l); err != nil {
		return size, fmt.Errorf("the result of %w", err)
	}
	return size, nil
}

func scale(img *image.NRGBA, s recipe.Step, full image.Point, l config.Limits) (*image.NRGBA, error) {
	size, err := scaled(s, full, l)
	if err != nil {
		return nil, err
	}
	if s.Name == "fill" {
		return fill(img, full, size, arg(s, 1)), nil
	}
	if size == img.Rect.Max {
		return img, nil
	}
	return imaging.Resize(img, size.X, size.Y, imaging.Lanczos), nil
}

// fill cuts the part that has the box's proportions and scales that. What to cut
// is found in full, so that it is the same on every level to within half a pixel
// of the level, which is at most half a pixel of the result.
func fill(img *image.NRGBA, full, box image.Point, gravity string) *image.NRGBA {
	w, h := float64(full.X), float64(full.Y)
	left, top, right, bottom := fillPart(full, box, gravity)
	if gravity == "smart" {
		x, y := busiest(img, (right-left)/w, (bottom-top)/h)
		left, top, right, bottom = x*w, y*h, x*w+right-left, y*h+bottom-top
	}
	x0, x1 := span(left/w, right/w, img.Rect.Dx())
	y0, y1 := span(top/h, bottom/h, img.Rect.Dy())
	return imaging.Resize(img.SubImage(image.Rect(x0, y0, x1, y1)), box.X, box.Y, imaging.Lanczos)
}

// fillPart is the part of a picture of the size full that has the box's
// proportions and lies where gravity says.
func fillPart(full, box image.Point, gravity string) (left, top, right, bottom float64) {
	w, h := float64(full.X), float64(full.Y)
	f := min(w/float64(box.X), h/float64(box.Y))
	cutW, cutH := float64(box.X)*f, float64(box.Y)*f
	left, top = (w-cutW)/2, (h-cutH)/2
	if strings.Contains(gravity, "left") {
		left = 0
	} else if strings.Contains(gravity, "right") {
		left = w - cutW
	}
	if strings.Contains(gravity, "top") {
		top = 0
	} else if strings.Contains(gravity, "bottom") {
		top = h - cutH
	}
	return left, top, left + cutW, top + cutH
}

// span brings a part of 0 to 1 to at least one of n whole pixels.
func span(from, to float64, n int) (int, int) {
	a := min(int(math.Round(from*float64(n))), n-1)
	return a, max(a+1, min(int(math.Round(to*float64(n))), n))
}

// crop cuts out the box as far as the picture reaches.
func crop(img *image.NRGBA, s recipe.Step) (*image.NRGBA, error) {
	box, err := cropBox(s, img.Rect.Max)
	if err != nil {
		return nil, err
	}
	return imaging.Crop(img, box), nil
}

// cropBox is the part that a crop step cuts out of a picture of the size full.
func cropBox(s recipe.Step, full image.Point) (image.Rectangle, error) {
	parts := strings.Split(arg(s, 0), "+")
	size, ok := pair(parts[0])
	if !ok {
		return image.Rectangle{}, fmt.Errorf("%q is not a box", arg(s, 0))
	}
	at := full.Sub(size).Div(2)
	if len(parts) == 1 {
		gravity := arg(s, 1)
		if strings.Contains(gravity, "left") {
			at.X = 0
		} else if strings.Contains(gravity, "right") {
			at.X = full.X - size.X
		}
		if strings.Contains(gravity, "top") {
			at.Y = 0
		} else if strings.Contains(gravity, "bottom") {
			at.Y = full.Y - size.Y
		}
	} else {
		x, err1 := strconv.Atoi(parts[1])
		y, err2 := strconv.Atoi(parts[len(parts)-1])
		if err1 != nil || err2 != nil || len(parts) != 3 {
			return image.Rectangle{}, fmt.Errorf("%q is not a box", arg(s, 0))
		}
		at = image.Pt(x, y)
	}
	box := image.Rectangle{at, at.Add(size)}.Intersect(image.Rectangle{Max: full})
	if box.Empty() {
		return box, fmt.Errorf("the box lies outside of the picture of %d×%d pixels", full.X, full.Y)
	}
	return box, nil
}

// rotate turns clockwise; imaging turns the other way.
func rotate(img *image.NRGBA, s recipe.Step, l config.Limits) (*image.NRGBA, error) {
	switch arg(s, 0) {
	case "90":
		return imaging.Rotate270(img), nil
	case "180":
		return imaging.Rotate180(img), nil
	case "270":
		return imaging.Rotate90(img), nil
	}
	degrees, err := strconv.ParseFloat(arg(s, 0), 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not an angle", arg(s, 0))
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	if err := checkPixels(int64(math.Abs(w*cos)+math.Abs(h*sin)), int64(math.Abs(w*sin)+math.Abs(h*cos)), l); err != nil {
		return nil, fmt.Errorf("the result of %w", err)
	}
	return imaging.Rotate(img, 360-degrees, colour(arg(s, 1))), nil
}

// colour reads "#rrggbb" or "#rrggbbaa"; anything else is white.
func colour(s string) color.NRGBA {
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	switch {
	case err != nil:
		return color.NRGBA{255, 255, 255, 255}
	case len(s) == 7:
		v = v<<8 | 255
	}
	return color.NRGBA{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}
}

// orient undoes an EXIF orientation (CIPA DC-008, tag 274).
func orient(img *image.NRGBA, orientation int) *image.NRGBA {
	turns := [...]func(image.Image) *image.NRGBA{
		2: imaging.FlipH, 3: imaging.Rotate180, 4: imaging.FlipV,
		5: imaging.Transpose, 6: imaging.Rotate270, 7: imaging.Transverse, 8: imaging.Rotate90,
	}
	if orientation < 2 || orientation > 8 {
		return img
	}
	return turns[orientation](img)
}
