package queue

import (
	"fmt"
	"testing"

	"weft/pipeline"
)

// A job of 100,000 deletions, recorded as rm -r does it, and its undo stored.
func BenchmarkHistory(b *testing.B) {
	const n = 100_000
	for b.Loop() {
		q, begun := open(b), b.Elapsed()
		r := q.Record()
		for i := range n {
			key := fmt.Sprintf("search_uploads/2026/fabric-%06d.jpg", i)
			if err := r.Add(b.Context(), pipeline.Task{Verb: pipeline.Delete, Key: key}, pipeline.Outcome{Version: "01K9ABCDEFGHJKMNPQRSTVWXYZ", Keys: []string{key}}); err != nil {
				b.Fatal(err)
			}
		}
		if err := r.Flush(b.Context()); err != nil {
			b.Fatal(err)
		}
		recorded := b.Elapsed() - begun
		if o, err := q.Outlook(b.Context(), r.id); err != nil || o.Count[pipeline.Undelete] != n {
			b.Fatal(o, err)
		}
		foreseen := b.Elapsed() - begun
		if j, err := q.Undo(b.Context(), r.id); err != nil || j.Total != n {
			b.Fatal(j, err)
		}
		b.ReportMetric(float64(recorded.Microseconds())/n, "µs/recorded")
		b.ReportMetric(float64((foreseen - recorded).Milliseconds()), "ms/outlook")
		b.ReportMetric(float64((b.Elapsed() - begun - foreseen).Milliseconds()), "ms/undo")
	}
}
