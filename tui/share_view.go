package tui

import (
	"fmt"
	"path"
	"strings"
	"time"
)

func (s *shareSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 84)
	inner := width - 4
	var lives, formats []string
	for _, l := range lifetimes {
		lives = append(lives, l.label)
	}
	for _, f := range LinkFormats {
		formats = append(formats, string(f))
	}
	as := "as a download"
	if len(s.objects) == 1 {
		as = "as a download of " + Clean(path.Base(s.objects[0]))
	}
	var body []string
	for _, field := range s.lines() {
		switch field {
		case linkTo:
			body = append(body, s.line(t, field, "Link to", []string{"download", "upload"}, truth(s.put), inner))
		case uploadsOf:
			body = append(body, s.textLine(t, field, "Names", inner))
		case opensAs:
			body = append(body, s.line(t, field, "Opens", []string{"in the browser", as}, truth(s.attach), inner))
		case savedAs:
			body = append(body, s.textLine(t, field, "Saved as", inner))
		case worksFor:
			body = append(body, s.line(t, field, "Works for", append(lives, "other"), s.life, inner))
		case lastsFor:
			body = append(body, s.textLine(t, field, "  as long", inner))
		case copyAs:
			body = append(body, s.line(t, field, "Copy as", formats, s.format, inner))
		}
	}
	body = append(append(body, ""), s.notes(m, inner)...)
	rows := max(3, height-len(body)-4)
	body = append(body, s.preview(t, inner, rows)...)
	body = append(body, "", m.keyLine(inner, sharing))
	return frame(t, s.title(), body, width, height)
}

func (s *shareSheet) title() string {
	if !s.put || s.names.Value() == "" && len(s.objects) > 0 {
		return "Share " + plural(len(s.objects), "object")
	}
	return ansiFit("Upload to "+Clean(s.folder), 70)
}

// head is the beginning of a line: its edge and what it is about.
func (s *shareSheet) head(t theme, field shareField, label string) string {
	edge := "  "
	if s.field() == field {
		edge = t.Accent.Render("▌ ")
	}
	return edge + t.Dim.Render(fit(label, 11))
}

// textLine draws a line that is typed into.
func (s *shareSheet) textLine(t theme, field shareField, label string, width int) string {
	in := s.input(field)
	if s.field() != field { // one cursor is enough
		return s.head(t, field, label) + ansiFit(Clean(in.Value()), width-13)
	}
	in.SetWidth(max(1, width-14))
	return s.head(t, field, label) + in.View()
}

// line draws one choice of the sheet.
func (s *shareSheet) line(t theme, field shareField, label string, choices []string, chosen, width int) string {
	var b strings.Builder
	b.WriteString(s.head(t, field, label))
	for i, c := range choices {
		if i == chosen {
			b.WriteString(t.Title.Render("‹" + c + "›"))
		} else {
			b.WriteString(t.Faint.Render(" " + c + " "))
		}
		b.WriteString(" ")
	}
	return ansiFit(b.String(), width)
}

// notes say what limits the links.
func (s *shareSheet) notes(m *Model, width int) []string {
	t := m.theme
	var out []string
	put := func(style style, text string) { out = append(out, styled(style, wrap(text, width))...) }
	switch {
	case s.err != nil:
		put(t.Bad, "✗ "+upperFirst(Clean(s.err.Error())))
		return append(out, "")
	case s.put && len(s.objects) == 0 && s.names.Value() == "":
		put(t.Dim, "Type the names of the files that somebody may upload there: one.jpg, two.jpg, or swatch-{01..12}.jpg for twelve.")
		return append(out, "")
	case len(s.links) == 0:
		return []string{t.Faint.Render("signing…"), ""}
	}
	l := s.links[0]
	left := " (" + humanDuration(l.ExpiresAt.Sub(m.now).Round(time.Minute)) + ")"
	switch {
	case l.Capped:
		put(t.Warn, "⚠ Your credentials end at "+clock(l.ExpiresAt, m.now)+", so "+linksDo(len(s.links))+" too"+left+".")
	case l.MayEndSooner:
		put(t.Warn, "⚠ Works until "+clock(l.ExpiresAt, m.now)+left+" at most: a link ends with your temporary credentials, and nobody says when. AWS_CREDENTIAL_EXPIRATION would.")
	default:
		put(t.Dim, "Works until "+clock(l.ExpiresAt, m.now)+left)
	}
	if s.put {
		text := "Whoever has a link may put a file there: curl -T FILE 'LINK'"
		if s.names.Value() == "" {
			text = "Whoever has a link may write over the object that is there: curl -T FILE 'LINK'. Names let new files be uploaded beside it."
		}
		put(t.Dim, text)
	}
	if m.session.Config.Local != "" {
		put(t.Dim, "The embedded store answers on this machine only, while weft or weft local runs.")
	}
	if n := len(s.text); n > clipboardLimit {
		put(t.Warn, fmt.Sprintf("⚠ %s are too much for a terminal's clipboard (%s): Enter asks for a file.", humanSize(int64(n)), humanSize(clipboardLimit)))
	}
	return append(out, "")
}

func linksDo(n int) string {
	if n == 1 {
		return "the link does"
	}
	return "the links do"
}

// preview shows the links as they will be copied, wrapped so that a mouse can
// take them where the clipboard does not reach.
func (s *shareSheet) preview(t theme, width, rows int) []string {
	if len(s.links) == 0 {
		return nil
	}
	var out []string
	// no more is looked at than can be shown
	shown := s.links[:min(len(s.links), rows)]
	for _, l := range strings.Split(FormatLinks(shown, LinkFormats[s.format]), "\n") {
		for len(l) > width {
			out = append(out, Clean(l[:width]))
			l = l[width:]
		}
		out = append(out, Clean(l))
	}
	if len(out) > rows {
		out = append(out[:rows-1], t.Faint.Render("… "+plural(len(s.links), "link")+" in all: copied or written, they are all there"))
	}
	return out
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// clock is a time of day, with the day if it is not today.
func clock(at, now time.Time) string {
	at = at.Local()
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("15:04 on 2 Jan")
}
