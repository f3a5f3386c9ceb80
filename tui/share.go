package tui

import (
	"path"
	"path/filepath"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"weft/s3ops"
)

// lifetimes are the lives of links that the sheet offers.
var lifetimes = []struct {
	label string
	life  time.Duration
}{{"5 min", 5 * time.Minute}, {"1 h", time.Hour}, {"8 h", 8 * time.Hour}, {"1 day", 24 * time.Hour}, {"7 days", 7 * 24 * time.Hour}}

// shareSheet makes presigned links for several objects at once.
type shareSheet struct {
	keys   []string
	put    bool
	attach bool
	life   int // of lifetimes, or len(lifetimes) for the config's own
	custom time.Duration
	format int
	field  int // which line has the focus
	name   *textinput.Model
	links  []s3ops.Link
	auto   bool // copy as soon as the links are there, and stay open to show them
	err    error
}

// share opens the sheet for what is chosen; folders only take upload links.
func (m *Model) share() tea.Cmd {
	s := &shareSheet{custom: m.parts.Config.Link, life: len(lifetimes)}
	for i, l := range lifetimes {
		if l.life == s.custom {
			s.life = i
		}
	}
	for _, r := range m.objects.chosen() {
		if !r.folder {
			s.keys = append(s.keys, r.Key)
		}
	}
	if len(s.keys) == 0 {
		return m.askUploadLink()
	}
	m.sheet = s
	return s.sign(m)
}

// askUploadLink asks for the name that an upload link to a folder is for.
func (m *Model) askUploadLink() tea.Cmd {
	r, _ := m.objects.current()
	return m.ask("Upload link", "The name of the file that somebody may upload to "+Clean(r.Key), "", func(m *Model, text string) tea.Cmd {
		if err := s3ops.CheckKey(r.Key + text); err != nil {
			return m.fail(err)
		}
		s := &shareSheet{keys: []string{r.Key + text}, put: true, custom: m.parts.Config.Link, life: 1}
		m.sheet = s
		return s.sign(m)
	})
}

func (s *shareSheet) lifetime() time.Duration {
	if s.life < len(lifetimes) {
		return lifetimes[s.life].life
	}
	return s.custom
}

// sign asks for the links as the sheet stands.
func (s *shareSheet) sign(m *Model) tea.Cmd {
	o := s3ops.LinkOptions{Put: s.put, Life: s.lifetime()}
	attach := s.attach && !s.put
	if attach && s.name != nil {
		o.Filename = s.name.Value()
	}
	ctx, token := m.signing.begin(m.ctx)
	return sign(ctx, m.session, token, s.keys, o, attach)
}

func (s *shareSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case signed:
		if m.signing.current(msg.token) {
			s.links, s.err = msg.links, msg.err
			if s.auto && s.err == nil {
				s.auto = false
				return m.copyText(s.text(), linkSaid(s.links))
			}
		}
	case tea.PasteMsg:
		if s.name != nil {
			in, cmd := s.name.Update(msg)
			s.name = &in
			return tea.Batch(cmd, s.sign(m))
		}
	}
	return nil
}

// text is all links as they are copied.
func (s *shareSheet) text() string { return FormatLinks(s.links, LinkFormats[s.format]) }

func (s *shareSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	pressed := msg.String()
	if s.name != nil && s.field == 1 && pressed != "enter" && pressed != "esc" && pressed != "up" && pressed != "down" && pressed != "tab" {
		in, cmd := s.name.Update(msg)
		s.name = &in
		return tea.Batch(cmd, s.sign(m))
	}
	switch pressed {
	case "esc", "q":
		m.signing.stop()
		m.sheet = nil
	case "enter":
		return s.copy(m)
	case "j", "down", "tab":
		s.field = (s.field + 1) % 4
	case "k", "up", "shift+tab":
		s.field = (s.field + 3) % 4
	case "l", "right", "space":
		return s.change(m, 1)
	case "h", "left":
		return s.change(m, -1)
	case "w":
		return s.askFile(m)
	}
	return nil
}

// change turns the choice of the focused line.
func (s *shareSheet) change(m *Model, step int) tea.Cmd {
	switch s.field {
	case 0:
		s.put = !s.put
	case 1:
		s.attach = !s.attach
		s.name = nil
		if s.attach && len(s.keys) == 1 && !s.put {
			in := newInput(m.theme, "", path.Base(s.keys[0]))
			in.Focus()
			s.name = &in
		}
	case 2:
		s.life = (s.life + step + len(lifetimes)) % len(lifetimes)
	case 3:
		s.format = (s.format + step + len(LinkFormats)) % len(LinkFormats)
		return nil
	}
	return s.sign(m)
}

func (s *shareSheet) copy(m *Model) tea.Cmd {
	if s.err != nil || len(s.links) == 0 {
		return nil
	}
	m.sheet = nil
	return m.copyText(s.text(), linkSaid(s.links))
}

func (s *shareSheet) askFile(m *Model) tea.Cmd {
	if len(s.links) == 0 {
		return nil
	}
	text := s.text()
	return m.ask("Write the links to a new file", "Whoever reads the file can use the links until they expire.", filepath.Join(saveFolder(), "links.txt"), func(m *Model, p string) tea.Cmd {
		file, err := absolute(p)
		if err != nil {
			return m.fail(err)
		}
		return write(file, text+"\n")
	})
}

