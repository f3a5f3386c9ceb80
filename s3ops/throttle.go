package s3ops

import (
	"context"
	"io"
	"net/http"

	"golang.org/x/time/rate"
)

// throttle lets the bodies of requests and answers pass at a bandwidth, all of
// them together.
type throttle struct {
	under   http.RoundTripper
	limiter *rate.Limiter // a token is a byte
}

// throttled is under at so many bytes a second; 0: as it is. A body waits in
// steps of an eighth of a second's bytes, so that the many that share the
// bandwidth are not taken for stalled connections.
func throttled(under http.RoundTripper, bandwidth int64) http.RoundTripper {
	if bandwidth <= 0 {
		return under
	}
	return &throttle{under, rate.NewLimiter(rate.Limit(bandwidth), int(min(max(bandwidth/8, 1), 1<<20)))}
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
