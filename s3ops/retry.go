package s3ops

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// patience is how often a request is made again, and after which pauses.
type patience struct {
	attempts  int
	first     time.Duration // the first pause; each next is twice as long
	throttled time.Duration // the first pause after SlowDown and the like
	most      time.Duration // the longest pause
	after     time.Duration // the longest pause that a store may ask for
}

// Two kinds of requests: one for whom somebody sits and waits, and one of work
// that should outlast a store that is overloaded for a minute or two. The second
// makes eleven pauses of 75 to 150 s together.
var (
	impatient = patience{attempts: 4, first: 100 * time.Millisecond, throttled: time.Second, most: 5 * time.Second, after: 5 * time.Second}
	patient   = patience{attempts: 12, first: 200 * time.Millisecond, throttled: time.Second, most: 20 * time.Second, after: 2 * time.Minute}
)

// Pause is a wait before a request is made again.
type Pause struct {
	For time.Duration // from now on
	Why string        // the store's code or a few plain words, e.g. "SlowDown"
}

type pauses struct{} // key of a context: func(Pause)

// Patient is a context for work rather than for somebody who looks on: its
// requests outlast a minute or two of an overloaded store, and take turns while
// it is. Each pause they make is told, so that waiting can be seen; tell may be
// nil. It must not block, and may be called from several goroutines at once,
// since the parts of one transfer pause each for itself.
func Patient(ctx context.Context, tell func(Pause)) context.Context {
	if tell == nil {
		tell = func(Pause) {}
	}
	return context.WithValue(ctx, pauses{}, tell)
}

func tellPause(ctx context.Context, p Pause) {
	if tell, ok := ctx.Value(pauses{}).(func(Pause)); ok {
		tell(p)
	}
}

type asker struct{} // key of a context: the context of who asked, which a pause ends with

// outliving is ctx for requests that are not given up halfway when who asked for them
// is gone, since then nobody would know what became of them. After that none is
// made again, though.
func outliving(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(context.WithoutCancel(ctx), asker{}, ctx), commitTime)
}

func isPatient(ctx context.Context) bool { return ctx.Value(pauses{}) != nil }

// newStandard is what decides whether a request is worth making again. How many
// are under way at once is what bounds the load of repeating (see lanes), not
// the SDK's budget: that runs out when many transfers pause at the same time.
func newStandard() *retry.Standard {
	return retry.NewStandard(func(r *retry.StandardOptions) {
		r.RateLimiter = ratelimit.None
		r.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(hopeless)}, r.Retryables...)
	})
}

// retryer is the SDK's for one request.
type retryer struct {
	*retry.Standard
	patience
	ctx context.Context // of the request, which a pause is told to
}

// retryer is the one for a request made under ctx.
func (b *Bucket) retryer(ctx context.Context) aws.RetryerV2 {
	r := &retryer{Standard: b.standard, patience: b.impatient, ctx: ctx}
	if isPatient(ctx) {
		r.patience = b.patient
	}
	return r
}

// MaxAttempts is aws.Retryer's.
func (r *retryer) MaxAttempts() int { return r.attempts }

// RetryDelay is aws.Retryer's: between half and the whole of a pause that grows,
// so that what failed together does not come again together, or as long as the
// store asked for. A store that asks for more than the caller has patience for
// is not asked again.
func (r *retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	d, err := r.delay(attempt, err)
	if asker, ok := r.ctx.Value(asker{}).(context.Context); ok && err == nil {
		return 0, pause(asker, d)
	}
	return d, err
}

// delay is the pause, or the error of a request that is not made again.
func (r *retryer) delay(attempt int, err error) (time.Duration, error) {
	first := r.first
	if overload(status(err)) || code(err) == "SlowDown" {
		first = r.throttled
	}
	d := min(r.most, first<<min(attempt-1, 20))
	d = d/2 + rand.N(d/2+1)
	if asked := retryAfter(err, time.Now()); asked > r.after {
		return 0, err
	} else if asked > d {
		d = asked
	}
	tellPause(r.ctx, Pause{For: d, Why: why(err)})
	return d, nil
}

// why is the reason for a pause: the store's code, or what is the matter.
func why(err error) string { return cmp.Or(code(err), conditionOf(err).Name) }

// retryAfter is the pause that an answer asks for in its Retry-After: seconds or
// a date (RFC 9110, 10.2.3). 0: none.
func retryAfter(err error, now time.Time) time.Duration {
	var re *smithyhttp.ResponseError
	if !errors.As(err, &re) || re.Response == nil {
		return 0
	}
	text := re.Response.Header.Get("Retry-After")
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
