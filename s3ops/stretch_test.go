package s3ops_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weft/s3ops"
)

// shop is a store that lists as S3 does, or as some others do.
type shop struct {
	keys   []string // in its order
	page   func() int
	start  string // what it makes of start-after: "" as S3, "place", "ignored", "refused"
	asked  atomic.Int32
	flying atomic.Int32
	starts atomic.Int32 // requests with start-after
	before func(asked int, q url.Values) (status int)
	stalls bool // what is asked with start-after is never answered
}

// byWalk orders keys as a walk through directories does.
func byWalk(x, y string) int {
	return slices.Compare(strings.Split(x, "/"), strings.Split(y, "/"))
}

func (s *shop) RoundTrip(r *http.Request) (*http.Response, error) {
	q := r.URL.Query()
	n := s.asked.Add(1)
	s.flying.Add(1)
	defer s.flying.Add(-1)
	if s.before != nil {
		if status := s.before(int(n), q); status != 200 {
			return xmlError(status, "AccessDenied")(r)
		}
	}
	after := q.Get("start-after")
	if after != "" {
		s.starts.Add(1)
	}
	if after != "" && s.stalls {
		<-r.Context().Done()
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if after != "" && s.start == "refused" {
		return xmlError(501, "NotImplemented")(r)
	}
	return answer(200, "application/xml", s.list(q.Get("prefix"), q.Get("delimiter"), after, q.Get("continuation-token")))(r)
}

func (s *shop) list(prefix, delimiter, after, token string) string {
	i := 0
	switch {
	case token != "":
		i, _ = strconv.Atoi(token)
	case after != "" && s.start == "place":
		for i < len(s.keys) && s.keys[i] <= after {
			i++
		}
	}
	var doc, items strings.Builder
	doc.WriteString("<ListBucketResult><EncodingType>url</EncodingType>")
	left, rolled := s.page(), ""
	for ; i < len(s.keys); i++ {
		k := s.keys[i]
		if !strings.HasPrefix(k, prefix) || token == "" && s.start == "" && k <= after || rolled != "" && strings.HasPrefix(k, rolled) {
			continue
		}
		if left == 0 {
			break
		}
		left--
		if j := strings.Index(k[len(prefix):], "/"); delimiter != "" && j >= 0 {
			rolled = k[:len(prefix)+j+1]
			fmt.Fprintf(&items, "<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>", url.QueryEscape(rolled))
			continue
		}
		fmt.Fprintf(&items, "<Contents><Key>%s</Key><Size>%d</Size></Contents>", url.QueryEscape(k), len(k))
	}
	fmt.Fprintf(&doc, "<IsTruncated>%t</IsTruncated>", i < len(s.keys))
	if i < len(s.keys) {
		fmt.Fprintf(&doc, "<NextContinuationToken>%d</NextContinuationToken>", i)
	}
	return doc.String() + items.String() + "</ListBucketResult>"
}

// tree is a bucket of random keys: flat, deep, numbered, of awkward signs.
func tree(r *rand.Rand) []string {
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	set := map[string]bool{}
	form := r.IntN(5)
	for range r.IntN(600) {
		k := "p/"
		switch form {
		case 0:
			k += fmt.Sprintf("img-%06d.jpg", r.IntN(2000))
		case 1:
			k += fmt.Sprintf("%d/%02d/%02d/%04d.jpg", 2020+r.IntN(6), r.IntN(12), r.IntN(30), r.IntN(100))
		case 2:
			k += fmt.Sprintf("%016x", r.Uint64())
		case 3:
			for range 1 + r.IntN(4) {
				k += pick("a", "b", "a-", "a.b", "é", "日本", "a b", "z", "0", "~", "\U0010ffff", "\x01", "\x7f", "+", "%", "&", "A") + pick("", "1", "-", "/", "/", "x")
			}
		default:
			for range 1 + r.IntN(3) {
				k += pick("fabric", "fabric-1", "fabric.", "linen", "wool") + pick("", "-", "/", "/"+strconv.Itoa(r.IntN(50)))
			}
		}
		if set[k] = true; r.IntN(20) == 0 {
			set[pick("", "o", "p", "q/", "p0")+k[1:]] = true
		}
	}
	return slices.Sorted(func(yield func(string) bool) {
		for k := range set {
			if k != "" && !yield(k) {
				return
			}
		}
	})
}

// names lists a prefix, folders and objects in one order of their names.
func names(ctx context.Context, b *s3ops.Bucket, prefix string, o s3ops.ListOptions) (all, plain []string, err error) {
	var lastFolder string
	for p, err := range b.Pages(ctx, prefix, o) {
		if err != nil {
			return all, plain, err
		}
		for _, f := range p.Folders {
			if f <= lastFolder {
				return all, plain, fmt.Errorf("folder %q comes after %q", f, lastFolder)
			}
			lastFolder = f
			all = append(all, f)
		}
		for _, x := range p.Objects {
			all, plain = append(all, x.Key), append(plain, x.Key)
		}
	}
	return all, plain, nil
}

// However a bucket is made and however long its pages are, a listing in many
// stretches is that of one after the other: complete, in order, no key twice.
func TestStretchesListAllInOrder(t *testing.T) {
	divided := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		var lock sync.Mutex
		longest := 1 + r.IntN(12)
		s := &shop{keys: tree(r), page: func() int { lock.Lock(); defer lock.Unlock(); return 1 + r.IntN(longest) }}
		prefix := []string{"", "p/", "p", "p/a", "none/"}[seed%5]
		for _, o := range []s3ops.ListOptions{{}, {Recursive: true}} {
			want := map[string]bool{}
			for _, k := range s.keys {
				if !strings.HasPrefix(k, prefix) || k == prefix && strings.HasSuffix(k, "/") {
					continue
				}
				if j := strings.Index(k[len(prefix):], "/"); !o.Recursive && j >= 0 {
					k = k[:len(prefix)+j+1]
				}
				want[k] = true
			}
			for d := s3ops.Undivided; d <= s3ops.Anywhere; d++ {
				b := opened(t, fakeConfig(), s)
				s3ops.SetDivision(b, d)
				s.starts.Store(0)
				all, plain, err := names(t.Context(), b, prefix, o)
				if err != nil {
					t.Fatalf("seed %d, %+v: %v", seed, o, err)
				}
				if s.starts.Load() > 4 {
					divided++
				}
				if !slices.IsSorted(plain) {
					t.Fatalf("seed %d, division %d, %+v: not in order", seed, d, o)
				}
				compareSets(t, fmt.Sprintf("seed %d, division %d, prefix %q, %+v", seed, d, prefix, o), all, want)
			}
		}
	}
	if divided < 30 {
		t.Errorf("only %d listings were divided", divided)
	}
}

