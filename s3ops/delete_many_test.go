package s3ops_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weft/s3ops"
)

// targets are the newest versions of keys.
func targets(keys ...string) iter.Seq[s3ops.Target] {
	return func(yield func(s3ops.Target) bool) {
		for _, k := range keys {
			if !yield(s3ops.Target{Key: k}) {
				return
			}
		}
	}
}

// folder is all that makes up a folder.
func folder(t *testing.T, b *s3ops.Bucket, prefix string) iter.Seq[s3ops.Target] {
	return func(yield func(s3ops.Target) bool) {
		for x, err := range b.Folder(t.Context(), prefix) {
			if err != nil {
				t.Error(err)
			}
			if !yield(s3ops.Target{Key: x.Key}) {
				return
			}
		}
	}
}

// deletions answers DeleteObjects as S3 does, each key as say has it: with a
// marker, "", or an error's code.
type deletions func(key string, nth int) (marker, code string)

func (d deletions) RoundTrip(r *http.Request) (*http.Response, error) {
	var asked struct {
		Quiet  bool
		Object []struct{ Key string }
	}
	if err := xml.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Quiet {
		return nil, fmt.Errorf("asked quietly or badly: %w", err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	var s strings.Builder
	s.WriteString("<DeleteResult>")
	for i, o := range asked.Object {
		marker, code := d(o.Key, i)
		if code != "" {
			fmt.Fprintf(&s, "<Error><Key>%s</Key><Code>%s</Code></Error>", o.Key, code)
		} else if marker != "" {
			fmt.Fprintf(&s, "<Deleted><Key>%s</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>%s</DeleteMarkerVersionId></Deleted>", o.Key, marker)
		}
	}
	s.WriteString("</DeleteResult>")
	return answer(200, "application/xml", s.String())(r)
}

// Keys that XML cannot carry are deleted one by one, all others together and in
// their order; each has its marker or its failure, and what the store does not
// confirm is one.
func TestDeleteManyTellsOfEachKey(t *testing.T) {
	var single, batches atomic.Int32
	b := opened(t, fakeConfig(), roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete {
			single.Add(1)
			return answer(204, "", "", "X-Amz-Delete-Marker", "true", "X-Amz-Version-Id", "M")(r)
		}
		batches.Add(1)
		return deletions(func(key string, _ int) (string, string) {
			switch key {
			case "forgotten":
				return "", ""
			case "locked":
				return "", "AccessDenied"
			case "gone":
				return "", "NoSuchKey"
			}
			return "M", ""
		}).RoundTrip(r)
	}))
	keys := []string{"a", "b\x1b[31m", "locked", "c\n", "d\ufffe", "gone", "forgotten"}
	for i := range 4100 {
		keys = append(keys, fmt.Sprint(i))
	}
	var seen []string
	for d := range b.DeleteMany(t.Context(), targets(keys...)) {
		seen = append(seen, d.Key)
		switch d.Key {
		case "locked":
			wantKind(t, d.Err, s3ops.ErrDenied)
		case "forgotten":
			if d.Err == nil || !strings.Contains(d.Err.Error(), "forgotten") {
				t.Errorf("%v", d.Err)
			}
		case "gone":
			if d.Err != nil {
				t.Error(d.Err)
			}
		default:
			if d.Err != nil || d.Marker != "M" {
				t.Errorf("%+v", d)
			}
		}
	}
	if single.Load() != 3 || batches.Load() != 5 || !slices.Equal(seen, keys) {
		t.Errorf("%d single, %d batches, %d keys", single.Load(), batches.Load(), len(seen))
	}
}

// What a store is too busy for is tried again, and nothing else.
func TestDeleteManyTriesAgainWhatTheStoreWasTooBusyFor(t *testing.T) {
	var mu sync.Mutex
	asked := map[string]int{}
	b := opened(t, fakeConfig(), deletions(func(key string, nth int) (string, string) {
		mu.Lock()
		defer mu.Unlock()
		if asked[key]++; key == "never" || nth%3 == 0 && asked[key] == 1 {
			return "", "SlowDown"
		}
		return "M", ""
	}))
	var keys []string
	for i := range 100 {
		keys = append(keys, fmt.Sprint(i))
	}
	for d := range b.DeleteMany(t.Context(), targets(append(keys, "never")...)) {
		if (d.Err != nil) != (d.Key == "never") || d.Err != nil && !errors.Is(d.Err, s3ops.ErrUnreachable) {
			t.Errorf("%+v", d)
		}
	}
	for i, k := range keys {
		if want := 1 + (3-i%3)/3; asked[k] != want {
			t.Errorf("%s was deleted %d times", k, asked[k])
		}
	}
}

