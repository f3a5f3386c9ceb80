package tui

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// onlyBelow is a store whose policy allows listing below one prefix and reading
// the objects there, and nothing else.
func onlyBelow(t *testing.T, w *world, prefix string) string {
	t.Helper()
	proxy := localtest.Proxy(t, endpoint.URL)
	server := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		key, inBucket := strings.CutPrefix(r.URL.Path, "/"+w.config.Bucket+"/")
		plain := !q.Has("tagging") && !q.Has("versions") && !q.Has("versioning") && !q.Has("versionId") && !q.Has("location")
		list := q.Has("list-type") && strings.HasPrefix(q.Get("prefix"), prefix)
		read := (r.Method == http.MethodGet || r.Method == http.MethodHead) && inBucket && strings.HasPrefix(key, prefix)
		if plain && (list || read) {
			proxy.ServeHTTP(out, r)
			return
		}
		out.Header().Set("Content-Type", "application/xml")
		out.WriteHeader(http.StatusForbidden)
		if r.Method != http.MethodHead {
			_, _ = out.Write([]byte("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"))
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// Who may only list and read below one prefix works there: the list, the
// picture, the facts and links are shown, and what is not known is said to be so.
func TestOnlyOnePrefixIsAllowed(t *testing.T) {
	w := newWorld(t)
	w.put("mine/a.jpg", "mine/deep/b.txt", "search_uploads/theirs.txt")
	c := *w.config
	c.Endpoint, c.Local = onlyBelow(t, w, "mine/"), ""
	b, err := s3ops.Open(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	p := w.model().parts
	p.Config, p.Start = &c, "mine/"
	p.Connect = func(context.Context) (*Session, error) { return &Session{Config: &c, Bucket: b}, nil }
	p.Stores = func(ctx context.Context, _ string) Stores {
		_, err := s3ops.Buckets(ctx, &c)
		return Stores{Denied: err}
	}
	s := show(t, New(t.Context(), p), 120, 32)
	s.await("a.jpg", "deep/", "versioning not known")
	s.press("down")
	s.await("64 × 48", "versions not known", "image/jpeg")
	s.press("P")
	s.await("Share 1 object", "Works until")
	link, err := b.Presign(t.Context(), "mine/a.jpg", s3ops.LinkOptions{Opens: s3ops.InBrowser})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(link.URL)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("the link answers %s", answer.Status)
	}
	s.press("esc", "up", "l")
	s.await("b.txt")
	s.press("1")
	s.await("s3:ListBucket", "search_uploads/", "c s copies the IAM statement that allows it", "g d doctor")
	s.press("c", "s")
	s.await("IAM statement copied")
	want := base64.StdEncoding.EncodeToString([]byte("{\n  \"Effect\": \"Allow\",\n  \"Action\": \"s3:ListBucket\",\n"))
	s.awaitSent("\x1b]52;c;" + want[:len(want)-4])
	s.press("g", "b")
	s.await("The buckets are not listed", "opens by its name all the same")
	s.press("esc", "[")
	s.await("b.txt")
}
