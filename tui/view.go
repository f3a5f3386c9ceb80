package tui

import (
	"path"
	"strings"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"weft/s3ops"
)

// layout says where everything goes for the terminal's size, in cells.
type layout struct {
	top, body                int // first line of the panes, and how many lines they have
	folders, objects, detail int // widths; 0: not shown
	objectsAt                int
	head, breadcrumb, foot   bool
}

const (
	foldersWidth = 25
	leastObjects = 48
	leastPath    = 20 // below that the path is shown alone
)

func (m *Model) layout() layout {
	l := layout{head: m.height >= 6, breadcrumb: m.height >= 8, foot: m.height >= 4}
	if l.head {
		l.top++
	}
	if l.breadcrumb {
		l.top += 2 // and the rule with the panes' titles
	}
	l.body = m.height - l.top
	if l.foot {
		l.body -= 2
	}
	if l.breadcrumb {
		l.body-- // the rule below the panes
	}
	l.body = max(1, l.body)
	rest := m.width
	if rest >= 72 {
		l.folders = foldersWidth
		rest -= foldersWidth + 1
		l.objectsAt = foldersWidth + 1
	}
	if rest >= leastObjects+36 {
		l.detail = clamp(rest*45/100, 36, 96)
		rest -= l.detail + 1
	}
	l.objects = max(1, rest)
	return l
}

// bodyHeight is how many rows a pane shows.
func (m *Model) bodyHeight() int { return m.layout().body }

// View draws the screen.
func (m *Model) View() tea.View {
	v := tea.NewView(m.screen())
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	v.WindowTitle = "weft " + Clean(m.parts.Config.Bucket)
	return v
}

func (m *Model) screen() string {
	if m.width < 1 || m.height < 1 {
		return ""
	}
	base := strings.Join(m.lines(), "\n")
	room := m.height
	if m.height >= 12 {
		room -= 2 // the status line stays in sight
	}
	layers := []*lipgloss.Layer{lipgloss.NewLayer(base)}
	put := func(over string, place func(w, h int) (x, y int)) {
		w, h := lipgloss.Size(over)
		w, h = min(w, m.width), min(h, m.height)
		x, y := place(w, h)
		over = strings.Join(box(strings.Split(over, "\n"), w, h), "\n")
		layers = append(layers, lipgloss.NewLayer(over).X(max(0, x)).Y(max(0, y)).Z(len(layers)))
	}
	if m.sheet != nil {
		put(m.sheet.view(m, m.width, room), func(w, h int) (int, int) { return (m.width - w) / 2, (room - h) / 3 })
	}
	if m.pending != "" {
		put(m.chordBox(), func(w, h int) (int, int) { return m.width - w, m.height - 3 - h })
	}
	if lines := m.longToast(); len(lines) > 1 {
		put(strings.Join(lines, "\n"), func(_, h int) (int, int) { return 0, m.height - 1 - h })
	}
	if len(layers) == 1 {
		return base
	}
	return lipgloss.NewCompositor(layers...).Render()
}

// longToast is a toast that does not fit into the status line, wrapped to lie
// over the panes' last lines so that it can be read whole.
func (m *Model) longToast() []string {
	if m.toast.text == "" || m.typing != nil || m.height < 8 {
		return nil
	}
	lines := wrap(m.toastText(), max(1, m.width-2))
	if left := ansi.StringWidth(m.statusLeft()); len(lines) == 1 && left+ansi.StringWidth(lines[0]) <= m.width {
		return nil
	}
	lines = lines[:min(len(lines), m.height/2)]
	style := m.theme.Text
	if m.toast.bad {
		style = m.theme.Bad
	}
	out := []string{m.theme.Border.Render(strings.Repeat("─", m.width))}
	for _, l := range lines {
		out = append(out, " "+style.Render(fit(l, m.width-1)))
	}
	return out
}

func (m *Model) toastText() string {
	if m.toast.bad {
		text := "✗ " + m.toast.text
		if m.toast.err != nil && m.sheet == nil {
			text += "  ·  Enter explains"
		}
		return text
	}
	return m.toast.text
}

// lines draws the panes and what frames them, exactly as many lines as the
// terminal has, each exactly as wide.
func (m *Model) lines() []string {
	l := m.layout()
	var lines []string
	if l.head {
		lines = append(lines, m.header())
	}
	if l.breadcrumb {
		lines = append(lines, m.breadcrumb(), m.titles(l))
	}
	lines = append(lines, m.panes(l)...)
	if l.breadcrumb {
		lines = append(lines, m.bottom(l))
	}
	if l.foot {
		lines = append(lines, m.status(), m.hints())
	}
	return box(lines, m.width, m.height)
}

// header says where we are and what is being done.
func (m *Model) header() string {
	t := m.theme
	parts := []string{t.Name.Render(Clean(m.parts.Config.Bucket))}
	// what one must know comes first: the end may be cut
	if m.parts.Config.ReadOnly {
		parts = append(parts, t.Warn.Render("read-only"))
	}
	if m.keepsOld == s3ops.VersionsOff {
		parts = append(parts, t.Warn.Render("not versioned"))
	}
	if m.session != nil {
		parts = append(parts, t.Dim.Render(m.storeName()))
		if p := m.session.Config.Profile; p != "" {
			parts = append(parts, t.Dim.Render("as "+Clean(p)))
		}
	}
	switch {
	case m.keepsOld == s3ops.VersionsOn:
		parts = append(parts, t.Dim.Render("versioned"))
	case m.keepsOld == "" && m.asked:
		parts = append(parts, t.Dim.Render("versioning not known"))
	}
	left := " " + t.Title.Render("weft") + "   " + strings.Join(parts, t.Faint.Render("  ·  "))
	// the work that goes on matters more than the store's name
	right := m.workLine(true)
	if ansi.StringWidth(left)+ansi.StringWidth(right)+3 > m.width {
		right = m.workLine(false)
	}
	if right == "" {
		return ansi.Truncate(left, m.width, "…")
	}
	left = ansi.Truncate(left, max(0, m.width-ansi.StringWidth(right)-3), "…")
	return spread(left, right+" ", m.width)
}

