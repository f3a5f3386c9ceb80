package sample

// Layouts are photos of several swatches: those of the sample set, and others as
// people lay and light them, each hard to take apart in another way.
func Layouts() []Layout {
	var all []Layout
	for _, p := range tables() {
		all = append(all, Layout{Name: p.name, photo: &p})
	}
	return append(all, hard()...)
}

func hard() []Layout {
	paper := func() *fabric { return plaster(0xece9e2, 0.05) }
	grey := func() *fabric { return plaster(0x8d9092, 0.12) }
	slab := func() *fabric { return plaster(0x3c4043, 0.15) }
	oak := func() *fabric { return wood(0xc99a63, 0x8a5a33) }
	dark := func() *fabric { return wood(0x7a5238, 0x4a2f20) }
	felt := func() *fabric { return woollenFelt(0x4d565c, slate, charcoal) }
	c := cloths()
	row := func(y, w, h, gap, turn float64, names ...string) []piece {
		var all []piece
		x := (layoutWide - float64(len(names))*(w+gap) + w + gap) / 2
		for i, n := range names {
			all = append(all, c.piece(n, rect(x+float64(i)*(w+gap), y, w, h, turn)))
		}
		return all
	}
	return []Layout{
		{Name: "touching", table: paper, pieces: shaded(0.3, 10, c.piece("denim", rect(520, 330, 400, 420, 0)), c.piece("gingham", rect(920, 340, 400, 440, 0)),
			c.piece("tweed", rect(530, 770, 420, 460, 0)), c.piece("teal", rect(940, 770, 400, 420, 0)), c.piece("ochre", rect(1290, 600, 290, 300, 4)))},
		{Name: "touching row", table: grey, pieces: touching(c, 800, 600, 230, 520, 8, "rust", "linen", "navy", "stripes", "sage")},
		{Name: "shadows", table: grey, pieces: shaded(0.62, 34, append(row(320, 380, 400, 110, 3, "linen", "denim", "cherry"), row(860, 380, 400, 110, -2, "charcoal", "ochre", "floral")...)...)},
		{Name: "two tones", table: paper, second: slab, pieces: shaded(0.4, 14, append(row(310, 320, 380, 70, 2, "teal", "rust", "gingham", "linen"), row(850, 320, 380, 70, -3, "navy", "dots", "camel", "sage")...)...)},
		{Name: "skewed", table: paper, pieces: shaded(0.4, 12, c.piece("tartan", rect(360, 330, 400, 380, 15)), c.piece("denim", rect(880, 320, 380, 400, -15)), c.piece("ochre", rect(1310, 400, 300, 420, 12)),
			c.piece("floral", rect(380, 880, 420, 360, -13)), c.piece("herringbone", rect(860, 870, 360, 380, 15)), c.piece("moss", rect(1300, 900, 380, 320, -15)))},
		{Name: "sizes", table: grey, pieces: shaded(0.4, 10, c.piece("tartan", rect(420, 420, 640, 620, 2)), c.piece("linen", rect(960, 260, 300, 330, -4)), c.piece("teal", rect(1340, 220, 160, 180, 6)),
			c.piece("rust", rect(950, 700, 240, 160, 3)), c.piece("dots", rect(1330, 640, 340, 480, -2)), c.piece("navy", rect(300, 960, 110, 100, 8)), c.piece("ochre", rect(640, 990, 400, 140, -3)), c.piece("cherry", rect(1060, 1020, 90, 120, 0)))},
		{Name: "near the ground", table: paper, pieces: shaded(0.25, 9, append(row(310, 400, 400, 90, 3, "oxford", "bone", "pearl"), row(860, 400, 400, 90, -2, "ticking", "blush", "bone")...)...)},
		{Name: "dark wood", table: dark, pieces: shaded(0.45, 12, append(row(320, 400, 420, 80, -3, "camel", "walnut", "tartan"), row(880, 400, 400, 80, 4, "rust", "linen", "charcoal")...)...)},
		{Name: "oak", table: oak, pieces: shaded(0.45, 12, append(row(320, 320, 400, 60, 4, "camel", "ochre", "linen", "floral"), row(870, 320, 420, 60, -3, "rust", "denim", "sand", "bone")...)...)},
		{Name: "felt", table: felt, pieces: shaded(0.4, 10, append(row(310, 390, 400, 100, -4, "charcoal", "navy", "sage"), row(860, 390, 420, 100, 5, "slate", "wine", "herringbone")...)...)},
		{Name: "cut by the border", table: grey, pieces: shaded(0.4, 12, c.piece("cherry", rect(130, 300, 460, 420, 4)), c.piece("linen", rect(800, 90, 480, 420, -3)), c.piece("tartan", rect(1480, 560, 420, 480, 3)),
			c.piece("denim", rect(760, 700, 420, 420, 6)), c.piece("ochre", rect(320, 1080, 440, 420, -2)))},
		{Name: "pinked and rounded", table: paper, pieces: shaded(0.4, 12, append(pinked(14, row(320, 400, 400, 90, 5, "denim", "dots", "rust")), rounded(55, row(870, 400, 400, 90, -6, "tweed", "sage", "gingham"))...)...)},
		{Name: "overlapping", table: grey, pieces: shaded(0.4, 12, c.piece("rust", rect(420, 360, 440, 420, -4)), c.piece("linen", rect(820, 380, 420, 420, 3)), c.piece("navy", rect(1230, 360, 440, 420, -2)),
			c.piece("floral", rect(480, 850, 460, 400, 3)), c.piece("ochre", rect(1080, 860, 460, 400, 0)))},
		{Name: "from the side", table: oak, pieces: shaded(0.4, 12, c.piece("denim", Quad{{220, 160}, {640, 150}, {600, 520}, {130, 530}}), c.piece("gingham", Quad{{760, 150}, {1180, 160}, {1230, 540}, {750, 525}}),
			c.piece("teal", Quad{{100, 640}, {590, 630}, {560, 1090}, {20, 1110}}), c.piece("herringbone", Quad{{750, 640}, {1250, 650}, {1330, 1110}, {740, 1090}}))},
		{Name: "many", table: paper, pieces: shaded(0.35, 8, many(c)...)},
		{Name: "bold patterns", table: felt, pieces: shaded(0.4, 10, append(row(310, 440, 430, 60, 2, "awning", "bold check", "floral"), row(870, 440, 430, 60, -3, "stripes", "tartan", "batik")...)...)},
		{Name: "one", table: oak, pieces: shaded(0.4, 12, c.piece("dots", rect(830, 590, 700, 640, 7)))},
	}
}

