package tui

import (
	"fmt"
	"strings"
	"time"

	"weft/pipeline/queue"
)

// noteSpeeds notes how far the unfinished jobs are.
func (m *Model) noteSpeeds() {
	for _, j := range m.snapshot.Jobs {
		if ended(j) || j.Paused {
			delete(m.speeds, j.ID)
			continue
		}
		if m.speeds[j.ID] == nil {
			m.speeds[j.ID] = &queue.Speed{}
		}
		m.speeds[j.ID].Note(m.clock(), j, m.snapshot.Active)
	}
}

// speedText is how fast a job goes and how long it still takes, as far as that
// is known: "8.3/s  2.1 MB/s  24 s left".
func (m *Model) speedText(j queue.Job) string {
	s := m.speeds[j.ID]
	if s == nil {
		return ""
	}
	var words []string
	if n := s.Tasks(); n > 0 && j.Total > 1 {
		words = append(words, fmt.Sprintf("%.1f/s", n))
	}
	if n := s.Bytes(); n >= 1 {
		words = append(words, humanSize(int64(n))+"/s")
	}
	if d := s.Left(j); d > 0 {
		words = append(words, humanDuration(d)+" left")
	}
	return strings.Join(words, "  ")
}

// workLine sums up the work for the header, with its speed if it may be long.
func (m *Model) workLine(long bool) string {
	t := m.theme
	var jobs, done, total int
	var left time.Duration // of the job that takes longest
	rate := 0.0
	for _, j := range m.snapshot.Jobs {
		if ended(j) {
			continue
		}
		jobs++
		done += finished(j)
		total += j.Total
		if s := m.speeds[j.ID]; s != nil {
			rate += s.Tasks()
			left = max(left, s.Left(j))
		}
	}
	if jobs == 0 {
		return ""
	}
	line := t.Accent.Render("● ")
	if long {
		line += plural(jobs, "job") + "  "
	}
	line += group(done) + "/" + group(total)
	if long && rate > 0 && total > 1 {
		line += t.Dim.Render(fmt.Sprintf("  %.1f/s", rate))
	}
	if long && left > 0 {
		line += t.Dim.Render("  " + humanDuration(left) + " left")
	}
	for _, a := range m.snapshot.Active {
		if a.Waits() {
			line += t.Warn.Render("  " + Clean(a.Stage))
			break
		}
	}
	switch {
	case m.snapshot.Held != "" && !m.snapshot.Worker:
		line += t.Warn.Render("  waits for credentials")
	case !m.snapshot.Worker:
		line += t.Warn.Render("  no worker")
	}
	return line
}
