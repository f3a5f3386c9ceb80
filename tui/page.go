package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/queue"
	"weft/pipeline/survey"
)

// pageSheet is the bucket's page: how it is set up, what it holds, what it costs.
type pageSheet struct {
	page     survey.Page
	jobs     []queue.Job
	loaded   bool
	counting bool
	err      error // of the last count or document
	win      window
}

func needsEditor(m *Model) string {
	if why := needsWrite(m); why != "" {
		return why
	}
	return unless(len(m.parts.Editor) > 0, "There is no editor here: weft bucket edit does it on a machine of your own")
}

// showPage opens the page. A bucket that was never counted is counted at once.
func (m *Model) showPage() tea.Cmd {
	s := &pageSheet{page: survey.Page{Bucket: m.session.Bucket.Name()}}
	m.sheet = s
	return s.again(m)
}

func (s *pageSheet) again(m *Model) tea.Cmd {
	ctx, token := m.inspecting.begin(m.ctx)
	return inspect(ctx, m.session, m.queue, token)
}

func (s *pageSheet) count(m *Model) tea.Cmd {
	s.counting, s.err = true, nil
	ctx, token := m.tallying.begin(m.ctx)
	return tally(ctx, m.session, token, m.now)
}

func (s *pageSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.means(msg, "bucket") {
		s.counting = false
		s.close(m)
		return nil
	}
	return m.dispatch(msg, inspecting, motions, closing)
}

// close stops the count first.
func (s *pageSheet) close(m *Model) {
	m.tallying.stop()
	if s.counting {
		s.counting = false
		return
	}
	m.inspecting.stop()
	m.sheet = nil
}

func (s *pageSheet) trouble() error {
	err := s.err
	s.err = nil
	return err
}

func (s *pageSheet) rows(m *Model) []survey.Row { return s.page.Rows(m.now, s.counting) }

func (s *pageSheet) list(m *Model) (*window, int, int) {
	return &s.win, len(s.rows(m)), max(1, m.sheetHeight()-2)
}

func (s *pageSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case inspected:
		return s.addInspected(m, msg)
	case tallied:
		if !m.tallying.current(msg.token) {
			return nil
		}
		if msg.count != nil {
			s.page.Count = msg.count
		}
		if msg.err != nil {
			s.err = msg.err
		}
		s.counting = msg.next != nil
		s.estimate(m)
		return msg.next
	case opened:
		return s.addOpened(m, msg)
	case edited:
		return m.addEdited(msg)
	}
	return nil
}

func (s *pageSheet) addInspected(m *Model, msg inspected) tea.Cmd {
	if !m.inspecting.current(msg.token) {
		return nil
	}
	first := !s.loaded
	s.page.Facts, s.jobs, s.loaded = msg.facts, msg.jobs, true
	if s.page.Count == nil {
		s.page.Count = msg.count
	}
	s.estimate(m)
	if first && s.page.Count == nil {
		return s.count(m)
	}
	return nil
}

func (s *pageSheet) estimate(m *Model) {
	s.page.Estimate(m.session.Config, m.session.Bucket.Region(), s.jobs)
}

// current is the row under the cursor.
func (s *pageSheet) current(m *Model) survey.Row {
	rows := s.rows(m)
	if s.win.cursor >= len(rows) {
		return survey.Row{}
	}
	return rows[s.win.cursor]
}

// documentOf is the kind of document that a row tells of; "" if of none.
func documentOf(r survey.Row) string {
	if r.Fact == nil {
		return ""
	}
	for _, kind := range survey.Documents() {
		if strings.EqualFold(kind, r.Fact.Name) {
			return kind
		}
	}
	return ""
}

// open looks closer at the row: why it is not known, the document, or the object.
func (s *pageSheet) open(m *Model) tea.Cmd {
	r := s.current(m)
	switch {
	case r.Key != "":
		m.tallying.stop()
		m.sheet = nil
		return m.goTo(r.Key)
	case r.Fact == nil:
		return nil
	case r.Fact.Why != nil:
		return m.explainAs(upperFirst(r.Fact.Name)+": "+string(r.Fact.State), *r.Fact.Why)
	case documentOf(r) != "" && r.Fact.State == survey.Set:
		return openDocument(m.ctx, m.session, documentOf(r), false)
	}
	return nil
}

