package s3ops_test

import (
	"slices"
	"testing"
	"time"
)

// rounds is how often each of several peers is measured, in turns.
const rounds = 5

// figures are what each round took, in seconds.
type figures struct{ wall, cpu []float64 }

// begin begins a round.
func (f *figures) begin() { f.wall, f.cpu = append(f.wall, 0), append(f.cpu, 0) }

// take measures work of a round, or a part of it: the time on the clock and on
// this process's processors.
func (f *figures) take(work func()) {
	last := len(f.wall) - 1
	spent, start := processors(), time.Now()
	work()
	f.wall[last] += time.Since(start).Seconds()
	f.cpu[last] += processors() - spent
}

// inTurns measures two peers' work piece by piece, so that what else
// the machine does hits both.
func inTurns(pieces int, ours, theirs *figures, do func(ours bool, piece int)) {
	ours.begin()
	theirs.begin()
	for i := range pieces {
		first, second := ours, theirs
		if i%2 == 1 {
			first, second = theirs, ours
		}
		first.take(func() { do(first == ours, i) })
		second.take(func() { do(second == ours, i) })
	}
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

// ratio reports the medians of ours and of a peer's rounds, and how they compare.
func ratio(b *testing.B, ours, theirs figures, peer string) {
	b.ReportMetric(median(ours.wall), "s")
	b.ReportMetric(median(ours.cpu), "CPU-s")
	b.ReportMetric(median(theirs.wall), "s-"+peer)
	b.ReportMetric(median(theirs.cpu), "CPU-s-"+peer)
	b.ReportMetric(median(ours.wall)/median(theirs.wall), "×"+peer)
	b.ReportMetric(median(ours.cpu)/median(theirs.cpu), "CPU×"+peer)
}
