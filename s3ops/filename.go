package s3ops

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxSegment = 240  // bytes of a file name; most systems take 255, and a suffix may follow
	longer     = "%~" // at the end of a segment: the next one continues it
)

var (
	escaped  = regexp.MustCompile(`%[0-9A-F]{2}`)
	reserved = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$`)
)

// FileName is the path, with slashes, under which a key is saved. Most keys are
// their own path. What cannot be a file name is escaped as in a URL: control
// characters, "." and "..", empty segments, and on Windows what that reserves;
// so is a % that would otherwise be taken for an escape. A segment that is too
// long goes on in a folder whose name ends in "%~". KeyOfFile undoes it.
func FileName(key string) string {
	segments := strings.Split(key, "/")
	for i, s := range segments {
		segments[i] = fileSegment(s)
	}
	return strings.Join(segments, "/")
}

// FileIn is the path below root, in this system's writing, at which an object of
// that name is saved: FileName's, unless what is there makes it impossible. A
// bucket may hold foo and foo/x, of which a folder can take only one under its
// name: whichever comes second goes into a folder called "%~", which stands for
// the beginning of a name, here of no length. KeyOfFile undoes that too.
//
// Names that differ in case only, or in the form of their accents, are one on some
// systems (macOS, Windows): there the second is refused as being there already.
func FileIn(root *os.Root, name string) string {
	segments := strings.Split(FileName(name), "/")
	path := ""
	for i, s := range segments {
		for taken(root, path+s, i < len(segments)-1) {
			path += longer + "/"
		}
		path += s + "/"
	}
	return filepath.FromSlash(strings.TrimSuffix(path, "/"))
}

// taken tells whether a file is where a folder is needed, or a folder where a
// file is.
func taken(root *os.Root, path string, folder bool) bool {
	info, err := root.Lstat(filepath.FromSlash(path))
	if err != nil {
		return false
	}
	return folder && info.Mode().IsRegular() || !folder && info.IsDir()
}

// KeyOfFile is the key that FileName or FileIn made a path of.
func KeyOfFile(name string) string {
	name = strings.ReplaceAll(name, longer+"/", "")
	segments := strings.Split(name, "/")
	for i, s := range segments {
		if s == "%" {
			segments[i] = ""
			continue
		}
		segments[i] = escaped.ReplaceAllStringFunc(s, func(x string) string {
			c, _ := url.PathUnescape(x)
			return c
		})
	}
	return strings.Join(segments, "/")
}

func fileSegment(s string) string {
	switch s {
	case "":
		return "%"
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	case "%":
		return "%25"
	}
	bad := func(r rune) bool {
		return unicode.IsControl(r) || runtime.GOOS == "windows" && strings.ContainsRune(`<>:"\|?*`, r)
	}
	last := s[len(s)-1]
	edge := runtime.GOOS == "windows" && (last == '.' || last == ' ' || reserved.MatchString(s))
	if strings.IndexFunc(s, bad) >= 0 || edge || escaped.MatchString(s) || strings.HasSuffix(s, longer) {
		s = escape(s, func(i int, r rune) bool {
			return r == '%' || bad(r) || edge && (i == 0 || i == len(s)-1)
		})
	}
	return breakLong(s)
}

func escape(s string, what func(int, rune) bool) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i, r := range s {
		if !what(i, r) {
			b.WriteRune(r)
			continue
		}
		for _, c := range []byte(string(r)) {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String()
}

// breakLong cuts a long segment into folders, never inside a character or an
// escape.
func breakLong(s string) string {
	var b strings.Builder
	for len(s) > maxSegment {
		cut := maxSegment
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		for i := 1; i <= 2; i++ {
			if s[cut-i] == '%' {
				cut -= i
				break
			}
		}
		b.WriteString(s[:cut] + longer + "/")
		s = s[cut:]
	}
	return b.String() + s
}
