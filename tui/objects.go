package tui

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// atOnce is how many rows are filtered and sorted within a key's answer: more
// are arranged off the update loop, for they take longer than a frame.
const atOnce = 50_000

// sorting is what the rows are ordered by.
type sorting int

const (
	byName sorting = iota
	bySize
	byTime
	byType
)

// arrangement is which rows are shown, in which order.
type arrangement struct {
	filter  string // lower case
	sort    sorting
	reverse bool
}

var sortings = []string{byName: "name", bySize: "size", byTime: "time", byType: "type"}

// objects is the object pane: one place of the bucket as loaded so far, and
// what of it is shown in which order.
type objects struct {
	prefix  string
	deleted bool // deleted objects are shown instead

	rows        rows
	arrangement             // as asked for
	has         arrangement // that order has; it follows
	order       []int32     // rows shown, in order
	tidy        int         // rows shown that are in order; those behind came later

	win window

	loading bool
	stopped bool // by Esc
	err     error
	renewal *objects // a reload under way, shown once it is whole

	marks   marks
	anchor  int // where a range began, or -1
	results map[string]time.Time
}

func newObjects(prefix string, from objects) objects {
	as := arrangement{sort: from.sort, reverse: from.reverse}
	return objects{
		prefix: prefix, deleted: from.deleted, arrangement: as, has: as,
		rows: newRows(prefix), loading: true, anchor: -1,
	}
}

// late tells whether the rows shown are not yet arranged as asked for.
func (o *objects) late() bool { return o.arrangement != o.has }

// count is how many objects are loaded.
func (o *objects) count() int { return o.rows.n - o.rows.folders }

// partial tells whether there is more than what is loaded.
func (o *objects) partial() bool { return o.loading || o.stopped || o.err != nil }

// take takes over the rows of a listing that went on.
func (o *objects) take(grown rows) {
	known := o.rows.n
	o.rows = grown
	o.include(known)
	// Rows mostly come in order. Few that do not are put in their places now.
	if o.tidy < len(o.order) && o.rows.n <= atOnce {
		held := o.held()
		o.mend(context.Background())
		if o.win.cursor > 0 { // on the first row one stays on the first row
			o.hold(held)
		}
	}
}

// include shows the rows from the first on that match, below those shown.
func (o *objects) include(first int) {
	for i := int32(first); i < int32(o.rows.n); i++ {
		if o.matches(i) {
			o.order = append(o.order, i)
		}
	}
	compare := o.compare()
	for o.tidy < len(o.order) && (o.tidy == 0 || compare(o.order[o.tidy-1], o.order[o.tidy]) <= 0) {
		o.tidy++
	}
}

func (o *objects) matches(i int32) bool {
	return o.has.filter == "" || holds(o.rows.name(i), o.has.filter)
}

// folder is the folder that the prefix lies in: the prefix itself, unless it
// ends in the beginning of a name.
func (o *objects) folder() string { return o.rows.base }

// name is a row's key below its folder.
func (o *objects) name(r *row) string { return strings.TrimPrefix(r.Key, o.folder()) }

// refill arranges the rows as asked for. It touches nothing but has, order and
// tidy, so that a copy can be refilled off the update loop.
func (o *objects) refill(ctx context.Context) {
	had := o.has
	o.has = o.arrangement
	if had.sort == o.sort && had.reverse == o.reverse && strings.Contains(o.filter, had.filter) {
		o.narrow()
		return
	}
	o.fill(ctx)
}

// narrow drops the rows that a longer filter does not hold: those left are in
// order.
func (o *objects) narrow() {
	var order []int32
	tidy := 0
	for at, i := range o.order {
		if !o.matches(i) {
			continue
		}
		order = append(order, i)
		if at < o.tidy {
			tidy++
		}
	}
	o.order, o.tidy = order, tidy
}

// fill chooses among all rows, and orders them.
func (o *objects) fill(ctx context.Context) {
	order := make([]int32, 0, len(o.order))
	for i := range int32(o.rows.n) {
		if i%65_536 == 0 && ctx.Err() != nil {
			return
		}
		if o.matches(i) {
			order = append(order, i)
		}
	}
	o.order, o.tidy = order, 0
	o.mend(ctx)
}

