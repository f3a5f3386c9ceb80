package tui

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/s3ops"
)

// judged: what was found of some more objects' headers; next reads on.
type judged struct {
	token int
	some  []pipeline.Mending
	next  tea.Cmd
}

// mendSheet shows which of the objects have a wrong type, and mends them.
type mendSheet struct {
	total, looked int
	wrong         []pipeline.Mending
	left, failed  int
	err           error // the first of the failed
	done          bool
	win           window
}

// fixHeaders looks at the types of what is chosen, and shows what is wrong.
func (m *Model) fixHeaders() tea.Cmd {
	return m.gatherThen(m.objects.chosen(), func(m *Model, chosen selection) tea.Cmd {
		m.sheet = &mendSheet{total: chosen.objects()}
		ctx, token := m.judging.begin(m.ctx)
		return judge(ctx, m.session, token, chosen)
	})
}

// judge reads the first bytes of objects, to tell whether their types are theirs.
func judge(ctx context.Context, s *Session, token int, chosen selection) tea.Cmd {
	objects := func(yield func(s3ops.Object, error) bool) {
		for r := range chosen.all() {
			if !r.folder && !yield(r.object(), nil) {
				return
			}
		}
	}
	var all iter.Seq[pipeline.Mending] = func(yield func(pipeline.Mending) bool) {
		for x, err := range s.doer().Mend(ctx, objects, "", true) {
			if err != nil || !yield(x) {
				return
			}
		}
	}
	return stream(ctx, all, func(some []pipeline.Mending, next tea.Cmd) tea.Msg { return judged{token, some, next} })
}

func (s *mendSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	got, ok := msg.(judged)
	if !ok || !m.judging.current(got.token) {
		return nil
	}
	for _, x := range got.some {
		s.looked++
		switch x.State {
		case pipeline.HeadersWrong:
			s.wrong = append(s.wrong, x)
		case pipeline.HeadersLeft:
			s.left++
		case pipeline.HeadersFailed:
			s.failed++
			s.err = cmp.Or(s.err, x.Err)
		}
	}
	s.done = got.next == nil
	return got.next
}

func (s *mendSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, mending, motions, closing)
}

func (s *mendSheet) list(m *Model) (*window, int, int) {
	return &s.win, len(s.wrong), max(1, m.sheetHeight()-6)
}

func (s *mendSheet) close(m *Model) {
	m.judging.stop()
	m.sheet = nil
}

// mend submits a task for each object whose type is wrong.
func (s *mendSheet) mend(m *Model) tea.Cmd {
	if !s.done {
		return m.say("Still looking", nil)
	}
	if len(s.wrong) == 0 {
		return m.say("There is nothing to mend", nil)
	}
	s.close(m)
	tasks := make([]pipeline.Task, len(s.wrong))
	for i, x := range s.wrong {
		tasks[i] = pipeline.Task{Verb: pipeline.Mend, Key: x.Key, Size: x.Size}
	}
	return m.run(tasks)
}

func (s *mendSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 96)
	inner := width - 4
	var body []string
	from, to := s.win.visible(len(s.wrong), max(1, m.sheetHeight()-6))
	change := min(44, inner/2)
	for i := from; i < to; i++ {
		x, on := s.wrong[i], t.on(i == s.win.cursor)
		edge := "  "
		if i == s.win.cursor {
			edge = "▌ "
		}
		name := strings.TrimPrefix(x.Key, m.objects.folder())
		body = append(body, on(t.Accent, edge)+on(t.Text, fit(fitName(Clean(name), inner-change-4), inner-change-4))+
			on(t.Text, "  ")+on(t.Dim, fit(Clean(cmp.Or(x.ContentType, "none")+" → "+x.RightType), change)))
	}
	if len(body) > 0 {
		body = append(body, "")
	}
	body = append(body, styled(t.Text, wrap(s.sum(), inner))...)
	if s.done && len(s.wrong) > 0 {
		body = append(body, styled(t.Dim, wrap(m.mendingMeans(), inner))...)
	}
	if s.err != nil {
		body = append(body, errorLines(t, s.err, inner)...)
	}
	body = append(body, "", m.keyLine(inner, mending))
	return frame(t, "Types of "+plural(s.total, "object"), body, width, height)
}

// sum is "12 of 340 have a wrong type".
func (s *mendSheet) sum() string {
	text := fmt.Sprintf("%s of %s have a wrong type.", group(len(s.wrong)), group(s.looked))
	switch {
	case !s.done:
		text = fmt.Sprintf("Looking… %s of %s, %s with a wrong type. Esc stops.", group(s.looked), group(s.total), group(len(s.wrong)))
	case len(s.wrong) == 0 && s.failed == 0:
		text = "Every type is that of its object's bytes."
	}
	if s.left > 0 {
		text += fmt.Sprintf(" %s archived: left as they are.", group(s.left))
	}
	if s.failed > 0 {
		text += fmt.Sprintf(" %s could not be read.", group(s.failed))
	}
	return text
}

// mendingMeans says what mending does beside the type.
func (m *Model) mendingMeans() string {
	text := "Each is copied onto itself inside the store, with all else as it is. Its time becomes that of now"
	if m.keepsOld == s3ops.VersionsOn && m.parts.Config.Local == "" {
		text += "; the version before is kept"
	}
	return text + "."
}
