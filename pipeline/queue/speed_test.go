package queue

import (
	"testing"
	"time"

	"weft/pipeline"
)

func TestSpeedIsThatOfTheLastHalfMinute(t *testing.T) {
	// What happened before the last half minute does not count, and the last task's end is told by its bytes.
	var s Speed
	start := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	j := Job{ID: 7, Total: 1000}
	note := func(second float64, done int, active ...Active) {
		j.Done, j.Bytes = done, int64(done)*1e6
		s.Note(start.Add(time.Duration(second*float64(time.Second))), j, active)
	}
	note(0, 0)
	if s.Tasks() != 0 || s.Left(j) != 0 {
		t.Errorf("known at once: %v a second, %v left", s.Tasks(), s.Left(j))
	}
	for i := range 100 { // 1 a second
		note(float64(i), i)
	}
	for i := range 400 { // then 10 a second
		note(99+float64(i)/10, 99+i)
	}
	if n := s.Tasks(); n < 9.9 || n > 10.1 {
		t.Errorf("%v tasks a second", n)
	}
	if n := s.Bytes(); n < 9.9e6 || n > 10.1e6 {
		t.Errorf("%v bytes a second", n)
	}
	if d := s.Left(j).Seconds(); d < 49 || d > 52 {
		t.Errorf("%v left of %d tasks", s.Left(j), j.Total-j.Done)
	}
	if len(s.marks) > int(speedOver/speedEvery)+3 { // the newest, one before the half minute, and both its ends
		t.Errorf("%d marks are kept", len(s.marks))
	}
	active := func(job, done, total int64) Active {
		return Active{JobID: job, Progress: pipeline.Progress{Done: done, Total: total}}
	}
	s, j.Total = Speed{}, 1
	for i := range 5 {
		note(float64(i), 0, active(7, int64(i)*1e8, 1e9), active(8, 5e9, 9e9))
	}
	if d := s.Left(j).Seconds(); d < 5.9 || d > 6.1 {
		t.Errorf("%v left of 600 MB at 100 MB a second", s.Left(j))
	}
}