func compareSets(t *testing.T, what string, got []string, want map[string]bool) {
	t.Helper()
	seen := map[string]bool{}
	for _, k := range got {
		if seen[k] || !want[k] {
			t.Fatalf("%s: %q is listed twice or is not there", what, k)
		}
		seen[k] = true
	}
	for k := range want {
		if !seen[k] {
			t.Fatalf("%s: %q is missing", what, k)
		}
	}
}

// A store that walks directories, one that takes no start and one that ignores
// it are listed completely too.
func TestOtherOrdersLoseNothing(t *testing.T) {
	orders := map[string]func(x, y string) int{"bytes": cmp.Compare[string], "walk": byWalk, "reverse": func(x, y string) int { return cmp.Compare(y, x) }}
	for name, order := range orders {
		for _, start := range []string{"", "place", "ignored", "refused"} {
			for seed := range uint64(12) {
				r := rand.New(rand.NewPCG(seed, 8))
				var lock sync.Mutex
				longest := 1 + r.IntN(12)
				s := &shop{keys: tree(r), start: start, page: func() int { lock.Lock(); defer lock.Unlock(); return 1 + r.IntN(longest) }}
				slices.SortFunc(s.keys, order)
				b := opened(t, fakeConfig(), s)
				all, _, err := names(t.Context(), b, "", s3ops.ListOptions{Recursive: true})
				if err != nil {
					t.Fatal(err)
				}
				want := map[string]bool{}
				for _, k := range s.keys {
					want[k] = true
				}
				what := fmt.Sprintf("order by %s, start-after %q, seed %d", name, start, seed)
				compareSets(t, what, all, want)
				if n := s.starts.Load(); n > 1 && (start == "ignored" || start == "refused") {
					t.Errorf("%s: asked for %d times", what, n)
				}
			}
		}
	}
}

