package tui

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/doctor"
	"weft/s3ops"
)

// examined: some more findings of the doctor; next reads on.
type examined struct {
	token int
	some  []doctor.Finding
	next  tea.Cmd
}

// doctorSheet shows whether all that weft needs is there and works.
type doctorSheet struct {
	findings []doctor.Finding
	done     bool
	win      window
	last     int // the largest first line, as drawn
}

// callDoctor examines the store, the configuration and the queue.
func (m *Model) callDoctor() tea.Cmd {
	m.sheet = &doctorSheet{}
	ctx, token := m.examining.begin(m.ctx)
	return stream(ctx, m.parts.Doctor(ctx), func(some []doctor.Finding, next tea.Cmd) tea.Msg { return examined{token, some, next} })
}

func (s *doctorSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	got, ok := msg.(examined)
	if !ok || !m.examining.current(got.token) {
		return nil
	}
	s.findings = append(s.findings, got.some...)
	s.done = got.next == nil
	return got.next
}

func (s *doctorSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, examining, motions, closing)
}

func (s *doctorSheet) list(*Model) (*window, int, int) { return &s.win, s.last + 1, 1 }

func (s *doctorSheet) close(m *Model) {
	m.examining.stop()
	m.sheet = nil
}

func (s *doctorSheet) again(m *Model) tea.Cmd { return m.callDoctor() }

// stale are the unfinished uploads that began more than a day ago.
func (s *doctorSheet) stale(now time.Time) (list []s3ops.OpenUpload, bytes int64) {
	for _, f := range s.findings {
		for _, u := range f.Uploads {
			if now.Sub(u.Initiated) >= 24*time.Hour {
				list = append(list, u)
				bytes += u.Bytes
			}
		}
	}
	return list, bytes
}

// abort asks, and ends the unfinished uploads that are older than a day.
func (s *doctorSheet) abort(m *Model) tea.Cmd {
	list, bytes := s.stale(m.now)
	if len(list) == 0 {
		return m.say("No unfinished upload is older than a day", nil)
	}
	var names []string
	for _, u := range list[:min(len(list), 6)] {
		names = append(names, Clean(path.Base(u.Key)))
	}
	return m.confirm(question{title: fmt.Sprintf("End %s, %s?", plural(len(list), "unfinished upload"), humanSize(bytes)), yes: "End them",
		lines: []string{strings.Join(names, "  "), "What was sent of them is removed. They were begun more than a day ago."},
		do:    func(m *Model) tea.Cmd { return abortUploads(m.ctx, m.session, list) }})
}

func abortUploads(ctx context.Context, s *Session, list []s3ops.OpenUpload) tea.Cmd {
	return func() tea.Msg {
		n := 0
		var failed error
		doctor.Abort(ctx, s.Bucket, list, func(_ s3ops.OpenUpload, err error) {
			if err != nil {
				failed = err
				return
			}
			n++
		})
		return controlled{text: plural(n, "unfinished upload") + " ended", err: failed}
	}
}

func (s *doctorSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 100)
	inner := width - 4
	var lines []string
	count := map[doctor.State]int{}
	for _, f := range s.findings {
		count[f.State]++
		lines = append(lines, findingLines(t, f, inner)...)
	}
	rows := max(1, min(height, m.sheetHeight()+4)-4)
	s.last = max(0, len(lines)-rows)
	s.win.cursor = clamp(s.win.cursor, 0, s.last)
	shown := append([]string{}, lines[s.win.cursor:min(len(lines), s.win.cursor+rows)]...)
	title := "Doctor: looking…"
	if s.done {
		title = "Doctor: " + summary(count)
	}
	if s.last > 0 {
		title += "  " + percent(s.win.cursor, s.last)
	}
	return frame(t, title, append(shown, "", m.keyLine(inner, examining)), width, height)
}

// summary is "2 things fail, 1 to look at".
func summary(count map[doctor.State]int) string {
	var parts []string
	if n := count[doctor.Fail]; n > 0 {
		parts = append(parts, plural(n, "failure"))
	}
	if n := count[doctor.Warn]; n > 0 {
		parts = append(parts, plural(n, "warning"))
	}
	if len(parts) == 0 {
		return "all is well"
	}
	return strings.Join(parts, ", ")
}

// findingLines are a sign, what was looked at, what was found and what to do.
func findingLines(t theme, f doctor.Finding, width int) []string {
	sign, style := "✓", t.Good
	switch f.State {
	case doctor.Warn:
		sign, style = "!", t.Warn
	case doctor.Fail:
		sign, style = "✗", t.Bad
	case doctor.Skip:
		sign, style = "–", t.Faint
	}
	const names = 20
	indent := blank(2 + names)
	name := f.Check
	if prefix, ok := strings.CutPrefix(name, "folder "); ok {
		name = path.Base(prefix) + "/"
	}
	says := wrap(Clean(f.Says), max(8, width-2-names))
	var out []string
	for i, l := range says {
		if i == 0 {
			out = append(out, style.Render(sign)+" "+t.Dim.Render(fit(Clean(name), names-1)+" ")+t.Text.Render(l))
			continue
		}
		out = append(out, indent+t.Text.Render(l))
	}
	if f.Remedy != "" {
		for i, l := range wrap(Clean(f.Remedy), max(8, width-4-names)) {
			mark := "→ "
			if i > 0 {
				mark = "  "
			}
			out = append(out, indent+t.Accent.Render(mark)+t.Dim.Render(l))
		}
	}
	return out
}
