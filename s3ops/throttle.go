package s3ops

import (
	"context"
	"io"
	"net/http"

	"golang.org/x/time/rate"
)

// throttle lets the bodies of requests and answers pass at a bandwidth, all of
// them together, and with them those of every other bucket that shares it.
type throttle struct {
	under   http.RoundTripper
	limiter *rate.Limiter // a token is a byte
}

// throttled is under at a bandwidth; nil: as it is. A body waits in steps of the
// limiter's burst, which is short, so that the many that share the bandwidth are
// not taken for stalled connections.
func throttled(under http.RoundTripper, bandwidth *rate.Limiter) http.RoundTripper {
	if bandwidth == nil {
		return under
	}
	return &throttle{under, bandwidth}
}

// RoundTrip is http.RoundTripper's.
func (t *throttle) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		slow := *req
		slow.Body = &throttledBody{req.Body, t.limiter, req.Context()}
		req = &slow
	}
	resp, err := t.under.RoundTrip(req)
	if err == nil {
		resp.Body = &throttledBody{resp.Body, t.limiter, req.Context()}
	}
	return resp, err
}

type throttledBody struct {
	io.ReadCloser
	limiter *rate.Limiter
	ctx     context.Context // of the request
}

func (b *throttledBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(len(p), b.limiter.Burst())])
	if n > 0 {
		if werr := b.limiter.WaitN(b.ctx, n); werr != nil && err == nil {
			err = werr
		}
	}
	return n, err
}
