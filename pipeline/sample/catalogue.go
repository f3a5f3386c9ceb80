package sample

import "time"

// Sizes of pictures, in pixels: 6, 8, 10 and 12 megapixels, and two for PNG.
var (
	six       = [2]int{2848, 2136}
	eight     = [2]int{3264, 2448}
	eightTall = [2]int{2448, 3264}
	ten       = [2]int{3648, 2736}
	tenTall   = [2]int{2736, 3648}
	twelve    = [2]int{4000, 3000}
	tall      = [2]int{3000, 4000}
	small     = [2]int{1600, 1200}
	square    = [2]int{1440, 1440}
)

// on is a shot with a date of 2026 and an orientation.
func on(month time.Month, day, hour, minute, orientation int) shot {
	return shot{orientation: orientation, taken: time.Date(2026, month, day, hour, minute, 7*day%60, 0, time.UTC)}
}

func located(s shot) shot { s.gps = true; return s }

// photos is the set, in the order of seeding.
func photos() []photo {
	var all []photo
	for _, part := range [][]photo{firstScreen(), spring(), autumn(), singles(), tables()} {
		all = append(all, part...)
	}
	return all
}

// firstScreen holds the pictures that are there when weft is first opened:
// the quickest to draw, each of another kind.
func firstScreen() []photo {
	return []photo{
		{role: search, name: "linen-natural-01.jpg", size: six, scene: scene{pitch: 9, angle: 1.5, folds: 0.35},
			fabric: func() *fabric { return linen(tabby(), plainly(oat), plainly(flax)) }},
		{role: search, name: "tartan-royal.jpg", size: six, scene: scene{pitch: 9, angle: -3, folds: 0.2},
			fabric: func() *fabric {
				s := sett("R36 B4 R4 G18 Y2 G4 K2 B16 R6", map[byte]uint32{'R': madder, 'B': navy, 'G': forest, 'Y': saffron, 'K': ink})
				return wool(twill(4, 2), s, s)
			}},
		{role: search, name: "denim-washed.jpg", size: six, scene: scene{pitch: 9, set: 1.25, angle: 2, folds: 0.25},
			fabric: func() *fabric { return denim(0x4d6282) }},
		{role: search, name: "gingham-sage.jpg", size: six, shot: on(time.March, 14, 9, 32, 1), scene: scene{pitch: 8, angle: -2, folds: 0.4},
			fabric: func() *fabric {
				s := stripes("A22 W22", map[byte]uint32{'A': moss, 'W': white})
				return cotton(tabby(), s, s)
			}},
	}
}

func spring() []photo {
	card := map[byte]uint32{'W': white, 'B': indigo, 'S': woad, 'R': cherry, 'P': blush, 'E': ecru, 'T': teal}
	return []photo{
		{role: search, name: "2026/spring/meadow-print-blush.jpg", size: eight, scene: scene{pitch: 8, angle: 2, folds: 0.5},
			fabric: func() *fabric {
				f := cotton(tabby(), plainly(white), plainly(white))
				f.texture = meadow(0xf3e3d6, 1, sage, rose, madder, blush, ochre).print(190)
				return f
			}},
		{role: search, name: "2026/spring/seersucker-sky.jpg", size: tenTall, shot: on(time.April, 2, 11, 5, 6), scene: scene{pitch: 10, angle: 1},
			fabric: func() *fabric { return seersucker("S20 W20", card) }},
		{role: search, name: "2026/spring/chambray-blue.jpg", size: eight, scene: scene{pitch: 10, angle: -1, folds: 0.8},
			fabric: chambray},
		{role: search, name: "2026/spring/oxford-white.png", size: small, scene: scene{pitch: 10, angle: 3, folds: 0.5, noise: 0.4},
			fabric: func() *fabric { return cotton(basket(2, 1), plainly(sky), plainly(white)) }},
		{role: search, name: "2026/spring/ticking-stripe-navy.jpg", size: ten, scene: scene{pitch: 9, angle: 2.5},
			fabric: func() *fabric {
				return linen(twill(3, 2), stripes("E40 B3 E4 B12 E4 B3", map[byte]uint32{'E': ecru, 'B': navy}), plainly(ecru))
			}},
		{role: search, name: "2026/spring/polka-dot-teal.jpg", size: six, shot: on(time.April, 9, 15, 20, 3), scene: scene{pitch: 8, angle: 8, folds: 0.45},
			fabric: func() *fabric {
				f := cotton(tabby(), plainly(white), plainly(white))
				f.texture = dots(teal, white).print(56)
				return f
			}},
		{role: search, name: "2026/spring/gingham-cherry.jpg", size: eightTall, shot: on(time.May, 1, 10, 41, 8), scene: scene{pitch: 10, angle: 4, folds: 0.3},
			fabric: func() *fabric {
				s := stripes("R16 W16", card)
				return cotton(tabby(), s, s)
			}},
		{role: search, name: "2026/spring/block-print-indigo.jpg", size: eight, scene: scene{pitch: 9, angle: -4, folds: 0.3},
			fabric: func() *fabric {
				f := linen(tabby(), plainly(white), plainly(white))
				f.slub = 0.3
				f.texture = sprigs(ecru, indigo, woad).print(70)
				return f
			}},
		{role: search, name: "2026/spring/toile-madder.jpg", size: tall, shot: located(on(time.May, 17, 8, 55, 1)), scene: scene{pitch: 9, angle: 0.5, folds: 0.25},
			fabric: func() *fabric {
				f := linen(tabby(), plainly(white), plainly(white))
				f.slub = 0.2
				f.texture = toile(ecru, madder).print(210)
				return f
			}},
	}
}

