package s3ops_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"weft/config"
	"weft/s3ops"
)

func open(t *testing.T, link string) (int, string) {
	t.Helper()
	resp, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// A link opens in anything that speaks HTTP, until it expires and not after; a
// PUT link takes an upload of its type only; a changed link opens nothing.
func TestPresign(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx, key := t.Context(), prefix+"a b.jpg"
		old := put(t, b, key, "old")
		put(t, b, key, "new")
		l, err := b.Presign(ctx, key, s3ops.LinkOptions{Filename: "Größe \"1\".jpg"})
		if err != nil || l.Method != "GET" || l.Capped || time.Until(l.ExpiresAt) > time.Hour || time.Until(l.ExpiresAt) < time.Hour-time.Minute {
			t.Fatalf("%v %v capped %v, %v", l.Method, l.ExpiresAt, l.Capped, err)
		}
		if strings.Contains(strings.ToLower(l.URL), "checksum") {
			t.Error("the link demands a checksum")
		}
		resp, err := http.Get(l.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if d := resp.Header.Get("Content-Disposition"); resp.StatusCode != 200 || !strings.Contains(d, "filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%221%22.jpg") {
			t.Errorf("%d, %q", resp.StatusCode, d)
		}
		if status, _ := open(t, strings.Replace(l.URL, "a%20b", "c", 1)); status != 403 {
			t.Errorf("a changed link gave %d", status)
		}
		if l, err = b.Presign(ctx, key, s3ops.LinkOptions{VersionID: old.VersionID}); err != nil {
			t.Fatal(err)
		}
		if _, body := open(t, l.URL); body != "old" {
			t.Errorf("the old version is %q", body)
		}
		if l, err = b.Presign(ctx, key, s3ops.LinkOptions{Life: time.Second}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Until(l.ExpiresAt) + 1100*time.Millisecond)
		if status, _ := open(t, l.URL); status != 403 {
			t.Errorf("an expired link gave %d", status)
		}
		for kind, want := range map[string]int{"image/png": 200, "text/html": 403} {
			l, err := b.Presign(ctx, prefix+"put.png", s3ops.LinkOptions{Put: true, ContentType: "image/png"})
			if err != nil || l.Method != "PUT" {
				t.Fatal(err)
			}
			req, err := http.NewRequest(http.MethodPut, l.URL, strings.NewReader("picture"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", kind)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			if resp.Body.Close(); resp.StatusCode != want {
				t.Errorf("PUT of %s gave %d", kind, resp.StatusCode)
			}
		}
		if got := all(t, b, prefix+"put.png"); string(got) != "picture" {
			t.Errorf("the PUT stored %q", got)
		}
	})
}

// A link opens as it was asked for: as the object says, in the browser, or as a
// download, under the name given or the object's own.
func TestLinkOpensAsAsked(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		key := prefix + "wool.txt"
		put(t, b, key, "wool")
		for _, x := range []struct {
			o    s3ops.LinkOptions
			want string
		}{
			{s3ops.LinkOptions{}, ""},
			{s3ops.LinkOptions{Opens: s3ops.InBrowser}, "inline"},
			{s3ops.LinkOptions{Opens: s3ops.InBrowser, Filename: "a.txt"}, "inline; filename=a.txt"},
			{s3ops.LinkOptions{Opens: s3ops.AsDownload}, "attachment; filename=wool.txt"},
			{s3ops.LinkOptions{Opens: s3ops.AsDownload, Filename: "a b.txt"}, `attachment; filename="a b.txt"`},
			{s3ops.LinkOptions{Filename: "a.txt"}, "attachment; filename=a.txt"},
		} {
			l, err := b.Presign(t.Context(), key, x.o)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.Get(l.URL)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if d := resp.Header.Get("Content-Disposition"); resp.StatusCode != 200 || d != x.want {
				t.Errorf("%+v: %d, %q, want %q", x.o, resp.StatusCode, d, x.want)
			}
		}
	})
}

// Temporary keys whose end is given cap a link; where it is not, the link says
// that it may end sooner.
func TestEndOfTemporaryKeys(t *testing.T) {
	c := fakeConfig()
	c.Credentials.SessionToken = "token"
	l, err := opened(t, c, nil).Presign(t.Context(), "k", s3ops.LinkOptions{})
	if err != nil || l.Capped || !l.MayEndSooner {
		t.Errorf("end not known: capped %v, may end sooner %v, %v", l.Capped, l.MayEndSooner, err)
	}
	c.Credentials.Expires = time.Now().Add(28 * time.Minute)
	l, err = opened(t, c, nil).Presign(t.Context(), "k", s3ops.LinkOptions{})
	if left := time.Until(l.ExpiresAt); err != nil || !l.Capped || l.MayEndSooner || left > 28*time.Minute || left < 27*time.Minute {
		t.Errorf("end known: %v left, capped %v, %v", left, l.Capped, err)
	}
}

// A link lives a week at most, and the one given says so.
func TestPresignIsCapped(t *testing.T) {
	b := opened(t, fakeConfig(), answer(200, "", ""))
	l, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{Life: 30 * 24 * time.Hour})
	if err != nil || !l.Capped || time.Until(l.ExpiresAt) > config.MaxLink {
		t.Errorf("until %v, capped %v, %v", l.ExpiresAt, l.Capped, err)
	}
	u, err := url.Parse(l.URL)
	if err != nil || u.Query().Get("X-Amz-Expires") != "604800" {
		t.Errorf("%v", u.Query())
	}
	_, err = b.Presign(t.Context(), "k", s3ops.LinkOptions{Life: time.Millisecond})
	wantKind(t, err, s3ops.ErrInvalid)
	s3ops.ExpireAt(b, time.Now().Add(10*time.Minute))
	l, err = b.Presign(t.Context(), "k", s3ops.LinkOptions{})
	if left := time.Until(l.ExpiresAt); err != nil || !l.Capped || left > 10*time.Minute || left < 9*time.Minute {
		t.Errorf("temporary credentials: %v, capped %v, %v", left, l.Capped, err)
	}
	s3ops.ExpireAt(b, time.Now().Add(-time.Minute))
	_, err = b.Presign(t.Context(), "k", s3ops.LinkOptions{})
	wantKind(t, err, s3ops.ErrCredentials)
}
