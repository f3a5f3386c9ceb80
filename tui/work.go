package tui

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"charm.land/bubbles/v2/progress"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"weft/pipeline/queue"
)

// ended tells whether a job has nothing left to do.
func ended(j queue.Job) bool {
	return j.State == queue.Done || j.State == queue.Failed || j.State == queue.Cancelled
}

// finished counts a job's tasks that are over.
func finished(j queue.Job) int { return j.Done + j.Skipped + j.Failed + j.Cancelled }

// workSheet lists the jobs with their progress.
type workSheet struct {
	win   window
	open  int64 // job whose tasks are shown
	tasks []queue.TaskState
	err   error
	rows  window
}

func (m *Model) showWork() tea.Cmd {
	m.sheet = &workSheet{}
	return nil
}

func (s *workSheet) job(m *Model) (queue.Job, bool) {
	if s.win.cursor >= len(m.snapshot.Jobs) {
		return queue.Job{}, false
	}
	return m.snapshot.Jobs[s.win.cursor], true
}

func (s *workSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(detailed); ok && msg.job == s.open {
		s.tasks, s.err = msg.tasks, msg.err
	}
	return nil
}

func (s *workSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.means(msg, "work") {
		m.sheet = nil
		return nil
	}
	return m.dispatch(msg, working, motions, closing)
}

func (s *workSheet) list(m *Model) (*window, int, int) {
	if s.open != 0 {
		return &s.rows, len(s.tasks), s.height(m)
	}
	return &s.win, len(m.snapshot.Jobs), s.height(m)
}

// height is how many lines the jobs or tasks have.
func (s *workSheet) height(m *Model) int { return max(1, m.sheetHeight()-2) }

// close goes back from the tasks to the jobs, and from there to the panes.
func (s *workSheet) close(m *Model) {
	if s.open != 0 {
		s.open, s.tasks, s.rows = 0, nil, window{}
		return
	}
	m.sheet = nil
}

// openJob shows the tasks of the job under the cursor.
func (s *workSheet) openJob(m *Model) tea.Cmd {
	j, ok := s.job(m)
	if !ok || s.open == j.ID {
		return nil
	}
	s.open, s.rows, s.tasks = j.ID, window{}, nil
	if j.Failed > 0 {
		return readTasks(m.ctx, m.queue, j.ID, queue.Failed)
	}
	return readTasks(m.ctx, m.queue, j.ID)
}

func (s *workSheet) cancel(m *Model) tea.Cmd {
	j, ok := s.job(m)
	switch {
	case !ok:
		return nil
	case ended(j):
		return m.say("That job is over already", nil)
	}
	return cancelJob(m.ctx, m.queue, j)
}

func (s *workSheet) pause(m *Model) tea.Cmd {
	j, ok := s.job(m)
	if !ok || ended(j) {
		return m.say("There is nothing left to hold back in this job", nil)
	}
	return pauseJob(m.ctx, m.parts, m.queue, j)
}

func (s *workSheet) retry(m *Model) tea.Cmd {
	j, ok := s.job(m)
	switch {
	case !ok:
		return nil
	case j.Failed+j.Cancelled == 0:
		return m.say("Nothing in that job failed", nil)
	}
	return retryJob(m.ctx, m.parts, m.queue, j)
}

func (s *workSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 120)
	inner, rows := width-4, s.height(m)
	var body []string
	name := "Work"
	switch j, ok := s.job(m); {
	case s.open != 0 && ok:
		name = Clean(j.Title)
		body = s.taskLines(m, j, inner, rows)
	case len(m.snapshot.Jobs) == 0:
		body = []string{"", t.Dim.Render("No work yet: uploads, downloads, deletes and transforms appear here.")}
	default:
		from, to := s.win.visible(len(m.snapshot.Jobs), rows)
		for i := from; i < to; i++ {
			body = append(body, jobLine(m, m.snapshot.Jobs[i], inner, i == s.win.cursor))
			if len(body) < rows {
				body = append(body, m.activeLines(m.snapshot.Jobs[i], inner, 4)...)
			}
		}
	}
	if len(body) > rows {
		body = body[:rows]
	}
	if m.toast.text != "" {
		body = append(body, "", ansiFit(m.toast.text, inner))
	} else {
		body = append(body, "")
	}
	keys := m.keyLine(inner, working)
	if s.open != 0 { // the tasks are shown already
		keys = m.keyLine(inner, closing, "job-cancel", "job-pause", "job-retry")
	}
	return frame(t, name, append(body, keys), width, height)
}

// jobSign is how a job stands, in one sign and its colour.
func jobSign(t theme, j queue.Job) (string, style) {
	switch {
	case j.State == queue.Done:
		return "✓", t.Good
	case j.State == queue.Failed:
		return "✗", t.Bad
	case j.State == queue.Cancelled:
		return "–", t.Warn
	case j.State == queue.Queued:
		return "○", t.Dim
	case j.Paused:
		return "‖", t.Warn
	}
	return "●", t.Accent
}

// jobLine is one job: its state, its title, a bar and its counts.
func jobLine(m *Model, j queue.Job, width int, cursor bool) string {
	t := m.theme
	on := t.on(cursor)
	sign, style := jobSign(t, j)
	counts := group(finished(j)) + "/" + group(j.Total)
	countsWidth, barWidth := 22, 0
	if width > 90 {
		countsWidth, barWidth = 34, 16
	}
	if j.Skipped > 0 && barWidth > 0 {
		counts += ", " + group(j.Skipped) + " skipped"
	}
	if j.Failed > 0 {
		counts += ", " + group(j.Failed) + " failed"
	}
	edge := " "
	if cursor {
		edge = "▌"
	}
	bar := ""
	if !ended(j) && barWidth > 0 {
		bar = meter(t, barWidth, float64(finished(j))/float64(max(1, j.Total)))
	}
	age := humanTime(j.CreatedAt, m.now)
	nameWidth := max(8, width-4-countsWidth-barWidth-11)
	if bar == "" {
		bar = on(t.Text, blank(barWidth))
	}
	return on(t.Accent, edge) + on(style, sign+" ") + on(t.Text, fit(Clean(j.Title), nameWidth)) + on(t.Text, " ") + bar +
		on(t.Dim, right(counts, countsWidth)) + on(t.Faint, right(age, 11))
}

