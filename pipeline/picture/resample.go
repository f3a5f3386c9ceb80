package picture

import (
	"encoding/binary"
	"math"
	"sync"
)

// axis tells how one direction of a plane is resampled: the part from–to of it,
// in samples from its first edge, becomes n samples, which run backwards if back.
type axis struct {
	from, to float64
	n        int
	back     bool
}

func (a axis) step() float64 { return (a.to - a.from) / float64(a.n) }

// plain tells whether samples are only copied.
func (a axis) plain() bool { return a.step() == 1 && a.from == math.Trunc(a.from) }

// at is where the i-th sample of the forward direction goes.
func (a axis) at(i int) int {
	if a.back {
		return a.n - 1 - i
	}
	return i
}

// Weights are integers that add up to 1 << weightBits, so that every machine
// gives the same samples, and two sums fit into the halves of 64 bits.
const (
	weightBits = 14
	half       = 1 << (weightBits - 1)
	halves     = half | half<<32
)

// kernel says what each sample of a result is made of: taps samples from
// first[i] on, each times its weight[i*taps+k]. taps is a multiple of four;
// there may be fewer samples than first[i]+taps, and the weights of those that
// are missing are 0.
type kernel struct {
	taps   int
	first  []int32
	weight []int32
}

// lanczos makes the kernel of a Lanczos filter of three lobes over n samples
// (Duchon, Lanczos filtering in one and two dimensions, 1979).
// What the means of a level have taken from fine detail it gives back, as far as
// that is left.
func lanczos(a axis, n, level int) kernel {
	table := lobes()
	wide := max(1, a.step())
	at := func(x float64) float64 {
		x = math.Abs(x) * tableStep / wide
		if i := int(x); i < len(table)-1 {
			return table[i] + (table[i+1]-table[i])*(x-float64(i))
		}
		return 0
	}
	// The mean of 2^level samples leaves 1 − (πF)²/6 · (1 − 4^−level) of a wave of F
	// periods to a sample of the level; a second difference is −(2πF)².
	lost := (1 - math.Ldexp(1, -2*level)) / 24
	return shape(a, n, 3*wide, func(x float64) float64 {
		return at(x) - lost*(at(x-1)-2*at(x)+at(x+1))
	})
}

// shape makes the kernel of a filter over n samples from what a sample weighs at
// a distance, up to reach. Beyond the edges nothing is made up: the weights of
// what is there add up to one.
func shape(a axis, n int, reach float64, weigh func(distance float64) float64) kernel {
	k := kernel{taps: (min(n, int(2*reach)+1) + 3) &^ 3}
	k.first, k.weight = make([]int32, a.n), make([]int32, a.n*k.taps)
	row := make([]float64, k.taps)
	for i := range a.n {
		centre := a.from + (float64(i)+0.5)*a.step() - 0.5
		first := min(max(int(math.Ceil(centre-reach)), 0), n-1)
		last := max(min(int(math.Floor(centre+reach)), n-1, first+k.taps-1), first)
		sum := 0.0
		for j := first; j <= last; j++ {
			row[j-first] = weigh(min(math.Abs(float64(j)-centre), reach))
			sum += row[j-first]
		}
		k.first[i] = int32(first)
		if sum == 0 { // the part lies outside of the plane
			row[0], sum, last = 1, 1, first
		}
		done, total := 0, 0.0
		for j := range last - first + 1 {
			total += row[j] / sum * (1 << weightBits)
			up := int(math.Round(total))
			k.weight[i*k.taps+j] = int32(up - done) // what rounding takes from one it gives to the next
			done = up
		}
	}
	return k
}

// tableStep is how many entries of lobes are one sample.
const tableStep = 1024

// lobes is the Lanczos filter from 0 to 3.
var lobes = sync.OnceValue(func() []float64 {
	t := make([]float64, 3*tableStep+1)
	t[0] = 1
	for i := 1; i < len(t)-1; i++ {
		x := math.Pi * float64(i) / tableStep
		t[i] = 3 * math.Sin(x) * math.Sin(x/3) / (x * x)
	}
	return t
})

// resample makes dst, of x.n × y.n samples, from a part of src, a channel of a level.
func resample(dst, src plane, x, y axis, level int) {
	if level == 0 && x.plain() && y.plain() {
		copySamples(dst, src, x, y)
		return
	}
	filter(dst, src, x, y, lanczos(x, src.w, level), lanczos(y, src.h, level))
}

