package s3ops

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// ruler measures how far apart the names of a listing lie: it takes keys for
// numbers, written in the letters and digits that differ within a page.
type ruler struct {
	first, last string // the least and the greatest name of a page
	digits      string // those letters and digits, in order
}

// digitsRead is how many places of a key are looked at: a page of a thousand
// keys counts in three.
const digitsRead = 3

// rulerOf measures a page, and tells whether it lists by the bytes of its keys.
func rulerOf(p Page) (r ruler, sorted bool) {
	sorted = slices.IsSorted(p.Folders) && slices.IsSortedFunc(p.Objects, func(x, y Object) int { return strings.Compare(x.Key, y.Key) })
	each := func(see func(string)) {
		for _, f := range p.Folders {
			see(f)
		}
		for i := range p.Objects {
			see(p.Objects[i].Key)
		}
	}
	none := true
	each(func(name string) {
		if none || name < r.first {
			r.first = name
		}
		if none || name > r.last {
			r.last = name
		}
		none = false
	})
	// Only what is of the kind of the first place that differs counts: a number
	// in decimal has ten digits, seen or not, and no letter of the name after it.
	same := r.same()
	var seen [128]bool
	kinds := map[byte]bool{}
	each(func(name string) {
		for i := same; i < min(len(name), same+digitsRead); i++ {
			if c := name[i]; c < 128 && classOf(c) != 0 {
				seen[c] = true
				if i == same {
					kinds[classOf(c)] = true
				}
			}
		}
	})
	var digits []byte
	for c := byte('0'); c <= 'z'; c++ {
		if k := classOf(c); kinds[k] && (seen[c] || k == '0') {
			digits = append(digits, c)
		}
	}
	r.digits = string(digits)
	return r, sorted
}

// classOf is '0' for digits, 'A' and 'a' for letters, and 0 for what does not count.
func classOf(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return '0'
	case 'A' <= c && c <= 'Z':
		return 'A'
	case 'a' <= c && c <= 'z':
		return 'a'
	}
	return 0
}

// same is how many bytes the first and the last name share.
func (r ruler) same() int { return common(r.first, r.last) }

func common(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// ahead guesses the name so many pages beyond the last one. The first bytes of
// it are fixed. It is "" if there is nothing to go by.
func (r ruler) ahead(pages float64, fixed int) string {
	same := max(r.same(), fixed)
	base := float64(len(r.digits))
	step := r.value(r.last, same) - r.value(r.first, same)
	if base < 2 || step <= 0 {
		return sibling(r.last, same)
	}
	target := r.value(r.last, same) + step*pages
	carry := int(target / base)
	target -= float64(carry) * base
	name := []byte(r.last[:same])
	end := -1 // of the count: the last sign that does not count
	for i := same - 1; i >= fixed && carry > 0; i-- {
		if d := strings.IndexByte(r.digits, name[i]); d >= 0 {
			d += carry
			name[i], carry = r.digits[d%len(r.digits)], d/len(r.digits)
		} else if end < 0 {
			end = i
		}
	}
	if carry > 0 {
		return sibling(r.last, end)
	}
	for range digitsRead {
		d := min(int(target), len(r.digits)-1)
		name = append(name, r.digits[d])
		target = (target - float64(d)) * base
	}
	if !utf8.Valid(name) {
		return ""
	}
	return string(name)
}

// value reads the places of a name from one on as a number; the first of them
// counts ones.
func (r ruler) value(name string, from int) float64 {
	v, unit := 0.0, 1.0
	for i := from; i < min(len(name), from+2*digitsRead); i++ {
		if d := strings.IndexByte(r.digits, name[i]); d > 0 {
			v += float64(d) * unit
		}
		unit /= float64(len(r.digits))
	}
	return v
}

// sibling is the least name that has a greater character at a place.
func sibling(name string, at int) string {
	for at > 0 && at < len(name) && !utf8.RuneStart(name[at]) {
		at--
	}
	if at < 0 || at >= len(name) {
		return ""
	}
	c, _ := utf8.DecodeRuneInString(name[at:])
	if c++; c == 0xd800 {
		c = 0xe000
	}
	if c > utf8.MaxRune || !utf8.ValidString(name[:at]) {
		return ""
	}
	return name[:at] + string(c)
}

// folderOf is the innermost folder that all keys from one on up to another are
// in; without the other it is that of the prefix.
func folderOf(prefix, from, until string) string {
	if until != "" {
		prefix = from[:common(from, until)]
	}
	return prefix[:strings.LastIndexByte(prefix, '/')+1]
}

// nameOf cuts a guess after the name it has in a folder. If the last key read
// is in a folder of that name, it is the place behind that folder.
func nameOf(guess, last, folder string) string {
	if !strings.HasPrefix(guess, folder) {
		return ""
	}
	name, _, inner := strings.Cut(guess[len(folder):], "/")
	guess = folder + name
	if !inner || guess > last {
		return guess
	}
	return guess + "0" // the sign after the slash
}
