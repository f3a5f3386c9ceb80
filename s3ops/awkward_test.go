package s3ops_test

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"weft/s3ops"
)

// pieces are what makes keys awkward; some are whole keys, some parts of them.
var pieces = []string{
	// Ways out of a folder, on any system.
	"..", "../", "../../etc/passwd", "..\\", "..\\..\\boot.ini", "/", "//", "///", "/etc/passwd", "\\", "\\\\server\\share", "C:", "C:\\x", "c:/x", "file:///etc/passwd",
	".", "./", "...", "....", "./.", "a/./b", "a/../b", "a//b", "a///b", "~", "~root", "-rf", "--", "$HOME", "${PATH}", "%HOME%", "*", "?", "[a-z]", "{a,b}",
	// Control characters, escapes of terminals, and what ends lines.
	"\x00", "\x01", "\x07", "\b", "\t", "\n", "\r", "\r\n", "\x1b", "\x1b[31m", "\x1b]0;title\x07", "\x1b]52;c;aGk=\x07", "\x1bP", "\x7f", "\u0080", "\u0085", "\u009b2J", "\u009d", "\u00a0", "\u2028", "\u2029",
	// Unicode: composed and not, directions, nothing to see, outside the first plane.
	"é", "e\u0301", "Å", "A\u030a", "\u212b", "ñ", "n\u0303", "ﬁ", "ß", "ẞ", "İ", "ı", "ǅ", "한", "\u1112\u1161\u11ab", "東京", "עברית", "العربية", "\u202e", "\u202egpj.exe", "\u2066x\u2069", "\u200b", "\u200d", "\ufeff", "\u00ad",
	"🧵", "👩‍👩‍👧", "🇩🇪", "𝒜", "\U000e0041", "\ufffd", "\ufffe", "\uffff", "\U0010ffff", "Z͑ͫ̓ͪ̂ͫ̽",
	// What looks escaped, and what escapes must not lose.
	"%", "%%", "%2F", "%2f", "%2E%2E%2F", "%00", "%0A", "%41", "%zz", "%e9", "%C3%A9", "%25", "%252F", "%u0041", "&amp;", "&#10;", "&#x1b;", "+", "a+b", "a b", "a  b", "=", "?", "?a=b#c", "#", "#frag", "&", "a&b=c", ";", ":", "@", ",", "!", "$", "(", ")", "'", "\"", "`", "^", "|", "<", ">", "<x>", "]]>", "<!--", "</Key>", "<?xml?>",
	"%~", "x%~", "%~/x", "x%~/y", "%~~", "%2", "%2E", "%2E%2E", "a%2Fb", "a/%2E%2E/b",
	// Edges, and names that systems keep for themselves.
	" ", "  ", " a", "a ", "a .", "a.", "a..", ".a", ".hidden", "con", "CON", "con.txt", "nul", "NUL.jpg", "aux", "prn.", "com1", "LPT9.log", "desktop.ini", ".DS_Store", "Thumbs.db", "lost+found", ".git", ".git/config", ".weft-AAAA.part", ".weft-x.part/y", ".weft-", "x.part",
	// Shells, queries, templates.
	"; rm -rf /", "`id`", "$(id)", "a|b", "a>b", "a\nb", "'; DROP TABLE x;--", "{{.}}", "${jndi:x}", "javascript:alert(1)", "?versionId=x", "?uploads", "?X-Amz-Signature=x", "?delete", "list-type=2", "?list-type=2", "null", "undefined", "true", "0", "-1", "1e9", "NaN",
}

// siblings are keys of which one must not be taken for another.
var siblings = []string{
	"foo", "foo2", "foo/x", "foo/", "foo//", "foo//x", "foo/x/", "foo/x/y", "foo.", "foo ", "foo%", "foo%2F", "foo%2Fx", "foo\\x", "foo+", "foo-", "foo.jpg", "foo.jpg/", "foo.jpg/x", "Foo", "FOO", "fOO/x", "fo", "f", "/foo", "//foo", "./foo", "../foo", "foo/.", "foo/..", "foo/./x", "foo/../x", "fo\u200bo", "foo\u0000", "foo\n", "\nfoo",
}

