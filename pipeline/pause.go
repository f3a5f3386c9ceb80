package pipeline

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"weft/s3ops"
)

// pausing makes the pauses between the tries of a task's requests part of its
// progress: while one lasts the stage is "retrying in 4 s (SlowDown)", counted
// down, and what has moved stays beside it.
type pausing struct {
	mu    sync.Mutex
	to    func(Progress)
	last  Progress // without the pause
	until time.Time
	why   string
	tick  *time.Timer
	ended bool
}

// patiently gives a task's requests patience, and shows it in its progress.
// Nothing is reported any more once end was called.
func patiently(ctx context.Context, report func(Progress)) (_ context.Context, progress func(Progress), end func()) {
	p := &pausing{to: report}
	return s3ops.Patient(ctx, p.pause), p.report, p.end
}

func (p *pausing) report(now Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = now
	p.tell()
}

func (p *pausing) pause(s s3ops.Pause) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := time.Now().Add(s.For); until.After(p.until) {
		p.until, p.why = until, s.Why
	}
	p.tell()
	p.next()
}

// next looks again when another second has passed.
func (p *pausing) next() {
	if left := time.Until(p.until); left > 0 && p.tick == nil && !p.ended {
		p.tick = time.AfterFunc(left-left.Truncate(time.Second)+time.Millisecond, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.tick = nil
			p.tell()
			p.next()
		})
	}
}

// tell reports; the caller holds the lock.
func (p *pausing) tell() {
	if p.ended {
		return
	}
	now := p.last
	if left := time.Until(p.until); left > 0 {
		now.Stage = retrying(left, p.why)
	}
	p.to(now)
}

func (p *pausing) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
	if p.tick != nil {
		p.tick.Stop()
	}
}

// Waits tells whether the task waits before its next try.
func (p Progress) Waits() bool { return strings.HasPrefix(p.Stage, "retrying in ") }

// retrying is the stage of a task that waits before its next try.
func retrying(left time.Duration, why string) string {
	return fmt.Sprintf("retrying in %d s (%s)", (left+time.Second-1)/time.Second, printable(why))
}
