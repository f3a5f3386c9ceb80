package tui

import (
	"math/rand/v2"
	"testing"
)

// Whatever is done to a list, the cursor stands on a row that is drawn, no row
// is drawn that is not there, and no row stays empty that could be filled.
func TestWindowInvariants(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var w window
		total, height := random.IntN(60), random.IntN(25)
		for step := range 60 {
			switch random.IntN(9) {
			case 0:
				total = random.IntN(60) // the list was read again
			case 1:
				height = random.IntN(25) // the terminal was resized
			case 2:
				w.page(random.IntN(3)-1, total, height)
			case 3:
				w.halfPage(random.IntN(3)-1, total, height)
			case 4:
				w.home(total, height)
			case 5:
				w.end(total, height)
			case 6:
				w.set(random.IntN(200)-100, total, height)
			case 7:
				w.center(random.IntN(200)-100, total, height)
			default:
				w.move(random.IntN(9)-4, total, height)
			}
			from, to := w.visible(total, height)
			if from < 0 || to > total || to-from != min(max(total, 0), height) {
				t.Fatalf("step %d: rows %d to %d of %d in %d lines", step, from, to, total, height)
			}
			cursor := w
			cursor.set(w.cursor, total, height)
			if to > from && (cursor.cursor < from || cursor.cursor >= to) {
				t.Fatalf("step %d: cursor %d is not among rows %d to %d", step, cursor.cursor, from, to)
			}
		}
	}
}

// The view moves only when the cursor would leave it, and then by one row.
func TestWindowScrollsAsLittleAsItCan(t *testing.T) {
	const total, height = 100, 10
	for _, test := range []struct {
		name string
		from window
		do   func(*window)
		want window
	}{
		{"down inside", window{3, 0}, func(w *window) { w.move(1, total, height) }, window{4, 0}},
		{"down at the edge", window{9, 0}, func(w *window) { w.move(1, total, height) }, window{10, 1}},
		{"up inside", window{15, 10}, func(w *window) { w.move(-1, total, height) }, window{14, 10}},
		{"up at the edge", window{10, 10}, func(w *window) { w.move(-1, total, height) }, window{9, 9}},
		{"above the first", window{0, 0}, func(w *window) { w.move(-1, total, height) }, window{0, 0}},
		{"below the last", window{99, 90}, func(w *window) { w.move(1, total, height) }, window{99, 90}},
		{"page down keeps the line", window{4, 0}, func(w *window) { w.page(1, total, height) }, window{13, 9}},
		{"page down at the end", window{95, 90}, func(w *window) { w.page(1, total, height) }, window{99, 90}},
		{"half page up", window{50, 46}, func(w *window) { w.halfPage(-1, total, height) }, window{45, 41}},
		{"end", window{}, func(w *window) { w.end(total, height) }, window{99, 90}},
		{"home", window{99, 90}, func(w *window) { w.home(total, height) }, window{}},
		{"center", window{}, func(w *window) { w.center(50, total, height) }, window{50, 45}},
		{"the list shrank", window{99, 90}, func(w *window) { w.move(0, 20, height) }, window{19, 10}},
		{"the list is empty", window{99, 90}, func(w *window) { w.move(0, 0, height) }, window{}},
		{"the list grew", window{5, 2}, func(w *window) { w.move(0, 1000, height) }, window{5, 2}},
		{"the pane grew", window{99, 90}, func(w *window) { w.move(0, total, 40) }, window{99, 60}},
		{"the pane has no line", window{7, 3}, func(w *window) { w.move(0, total, 0) }, window{7, 7}},
	} {
		w := test.from
		test.do(&w)
		if w != test.want {
			t.Errorf("%s: %+v became %+v, want %+v", test.name, test.from, w, test.want)
		}
	}
}