// storeName is the region, or the embedded store.
func (m *Model) storeName() string {
	if m.session.Config.Local != "" {
		return "embedded store"
	}
	if m.session.Config.Endpoint != "" {
		return Clean(strings.TrimPrefix(strings.TrimPrefix(m.session.Config.Endpoint, "https://"), "http://"))
	}
	return Clean(m.session.Bucket.Region())
}

// breadcrumb is the path of the place with what is loaded of it.
func (m *Model) breadcrumb() string {
	t := m.theme
	var b strings.Builder
	b.WriteString(" ")
	segments := strings.Split(m.objects.prefix, "/")
	for i, s := range segments {
		if s == "" && i > 0 {
			continue
		}
		style := t.Dim
		if i >= len(segments)-2 {
			style = t.Text
		}
		if i == 0 && s == "" {
			s = Clean(m.parts.Config.Bucket)
		}
		if i > 0 {
			b.WriteString(t.Faint.Render(" / "))
		}
		b.WriteString(style.Render(Clean(s)))
	}
	summary := t.Dim.Render(m.objects.summary()) + " "
	room := m.width - ansi.StringWidth(summary) - 2
	if m.objects.prefix != m.objects.folder() {
		b.WriteString(t.Warn.Render("…"))
		if hint := "  names that begin so, h shows all"; ansi.StringWidth(b.String()+hint) <= room {
			b.WriteString(t.Faint.Render(hint))
		}
	}
	if m.objects.deleted {
		b.WriteString(t.Warn.Render("   deleted objects"))
	}
	left := b.String()
	if over := ansi.StringWidth(left) - room; over > 0 && room >= leastPath { // the end of a path says more
		left = t.Dim.Render(" …") + ansi.TruncateLeft(left, over+2, "")
	}
	return spread(left, summary, m.width)
}

// titles is the rule above the panes, with their titles.
func (m *Model) titles(l layout) string {
	t := m.theme
	var b strings.Builder
	if l.folders > 0 {
		b.WriteString(rule(t, "Folders", "", l.folders, m.focus == folderPane) + t.Border.Render("┬"))
	}
	b.WriteString(rule(t, "Objects", m.objects.sorted(), l.objects, m.focus == objectPane))
	if l.detail > 0 {
		title := "Detail"
		if m.detail.key != "" {
			title = Clean(path.Base(m.detail.key))
		}
		b.WriteString(t.Border.Render("┬") + rule(t, title, "", l.detail, m.focus == detailPane))
	}
	return b.String()
}

// bottom is the rule below the panes.
func (m *Model) bottom(l layout) string {
	line := strings.Repeat("─", l.objects)
	if l.folders > 0 {
		line = strings.Repeat("─", l.folders) + "┴" + line
	}
	if l.detail > 0 {
		line += "┴" + strings.Repeat("─", l.detail)
	}
	return m.theme.Border.Render(line)
}

// panes draws the panes side by side.
func (m *Model) panes(l layout) []string {
	t := m.theme
	middle := m.middle(l.objects, l.body)
	edge := t.Border.Render("│")
	var left, right []string
	if l.folders > 0 {
		left = m.folders.view(t, l.folders, l.body, m.focus == folderPane, m.objects.prefix)
	}
	if l.detail > 0 {
		right = box(m.detail.view(m, l.detail, l.body), l.detail, l.body)
	}
	lines := make([]string, l.body)
	for i := range lines {
		s := middle[i]
		if left != nil {
			s = left[i] + edge + s
		}
		if right != nil {
			s += edge + right[i]
		}
		lines[i] = s
	}
	return lines
}

// middle is the object pane, or what it says when there are no rows.
func (m *Model) middle(width, height int) []string {
	if len(m.objects.order) == 0 {
		return box(written(m.emptiness(), max(1, width-4), height), width, height)
	}
	return m.objects.view(m.theme, width, height, m.focus == objectPane, m.now, m.badge)
}

// status is what just happened, or what is marked.
func (m *Model) status() string {
	t := m.theme
	if m.typing != nil {
		m.typing.SetWidth(max(1, m.width-24))
		return spread(" "+m.typing.View(), t.Faint.Render("Enter keeps  Esc clears")+" ", m.width)
	}
	left := m.statusLeft()
	style := t.Text
	if m.toast.bad {
		style = t.Bad
	}
	if m.toast.text != "" {
		left += style.Render(m.toastText())
	}
	return ansi.Truncate(left, m.width, "…")
}

// statusLeft is what is marked.
func (m *Model) statusLeft() string {
	t := m.theme
	if n := m.objects.marks.n; n > 0 {
		return " " + t.Mark.Render("●") + " " + m.objects.markedLine() + "  "
	}
	if m.objects.anchor >= 0 {
		return " " + t.Mark.Render("range") + "  "
	}
	return " "
}

// spread sets left and right against the edges of a line; right gives way.
func spread(left, right string, width int) string {
	lw, rw := ansi.StringWidth(left), ansi.StringWidth(right)
	if lw+rw+2 > width {
		return ansi.Truncate(left, width, "…")
	}
	return left + blank(width-lw-rw) + right
}