// mend puts the rows that came out of order in their places: they are sorted,
// and merged with those in order. Like refill it works on a copy as well.
func (o *objects) mend(ctx context.Context) {
	compare := o.compare()
	tidy, tail := o.order[:o.tidy], slices.Clone(o.order[o.tidy:])
	if !slices.IsSortedFunc(tail, compare) {
		sortRows(ctx, tail, compare) // keys differ, so there is one order only
	}
	o.order = merge(tidy, tail, compare)
	o.tidy = len(o.order)
}

// sortRows sorts until it is called off; then the order is any.
func sortRows(ctx context.Context, order []int32, compare func(a, b int32) int) {
	n, off := 0, false
	slices.SortFunc(order, func(a, b int32) int {
		if n++; n%65_536 == 0 && ctx.Err() != nil {
			off = true
		}
		if off {
			return 0
		}
		return compare(a, b)
	})
}

// merge makes one order of two.
func merge(a, b []int32, compare func(a, b int32) int) []int32 {
	if len(a) == 0 {
		return b
	}
	all := make([]int32, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compare(a[0], b[0]) <= 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// compare orders folders before objects, then by the chosen column, then by name.
func (o *objects) compare() func(a, b int32) int {
	rows, by, reverse := &o.rows, o.has.sort, o.has.reverse
	return func(i, j int32) int {
		a, b := rows.slim(i), rows.slim(j)
		if a.folder() != b.folder() {
			if a.folder() {
				return -1
			}
			return 1
		}
		c := 0
		switch {
		case a.folder():
		case by == bySize:
			c = cmp.Compare(b.size, a.size)
		case by == byTime:
			c = cmp.Compare(b.changed, a.changed)
		case by == byType:
			c = cmp.Compare(kindNumber(rows.nameOf(a)), kindNumber(rows.nameOf(b)))
		}
		if c == 0 {
			c = bytes.Compare(rows.nameOf(a), rows.nameOf(b))
		}
		if reverse {
			return -c
		}
		return c
	}
}

// current is the row under the cursor.
func (o *objects) current() (row, bool) {
	i := o.held()
	if i < 0 {
		return row{}, false
	}
	return o.rows.at(i), true
}

// held is the number of the row under the cursor, or -1.
func (o *objects) held() int32 {
	if o.win.cursor < 0 || o.win.cursor >= len(o.order) {
		return -1
	}
	return o.order[o.win.cursor]
}

// hold puts the cursor on a row after the rows were ordered anew; if it is not
// among them, on the first one.
func (o *objects) hold(i int32) {
	if at := o.place(i); at >= 0 {
		o.win.cursor = at
		return
	}
	o.win = window{}
}

// place is where a row is shown, or -1.
func (o *objects) place(i int32) int {
	if i < 0 {
		return -1
	}
	compare := o.compare()
	if at, ok := slices.BinarySearchFunc(o.order[:o.tidy], i, compare); ok && o.order[at] == i {
		return at
	}
	if at := slices.Index(o.order[o.tidy:], i); at >= 0 {
		return o.tidy + at
	}
	return -1
}

// find puts the cursor on a key, if it is shown.
func (o *objects) find(key string) bool {
	at := o.place(o.rows.find(key, 0))
	if at >= 0 {
		o.win.cursor = at
	}
	return at >= 0
}

// renewed is what a finished reload shows: filter, order and marks are those of
// before, the marks by name. It works on a copy as well.
func (o *objects) renewed(ctx context.Context) *objects {
	fresh := *o.renewal
	fresh.arrangement, fresh.has = o.arrangement, o.arrangement
	fresh.anchor, fresh.results = o.anchor, o.results
	fresh.marks = carried(&o.rows, o.marks, &fresh.rows)
	fresh.fill(ctx)
	return &fresh
}

// renew takes over a finished reload: the cursor stays where it was, by name, as
// far as the name is still there.
func (o *objects) renew(fresh *objects) {
	held, ok := o.current()
	cursor := o.win
	*o = *fresh
	o.win = cursor
	if !ok || !o.find(held.Key) {
		o.win.cursor = min(cursor.cursor, max(0, len(o.order)-1))
	}
}
