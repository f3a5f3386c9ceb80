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
	moved    bool   // the cursor stands where the user put it
	win      window // over the findings
	column   int    // of the matrix
	top      int    // the first line shown
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
	if s.done = got.next == nil; s.done && !s.moved {
		s.next(m)
	}
	return got.next
}

func (s *doctorSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	s.moved = true
	return m.dispatch(msg, examining, motions, closing)
}

func (s *doctorSheet) list(m *Model) (*window, int, int) {
	return &s.win, len(s.findings), max(1, m.sheetHeight()-2)
}

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
	from, to := 0, 0 // the lines of the finding under the cursor
	matrix := false
	for i, f := range s.findings {
		count[f.State]++
		own := findingLines(t, f, inner, i == s.win.cursor)
		if f.Rights != nil {
			own = []string{matrixRow(t, f, i == s.win.cursor, s.column)}
			if !matrix {
				matrix = true
				lines = append(lines, matrixHead(t))
			}
		}
		if i == s.win.cursor {
			from, to = len(lines), len(lines)+len(own)
		}
		lines = append(lines, own...)
	}
	if s.win.cursor == 0 {
		from = 0
	}
	rows := max(1, min(height, m.sheetHeight()+4)-4)
	last := max(0, len(lines)-rows)
	s.top = clamp(clamp(s.top, to-rows, from), 0, last)
	shown := append([]string{}, lines[s.top:min(len(lines), s.top+rows)]...)
	title := "Doctor: looking…"
	if s.done {
		title = "Doctor: " + summary(count)
	}
	if last > 0 {
		title += "  " + percent(s.top, last)
	}
	foot := m.keyLine(inner, examining)
	if m.toast.text != "" {
		foot = ansiFit(m.toast.text, inner)
	}
	return frame(t, title, append(shown, "", foot), width, height)
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
func findingLines(t theme, f doctor.Finding, width int, cursor bool) []string {
	sign, style := findingSign(t, f.State)
	indent := blank(2 + checkWidth)
	on := t.on(cursor)
	var out []string
	for i, l := range wrap(Clean(f.Says), max(8, width-2-checkWidth)) {
		if i == 0 {
			out = append(out, on(style, sign)+on(t.Dim, " "+fit(Clean(checkName(f.Check)), checkWidth-1)+" ")+on(t.Text, fit(l, width-2-checkWidth)))
			continue
		}
		out = append(out, indent+t.Text.Render(l))
	}
	if f.Remedy != "" {
		for i, l := range wrap(Clean(f.Remedy), max(8, width-4-checkWidth)) {
			mark := "→ "
			if i > 0 {
				mark = "  "
			}
			out = append(out, indent+t.Accent.Render(mark)+t.Dim.Render(l))
		}
	}
	return out
}

// checkWidth is the column of what was looked at, in cells.
const checkWidth = 20
