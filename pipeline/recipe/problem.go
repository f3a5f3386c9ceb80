package recipe

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Problem is one thing wrong in a recipe. Line and Column count from 1 and are
// 0 where there is no file.
type Problem struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"` // bytes
	Text   string `json:"problem"`
}

// Error is "file:line:column: text".
func (p Problem) Error() string {
	switch {
	case p.File == "" && p.Column > 0:
		return fmt.Sprintf("column %d: %s", p.Column, p.Text)
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems is everything wrong at once, in the order of the files.
type Problems []Problem

// Error has one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, x := range p {
		lines[i] = x.Error()
	}
	return strings.Join(lines, "\n")
}

// orNil keeps an empty list from becoming a non-nil error.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// Unknown words that no such thing is known, with the known one that was
// probably meant, or all of them.
func Unknown(what, word string, known []string) string { return unknown(what, word, known) }

// unknown words "unknown step "shrapen": did you mean sharpen?".
func unknown(what, word string, known []string) string {
	text := fmt.Sprintf("unknown %s %q", what, word)
	best, distance := "", 3
	for _, k := range known {
		if d := levenshtein.Distance(strings.ToLower(word), k, nil); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	if best != "" {
		return text + ": did you mean " + best + "?"
	}
	return text + ": known are " + strings.Join(known, ", ")
}

// Caret is text, written on one line, with a mark under the column of each
// problem that has one, and what is wrong there.
func (p Problems) Caret(text string) string {
	var out strings.Builder
	text = strings.Map(func(c rune) rune {
		if c < ' ' {
			return ' '
		}
		return c
	}, text)
	for _, x := range p {
		if x.Column == 0 {
			fmt.Fprintf(&out, "%s\n", x.Text)
			continue
		}
		before := text[:min(x.Column-1, len(text))]
		fmt.Fprintf(&out, "column %d: %s\n  %s\n  %s^\n", x.Column, x.Text, text, strings.Repeat(" ", utf8.RuneCountInString(before)))
	}
	return strings.TrimSuffix(out.String(), "\n")
}