// awkwardKeys makes over 900 different keys, the same each time: each piece
// alone and in the places it can have in a key, siblings, all lengths that
// matter, and mixtures.
func awkwardKeys() []string {
	var keys []string
	seen := map[string]bool{}
	add := func(k string) {
		if k != "" && len(k) <= 1024 && !seen[k] {
			seen[k] = true
			keys = append(keys, k)
		}
	}
	for _, p := range pieces {
		add(p)
		add("in/" + p)
		add("at" + p + "end.jpg")
		add(p + "/below.jpg")
	}
	for _, s := range siblings {
		add(s)
		add("deep/er/" + s)
	}
	for _, n := range []int{1, 199, 238, 239, 240, 241, 254, 255, 256, 500, 1022, 1023, 1024} {
		add(strings.Repeat("x", n))
		add(strings.Repeat("y", n-n%2) + "%41")
		add(strings.Repeat("é", n/2))
		add(strings.Repeat("🧵", n/4))
		add(strings.Repeat("d/", n/2) + "e")
		add(strings.Repeat("%~", n/2))
		add(strings.Repeat("\x01", n))
		add("long/" + strings.Repeat("z", max(n-9, 1)) + ".jpg")
	}
	rng := rand.New(rand.NewPCG(3, 900))
	for range 120 {
		var k strings.Builder
		for range 2 + rng.IntN(4) {
			k.WriteString(pieces[rng.IntN(len(pieces))])
			k.WriteString([]string{"", "", "/", " ", "."}[rng.IntN(5)])
		}
		add(k.String())
	}
	return keys
}

// contents are the bytes of a key's object, different for each.
func contents(i int) string { return fmt.Sprintf("the bytes of key %d\n", i) }

// Over 900 awkward keys go all the way: uploaded, listed, described, linked to,
// downloaded, deleted, each without touching another. Keys that weft makes no
// objects of are refused, and can still be dealt with where others made them.
func TestOver900AwkwardKeys(t *testing.T) {
	m, b := startMemory(t)
	keys := awkwardKeys()
	if len(keys) < 900 {
		t.Fatalf("%d keys", len(keys))
	}
	refused := 0
	parallel(t, keys, func(i int, k string) error {
		_, err := b.Upload(t.Context(), k, strings.NewReader(contents(i)), s3ops.UploadOptions{})
		if s3ops.CheckKey(k) == nil || !errors.Is(err, s3ops.ErrInvalid) {
			return err
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		if _, there := m.objects[k]; there {
			return errors.New("it was refused and is there")
		}
		refused++
		m.objects[k] = kept{body: []byte(contents(i)), header: map[string][]string{"Last-Modified": {"Tue, 24 Nov 2026 10:00:00 GMT"}}}
		return nil
	})
	sorted := slices.Sorted(slices.Values(keys))
	if got := m.keys(); !slices.Equal(got, sorted) {
		t.Fatalf("%d keys are there, not %d", len(got), len(keys))
	}
	checkListing(t, b, sorted)
	parallel(t, keys, func(i int, k string) error { return checkReading(t, b, i, k) })
	checkDownloads(t, b, keys)
	checkDeletions(t, m, b, keys)
	t.Logf("%d keys, of which weft makes no new objects: %d", len(keys), refused)
}

// parallel does something for each key, several at a time.
func parallel(t *testing.T, keys []string, do func(i int, k string) error) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(8)
	for i, k := range keys {
		g.Go(func() error {
			if err := do(i, k); err != nil {
				t.Errorf("%q: %v", k, err)
			}
			return nil
		})
	}
	_ = g.Wait()
}

