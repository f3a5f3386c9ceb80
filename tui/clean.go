package tui

import (
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// What stands for something that must not reach the terminal. Control
// characters have pictures of their own in Unicode, U+2400 and on.
const (
	hiddenSign  = '·' // something without a safe shape of its own
	blankSign   = '␣' // a blank that is no ordinary space
	invalidSign = utf8.RuneError
)

// maxMarks is how many combining marks a character may carry. Written languages
// need at most four; text that climbs out of its line uses dozens.
const maxMarks = 4

// Clean makes text from the bucket safe to draw, log and copy. It is the one
// place that does so: keys, metadata and error texts pass it, and nothing else
// decides what is safe.
//
// The result is one line of visible characters: no control or escape
// sequence, nothing invisible, nothing that changes the reading direction, no
// more than four marks on a character. Each thing taken out leaves a visible
// sign, so that different keys rarely look alike and nothing can hide.
// Terminals with and without grapheme clusters give the result the same width,
// so that it cannot shift what is drawn beside it; scripts whose width they
// disagree on (Devanagari, Tamil) and joined emoji pay for that with signs
// between their parts. Cleaning twice is cleaning once. The raw key, not the
// clean one, is what the store is asked for.
func Clean(s string) string {
	if plain(s) {
		return s
	}
	c := cleaner{out: make([]byte, 0, len(s)+16)}
	for _, r := range s { // an invalid byte comes as utf8.RuneError
		c.add(r)
	}
	return string(c.out)
}

// plain tells whether s is printable ASCII throughout.
func plain[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// cleaner builds a clean string, one rune at a time.
type cleaner struct {
	out     []byte
	cluster int  // where the last character of out, with its marks, begins
	marks   int  // how many marks it has
	last    rune // it, without its marks
}

func (c *cleaner) add(r rune) {
	switch {
	case r < ' ':
		c.base('␀' + r)
	case r == 0x7f:
		c.base('␡')
	case r < 0x7f:
		c.put(r)
	case r == utf8.RuneError || r <= 0x9f:
		c.base(invalidSign)
	case r == 'ำ': // Thai and Lao AM: widths agree on its two halves only
		c.mark('\u0e4d')
		c.base('า')
	case r == 'ຳ':
		c.mark('\u0ecd')
		c.base('າ')
	case r == '\uff9e' || r == '\uff9f': // halfwidth voiced sound marks
		c.mark(r - '\uff9e' + '\u3099')
	case isBlank(r):
		c.base(blankSign)
	case isHidden(r):
		c.base(hiddenSign)
	case unicode.Is(unicode.Mn, r):
		c.mark(r)
	default:
		c.base(r)
	}
}

// base adds a character that stands for itself.
func (c *cleaner) base(r rune) {
	if syllable, ok := compose(c.last, r); ok && c.marks == 0 {
		c.out = c.out[:c.cluster]
		c.put(syllable)
		return
	}
	if !standsAlone(r) {
		r = hiddenSign
	}
	if len(c.out) > 0 && joins(string(c.out[c.cluster:]), r) {
		c.put(hiddenSign) // what would melt into one character is kept apart
	}
	c.put(r)
}

// mark adds a combining mark to the character before it.
func (c *cleaner) mark(r rune) {
	if len(c.out) == 0 || c.marks == maxMarks || !carries(string(c.out[c.cluster:]), r) {
		c.put(hiddenSign)
		return
	}
	c.out = utf8.AppendRune(c.out, r)
	c.marks++
}

func (c *cleaner) put(r rune) {
	c.cluster, c.marks, c.last = len(c.out), 0, r
	c.out = utf8.AppendRune(c.out, r)
}

// isBlank tells whether r is drawn as empty space: all spaces but the ordinary
// one, the Hangul fillers and the empty braille cell.
func isBlank(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return r != ' ' && unicode.Is(unicode.Zs, r)
}

// isHidden tells whether r is invisible, has no agreed shape, or acts on its
// neighbours: format and bidi controls, separators of lines and paragraphs,
// private and unassigned code points, marks that enclose or stand in cells of
// their own, variation selectors and other ignorable marks.
func isHidden(r rune) bool {
	if !unicode.IsGraphic(r) || unicode.In(r, unicode.Me, unicode.Mc, unicode.Variation_Selector) {
		return true
	}
	switch r {
	case '\u034f', '\u17b4', '\u17b5': // grapheme joiner, Khmer inherent vowels
		return true
	}
	return false
}

// standsAlone tells whether r takes the same cells by every way of counting
// and joins neither what may stand before it nor what may stand behind.
func standsAlone(r rune) bool {
	s, sign := string(r), string(hiddenSign)
	width := ansi.StringWidth(s)
	return width > 0 && width == ansi.StringWidthWc(s) && !joins(s, hiddenSign) && !joins(sign, r)
}

// joins tells whether r would become part of the character before it.
func joins(before string, r rune) bool {
	cluster, _ := ansi.FirstGraphemeCluster(before+string(r), ansi.GraphemeWidth)
	return len(cluster) > len(before)
}

// carries tells whether a mark joins the character and leaves its width.
func carries(character string, mark rune) bool {
	marked := character + string(mark)
	return joins(character, mark) &&
		ansi.StringWidth(marked) == ansi.StringWidth(character) &&
		ansi.StringWidthWc(marked) == ansi.StringWidthWc(character)
}

// compose joins Hangul letters to their syllable, as file names from macOS need
// (Unicode Standard, section 3.12).
func compose(first, second rune) (rune, bool) {
	const (
		leads, vowels, trails, syllables = 0x1100, 0x1161, 0x11a7, 0xac00
		leadCount, vowelCount            = 19, 21
		trailCount                       = 28 // counting none as the first
	)
	lead, vowel, trail := first-leads, second-vowels, second-trails
	if 0 <= lead && lead < leadCount && 0 <= vowel && vowel < vowelCount {
		return syllables + (lead*vowelCount+vowel)*trailCount, true
	}
	open := first - syllables
	if 0 <= open && open < leadCount*vowelCount*trailCount && open%trailCount == 0 && 0 < trail && trail < trailCount {
		return first + trail, true
	}
	return 0, false
}
