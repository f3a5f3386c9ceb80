package tui

import (
	"fmt"
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
	return &p.win, len(p.under.plan.outputs), max(1, m.sheetHeight()-6)
}

func (p *planSheet) view(m *Model, width, height int) string {
	t, v := m.theme, &p.under.plan
	inner := width - 4
	var body []string
	from, to := p.win.visible(len(v.outputs), max(1, m.sheetHeight()-6))
	for i := from; i < to; i++ {
		x, on := v.outputs[i], t.on(i == p.win.cursor)
		edge, look := "  ", t.Dim
		if i == p.win.cursor {
			edge = "▌ "
		}
		switch x.State {
		case pipeline.OutputCollision:
			look = t.Bad
		case pipeline.OutputStale:
			look = t.Warn
		}
		text := Clean(strings.TrimPrefix(x.Source, m.objects.folder())) + " → " + Clean(x.Key)
		if x.Why != "" {
			text += "  " + Clean(x.Why)
		}
		body = append(body, on(t.Accent, edge)+on(look, fit(x.State, 12))+on(t.Text, fit(text, max(0, inner-14))))
	}
	body = append(body, "")
	if p.win.cursor < len(v.outputs) && v.outputs[p.win.cursor].Why != "" { // whole, as the row may cut it
		x := v.outputs[p.win.cursor]
		body = append(body, styled(t.Text, wrap(Clean(x.State+": "+x.Why), inner))...)
	}
	body = append(body, v.lines(t, len(p.under.keys), inner)...)
	if n := v.sum.Outputs - len(v.outputs); n > 0 {
		body = append(body, t.Faint.Render(plural(n, "output")+" more are not listed"))
	}
	return frame(t, "Plan for "+plural(len(p.under.keys), "image"), body, width, height)
}
