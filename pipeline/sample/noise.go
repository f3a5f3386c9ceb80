package sample

import (
	"math"
	"math/rand/v2"
)

// source is a random source that gives the same numbers for the same seed everywhere.
func source(seed uint64, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

func hash(x, y int32, seed uint32) uint32 {
	h := uint32(x)*0x9e3779b1 ^ uint32(y)*0x85ebca77 ^ seed*0xc2b2ae3d
	h ^= h >> 15
	h *= 0x2c1b3c6d
	h ^= h >> 12
	h *= 0x297a2d39
	return h ^ h>>15
}

// value is smooth noise in -1…1 with features about one unit in size.
// It repeats every period units if period is above zero.
func value(x, y float64, seed uint32, period int32) float64 {
	return lattice(x, y, seed, period, period)
}

// grain is value noise over a tile of 1 × 1 with so many features across and
// down; it joins up at the edges.
func grain(x, y float64, across, down int32, seed uint32) float64 {
	return lattice(x*float64(across), y*float64(down), seed, across, down)
}

func lattice(x, y float64, seed uint32, across, down int32) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	ix, iy := int32(fx), int32(fy)
	tx, ty := x-fx, y-fy
	tx, ty = tx*tx*tx*(tx*(tx*6-15)+10), ty*ty*ty*(ty*(ty*6-15)+10)
	x0, x1, y0, y1 := ix, ix+1, iy, iy+1
	if across > 0 {
		x0, x1, y0, y1 = wrap(x0, across), wrap(x1, across), wrap(y0, down), wrap(y1, down)
	}
	a, b := unitHash(x0, y0, seed), unitHash(x0, y1, seed)
	a += (unitHash(x1, y0, seed) - a) * tx
	b += (unitHash(x1, y1, seed) - b) * tx
	return a + (b-a)*ty
}

// wrap brings v into 0 to n-1; it mostly is there already.
func wrap(v, n int32) int32 {
	if uint32(v) < uint32(n) {
		return v
	}
	return (v%n + n) % n
}

// unitHash is in -1…1.
func unitHash(x, y int32, seed uint32) float64 { return float64(hash(x, y, seed)>>8)/(1<<23) - 1 }

// cloudy is a few octaves of value noise.
func cloudy(x, y float64, seed uint32, octaves int, period int32) float64 {
	sum, amp := 0.0, 0.5
	for o := range octaves {
		sum += amp * value(x, y, seed+uint32(o)*101, period)
		x, y, amp, period = x*2, y*2, amp/2, period*2
	}
	return sum
}

func clamp(x, lo, hi float64) float64 { return min(max(x, lo), hi) }

// step goes smoothly from 0 to 1 as x goes from a to b.
func step(a, b, x float64) float64 {
	t := clamp((x-a)/(b-a), 0, 1)
	return t * t * (3 - 2*t)
}
