package s3ops

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

var (
	errShort     = fmt.Errorf("the listing ends too early: %w", io.ErrUnexpectedEOF)
	errMalformed = fmt.Errorf("%w: a listing that is not well-formed XML", errNotS3)
)

// maxNesting is how deep elements may lie in each other; a listing has five.
const maxNesting = 64

// xmlScan walks the elements of one XML document that is held whole. It knows
// what stores write: elements, text, references, CDATA, comments and processing
// instructions. It looks at no attribute and refuses document types. Unlike
// encoding/xml it takes every byte of a text as it is, since keys may hold
// control characters and a store may write them as they are.
type xmlScan struct {
	doc   []byte
	at    int    // the next byte
	empty bool   // the element just opened closed itself
	spare []byte // texts that are not in doc as they are
}

// root opens the document's element and gives its name with its prefix.
func (x *xmlScan) root() ([]byte, error) {
	x.at = len(x.doc) - len(bytes.TrimPrefix(x.doc, []byte("\xef\xbb\xbf")))
	name, closed, err := x.tag()
	if err == nil && closed {
		err = errMalformed
	}
	return name, err
}

// child opens the next element within parent, or closes parent: then ok is false.
func (x *xmlScan) child(parent []byte) (name []byte, ok bool, err error) {
	if x.empty {
		x.empty = false
		return nil, false, nil
	}
	name, closed, err := x.tag()
	if closed && err == nil && !bytes.Equal(name, parent) {
		err = errMalformed
	}
	return name, err == nil && !closed, err
}

// tag passes over everything up to the end of the next start or end tag.
func (x *xmlScan) tag() (name []byte, closed bool, err error) {
	for {
		i := bytes.IndexByte(x.doc[x.at:], '<')
		if i < 0 || x.at+i+1 >= len(x.doc) {
			return nil, false, errShort
		}
		x.at += i + 1
		switch x.doc[x.at] {
		case '/':
			name, err = x.endTag()
			return name, true, err
		case '?':
			_, err = x.until("?>")
		case '!':
			_, _, err = x.exclamation()
		default:
			name, err = x.startTag()
			return name, false, err
		}
		if err != nil {
			return nil, false, err
		}
	}
}

func (x *xmlScan) endTag() ([]byte, error) {
	x.at++
	name, err := x.until(">")
	return bytes.TrimRight(name, " \t\r\n"), err
}

