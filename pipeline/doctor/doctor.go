// Package doctor looks whether what weft needs is there and works:
// configuration, credentials, the way to the store, its abilities and rights,
// the queue. It changes nothing but small objects of its own that it takes away
// again. It knows no screen.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// State is how a thing was found.
type State string

// The states. Fail means that weft cannot do its work as it is.
const (
	OK   State = "ok"
	Warn State = "warn"
	Fail State = "fail"
	Skip State = "skipped"
)

// Finding is one thing that was looked at.
type Finding struct {
	Check  string `json:"check"` // "credentials"
	State  State  `json:"state"`
	Says   string `json:"says"`             // a sentence without a full stop
	Remedy string `json:"remedy,omitempty"` // what to do about it
	// Statement is the entry of an IAM policy that allows what was refused.
	Statement string             `json:"statement,omitempty"`
	Evidence  *Evidence          `json:"evidence,omitempty"` // of what failed
	Rights    []Finding          `json:"rights,omitempty"`   // of a folder: one for each of s3ops.Rights, named by it
	Uploads   []s3ops.OpenUpload `json:"uploads,omitempty"`
}

// Evidence is what an error shows of what happened.
type Evidence struct {
	Condition string `json:"condition,omitempty"` // its name in the table of conditions, which the README prints
	Tried     string `json:"tried"`               // "list"
	Bucket    string `json:"bucket,omitempty"`
	Key       string `json:"key,omitempty"` // or prefix
	Status    int    `json:"http_status,omitempty"`
	Code      string `json:"code,omitempty"` // the store's
	RequestID string `json:"request_id,omitempty"`
}

// Explain tells of any error what the doctor tells of those it meets.
func Explain(err error) Finding { return failed("", err) }

// Patient is what is examined.
type Patient struct {
	Config *config.Config
	// Open opens the bucket and is called once; Close is then called at the end.
	Open func(context.Context) (bucket *s3ops.Bucket, closing func(), err error)
	// Queue opens the queue.
	Queue func(context.Context) (*queue.Queue, error)
	Now   func() time.Time
}

// Examine looks at one thing after another. What needs something that failed is
// skipped.
func Examine(ctx context.Context, p Patient) iter.Seq[Finding] {
	return func(yield func(Finding) bool) {
		tell := func(all ...Finding) bool {
			for _, f := range all {
				if ctx.Err() != nil || !yield(f) {
					return false
				}
			}
			return true
		}
		if !tell(configuration(p.Config)...) || !tell(embedded(p.Config)...) {
			return
		}
		bucket, closing, err := p.Open(ctx)
		if err != nil {
			if tell(failed("bucket", err)) {
				tell(work(ctx, p))
			}
			return
		}
		defer closing()
		if examineStore(ctx, p, bucket, tell) {
			tell(work(ctx, p))
		}
	}
}

// examineStore is false if nobody listens any more.
func examineStore(ctx context.Context, p Patient, b *s3ops.Bucket, tell func(...Finding) bool) bool {
	if !tell(credentials(ctx, p.Config, b, p.Now())) {
		return false
	}
	reached, err := b.Reach(ctx)
	if err != nil {
		return tell(failed("endpoint", err))
	}
	if !tell(endpoint(reached, p.Now()), clock(reached, p.Now())) {
		return false
	}
	may, all := reachable(ctx, p, b)
	if !tell(all...) || !may {
		return ctx.Err() == nil
	}
	trials := try(ctx, p, b)
	return tell(folders(p.Config, trials)...) && tell(versioning(ctx, b)) && tell(abilities(ctx, p, b, trials)...) &&
		tell(table(ctx, p.Config, b)) && tell(uploads(ctx, b, p.Now()))
}

// failed is a finding of an error, with its remedy apart.
func failed(check string, err error) Finding {
	f := Finding{Check: check, State: Fail, Says: err.Error()}
	if e, ok := errors.AsType[*s3ops.Error](err); ok {
		f.Says, f.Remedy, f.Statement = e.Why, e.Remedy, e.Statement()
		if e.Code != "" && e.Code != e.Why {
			f.Says += " (" + e.Code + ")"
		}
		f.Evidence = &Evidence{Condition: e.Condition, Tried: e.Op, Bucket: e.Bucket, Key: e.Key, Status: e.Status, Code: e.Code, RequestID: e.RequestID}
	}
	return f
}

func credentials(ctx context.Context, c *config.Config, b *s3ops.Bucket, now time.Time) Finding {
	id, err := b.Identity(ctx)
	if err != nil {
		return failed("credentials", err)
	}
	f := Finding{Check: "credentials", State: OK, Says: fmt.Sprintf("key %s from %s", id.KeyID, sourceOf(c, id))}
	left := id.Expires.Sub(now)
	switch {
	case id.Expires.IsZero() && id.Session:
		f.Says += ", temporary; nobody says until when"
	case id.Expires.IsZero():
		f.Says += ", without an end"
	case left <= 0:
		f.State, f.Remedy = Fail, "log in again (aws sso login), or set fresh credentials"
		f.Says += ", expired since " + id.Expires.Local().Format("2 Jan 15:04")
	default:
		f.Says += fmt.Sprintf(", until %s (%s)", id.Expires.Local().Format("2 Jan 15:04"), span(left))
		if left < 15*time.Minute {
			f.State, f.Remedy = Warn, "log in again soon: work and links end with them"
		}
	}
	return f
}

// sourceOf is where the keys came from: the SDK knows only those it found itself.
func sourceOf(c *config.Config, id s3ops.Identity) string {
	if c.Local != "" {
		return "the embedded store"
	}
	for _, s := range c.Settings {
		if s.Name == "access_key_id" && s.Value != "" {
			return s.Source
		}
	}
	return id.Source
}

func endpoint(r s3ops.Reached, now time.Time) Finding {
	f := Finding{Check: "endpoint", State: OK, Says: fmt.Sprintf("%s answers in %d ms", r.Host, r.Took.Milliseconds())}
	if r.TLS == "" {
		f.Says += ", by plain HTTP"
		return f
	}
	f.Says += ", by " + r.TLS
	if left := r.Until.Sub(now); !r.Until.IsZero() && left < 14*24*time.Hour {
		f.State, f.Remedy = Warn, "have the store's owner renew the certificate"
		f.Says += "; its certificate ends in " + span(left)
	}
	return f
}

// clock compares the store's time with this machine's. The answer was made
// somewhere in the time it took, and is cut to a second.
func clock(r s3ops.Reached, now time.Time) Finding {
	f := Finding{Check: "clock", State: OK}
	if r.Date.IsZero() {
		f.State, f.Says = Skip, "the store does not tell its time"
		return f
	}
	skew := now.Sub(r.Date)
	word := "ahead of"
	if skew < 0 {
		skew, word = -skew, "behind"
	}
	if skew <= 2*time.Second+r.Took {
		f.Says = "agrees with the store's"
		return f
	}
	f.Says = fmt.Sprintf("is %s %s the store's", span(skew), word)
	switch {
	case skew > 15*time.Minute:
		f.State, f.Remedy = Fail, "set the clock, best by network time: S3 refuses more than 15 minutes"
	case skew > time.Minute:
		f.State, f.Remedy = Warn, "set the clock, best by network time: S3 refuses more than 15 minutes"
	}
	return f
}

// span is a length of time for people.
func span(d time.Duration) string {
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d/time.Hour)
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%d seconds", d/time.Second)
}
