package pipeline

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"time"

	"weft/pipeline/picture"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

// PlanSum adds a plan up.
type PlanSum struct {
	Outputs   int `json:"outputs"`
	New       int `json:"new"`
	Stale     int `json:"stale"`
	UpToDate  int `json:"up_to_date"`
	Collision int `json:"collisions"`
	Failed    int `json:"failed,omitempty"` // sources of which no plan could be made
	Sources   int `json:"sources"`          // that have to be read

	force   bool
	last    string // source to be read that was added last
	pixels  int64  // of those whose size is known
	bytes   int64  // of all sources to be read
	first   string // the first of them
	unknown []s3ops.Object
	recipes map[string]int // of the outputs to be made
}

// NewPlanSum is an empty sum; with force what is up to date is made again.
func NewPlanSum(force bool) *PlanSum {
	return &PlanSum{force: force, recipes: map[string]int{}}
}

// Add counts an output. Those of one source come after one another.
func (s *PlanSum) Add(p PlannedOutput) {
	s.Outputs++
	switch p.State {
	case OutputNew:
		s.New++
	case OutputStale:
		s.Stale++
	case OutputUpToDate:
		s.UpToDate++
	case OutputCollision:
		s.Collision++
	}
	if p.State == OutputCollision || p.State == OutputUpToDate && !s.force {
		return
	}
	s.recipes[p.Recipe]++
	if p.Source == s.last {
		return
	}
	s.last, s.first = p.Source, cmp.Or(s.first, p.Source)
	if len(p.parts) > 0 {
		s.Sources += len(p.parts)
		for _, o := range p.parts {
			s.bytes += o.Size
		}
		s.unknown = append(s.unknown, p.parts...)
		return
	}
	s.Sources++
	s.bytes += p.size
	if p.Pixels > 0 {
		s.pixels += p.Pixels
	} else {
		s.unknown = append(s.unknown, s3ops.Object{Key: p.Source, Size: p.size})
	}
}

// Estimate is about how much work a plan is.
type Estimate struct {
	Pixels  int64   `json:"pixels"`  // of the sources that have to be read
	Bytes   int64   `json:"bytes"`   // of them
	Exact   bool    `json:"exact"`   // the pixels are counted, not reckoned from a sample
	Seconds float64 `json:"seconds"` // of making the pictures on this machine and waiting for the store, without carrying the bytes
}

// estimateSample is the most headers that are read for an estimate, sampleBytes
// the most that is read of each; estimateWidth are read at once.
const (
	estimateSample = 24
	sampleBytes    = 64 << 10
	estimateWidth  = 4
)

// taskRounds is how often a task waits for the store beside once for each result:
// source, results, bytes, and the row twice.
const taskRounds = 5

// Estimate reckons what carrying out the plan takes. The pixels of sources come
// from their rows, or from their headers; of many sources a sample of headers is
// read, and the others are taken to have as many pixels for their bytes. The time
// is that which the recipes take for drawn weaves of as many pixels, and the store
// for an answer, both measured now, shared by as many workers.
func (d *Doer) Estimate(ctx context.Context, s *PlanSum, recipes []recipe.Recipe, workers int) (Estimate, error) {
	e := Estimate{Pixels: s.pixels, Bytes: s.bytes, Exact: len(s.unknown) <= estimateSample}
	if s.Sources == 0 {
		return e, nil
	}
	unknown, answer, err := d.sample(ctx, s)
	if err != nil {
		return e, err
	}
	e.Pixels += unknown
	cost, err := picture.Rate(ctx, s.needed(recipes), d.Limits)
	if err != nil {
		return e, err
	}
	made := 0
	for _, n := range s.recipes {
		made += n
	}
	n := float64(s.Sources)
	e.Seconds = n*cost.Of(e.Pixels/int64(s.Sources)).Seconds() + (taskRounds*n+float64(made))*answer.Seconds()
	e.Seconds /= float64(max(1, min(workers, s.Sources)))
	e.Seconds = math.Ceil(e.Seconds*10) / 10
	return e, nil
}

// sample reads headers of some of the sources whose pixels are not known, reckons
// the pixels of all of those, and tells how long the store takes for an answer.
func (d *Doer) sample(ctx context.Context, s *PlanSum) (pixels int64, answer time.Duration, err error) {
	some := s.unknown
	if len(some) > estimateSample {
		some = nil
		for i := range estimateSample {
			some = append(some, s.unknown[i*len(s.unknown)/estimateSample])
		}
	}
	if len(some) == 0 {
		begun := time.Now()
		_, _ = d.Bucket.Stat(ctx, s.first, "")
		return 0, time.Since(begun), ctx.Err()
	}
	type read struct {
		pixels int64
		took   time.Duration
	}
	var took []time.Duration
	var seen, bytes, all int64
	for x := range inOrder(ctx, slices.Values(some), estimateWidth, func(ctx context.Context, o s3ops.Object) read {
		begun := time.Now()
		facts, err := d.header(ctx, s3ops.Info{Object: o}, min(sampleBytes, o.Size))
		if err != nil {
			return read{0, time.Since(begun)} // it will fail, or is no picture: it costs no time
		}
		return read{int64(facts.Width) * int64(facts.Height), time.Since(begun)}
	}) {
		seen += x.pixels
		took = append(took, x.took)
	}
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	for _, o := range some {
		bytes += o.Size
	}
	for _, o := range s.unknown {
		all += o.Size
	}
	slices.Sort(took)
	return int64(float64(seen) * float64(all) / float64(max(bytes, 1))), took[len(took)/2], nil
}

// needed are the recipes of which something has to be made.
func (s *PlanSum) needed(recipes []recipe.Recipe) []recipe.Recipe {
	needed := slices.DeleteFunc(slices.Clone(recipes), func(r recipe.Recipe) bool { return s.recipes[r.Name] == 0 })
	for i, r := range needed {
		if sheet, ok := r.Sheet(); ok {
			needed[i] = picture.CellRecipe(sheet)
		}
	}
	return needed
}

// header reads what a picture's header tells, from as many of its first bytes as
// the first of the lengths that suffices.
func (d *Doer) header(ctx context.Context, source s3ops.Info, lengths ...int64) (facts picture.Facts, err error) {
	for _, length := range lengths {
		var head []byte
		if head, err = d.head(ctx, source, length); err != nil {
			return facts, err
		}
		facts, err = picture.Probe(head, source.Size, d.Limits)
		if err == nil || !errors.Is(err, picture.ErrPartial) {
			return facts, err
		}
	}
	return facts, err
}

func (d *Doer) head(ctx context.Context, source s3ops.Info, length int64) ([]byte, error) {
	body, _, err := d.Bucket.Read(ctx, source.Key, s3ops.ReadOptions{VersionID: source.VersionID, IfMatch: source.ETag, Length: length})
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, length))
}
