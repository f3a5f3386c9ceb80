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
	fields window          // the line that has the focus
	name   textinput.Model // what one download is saved as
	links  []s3ops.Link
	auto   bool // copy as soon as the links are there, and stay open to show them
	err    error
}

// newShareSheet offers links that live as long as the config says.
func newShareSheet(life time.Duration) *shareSheet {
	s := &shareSheet{custom: life, life: len(lifetimes)}
	for i, l := range lifetimes {
		if l.life == life {
			s.life = i
		}
	}
	return s
}

// shareField is a line of the sheet.
type shareField int

const (
	linkTo shareField = iota
	opensAs
	savedAs
	worksFor
	copyAs
)

// lines are the lines that matter for the links as chosen.
func (s *shareSheet) lines() []shareField {
	switch {
	case s.put:
		return []shareField{linkTo, worksFor, copyAs}
	case s.attach && len(s.keys) == 1:
		return []shareField{linkTo, opensAs, savedAs, worksFor, copyAs}
	}
	return []shareField{linkTo, opensAs, worksFor, copyAs}
}

// field is the line that has the focus.
func (s *shareSheet) field() shareField {
	lines := s.lines()
	return lines[min(s.fields.cursor, len(lines)-1)]
}

func (s *shareSheet) list(*Model) (*window, int, int) {
	return &s.fields, len(s.lines()), len(s.lines())
}

// next goes to the next line, and from the last one to the first.
func (s *shareSheet) next(*Model) tea.Cmd {
	s.fields.cursor = (s.fields.cursor + 1) % len(s.lines())
	return nil
}

// share opens the sheet for what is chosen; folders only take upload links.
func (m *Model) share() tea.Cmd {
	s := newShareSheet(m.parts.Config.Link)
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
		s := newShareSheet(m.parts.Config.Link)
		s.keys, s.put = []string{r.Key + text}, true
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
	if attach && len(s.keys) == 1 {
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
		return s.typeName(m, msg)
	}
	return nil
}

// text is all links as they are copied.
func (s *shareSheet) text() string { return FormatLinks(s.links, LinkFormats[s.format]) }

func (s *shareSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if s.field() != savedAs {
		return m.dispatch(msg, sharing, motions, closing)
	}
	switch m.typed(msg) {
	case "type-accept":
		return s.copy(m)
	case "type-cancel":
		s.close(m)
		return nil
	case "type-next", "type-complete":
		return s.next(m)
	case "type-previous":
		s.fields.cursor--
		return nil
	}
	return s.typeName(m, msg)
}

// typeName takes in what is typed or pasted into the name.
func (s *shareSheet) typeName(m *Model, msg tea.Msg) tea.Cmd {
	if s.field() != savedAs {
		return nil
	}
	before := s.name.Value()
	var cmd tea.Cmd
	if s.name, cmd = s.name.Update(msg); s.name.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, s.sign(m))
}

func (s *shareSheet) close(m *Model) {
	m.signing.stop()
	m.sheet = nil
}

// change turns the choice of the line that has the focus.
func (s *shareSheet) change(m *Model, step int) tea.Cmd {
	switch s.field() {
	case linkTo:
		s.put = !s.put
	case opensAs:
		s.attach = !s.attach
		if s.attach && len(s.keys) == 1 {
			s.name = newInput(m.theme, "", path.Base(s.keys[0]))
			s.name.Focus()
		}
	case worksFor:
		n := len(lifetimes)
		if s.custom != 0 && !offered(s.custom) {
			n++
		}
		s.life = (s.life + step + n) % n
	case copyAs:
		s.format = (s.format + step + len(LinkFormats)) % len(LinkFormats)
		return nil
	}
	return s.sign(m)
}

// offered tells whether a life is one of those that the sheet offers to all.
func offered(life time.Duration) bool {
	for _, l := range lifetimes {
		if l.life == life {
			return true
		}
	}
	return false
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
	if s.custom != 0 && !offered(s.custom) {
		lives = append(lives, humanDuration(s.custom))
	}
	for _, f := range LinkFormats {
		formats = append(formats, string(f))
	}
	var body []string
	for _, field := range s.lines() {
		switch field {
		case linkTo:
			body = append(body, s.line(t, field, "Link to", []string{"download", "upload"}, truth(s.put)))
		case opensAs:
			body = append(body, s.line(t, field, "Opens", []string{"in the browser", "as a download"}, truth(s.attach)))
		case savedAs:
			s.name.SetWidth(max(1, inner-14))
			body = append(body, s.head(t, field, "Saved as")+s.name.View())
		case worksFor:
			body = append(body, s.line(t, field, "Works for", lives, s.life))
		case copyAs:
			body = append(body, s.line(t, field, "Copy as", formats, s.format))
		}
	}
	body = append(append(body, ""), s.notes(m, inner)...)
	rows := max(3, height-len(body)-4)
	body = append(body, s.preview(t, inner, rows)...)
	body = append(body, "", m.keyLine(inner, sharing))
	return frame(t, "Share "+plural(len(s.keys), "object"), body, width, height)
}

// head is the beginning of a line: its edge and what it is about.
func (s *shareSheet) head(t theme, field shareField, label string) string {
	edge := "  "
	if s.field() == field {
		edge = t.Accent.Render("▌ ")
	}
	return edge + t.Dim.Render(fit(label, 11))
}

// line draws one choice of the sheet.
func (s *shareSheet) line(t theme, field shareField, label string, choices []string, chosen int) string {
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
	return b.String()
}

// notes say what limits the links.
func (s *shareSheet) notes(m *Model, width int) []string {
	t := m.theme
	if s.err != nil {
		return append(styled(t.Bad, wrap(Clean(s.err.Error()), width)), "")
	}
	if len(s.links) == 0 {
		return []string{t.Faint.Render("signing…"), ""}
	}
	var out []string
	end := s.links[0].ExpiresAt
	if s.links[0].Capped {
		out = append(out, t.Warn.Render("⚠ Your credentials end at "+clock(end, m.now)+", so the links do too."))
	} else {
		out = append(out, t.Dim.Render("Works until "+clock(end, m.now)))
	}
	if s.put {
		out = append(out, styled(t.Dim, wrap("Whoever has the link may put a file there, and write over the one that is there: curl -T FILE 'LINK'", width))...)
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
		out = append(out[:rows-1], t.Faint.Render("… "+group(len(out)-rows+1)+" more lines: copied or written, they are all there"))
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
