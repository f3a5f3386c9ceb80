package tui

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/doctor"
	"weft/s3ops"
)

// explanation is all that is known of something that failed: cause, evidence,
// remedy, and the statement that would allow it.
type explanation struct {
	under sheet // comes back when it is closed; or nil
	title string
	told  doctor.Finding
	win   window // the first line shown
	last  int    // the largest first line, as drawn
}

// troubled is a sheet that may show an error: Enter explains it.
type troubled interface{ trouble() error }

func (s *versionSheet) trouble() error   { return s.err }
func (s *shareSheet) trouble() error     { return s.err }
func (s *renameSheet) trouble() error    { return s.err }
func (s *mendSheet) trouble() error      { return s.err }
func (s *transformSheet) trouble() error { return s.plan.err }
func (s *logSheet) trouble() error       { return s.err }

// trouble is why the only photo cannot be split; with more, Enter splits the others.
func (s *splitSheet) trouble() error {
	if len(s.keys) == 1 && s.found != nil {
		return s.found.err
	}
	return nil
}

func (s *pickerSheet) trouble() error {
	if s.typing != nil {
		return nil
	}
	return s.err
}

// trouble is what the store said instead of the facts or the picture of the object
// under the cursor.
func (d *detail) trouble(m *Model) error {
	if r, ok := m.objects.current(); !ok || r.Key != d.key {
		return nil
	}
	if d.err != nil {
		return d.err
	}
	if e, ok := errors.AsType[*s3ops.Error](d.pictures[d.cacheKey].err); ok {
		return e
	}
	return nil
}

// trouble is told once: after that Enter opens a bucket again.
func (s *storeSheet) trouble() error {
	err := s.err
	s.err = nil
	return err
}

// trouble of the work is that of the task under the cursor.
func (s *workSheet) trouble() error {
	switch {
	case s.open == 0 || s.err != nil:
		return s.err
	case s.rows.cursor < len(s.tasks) && s.tasks[s.rows.cursor].Error != "":
		return s3ops.Recall(s.tasks[s.rows.cursor].Error, s.tasks[s.rows.cursor].Task.Key)
	}
	return nil
}

// errorLines are an error in a pane or sheet, and the key that says more.
func errorLines(t theme, err error, width int) []string {
	return append(styled(t.Bad, wrap(Clean(err.Error()), width)), t.Dim.Render("Enter explains"))
}

// trouble is the error that Enter explains now; nil if there is none in sight.
func (m *Model) trouble() error {
	switch s := m.sheet.(type) {
	case troubled:
		return s.trouble()
	case *infoSheet, *gallery:
		return m.detail.trouble(m)
	}
	_, code := errors.AsType[*s3ops.CodeNeeded](m.failure)
	switch {
	case m.sheet != nil || m.typing != nil || code: // a code is asked for
		return nil
	case m.toast.bad:
		return m.toast.err
	case len(m.objects.order) == 0 && m.focus != folderPane:
		return cmp.Or(m.failure, m.objects.err)
	case m.layout().detail > 0 && m.focus != folderPane:
		return m.detail.trouble(m)
	}
	return nil
}

// explain opens an error.
func (m *Model) explain(err error) tea.Cmd {
	m.toast = toast{token: m.toast.token}
	return m.explainAs("Why it failed", doctor.Explain(err))
}

func (m *Model) explainAs(title string, told doctor.Finding) tea.Cmd {
	m.sheet = &explanation{under: m.sheet, title: title, told: told}
	return nil
}

func (s *explanation) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, explaining, motions, closing)
}

// answer hands on what came for the sheet below.
func (s *explanation) answer(m *Model, msg tea.Msg) tea.Cmd {
	if s.under != nil {
		return s.under.answer(m, msg)
	}
	return nil
}

func (s *explanation) list(*Model) (*window, int, int) { return &s.win, s.last + 1, 1 }

func (s *explanation) close(m *Model) { m.sheet = s.under }

