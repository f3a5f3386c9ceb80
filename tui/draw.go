package tui

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// style is how text is drawn. The escape sequences are made once: a screen has
// some hundred segments, and is drawn after every message.
type style struct {
	lipgloss.Style
	plain, lit string // what switches it on, without and with the cursor's background
}

func newStyle(s, cursor lipgloss.Style) style {
	return style{Style: s, plain: opening(s), lit: opening(s.Background(cursor.GetBackground()))}
}

// opening is what a style writes before the text.
func opening(s lipgloss.Style) string {
	before, _, _ := strings.Cut(s.Render("x"), "x")
	return before
}

// Render draws text of one line.
func (s style) Render(text string) string { return wrapped(s.plain, text) }

func wrapped(open, text string) string {
	if open == "" || text == "" {
		return text
	}
	return open + text + "\x1b[m"
}

// on gives the way to draw a segment of a row: with the cursor's background or without.
func (t theme) on(cursor bool) func(style, string) string {
	if cursor {
		return func(s style, text string) string { return wrapped(s.lit, text) }
	}
	return func(s style, text string) string { return wrapped(s.plain, text) }
}

// blank is n spaces.
func blank(n int) string { return strings.Repeat(" ", max(0, n)) }

// right sets text against the right edge of width cells.
func right(text string, width int) string {
	if w := ansi.StringWidth(text); w < width {
		return blank(width-w) + text
	}
	return fit(text, width)
}

// box cuts and pads styled lines to exactly width × height cells.
func box(lines []string, width, height int) []string {
	out := make([]string, height)
	for i := range out {
		s := ""
		if i < len(lines) {
			s = lines[i]
		}
		w := ansi.StringWidth(s)
		if w > width {
			s, w = ansi.Truncate(s, width, ""), width
		}
		out[i] = s + blank(width-w)
	}
	return out
}

// rule is a horizontal line with a title near its left end and a note near its right one.
func rule(t theme, title, note string, width int, focused bool) string {
	style := t.Dim
	if focused {
		style = t.Title
	}
	title = ansi.Truncate(title, max(0, width-3), "…")
	left := t.Border.Render("─ ") + style.Render(title) + " "
	if title == "" {
		left = ""
	}
	tail := ""
	if note != "" && ansi.StringWidth(title)+ansi.StringWidth(note)+8 <= width {
		tail = " " + t.Faint.Render(note) + t.Border.Render(" ─")
	}
	fill := width - ansi.StringWidth(left) - ansi.StringWidth(tail)
	if fill < 0 {
		return ansi.Truncate(left, width, "")
	}
	return left + t.Border.Render(strings.Repeat("─", fill)) + tail
}

// frame draws a sheet: a rounded border with the title in it. The body is cut
// to the width inside; the whole is width cells wide.
func frame(t theme, title string, body []string, width, height int) string {
	if width < 4 || height < 3 {
		return strings.Join(box(body, max(0, width), max(0, height)), "\n")
	}
	inner := width - 4
	rows := min(len(body), height-2)
	title = ansi.Truncate(title, max(0, width-6), "…")
	edge := t.Border
	top := edge.Render("╭ ") + t.Title.Render(title) + " "
	if title == "" {
		top = edge.Render("╭")
	}
	top += edge.Render(strings.Repeat("─", max(0, width-1-ansi.StringWidth(top))) + "╮")
	lines := []string{top}
	for _, s := range box(body, inner, rows) {
		lines = append(lines, edge.Render("│ ")+s+edge.Render(" │"))
	}
	lines = append(lines, edge.Render("╰"+strings.Repeat("─", width-2)+"╯"))
	return strings.Join(lines, "\n")
}

// wrap breaks plain text into lines of at most width cells.
func wrap(text string, width int) []string {
	if width < 1 {
		return nil
	}
	// names are not broken at their hyphens, which Wrap would do
	kept := strings.ReplaceAll(text, "-", "\u2011")
	return strings.Split(strings.ReplaceAll(ansi.Wrap(kept, width, " /"), "\u2011", "-"), "\n")
}

// styled renders each line in a style.
func styled(s style, lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = s.Render(l)
	}
	return out
}
