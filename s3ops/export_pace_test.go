package s3ops

import (
	"context"
	"net/http"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// SetPauses makes all pauses short.
func SetPauses(b *Bucket, most time.Duration) {
	for _, p := range []*patience{&b.patient, &b.impatient} {
		p.first, p.throttled, p.most = most, most, most
	}
	b.patient.attempts = 100
}

func lanesOf(b *Bucket) *lanes { return b.s3.Options().HTTPClient.(*http.Client).Transport.(*lanes) }

// Bound is how many requests may be under way.
func Bound(b *Bucket) float64 {
	l := lanesOf(b)
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bound
}

// SetBound sets it.
func SetBound(b *Bucket, n float64) { lanesOf(b).bound = n }

// Overloaded is the SDK's error for a 503, perhaps with a Retry-After.
func Overloaded(retryAfter string) error {
	resp := &http.Response{StatusCode: 503, Header: http.Header{}}
	if retryAfter != "" {
		resp.Header.Set("Retry-After", retryAfter)
	}
	return &awshttp.ResponseError{ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: resp}, Err: context.DeadlineExceeded}}
}

// Delays are the pauses between the tries of one request that always fails so.
func Delays(t *testing.T, work bool, failure error) (all []time.Duration) {
	t.Helper()
	b := &Bucket{standard: newStandard(), patient: patient, impatient: impatient}
	ctx := t.Context()
	if work {
		ctx = Patient(ctx, nil)
	}
	r := b.retryer(ctx)
	for try := 1; try < r.MaxAttempts(); try++ {
		d, err := r.RetryDelay(try, failure)
		if err != nil {
			return all
		}
		all = append(all, d)
	}
	return all
}