// checkListing lists everything at once, and folder by folder.
func checkListing(t *testing.T, b *s3ops.Bucket, want []string) {
	t.Helper()
	var flat []string
	for o, err := range b.Objects(t.Context(), "", s3ops.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		flat = append(flat, o.Key)
	}
	slices.Sort(flat)
	if !slices.Equal(flat, want) {
		t.Errorf("%d keys are listed, not %d: %s", len(flat), len(want), differing(flat, want))
	}
	var tree []string
	folders := map[string]bool{}
	for open := []string{""}; len(open) > 0; open = open[1:] {
		for p, err := range b.Pages(t.Context(), open[0], s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range p.Folders {
				if folders[f] || !strings.HasSuffix(f, "/") {
					t.Fatalf("the folder %q is listed twice, or has no slash", f)
				}
				folders[f], open = true, append(open, f)
			}
			for _, o := range p.Objects {
				tree = append(tree, o.Key)
			}
		}
	}
	inFolders := slices.DeleteFunc(slices.Clone(want), func(k string) bool { return folders[k] }) // a folder's own marker
	slices.Sort(tree)
	if !slices.Equal(tree, inFolders) {
		t.Errorf("%d keys are in folders, not %d: %s", len(tree), len(inFolders), differing(tree, inFolders))
	}
}

// differing names some keys that are in one list only.
func differing(got, want []string) string {
	var s strings.Builder
	for _, k := range got {
		if !slices.Contains(want, k) {
			fmt.Fprintf(&s, "+%q ", k)
		}
	}
	for _, k := range want {
		if !slices.Contains(got, k) {
			fmt.Fprintf(&s, "-%q ", k)
		}
	}
	return s.String()[:min(s.Len(), 2000)]
}

// checkReading describes an object and reads it, with and without credentials.
func checkReading(t *testing.T, b *s3ops.Bucket, i int, k string) error {
	info, err := b.Stat(t.Context(), k, "")
	if err != nil || info.Size != int64(len(contents(i))) || info.Key != k {
		return fmt.Errorf("stat: %+v, %w", info, err)
	}
	l, err := b.Presign(t.Context(), k, s3ops.LinkOptions{})
	if err != nil {
		return err
	}
	if status, body := open(t, l.URL); status != 200 || body != contents(i) {
		return fmt.Errorf("the link gave %d %q", status, body)
	}
	if status, _ := open(t, l.URL+"0"); status != 403 {
		return fmt.Errorf("a forged link gave %d", status)
	}
	return nil
}