func numbered(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("n/%06d", i)
	}
	return keys
}

func ten() int { return 10 }

// A listing of one page costs one request, and a longer one few more than it
// has pages; one that nobody reads on costs no more than what was read.
func TestListingsCostFewRequests(t *testing.T) {
	for _, c := range []struct{ keys, most int }{{0, 1}, {9, 1}, {10, 1}, {11, 6}, {50, 10}, {1000, 135}, {10000, 1250}} {
		s := &shop{keys: numbered(c.keys), page: ten}
		all, _, err := names(t.Context(), opened(t, fakeConfig(), s), "n/", s3ops.ListOptions{Recursive: true})
		if err != nil || len(all) != c.keys || int(s.asked.Load()) > c.most {
			t.Errorf("%d of %d keys by %d requests, %v", len(all), c.keys, s.asked.Load(), err)
		}
	}
	s := &shop{keys: numbered(1000), page: ten}
	for range opened(t, fakeConfig(), s).Pages(t.Context(), "n/", s3ops.ListOptions{Recursive: true}) {
		break
	}
	if n := s.asked.Load(); n != 1 {
		t.Errorf("the first page took %d requests", n)
	}
}

// When the reader stops, the requests under way are ended and waited for; when
// the context ends, so does the listing, with that error.
func TestStoppedListingsLeaveNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	for stop := range 25 {
		s := &shop{keys: numbered(3000), page: ten, stalls: stop%2 == 0}
		b := opened(t, fakeConfig(), s)
		n := 0
		for _, err := range b.Pages(t.Context(), "n/", s3ops.ListOptions{Recursive: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > stop {
				break
			}
		}
		if s.flying.Load() != 0 {
			t.Fatalf("%d requests are under way after the reader stopped", s.flying.Load())
		}
		ctx, cancel := context.WithCancel(t.Context())
		n = 0
		var last error
		for _, err := range b.Pages(ctx, "n/", s3ops.ListOptions{Recursive: true}) {
			if last = err; n == stop {
				cancel()
			}
			n++
		}
		cancel()
		if !errors.Is(last, context.Canceled) || s.flying.Load() != 0 {
			t.Fatalf("cancelled after page %d: %v, %d requests under way", stop, last, s.flying.Load())
		}
	}
	for i := 0; runtime.NumGoroutine() > before && i < 100; i++ {
		time.Sleep(10 * time.Millisecond) // the runtime's own
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines more", n-before)
	}
}

// The reader who takes his time does not make pages pile up.
func TestReadAheadIsBounded(t *testing.T) {
	s := &shop{keys: numbered(20000), page: ten}
	b := opened(t, fakeConfig(), s)
	pages := int32(0)
	for _, err := range b.Pages(t.Context(), "n/", s3ops.ListOptions{Recursive: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if pages++; s.asked.Load()-pages > 64+24+8+pages/4+8 {
			t.Fatalf("%d pages were asked for when %d had been read", s.asked.Load(), pages)
		}
	}
}

// What comes before an error is listed; then the error, and nothing more.
func TestErrorsEndAListingInOrder(t *testing.T) {
	for at := 1; at < 60; at += 7 {
		s := &shop{keys: numbered(3000), page: ten}
		s.before = func(n int, q url.Values) int {
			if n >= at {
				return 403
			}
			return 200
		}
		b := opened(t, fakeConfig(), s)
		var got []string
		failures := 0
		for p, err := range b.Pages(t.Context(), "n/", s3ops.ListOptions{Recursive: true}) {
			if failures > 0 {
				t.Fatal("something comes after the error")
			}
			if err != nil {
				wantKind(t, err, s3ops.ErrDenied)
				failures++
			}
			for _, x := range p.Objects {
				got = append(got, x.Key)
			}
		}
		if failures != 1 || !slices.Equal(got, s.keys[:len(got)]) {
			t.Errorf("refused from request %d on: %d errors, %d keys", at, failures, len(got))
		}
	}
}
