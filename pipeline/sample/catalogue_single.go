package sample

import "time"

func singles() []photo {
	return append(suitings(), furnishings()...)
}

func suitings() []photo {
	return []photo{
		{role: single, name: "denim-indigo.jpg", size: twelve, shot: on(time.February, 11, 13, 44, 3), scene: scene{pitch: 11, set: 1.25, angle: -2, folds: 0.7},
			fabric: func() *fabric { return denim(0x293656) }},
		{role: single, name: "pinstripe-navy.jpg", size: ten, scene: scene{pitch: 9, angle: 1, folds: 0.45},
			fabric: func() *fabric {
				return wool(twill(4, 2), stripes("N42 W1", map[byte]uint32{'N': navy, 'W': fog}), plainly(navy))
			}},
		{role: single, name: "birds-eye-slate.jpg", size: eight, scene: scene{pitch: 14, angle: 2, folds: 0.2},
			fabric: func() *fabric { return birdseye(0x2a3038, fog) }},
		{role: single, name: "tartan-dress-rose.jpg", size: tenTall, scene: scene{pitch: 9, angle: 1, folds: 0.3},
			fabric: func() *fabric {
				s := sett("W28 P4 W4 P14 L4 S18 K2 S4", map[byte]uint32{'W': ecru, 'P': rose, 'L': plum, 'S': sage, 'K': charcoal})
				return wool(twill(4, 2), s, s)
			}},
		{role: single, name: "windowpane-camel.jpg", size: eight, shot: on(time.October, 12, 9, 3, 2), scene: scene{pitch: 10, angle: -3, folds: 0.25},
			fabric: func() *fabric {
				s := stripes("C54 E3", map[byte]uint32{'C': camel, 'E': ecru})
				return wool(twill(4, 2), s, s)
			}},
		{role: single, name: "basketweave-oat.jpg", size: eightTall, scene: scene{pitch: 18, angle: 2, folds: 0.2},
			fabric: func() *fabric { return linen(basket(2, 2), plainly(oat), plainly(ecru)) }},
		{role: single, name: "canvas-olive.jpg", size: six, scene: scene{pitch: 17, angle: -1},
			fabric: func() *fabric { return linen(tabby(), plainly(moss), plainly(0x6d7a48)) }},
		{role: single, name: "waffle-white.png", size: square, scene: scene{pitch: 10, angle: 3, folds: 0.2, noise: 0.4},
			fabric: func() *fabric { return waffled(white) }},
		{role: single, name: "jersey-marine-stripe.jpg", size: ten, shot: on(time.June, 20, 17, 36, 4), scene: scene{pitch: 22, set: 0.78, angle: 2, folds: 0.6},
			fabric: func() *fabric {
				return knitted(stripes("W14 N7", map[byte]uint32{'W': white, 'N': navy}))
			}},
	}
}

func furnishings() []photo {
	return []photo{
		{role: single, name: "silk-satin-teal.jpg", size: twelve, scene: scene{pitch: 6, drape: 1.25, folds: 0.5, sheen: 0.75, bright: 0.85},
			fabric: func() *fabric { return silk(satin(8, 3, true), plainly(teal), plainly(0x1a5c66)) }},
		{role: single, name: "damask-ivory.jpg", size: ten, scene: scene{pitch: 6, angle: 1, folds: 0.35, sheen: 0.15},
			fabric: func() *fabric { return damask(0xe2d5ba, 1.02, 0.76) }},
		{role: single, name: "brocade-plum-gold.jpg", size: twelve, scene: scene{pitch: 8, angle: -1, folds: 0.4, sheen: 0.3},
			fabric: func() *fabric { return brocade(plum, 0xd9ad55) }},
		{role: single, name: "jacquard-vine-forest.jpg", size: tall, scene: scene{pitch: 8, angle: 1, folds: 0.3},
			fabric: func() *fabric { return vine(forest, 0xcdbf92) }},
		{role: single, name: "dobby-diamond-lilac.png", size: small, scene: scene{pitch: 11, angle: 2, folds: 0.2, noise: 0.4},
			fabric: func() *fabric { return dobby(lilac, white) }},
		{role: single, name: "ikat-indigo.jpg", size: tenTall, scene: scene{pitch: 8, angle: 1, folds: 0.3},
			fabric: func() *fabric {
				f := cotton(tabby(), plainly(white), plainly(indigo))
				f.relief.warpWidth, f.relief.weftWidth = 1, 0.7
				f.tied, f.texture = 2.2, ikatBands(indigo, ecru, madder, ecru, indigo, ochre).print(150)
				f.texture.snap, f.texture.down = true, 220
				return f
			}},
		{role: single, name: "batik-night.jpg", size: ten, scene: scene{pitch: 7, angle: 3, folds: 0.4},
			fabric: func() *fabric {
				f := cotton(tabby(), plainly(white), plainly(white))
				f.texture = batik(0x1e2a55, 0xe6e0cf, ochre).print(250)
				return f
			}},
		{role: single, name: "liberty-garden-navy.jpg", size: eight, shot: on(time.July, 4, 10, 12, 1), scene: scene{pitch: 7, angle: -3, folds: 0.6},
			fabric: func() *fabric {
				f := cotton(tabby(), plainly(white), plainly(white))
				f.texture = meadow(navy, 2, sea, blush, saffron, rose, sky).print(170)
				return f
			}},
		{role: single, name: "linen-sea-crumpled.jpg", size: tall, scene: scene{pitch: 10, angle: 5, folds: 1.3},
			fabric: func() *fabric { return linen(tabby(), plainly(sea), plainly(0x93b3aa)) }},
	}
}