// activeLines are a job's speed and its tasks that are being carried out now.
func (m *Model) activeLines(j queue.Job, width, most int) []string {
	t := m.theme
	var out []string
	if speed := m.speedText(j); speed != "" && most > 1 {
		if j.Bytes > 0 {
			speed = humanSize(j.Bytes) + "  " + speed
		}
		out = append(out, "    "+t.Dim.Render(speed))
	}
	for _, a := range m.snapshot.Active {
		if a.JobID != j.ID || len(out) == most {
			continue
		}
		how := a.Stage
		if a.Total > 0 {
			how += fmt.Sprintf("  %s of %s", humanSize(a.Done), humanSize(a.Total))
		}
		out = append(out, "    "+t.Faint.Render(fitName(Clean(path.Base(a.Key)), min(40, width/2)))+"  "+t.Faint.Render(how))
	}
	if j.Error != "" && len(out) < most {
		out = append(out, "    "+t.Bad.Render(ansiFit(Clean(j.Error), width-4)))
	}
	return out
}

func (s *workSheet) taskLines(m *Model, j queue.Job, width, rows int) []string {
	t := m.theme
	if s.err != nil {
		return errorLines(t, s.err, width)
	}
	if s.tasks == nil {
		return []string{t.Dim.Render("Reading…")}
	}
	names := taskNameWidth(width)
	var out []string
	why := s.why(width, rows)
	from, to := s.rows.visible(len(s.tasks), rows-len(why))
	for i := from; i < to; i++ {
		k := s.tasks[i]
		sign, style, text := "●", t.Accent, string(k.State)
		switch {
		case k.Error != "":
			sign, style, text = "✗", t.Bad, reason(k)
		case k.Skipped:
			sign, style, text = "✓", t.Dim, "already done"
		case k.State == queue.Done:
			sign, style, text = "✓", t.Good, outcomeLine(k)
		}
		edge := " "
		if i == s.rows.cursor {
			edge = t.Accent.Render("▌")
		}
		out = append(out, edge+style.Render(sign)+" "+fit(fitName(Clean(path.Base(k.Task.Key)), names), names)+"  "+t.Dim.Render(ansiFit(text, outcomeWidth(width))))
	}
	return append(out, styled(t.Text, why)...)
}

// why is in full what the line of the task under the cursor has no room for, below
// a blank line: the reason of what failed, which ends with what to do and has room
// however many tasks there are, or the note of what was done.
func (s *workSheet) why(width, rows int) []string {
	if s.rows.cursor >= len(s.tasks) {
		return nil
	}
	k := s.tasks[s.rows.cursor]
	text := Clean(k.Error)
	if text == "" {
		text = Clean(k.Outcome.Note)
		if ansi.StringWidth(text) <= outcomeWidth(width) {
			return nil
		}
	}
	lines := append([]string{""}, wrap(text, width)...)
	return lines[:min(len(lines), max(0, rows-2))]
}

// taskNameWidth and outcomeWidth are the widths of a task's name and of what became of it.
func taskNameWidth(width int) int { return clamp(width/3, 12, 40) }
func outcomeWidth(width int) int  { return max(1, width-5-taskNameWidth(width)) }

// reason is why a task failed, without what was tried on which key: that stands
// beside it.
func reason(k queue.TaskState) string {
	tried, why, ok := strings.Cut(k.Error, k.Task.Key+": ")
	if !ok || strings.Contains(tried, ":") {
		why = k.Error
	}
	return about(errors.New(why))
}

// outcomeLine says what a finished task did.
func outcomeLine(k queue.TaskState) string {
	o := k.Outcome
	switch {
	case o.Note != "":
		return Clean(o.Note)
	case o.File != "":
		return Clean(o.File)
	case len(o.Keys) > 0:
		var names []string
		for _, key := range o.Keys {
			// "web.jpg" beside the source's name, which stands before it
			names = append(names, Clean(strings.TrimPrefix(path.Base(key), path.Base(k.Task.Key)+".")))
		}
		return strings.Join(names, "  ")
	}
	return "done"
}

// meter is a progress bar.
func meter(t theme, width int, share float64) string {
	p := progress.New(progress.WithWidth(width), progress.WithoutPercentage(), progress.WithFillCharacters('━', '─'))
	p.FullColor, p.EmptyColor = t.Accent.GetForeground(), t.Border.GetForeground()
	return p.ViewAs(share)
}

// quit leaves; it says that work goes on, or what it waits for. A paused job does
// neither.
func (m *Model) quit() tea.Cmd {
	for _, j := range m.snapshot.Jobs {
		if ended(j) || j.Paused {
			continue
		}
		fate := "It goes on without the interface; weft jobs or weft again shows it."
		if m.snapshot.Held != "" && !m.snapshot.Worker {
			fate = "It waits for credentials: with good ones weft again, or weft worker, goes on with it."
		}
		return m.confirm(question{
			title: "Leave weft?", yes: "Leave",
			lines: []string{"Work is under way: " + Clean(j.Title) + ", " + group(finished(j)) + " of " + group(j.Total) + ". " + fate},
			do:    func(*Model) tea.Cmd { return tea.Quit },
		})
	}
	return tea.Quit
}
