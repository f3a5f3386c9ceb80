package s3ops_test

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"weft/s3ops"
)

// relay is a transport that leaves the body to whom it hands the request on.
type relay func(*http.Request) (*http.Response, error)

func (f relay) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// leftBelow are the keys below a prefix, in every version, and the uploads.
func leftBelow(t *testing.T, b *s3ops.Bucket, prefix string) (all []string) {
	t.Helper()
	for o, err := range b.Objects(t.Context(), prefix, s3ops.ListOptions{Recursive: true, Versions: true}) {
		check(t, err)
		all = append(all, o.Key+"@"+o.VersionID)
	}
	uploads, err := s3ops.OpenUploads(t.Context(), b, prefix)
	check(t, err)
	return append(all, uploads...)
}

// A store that allows everything is found so, and nothing of the trial stays.
func TestProbeOfWhatIsAllowed(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		got := b.Probe(t.Context(), prefix, true)
		if got.Left != nil || got.Place == "" {
			t.Errorf("%+v", got)
		}
		for i, r := range s3ops.Rights() {
			if one := got.Rights[i]; one.Right != r || one.Err != nil || one.Skipped != "" {
				t.Errorf("%s: %+v", r, one)
			}
		}
		if left := leftBelow(t, b, prefix); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
	})
}

// Wherever a trial is cut short, by Ctrl+C or by a connection that takes an answer
// with it, nothing of it stays in the store.
func TestProbeCutShortLeavesNothing(t *testing.T) {
	b := opened(t, stores[0].config, nil)
	for _, how := range []string{"cancelled", "lost"} {
		prefix, more := "probe-"+how+"/", true
		for n := int32(1); more; n++ {
			ctx, cancel := context.WithCancel(t.Context())
			var sent atomic.Int32
			cut := opened(t, stores[0].config, relay(func(r *http.Request) (*http.Response, error) {
				resp, err := http.DefaultTransport.RoundTrip(r.WithContext(context.WithoutCancel(r.Context())))
				if sent.Add(1) != n || err != nil {
					return resp, err
				}
				if how == "cancelled" {
					if cancel(); r.Context().Err() == nil {
						return resp, nil // it is not ended by that
					}
				}
				resp.Body.Close()
				return nil, cmp.Or(r.Context().Err(), error(syscall.ECONNRESET))
			}))
			got := cut.Probe(ctx, prefix, true)
			cancel()
			more = sent.Load() >= n
			if left := leftBelow(t, b, prefix); len(left) > 0 || got.Left != nil {
				t.Errorf("%s at request %d: left %q, %v", how, n, left, got.Left)
			}
			if n > 40 {
				t.Fatal("a trial makes more requests than it should")
			}
		}
	}
}

// Who may write and not delete is told that he may write, and nothing is written
// that would stay.
func TestProbeOfWhoMayNotDelete(t *testing.T) {
	const prefix = "probe-maker/"
	refuse := said(403, "AccessDenied", "Access Denied")
	put(t, opened(t, stores[0].config, nil), prefix+"there.txt", "a picture")
	b := opened(t, stores[0].config, relay(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodDelete && !r.URL.Query().Has("uploadId") {
			return refuse(r)
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	got := b.Probe(t.Context(), prefix, true)
	for _, r := range got.Rights {
		if r.Right == s3ops.MayDelete && !errors.Is(r.Err, s3ops.ErrDenied) || r.Right != s3ops.MayDelete && (r.Err != nil || r.Skipped != "") {
			t.Errorf("%+v", r)
		}
	}
	if left := leftBelow(t, opened(t, stores[0].config, nil), prefix); got.Left != nil || len(left) != 1 {
		t.Errorf("left %q, %v", left, got.Left)
	}
}

// What is refused is told with the statement that allows it in the whole folder;
// what depends on it is not tried; one that may not remove versions is told so.
func TestProbeOfWhatIsRefused(t *testing.T) {
	const prefix = "probe-refused/"
	for name, c := range map[string]struct {
		refused func(r *http.Request) bool
		right   s3ops.Right
		want    string
	}{
		"put": {func(r *http.Request) bool { return r.Method == http.MethodPut }, s3ops.MayPut,
			`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::BUCKET/probe-refused/*"}`},
		"get": {func(r *http.Request) bool { return r.Method == http.MethodGet && r.Header.Get("Range") != "" }, s3ops.MayGet,
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::BUCKET/probe-refused/*"}`},
		"abort": {func(r *http.Request) bool { return r.Method == http.MethodDelete && r.URL.Query().Has("uploadId") }, s3ops.MayMultipart,
			`{"Effect":"Allow","Action":"s3:AbortMultipartUpload","Resource":"arn:aws:s3:::BUCKET/probe-refused/*"}`},
		"versions": {func(r *http.Request) bool { return r.Method == http.MethodGet && r.URL.Query().Has("versions") }, s3ops.MayVersions,
			`{"Effect":"Allow","Action":"s3:ListBucketVersions","Resource":"arn:aws:s3:::BUCKET","Condition":{"StringLike":{"s3:prefix":"probe-refused/*"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			refuse := said(403, "AccessDenied", "Access Denied")
			b := opened(t, stores[0].config, relay(func(r *http.Request) (*http.Response, error) {
				if c.refused(r) {
					return refuse(r)
				}
				return http.DefaultTransport.RoundTrip(r)
			}))
			t.Cleanup(func() {
				whole := opened(t, stores[0].config, nil)
				for u, err := range whole.Unfinished(context.Background(), prefix) {
					if err == nil {
						_ = whole.Abort(context.Background(), u.Key, u.ID)
					}
				}
			})
			got := b.Probe(t.Context(), prefix, true)
			for _, r := range got.Rights {
				if r.Right != c.right {
					continue
				}
				if !errors.Is(r.Err, s3ops.ErrDenied) {
					t.Fatalf("%+v", got.Rights)
				}
				if said := strings.ReplaceAll(statementOf(t, r.Err), b.Name(), "BUCKET"); said != c.want {
					t.Errorf("%s\nwant %s", said, c.want)
				}
			}
			if c.right == s3ops.MayMultipart && got.Left == nil {
				t.Error("it is not told that an upload stays open")
			}
		})
	}
}
