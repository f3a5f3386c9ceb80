package pipeline

import (
	"context"
	"iter"
	"strings"

	"weft/s3ops"
)

// mend gives Key the Content-Type of its bytes, and CacheControl if the task has
// one. What is right already, or archived, is left.
func (d *Doer) mend(ctx context.Context, t Task) (Outcome, error) {
	h, err := d.Bucket.Headers(ctx, t.Key, t.CacheControl)
	if err != nil {
		return Outcome{}, err
	}
	if !h.Wrong() {
		return Outcome{Skipped: true, Note: h.Left}, nil
	}
	return d.fix(ctx, h)
}

// fix mends the headers of an object, and tells what undoing it takes.
func (d *Doer) fix(ctx context.Context, h s3ops.Headers) (Outcome, error) {
	o, err := d.Bucket.FixHeaders(ctx, h)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Keys: []string{h.Key}, Version: o.VersionID, ETag: o.ETag, Was: h.VersionID, Replaced: true, Note: h.Note}
	if out.Was == out.Version {
		out.Was = "" // the embedded store changes the version it has
	}
	return out, nil
}

// The states of an object's headers.
const (
	HeadersRight  = "right"
	HeadersWrong  = "wrong"
	HeadersMended = "mended"
	HeadersLeft   = "left" // as they are, for a reason
	HeadersFailed = "failed"
)

// Mending is what is known of one object's headers, and what became of them.
type Mending struct {
	s3ops.Headers
	State   string
	Err     error
	Outcome Outcome // of one that was mended
}

// mendWidth is how many objects are looked at at the same time.
const mendWidth = 16

// Mend looks at the headers of objects and mends those that are wrong, or with
// plan only tells of them, in their order. Folders' markers are passed over. The
// sequence ends after an error of objects.
func (d *Doer) Mend(ctx context.Context, objects iter.Seq2[s3ops.Object, error], cacheControl string, plan bool) iter.Seq2[Mending, error] {
	return func(yield func(Mending, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		type answer struct {
			Mending
			end error
		}
		order := make(chan chan answer, mendWidth)
		go func() {
			defer close(order)
			for o, err := range objects {
				if err == nil && strings.HasSuffix(o.Key, "/") {
					continue
				}
				one := make(chan answer, 1)
				select {
				case order <- one:
				case <-ctx.Done():
					return
				}
				if err != nil {
					one <- answer{end: err}
					return
				}
				go func() { one <- answer{Mending: d.mendOne(ctx, o, cacheControl, plan)} }()
			}
		}()
		for one := range order {
			if a := <-one; !yield(a.Mending, a.end) || a.end != nil {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(Mending{}, err)
		}
	}
}

func (d *Doer) mendOne(ctx context.Context, o s3ops.Object, cacheControl string, plan bool) Mending {
	if o.Size == 0 && !o.Modified.IsZero() && cacheControl == "" {
		return Mending{Headers: s3ops.Headers{Object: o}, State: HeadersRight} // a listing says so: it has no bytes to have a type
	}
	h, err := d.Bucket.Headers(ctx, o.Key, cacheControl)
	h.Key = o.Key
	switch {
	case err != nil:
		return Mending{Headers: h, State: HeadersFailed, Err: err}
	case h.Left != "":
		return Mending{Headers: h, State: HeadersLeft}
	case !h.Wrong():
		return Mending{Headers: h, State: HeadersRight}
	case plan:
		return Mending{Headers: h, State: HeadersWrong}
	}
	out, err := d.fix(ctx, h)
	if err != nil {
		return Mending{Headers: h, State: HeadersFailed, Err: err}
	}
	return Mending{Headers: h, State: HeadersMended, Outcome: out}
}
