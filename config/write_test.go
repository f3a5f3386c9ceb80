package config

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What is written into a .env can be read back, and all else in it stays.
func TestWithEnv(t *testing.T) {
	for _, c := range []struct {
		old, want string
		values    []Value
		changed   []string
	}{
		{"", "A=1\nB='x y#$z\"'\n", []Value{{"A", "1"}, {"B", `x y#$z"`}}, nil},
		{"# mine\nexport A='old'\nC=3", "# mine\nA=new\nC=3\nB=2\n", []Value{{"A", "new"}, {"B", "2"}}, []string{"A"}},
		{"A=1\n", "A=1\n", []Value{{"A", "1"}}, nil},
	} {
		got, changed, err := WithEnv([]byte(c.old), c.values)
		if err != nil || string(got) != c.want || !slices.Equal(changed, c.changed) {
			t.Errorf("%q, changed %q, %v\nwant %q, changed %q", got, changed, err, c.want, c.changed)
		}
	}
	for _, bad := range []string{"a\nb", "it's"} {
		if _, _, err := WithEnv(nil, []Value{{"A", bad}}); err == nil {
			t.Errorf("%q was written", bad)
		}
	}
	if _, _, err := WithEnv([]byte(`A="open`), nil); err == nil {
		t.Error("a file that cannot be read was written over")
	}
}

// What is written into config.toml can be read back; tables, comments and other
// keys stay where they are.
func TestWithSettings(t *testing.T) {
	for _, c := range []struct {
		old, want string
		values    []Value
		changed   []string
	}{
		{"", "bucket = \"b\"\n\n[folders]\ngenerated = \"out/\"\n", []Value{{"bucket", "b"}, {"folders.generated", "out/"}}, nil},
		{"# mine\nbucket = 'old' # why\ntheme = \"dark\"\n\n[folders]\ngenerated = \"g/\"\n\n[limits]\npixels = 5\n",
			"# mine\nbucket = \"b\"\ntheme = \"dark\"\nregion = \"r\"\n\n[folders]\ngenerated = \"g/\"\nsearch_uploads = \"up/\"\n\n[limits]\npixels = 5\n",
			[]Value{{"bucket", "b"}, {"region", "r"}, {"folders.search_uploads", "up/"}}, []string{"bucket"}},
		{"[folders]\n", "bucket = \"b\"\n[folders]\n", []Value{{"bucket", "b"}}, nil},
	} {
		got, changed, err := WithSettings([]byte(c.old), c.values)
		if err != nil || string(got) != c.want || !slices.Equal(changed, c.changed) {
			t.Errorf("%q, changed %q, %v\nwant %q, changed %q", got, changed, err, c.want, c.changed)
		}
	}
	for _, old := range []string{"folders = { generated = \"g/\" }\n", "bucket = [\n"} {
		if out, _, err := WithSettings([]byte(old), []Value{{"folders.generated", "out/"}}); err == nil {
			t.Errorf("%q became %q", old, out)
		}
	}
}

// A file is replaced whole, is its owner's alone, and a link to it stays a link.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	real, link := filepath.Join(dir, "real"), filepath.Join(dir, "link")
	if err := os.WriteFile(real, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if err := Replace(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	info, _ := os.Stat(real)
	if text, _ := os.ReadFile(real); string(text) != "new" || info.Mode().Perm() != 0o600 {
		t.Errorf("%q, %v", text, info.Mode())
	}
	if l, _ := os.Lstat(link); l.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
}

// A region is found by its name, its place or the console's line; a slip finds
// the nearest.
func TestFindRegion(t *testing.T) {
	for text, want := range map[string]Region{
		"eu-central-1": {"eu-central-1", "Frankfurt"}, " Frankfurt ": {"eu-central-1", "Frankfurt"}, "Europe (Frankfurt) eu-central-1": {"eu-central-1", "Frankfurt"},
		"us-east-1": {"us-east-1", "N. Virginia"},
	} {
		if r, known := FindRegion(text); r != want || !known {
			t.Errorf("%q: %v %v", text, r, known)
		}
	}
	for text, want := range map[string]string{"eu-centrl-1": "eu-central-1", "Frankfort": "eu-central-1", "singapor": "ap-southeast-1"} {
		if r, known := FindRegion(text); r.Name != want || known {
			t.Errorf("%q: %v %v", text, r, known)
		}
	}
	if r, known := FindRegion("garage"); known {
		t.Error(r)
	}
}
