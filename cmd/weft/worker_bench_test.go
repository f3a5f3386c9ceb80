package main

import (
	"slices"
	"testing"
	"time"

	"weft/pipeline"
)

// BenchmarkWorkerStart is from the submission of a delete, with no worker alive,
// to its end: a worker is started for it, and the embedded store in it. The aim
// is 400 ms to the task's start.
func BenchmarkWorkerStart(b *testing.B) {
	h := newHousehold(b, false)
	h.weft("ls") // makes the bucket
	q := h.queue()
	for b.Loop() {
		var took []float64
		for range rounds {
			h.kill(h.workers()...)
			begun := time.Now()
			j, err := q.Submit(b.Context(), "", slices.Values([]pipeline.Task{{Verb: pipeline.Delete, Key: "search_uploads/none.jpg"}}))
			if err != nil {
				b.Fatal(err)
			}
			h.weft("worker")
			if j := h.job(q, j.ID, 1); j.Failed > 0 {
				b.Fatalf("the job is %+v", j)
			}
			took = append(took, time.Since(begun).Seconds()*1e3)
		}
		b.ReportMetric(median(took), "ms/done")
		b.ReportMetric(load(), "load")
	}
}
