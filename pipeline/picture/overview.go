package picture

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"weft/pipeline/picture/swatch"
)

// The sizes of the sheet that shows what was found in a photo, in pixels.
const (
	sheetWide   = 1600
	sheetHigh   = 1200 // of the photo in it
	sheetColumn = 200
	thumbSide   = 176
	lettersHigh = 26
)

// photoFor is the photo as large as the sheet shows it, or larger.
func photoFor(img *image.NRGBA) *image.NRGBA {
	for max(img.Rect.Dx(), img.Rect.Dy()) >= 2*sheetWide {
		img = halve(img)
	}
	return img
}

func thumbnail(img *image.NRGBA) *image.NRGBA {
	for max(img.Rect.Dx(), img.Rect.Dy()) >= 4*thumbSide {
		img = halve(img)
	}
	return imaging.Fit(img, thumbSide, thumbSide, imaging.Linear)
}

// overview draws the upright photo with numbered outlines, and below it what was
// cut out.
func overview(photo *image.NRGBA, found Found, small []*image.NRGBA) *image.NRGBA {
	photo = imaging.Fit(photo, sheetWide, sheetHigh, imaging.Lanczos)
	columns := sheetWide / sheetColumn
	rows := (len(small) + columns - 1) / columns
	const cell = sheetColumn + lettersHigh
	sheet := imaging.New(sheetWide, photo.Rect.Dy()+rows*cell+(sheetColumn-thumbSide)/2, color.NRGBA{R: 250, G: 250, B: 248, A: 255})
	at := image.Pt((sheetWide-photo.Rect.Dx())/2, 0)
	scale := float64(photo.Rect.Dx()) / float64(found.Width)
	DrawOutlines(photo, found.Swatches, scale, 2)
	face, err := openFace(lettersHigh)
	if err == nil {
		for i, q := range found.Swatches {
			badge(photo, face, q.Scaled(scale).Middle(), strconv.Itoa(i+1))
		}
	}
	draw.Draw(sheet, photo.Rect.Add(at), photo, image.Point{}, draw.Src)
	for i, s := range small {
		x, y := i%columns*sheetColumn, photo.Rect.Dy()+i/columns*cell+(sheetColumn-thumbSide)/2
		middle := image.Pt(x+(sheetColumn-s.Rect.Dx())/2, y+(thumbSide-s.Rect.Dy())/2)
		draw.Draw(sheet, s.Rect.Add(middle), s, image.Point{}, draw.Src)
		if face != nil {
			text := strconv.Itoa(i + 1)
			wide := font.MeasureString(face, text).Round()
			letters(sheet, face, fixed.P(x+(sheetColumn-wide)/2, y+thumbSide+lettersHigh), text, color.NRGBA{R: 40, G: 40, B: 40, A: 255})
		}
	}
	if face != nil {
		face.Close()
	}
	return sheet
}

// badge writes a number in a disc.
func badge(img *image.NRGBA, face font.Face, at swatch.Point, text string) {
	const radius = lettersHigh * 0.85
	for y := int(at.Y - radius); y <= int(at.Y+radius)+1; y++ {
		for x := int(at.X - radius); x <= int(at.X+radius)+1; x++ {
			if cover := radius + 0.5 - math.Hypot(float64(x)+0.5-at.X, float64(y)+0.5-at.Y); cover > 0 {
				paint(img, x, y, color.NRGBA{R: 255, G: 255, B: 255, A: 255}, min(cover, 1))
			}
		}
	}
	wide := font.MeasureString(face, text)
	high := face.Metrics().CapHeight
	letters(img, face, fixed.Point26_6{X: fixed.Int26_6(at.X*64) - wide/2, Y: fixed.Int26_6(at.Y*64) + high/2}, text, color.NRGBA{R: 190, G: 0, B: 90, A: 255})
}

// DrawOutlines draws quads, scaled, into a picture: lines that are half pixels
// wide on either side, red on white, so that they show on any cloth.
func DrawOutlines(img *image.NRGBA, quads []swatch.Quad, scale, half float64) {
	for _, q := range quads {
		q = q.Scaled(scale)
		for i, a := range q {
			b := q[(i+1)%4]
			x0, x1 := int(min(a.X, b.X)-3*half-1), int(max(a.X, b.X)+3*half+1)
			y0, y1 := int(min(a.Y, b.Y)-3*half-1), int(max(a.Y, b.Y)+3*half+1)
			for y := max(y0, 0); y <= min(y1, img.Rect.Dy()-1); y++ {
				for x := max(x0, 0); x <= min(x1, img.Rect.Dx()-1); x++ {
					d := fromSegment(float64(x)+0.5, float64(y)+0.5, a, b)
					if cover := 1.6*half + 0.5 - d; cover > 0 && d > half {
						paint(img, x, y, color.NRGBA{R: 255, G: 255, B: 255, A: 255}, min(cover, 1)*0.8)
					}
					if cover := half + 0.5 - d; cover > 0 {
						paint(img, x, y, color.NRGBA{R: 230, G: 0, B: 110, A: 255}, min(cover, 1))
					}
				}
			}
		}
	}
}

// fromSegment is how far a place is from a stretch of line.
func fromSegment(x, y float64, a, b swatch.Point) float64 {
	dx, dy := b.X-a.X, b.Y-a.Y
	t := ((x-a.X)*dx + (y-a.Y)*dy) / max(dx*dx+dy*dy, 1e-9)
	t = min(max(t, 0), 1)
	return math.Hypot(x-a.X-t*dx, y-a.Y-t*dy)
}

// paint covers a share of a pixel.
func paint(img *image.NRGBA, x, y int, c color.NRGBA, share float64) {
	if !image.Pt(x, y).In(img.Rect) {
		return
	}
	p := img.Pix[img.PixOffset(x, y):][:3]
	for i, v := range [3]uint8{c.R, c.G, c.B} {
		p[i] = uint8(float64(p[i])*(1-share) + float64(v)*share + 0.5)
	}
}
