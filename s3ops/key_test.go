package s3ops_test

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weft/s3ops"
)

var awkward = []string{
	"plain.jpg", "two words.jpg", "a+b.jpg", "100%.jpg", "%2F.jpg", "%41", "ü/東京/🧵.png", "a?b#c&d=e;f.jpg", `quo"te'.jpg`, "back\\slash",
	"~tilde", ".hidden", "...", "a=b,c:d@e!$()*", "%~", "x%~/y", "-r", "con.txt", "trailing dot.", " leading", "e\u0301 combining",
	strings.Repeat("d/", 300) + "deep", strings.Repeat("é", 120), "a<b>.jpg", "\u202Egpj.exe", "new\u2028line",
}

var impossible = []string{"", "/abs", "a//b", "../x", "a/../b", "a/..", "./a", "a/.", "..", ".", "a\xffb", strings.Repeat("x", 1025), "//"}

// Awkward keys are stored, listed, read, copied, linked to and deleted like any
// other; those that cannot be are refused before a request.
func TestAwkwardKeys(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		want := map[string]bool{}
		for i, k := range awkward {
			key := prefix + string(rune('a'+i)) + "/" + k
			put(t, b, key, k)
			if got := all(t, b, key); string(got) != k {
				t.Errorf("%q holds %q", k, got)
			}
			l, err := b.Presign(t.Context(), key, s3ops.LinkOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if status, body := open(t, l.URL); status != 200 || body != k {
				t.Errorf("the link to %q gave %d %q", k, status, body)
			}
			want[key] = true
		}
		for o, err := range b.Objects(t.Context(), prefix, s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if !want[o.Key] {
				t.Errorf("listed %q", o.Key)
			}
			delete(want, o.Key)
		}
		for k := range want {
			t.Errorf("%q is not listed", k)
		}
		put(t, b, prefix+strings.Repeat("k/", 512)[:1023-len(prefix)]+"x", "1,024 bytes")
		for _, k := range impossible {
			wantKind(t, s3ops.CheckKey(k), s3ops.ErrInvalid)
			_, err := b.Upload(t.Context(), k, strings.NewReader("x"), s3ops.UploadOptions{})
			wantKind(t, err, s3ops.ErrInvalid)
		}
	})
}

// A store over files is not asked for keys that would reach another object; at
// other stores what is there under such a key stays reachable.
func TestForeignKeysStayReachable(t *testing.T) {
	var paths []string
	b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
		paths = append(paths, r.URL.EscapedPath())
		return answer(200, "", "", "ETag", `"x"`)(r)
	}))
	for _, k := range []string{"a//b", "../x", "/abs", "esc\x1b[2J"} {
		if _, err := b.Stat(t.Context(), k, ""); err != nil {
			t.Errorf("%q: %v", k, err)
		}
	}
	if got := strings.Join(paths, " "); got != "/cloth/a//b /cloth/../x /cloth//abs /cloth/esc%1B%5B2J" {
		t.Errorf("asked for %s", got)
	}
	_, err := opened(t, stores[0].config, nil).Stat(t.Context(), "a/../b", "")
	wantKind(t, err, s3ops.ErrInvalid)
	_, err = opened(t, stores[0].config, nil).Upload(t.Context(), "esc\x1b[2J", strings.NewReader(""), s3ops.UploadOptions{})
	wantKind(t, err, s3ops.ErrInvalid)
	if strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q moves the cursor", err)
	}
}

