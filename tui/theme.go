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

	Text, Dim, Faint lipgloss.Style
	Accent, Title    lipgloss.Style // the accent colour; a focused heading
	Cursor           lipgloss.Style // the row under the cursor
	Mark             lipgloss.Style // the sign of a marked row
	Good, Warn, Bad  lipgloss.Style
	Border           lipgloss.Style
	Key              lipgloss.Style // a key in a hint

	Panel color.Color // the terminal's background as far as known, behind pictures with holes
}

// newTheme makes the palette for a dark or a light terminal.
func newTheme(dark bool) theme {
	pick := lipgloss.LightDark(dark)
	ink := func(light, dark string) lipgloss.Style {
		return lipgloss.NewStyle().Foreground(pick(lipgloss.Color(light), lipgloss.Color(dark)))
	}
	accent := ink("#3B4FB0", "#9DB0FF")
	return theme{
		dark:   dark,
		Text:   lipgloss.NewStyle(),
		Dim:    ink("240", "248"),
		Faint:  ink("245", "242"),
		Accent: accent,
		Title:  accent.Bold(true),
		Cursor: lipgloss.NewStyle().Background(pick(lipgloss.Color("254"), lipgloss.Color("236"))),
		Mark:   accent.Bold(true),
		Good:   ink("#2C7A4B", "#86C29A"),
		Warn:   ink("#8F5F00", "#E3B75F"),
		Bad:    ink("#B3261E", "#EE857D"),
		Border: ink("252", "238"),
		Key:    lipgloss.NewStyle().Bold(true),
		Panel:  pick(lipgloss.Color("#FAFAF9"), lipgloss.Color("#18181B")),
	}
}
