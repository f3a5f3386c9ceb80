package picture

import (
	"encoding/binary"
	"image"
	"math"
	"sync"
)

// space is how a picture's RGB becomes sRGB: each channel by a curve into linear
// light, a matrix, and sRGB's own curve (IEC 61966-2-1).
type space struct {
	curves [3][256]float32
	matrix [3][3]float32
}

// The primaries of sRGB as profiles hold them, adapted to D50 by Bradford: the
// columns are red, green and blue, the rows X, Y and Z (ICC, sRGB2014.icc).
var srgbD50 = [3][3]float64{{0.43607, 0.38515, 0.14307}, {0.22249, 0.71687, 0.06061}, {0.01392, 0.09708, 0.71410}}

// readSpace reads a colour profile that consists of curves and a matrix, as
// those of cameras, phones and screens do (ICC.1:2022, 8.3.3). It is nil where
// there is nothing to do or to know: without a profile, for sRGB itself, for grey
// and CMYK, and for profiles of tables.
func readSpace(icc []byte) *space {
	if len(icc) < 132 || string(icc[16:20]) != "RGB " || string(icc[20:24]) != "XYZ " || string(icc[36:40]) != "acsp" {
		return nil
	}
	var s space
	var primaries [3][3]float64
	for c, name := range []string{"r", "g", "b"} {
		xyz, curve := profileTag(icc, name+"XYZ"), profileTag(icc, name+"TRC")
		if len(xyz) < 20 || string(xyz[:4]) != "XYZ " || !readCurve(curve, &s.curves[c]) {
			return nil
		}
		for row := range 3 {
			primaries[row][c] = fixed16(xyz[8+4*row:])
		}
	}
	back, ok := inverse(srgbD50)
	if !ok {
		return nil
	}
	same := true
	for i := range 3 {
		for j := range 3 {
			v := 0.0
			for k := range 3 {
				v += back[i][k] * primaries[k][j]
			}
			unit := 0.0
			if i == j {
				unit = 1
			}
			same = same && math.Abs(v-unit) < 0.01
			s.matrix[i][j] = float32(v)
		}
	}
	for c := range 3 {
		for v := 0; v < 256; v += 15 {
			same = same && math.Abs(float64(s.curves[c][v])-linear(float64(v)/255)) < 0.005
		}
	}
	if same {
		return nil
	}
	return &s
}

// profileTag is the data of a tag, or nil.
func profileTag(icc []byte, name string) []byte {
	order := binary.BigEndian
	for i := range min(int(order.Uint32(icc[128:])), maxProfileTags) {
		at := 132 + 12*i
		if at+12 > len(icc) {
			return nil
		}
		if string(icc[at:at+4]) != name {
			continue
		}
		from, length := int64(order.Uint32(icc[at+4:])), int64(order.Uint32(icc[at+8:]))
		if from+length > int64(len(icc)) {
			return nil
		}
		return icc[from : from+length]
	}
	return nil
}

// fixed16 is an s15Fixed16Number.
func fixed16(b []byte) float64 { return float64(int32(binary.BigEndian.Uint32(b))) / 65536 }

// readCurve reads a curveType or parametricCurveType (10.6, 10.18) at 256 places.
func readCurve(tag []byte, out *[256]float32) bool {
	order := binary.BigEndian
	if len(tag) < 12 {
		return false
	}
	var f func(x float64) float64
	switch n := int64(order.Uint32(tag[8:])); string(tag[:4]) {
	case "curv":
		switch {
		case n == 0:
			f = func(x float64) float64 { return x }
		case 12+2*n > int64(len(tag)):
			return false
		case n == 1:
			gamma := float64(order.Uint16(tag[12:])) / 256
			f = func(x float64) float64 { return math.Pow(x, gamma) }
		default:
			f = func(x float64) float64 {
				at := x * float64(n-1)
				i := min(int64(at), n-2)
				a, b := float64(order.Uint16(tag[12+2*i:])), float64(order.Uint16(tag[14+2*i:]))
				return (a + (b-a)*(at-float64(i))) / 65535
			}
		}
	case "para":
		kind := int(order.Uint16(tag[8:]))
		counts := []int{1, 3, 4, 5, 7}
		if kind >= len(counts) || len(tag) < 12+4*counts[kind] {
			return false
		}
		p := [7]float64{0, 1} // g a b c d e f, as they are where the kind has them not
		for i := range counts[kind] {
			p[i] = fixed16(tag[12+4*i:])
		}
		f = parametric(kind, p)
	default:
		return false
	}
	for v := range out {
		y := f(float64(v) / 255)
		if math.IsNaN(y) {
			return false
		}
		out[v] = float32(min(max(y, 0), 1))
	}
	return true
}

func parametric(kind int, p [7]float64) func(x float64) float64 {
	g, a, b, c, d, e, f := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	curve := func(x float64) float64 { return math.Pow(max(a*x+b, 0), g) }
	switch kind {
	case 0:
		return func(x float64) float64 { return math.Pow(x, g) }
	case 1, 2: // c is what is added, and stands below -b/a alone
		return func(x float64) float64 {
			if a*x+b < 0 {
				return c
			}
			return curve(x) + c
		}
	}
	return func(x float64) float64 { // kind 3 has no e and f
		if x < d {
			return c*x + f
		}
		return curve(x) + e
	}
}

// inverse inverts a matrix; ok is false if it has none.
func inverse(m [3][3]float64) (out [3][3]float64, ok bool) {
	minor := func(i, j int) float64 {
		a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return m[a][c]*m[b][d] - m[a][d]*m[b][c]
	}
	det := m[0][0]*minor(0, 0) + m[0][1]*minor(0, 1) + m[0][2]*minor(0, 2)
	for i := range 3 {
		for j := range 3 {
			out[j][i] = minor(i, j) / det
		}
	}
	return out, math.Abs(det) > 1e-9
}

// linear and encoded are the curve of sRGB and its inverse, from 0 to 1.
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

// encodedTable is encoded at 4096 places, as bytes.
var encodedTable = sync.OnceValue(func() *[4097]byte {
	var t [4097]byte
	for i := range t {
		t[i] = byte(math.Round(255 * encoded(float64(i)/4096)))
	}
	return &t
})

// toSRGB converts one colour.
func (s *space) toSRGB(r, g, b byte) (byte, byte, byte) {
	table := encodedTable()
	x, y, z := s.curves[0][r], s.curves[1][g], s.curves[2][b]
	var out [3]byte
	for i, m := range s.matrix {
		out[i] = table[int(4096*min(max(m[0]*x+m[1]*y+m[2]*z, 0), 1)+0.5)]
	}
	return out[0], out[1], out[2]
}

// convert brings a picture into sRGB, in place. A nil space leaves it as it is.
func (s *space) convert(img *image.NRGBA) {
	if s == nil {
		return
	}
	for p := img.Pix; len(p) >= 4; p = p[4:] {
		p[0], p[1], p[2] = s.toSRGB(p[0], p[1], p[2])
	}
}
