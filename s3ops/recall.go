package s3ops

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// What Error writes, read back: of a task that failed in another process there is
// only the text.
var (
	because = regexp.MustCompile(`^(?s)(.+?)(?: \(([^()]*)\))?(?:; (.+))?$`)
	byWhom  = regexp.MustCompile(`(?:^|, )request (\S+)$`)
	granted = regexp.MustCompile(`\b(s3:[A-Za-z]+) on (arn:aws[a-z-]*:s3:::[^\s;,]+)(?: with the prefix "([^"]*)")?(?:[;,]|$)`)
)

// Recall makes an error of the text of one about a key, "" where that is known from
// the text alone. If it is that of an *Error
// it is one again, with its code, request id, condition and grants; what the text
// does not hold, such as the HTTP status, is missing.
func Recall(text, key string) error {
	op, rest, ok := strings.Cut(text, " "+printable(key)+": ")
	if key == "" { // it is known by the grant that ends as what was tried does
		op, rest, ok = strings.Cut(text, ": ")
		for _, g := range granted.FindAllStringSubmatch(rest, -1) {
			if _, named, _ := strings.Cut(g[2], "/"); named != "" && strings.HasSuffix(op, " "+named) {
				op, key = strings.TrimSuffix(op, " "+named), named
			}
		}
	}
	m := because.FindStringSubmatch(rest)
	if !ok || m == nil || key == "" {
		return errors.New(text)
	}
	e := &Error{Op: op, Key: key, Why: m[1], Remedy: m[3]}
	if r := byWhom.FindStringSubmatch(m[2]); r != nil {
		e.RequestID = r[1]
	}
	e.Code = byWhom.ReplaceAllString(m[2], "")
	for _, c := range conditions {
		if e.Code != "" && slices.Contains(c.Codes, e.Code) && len(c.Says) == 0 {
			e.Condition, e.Kind = c.Name, c.Kind
			break
		}
	}
	for _, g := range granted.FindAllStringSubmatch(e.Remedy, -1) {
		// A key that the pattern does not take whole gives no statement.
		if bucket, named, _ := strings.Cut(g[2], "/"); named == "" || named == key {
			e.Bucket = bucket[strings.LastIndexByte(bucket, ':')+1:]
			e.Grants = append(e.Grants, Grant{Action: g[1], Resource: g[2], Prefix: g[3], listing: g[3] != ""})
		}
	}
	return e
}
