package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"
)

// columns says which columns of the object pane fit into a width.
type columns struct {
	name, size, age, kind, badge int // cells; 0: not shown
}

func fitColumns(width int) columns {
	c := columns{name: width - 3}
	take := func(field *int, cells, least int) {
		if c.name-cells >= least {
			*field, c.name = cells, c.name-cells
		}
	}
	take(&c.size, 9, 14)
	take(&c.age, 11, 20)
	take(&c.badge, 4, 22)
	take(&c.kind, 6, 26)
	return c
}

// view draws the rows in exactly height lines of width cells.
func (o *objects) view(t theme, width, height int, focused bool, now time.Time, badge func(*row) (string, style)) []string {
	c := fitColumns(width)
	from, to := o.win.visible(len(o.order), height)
	lines := make([]string, 0, height)
	for i := from; i < to; i++ {
		lines = append(lines, o.line(t, o.order[i], c, focused && i == o.win.cursor, i == o.win.cursor, now, badge))
	}
	for len(lines) < height {
		lines = append(lines, blank(width))
	}
	return lines
}

func (o *objects) line(t theme, at int32, c columns, focused, cursor bool, now time.Time, badge func(*row) (string, style)) string {
	r, on := o.rows.at(at), t.on(focused)
	// a blank takes no colour: its escape sequences would be most of a step's bytes
	edge, sign, edgeStyle, signStyle := " ", " ", t.Text, t.Text
	if cursor {
		edge, edgeStyle = "▌", t.Faint
	}
	if focused {
		edgeStyle = t.Accent
	}
	if o.marks.has(at) {
		sign, signStyle = "●", t.Mark
	}
	name := Clean(o.name(&r))
	if r.folder {
		return on(edgeStyle, edge) + on(signStyle, sign) + on(t.Dim, " ▸ ") + on(t.Text, fit(name, c.name-2)) +
			on(t.Text, blank(c.size+c.age+c.kind+c.badge))
	}
	style := t.Text
	if o.deleted {
		style = t.Gone
	}
	var b strings.Builder
	b.WriteString(on(edgeStyle, edge) + on(signStyle, sign) + on(t.Text, " "))
	shown := fitName(name, c.name)
	rest := c.name - lipgloss.Width(shown)
	b.WriteString(on(style, shown) + on(t.Text, blank(rest)))
	if c.size > 0 {
		size := humanSize(r.Size)
		if o.deleted {
			size = "deleted"
		}
		b.WriteString(on(t.Dim, right(size, c.size)))
	}
	if c.age > 0 {
		b.WriteString(on(t.Faint, fit("  "+humanTime(r.modified(), now), c.age)))
	}
	if c.kind > 0 {
		b.WriteString(on(t.Faint, fit(" "+kind(r.Key), c.kind)))
	}
	if c.badge > 0 {
		text, s := badge(&r)
		b.WriteString(on(s, fit(text, c.badge)))
	}
	return b.String()
}

// markedLine counts the marked rows. How much a folder holds is not known
// before it is listed.
func (o *objects) markedLine() string {
	s := group(o.marks.n) + " marked"
	if o.marks.bytes > 0 {
		s += ", " + humanSize(o.marks.bytes)
	}
	switch {
	case o.marks.folders == 1:
		s += " and what the folder holds"
	case o.marks.folders > 1:
		s += " and what the folders hold"
	}
	return s
}

// summary counts what is loaded and says how the loading goes.
func (o *objects) summary() string {
	if o.err != nil && o.count() == 0 {
		return ""
	}
	s := plural(o.count(), "object") + "  " + humanSize(o.rows.bytes)
	if o.deleted {
		s = plural(o.count(), "deleted object")
	}
	switch {
	case o.filter != "" && o.late():
		s = fmt.Sprintf("filtering %s loaded…", group(o.rows.n))
	case o.filter != "":
		s = fmt.Sprintf("%s of %s loaded match", group(len(o.order)), group(o.rows.n))
	}
	switch {
	case o.loading && o.rows.n > 0:
		s += "  loading… Esc stops"
	case o.err != nil:
		s += "  incomplete: R lists it again"
	case o.stopped:
		s += "  stopped: R loads all"
	case o.renewal != nil && o.renewal.rows.n > atOnce: // fewer are there before it is read
		s += "  again " + group(o.renewal.rows.n) + "… Esc stops"
	}
	return s
}

// sorted says what the rows are ordered by, and of how many that is true.
func (o *objects) sorted() string {
	s := sortings[o.sort] + " ↑"
	if o.reverse {
		s = sortings[o.sort] + " ↓"
	}
	switch {
	case o.late() && o.rows.n > atOnce:
		s += " sorting…"
	case o.partial() && o.rows.n > 0 && (o.sort != byName || o.reverse):
		s += " of what is loaded"
	}
	return s
}

// plural is a number with its noun: "1 object", "1,204 objects".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return group(n) + " " + noun + "s"
}
