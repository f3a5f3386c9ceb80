package s3ops

import (
	"net/url"
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

// KeyOfFile is the key that FileName made a path of.
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