func (s *shareSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 84)
	inner := width - 4
	var lives, formats []string
	for _, l := range lifetimes {
		lives = append(lives, l.label)
	}
	if s.life == len(lifetimes) {
		lives = append(lives, humanDuration(s.custom))
	}
	for _, f := range LinkFormats {
		formats = append(formats, string(f))
	}
	body := []string{
		s.line(t, 0, "Link to", []string{"download", "upload"}, truth(s.put)),
		s.opensLine(t),
		s.line(t, 2, "Works for", lives, s.life),
		s.line(t, 3, "Copy as", formats, s.format),
		"",
	}
	body = append(body, s.notes(m, inner)...)
	rows := max(3, height-len(body)-5)
	body = append(body, s.preview(t, inner, rows)...)
	body = append(body, "", t.Key.Render("Enter")+t.Dim.Render(" copy   ")+t.Key.Render("w")+t.Dim.Render(" write to a file   ")+
		t.Key.Render("↑↓ ←→")+t.Dim.Render(" change   ")+t.Key.Render("Esc")+t.Dim.Render(" close"))
	return frame(t, "Share "+plural(len(s.keys), "object"), body, width, height)
}

// line draws one choice of the sheet.
func (s *shareSheet) line(t theme, field int, label string, choices []string, chosen int) string {
	var b strings.Builder
	edge := "  "
	if s.field == field {
		edge = t.Accent.Render("▌ ")
	}
	b.WriteString(edge + t.Dim.Render(fit(label, 11)))
	for i, c := range choices {
		if i == chosen {
			b.WriteString(t.Title.Render("‹" + c + "›"))
		} else {
			b.WriteString(t.Faint.Render(" " + c + " "))
		}
		b.WriteString(" ")
	}
	return b.String()
}

func (s *shareSheet) opensLine(t theme) string {
	if s.put {
		return "  " + t.Dim.Render(fit("Upload", 11)) + t.Faint.Render("curl -T FILE 'LINK' puts a file there")
	}
	if s.name != nil {
		edge := "  "
		if s.field == 1 {
			edge = t.Accent.Render("▌ ")
		}
		return edge + t.Dim.Render(fit("Saved as", 11)) + s.name.View()
	}
	return s.line(t, 1, "Opens", []string{"in the browser", "as a download"}, truth(s.attach))
}

// notes say what limits the links.
func (s *shareSheet) notes(m *Model, width int) []string {
	t := m.theme
	if s.err != nil {
		return append(styled(t.Bad, wrap(Clean(s.err.Error()), width)), "")
	}
	if len(s.links) == 0 {
		return []string{t.Faint.Render("signing…")}
	}
	var out []string
	end := s.links[0].ExpiresAt
	if s.links[0].Capped {
		out = append(out, t.Warn.Render("⚠ Your credentials end at "+clock(end, m.now)+", so the links do too."))
	} else {
		out = append(out, t.Dim.Render("Works until "+clock(end, m.now)))
	}
	if m.session.Config.Local != "" {
		out = append(out, styled(t.Dim, wrap("The embedded store answers on this machine only, while weft or weft local runs.", width))...)
	}
	return append(out, "")
}

// preview shows the links as they will be copied, wrapped so that a mouse can
// take them where the clipboard does not reach.
func (s *shareSheet) preview(t theme, width, rows int) []string {
	if len(s.links) == 0 {
		return nil
	}
	var out []string
	for _, l := range strings.Split(s.text(), "\n") {
		for len(l) > width {
			out = append(out, Clean(l[:width]))
			l = l[width:]
		}
		out = append(out, Clean(l))
	}
	if len(out) > rows {
		out = append(out[:rows-1], "…")
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

// linkSaid tells what was copied and how long it works.
func linkSaid(links []s3ops.Link) string {
	what := "Link copied: " + Clean(path.Base(links[0].Key))
	if len(links) > 1 {
		what = plural(len(links), "link") + " copied"
	}
	return what + ", works until " + clock(links[0].ExpiresAt, time.Now())
}

// copyText puts text on the terminal's clipboard, also through SSH and tmux.
func (m *Model) copyText(text, said string) tea.Cmd {
	if len(text) > clipboardLimit {
		return m.say("Too long for a terminal's clipboard ("+humanSize(int64(len(text)))+"): P then w writes it to a file", nil)
	}
	return tea.Batch(tea.SetClipboard(text), m.say(said, nil))
}

// clipboardLimit is what most terminals take by OSC 52, in bytes.
const clipboardLimit = 74_000

// take copies a text made of each chosen row.
func (m *Model) take(what string, f func(*Model, row) string) tea.Cmd {
	var all []string
	rows := m.objects.chosen()
	for _, r := range rows {
		all = append(all, f(m, r))
	}
	text := strings.Join(all, "\n")
	said := "Copied the " + what + ": " + Clean(text)
	if len(rows) > 1 {
		said = plural(len(rows), what) + " copied"
	}
	return m.copyText(text, said)
}

// copyLink copies presigned links at once. The sheet shows them as well, for
// terminals whose clipboard cannot be reached.
func (m *Model) copyLink(put bool) tea.Cmd {
	cmd := m.share()
	s, ok := m.sheet.(*shareSheet)
	if !ok {
		return cmd
	}
	s.put, s.auto = put, true
	return s.sign(m)
}

func (m *Model) copyMarkdown() tea.Cmd {
	cmd := m.copyLink(false)
	if s, ok := m.sheet.(*shareSheet); ok {
		s.format = 1
	}
	return cmd
}