func (s *pageSheet) copy(m *Model) tea.Cmd {
	r := s.current(m)
	if r.Fact == nil || r.Fact.Why == nil || r.Fact.Why.Statement == "" {
		return m.say("Nothing is refused here that a statement would allow", nil)
	}
	return m.copyText(r.Fact.Why.Statement, "IAM statement copied: it belongs into the policy of these credentials")
}

func (s *pageSheet) edit(m *Model) tea.Cmd {
	r := s.current(m)
	kind := documentOf(r)
	switch {
	case kind == "":
		return m.say("The policy, CORS and lifecycle can be edited: put the cursor on one", nil)
	case r.Fact.State == survey.Missing:
		return m.say("This store has no such thing", nil)
	}
	return openDocument(m.ctx, m.session, kind, true)
}

// addOpened shows a document, or hands it to the editor.
func (s *pageSheet) addOpened(m *Model, msg opened) tea.Cmd {
	if msg.err != nil {
		s.err = msg.err
		return nil
	}
	if msg.edit {
		return editText(m.parts.Editor, msg.document, msg.document.Text)
	}
	var lines []string
	for l := range strings.SplitSeq(strings.TrimRight(msg.document.Text, "\n"), "\n") {
		lines = append(lines, Clean(l))
	}
	m.sheet = &documentSheet{reader: reader{title: upperFirst(survey.Called(msg.document.Kind)) + " of " + Clean(s.page.Bucket), lines: lines, wide: 100, from: "bucket"}, under: s}
	return nil
}

// documentSheet shows a document above the page.
type documentSheet struct {
	reader
	under sheet
}

func (d *documentSheet) close(m *Model) { m.sheet = d.under }

func (d *documentSheet) answer(m *Model, msg tea.Msg) tea.Cmd { return d.under.answer(m, msg) }

func (s *pageSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 120)
	inner := width - 4
	rows := s.rows(m)
	room := max(1, min(height, m.sheetHeight()+4)-4)
	var lines []string
	from, to := 0, 0
	for i, r := range rows {
		own := pageLines(t, r, inner, i == s.win.cursor)
		if r.Section != "" {
			head := []string{t.Title.Render(r.Section)}
			if i > 0 {
				head = append([]string{""}, head...)
			}
			own = append(head, own...)
		}
		if i == s.win.cursor {
			from, to = len(lines), len(lines)+len(own)
		}
		lines = append(lines, own...)
	}
	if !s.loaded {
		lines = []string{t.Dim.Render("Looking…")}
	}
	last := max(0, len(lines)-room)
	s.win.top = clamp(clamp(s.win.top, to-room, from), 0, last)
	shown := append([]string{}, lines[s.win.top:min(len(lines), s.win.top+room)]...)
	title := "Bucket " + Clean(s.page.Bucket)
	if s.counting && s.page.Count != nil {
		title += fmt.Sprintf("  counting… %s objects, %s, Esc stops", group(s.page.Count.Total.Objects), humanSize(s.page.Count.Total.Bytes))
	} else if last > 0 {
		title += "  " + percent(s.win.top, last)
	}
	foot := m.keyLine(inner, inspecting)
	switch {
	case s.err != nil:
		foot = t.Bad.Render(ansiFit("✗ "+Clean(s.err.Error()), max(1, inner-17))) + t.Dim.Render("  Enter explains")
	case m.toast.text != "":
		foot = ansiFit(m.toast.text, inner)
	}
	return frame(t, title, append(shown, "", foot), width, height)
}

// pageNames is the width of the names, with the mark before them.
const pageNames = 20

// pageLines are one row of the page, wrapped.
func pageLines(t theme, r survey.Row, width int, cursor bool) (out []string) {
	on := t.on(cursor)
	sign, style, text := " ", t.Text, t.Text
	switch r.Mark {
	case survey.Risk:
		sign, style, text = "!", t.Warn, t.Warn
	case survey.Unknown:
		sign, style, text = "–", t.Faint, t.Dim
	}
	edge := " "
	if cursor {
		edge = "▌"
	}
	room := max(8, width-3-pageNames)
	wrapped := wrap(Clean(r.Text), room)
	if r.Table {
		line := Clean(r.Text)
		if textWidth(line) > room { // the bar only says again what the number says
			line = strings.TrimRight(line, "▪ ")
		}
		wrapped = []string{fit(line, room)}
	}
	for i, l := range wrapped {
		if i > 0 {
			sign, r.Name = " ", ""
		}
		out = append(out, on(t.Accent, edge)+on(style, sign+" ")+on(t.Dim, fit(r.Name, pageNames))+on(text, fit(l, room)))
	}
	return out
}
