package tui

import (
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"weft/pipeline/picture"
)

// lookLines are what a picture looks like, as its row in the table says: its
// colours, each with its name, since a colour alone is no sign, then the rest.
func lookLines(t theme, f picture.Facts, width int) []string {
	var chips []string
	for _, c := range f.Palette {
		block := lipgloss.NewStyle().Foreground(lipgloss.Color(c.Hex)).Render("██")
		chips = append(chips, block+" "+t.Dim.Render(fmt.Sprintf("%s %2.0f%%", c.Hex, 100*c.Share)))
	}
	tiles := map[string]string{"both": "tiles both ways", "horizontal": "tiles side by side", "vertical": "tiles on top of each other", "none": "does not tile"}[f.Tiles]
	out := flow(chips, "  ", width)
	out = append(out, flow([]string{t.Dim.Render("sharpness ") + group(int(f.Sharpness+0.5)), t.Dim.Render(tiles)}, "  ", width)...)
	line := []string{t.Faint.Render("hash " + Clean(f.Hash))}
	if f.Profile != "" {
		line = append(line, t.Faint.Render(Clean(f.Profile)))
	}
	return append(out, flow(line, "  ", width)...)
}

// lookAgain reads the row of the picture shown, if there was none and now may be:
// a recipe has run over it.
func (m *Model) lookAgain() tea.Cmd {
	d := &m.detail
	ran := func(out output) bool { _, ok := m.objects.results[out.key]; return ok }
	if d.info == nil || d.known != nil || !slices.ContainsFunc(m.outputs(d.key), ran) {
		return nil
	}
	ctx, token := m.describing.begin(m.ctx)
	return describe(ctx, m.session, token, d.key)
}

// flow lays words out in lines, as many on each as there is room for.
func flow(words []string, gap string, width int) []string {
	var out []string
	for _, w := range words {
		if n := len(out); n > 0 && ansi.StringWidth(out[n-1])+ansi.StringWidth(gap)+ansi.StringWidth(w) <= width {
			out[n-1] += gap + w
			continue
		}
		out = append(out, w)
	}
	return out
}
