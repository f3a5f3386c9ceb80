package s3ops

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	mostLanes = 256              // requests at once where no store complains
	turnTime  = 30 * time.Second // the longest wait for a turn: a body that nobody reads on must not stop all others
)

// lanes bounds the requests that a bucket has under way to what its store takes:
// an answer that it is overloaded halves the bound, and each good one widens it,
// by about one for each round of requests (additive increase, multiplicative
// decrease, as TCP does). Requests of people who look on are counted but do not
// wait. A request is under way until its answer's body is closed.
type lanes struct {
	under http.RoundTripper

	mu      sync.Mutex
	now     int           // requests under way
	bound   float64       // how many may be
	cuts    int           // how often the bound was halved
	waiting []chan<- bool // in the order in which they came
}

func newLanes(under http.RoundTripper) *lanes { return &lanes{under: under, bound: mostLanes} }

// overload tells whether a status says that the store has too much to do.
func overload(status int) bool {
	return status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests
}

// RoundTrip is http.RoundTripper's.
func (l *lanes) RoundTrip(req *http.Request) (*http.Response, error) {
	cuts, err := l.enter(req.Context())
	if err != nil {
		return nil, err
	}
	resp, err := l.under.RoundTrip(req)
	if err != nil {
		l.leave()
		return nil, err
	}
	l.learn(resp.StatusCode, cuts)
	resp.Body = &lane{ReadCloser: resp.Body, leave: sync.OnceFunc(l.leave)}
	return resp, nil
}

// enter waits for a turn and returns how often the bound had been cut by then.
func (l *lanes) enter(ctx context.Context) (cuts int, err error) {
	l.mu.Lock()
	if !isPatient(ctx) || float64(l.now) < l.bound && len(l.waiting) == 0 {
		defer l.mu.Unlock()
		l.now++
		return l.cuts, nil
	}
	turn := make(chan bool, 1)
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()
	late := time.NewTimer(turnTime)
	defer late.Stop()
	select {
	case <-turn:
	case <-late.C:
	case <-ctx.Done():
		err = ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	had := true // a turn, which wake has counted already
	for i, c := range l.waiting {
		if c == turn {
			l.waiting, had = append(l.waiting[:i:i], l.waiting[i+1:]...), false
			break
		}
	}
	switch {
	case err != nil && had:
		l.now--
		l.wake()
	case err == nil && !had:
		l.now++
	}
	return l.cuts, err
}

func (l *lanes) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now--
	l.wake()
}

// wake gives turns to those who wait; the caller holds the lock.
func (l *lanes) wake() {
	for len(l.waiting) > 0 && float64(l.now) < l.bound {
		l.now++
		l.waiting[0] <- true
		l.waiting = l.waiting[1:]
	}
}

// learn moves the bound by an answer to a request that began after so many cuts.
// Of the complaints that come together only the first counts.
func (l *lanes) learn(status, cuts int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case overload(status) && cuts == l.cuts:
		l.bound = max(1, min(l.bound, float64(l.now))/2)
		l.cuts++
	case status < 300:
		l.bound = min(mostLanes, l.bound+1/l.bound)
		l.wake()
	}
}

// lane is the body of an answer.
type lane struct {
	io.ReadCloser
	leave func()
}

func (l *lane) Close() error {
	defer l.leave()
	return l.ReadCloser.Close()
}