// In whatever order a store tells of keys, with whatever signs escaped, each is told of
// rightly; an answer of a login page, or cut short, deletes nothing.
func TestDeleteManyReadsAnswersInAnyOrder(t *testing.T) {
	body := `<?xml version="1.0"?><s:DeleteResult xmlns:s="http://s3.amazonaws.com/doc/2006-03-01/"><s:Error><s:Key>c&lt;&#x26;&gt;</s:Key><s:VersionId>2</s:VersionId><s:Code>AccessDenied</s:Code></s:Error>
<s:Deleted><s:Key>a</s:Key></s:Deleted><s:Deleted><s:Key>other</s:Key></s:Deleted><s:Deleted><s:Key> b </s:Key><s:DeleteMarkerVersionId>M</s:DeleteMarkerVersionId></s:Deleted></s:DeleteResult>`
	wanted := []s3ops.Target{{Key: " b "}, {Key: "a", VersionID: "1"}, {Key: "c<&>", VersionID: "2"}, {Key: "d"}}
	for what, via := range map[string]faulty{"answer": answer(200, "application/xml", body), "page": answer(200, "text/html", "<html>Log in</html>"),
		"half": answer(200, "application/xml", body[:300])} {
		for d := range opened(t, fakeConfig(), via).DeleteMany(t.Context(), slices.Values(wanted)) {
			failed := what != "answer" || d.Key == "c<&>" || d.Key == "d"
			if (d.Err != nil) != failed || (d.Marker == "M") != (!failed && d.Key == " b ") {
				t.Errorf("%s: %+v", what, d)
			}
		}
	}
}

// Versions are removed for good in batches, and only those named.
func TestDeleteManyRemovesVersions(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		old, next := put(t, b, prefix+"a", "old"), put(t, b, prefix+"a", "new")
		put(t, b, prefix+"b", "b")
		for d := range b.DeleteMany(t.Context(), slices.Values([]s3ops.Target{{Key: prefix + "a", VersionID: old.VersionID}, {Key: prefix + "b"}})) {
			if d.Err != nil || (d.Marker != "") != (d.Key == prefix+"b") {
				t.Errorf("%+v", d)
			}
		}
		var left []string
		for x, err := range b.Objects(t.Context(), prefix, s3ops.ListOptions{Versions: true}) {
			if err != nil {
				t.Fatal(err)
			}
			if x.Key == prefix+"a" {
				left = append(left, x.VersionID)
			}
		}
		if !slices.Equal(left, []string{next.VersionID}) {
			t.Errorf("left are %q, not %s", left, next.VersionID)
		}
	})
}

// Who has seen enough, or gives up, leaves nothing running behind.
func TestDeleteManyCanBeLeft(t *testing.T) {
	var running atomic.Int32
	b := opened(t, fakeConfig(), roundTrip(func(r *http.Request) (*http.Response, error) {
		running.Add(1)
		defer running.Add(-1)
		return deletions(func(string, int) (string, string) { return "M", "" }).RoundTrip(r)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	endless := func(yield func(s3ops.Target) bool) {
		for i := 0; yield(s3ops.Target{Key: fmt.Sprint(i)}); i++ {
		}
	}
	for range b.DeleteMany(ctx, endless) {
		break
	}
	if n := running.Load(); n != 0 {
		t.Errorf("%d requests are left", n)
	}
	n := 0
	for range b.DeleteMany(ctx, endless) {
		if n++; n == 10 {
			cancel()
		}
	}
	if n < 10 || running.Load() != 0 {
		t.Errorf("%d deletions, %d requests left", n, running.Load())
	}
}

// roundTrip is a transport that reads the body itself.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