// checkDownloads saves all keys below one folder, as get -r does. Nothing lands
// outside; no file is another's, even where one key's file is another's folder,
// as with foo and foo/x; each leads back to its key.
func checkDownloads(t *testing.T, b *s3ops.Bucket, keys []string) {
	t.Helper()
	outer := t.TempDir()
	dir := filepath.Join(outer, "in", "here")
	var mu sync.Mutex
	file := map[string]string{}
	parallel(t, keys, func(i int, k string) error {
		if strings.HasSuffix(k, "/") {
			return nil // the marker of a folder
		}
		saved, err := b.Download(t.Context(), k, dir, s3ops.DownloadOptions{Name: k})
		path := saved.File
		if err != nil {
			return err
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != contents(i) {
			return fmt.Errorf("%q holds %q, %w", path, got, err)
		}
		rel, err := filepath.Rel(dir, path)
		if back := s3ops.KeyOfFile(filepath.ToSlash(rel)); err != nil || back != k {
			return fmt.Errorf("%q leads back to %q, %w", rel, back, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if other, taken := file[path]; taken {
			return fmt.Errorf("%q is the file of %q too", path, other)
		}
		file[path] = k
		return nil
	})
	n := 0
	err := filepath.WalkDir(outer, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			if n++; file[path] == "" {
				t.Errorf("%q is nobody's file", path)
			}
		}
		return err
	})
	if err != nil || n != len(file) {
		t.Errorf("%d files of %d, %v", n, len(file), err)
	}
}

// checkDeletions deletes the keys, one by one and then many at once, in an order
// of no meaning, and looks each time that only they are gone.
func checkDeletions(t *testing.T, m *memory, b *s3ops.Bucket, keys []string) {
	t.Helper()
	keys = slices.Clone(keys)
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	half := len(keys) / 2
	for i, k := range keys[:half] {
		if _, err := b.Delete(t.Context(), k, ""); err != nil {
			t.Errorf("%q: %v", k, err)
		}
		if left := m.keys(); !slices.Equal(left, slices.Sorted(slices.Values(keys[i+1:]))) {
			t.Fatalf("after deleting %q %d keys are left, not %d", k, len(left), len(keys)-i-1)
		}
	}
	spared := keys[len(keys)-50:]
	for d := range b.DeleteMany(t.Context(), targets(keys[half:len(keys)-50]...)) {
		if d.Err != nil {
			t.Errorf("%q: %v", d.Key, d.Err)
		}
	}
	if left := m.keys(); !slices.Equal(left, slices.Sorted(slices.Values(spared))) {
		t.Errorf("%d keys are left, not %d", len(left), len(spared))
	}
}

// A store over files holds most of those keys, and those go all the way; of each
// other one it is said why not, and nothing is left of it under another name.
func TestAwkwardKeysInAStoreOfFiles(t *testing.T) {
	b := opened(t, stores[0].config, nil)
	const prefix = "TestAwkwardKeysInAStoreOfFiles/"
	t.Cleanup(func() { purge(t, b, prefix) })
	keys := awkwardKeys()
	held := make([]bool, len(keys))
	at := func(i int) string { return fmt.Sprintf("%s%d/%s", prefix, i, keys[i]) } // foo and foo/x are not for this store
	parallel(t, keys, func(i int, k string) error {
		_, err := b.Upload(t.Context(), at(i), strings.NewReader(contents(i)), s3ops.UploadOptions{})
		if errors.Is(err, s3ops.ErrInvalid) {
			var e *s3ops.Error
			if errors.As(err, &e); e.Why == "" || e.Remedy == "" {
				return fmt.Errorf("refused without a reason: %w", err)
			}
			if e.Code == "DirectoryObjectContainsData" && strings.HasSuffix(k, "/") {
				return nil // a folder's marker with bytes in it
			} else if e.Code != "" {
				return fmt.Errorf("weft let it go as far as the store: %w", err)
			}
			_, err = b.Stat(t.Context(), at(i), "")
			if !errors.Is(err, s3ops.ErrInvalid) {
				return fmt.Errorf("refused, and yet: %w", err)
			}
			return nil
		}
		held[i] = err == nil
		return err
	})
	want := map[string]bool{}
	for i := range keys {
		if held[i] {
			want[at(i)] = true
		}
	}
	listed := func() (all []string) {
		for o, err := range b.Objects(t.Context(), prefix, s3ops.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, o.Key)
		}
		slices.Sort(all)
		return all
	}
	if got := listed(); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%d keys are listed of %d: %s", len(got), len(want), differing(got, slices.Sorted(maps.Keys(want))))
	}
	dir := t.TempDir()
	parallel(t, keys, func(i int, k string) error {
		if !held[i] {
			return nil
		}
		if err := checkReading(t, b, i, at(i)); err != nil {
			return err
		}
		saved, err := b.Download(t.Context(), at(i), dir, s3ops.DownloadOptions{Name: at(i)})
		path := saved.File
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != contents(i) {
			return fmt.Errorf("%q holds %q, %w", path, got, err)
		}
		if i%3 > 0 {
			return nil
		}
		_, err = b.Delete(t.Context(), at(i), "")
		return err
	})
	var rest []string
	for i := range keys {
		if i%3 == 0 {
			delete(want, at(i))
		} else if held[i] && len(rest) < 300 {
			rest = append(rest, at(i))
			delete(want, at(i))
		}
	}
	for d := range b.DeleteMany(t.Context(), targets(rest...)) {
		if d.Err != nil || d.Marker == "" {
			t.Errorf("%+v", d)
		}
	}
	if got := listed(); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("%d keys are left of %d: %s", len(got), len(want), differing(got, slices.Sorted(maps.Keys(want))))
	}
}
