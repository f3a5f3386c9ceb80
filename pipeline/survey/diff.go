package survey

import (
	"strings"

	"weft/pipeline/lines"
)

// Diff is the difference between two texts, by their longest common subsequence of
// lines, with three lines around each change.
func Diff(is, to string) []lines.Line {
	return around(lines.Compare(linesOf(is), linesOf(to)))
}

func linesOf(text string) []string {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// around keeps what is near a change.
func around(all []lines.Line) (out []lines.Line) {
	const near = 3
	keep := make([]bool, len(all))
	for i, l := range all {
		if l.Sign != ' ' {
			for k := max(0, i-near); k <= min(len(all)-1, i+near); k++ {
				keep[k] = true
			}
		}
	}
	for i, l := range all {
		switch {
		case keep[i]:
			out = append(out, l)
		case i > 0 && keep[i-1]:
			out = append(out, lines.Line{Sign: ' ', Text: "…"})
		}
	}
	return out
}
