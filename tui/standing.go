package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/pipeline"
	"weft/s3ops"
)

// resultsSheet shows which results of the pictures below a folder are not as they
// should be, and mends them.
type resultsSheet struct {
	prefix string
	count  map[string]int    // by state
	bad    []pipeline.Result // those that are not up to date
	err    error             // the first
	done   bool
	win    window
}

// checkResults looks how the results of the pictures here stand. From the results
// themselves, or the table, it looks at those of all pictures.
func (m *Model) checkResults() tea.Cmd {
	prefix, f := m.objects.folder(), m.parts.Config.Folders
	for _, role := range []config.Role{config.Generated, config.FabricTable} {
		if strings.HasPrefix(prefix, f.Prefix(role)) {
			prefix = ""
		}
	}
	m.sheet = &resultsSheet{prefix: prefix, count: map[string]int{}}
	ctx, token := m.comparing.begin(m.ctx)
	return compareResults(ctx, m.session, token, prefix, m.session.Recipes)
}

func (s *resultsSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	got, ok := msg.(resultsCompared)
	if !ok || !m.comparing.current(got.token) {
		return nil
	}
	for _, x := range got.some {
		if x.err != nil {
			s.err = cmp.Or(s.err, x.err)
			continue
		}
		s.count[x.result.State]++
		if x.result.State != pipeline.OutputUpToDate {
			s.bad = append(s.bad, x.result)
		}
	}
	s.done = got.next == nil
	return got.next
}

func (s *resultsSheet) trouble() error { return s.err }

func (s *resultsSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, comparing, motions, closing)
}

func (s *resultsSheet) list(m *Model) (*window, int, int) {
	return &s.win, len(s.bad), m.outputRows()
}

func (s *resultsSheet) close(m *Model) {
	m.comparing.stop()
	m.sheet = nil
}

// mend makes what is stale or missing, and asks whether what has no source is to
// be deleted.
func (s *resultsSheet) mend(m *Model) tea.Cmd {
	orphan := func(x pipeline.Result) bool { return x.State == pipeline.ResultOrphan }
	var orphans []pipeline.Result
	for _, x := range s.bad {
		if orphan(x) {
			orphans = append(orphans, x)
		}
	}
	todo := s.count[pipeline.OutputStale] + s.count[pipeline.ResultMissing]
	switch {
	case !s.done:
		return m.say("Still looking", nil)
	case todo+len(orphans) == 0:
		return m.say("There is nothing to mend", nil)
	}
	s.close(m)
	f := m.parts.Config.Folders
	var made tea.Cmd
	if todo > 0 {
		made = submit(m.ctx, m.parts, m.queue, pipeline.MendResults(f, slices.DeleteFunc(slices.Clone(s.bad), orphan)))
	}
	if len(orphans) == 0 {
		return made
	}
	var names []string
	for _, x := range orphans[:min(5, len(orphans))] {
		names = append(names, Clean(x.Key))
	}
	if more := len(orphans) - len(names); more > 0 {
		names = append(names, "and "+group(more)+" more")
	}
	q := question{title: "Delete " + plural(len(orphans), "result") + " whose source is gone?", yes: "Delete", lines: names}
	q.lines = append(q.lines, "What the table says of their sources goes too.")
	m.afterDelete(&q, len(orphans))
	q.do = func(m *Model) tea.Cmd { return submit(m.ctx, m.parts, m.queue, pipeline.MendResults(f, orphans)) }
	return tea.Batch(made, m.confirm(q))
}

func (s *resultsSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 110)
	inner := width - 4
	body := outputLines(m, &s.win, len(s.bad), func(i int) pipeline.PlannedOutput { return s.bad[i].PlannedOutput }, s.prefix, inner)
	body = append(body, styled(t.Text, wrap(s.sum(), inner))...)
	if s.done && s.count[pipeline.OutputCollision] > 0 {
		body = append(body, styled(t.Dim, wrap("What is in collision is never overwritten: change the to of its recipe.", inner))...)
	}
	if s.err != nil {
		body = append(body, errorLines(t, s.err, inner)...)
	}
	body = append(body, "", m.keyLine(inner, comparing))
	return frame(t, "Results of "+cmp.Or(Clean(s.prefix), "all pictures"), body, width, height)
}

// sum is "9,980 up to date, 12 stale, 8 missing."
func (s *resultsSheet) sum() string {
	text := group(s.count[pipeline.OutputUpToDate]) + " up to date"
	for _, x := range []struct{ state, says string }{
		{pipeline.OutputStale, "stale"}, {pipeline.ResultMissing, "missing"}, {pipeline.ResultOrphan, "without a source"}, {pipeline.OutputCollision, "in collision"},
	} {
		if n := s.count[x.state]; n > 0 {
			text += fmt.Sprintf(", %s %s", group(n), x.says)
		}
	}
	if !s.done {
		return "Comparing pictures and results… " + text + ". The first time takes longest. Esc stops."
	}
	return text + "."
}

// afterDelete tells, in a question, what becomes of n deleted objects.
func (m *Model) afterDelete(q *question, n int) {
	switch m.keepsOld {
	case s3ops.VersionsOn:
		q.lines = append(q.lines, fmt.Sprintf("Versioning is on: z brings %[1]s back, and later . shows %[1]s and U does.", pronoun(n)))
	case s3ops.VersionsSuspended:
		q.warn = "Versioning is suspended: what was written since then is gone for good."
	case s3ops.VersionsOff:
		q.warn = "Versioning is off: what is deleted is gone for good."
	default:
		q.warn = "Whether this bucket keeps old versions is not known: what is deleted may be gone for good."
	}
}
