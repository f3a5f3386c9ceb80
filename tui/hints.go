package tui

import (
	"cmp"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// hints shows the keys that apply; what cannot be done now is faint.
func (m *Model) hints() string {
	hinted := m.hinted(browsing)
	// the last one, help, has its place in any case
	line, last := " ", ""
	if n := len(hinted) - 1; n >= 0 {
		last, hinted = m.hintOf(hinted[n]), hinted[:n]
	}
	for _, a := range hinted {
		if s := m.hintOf(a) + "  "; ansi.StringWidth(line)+ansi.StringWidth(s)+ansi.StringWidth(last) <= m.width {
			line += s
		}
	}
	return line + last
}

// hinted are the actions of a scope that have a place among the hints, in order.
func (m *Model) hinted(s scope) []*action {
	var all []*action
	for i := range m.acts {
		if a := &m.acts[i]; a.scope == s && a.hint > 0 && len(a.keys) > 0 {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, func(a, b *action) int { return cmp.Compare(a.hint, b.hint) })
	return all
}

// hintOf is an action's key with its label.
func (m *Model) hintOf(a *action) string {
	key := m.theme.Key
	label := m.theme.Dim
	if a.disabled != nil && a.disabled(m) != "" {
		key, label = m.theme.Faint, m.theme.Faint
	}
	return key.Render(shownKeys(a.keys[:1])) + " " + label.Render(a.label)
}

// keyLine are the hints of a sheet: those of its scope, and those of the named
// actions, as far as they fit, and how to leave.
func (m *Model) keyLine(width int, s scope, names ...string) string {
	var all []*action
	leave := ""
	if s != closing {
		all = m.hinted(s)
	}
	for _, name := range names {
		for i := range m.acts {
			if a := &m.acts[i]; a.name == name && len(a.keys) > 0 {
				all = append(all, a)
			}
		}
	}
	for i := range m.acts {
		if a := &m.acts[i]; a.name == "close" && len(a.keys) > 0 && s != typing {
			leave = m.hintOf(a)
		}
	}
	line := ""
	for _, a := range all {
		if h := m.hintOf(a) + "   "; ansi.StringWidth(line)+ansi.StringWidth(h)+ansi.StringWidth(leave) <= width {
			line += h
		}
	}
	return line + leave
}

// chordBox lists what the second key of a chord does, in a box.
func (m *Model) chordBox() string {
	t := m.theme
	var lines []string
	widest := 0
	for i := range m.acts {
		a := &m.acts[i]
		if !slices.Contains(m.heard, a.scope) {
			continue
		}
		for _, k := range a.keys {
			rest, ok := strings.CutPrefix(k, m.pending+" ")
			if !ok {
				continue
			}
			key, label := t.Key, t.Dim
			about := a.about
			if a.disabled != nil {
				if why := a.disabled(m); why != "" {
					key, label, about = t.Faint, t.Faint, why
				}
			}
			lines = append(lines, key.Render(fit(shownKeys([]string{rest}), 3))+label.Render(about))
			widest = max(widest, ansi.StringWidth(about)+3)
		}
	}
	return frame(t, shownKeys([]string{m.pending})+" …", lines, min(m.width, max(widest, 16)+4), m.height)
}
