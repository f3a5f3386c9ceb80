package s3ops_test

import (
	"slices"
	"syscall"
	"testing"
	"time"
)

// rounds is how often each of several peers is measured, in turns.
const rounds = 5

// figures are what each round took, in seconds.
type figures struct{ wall, cpu []float64 }

// take measures one round: the time on the clock and on this process's processors.
func (f *figures) take(work func()) {
	spent, start := processors(), time.Now()
	work()
	f.wall = append(f.wall, time.Since(start).Seconds())
	f.cpu = append(f.cpu, processors()-spent)
}

// processors is the time this process has spent on processors, in seconds.
func processors() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
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
