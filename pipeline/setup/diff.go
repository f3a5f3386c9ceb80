package setup

import (
	"strings"

	"weft/pipeline/lines"
)

// near is how many lines that stay are shown beside one that does not.
const near = 2

// Diff is how one document becomes another, line by line, with what stays only
// near what changes; … stands for what is left out.
func Diff(is, to string) []lines.Line {
	return shortened(lines.Compare(strings.Split(is, "\n"), strings.Split(to, "\n")))
}

// shortened leaves out what stays and is not near a change.
func shortened(all []lines.Line) []lines.Line {
	keep := make([]bool, len(all))
	for i, l := range all {
		if l.Sign == ' ' {
			continue
		}
		for k := max(0, i-near); k <= min(len(all)-1, i+near); k++ {
			keep[k] = true
		}
	}
	var out []lines.Line
	for i, l := range all {
		switch {
		case keep[i]:
			out = append(out, l)
		case i > 0 && keep[i-1] && i < len(all)-1:
			out = append(out, lines.Line{Sign: ' ', Text: "…"})
		}
	}
	return out
}