func (s *explanation) copy(m *Model) tea.Cmd {
	if s.told.Statement == "" {
		return m.say("No IAM statement would change that", nil)
	}
	return m.copyText(s.told.Statement, "IAM statement copied: it belongs into the policy of these credentials")
}

func (s *explanation) view(m *Model, width, height int) string {
	width = min(width, 92)
	inner := width - 4
	lines := s.lines(m, inner)
	foot := m.keyLine(inner, explaining)
	if s.told.Statement == "" {
		foot = m.keyLine(inner, closing)
	}
	if m.toast.text != "" {
		foot = ansiFit(m.toast.text, inner)
	}
	rows := max(1, min(height, m.sheetHeight()+4)-4)
	s.last = max(0, len(lines)-rows)
	s.win.cursor = clamp(s.win.cursor, 0, s.last)
	title := s.title
	if s.last > 0 {
		title += "  " + percent(s.win.cursor, s.last)
	}
	shown := append([]string{}, lines[s.win.cursor:min(len(lines), s.win.cursor+rows)]...)
	return frame(m.theme, title, append(shown, "", foot), width, height)
}

// lines are what failed and why, what to do, what allows it, and the evidence.
func (s *explanation) lines(m *Model, width int) []string {
	t, f := m.theme, s.told
	sign, style := findingSign(t, f.State)
	var out []string
	for i, l := range wrap(upperFirst(Clean(f.Says))+".", width-2) {
		if i > 0 {
			sign = " "
		}
		out = append(out, style.Render(sign)+" "+t.Text.Render(l))
	}
	if f.Remedy != "" {
		out = append(out, "", t.Dim.Render("What to do"))
		out = append(out, wrap(upperFirst(Clean(f.Remedy))+".", width)...)
	}
	if f.Statement != "" {
		out = append(out, "", t.Dim.Render("The statement that allows it, for the policy of these credentials"))
		for l := range strings.SplitSeq(f.Statement, "\n") {
			out = append(out, t.Accent.Render(ansiFit(Clean(l), width)))
		}
	}
	if len(f.Uploads) > 0 {
		out = append(out, "", t.Dim.Render("Begun and not finished"))
	}
	for _, u := range f.Uploads {
		said := humanSize(u.Bytes) + " in " + plural(u.Parts, "part") + "  " + u.Initiated.Local().Format("2 Jan 2006 15:04")
		out = append(out, spread(fit(Clean(u.Key), max(8, width-2-textWidth(said))), t.Faint.Render(said), width))
	}
	if e := f.Evidence; e != nil {
		out = append(out, "", t.Dim.Render("Evidence"))
		out = append(out, evidenceLines(t, e, width)...)
	}
	return out
}

// evidenceLines are the facts that a store's owner asks for.
func evidenceLines(t theme, e *doctor.Evidence, width int) (out []string) {
	const names = 14
	put := func(name, value string) {
		for i, l := range wrap(Clean(value), max(8, width-names)) {
			if value == "" {
				return
			}
			if i > 0 {
				name = ""
			}
			out = append(out, t.Faint.Render(fit(name, names))+t.Text.Render(l))
		}
	}
	put("tried", e.Tried)
	put("bucket", e.Bucket)
	put("key", e.Key)
	if e.Status > 0 {
		put("HTTP status", fmt.Sprint(e.Status))
	}
	put("code", e.Code)
	put("request id", e.RequestID)
	put("in the guide", e.Condition) // the README's, made of the same table
	return out
}

// findingSign is how a finding stands, in one sign and its colour.
func findingSign(t theme, s doctor.State) (string, style) {
	switch s {
	case doctor.Warn:
		return "!", t.Warn
	case doctor.Fail:
		return "✗", t.Bad
	case doctor.Skip:
		return "–", t.Faint
	}
	return "✓", t.Good
}

// checkName is what was looked at, in few cells: of a folder its last part.
func checkName(check string) string {
	if prefix, ok := strings.CutPrefix(check, "folder "); ok {
		return path.Base(prefix) + "/"
	}
	return check
}
