package s3ops

import (
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxKey is the longest key of S3, in bytes of UTF-8.
const maxKey = 1024

// CheckKey says whether a key can be used for a new object: 1 to 1,024 bytes of
// UTF-8, no "." or ".." or empty segments, no leading slash. A slash at the end
// makes it the marker of a folder. The error is an *Error.
func CheckKey(key string) error {
	if why := badKey(key); why != "" {
		return &Error{Op: "use key", Key: key, Kind: ErrInvalid, Why: why,
			Remedy: "choose a key of 1 to 1,024 bytes such as folder/name.jpg"}
	}
	return nil
}

func badKey(key string) string {
	if why := impossibleKey(key); why != "" {
		return why
	}
	if key[0] == '/' {
		return "the key begins with a slash"
	}
	for s := range strings.SplitSeq(strings.TrimSuffix(key, "/"), "/") {
		switch s {
		case "":
			return "the key has an empty segment (two slashes in a row)"
		case ".", "..":
			return `the key has a segment "` + s + `"`
		}
	}
	return ""
}

// impossibleKey tells what no S3 can hold.
func impossibleKey(key string) string {
	switch {
	case key == "":
		return "the key is empty"
	case len(key) > maxKey:
		return "the key is longer than 1,024 bytes"
	case !utf8.ValidString(key):
		return "the key is not UTF-8"
	}
	return ""
}

// readKey checks a key that is already in the store. On AWS such a key may hold
// anything, and must stay reachable; a store over files would answer for
// another object.
func (b *Bucket) readKey(a attempt, key string) error {
	why := impossibleKey(key)
	if why == "" && b.strict {
		why = b.unfit(key)
	}
	return b.invalid(a, why, "check the key with a listing")
}

// writeKey checks the key of a new object, before any request.
func (b *Bucket) writeKey(a attempt, key string) error {
	if err := b.writable(a); err != nil {
		return err
	}
	why := badKey(key)
	if why == "" && b.strict {
		why = b.unfit(key)
	}
	return b.invalid(a, why, "choose a key of 1 to 1,024 bytes such as folder/name.jpg")
}

// unfit tells what a store over files cannot hold: each segment is a file name
// there, and its listings are XML without an escape for control characters.
func (b *Bucket) unfit(key string) string {
	if why := badKey(key); why != "" {
		return why
	}
	for s := range strings.SplitSeq(key, "/") {
		if len(s) > 255 {
			return "a segment of the key is longer than 255 bytes, which this store cannot hold"
		}
	}
	if strings.ContainsFunc(key, notXML) {
		return "the key has control characters or what is no character, which this store cannot list"
	}
	return ""
}

func (b *Bucket) invalid(a attempt, why, remedy string) error {
	if why == "" {
		return nil
	}
	return &Error{Op: a.op, Bucket: b.name, Key: a.key, Kind: ErrInvalid, Why: why, Remedy: remedy}
}

func (b *Bucket) writable(a attempt) error {
	if !b.readOnly {
		return nil
	}
	return &Error{Op: a.op, Bucket: b.name, Key: a.key, Kind: ErrReadOnly,
		Why: "weft runs read-only", Remedy: "start it without --read-only (read_only in config.toml)"}
}

// URI is s3://bucket/key.
func (b *Bucket) URI(key string) string { return "s3://" + b.name + "/" + key }

// URL is the plain, unsigned address. It opens only what is public.
func (b *Bucket) URL(key string) string {
	o := b.s3.Options()
	base := &url.URL{Scheme: "https", Host: amazonHost(b.Region())}
	if o.BaseEndpoint != nil {
		if u, err := url.Parse(*o.BaseEndpoint); err == nil {
			base = u
		}
	}
	path := escapePath(key)
	if b.path.Load() {
		path = b.name + "/" + path
	} else {
		base.Host = b.name + "." + base.Host
	}
	return base.Scheme + "://" + base.Host + strings.TrimSuffix(base.EscapedPath(), "/") + "/" + path
}

// escapePath escapes a key as S3 signs it: every byte but unreserved ones and
// the slash.
func escapePath(key string) string {
	return string(appendEscaped(make([]byte, 0, len(key)+len(key)/4), key, true))
}

// appendEscaped escapes every byte but unreserved ones and, if it may stand as
// it is, the slash.
func appendEscaped(to []byte, s string, slash bool) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/' && slash:
			to = append(to, c)
		default:
			to = append(to, '%', hex[c>>4], hex[c&15])
		}
	}
	return to
}
