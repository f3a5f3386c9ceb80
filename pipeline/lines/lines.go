// Package lines compares texts line by line. It does not know what they are of.
package lines

// Line is a line of a difference between two texts.
type Line struct {
	Sign rune // '-' goes, '+' comes, ' ' stays
	Text string
}

// String is the line with its sign before it.
func (l Line) String() string { return string(l.Sign) + " " + l.Text }

// mostCells bounds the memory of a difference: of longer texts all is shown as new.
const mostCells = 4 << 20

// Compare is how a becomes b, by their longest common subsequence.
func Compare(a, b []string) []Line {
	if len(a)*len(b) > mostCells {
		return append(signed('-', a), signed('+', b)...)
	}
	// longest[i][j] is the length of the longest common subsequence of a[i:] and b[j:].
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
		case j == len(b) || i < len(a) && longest[i+1][j] >= longest[i][j+1]:
			all = append(all, Line{'-', a[i]})
			i++
		default:
			all = append(all, Line{'+', b[j]})
			j++
		}
	}
	return all
}

func signed(sign rune, lines []string) (all []Line) {
	for _, l := range lines {
		all = append(all, Line{sign, l})
	}
	return all
}