// shelf is the cloths of the layouts by name.
type shelf map[string]bolt

// bolt is a cloth and how many pixels of a layout one of its yarns takes.
type bolt struct {
	pitch  float64
	fabric func() *fabric
}

func cloths() shelf {
	print := func(c func() *canvas, across float64) func() *fabric {
		return func() *fabric { return printed(c(), across) }
	}
	plain := func(w func() weave, warp, weft uint32) func() *fabric {
		return func() *fabric { return linen(w(), plainly(warp), plainly(weft)) }
	}
	twilled := func() weave { return twill(4, 2) }
	card := map[byte]uint32{'N': navy, 'W': white, 'E': ecru, 'R': madder, 'S': sage}
	return shelf{
		"denim":       {3.5, func() *fabric { return denim(indigo) }},
		"gingham":     {3, func() *fabric { return checked("R14 W14", cherry) }},
		"tweed":       {3.5, func() *fabric { return tweed(moss, camel, rust, saffron) }},
		"teal":        {3, plain(tabby, teal, teal)},
		"ochre":       {3.5, plain(twilled, saffron, ochre)},
		"rust":        {3, func() *fabric { return corduroy(rust) }},
		"linen":       {3, plain(tabby, oat, flax)},
		"navy":        {3, plain(twilled, navy, navy)},
		"stripes":     {3, func() *fabric { return cotton(tabby(), stripes("N20 E20", card), plainly(ecru)) }},
		"sage":        {3, plain(tabby, sage, sage)},
		"cherry":      {3, plain(tabby, cherry, cherry)},
		"charcoal":    {3, plain(tabby, charcoal, charcoal)},
		"floral":      {3, print(func() *canvas { return meadow(0xf3e3d6, 1, sage, rose, madder, blush, ochre) }, 130)},
		"dots":        {3, print(func() *canvas { return dots(teal, white) }, 34)},
		"batik":       {3, print(func() *canvas { return batik(0x1e2a55, 0xe6e0cf, ochre) }, 140)},
		"camel":       {3.5, func() *fabric { return wool(tabby(), plainly(camel), plainly(oat)) }},
		"tartan":      {3, func() *fabric { return tartan("R24 B4 R4 G14 Y2 G4 K2 B12 R6") }},
		"herringbone": {4, func() *fabric { return wool(herringbone(16), plainly(charcoal), plainly(fog)) }},
		"moss":        {3, plain(tabby, moss, moss)},
		"oxford":      {3.5, func() *fabric { return cotton(basket(2, 2), plainly(white), plainly(white)) }},
		"bone":        {3, plain(tabby, ecru, ecru)},
		"pearl":       {3, plain(tabby, 0xdcdcd8, 0xe4e4e0)},
		"ticking":     {3, func() *fabric { return cotton(tabby(), stripes("W40 N3 W4 N3", card), plainly(white)) }},
		"blush":       {3, plain(tabby, blush, 0xead0c4)},
		"walnut":      {3, plain(tabby, walnut, walnut)},
		"sand":        {3, plain(tabby, sand, camel)},
		"slate":       {3, plain(tabby, slate, 0x6b7680)},
		"wine":        {3, func() *fabric { return velvet(0x7a2136) }},
		"awning":      {3, func() *fabric { return cotton(tabby(), stripes("S36 W36", card), plainly(white)) }},
		"bold check":  {3, func() *fabric { s := stripes("R30 W30", card); return cotton(tabby(), s, s) }},
	}
}

