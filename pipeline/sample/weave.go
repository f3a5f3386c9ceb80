package sample

// weave is a drawdown: which yarn lies on top at each crossing of one repeat.
type weave struct {
	w, h int    // ends and picks of the repeat
	up   []bool // w × h, by picks; true: the warp end is on top
}

func (w weave) at(end, pick int) bool {
	end, pick = (end%w.w+w.w)%w.w, (pick%w.h+w.h)%w.h
	return w.up[pick*w.w+end]
}

// draft is how a weaver writes a weave: which shaft each end is threaded on,
// which shafts each treadle lifts, and which treadle is pressed for each pick.
type draft struct {
	threading []int
	tieup     [][]int
	treadling []int
}

// drawdown works the draft out to the cloth it makes.
func (d draft) drawdown() weave {
	w := weave{w: len(d.threading), h: len(d.treadling)}
	w.up = make([]bool, w.w*w.h)
	for pick, treadle := range d.treadling {
		for end, shaft := range d.threading {
			for _, lifted := range d.tieup[treadle] {
				if lifted == shaft {
					w.up[pick*w.w+end] = true
				}
			}
		}
	}
	return w
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// point goes up to n-1 and back down: 0 1 2 3 2 1.
func point(n int) []int {
	out := upTo(n)
	for i := n - 2; i > 0; i-- {
		out = append(out, i)
	}
	return out
}

// twillTie lifts over shafts out of n, one further with each treadle.
func twillTie(n, over int) [][]int {
	tie := make([][]int, n)
	for t := range tie {
		for k := range over {
			tie[t] = append(tie[t], (t+k)%n)
		}
	}
	return tie
}

func tabby() weave { return draft{upTo(2), [][]int{{0}, {1}}, upTo(2)}.drawdown() }

func basket(ends, picks int) weave {
	var thread, tread []int
	for s := range 2 {
		for range ends {
			thread = append(thread, s)
		}
		for range picks {
			tread = append(tread, s)
		}
	}
	return draft{thread, [][]int{{0}, {1}}, tread}.drawdown()
}

func twill(n, over int) weave { return draft{upTo(n), twillTie(n, over), upTo(n)}.drawdown() }

// herringbone turns the twill every so many ends, with a break at each turn.
func herringbone(ends int) weave {
	var thread []int
	for i := range ends {
		thread = append(thread, i%4)
	}
	for i := range ends {
		thread = append(thread, (ends+1-i%4+4)%4)
	}
	return draft{thread, twillTie(4, 2), upTo(4)}.drawdown()
}

// diamond is a point twill both ways: dobby diamonds, bird's-eye.
func diamond(shafts, over int) weave {
	return draft{point(shafts), twillTie(shafts, over), point(shafts)}.drawdown()
}

// satin binds every n-th crossing, moved on by step each pick.
func satin(n, step int, warpFaced bool) weave {
	w := weave{n, n, make([]bool, n*n)}
	for p := range n {
		for e := range n {
			w.up[p*n+e] = (e == p*step%n) != warpFaced
		}
	}
	return w
}

// waffle is the honeycomb weave: floats that grow towards the cell's ridges.
func waffle(shafts int) weave {
	p := point(shafts)
	tie := make([][]int, shafts)
	for t := range tie {
		for s := range shafts {
			if s < t || s == (t+1)%shafts && t == 0 {
				tie[t] = append(tie[t], s)
			}
		}
	}
	return draft{p, tie, p}.drawdown()
}

// figured weaves ground where figure is false and motif where it is true: a
// Jacquard loom lifts every end by itself.
func figured(w, h int, ground, motif weave, figure func(x, y float64) bool) weave {
	out := weave{w, h, make([]bool, w*h)}
	for p := range h {
		for e := range w {
			from := ground
			if figure((float64(e)+0.5)/float64(w), (float64(p)+0.5)/float64(h)) {
				from = motif
			}
			out.up[p*w+e] = from.at(e, p)
		}
	}
	return out
}