// filter makes dst, of x.n × y.n samples, from src by a kernel for the rows and
// one for the columns: first each row, then down the columns, over so few rows
// that they stay in the cache.
func filter(dst, src plane, x, y axis, across, down kernel) {
	stride := (x.n + 7) &^ 7
	rows := down.taps + 2
	ring := grab(rows * stride)
	defer release(ring)
	packed := make([]uint64, src.w+across.taps)
	sums := make([]uint64, stride/2)
	next := 0 // the first row of src not in the ring
	parts := make([][]byte, down.taps)
	for i := range y.n {
		first := int(down.first[i])
		next = max(next, first)
		for last := min(first+down.taps, src.h); next < last; next += 2 {
			a, b := next%rows*stride, (next+1)%rows*stride
			row := src.pix[next*src.stride:][:src.w]
			below := row
			if next+1 < src.h {
				below = src.pix[(next+1)*src.stride:][:src.w]
			}
			across.rows(ring[a:a+x.n], ring[b:b+x.n], row, below, packed, x)
		}
		for k := range parts {
			parts[k] = ring[min(first+k, src.h-1)%rows*stride:][:stride]
		}
		out := dst.pix[y.at(i)*dst.stride:][:x.n]
		down.column(out, parts, down.weight[i*down.taps:][:down.taps], sums)
	}
}

// rows filters two rows at once: one in the lower, one in the upper half of 64 bits.
func (k *kernel) rows(outA, outB, a, b []byte, packed []uint64, x axis) {
	b = b[:len(a)]
	lanes := packed[:len(a)]
	for j, v := range a {
		lanes[j] = uint64(v) | uint64(b[j])<<32
	}
	outB = outB[:len(outA)]
	at, step := 0, 1
	if x.back {
		at, step = len(outA)-1, -1
	}
	weight := k.weight
	for _, first := range k.first {
		w := weight[:k.taps:k.taps]
		weight = weight[k.taps:]
		p := packed[first:][:len(w)]
		s := uint64(halves)
		for len(w) >= 4 && len(p) >= 4 {
			s += uint64(int64(w[0]))*p[0] + uint64(int64(w[1]))*p[1] + uint64(int64(w[2]))*p[2] + uint64(int64(w[3]))*p[3]
			w, p = w[4:], p[4:]
		}
		outA[at], outB[at] = lower(s), upper(s)
		at += step
	}
}

// lower and upper are the sums in the halves of s, brought to 0 to 255. The lower
// sum is signed and was borrowed from the upper where it is below zero.
func lower(s uint64) byte { return clamp8(int32(s) >> weightBits) }
func upper(s uint64) byte { return clamp8(int32((s-uint64(int64(int32(s))))>>32) >> weightBits) }

func clamp8(v int32) byte {
	if uint32(v) > 255 {
		v = ^(v >> 31)
	}
	return byte(v)
}

// column adds up rows of equal length, a multiple of 8, each times its weight,
// eight samples at a time. Of each eight, sums holds 0 and 4, 1 and 5, 2 and 6, 3 and 7.
func (k *kernel) column(out []byte, parts [][]byte, weight []int32, sums []uint64) {
	const even = 0x000000ff_000000ff
	for i := range sums {
		sums[i] = halves
	}
	for len(weight) >= 4 && len(parts) >= 4 {
		w0, w1, w2, w3 := uint64(int64(weight[0])), uint64(int64(weight[1])), uint64(int64(weight[2])), uint64(int64(weight[3]))
		n := len(sums) * 2
		r0, r1, r2, r3 := parts[0][:n], parts[1][:n], parts[2][:n], parts[3][:n]
		weight, parts = weight[4:], parts[4:]
		for s := sums; len(s) >= 4 && len(r0) >= 8 && len(r1) >= 8 && len(r2) >= 8 && len(r3) >= 8; s = s[4:] {
			a, b := binary.LittleEndian.Uint64(r0), binary.LittleEndian.Uint64(r1)
			c, d := binary.LittleEndian.Uint64(r2), binary.LittleEndian.Uint64(r3)
			s[0] += a&even*w0 + b&even*w1 + c&even*w2 + d&even*w3
			s[1] += a>>8&even*w0 + b>>8&even*w1 + c>>8&even*w2 + d>>8&even*w3
			s[2] += a>>16&even*w0 + b>>16&even*w1 + c>>16&even*w2 + d>>16&even*w3
			s[3] += a>>24&even*w0 + b>>24&even*w1 + c>>24&even*w2 + d>>24&even*w3
			r0, r1, r2, r3 = r0[8:], r1[8:], r2[8:], r3[8:]
		}
	}
	for s := sums; len(s) >= 4 && len(out) > 0; s = s[4:] {
		eight := [8]byte{lower(s[0]), lower(s[1]), lower(s[2]), lower(s[3]), upper(s[0]), upper(s[1]), upper(s[2]), upper(s[3])}
		out = out[copy(out, eight[:]):]
	}
}

// copySamples is resample where nothing is scaled; beyond the edges the last sample is repeated.
func copySamples(dst, src plane, x, y axis) {
	for i := range y.n {
		row := src.pix[min(max(int(y.from)+i, 0), src.h-1)*src.stride:][:src.w]
		out := dst.pix[y.at(i)*dst.stride:][:x.n]
		if from := int(x.from); !x.back && from >= 0 && from+x.n <= src.w {
			copy(out, row[from:])
			continue
		}
		for j := range out {
			out[x.at(j)] = row[min(max(int(x.from)+j, 0), src.w-1)]
		}
	}
}
