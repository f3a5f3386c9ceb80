package s3ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithytime "github.com/aws/smithy-go/time"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// listing is one answer of ListObjectsV2 or ListObjectVersions. The SDK's reading
// of it, with encoding/xml, takes over 90% of the time of a listing.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
type listing struct {
	folders     []string // common prefixes
	objects     []Object // objects, versions and delete markers, as they come
	truncated   bool
	token       string // NextContinuationToken
	nextKey     string // NextKeyMarker
	nextVersion string // NextVersionIdMarker
}

// maxListing bounds the answer, in bytes: a thousand keys of 1,024 bytes, each
// byte of them encoded as three, with all that is said of them, take some 4 MB.
const maxListing = 16 << 20

// scratch is memory that one answer after another is read with.
type scratch struct {
	body    []byte
	xml     xmlScan
	keys    [][]byte // of objects, encoded
	folders [][]byte // encoded
	ids     [][]byte // ETag and version of each object
	classes []string // storage classes met
}

// document is what can be read out of an answer's XML: a listing, or what became
// of deletions. It keeps nothing of doc.
type document interface {
	parse(doc []byte, s *scratch) error
}

// scanInto makes a request's answer be read by our own scanner.
// The SDK still builds, signs and sends the request, repeats it, and reads what
// is not a good answer.
func scanInto[O any](into document, pool *sync.Pool) func(*s3.Options) {
	return func(o *s3.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			scan := &listingScan{into: into, pool: pool, result: new(O)}
			var err error
			scan.sdk, err = stack.Deserialize.Swap("OperationDeserializer", scan)
			return err
		})
	}
}

// listingScan stands in for the SDK's reading of a good answer.
type listingScan struct {
	sdk    middleware.DeserializeMiddleware
	into   document
	pool   *sync.Pool // *scratch
	result any        // the empty output the SDK expects
}

func (*listingScan) ID() string { return "OperationDeserializer" }

func (l *listingScan) HandleDeserialize(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, md, err := next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || resp.StatusCode < 200 || resp.StatusCode > 299 {
		return l.sdk.HandleDeserialize(ctx, in, middleware.DeserializeHandlerFunc(
			func(context.Context, middleware.DeserializeInput) (middleware.DeserializeOutput, middleware.Metadata, error) {
				return out, md, err
			}))
	}
	defer resp.Body.Close()
	out.Result = l.result
	s, ok := l.pool.Get().(*scratch)
	if !ok {
		s = new(scratch)
	}
	defer l.pool.Put(s)
	err = s.read(resp.Body, resp.ContentLength)
	if err == nil {
		err = l.into.parse(s.body, s)
	}
	if err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = cutShort{err}
		}
		return out, md, &smithy.DeserializationError{Err: err}
	}
	return out, md, nil
}

// cutShort is an answer that ended too early; the SDK asks for it once more.
type cutShort struct{ error }

func (cutShort) Temporary() bool { return true }
func (c cutShort) Unwrap() error { return c.error }

