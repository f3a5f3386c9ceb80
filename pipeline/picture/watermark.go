package picture

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"
	"strings"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"weft/pipeline/recipe"
)

// watermark writes the text in white with a dark halo, so that it shows on any
// cloth. A text too wide for the picture is made smaller.
func watermark(img *image.NRGBA, s recipe.Step) (*image.NRGBA, error) {
	opacity, err := percent(arg(s, 2))
	if err != nil {
		return nil, err
	}
	height, err := letterHeight(arg(s, 3), img.Rect)
	if err != nil {
		return nil, err
	}
	face, err := openFace(height)
	if err != nil {
		return nil, err
	}
	room := float64(img.Rect.Dx()) - 2*height
	if wide := float64(font.MeasureString(face, arg(s, 0))) / 64; wide > room {
		face.Close()
		height = max(4, height*max(room, 1)/wide)
		if face, err = openFace(height); err != nil {
			return nil, err
		}
	}
	defer face.Close()
	out := image.NewNRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	at := textOrigin(out.Rect, face, arg(s, 0), arg(s, 1), height)
	halo(out, face, at, arg(s, 0), height, opacity)
	letters(out, face, at, arg(s, 0), color.NRGBA{R: 255, G: 255, B: 255, A: byte(opacity * 255)})
	return out, nil
}

func letters(dst draw.Image, face font.Face, at fixed.Point26_6, text string, c color.NRGBA) {
	d := font.Drawer{Dst: dst, Src: image.NewUniform(c), Face: face, Dot: at}
	d.DrawString(text)
}

// halo darkens the cloth around the letters, which also calms its pattern there:
// a shadow on one side only is lost among light and dark yarns.
func halo(dst *image.NRGBA, face font.Face, at fixed.Point26_6, text string, height, opacity float64) {
	soft := min(max(height/9, 0.8), 12)
	bounds, _ := font.BoundString(face, text)
	bounds = bounds.Add(at)
	reach := int(3*soft) + 1
	box := image.Rect(bounds.Min.X.Floor(), bounds.Min.Y.Floor(), bounds.Max.X.Ceil(), bounds.Max.Y.Ceil()).Inset(-reach).Intersect(dst.Rect)
	if box.Empty() {
		return
	}
	sharp := image.NewNRGBA(box)
	letters(sharp, face, at, text, color.NRGBA{A: 255})
	dark := imaging.Blur(sharp, soft)
	for i := 3; i < len(dark.Pix); i += 4 { // less below the letters themselves, which shall be bright
		around := min(2.2*float64(dark.Pix[i]), 255) - 0.6*float64(sharp.Pix[i])
		dark.Pix[i] = byte(max(around, 0) * min(1, opacity*1.2))
	}
	draw.Draw(dst, box, dark, image.Point{}, draw.Over)
}

func openFace(height float64) (font.Face, error) {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, fmt.Errorf("watermark: font: %w", err)
	}
	return opentype.NewFace(f, &opentype.FaceOptions{Size: height, DPI: 72, Hinting: font.HintingNone})
}

// percent reads "50%" as 0.5.
func percent(s string) (float64, error) {
	v, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil || v < 0 || v > 100 {
		return 0, fmt.Errorf("%q is not a percentage", s)
	}
	return v / 100, nil
}

// letterHeight reads "24px", or "4%" of the shorter side, in pixels.
func letterHeight(s string, box image.Rectangle) (float64, error) {
	if number, ok := strings.CutSuffix(s, "px"); ok {
		v, err := strconv.ParseFloat(number, 64)
		if err != nil || v <= 0 {
			return 0, fmt.Errorf("%q is not a size", s)
		}
		return v, nil
	}
	v, err := percent(s)
	return max(6, v*float64(min(box.Dx(), box.Dy()))), err
}

// textOrigin is where the baseline starts for a place, half a letter from the edges.
func textOrigin(box image.Rectangle, face font.Face, text, place string, height float64) fixed.Point26_6 {
	wide := float64(font.MeasureString(face, text)) / 64
	m := face.Metrics()
	up, down := float64(m.Ascent)/64, float64(m.Descent)/64
	margin := height / 2
	x := (float64(box.Dx()) - wide) / 2
	y := (float64(box.Dy()) + up - down) / 2
	if strings.Contains(place, "left") {
		x = margin
	} else if strings.Contains(place, "right") {
		x = float64(box.Dx()) - wide - margin
	}
	if strings.HasPrefix(place, "top") {
		y = margin + up
	} else if strings.HasPrefix(place, "bottom") {
		y = float64(box.Dy()) - margin - down
	}
	return fixed.Point26_6{X: fixed.Int26_6(math.Round(x * 64)), Y: fixed.Int26_6(math.Round(y * 64))}
}