func autumn() []photo {
	return []photo{
		{role: search, name: "2026/autumn/herringbone-charcoal.jpg", size: ten, scene: scene{pitch: 11, angle: 1, folds: 0.25},
			fabric: func() *fabric { return wool(herringbone(16), plainly(charcoal), plainly(fog)) }},
		{role: search, name: "2026/autumn/tweed-moss.jpg", size: eight, shot: on(time.September, 21, 16, 2, 1), scene: scene{pitch: 13, angle: -3, folds: 0.3},
			fabric: func() *fabric { return tweed(moss, camel, rust, saffron, teal, cherry) }},
		{role: search, name: "2026/autumn/houndstooth-classic.jpg", size: eight, scene: scene{pitch: 11, angle: 2, folds: 0.35},
			fabric: func() *fabric {
				s := stripes("K4 W4", map[byte]uint32{'K': ink, 'W': ecru})
				return wool(twill(4, 2), s, s)
			}},
		{role: search, name: "2026/autumn/corduroy-rust.jpg", size: tenTall, shot: on(time.October, 3, 12, 18, 5), scene: scene{pitch: 12, angle: 2, folds: 0.35},
			fabric: func() *fabric { return corduroy(rust) }},
		{role: search, name: "2026/autumn/glen-plaid-grey.jpg", size: ten, scene: scene{pitch: 8, angle: -2, folds: 0.2},
			fabric: func() *fabric {
				s := stripes("K2 W2 K2 W2 K2 W2 K2 W2 K2 W2 K2 W2 K2 W2 K2 W2 S2 K4 W4 K4 W4 K4 W4 K4 W4 K4 W4 K4 W4 S2",
					map[byte]uint32{'K': charcoal, 'W': 0xdcd6ca, 'S': woad})
				return wool(twill(4, 2), s, s)
			}},
		{role: search, name: "2026/autumn/velvet-wine.jpg", size: eight, scene: scene{pitch: 7, drape: 1.1, folds: 0.4, plush: true, bright: 1.0},
			fabric: func() *fabric { return velvet(0x7a2136) }},
		{role: search, name: "2026/autumn/felt-ochre.jpg", size: six, scene: scene{pitch: 10, folds: 0.15},
			fabric: func() *fabric { return woollenFelt(ochre, saffron, camel) }},
		{role: search, name: "2026/autumn/cable-knit-ecru.jpg", size: eightTall, shot: on(time.November, 8, 10, 27, 7), scene: scene{pitch: 38, set: 0.75, angle: 1, folds: 0.2},
			fabric: func() *fabric { return cabled(ecru) }},
		{role: search, name: "2026/autumn/paisley-madder.jpg", size: twelve, scene: scene{pitch: 8, angle: 3, folds: 0.5, sheen: 0.25},
			fabric: func() *fabric {
				f := silk(twill(4, 2), plainly(white), plainly(white))
				f.texture = paisley(wine, madder, ochre, 0xe9d3a6).print(230)
				return f
			}},
		{role: search, name: "2026/autumn/tartan-night-watch.jpg", size: twelve, shot: located(on(time.November, 15, 14, 9, 6)), scene: scene{pitch: 10, angle: 3, folds: 0.35},
			fabric: func() *fabric {
				s := sett("B22 K4 B4 K4 B4 K20 G24 K4 G24 K20 B22 K2", map[byte]uint32{'B': indigo, 'G': forest, 'K': ink})
				return wool(twill(4, 2), s, s)
			}},
	}
}
