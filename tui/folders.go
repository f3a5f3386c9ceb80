package tui

import (
	"path"
	"strconv"
	"strings"

	"weft/config"
)

// folders is the folder pane: the five folders with their counts, and what
// other folders the bucket has.
type folders struct {
	five   config.Folders
	others []string
	counts map[string]surveyed
	win    window
	top    int // first line drawn, where there are more than fit
}

func newFolders(five config.Folders) folders {
	return folders{five: five, counts: map[string]surveyed{}}
}

// prefixes are all folders in the order shown.
func (f *folders) prefixes() []string {
	all := make([]string, 0, len(f.five)+len(f.others))
	for _, x := range f.five {
		all = append(all, x.Prefix)
	}
	return append(all, f.others...)
}

// follow puts the cursor on the folder that holds a prefix.
func (f *folders) follow(prefix string) {
	for i, p := range f.prefixes() {
		if strings.HasPrefix(prefix, p) {
			f.win.cursor = i
			return
		}
	}
}

// view draws the pane in exactly height lines of width cells. here is the
// prefix that the object pane shows.
func (f *folders) view(t theme, width, height int, focused bool, here string) []string {
	var lines []string
	put := func(s string) { lines = append(lines, s) }
	all := f.prefixes()
	for i, prefix := range all {
		if i == len(f.five) {
			put(blank(width))
			put(" " + t.Faint.Render(fit("other", width-1)))
		}
		label := "  "
		if i < len(f.five) {
			label = strconv.Itoa(i+1) + " "
		}
		if i == f.win.cursor { // its line stays in sight
			f.top = clamp(f.top, len(lines)-height+1, len(lines))
		}
		put(f.line(t, prefix, label, width, i == f.win.cursor && focused, here != "" && strings.HasPrefix(here, prefix)))
	}
	f.top = clamp(f.top, 0, len(lines)-height)
	lines = lines[f.top:min(len(lines), f.top+height)]
	for len(lines) < height {
		lines = append(lines, blank(width))
	}
	return lines
}

func (f *folders) line(t theme, prefix, label string, width int, cursor, here bool) string {
	count := ""
	if c, ok := f.counts[prefix]; ok {
		switch {
		case c.err != nil:
			count = "!"
		case c.more:
			count = humanCount(c.count) + "+"
		default:
			count = humanCount(c.count)
		}
	}
	name := Clean(path.Base(strings.TrimSuffix(prefix, "/")))
	if label == "  " {
		name += "/"
	}
	nameStyle, edge := t.Text, " "
	if here {
		nameStyle = t.Accent
	}
	if cursor {
		edge = "▌"
	}
	on := t.on(cursor)
	nameWidth := max(0, width-1-2-7)
	return on(t.Accent, edge) + on(t.Faint, label) + on(nameStyle, fit(name, nameWidth)) +
		on(t.Faint, right(count, min(6, max(0, width-3-nameWidth-1)))) + on(t.Text, blank(min(1, max(0, width-3-nameWidth))))
}
