package sample

import (
	"math"
	"time"
)

// wood is a table of planks.
func wood(light, dark uint32) *fabric {
	f := &fabric{warp: plainly(white)}
	f.texture = newTexture(10, 100, func(x, y float64) (dye, float64) {
		plank := math.Floor(y * 4)
		seed := uint32(300 + plank)
		v := y*4 - plank
		warp := 0.35 * cloudy(x*4, v*3+plank, seed, 2, 4)
		ring := math.Sin(2 * math.Pi * (v*5 + warp*5))
		pore := grain(x, v, 64, 120, seed+5)
		streak := cloudy(x*16, v*70, seed+7, 3, 16)
		t := 0.45 + 0.22*ring + 0.30*streak + 0.12*value(x*2, plank, seed+9, 2)
		gap := math.Min(v, 1-v)
		edge := 0.35 + 0.65*step(0.001, 0.012, gap)
		return rgb(dark).mix(rgb(light), int32(100*clamp(t, 0, 1))), edge * (1 - 0.16*step(0.45, 0.9, pore))
	})
	return f
}

// plaster is a smooth, faintly mottled board: paper, painted board, stone.
func plaster(hex uint32, grain float64) *fabric {
	f := &fabric{warp: plainly(white)}
	f.texture = newTexture(9, 100, func(x, y float64) (dye, float64) {
		return rgb(hex), 1 + grain*(0.5*cloudy(x*8, y*8, 81, 4, 8)+0.4*value(x*256, y*256, 82, 256))
	})
	return f
}

// of makes a swatch; pitch is in pixels of the group photo.
func of(pitch float64, f func() *fabric) swatch {
	return swatch{f, scene{pitch: pitch, folds: 0.12}}
}

func tables() []photo {
	return []photo{
		{role: groups, name: "swatches-oak-table.jpg", size: twelve, quality: 82, shot: on(time.March, 3, 9, 15, 1), group: &group{
			table: func() *fabric { return wood(0xc99a63, 0x8a5a33) }, pitch: 20, rows: []int{3, 3}, swatches: []swatch{
				of(7, func() *fabric { return linen(tabby(), plainly(oat), plainly(flax)) }),
				of(9, func() *fabric { return denim(indigo) }),
				of(7, func() *fabric { return checked("R14 W14", cherry) }),
				of(9, func() *fabric { return tweed(moss, camel, rust, saffron) }),
				of(5.5, func() *fabric { return vine(teal, ecru) }),
				of(10, func() *fabric { return wool(herringbone(16), plainly(charcoal), plainly(fog)) }),
			}}},
		{role: groups, name: "swatches-white-paper.jpg", size: twelve, quality: 82, shot: on(time.June, 8, 15, 47, 6), group: &group{
			table: func() *fabric { return plaster(0xece9e2, 0.05) }, pitch: 20, rows: []int{2, 2, 2, 2}, swatches: []swatch{
				of(7, func() *fabric { return printed(meadow(0xf3e3d6, 1, sage, rose, madder, blush, ochre), 130) }),
				of(7, chambray),
				of(8, func() *fabric { return corduroy(rust) }),
				of(7, func() *fabric { return printed(dots(teal, white), 34) }),
				of(8, func() *fabric { return linen(basket(2, 2), plainly(sea), plainly(ecru)) }),
				of(7, func() *fabric { return tartan("R24 B4 R4 G14 Y2 G4 K2 B12 R6") }),
				of(7, func() *fabric { return printed(sprigs(ecru, indigo, woad), 50) }),
				of(8, func() *fabric { return waffled(blush) }),
			}}},
		{role: groups, name: "swatches-grey-board.jpg", size: twelve, quality: 82, group: &group{
			table: func() *fabric { return plaster(0x8d9092, 0.12) }, pitch: 20, rows: []int{3, 3, 3}, swatches: []swatch{
				of(7, func() *fabric { return houndstooth(ink, ecru) }),
				of(7, func() *fabric { return printed(paisley(wine, madder, ochre, 0xe9d3a6), 130) }),
				of(7, func() *fabric { return linen(tabby(), plainly(blush), plainly(0xead0c4)) }),
				of(5.5, func() *fabric { return brocade(plum, 0xd9ad55) }),
				of(7, func() *fabric { return tartan("B16 K4 B4 K4 B4 K14 G18 K4 G18 K14 B16 K2") }),
				of(12, func() *fabric { return knitted(plainly(ochre)) }),
				of(7, func() *fabric { return printed(batik(0x1e2a55, 0xe6e0cf, ochre), 140) }),
				of(7, func() *fabric { return dobby(sage, white) }),
				of(7, func() *fabric {
					return wool(twill(4, 2), stripes("N20 W1", map[byte]uint32{'N': navy, 'W': fog}), plainly(navy))
				}),
			}}},
		{role: groups, name: "swatches-slate-felt.jpg", size: twelve, quality: 82, shot: on(time.October, 28, 11, 30, 1), group: &group{
			table: func() *fabric { return woollenFelt(0x4d565c, slate, charcoal) }, pitch: 13, rows: []int{2, 3}, swatches: []swatch{
				of(9, func() *fabric { return wool(tabby(), plainly(camel), plainly(oat)) }),
				of(7, func() *fabric { return damask(0xd8b9a8, 1.02, 0.76) }),
				of(7, func() *fabric { return checked("R12 W12", moss) }),
				of(9, func() *fabric { return linen(twill(4, 2), plainly(saffron), plainly(ochre)) }),
				of(8, func() *fabric { return velvet(0x7a2136) }),
			}}},
	}
}

// checked is a check of one colour (R) with white (W).
func checked(count string, hex uint32) *fabric {
	s := stripes(count, map[byte]uint32{'R': hex, 'W': white})
	return cotton(tabby(), s, s)
}

func houndstooth(dark, light uint32) *fabric {
	s := stripes("K4 W4", map[byte]uint32{'K': dark, 'W': light})
	return wool(twill(4, 2), s, s)
}

func tartan(count string) *fabric {
	s := sett(count, map[byte]uint32{
		'R': madder, 'B': navy, 'G': forest, 'Y': saffron, 'K': ink,
		'W': ecru, 'P': rose, 'L': plum, 'S': sage,
	})
	return wool(twill(4, 2), s, s)
}

// printed is a print on fine white cotton; one repeat covers so many yarns.
func printed(c *canvas, across float64) *fabric {
	f := cotton(tabby(), plainly(white), plainly(white))
	f.texture = c.print(across)
	return f
}
