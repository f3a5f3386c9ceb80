package picture

import (
	"fmt"
	"image"
	"math"
	"strconv"

	"weft/pipeline/recipe"
)

// hue turns all hues by some degrees and keeps the luma: the plane of Cb and Cr
// (ITU-T T.871) is turned around grey. What leaves the range of RGB is cut.
func hue(img *image.NRGBA, s recipe.Step) (*image.NRGBA, error) {
	degrees, err := strconv.ParseFloat(arg(s, 0), 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", arg(s, 0))
	}
	if degrees == 0 {
		return img, nil
	}
	m := hueMatrix(degrees)
	out := image.NewNRGBA(img.Rect)
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p, q := img.Pix[i:i+4:i+4], out.Pix[i:i+4:i+4]
		r, g, b := int32(p[0]), int32(p[1]), int32(p[2])
		q[0] = clip(m[0]*r + m[1]*g + m[2]*b)
		q[1] = clip(m[3]*r + m[4]*g + m[5]*b)
		q[2] = clip(m[6]*r + m[7]*g + m[8]*b)
		q[3] = p[3]
	}
	return out, nil
}

// hueMatrix is what turns RGB by degrees, row by row, in 1/65536.
func hueMatrix(degrees float64) (m [9]int32) {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	luma := [3]float64{0.299, 0.587, 0.114}
	cb := [3]float64{-0.299 / 1.772, -0.587 / 1.772, 0.886 / 1.772}
	cr := [3]float64{0.701 / 1.402, -0.587 / 1.402, -0.114 / 1.402}
	for i := range 3 {
		y, u, v := luma[i], cos*cb[i]-sin*cr[i], sin*cb[i]+cos*cr[i]
		for row, k := range [3]float64{
			y + 1.402*v,
			y - (0.114*1.772*u+0.299*1.402*v)/0.587,
			y + 1.772*u,
		} {
			m[3*row+i] = int32(math.Round(k * 65536))
		}
	}
	return m
}

// clip rounds 1/65536 to a byte.
func clip(v int32) uint8 {
	v += 1 << 15
	if uint32(v) < 1<<24 {
		return uint8(v >> 16)
	}
	return uint8(^(v >> 31)) // 0 below, 255 above
}
