package queue

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
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

// A big job that comes while others work: how long it takes, how much memory, and
// how long the small submissions and a running worker's tasks of another process wait.
func BenchmarkSubmitBehindOthers(b *testing.B) {
	const n = 100_000
	q := open(b)
	other := openAt(b, q.db.name)
	work(b, other, func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
		return pipeline.Outcome{}, nil
	})
	await(b, q, func(s Snapshot) bool { return s.Worker })
	var waits []time.Duration
	var peak uint64
	for b.Loop() {
		done := make(chan error, 1)
		go func() {
			j, err := q.Submit(b.Context(), "", func(yield func(pipeline.Task) bool) {
				for i := range n {
					if !yield(pipeline.Task{Verb: pipeline.Process, Key: fmt.Sprintf("search_uploads/fabric-%06d.jpg", i), Size: 4_000_000}) {
						return
					}
				}
			})
			if err == nil {
				err = q.Cancel(b.Context(), j.ID)
			}
			done <- err
		}()
		for busy := true; busy; {
			begun := time.Now()
			id := submit(b, other, tasks(pipeline.Delete, 1))
			awaitEnd(b, other, id)
			waits = append(waits, time.Since(begun))
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case err := <-done:
				if err != nil {
					b.Fatal(err)
				}
				busy = false
			default:
			}
		}
	}
	slices.Sort(waits)
	b.ReportMetric(float64(waits[len(waits)/2].Microseconds())/1000, "ms/single-median")
	b.ReportMetric(float64(waits[len(waits)*99/100].Microseconds())/1000, "ms/single-p99")
	b.ReportMetric(float64(waits[len(waits)-1].Microseconds())/1000, "ms/single-max")
	b.ReportMetric(float64(peak)/(1<<20), "MB-heap")
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

// What this file measures, on PostgreSQL, and how workers of several machines add
// up: each does two tasks at a time, and a task takes a tenth of a second.
func BenchmarkOnPostgreSQL(b *testing.B) {
	b.Setenv(onPostgres, startPostgres(b))
	for name, bench := range map[string]func(*testing.B){"SubmitToStart": BenchmarkSubmitToStart, "Throughput": BenchmarkThroughput,
		"Submit": BenchmarkSubmit, "SubmitBehindOthers": BenchmarkSubmitBehindOthers, "Snapshot": BenchmarkSnapshot, "Cancel": BenchmarkCancel} {
		b.Run(name, bench)
	}
	for _, machines := range []int{1, 2, 4} {
		b.Run(fmt.Sprintf("Machines/%d", machines), func(b *testing.B) {
			q := open(b)
			for range machines {
				work(b, openAt(b, q.db.name), func(context.Context, pipeline.Task, func(pipeline.Progress)) (pipeline.Outcome, error) {
					time.Sleep(100 * time.Millisecond)
					return pipeline.Outcome{}, nil
				})
			}
			const n = 200
			for b.Loop() {
				awaitEnd(b, q, submit(b, q, tasks(pipeline.Process, n)))
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
		})
	}
}

// Four workers share a batch on PostgreSQL while one of them is killed every two
// seconds and another takes its place: nothing is lost, nothing counted twice.
func BenchmarkKilledOnPostgreSQL(b *testing.B) {
	b.Setenv(onPostgres, startPostgres(b))
	const n, machines = 10_000, 4
	for b.Loop() {
		q, folder := open(b), b.TempDir()
		id := submit(b, q, tasks(pipeline.Process, n))
		var workers []*exec.Cmd
		for range machines {
			workers = append(workers, spawn(b, q.db.name, folder))
		}
		kills := 0
		for begun := time.Now(); ; {
			j, err := q.Job(b.Context(), id)
			if err != nil {
				b.Fatal(err)
			}
			if isEnded(j) {
				break
			}
			time.Sleep(50 * time.Millisecond)
			if time.Since(begun) > time.Duration(kills+1)*2*time.Second {
				i := kills % machines
				kill(b, workers[i])
				workers[i] = spawn(b, q.db.name, folder)
				kills++
			}
		}
		for _, c := range workers {
			kill(b, c)
		}
		j, err := q.Job(b.Context(), id)
		made, _ := filepath.Glob(filepath.Join(folder, "out-*"))
		begun, _ := os.ReadFile(filepath.Join(folder, "begun"))
		if err != nil || j.State != Done || j.Done != n || j.Bytes != n || len(made) != n {
			b.Fatalf("the job is %+v, %v; %d files", j, err, len(made))
		}
		b.ReportMetric(float64(kills), "kills")
		b.ReportMetric(float64(bytes.Count(begun, []byte("\n"))-n), "done-again")
	}
	b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds(), "tasks/s")
}
