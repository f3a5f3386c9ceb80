package queue

import "time"

// Speed is how fast a job goes, by what was seen of it in the last half minute,
// so that a pause or a slow beginning does not count for ever. The zero value
// has seen nothing.
type Speed struct {
	marks []mark
	ahead int64 // bytes left of a last task that tells them; 0 if not known
}

// mark is how far a job was at a moment.
type mark struct {
	at    time.Time
	tasks int   // that are over
	bytes int64 // moved, those of running tasks too
}

// Over what a Speed is taken, and how far apart its marks are.
const (
	speedOver  = 30 * time.Second
	speedEvery = 500 * time.Millisecond
)

// Note takes in how far a job is, with all tasks that are running.
func (s *Speed) Note(at time.Time, j Job, active []Active) {
	m := mark{at: at, tasks: j.Done + j.Skipped + j.Failed + j.Cancelled, bytes: j.Bytes}
	s.ahead = 0
	for _, a := range active {
		if a.JobID != j.ID {
			continue
		}
		m.bytes += a.Done
		if m.tasks == j.Total-1 {
			s.ahead = max(0, a.Total-a.Done)
		}
	}
	if n := len(s.marks); n > 1 && s.marks[n-1].at.Sub(s.marks[n-2].at) < speedEvery {
		s.marks[n-1] = m // the newest is always kept, of those before it none that is too near
	} else {
		s.marks = append(s.marks, m)
	}
	for len(s.marks) > 2 && at.Sub(s.marks[1].at) > speedOver {
		s.marks = s.marks[1:]
	}
}

// Tasks is how many tasks end in a second; 0 while that is not known.
func (s *Speed) Tasks() float64 {
	first, last, seconds := s.ends()
	if seconds == 0 {
		return 0
	}
	return float64(last.tasks-first.tasks) / seconds
}

// Bytes is how many bytes move in a second; 0 while that is not known.
func (s *Speed) Bytes() float64 {
	first, last, seconds := s.ends()
	if seconds == 0 {
		return 0
	}
	return max(0, float64(last.bytes-first.bytes)/seconds)
}

// Left estimates how long the job still takes; 0 while that is not known.
func (s *Speed) Left(j Job) time.Duration {
	seconds := 0.0
	switch last := j.Total - (j.Done + j.Skipped + j.Failed + j.Cancelled); {
	case s.ahead > 0 && s.Bytes() > 0:
		seconds = float64(s.ahead) / s.Bytes()
	case s.Tasks() > 0:
		seconds = float64(last) / s.Tasks()
	}
	return time.Duration(seconds * float64(time.Second))
}

// ends are the oldest and the newest mark, and the seconds between them: 0 if
// that is too short to tell.
func (s *Speed) ends() (first, last mark, seconds float64) {
	if len(s.marks) < 2 {
		return first, last, 0
	}
	first, last = s.marks[0], s.marks[len(s.marks)-1]
	if d := last.at.Sub(first.at); d >= time.Second {
		seconds = d.Seconds()
	}
	return first, last, seconds
}
