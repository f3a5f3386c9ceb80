package tui

import (
	"fmt"
	"path"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
)

// planShown is the most outputs of a plan that are kept to be shown.
const planShown = 50_000

// planView is how far a plan is.
type planView struct {
	sum      *pipeline.PlanSum
	outputs  []pipeline.PlannedOutput // the first planShown
	estimate *pipeline.Estimate       // once it is made
	done     bool
	err      error // the first
}

func newPlanView() planView { return planView{sum: pipeline.NewPlanSum(false)} }

// add takes in some more of the plan.
func (v *planView) add(msg planned) tea.Cmd {
	for _, x := range msg.some {
		switch {
		case x.estimate != nil:
			v.estimate = x.estimate
		case x.err != nil:
			v.sum.Failed++
			if v.err == nil {
				v.err = x.err
			}
		default:
			v.sum.Add(x.output)
			if len(v.outputs) < planShown {
				v.outputs = append(v.outputs, x.output)
			}
		}
	}
	v.done = msg.next == nil
	return msg.next
}

// lines sum the plan up: what there is, what has to be done and what that takes.
func (v *planView) lines(t theme, sources, width int) []string {
	text := t.Dim.Render("plan  ")
	if v.sum.Outputs == 0 && !v.done {
		return []string{text + t.Dim.Render("looking what there is of "+plural(sources, "image")+"…")}
	}
	text += plural(v.sum.Outputs, "output")
	for _, x := range []struct {
		n     int
		what  string
		style style
	}{
		{v.sum.New, "new", t.Text}, {v.sum.Stale, "stale", t.Warn}, {v.sum.UpToDate, "up to date", t.Text}, {v.sum.Collision, "✗ in collision", t.Bad},
	} {
		if x.n > 0 {
			text += t.Dim.Render(" · ") + x.style.Render(group(x.n)+" "+x.what)
		}
	}
	lines := []string{ansiFit(text, width)}
	if work := v.work(); work != "" {
		lines = append(lines, t.Dim.Render(fit("      "+work, width)))
	}
	if v.err != nil {
		lines = append(lines, errorLines(t, v.err, width)...)
	}
	return lines
}

// work is "60 images to read, 720 megapixels in 290 MB; about 25 s here".
func (v *planView) work() string {
	switch {
	case !v.done:
		return "still looking…"
	case v.sum.Sources == 0 && v.sum.Failed == 0:
		return "nothing to do"
	case v.estimate == nil || v.sum.Sources == 0:
		return ""
	}
	about := ""
	if !v.estimate.Exact {
		about = "about "
	}
	return fmt.Sprintf("%s to read, %s%s in %s; about %s here",
		plural(v.sum.Sources, "image"), about, megapixels(v.estimate.Pixels), humanSize(v.estimate.Bytes), seconds(v.estimate.Seconds))
}

func megapixels(n int64) string {
	if n < 20_000_000 {
		return fmt.Sprintf("%.1f megapixels", float64(n)/1e6)
	}
	return group(n/1_000_000) + " megapixels"
}

// seconds is a length of time in words.
func seconds(s float64) string {
	switch {
	case s < 1:
		return "a second"
	case s < 120:
		return fmt.Sprintf("%.0f s", s)
	case s < 7200:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%.0f h", s/3600)
}

// showPlan lists every output of the plan.
func (s *transformSheet) showPlan(m *Model) tea.Cmd {
	if s.plan.sum == nil || s.plan.sum.Outputs == 0 {
		return nil
	}
	m.sheet = &planSheet{under: s}
	return nil
}

// planSheet shows the outputs of the plan and goes back to the sheet it came from.
type planSheet struct {
	under *transformSheet
	win   window
}

func (p *planSheet) close(m *Model) { m.sheet = p.under }

func (p *planSheet) answer(m *Model, msg tea.Msg) tea.Cmd { return p.under.answer(m, msg) }

func (p *planSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.means(msg, "recipes-plan") {
		p.close(m)
		return nil
	}
	return m.dispatch(msg, motions, closing)
}

func (p *planSheet) list(m *Model) (*window, int, int) {
	return &p.win, len(p.under.plan.outputs), m.outputRows()
}

func (p *planSheet) view(m *Model, width, height int) string {
	t, v := m.theme, &p.under.plan
	inner := width - 4
	body := outputLines(m, &p.win, len(v.outputs), func(i int) pipeline.PlannedOutput { return v.outputs[i] }, m.objects.folder(), inner)
	body = append(body, v.lines(t, len(p.under.keys), inner)...)
	if n := v.sum.Outputs - len(v.outputs); n > 0 {
		body = append(body, t.Faint.Render(plural(n, "output")+" more are not listed"))
	}
	body = append(body, "", m.keyLine(inner, closing))
	return frame(t, "Plan for "+plural(len(p.under.keys), "image"), body, width, height)
}

// outputRows is how many outputs a list shows at a time.
func (m *Model) outputRows() int { return max(1, m.sheetHeight()-9) }

// outputLines are a list of n outputs, a row each of its state, recipe, source below
// the folder and why it is so, and below them all of the one under the cursor, as
// its row may cut it. Of none there are no lines.
func outputLines(m *Model, win *window, n int, at func(int) pipeline.PlannedOutput, folder string, width int) []string {
	const state, name = 11, 9
	t, rest := m.theme, max(2, width-state-name-6)
	why := max(26, rest/2)
	source := max(1, rest-why)
	var out []string
	from, to := win.visible(n, m.outputRows())
	for i := from; i < to; i++ {
		x, on := at(i), t.on(i == win.cursor)
		edge, look := "  ", t.Dim
		if i == win.cursor {
			edge = "▌ "
		}
		switch x.State {
		case pipeline.OutputCollision:
			look = t.Bad
		case pipeline.OutputStale, pipeline.ResultOrphan:
			look = t.Warn
		}
		last := x.Why
		if last == "" {
			last = "→ " + fitName(Clean(path.Base(x.Key)), why-2)
		}
		out = append(out, on(t.Accent, edge)+on(look, fit(x.State, state)+" ")+on(t.Text, fit(Clean(x.Recipe), name)+"  "+
			fit(fitName(Clean(strings.TrimPrefix(x.From(), folder)), source), source)+" ")+on(t.Dim, fit(Clean(last), why)))
	}
	if win.cursor >= n {
		return out
	}
	x := at(win.cursor)
	text := Clean(x.From() + " → " + x.Into())
	if x.Why != "" {
		text += ": " + Clean(x.Why)
	}
	return append(append(append(out, ""), styled(t.Dim, wrap(text, width))...), "")
}
