package setup

import "strings"

// Line is one line of a difference between two documents.
type Line struct {
	Sign byte // '-' goes, '+' comes, ' ' stays
	Text string
}

// String is the line with its sign before it.
func (l Line) String() string { return string(l.Sign) + " " + l.Text }

// near is how many lines that stay are shown beside one that does not.
const near = 2

// Diff is how one document becomes another, line by line, with what stays only
// near what changes; … stands for what is left out.
func Diff(is, to string) []Line {
	a, b := strings.Split(is, "\n"), strings.Split(to, "\n")
	// longest[i][j] is the length of the longest common subsequence of a[i:] and
	// b[j:]. Documents here have at most some hundred lines.
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
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			all = append(all, Line{' ', a[i]})
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || longest[i+1][j] >= longest[i][j+1]):
			all = append(all, Line{'-', a[i]})
			i++
		default:
			all = append(all, Line{'+', b[j]})
			j++
		}
	}
	return shortened(all)
}

// shortened leaves out what stays and is not near a change.
func shortened(all []Line) []Line {
	keep := make([]bool, len(all))
	for i, l := range all {
		if l.Sign == ' ' {
			continue
		}
		for k := max(0, i-near); k <= min(len(all)-1, i+near); k++ {
			keep[k] = true
		}
	}
	var out []Line
	for i, l := range all {
		switch {
		case keep[i]:
			out = append(out, l)
		case i > 0 && keep[i-1] && i < len(all)-1:
			out = append(out, Line{' ', "…"})
		}
	}
	return out
}
