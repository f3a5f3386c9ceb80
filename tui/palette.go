package tui

import (
	"fmt"
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
)

// palette finds any action by what it is called or does.
type palette struct {
	input textinput.Model
	found []*action
	win   window
}

func (m *Model) showPalette() tea.Cmd {
	p := &palette{input: newInput(m.theme, ": ", "")}
	p.search(m)
	m.sheet = p
	return p.input.Focus()
}

// search keeps the actions whose name, label or sentence holds every word typed.
func (p *palette) search(m *Model) {
	words := strings.Fields(strings.ToLower(p.input.Value()))
	p.found, p.win = nil, window{}
	for i := range m.acts {
		a := &m.acts[i]
		if a.scope != browsing && a.scope != motions {
			continue
		}
		text := strings.ToLower(a.name + " " + a.label + " " + a.about)
		hit := true
		for _, w := range words {
			hit = hit && strings.Contains(text, w)
		}
		if hit {
			p.found = append(p.found, a)
		}
	}
	// what is called so comes before what only mentions it
	typed := strings.Join(words, "-")
	rank := func(a *action) int {
		switch {
		case strings.HasPrefix(a.name, typed) || strings.HasPrefix(a.label, typed):
			return 0
		case strings.Contains(a.name, typed):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(p.found, func(a, b *action) int { return rank(a) - rank(b) })
}

func (p *palette) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch m.typed(msg) {
	case "type-cancel":
		m.sheet = nil
		return nil
	case "type-accept":
		m.sheet = nil
		if p.win.cursor < len(p.found) {
			return m.perform(p.found[p.win.cursor])
		}
		return nil
	case "type-next":
		p.win.move(1, len(p.found), p.rows(m))
		return nil
	case "type-previous":
		p.win.move(-1, len(p.found), p.rows(m))
		return nil
	case "type-complete":
		if p.win.cursor < len(p.found) {
			p.input.SetValue(p.found[p.win.cursor].name)
			p.input.CursorEnd()
			p.search(m)
		}
		return nil
	}
	return p.answer(m, msg)
}

func (p *palette) answer(m *Model, msg tea.Msg) tea.Cmd {
	before := p.input.Value()
	var cmd tea.Cmd
	p.input, cmd = p.input.Update(msg)
	if p.input.Value() != before {
		p.search(m)
	}
	return cmd
}

func (p *palette) close(m *Model) { m.sheet = nil }

func (p *palette) list(m *Model) (*window, int, int) { return &p.win, len(p.found), p.rows(m) }

func (p *palette) rows(m *Model) int { return clamp(m.height-8, 1, 14) }

func (p *palette) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 96)
	inner := width - 4
	p.input.SetWidth(max(1, inner-4))
	body := []string{p.input.View(), ""}
	from, to := p.win.visible(len(p.found), p.rows(m))
	for i := from; i < to; i++ {
		a := p.found[i]
		on := t.on(i == p.win.cursor)
		edge, style := " ", t.Dim
		if i == p.win.cursor {
			edge = "▌"
		}
		about := a.about
		if a.disabled != nil {
			if why := a.disabled(m); why != "" {
				about, style = why, t.Faint
			}
		}
		body = append(body, on(t.Accent, edge)+on(t.Text, fit(a.name, 18))+on(t.Key, fit(shownKeys(a.keys), 20))+on(style, fit(about, max(0, inner-39))))
	}
	if len(p.found) == 0 {
		body = append(body, t.Dim.Render("No action is called that."))
	}
	return frame(t, fmt.Sprintf("Commands (%d)", len(p.found)), body, width, height)
}

// helpWidth is how wide the help is at most, helpKeys the column of its keys.
const helpWidth, helpKeys = 100, 22

// showHelp lists every key; what cannot be done now is said to be so.
func (m *Model) showHelp() tea.Cmd {
	t := m.theme
	var lines []string
	var last scope
	for i := range m.acts {
		a := &m.acts[i]
		if a.scope != last {
			if last != "" {
				lines = append(lines, "")
			}
			lines = append(lines, t.Title.Render(string(a.scope)))
			last = a.scope
		}
		style, about := t.Text, a.about
		if a.disabled != nil && a.disabled(m) != "" {
			style, about = t.Dim, about+" (not now)"
		}
		keys := shownKeys(a.keys)
		for _, l := range wrap(about, max(20, min(m.width, helpWidth)-4-helpKeys)) {
			lines = append(lines, t.Key.Render(fit(keys, helpKeys))+style.Render(l))
			keys = ""
		}
	}
	m.sheet = &reader{title: "Keys", lines: lines, wide: helpWidth, from: "help"}
	return nil
}

// ansiFit cuts text to a width, marking the cut.
func ansiFit(s string, width int) string { return ansi.Truncate(s, max(0, width), "…") }
