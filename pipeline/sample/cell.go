package sample

import "math"

// A cell is what one crossing looks like: cellSize × cellSize samples, each the
// light there (unit = 1.0) and, in bit weftBit, which yarn is seen.
const (
	cellBits = 6
	cellSize = 1 << cellBits
	unit     = 128 // shade of a surface that faces the light
	weftBit  = 1 << 8
	states   = 8 // top yarn × goes under before × goes under after
)

type cells []uint16 // states × cellSize × cellSize

// relief says how yarns sit in the cloth.
type relief struct {
	warpWidth, weftWidth float64 // share of the pitch a yarn covers
	crimp                float64 // how steeply yarns dive under each other
	depth                float64 // how dark the gaps are, 0 to 1
	light                float64 // direction the light comes from, radians; 0: from the right
}

// state numbers the look of a crossing from its neighbours along the top yarn.
func (w weave) state(end, pick int) uint16 {
	up := w.at(end, pick)
	var s uint16
	before, after := w.at(end, pick-1), w.at(end, pick+1)
	if !up {
		s, before, after = 4, !w.at(end-1, pick), !w.at(end+1, pick)
	}
	if !before {
		s |= 1
	}
	if !after {
		s |= 2
	}
	return s
}

// woven computes the eight cells of a weave: each yarn is a tube that bends
// down where it goes under, lit from one side and darkened in the gaps.
func woven(r relief) cells {
	out := make(cells, states*cellSize*cellSize)
	for s := range states {
		for fy := range cellSize {
			for fx := range cellSize {
				x, y := (float64(fx)+0.5)/cellSize, (float64(fy)+0.5)/cellSize
				shade, weft := r.crossing(s, x, y)
				v := uint16(clamp(shade*unit+0.5, 4, 255))
				if weft {
					v |= weftBit
				}
				out[s<<(2*cellBits)|fy<<cellBits|fx] = v
			}
		}
	}
	return out
}

// crossing returns the light at x, y (0 to 1) of a cell and whether the weft is seen.
func (r relief) crossing(s int, x, y float64) (shade float64, weft bool) {
	across, along, width, other := x, y, r.warpWidth, r.weftWidth
	weft = s&4 != 0
	if weft {
		across, along, width, other = y, x, r.weftWidth, r.warpWidth
	}
	a := (2*across - 1) / width
	end := 0.0 // how far along a diving end, -1 to 1
	if t := 2*along - 1; t < 0 && s&1 != 0 || t > 0 && s&2 != 0 {
		end = t
	}
	round := math.Pow(math.Abs(a), 2.4) + math.Pow(math.Abs(end)/(1.02), 6)
	if round >= 1 { // past the edge: the yarn below, or a hole
		b := math.Abs(2*along-1) / other
		deep := 0.50 - 0.25*clamp(b, 0, 1)
		if b > 1 {
			deep = 0.16
		}
		return 1 - r.depth*(1-deep), !weft
	}
	height := math.Sqrt(1 - round*0.92)
	nx, ny := a*0.85, end*math.Abs(end)*r.crimp
	if weft {
		nx, ny = ny, nx
	}
	nz := 0.55 + height*0.6
	lx, ly := math.Cos(r.light)*0.62, math.Sin(r.light)*0.62
	lambert := (nx*lx + ny*ly + nz*0.78) / math.Sqrt(nx*nx+ny*ny+nz*nz)
	open := 1 - r.depth*0.62*math.Pow(round, 1.6)
	return (0.36 + 0.82*math.Max(lambert, 0)) * open, weft
}

// jersey is one stitch of stocking stitch: two legs of the yarn lean towards
// each other and tuck into the stitch below. It has one state; the courses are
// the picks.
func jersey(r relief) cells {
	out := make(cells, states*cellSize*cellSize)
	for fy := range cellSize {
		for fx := range cellSize {
			x, y := (float64(fx)+0.5)/cellSize, (float64(fy)+0.5)/cellSize
			side := math.Copysign(1, x-0.5)
			top, shade := 0.0, 1-r.depth
			for k := -1.0; k <= 1; k++ { // the legs of this course and of its neighbours
				dx, dy := math.Abs(x-0.5)-0.25, y-0.5-k
				along := (dy - dx*0.42) / 0.80 // from the shoulder, -1, to the foot, 1
				across := (dx + dy*0.30) / 0.225
				round := along*along + across*across
				if round >= 1 {
					continue
				}
				h := math.Sqrt(1-round) * (1 - 0.25*along)
				if h < top {
					continue
				}
				top = h
				lit := across*side*math.Cos(r.light) + 0.6*along*math.Sin(r.light)
				twist := math.Sin((along*3.2 + across*0.9) * math.Pi * 1.6)
				shade = (0.45 + 0.55*math.Sqrt(1-round) + 0.20*lit) * (1 + 0.05*twist) * (1 - 0.25*math.Max(0, along)*r.depth)
			}
			v := uint16(clamp(shade*unit+0.5, 4, 255)) | weftBit
			for s := range states {
				out[s<<(2*cellBits)|fy<<cellBits|fx] = v
			}
		}
	}
	return out
}

// flat has no yarns: felt and table tops get everything from their texture.
func flat() cells {
	out := make(cells, states*cellSize*cellSize)
	for i := range out {
		out[i] = unit
	}
	return out
}
