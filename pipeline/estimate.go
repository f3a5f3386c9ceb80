package pipeline

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"

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
	counted int    // those
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
	s.last = p.Source
	if len(p.parts) > 0 {
		s.Sources += len(p.parts)
		s.unknown = append(s.unknown, p.parts...)
		return
	}
	s.Sources++
	if p.Pixels > 0 {
		s.pixels += p.Pixels
		s.counted++
	} else {
		s.unknown = append(s.unknown, s3ops.Object{Key: p.Source, Size: p.size})
	}
}

// Estimate is about how much work a plan is.
type Estimate struct {
	Pixels  int64   `json:"pixels"`  // of the sources that have to be read
	Bytes   int64   `json:"bytes"`   // of those of them whose pixels were not known
	Exact   bool    `json:"exact"`   // the pixels are counted, not reckoned from a sample
	Seconds float64 `json:"seconds"` // of making the pictures on this machine, without their way to and from the store
}

// estimateSample is the most headers that are read for an estimate, sampleBytes
// the most that is read of each.
const (
	estimateSample = 24
	sampleBytes    = 64 << 10
)

// Estimate reckons what carrying out the plan takes. The pixels of sources come
// from their rows, or from their headers; of many sources a sample of headers is
// read, and the others are taken to have as many pixels for their bytes. The time
// is that which the recipes take for drawn weaves, measured now, times the pixels,
// shared by as many workers.
func (d *Doer) Estimate(ctx context.Context, s *PlanSum, recipes []recipe.Recipe, workers int) (Estimate, error) {
	e := Estimate{Pixels: s.pixels, Exact: true}
	if s.Sources == 0 {
		return e, nil
	}
	sample := s.unknown
	if len(sample) > estimateSample {
		e.Exact = false
		sample = nil
		for i := range estimateSample {
			sample = append(sample, s.unknown[i*len(s.unknown)/estimateSample])
		}
	}
	var pixels, bytes int64
	for n := range inOrder(ctx, slices.Values(sample), planWidth, func(ctx context.Context, o s3ops.Object) int64 {
		facts, err := d.header(ctx, s3ops.Info{Object: o}, min(sampleBytes, o.Size))
		if err != nil {
			return 0 // it will fail, or is no picture: it costs no time
		}
		return int64(facts.Width) * int64(facts.Height)
	}) {
		pixels += n
	}
	if err := ctx.Err(); err != nil {
		return e, err
	}
	for _, o := range sample {
		bytes += o.Size
	}
	for _, o := range s.unknown {
		e.Bytes += o.Size
	}
	if bytes > 0 {
		e.Pixels += int64(float64(pixels) * float64(e.Bytes) / float64(bytes))
	}
	perMegapixel, perSource, err := picture.Rate(ctx, s.needed(recipes), d.Limits)
	if err != nil {
		return e, err
	}
	e.Seconds = float64(e.Pixels)/1e6*perMegapixel.Seconds() + float64(s.Sources)*perSource.Seconds()
	e.Seconds /= float64(max(1, min(workers, s.Sources)))
	e.Seconds = math.Ceil(e.Seconds*10) / 10
	return e, nil
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
