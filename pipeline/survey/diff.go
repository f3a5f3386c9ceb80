package survey

import "strings"

// Line is a line of a difference between two texts.
type Line struct {
	Sign rune // '+', '-' or ' '
	Text string
}

// Diff is the difference between two texts, by their longest common subsequence of
// lines, with three lines around each change.
func Diff(is, to string) []Line {
	a, b := linesOf(is), linesOf(to)
	if len(a)*len(b) > mostCells {
		return append(signed('-', a), signed('+', b)...)
	}
	longest := make([][]int, len(a)+1)
	for i := range longest {
		longest[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var all []Line
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, Line{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			all = append(all, Line{'-', a[i]})
			i++
		default:
			all = append(all, Line{'+', b[j]})
			j++
		}
	}
	return around(all)
}

func linesOf(text string) []string {
	if text = strings.TrimRight(text, "\n"); text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}

// mostCells bounds the memory of a difference: of longer texts all is shown as new.
const mostCells = 4 << 20

func signed(sign rune, lines []string) (all []Line) {
	for _, l := range lines {
		all = append(all, Line{sign, l})
	}
	return all
}

// around keeps what is near a change.
func around(all []Line) (out []Line) {
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
			out = append(out, Line{' ', "…"})
		}
	}
	return out
}
