package s3ops_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"weft/s3ops"
)

// crowded is a store that answers SlowDown to more than so many requests at once.
type crowded struct {
	mu            sync.Mutex
	now, most     int // requests under way; the most there ever were
	refused, good int
	takes         int
}

func (c *crowded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	full := c.now > c.takes
	if full {
		c.refused++
	} else {
		c.good++
	}
	c.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body)
	if !full {
		time.Sleep(2 * time.Millisecond) // so that others come meanwhile
	}
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	if full {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code></Error>")
		return
	}
	w.Header().Set("ETag", `"x"`)
}

func behind(t *testing.T, h http.Handler) *s3ops.Bucket {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c := fakeConfig()
	c.Endpoint, c.PathStyle = server.URL, "always"
	b := opened(t, c, nil)
	s3ops.SetPauses(b, time.Millisecond)
	return b
}

// A store that takes only four requests at a time gets about as many: of eight
// hundred sent by sixty-four at once all arrive, and few are refused.
func TestConcurrencyAdaptsToWhatTheStoreTakes(t *testing.T) {
	store := &crowded{takes: 4}
	b := behind(t, store)
	var wg sync.WaitGroup
	work := make(chan int)
	for range 64 {
		wg.Go(func() {
			for range work {
				_, err := b.Upload(s3ops.Patient(t.Context(), nil), "k", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 800 {
		work <- i
	}
	close(work)
	wg.Wait()
	if store.good != 800 {
		t.Errorf("%d requests were taken", store.good)
	}
	t.Logf("%d refused of %d, at most %d at once; the bound is %.1f", store.refused, store.good+store.refused, store.most, s3ops.Bound(b))
	if store.refused > 400 {
		t.Errorf("%d were refused of %d", store.refused, store.good+store.refused)
	}
	if bound := s3ops.Bound(b); bound > 16 {
		t.Errorf("the bound is %.1f", bound)
	}
}

// The bound grows again when the store takes more.
func TestConcurrencyGrowsAgain(t *testing.T) {
	store := &crowded{takes: 1}
	b := behind(t, store)
	upload := func(n, at int) {
		var wg sync.WaitGroup
		for range at {
			wg.Go(func() {
				for range n / at {
					if _, err := b.Upload(s3ops.Patient(t.Context(), nil), "k", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	upload(32, 16)
	low := s3ops.Bound(b)
	store.mu.Lock()
	store.takes, store.most = 1000, 0
	store.mu.Unlock()
	upload(400, 16)
	if high := s3ops.Bound(b); low > 8 || high < low+8 || store.most < 8 {
		t.Errorf("the bound went from %.1f to %.1f, with %d at once", low, high, store.most)
	}
}

// A request that nobody waits for takes turns; one that somebody waits for does not.
func TestPeopleDoNotWaitForWork(t *testing.T) {
	hold, once := make(chan struct{}), make(chan struct{}, 8)
	defer close(hold)
	b := behind(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"x"`)
		if r.Method == "PUT" {
			_, _ = io.Copy(io.Discard, r.Body)
			once <- struct{}{}
			<-hold
		}
	}))
	s3ops.SetBound(b, 1)
	for range 2 {
		go func() {
			_, _ = b.Upload(s3ops.Patient(t.Context(), nil), "k", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true})
		}()
	}
	<-once
	if _, err := b.Stat(t.Context(), "k", ""); err != nil {
		t.Error(err)
	}
	if len(once) != 0 {
		t.Error("two pieces of work were under way")
	}
}

// Work outlasts a storm of 503s that somebody who looks on would not, and tells
// each pause with its reason.
func TestWorkOutlastsAStorm(t *testing.T) {
	var asked atomic.Int32
	storm := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if asked.Add(1)%9 != 0 {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code></Error>")
			return
		}
		w.Header().Set("ETag", `"x"`)
	})
	b := behind(t, storm)
	var mu sync.Mutex
	var told []s3ops.Pause
	ctx := s3ops.Patient(t.Context(), func(p s3ops.Pause) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, p)
	})
	if _, err := b.Upload(ctx, "k", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true}); err != nil || asked.Load() != 9 {
		t.Errorf("after %d tries: %v", asked.Load(), err)
	}
	if len(told) != 8 || told[0].Why != "SlowDown" || told[0].For <= 0 {
		t.Errorf("told %v", told)
	}
	_, err := b.Upload(t.Context(), "k", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true})
	wantKind(t, err, s3ops.ErrUnreachable)
	if n := asked.Load(); n != 13 {
		t.Errorf("somebody who looked on was let wait for %d tries", n-9)
	}
}

// The pauses of work come to a minute at least and three at most; they grow, and
// no two workers come again at the same moments.
func TestPausesGrowAndDiffer(t *testing.T) {
	slow := s3ops.Overloaded("")
	seen := map[time.Duration]bool{}
	for range 20 {
		var sum time.Duration
		delays := s3ops.Delays(t, true, slow)
		for i, d := range delays {
			if sum += d; d > 20*time.Second || i < 4 && d < time.Second<<i/2 {
				t.Errorf("pause %d is %s", i, d)
			}
		}
		seen[delays[0]] = true
		if sum < time.Minute || sum > 3*time.Minute {
			t.Errorf("they come to %s", sum)
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d first pauses differ", len(seen))
	}
	var sum time.Duration
	for _, d := range s3ops.Delays(t, false, slow) {
		sum += d
	}
	if sum > 10*time.Second {
		t.Errorf("somebody who looks on waits %s", sum)
	}
}

// A store that says when to come again is obeyed, in seconds or by a date; who
// cannot wait that long does not ask again.
func TestRetryAfterIsObeyed(t *testing.T) {
	for _, text := range []string{"45", time.Now().Add(46 * time.Second).UTC().Format(http.TimeFormat)} {
		for i, d := range s3ops.Delays(t, true, s3ops.Overloaded(text)) {
			if d < 40*time.Second || d > 50*time.Second {
				t.Errorf("%s: pause %d is %s", text, i, d)
			}
		}
		if d := s3ops.Delays(t, false, s3ops.Overloaded(text)); len(d) != 0 {
			t.Errorf("%s: somebody who looks on waits %v", text, d)
		}
	}
}

// The bandwidth holds for what goes and what comes together, and for all buckets
// that are opened by one configuration or its copies.
func TestBandwidthHoldsBothWays(t *testing.T) {
	const bandwidth, size = 4 << 20, 1 << 20
	c := *stores[0].config
	c.Bandwidth = rate.NewLimiter(bandwidth, bandwidth/8)
	another := c
	b, other := opened(t, &c, nil), opened(t, &another, nil)
	t.Cleanup(func() { purge(t, b, "bandwidth") })
	body := noise(31, size)
	begun := time.Now()
	if _, err := b.Upload(t.Context(), "bandwidth", bytes.NewReader(body), s3ops.UploadOptions{}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(all(t, other, "bandwidth"), body) {
		t.Error("it came back different")
	}
	// Two megabytes at four a second, less the eighth of a second in the bucket.
	if took := time.Since(begun); took < 350*time.Millisecond {
		t.Errorf("2 MiB moved in %s", took)
	}
}
