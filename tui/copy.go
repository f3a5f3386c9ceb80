package tui

import (
	"path"
	"strings"
	"time"
	"unicode"

	tea "charm.land/bubbletea/v2"

	"weft/s3ops"
)

// linkSaid tells what was copied and how long it works.
func linkSaid(links []s3ops.Link, now time.Time) string {
	until := clock(links[0].ExpiresAt, now)
	if len(links) > 1 {
		return plural(len(links), "link") + " copied, they work until " + until
	}
	return "Link copied: " + Clean(path.Base(links[0].Key)) + ", works until " + until
}

// copyText puts text on the terminal's clipboard, also through SSH and tmux.
func (m *Model) copyText(text, said string) tea.Cmd {
	if len(text) > clipboardLimit {
		return m.say("Too long for a terminal's clipboard, which takes "+humanSize(clipboardLimit)+": P then w writes it to a file", nil)
	}
	return tea.Batch(tea.SetClipboard(text), giveTmux(text), m.say(said, nil))
}

// clipboardLimit is what most terminals take by OSC 52, in bytes.
const clipboardLimit = 74_000

// take copies a text made of each chosen row.
func (m *Model) take(what string, f func(*Model, row) string) tea.Cmd {
	var all []string
	size := 0
	chosen := m.objects.chosen()
	for r := range chosen.all() {
		if size > clipboardLimit {
			break // it is refused in any case
		}
		all = append(all, pasteable(f(m, r)))
		size += len(all[len(all)-1]) + 1
	}
	text := strings.Join(all, "\n")
	said := "Copied the " + what + ": " + Clean(text)
	if len(all) > 1 {
		said = plural(len(all), what) + " copied"
	}
	return m.copyText(text, said)
}

// pasteable is a text from the bucket that may be pasted anywhere: a shell takes a
// line break in it for Enter, so what would act is replaced by signs. All else,
// such as the scripts that Clean sets apart for the screen, stays as it is.
func pasteable(s string) string {
	acts := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Bidi_Control)
	}
	if strings.ContainsFunc(s, acts) {
		return Clean(s)
	}
	return s
}

// copyLink copies presigned links at once. The sheet shows them as well, for
// terminals whose clipboard cannot be reached.
func (m *Model) copyLink(put bool) tea.Cmd {
	cmd := m.share()
	s, ok := m.sheet.(*shareSheet)
	if !ok {
		return cmd
	}
	s.put, s.auto = put || len(s.objects) == 0, true
	s.fields = window{}
	if len(s.objects) == 0 {
		s.fields.cursor = 1
	}
	return s.sign(m)
}

func (m *Model) copyMarkdown() tea.Cmd {
	cmd := m.copyLink(false)
	if s, ok := m.sheet.(*shareSheet); ok {
		s.format = 1
	}
	return cmd
}
