package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"weft/pipeline/queue"
)

// jobs prints all jobs, the newest first, and then each change if watching. On a
// terminal a job's counts move in the line of progress, and a line of its own
// tells only what becomes of it.
func (a *app) jobs(ctx context.Context, q *queue.Queue, watch bool) error {
	seen := map[int64]queue.Job{}
	speeds := map[int64]*queue.Speed{}
	still := watch && a.out.outTTY && a.out.errTTY && !a.json
	compared, held := false, ""
	defer a.out.progress("")
	for version := int64(-1); ; {
		s, err := q.Watch(ctx, version)
		if err != nil {
			return err
		}
		version = s.Version
		var changed []queue.Job
		for _, j := range s.Jobs {
			if old, ok := seen[j.ID]; !ok || old != j && (!still || old.State != j.State) {
				changed = append(changed, j)
			}
			seen[j.ID] = j
		}
		if err := a.printJobs(changed); err != nil {
			return err
		}
		if why := waitsFor(s); why != held {
			if held = why; why != "" {
				a.out.warn("the work waits for credentials: " + why)
			}
		}
		if !compared && s.Account != "" {
			compared = true
			if mine := a.account(ctx); mine != "" && mine != s.Account {
				a.out.warn(queue.ErrOtherAccount.Error())
			}
		}
		if !watch {
			return nil
		}
		a.out.progress(progressLine(s, speeds))
	}
}

// waitsFor is why no worker goes on with what is left to do, or "".
func waitsFor(s queue.Snapshot) string {
	if s.Worker {
		return ""
	}
	for _, j := range s.Jobs {
		if unfinished(j) && !j.Paused {
			return s.Held
		}
	}
	return ""
}

func unfinished(j queue.Job) bool {
	return j.State == queue.Queued || j.State == queue.Running || j.State == queue.Paused
}

// progressLine tells how far the job is that is being worked on, the oldest of
// several, or else the one that will be next. speeds keeps what was seen of each.
func progressLine(s queue.Snapshot, speeds map[int64]*queue.Speed) string {
	line, working := "", false
	for _, j := range s.Jobs { // the newest first
		if !unfinished(j) || j.Paused {
			delete(speeds, j.ID)
			continue
		}
		if speeds[j.ID] == nil {
			speeds[j.ID] = &queue.Speed{}
		}
		speeds[j.ID].Note(time.Now(), j, s.Active)
		if now := activeLine(s.Active, j.ID); now != "" || !working {
			working = working || now != ""
			line = fmt.Sprintf("job %d: ", j.ID) + pace(j, speeds[j.ID]) + now
		}
	}
	if line != "" && !s.Worker {
		line += noWorker
	}
	return line
}

const noWorker = "  (no worker runs: weft worker)"

// pace is "34 of 175  8.2 MB  2.7 MB/s  12s left", as far as it is known.
func pace(j queue.Job, speed *queue.Speed) string {
	line := counts(j)
	if j.Bytes > 0 {
		line += "  " + size(j.Bytes)
	}
	if n := speed.Bytes(); n >= 1 {
		line += "  " + size(int64(n)) + "/s"
	}
	if d := speed.Left(j); d > 0 && !j.Paused {
		line += "  " + d.Round(time.Second).String() + " left"
	}
	return line
}

// activeLine is what is being done now of a job, first what waits: the rest moves.
func activeLine(active []queue.Active, job int64) string {
	for _, waits := range []bool{true, false} {
		for _, x := range active {
			if x.JobID != job || x.Waits() != waits {
				continue
			}
			line := "  " + x.Key + " " + x.Stage
			if x.Total > 0 {
				line += fmt.Sprintf("  %s of %s", size(x.Done), size(x.Total))
			}
			return line
		}
	}
	return ""
}

// followStarts is how many workers follow starts without a task ending before
// it gives up.
const followStarts = 3

// follow waits until a job has ended, with its progress on the terminal. It
// starts a worker where the last one is gone.
func (a *app) follow(ctx context.Context, q *queue.Queue, id int64) (queue.Job, error) {
	defer a.out.progress("")
	var speed queue.Speed
	starts, ended := 0, 0
	for version := int64(-1); ; {
		s, err := q.Watch(ctx, version)
		if err != nil {
			return queue.Job{}, err
		}
		version = s.Version
		j, err := q.Job(ctx, id)
		if err != nil {
			return j, err
		}
		now := j.Done + j.Skipped + j.Failed + j.Cancelled
		if now >= j.Total {
			return j, nil
		}
		if now > ended {
			starts, ended = 0, now
		}
		if !s.Worker && s.Held != "" && starts > 0 {
			return j, fmt.Errorf("job %d waits for credentials: %s", id, s.Held)
		}
		if !s.Worker && !a.cfg.ReadOnly && !j.Paused {
			if starts++; starts > followStarts {
				return j, fmt.Errorf("job %d waits: workers are gone as soon as they have started; weft worker --foreground shows why", id)
			}
			if err := a.wake(ctx); err != nil {
				return j, fmt.Errorf("job %d waits: %w", id, err)
			}
		}
		speed.Note(time.Now(), j, s.Active)
		line := pace(j, &speed) + activeLine(s.Active, id)
		switch {
		case j.Paused:
			line += "  (paused: weft jobs resume " + strconv.FormatInt(id, 10) + ")"
		case !s.Worker:
			line += noWorker
		}
		a.out.progress(line)
	}
}

// left tells whether waiting ended because the user left, not the job.
func left(ctx context.Context, err error) bool {
	return ctx.Err() != nil && errors.Is(err, context.Canceled)
}