// No key leaves the folder it is downloaded to, no two keys share a file, and
// each file name leads back to its key.
func TestFileNamesAreConfinedAndReversible(t *testing.T) {
	keys := append(append([]string{}, awkward...), "../x", "../../etc/passwd", "a/../../b", "/abs", "//x", "a//b", ".", "..", "a\x00b", "esc\x1b[2J", "tab\t",
		strings.Repeat("l", 1024), strings.Repeat("%41", 300), strings.Repeat("\x01", 1000), strings.Repeat("l", 238)+"%41%", strings.Repeat("🧵", 250), "%", "%25", "x%~", "%2e%2e")
	b := opened(t, fakeConfig(), answer(200, "", "abc", "ETag", `"x"`))
	outer := t.TempDir()
	names := map[string]string{}
	for i, k := range keys {
		n := s3ops.FileName(k)
		if other, taken := names[n]; taken {
			t.Errorf("%q and %q are both %q", k, other, n)
		}
		names[n] = k
		if !filepath.IsLocal(n) {
			t.Errorf("%q would be saved at %q", k, n)
		}
		if back := s3ops.KeyOfFile(n); back != k {
			t.Errorf("%q came back from %q as %q", k, n, back)
		}
		for s := range strings.SplitSeq(n, "/") {
			if len(s) > 255 {
				t.Errorf("a segment of %d bytes", len(s))
			}
		}
		dir := filepath.Join(outer, strconv.Itoa(i)) // as "x" and "x/y" cannot both be files
		saved, err := b.Download(t.Context(), k, dir, s3ops.DownloadOptions{Name: k, Overwrite: false})
		if err != nil && !strings.HasSuffix(k, "/") {
			t.Errorf("%q: %v", k, err)
		} else if rel, err := filepath.Rel(dir, saved.File); err != nil || !filepath.IsLocal(rel) {
			t.Errorf("%q was saved at %q", k, saved.File)
		} else if renamed := filepath.ToSlash(rel) != k; renamed != strings.Contains(saved.Note, "saved as ") {
			t.Errorf("%q is %q; told %q", k, rel, saved.Note)
		}
	}
	if entries, err := os.ReadDir(outer); err != nil || len(entries) != len(keys) {
		t.Errorf("%d folders of %d, %v", len(entries), len(keys), err)
	}
}

// A symbolic link in the target folder does not lead a download out of it.
func TestDownloadDoesNotFollowLinksOut(t *testing.T) {
	b := opened(t, fakeConfig(), answer(200, "", "abc", "ETag", `"x"`))
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "way")); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Download(t.Context(), "k", dir, s3ops.DownloadOptions{Name: "way/out.txt", Overwrite: true}); err == nil {
		t.Error("a link was followed")
	}
	if entries, _ := os.ReadDir(outside); len(entries) != 0 {
		t.Errorf("%v arrived outside", entries)
	}
}

// Of several downloads to one name exactly one wins.
func TestDownloadRace(t *testing.T) {
	b := opened(t, stores[0].config, nil)
	put(t, b, "race.txt", "x")
	dir := t.TempDir()
	var won atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := b.Download(t.Context(), "race.txt", dir, s3ops.DownloadOptions{})
			if err == nil {
				won.Add(1)
			} else if !errors.Is(err, s3ops.ErrExists) || !errors.Is(err, fs.ErrExist) {
				t.Error(err)
			}
		})
	}
	if wg.Wait(); won.Load() != 1 {
		t.Errorf("%d downloads won", won.Load())
	}
}

// Addresses are right for AWS and for other stores.
func TestAddresses(t *testing.T) {
	c := fakeConfig()
	b := opened(t, c, nil)
	if b.URL("a b/ü") != "https://s3.example.test/cloth/a%20b/%C3%BC" || b.URI("a b") != "s3://cloth/a b" || b.Name() != "cloth" {
		t.Error(b.URL("a b/ü"), b.URI("a b"))
	}
	for _, x := range []struct{ region, endpoint, style, want string }{
		{"eu-west-1", "", "auto", "https://cloth.s3.eu-west-1.amazonaws.com/k"},
		{"eu-west-1", "", "always", "https://s3.eu-west-1.amazonaws.com/cloth/k"},
		{"eu-west-1", "https://s3.eu-west-1.amazonaws.com", "auto", "https://cloth.s3.eu-west-1.amazonaws.com/k"},
		{"eu-west-1", "https://store.test:9000", "never", "https://cloth.store.test:9000/k"},
		{"cn-north-1", "", "auto", "https://cloth.s3.cn-north-1.amazonaws.com.cn/k"},
		{"us-gov-west-1", "", "auto", "https://cloth.s3.us-gov-west-1.amazonaws.com/k"},
		{"eusc-de-east-1", "", "auto", "https://cloth.s3.eusc-de-east-1.amazonaws.eu/k"},
		{"eusc-de-east-1", "https://s3.eusc-de-east-1.amazonaws.eu", "auto", "https://cloth.s3.eusc-de-east-1.amazonaws.eu/k"},
	} {
		c.Region, c.Endpoint, c.PathStyle = x.region, x.endpoint, x.style
		if got := opened(t, c, nil).URL("k"); got != x.want {
			t.Errorf("%+v gave %s", x, got)
		}
		if l, err := opened(t, c, nil).Presign(t.Context(), "k", s3ops.LinkOptions{}); err != nil || !strings.HasPrefix(l.URL, x.want+"?") {
			t.Errorf("%+v: link to %s, %v", x, l.Key, err)
		}
	}
}
