package s3ops_test

import (
	"bytes"
	"errors"
	"hash/crc64"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weft/config"
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

// Addresses are right for AWS and for other stores.
func TestAddresses(t *testing.T) {
	c := fakeConfig()
	b := opened(t, c, nil)
	if b.URL("a b/ü") != "https://s3.example.test/cloth/a%20b/%C3%BC" || b.URI("a b") != "s3://cloth/a b" || b.Name() != "cloth" {
		t.Error(b.URL("a b/ü"), b.URI("a b"))
	}
	for _, x := range []struct{ endpoint, style, want string }{
		{"", "auto", "https://cloth.s3.eu-west-1.amazonaws.com/k"},
		{"", "always", "https://s3.eu-west-1.amazonaws.com/cloth/k"},
		{"https://s3.eu-west-1.amazonaws.com", "auto", "https://cloth.s3.eu-west-1.amazonaws.com/k"},
		{"https://store.test:9000", "never", "https://cloth.store.test:9000/k"},
	} {
		c.Endpoint, c.PathStyle = x.endpoint, x.style
		if got := opened(t, c, nil).URL("k"); got != x.want {
			t.Errorf("%+v gave %s", x, got)
		}
		if l, err := opened(t, c, nil).Presign(t.Context(), "k", s3ops.LinkOptions{}); err != nil || !strings.HasPrefix(l.URL, x.want+"?") {
			t.Errorf("%+v: link to %s, %v", x, l.Key, err)
		}
	}
}

// The bytes of a picture decide its type, the extension that of anything else.
func TestContentTypes(t *testing.T) {
	jpeg, png := "\xff\xd8\xff\xe0\x00\x10JFIF", "\x89PNG\r\n\x1a\n"
	for _, c := range []struct {
		key, head, want string
		note            bool
	}{
		{"a.jpg", jpeg, "image/jpeg", false}, {"a.JPEG", jpeg, "image/jpeg", false}, {"a", png, "image/png", false},
		{"a.jpg", png, "image/png", true}, {"a.png", "hello", "text/plain; charset=utf-8", true}, {"a.csv", "a,b\n", "text/csv; charset=utf-8", false},
		{"a.gif", "GIF89a", "image/gif", false}, {"a.webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", false},
		{"a.tif", "II*\x00", "image/tiff", false}, {"a.bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x28\x00\x00\x00", "image/bmp", false},
		{"a.txt", "BMW drives", "text/plain; charset=utf-8", false},
		{"a.heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic", false},
		{"a.avif", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", "image/avif", false},
		{"a.heic", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", "image/avif", true},
		{"a.heif", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic", false},
		{"a.svg", "<?xml version=\"1.0\"?>\n<!-- x --><svg xmlns=\"http://www.w3.org/2000/svg\">", "image/svg+xml", false},
		{"a.json", "{}", "application/json", false}, {"a.parquet", "PAR1", "application/vnd.apache.parquet", false},
		{"a.jpg", "", "application/octet-stream", false}, {"a.bin", "\x00\x01", "application/octet-stream", false}, {"page", "<html><script>", "application/octet-stream", false},
		{"a.heic", "\x00\x00\x00\x18ftyp", "image/heic", false}, {"a.mp4", "\x00\x00\x00\x18ftypisom", "video/mp4", false},
	} {
		kind, note := s3ops.ContentType(c.key, []byte(c.head))
		if kind != c.want && !(c.head == "" && kind == "image/jpeg") || (note != "") != c.note {
			t.Errorf("%s with %q is %s, note %q", c.key, c.head, kind, note)
		}
	}
	var note string
	b := opened(t, stores[0].config, nil)
	if _, err := b.Upload(t.Context(), "types/x.jpg", strings.NewReader(png), s3ops.UploadOptions{Warn: func(s string) { note = s }}); err != nil || !strings.Contains(note, "image/png") {
		t.Errorf("warned %q, %v", note, err)
	}
}

// The checksum of a whole is that of its parts joined.
func TestJoinCRC(t *testing.T) {
	body := noise(4, 100_003)
	for _, cut := range []int{0, 1, 7, 4096, 100_002, 100_003} {
		x, y := crc64.Checksum(body[:cut], s3ops.NvmeTable), crc64.Checksum(body[cut:], s3ops.NvmeTable)
		if got := s3ops.JoinCRC(x, y, int64(len(body)-cut)); got != crc64.Checksum(body, s3ops.NvmeTable) {
			t.Errorf("cut at %d: %x", cut, got)
		}
	}
	// The check value of CRC-64/NVME in the CRC RevEng catalogue.
	if crc64.Checksum([]byte("123456789"), s3ops.NvmeTable) != 0xae8b14860a799888 {
		t.Error("another CRC-64")
	}
}

// Checksums can be turned off for stores that refuse them; bytes are then still
// guarded by their MD5.
func TestWithoutChecksums(t *testing.T) {
	c := *stores[0].config
	c.Checksums = "never"
	b := opened(t, &c, faultyKeep(func(r *http.Request) (*http.Response, error) {
		for name := range r.Header {
			if strings.Contains(name, "Checksum") {
				t.Errorf("%s %s bears %s", r.Method, r.URL.Path, name)
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	s3ops.SetSizes(b, 5<<20, 5<<30, 512<<20)
	body := noise(5, 6<<20)
	for _, n := range []int{100, len(body)} {
		if _, err := b.Upload(t.Context(), "unsummed", bytes.NewReader(body[:n]), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(all(t, b, "unsummed"), body[:n]) {
			t.Errorf("%d bytes came back different", n)
		}
	}
}