// read takes in one whole answer of the given length in bytes, or -1.
func (s *scratch) read(body io.Reader, length int64) error {
	buf := bytes.NewBuffer(s.body[:0])
	if 0 < length && length <= maxListing {
		buf.Grow(int(length) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(body, maxListing+1))
	s.body = buf.Bytes()
	switch {
	case err != nil:
		return err
	case n > maxListing:
		return fmt.Errorf("%w: a listing of more than %d MB", errNotS3, maxListing>>20)
	}
	return nil
}

// parse reads one document. It keeps nothing of doc.
func (l *listing) parse(doc []byte, s *scratch) error {
	*l = listing{objects: make([]Object, 0, min(1000, len(doc)/128))}
	s.xml = xmlScan{doc: doc, spare: s.xml.spare[:0]}
	s.keys, s.folders, s.ids = s.keys[:0], s.folders[:0], s.ids[:0]
	x := &s.xml
	root, err := x.root()
	if err != nil {
		return err
	}
	encoded := false
	for {
		name, ok, err := x.child(root)
		if err != nil {
			return err
		}
		if !ok {
			l.finish(s, encoded)
			return nil
		}
		switch string(bare(name)) {
		case "Contents", "Version":
			err = l.object(s, name, false)
		case "DeleteMarker":
			err = l.object(s, name, true)
		case "CommonPrefixes":
			err = s.folder(name)
		case "EncodingType":
			encoded, err = x.is(name, "url")
		case "IsTruncated":
			l.truncated, err = x.is(name, "true")
		case "NextContinuationToken":
			l.token, err = x.string(name)
		case "NextKeyMarker":
			l.nextKey, err = x.string(name)
		case "NextVersionIdMarker":
			l.nextVersion, err = x.string(name)
		default:
			err = x.skip(name)
		}
		if err != nil {
			return err
		}
	}
}

// bare is a name without its prefix.
func bare(name []byte) []byte {
	if i := bytes.IndexByte(name, ':'); i > 0 && i+1 < len(name) {
		return name[i+1:]
	}
	return name
}

func (x *xmlScan) string(name []byte) (string, error) {
	text, err := x.text(name)
	return string(text), err
}

func (x *xmlScan) is(name []byte, want string) (bool, error) {
	text, err := x.text(name)
	return string(bytes.TrimSpace(text)) == want, err
}

// object reads what an object, a version or a delete marker is told to be.
func (l *listing) object(s *scratch, parent []byte, marker bool) error {
	o := Object{DeleteMarker: marker}
	at := len(s.keys)
	s.keys, s.ids = append(s.keys, nil), append(s.ids, nil, nil)
	for {
		name, ok, err := s.xml.child(parent)
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch string(bare(name)) {
		case "Key":
			s.keys[at], err = s.xml.text(name)
		case "LastModified":
			err = s.field(name, func(t []byte) (err error) { o.Modified, err = timeOf(t); return err })
		case "ETag":
			s.ids[2*at], err = s.xml.text(name)
		case "Size":
			err = s.field(name, func(t []byte) (err error) { o.Size, err = strconv.ParseInt(string(t), 10, 64); return err })
		case "StorageClass":
			err = s.field(name, func(t []byte) error { o.StorageClass = s.class(t); return nil })
		case "VersionId":
			s.ids[2*at+1], err = s.xml.text(name)
		case "IsLatest":
			o.IsLatest, err = s.xml.is(name, "true")
		default:
			err = s.xml.skip(name)
		}
		if err != nil {
			return err
		}
	}
	l.objects = append(l.objects, o)
	return nil
}

// field reads a text and hands it to set, without the space around it.
func (s *scratch) field(name []byte, set func([]byte) error) error {
	text, err := s.xml.text(name)
	if err == nil {
		if err = set(bytes.TrimSpace(text)); err != nil {
			err = fmt.Errorf("%w: %s: %w", errMalformed, bare(name), err)
		}
	}
	return err
}

// folder reads a common prefix; the element may hold several.
func (s *scratch) folder(parent []byte) error {
	for {
		name, ok, err := s.xml.child(parent)
		if err != nil || !ok {
			return err
		}
		if string(bare(name)) != "Prefix" {
			err = s.xml.skip(name)
		} else {
			var text []byte
			text, err = s.xml.text(name)
			s.folders = append(s.folders, text)
		}
		if err != nil {
			return err
		}
	}
}

// class is a storage class as a string that its page-mates share.
func (s *scratch) class(text []byte) string {
	for _, c := range s.classes {
		if c == string(text) {
			return c
		}
	}
	c := string(text)
	if len(s.classes) < 16 {
		s.classes = append(s.classes, c)
	}
	return c
}

// finish makes strings: those of all keys lie in one piece of memory, those of
// all ETags and versions in another.
func (l *listing) finish(s *scratch, encoded bool) {
	keys, ids := newShelf(s.keys, s.folders), newShelf(s.ids, nil)
	for i := range l.objects {
		o := &l.objects[i]
		o.Key = keys.key(s.keys[i], encoded)
		o.ETag, o.VersionID = ids.put(bytes.Trim(s.ids[2*i], `"`)), ids.put(s.ids[2*i+1])
	}
	for _, f := range s.folders {
		l.folders = append(l.folders, keys.key(f, encoded))
	}
	l.nextKey = new(shelf).key([]byte(l.nextKey), encoded)
}

// shelf is one piece of memory that many strings lie in.
type shelf struct{ all strings.Builder }

func newShelf(a, b [][]byte) *shelf {
	n := 0
	for _, texts := range [][][]byte{a, b} {
		for _, t := range texts {
			n += len(t)
		}
	}
	s := new(shelf)
	s.all.Grow(n)
	return s
}

func (s *shelf) put(text []byte) string {
	from := s.all.Len()
	s.all.Write(text)
	return s.all.String()[from:]
}

// key puts a key that may be encoded. One that is not encoded rightly stays as
// it is.
func (s *shelf) key(text []byte, encoded bool) string {
	if !encoded || bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '+') < 0 {
		return s.put(text)
	}
	for i, c := range text {
		if c == '%' && (i+2 >= len(text) || !isHex(text[i+1]) || !isHex(text[i+2])) {
			return s.put(text)
		}
	}
	from := s.all.Len()
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '%':
			s.all.WriteByte(unhex(text[i+1])<<4 | unhex(text[i+2]))
			i += 2
		case '+':
			s.all.WriteByte(' ')
		default:
			s.all.WriteByte(c)
		}
	}
	return s.all.String()[from:]
}

// decoder undoes the encoding of a listing, but only if the store says that it
// encoded: some ignore the request for it.
func decoder(echoed types.EncodingType) func(string) string {
	return func(s string) string { return new(shelf).key([]byte(s), echoed == types.EncodingTypeUrl) }
}

func isHex(c byte) bool { return unhex(c) < 16 }

func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}

// timeOf reads an instant; nearly all stores write 2006-01-02T15:04:05.000Z.
func timeOf(t []byte) (time.Time, error) {
	if len(t) >= 20 && len(t) <= 30 && t[len(t)-1] == 'Z' && t[4] == '-' && t[7] == '-' && t[10] == 'T' && t[13] == ':' && t[16] == ':' {
		fraction := 0
		bad := len(t) > 20 && (t[19] != '.' || len(t) == 21)
		for i := 0; i < 9; i++ {
			fraction *= 10
			if 20+i < len(t)-1 {
				bad = bad || t[20+i]-'0' > 9
				fraction += int(t[20+i] - '0')
			}
		}
		field := func(from, to, low, high int) (n int) {
			for _, c := range t[from:to] {
				bad = bad || c-'0' > 9
				n = n*10 + int(c-'0')
			}
			bad = bad || n < low || n > high
			return n
		}
		year, month, day := field(0, 4, 0, 9999), field(5, 7, 1, 12), field(8, 10, 1, 31)
		hour, minute, second := field(11, 13, 0, 23), field(14, 16, 0, 59), field(17, 19, 0, 59)
		if at := time.Date(year, time.Month(month), day, hour, minute, second, fraction, time.UTC); !bad && at.Day() == day {
			return at, nil
		}
	}
	at, err := smithytime.ParseDateTime(string(t))
	return at.UTC(), err
}
