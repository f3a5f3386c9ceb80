package queue

import (
	"context"
	"fmt"
	"testing"
	"time"

	"weft/pipeline"
)

// From a submission to the moment an idle worker begins its task.
func BenchmarkSubmitToStart(b *testing.B) {
	q := open(b)
	begun := make(chan time.Time, 1)
	work(b, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		begun <- time.Now()
		return pipeline.Outcome{}, nil
	})
	await(b, q, func(s Snapshot) bool { return s.Worker })
	var total time.Duration
	for b.Loop() {
		time.Sleep(37 * time.Millisecond) // idle again, at another phase of the polling
		start := time.Now()
		submit(b, q, tasks(pipeline.Delete, 1))
		total += (<-begun).Sub(start)
	}
	b.ReportMetric(float64(total.Microseconds())/1000/float64(b.N), "ms/start")
}

// Tasks that do nothing: what the queue itself costs.
func BenchmarkThroughput(b *testing.B) {
	for _, verb := range []pipeline.Verb{pipeline.Process, pipeline.Delete} {
		b.Run(string(verb), func(b *testing.B) {
			q := open(b)
			work(b, q, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
				return pipeline.Outcome{}, nil
			})
			const n = 10_000
			for b.Loop() {
				id := submit(b, q, tasks(verb, n))
				for {
					j, err := q.Job(b.Context(), id)
					if err != nil {
						b.Fatal(err)
					}
					if j.Done == n {
						break
					}
					time.Sleep(20 * time.Millisecond)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}

func BenchmarkSubmit(b *testing.B) {
	for _, n := range []int{1, 100, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q := open(b)
			for b.Loop() {
				submit(b, q, tasks(pipeline.Process, n))
			}
		})
	}
}

// A snapshot costs the same however many tasks its jobs have.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{100, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			q := open(b)
			submit(b, q, tasks(pipeline.Process, n))
			for b.Loop() {
				if _, err := q.Watch(b.Context(), 0); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCancel(b *testing.B) {
	q := open(b)
	for b.Loop() {
		b.StopTimer()
		id := submit(b, q, tasks(pipeline.Process, 10_000))
		b.StartTimer()
		if err := q.Cancel(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	path := open(b).db.name
	for b.Loop() {
		q, err := Open(b.Context(), path, "a store", here)
		if err != nil {
			b.Fatal(err)
		}
		if err := q.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
