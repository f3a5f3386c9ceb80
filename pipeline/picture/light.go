package picture

import (
	"image"
	"math"
)

// lights are what each level of red, green and blue shines in the light of sRGB,
// of a profile that is a curve for each channel and a matrix: the colours of such
// a profile add up, so that no grid of nodes is needed.
type lights [3][256][3]float32

// lightsOf finds the lights, if the colours add up.
func lightsOf(to render) (*lights, bool) {
	shine := func(r, g, b float64) (out [3]float64) {
		out[0], out[1], out[2] = to([]float64{r, g, b})
		for i, v := range out {
			out[i] = linear(v)
		}
		return out
	}
	dark := shine(0, 0, 0)
	l := new(lights)
	for v := range 256 {
		x := float64(v) / 255
		for c, in := range [3][3]float64{{x, 0, 0}, {0, x, 0}, {0, 0, x}} {
			for k, y := range shine(in[0], in[1], in[2]) {
				l[c][v][k] = float32(y - dark[k]*2/3)
			}
		}
	}
	for i := range 125 { // a grid that meets no level twice
		levels := [3]int{i % 5 * 61, i / 5 % 5 * 59, i / 25 * 62}
		want := shine(float64(levels[0])/255, float64(levels[1])/255, float64(levels[2])/255)
		for k := range 3 {
			got := l[0][levels[0]][k] + l[1][levels[1]][k] + l[2][levels[2]][k]
			if math.Abs(float64(got)-want[k]) > 1e-4 || math.IsNaN(want[k]) {
				return nil, false
			}
		}
	}
	return l, true
}

// linear is the light of a value of sRGB (IEC 61966-2-1), encoded its inverse; below
// 0 their straight parts go on.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func encoded(v float64) float64 {
	if v <= 0.0031308 {
		return v * 12.92
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}

// apply converts every pixel into a new picture.
func (l *lights) apply(img *image.NRGBA) *image.NRGBA {
	const steps = 1 << 13
	var levels [steps + 1]uint8 // of sRGB, by light
	for i := range levels {
		levels[i] = uint8(255*encoded(float64(i)/steps) + 0.5)
	}
	out := image.NewNRGBA(img.Rect)
	for i := 0; i+3 < len(img.Pix); i += 4 {
		p, q := img.Pix[i:i+4:i+4], out.Pix[i:i+4:i+4]
		r, g, b := &l[0][p[0]], &l[1][p[1]], &l[2][p[2]]
		for k := range 3 {
			v := int32((r[k]+g[k]+b[k])*steps + 0.5)
			q[k] = levels[min(max(v, 0), steps)]
		}
		q[3] = p[3]
	}
	return out
}
