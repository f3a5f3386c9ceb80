package tui

import (
	"bytes"
	"iter"
	"math/bits"
	"slices"
)

// set is a set of rows, a bit each: of a million 125 kB.
type set []uint64

func (s set) has(i int32) bool {
	return int(i>>6) < len(s) && s[i>>6]&(1<<(i&63)) != 0
}

func (s *set) add(i int32) {
	if need := int(i>>6) + 1; need > len(*s) {
		*s = append(*s, make(set, need-len(*s))...)
	}
	(*s)[i>>6] |= 1 << (i & 63)
}

func (s set) drop(i int32) {
	if int(i>>6) < len(s) {
		s[i>>6] &^= 1 << (i & 63)
	}
}

// within tells whether all of the set is in another one.
func (s set) within(other set) bool {
	for i, word := range s {
		if i < len(other) {
			word &^= other[i]
		}
		if word != 0 {
			return false
		}
	}
	return true
}

// all gives the rows of the set in the order of their numbers.
func (s set) all() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(int32(i<<6 + bits.TrailingZeros64(word))) {
					return
				}
			}
		}
	}
}

// marks are the rows that are marked, and what they come to.
type marks struct {
	set     set
	n       int   // rows
	folders int   // those among them that are folders
	bytes   int64 // of the marked objects
	edits   int   // how often they were changed
}

func (k *marks) has(i int32) bool { return k.set.has(i) }

// put sets or takes the mark of a row.
func (k *marks) put(r *rows, i int32, on bool) {
	if k.set.has(i) == on {
		return
	}
	n := 1
	if on {
		k.set.add(i)
	} else {
		k.set.drop(i)
		n = -1
	}
	s := r.slim(i)
	k.n += n
	k.bytes += int64(n) * s.size
	if s.folder() {
		k.folders += n
	}
	k.edits++
}

// clear takes all marks.
func (k *marks) clear() { *k = marks{edits: k.edits + 1} }

// mark sets or takes the mark of the i-th row shown.
func (o *objects) mark(i int, on bool) { o.marks.put(&o.rows, o.order[i], on) }

// markAll marks every row shown, or none if all are.
func (o *objects) markAll() {
	var shown set
	if len(o.order) > 0 {
		shown.add(slices.Max(o.order)) // of the size that is needed
	}
	for _, i := range o.order {
		shown.add(i)
	}
	// by their numbers, for there the rows lie side by side
	on := !shown.within(o.marks.set)
	for i := range shown.all() {
		o.marks.put(&o.rows, i, on)
	}
}

// markRange marks from where the range began to the cursor.
func (o *objects) markRange() {
	from, to := min(o.anchor, o.win.cursor), max(o.anchor, o.win.cursor)
	for i := max(from, 0); i <= to && i < len(o.order); i++ {
		o.mark(i, true)
	}
}

// carried are the marks of rows, given by name to those of a newer listing.
func carried(old *rows, k marks, fresh *rows) (to marks) {
	if k.n == 0 {
		return to
	}
	marked, all := slices.Collect(k.set.all()), make([]int32, fresh.n)
	for i := range all {
		all[i] = int32(i)
	}
	old.sortByName(marked)
	fresh.sortByName(all)
	for _, i := range all {
		name := fresh.name(i)
		for len(marked) > 0 && bytes.Compare(old.name(marked[0]), name) < 0 {
			marked = marked[1:]
		}
		if len(marked) > 0 && bytes.Equal(old.name(marked[0]), name) {
			to.put(fresh, i, true)
		}
	}
	return to
}
