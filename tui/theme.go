package tui

import (
	"image/color"

	"charm.land/lipgloss/v2"
)

// theme is the look: three strengths of text, one accent, and red, amber and
// green for meaning only. Text takes the terminal's own foreground, so that it
// is right on any background and costs no bytes.
type theme struct {
	dark bool

	Text, Dim, Faint style
	Name, Gone       style // a name that matters most; one of a deleted object
	Accent, Title    style // the accent colour; a focused heading
	Mark             style // the sign of a marked row
	Good, Warn, Bad  style
	Border           style
	Key              style // a key in a hint

	Panel color.Color // the terminal's background as far as known, behind pictures with holes
}

// newTheme makes the palette for a dark or a light terminal.
func newTheme(dark bool) theme {
	pick := lipgloss.LightDark(dark)
	cursor := lipgloss.NewStyle().Background(pick(lipgloss.Color("254"), lipgloss.Color("236")))
	ink := func(light, dark string) lipgloss.Style {
		return lipgloss.NewStyle().Foreground(pick(lipgloss.Color(light), lipgloss.Color(dark)))
	}
	make := func(s lipgloss.Style) style { return newStyle(s, cursor) }
	text, accent, dim := lipgloss.NewStyle(), ink("#3B4FB0", "#9DB0FF"), ink("240", "248")
	return theme{
		dark:   dark,
		Text:   make(text),
		Name:   make(text.Bold(true)),
		Dim:    make(dim),
		Gone:   make(dim.Strikethrough(true)),
		Faint:  make(ink("245", "242")),
		Accent: make(accent),
		Title:  make(accent.Bold(true)),
		Mark:   make(accent.Bold(true)),
		Good:   make(ink("#2C7A4B", "#86C29A")),
		Warn:   make(ink("#8F5F00", "#E3B75F")),
		Bad:    make(ink("#B3261E", "#EE857D")),
		Border: make(ink("252", "238")),
		Key:    make(text.Bold(true)),
		Panel:  pick(lipgloss.Color("#FAFAF9"), lipgloss.Color("#18181B")),
	}
}