func (s shelf) piece(name string, at Quad) piece {
	b := s[name]
	return piece{fabric: b.fabric, pitch: b.pitch, at: at}
}

// touching lays cloths edge to edge in a turned row around x, y.
func touching(s shelf, x, y, w, h, turn float64, names ...string) []piece {
	spine := rect(x, y, w*float64(len(names)), h, turn)
	at := func(i, j int, t float64) [2]float64 {
		return [2]float64{spine[i][0] + (spine[j][0]-spine[i][0])*t, spine[i][1] + (spine[j][1]-spine[i][1])*t}
	}
	var all []piece
	for i, n := range names {
		t, u := float64(i)/float64(len(names)), float64(i+1)/float64(len(names))
		all = append(all, s.piece(n, Quad{at(0, 1, t), at(0, 1, u), at(3, 2, u), at(3, 2, t)}))
	}
	return all
}

// many is thirty small swatches, as on a colour card.
func many(s shelf) []piece {
	names := []string{"denim", "gingham", "teal", "ochre", "rust", "linen", "navy", "stripes", "sage", "cherry",
		"charcoal", "floral", "dots", "camel", "tartan", "moss", "walnut", "slate", "wine", "sand"}
	var all []piece
	for i := range 30 {
		x, y := 160+float64(i%6)*255, 140+float64(i/6)*230
		all = append(all, s.piece(names[i*7%len(names)], rect(x, y, 180, 160, float64(i*5%13)-6)))
	}
	return all
}

// shaded gives pieces a shadow that falls so many units far.
func shaded(dark, far float64, all ...piece) []piece {
	for i := range all {
		all[i].shadow, all[i].far = dark, far
	}
	return all
}

func pinked(tooth float64, all []piece) []piece {
	for i := range all {
		all[i].tooth = tooth
	}
	return all
}

func rounded(radius float64, all []piece) []piece {
	for i := range all {
		all[i].round = radius
	}
	return all
}