// startTag reads a name and passes over the attributes, whose values may hold
// any sign but their own quote.
func (x *xmlScan) startTag() ([]byte, error) {
	from := x.at
	for x.at < len(x.doc) && !isSpace(x.doc[x.at]) && x.doc[x.at] != '>' && x.doc[x.at] != '/' {
		x.at++
	}
	name := x.doc[from:x.at]
	if len(name) == 0 {
		return nil, errMalformed
	}
	for ; x.at < len(x.doc); x.at++ {
		switch c := x.doc[x.at]; c {
		case '>':
			x.empty = x.doc[x.at-1] == '/'
			x.at++
			return name, nil
		case '<':
			return nil, errMalformed
		case '"', '\'':
			i := bytes.IndexByte(x.doc[x.at+1:], c)
			if i < 0 {
				return nil, errShort
			}
			x.at += i + 1
		}
	}
	return nil, errShort
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// exclamation passes over a comment, or reads the text of a CDATA section.
func (x *xmlScan) exclamation() (text []byte, isText bool, err error) {
	rest := x.doc[x.at:]
	switch {
	case bytes.HasPrefix(rest, []byte("!--")):
		x.at += 3
		_, err = x.until("-->")
		return nil, false, err
	case bytes.HasPrefix(rest, []byte("![CDATA[")):
		x.at += 8
		text, err = x.until("]]>")
		return text, true, err
	case len(rest) < 8 && (bytes.HasPrefix([]byte("!--"), rest) || bytes.HasPrefix([]byte("![CDATA["), rest)):
		return nil, false, errShort
	}
	return nil, false, errMalformed
}

// until reads up to a mark and passes over it.
func (x *xmlScan) until(mark string) ([]byte, error) {
	i := bytes.Index(x.doc[x.at:], []byte(mark))
	if i < 0 {
		return nil, errShort
	}
	text := x.doc[x.at : x.at+i]
	x.at += i + len(mark)
	return text, nil
}

// skip passes over all that is in the element just opened.
func (x *xmlScan) skip(name []byte) error { return x.skipAt(name, 0) }

func (x *xmlScan) skipAt(name []byte, depth int) error {
	if depth > maxNesting {
		return errMalformed
	}
	for {
		inner, ok, err := x.child(name)
		if err != nil || !ok {
			return err
		}
		if err := x.skipAt(inner, depth+1); err != nil {
			return err
		}
	}
}

// text is the text of the element just opened, without that of elements in it.
// It is valid as long as doc is.
func (x *xmlScan) text(name []byte) ([]byte, error) {
	if x.empty {
		x.empty = false
		return nil, nil
	}
	// Nearly always it is plain and the end tag follows.
	rest := x.doc[x.at:]
	i := bytes.IndexByte(rest, '<')
	if i < 0 {
		return nil, errShort
	}
	if end := i + 2 + len(name); end < len(rest) && rest[i+1] == '/' && rest[end] == '>' &&
		bytes.Equal(rest[i+2:end], name) && bytes.IndexByte(rest[:i], '&') < 0 {
		x.at += end + 1
		return rest[:i:i], nil
	}
	return x.mixedText(name)
}

func (x *xmlScan) mixedText(name []byte) ([]byte, error) {
	from := len(x.spare)
	for {
		i := bytes.IndexByte(x.doc[x.at:], '<')
		if i < 0 || x.at+i+1 >= len(x.doc) {
			return nil, errShort
		}
		if err := x.expand(x.doc[x.at : x.at+i]); err != nil {
			return nil, err
		}
		x.at += i + 1
		var err error
		switch x.doc[x.at] {
		case '/':
			closes, err := x.endTag()
			if err == nil && !bytes.Equal(closes, name) {
				err = errMalformed
			}
			return x.spare[from:len(x.spare):len(x.spare)], err
		case '?':
			_, err = x.until("?>")
		case '!':
			var text []byte
			text, _, err = x.exclamation()
			x.spare = append(x.spare, text...)
		default:
			var inner []byte
			if inner, err = x.startTag(); err == nil {
				err = x.skip(inner)
			}
		}
		if err != nil {
			return nil, err
		}
	}
}

// expand adds a text to spare with its references resolved.
func (x *xmlScan) expand(text []byte) error {
	high := rune(0) // half of a pair: some stores write one sign as two references
	for {
		i := bytes.IndexByte(text, '&')
		if i != 0 && high != 0 {
			x.spare, high = utf8.AppendRune(x.spare, utf8.RuneError), 0
		}
		if i < 0 {
			x.spare = append(x.spare, text...)
			return nil
		}
		x.spare = append(x.spare, text[:i]...)
		end := bytes.IndexByte(text[i:], ';')
		if end < 0 {
			return errMalformed
		}
		r, ok := reference(text[i+1 : i+end])
		if !ok {
			return errMalformed
		}
		text = text[i+end+1:]
		if high != 0 {
			if both := utf16.DecodeRune(high, r); both != utf8.RuneError {
				x.spare, high = utf8.AppendRune(x.spare, both), 0
				continue
			}
			x.spare, high = utf8.AppendRune(x.spare, utf8.RuneError), 0
		}
		if 0xd800 <= r && r < 0xdc00 {
			high = r
			continue
		}
		x.spare = utf8.AppendRune(x.spare, r) // a lone half becomes U+FFFD
	}
}

// reference resolves what stands between & and ;.
// https://www.w3.org/TR/xml/#sec-references
func reference(name []byte) (rune, bool) {
	switch string(name) {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	r := rune(0)
	for _, c := range digits {
		d := rune(99)
		switch {
		case '0' <= c && c <= '9':
			d = rune(c - '0')
		case 'a' <= c && c <= 'f':
			d = rune(c-'a') + 10
		case 'A' <= c && c <= 'F':
			d = rune(c-'A') + 10
		}
		if d >= base {
			return 0, false
		}
		if r = r*base + d; r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, len(digits) > 0
}
