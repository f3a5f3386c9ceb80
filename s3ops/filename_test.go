package s3ops_test

import (
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"weft/s3ops"
)

// Every key has a file name that stays in its folder and tells the key again.
func FuzzFileName(f *testing.F) {
	for _, k := range []string{"a/b.jpg", "../../etc/passwd", "/a//b/", "a%2Fb", "%~/x", "con.txt", "\x00\x1f", strings.Repeat("é", 300), "."} {
		f.Add(k)
	}
	f.Fuzz(func(t *testing.T, key string) {
		if s3ops.CheckKey(key) != nil && (key == "" || len(key) > 1024 || !utf8.ValidString(key)) {
			return // no S3 holds it
		}
		name := s3ops.FileName(key)
		if !filepath.IsLocal(filepath.FromSlash(name)) || s3ops.KeyOfFile(name) != key {
			t.Errorf("%q became %q, which tells %q", key, name, s3ops.KeyOfFile(name))
		}
		for s := range strings.SplitSeq(name, "/") {
			if len(s) > 255 {
				t.Errorf("%q has a segment of %d bytes", key, len(s))
			}
		}
	})
}
