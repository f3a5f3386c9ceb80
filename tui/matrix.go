package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/doctor"
	"weft/s3ops"
)

// The matrix of folders and rights, in the doctor's sheet: a row is a finding, a
// cell one of its rights.

// matrixHead names the columns.
func matrixHead(t theme) string {
	line := blank(2 + checkWidth)
	for _, r := range s3ops.Rights() {
		line += string(r) + " "
	}
	return t.Faint.Render(line)
}

// matrixRow is a folder's row; the cell under the cursor stands in brackets.
func matrixRow(t theme, f doctor.Finding, cursor bool, column int) string {
	on := t.on(cursor)
	sign, style := findingSign(t, f.State)
	line := on(style, sign) + on(t.Dim, " "+fit(Clean(checkName(f.Check)), checkWidth-1))
	for i, r := range f.Rights {
		sign, style := findingSign(t, r.State)
		before, after := " ", " "
		if cursor && i == column {
			before, after = "[", "]"
		}
		width := len(r.Check)
		pad := (width - 1) / 2
		line += on(t.Text, blank(pad)) + on(t.Key, before) + on(style, sign) + on(t.Key, after) + on(t.Text, blank(width-2-pad))
	}
	return line + on(t.Text, " ")
}

// current is what the cursor stands on: a finding, or a cell of the matrix, with
// its name.
func (s *doctorSheet) current() (string, doctor.Finding, bool) {
	if s.win.cursor >= len(s.findings) {
		return "", doctor.Finding{}, false
	}
	f := s.findings[s.win.cursor]
	if f.Rights == nil {
		return upperFirst(Clean(f.Check)), f, true
	}
	r := f.Rights[clamp(s.column, 0, len(f.Rights)-1)]
	return upperFirst(r.Check) + " in " + Clean(strings.TrimPrefix(f.Check, "folder ")), r, true
}

// explain opens what the cursor stands on.
func (s *doctorSheet) explain(m *Model) tea.Cmd {
	name, f, ok := s.current()
	if !ok {
		return nil
	}
	return m.explainAs(name, f)
}

func (s *doctorSheet) copy(m *Model) tea.Cmd {
	_, f, _ := s.current()
	if f.Statement == "" {
		return m.say("Nothing is refused here that a statement would allow", nil)
	}
	return m.copyText(f.Statement, "IAM statement copied: it belongs into the policy of these credentials")
}

// sideways moves along a row of the matrix; from its beginning, and from all
// else, to the left leaves the sheet.
func (s *doctorSheet) sideways(m *Model, step int) tea.Cmd {
	onRow := s.win.cursor < len(s.findings) && s.findings[s.win.cursor].Rights != nil
	switch {
	case onRow && (step > 0 || s.column > 0):
		s.column = clamp(s.column+step, 0, len(s3ops.Rights())-1)
	case step < 0:
		s.close(m)
	}
	return nil
}

// next goes to the next thing that is not well, from the last to the first.
func (s *doctorSheet) next(*Model) tea.Cmd {
	bad := func(f doctor.Finding) bool { return f.State == doctor.Fail || f.State == doctor.Warn }
	n := len(s.findings)
	for step := range n + 1 {
		i := (s.win.cursor + step) % n
		f := s.findings[i]
		if f.Rights == nil {
			if bad(f) && (step > 0 || !s.moved) {
				s.win.cursor = i
				return nil
			}
			continue
		}
		first := 0
		if step == 0 && s.moved {
			first = s.column + 1
		}
		for c := first; c < len(f.Rights); c++ {
			if bad(f.Rights[c]) {
				s.win.cursor, s.column = i, c
				return nil
			}
		}
	}
	return nil
}
