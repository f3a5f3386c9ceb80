package s3ops

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Right is one thing that weft does in a folder.
type Right string

// The rights, in the order in which they are told.
const (
	MayList      Right = "list"
	MayGet       Right = "get"
	MayPut       Right = "put"
	MayDelete    Right = "delete"
	MayVersions  Right = "versions" // list them and read an old one
	MayTag       Right = "tag"      // read and write tags, which copies keep
	MayMultipart Right = "multipart"
	MayPresign   Right = "presign" // a link works without credentials
)

// Rights are all rights.
func Rights() []Right {
	return []Right{MayList, MayGet, MayPut, MayDelete, MayVersions, MayTag, MayMultipart, MayPresign}
}

// Trial is how one right was found: as allowed, unless one of the two is set.
type Trial struct {
	Right   Right
	Err     error  // why it does not work
	Skipped string // why it was not tried
}

// Trials are how the rights in one folder were found.
type Trials struct {
	Prefix string
	Rights []Trial // all of Rights, in their order
	Left   error   // why something of what was tried with is still there; nil: nothing is
	Place  string  // prefix below which something may be written and removed; "": none
}

// mostAsked is how much of an object is read to see that it may be: one byte.
const mostAsked = "bytes=0-0"

// own is the folder below each folder in which the doctor writes.
const own = ".weft/"

// probe is what tries the rights in one folder. Its objects are taken away
// whatever happens, also what a cancelled request may have left.
type probe struct {
	b       *Bucket
	prefix  string
	key     string
	outcome map[Right]Trial

	sample   string   // an object that may be read; "": none is known
	written  bool     // the object was sent, and may be there
	versions []string // that are known of it, with its delete markers
	began    bool     // an upload in parts was asked for
	upload   string   // the one that is open
	left     error
}

// Probe tries what may be done in a folder, by a small object below .weft/ in it
// which is removed again with its versions; where it could not be removed it is not
// written. With writes off, or where weft is read-only, it only reads.
func (b *Bucket) Probe(ctx context.Context, prefix string, writes bool) Trials {
	var id [8]byte
	_, _ = rand.Read(id[:])
	p := &probe{b: b, prefix: prefix, key: prefix + own + "doctor-" + hex.EncodeToString(id[:]), outcome: map[Right]Trial{}}
	func() {
		defer p.clear(context.WithoutCancel(ctx))
		p.list(ctx)
		if writes && !b.readOnly {
			p.put(ctx)
			p.multipart(ctx)
		} else {
			for _, r := range []Right{MayPut, MayDelete, MayMultipart} {
				p.skip(r, "weft is read-only")
			}
		}
		p.tag(ctx)
		p.get(ctx)
		p.presign(ctx)
		p.old(ctx)
		if p.sample == p.key {
			p.remove(ctx)
		}
	}()
	if _, tried := p.outcome[MayDelete]; !tried {
		p.skip(MayDelete, "nothing may be written here, so there is nothing to delete")
	}
	t := Trials{Prefix: prefix, Left: p.left}
	if p.allowed(MayPut) && p.allowed(MayDelete) && p.left == nil {
		t.Place = prefix + own
	}
	for _, r := range Rights() {
		one := p.outcome[r]
		one.Right = r
		t.Rights = append(t.Rights, one)
	}
	return t
}

// attempt is one for errors: what is missing is missing in the whole folder.
func (p *probe) attempt(op, iam string) attempt {
	return attempt{op: op, key: p.key, iam: iam, within: p.prefix, there: true}
}

func (p *probe) found(r Right, err error) { p.outcome[r] = Trial{Err: err} }

func (p *probe) skip(r Right, why string) { p.outcome[r] = Trial{Skipped: why} }

func (p *probe) allowed(r Right) bool {
	o, tried := p.outcome[r]
	return tried && o.Err == nil && o.Skipped == ""
}

func (p *probe) list(ctx context.Context) {
	out, err := call(ctx, p.b, attempt{op: "list", key: p.prefix}, p.b.s3.ListObjectsV2, &s3.ListObjectsV2Input{
		Bucket: &p.b.name, Prefix: given(p.prefix), MaxKeys: aws.Int32(2), EncodingType: types.EncodingTypeUrl})
	p.found(MayList, err)
	if err != nil {
		return
	}
	plain := decoder(out.EncodingType)
	for _, o := range out.Contents {
		if key := plain(aws.ToString(o.Key)); key != p.prefix { // that is the folder's own marker
			p.sample = key
		}
	}
}

// probeText is what the doctor writes.
const probeText = "weft doctor looks what may be done here, and takes this away again.\n"

// put finds out whether one may write without writing, where the store knows
// conditions: by one that cannot hold, of which it tells only those who may. Then
// it writes, but only if what is written can be deleted again.
func (p *probe) put(ctx context.Context) {
	if err := p.b.writeKey(p.attempt("write", ""), p.key); err != nil {
		p.found(MayPut, err)
		return
	}
	err := p.write(ctx, aws.String(`"0"`))
	s, known := status(err), true
	switch {
	case err == nil, s == http.StatusNotFound && code(err) != "NoSuchBucket", s == http.StatusPreconditionFailed, s == http.StatusConflict:
		p.found(MayPut, nil)
	case code(err) == "NotImplemented", code(err) == "XNotImplemented":
		known = false
	default:
		p.found(MayPut, err)
		return
	}
	p.remove(ctx)
	switch {
	case p.allowed(MayDelete):
		if err = p.write(ctx, nil); err == nil {
			p.sample = p.key
		}
		p.found(MayPut, err)
	case !known:
		p.skip(MayPut, "what is written could not be deleted again, so it was not tried")
	}
}

// write puts the probe, under a condition or none.
func (p *probe) write(ctx context.Context, condition *string) error {
	in := &s3.PutObjectInput{Bucket: &p.b.name, Key: &p.key, Body: strings.NewReader(probeText), ContentType: aws.String("text/plain"), IfMatch: condition}
	if p.b.sums {
		in.ChecksumCRC64NVME = aws.String(crcOf(probeText))
	}
	out, err := call(ctx, p.b, p.attempt("write", ""), p.b.s3.PutObject, in)
	if err == nil {
		p.versions = append(p.versions, aws.ToString(out.VersionId))
	}
	if s := status(err); err == nil || s < 400 || s >= 500 { // it is there, or may be
		p.written = true
	}
	return err
}

// multipart opens an upload in parts, looks at it and ends it: more would cost bytes.
func (p *probe) multipart(ctx context.Context) {
	if !p.allowed(MayPut) {
		p.skip(MayMultipart, "nothing may be written here")
		return
	}
	p.began = true
	id, err := p.b.begin(ctx, p.attempt("begin an upload in parts of", ""), &s3.CreateMultipartUploadInput{Bucket: &p.b.name, Key: &p.key})
	if err != nil {
		p.found(MayMultipart, err)
		return
	}
	p.upload = id
	_, err = call(ctx, p.b, p.attempt("look at the upload in parts of", ""), p.b.s3.ListParts, &s3.ListPartsInput{Bucket: &p.b.name, Key: &p.key, UploadId: &id})
	if aborted := p.abort(ctx); err == nil {
		err = aborted
	}
	p.found(MayMultipart, err)
}

func (p *probe) abort(ctx context.Context) error {
	_, err := call(ctx, p.b, p.attempt("abort upload of", ""), p.b.s3.AbortMultipartUpload, &s3.AbortMultipartUploadInput{Bucket: &p.b.name, Key: &p.key, UploadId: &p.upload})
	if err == nil || code(err) == "NoSuchUpload" {
		p.upload = ""
		return nil
	}
	return err
}

func (p *probe) tag(ctx context.Context) {
	key := p.sample
	if key == "" {
		p.skip(MayTag, "there is no object to try it with")
		return
	}
	var err error
	if key == p.key {
		_, err = call(ctx, p.b, p.attempt("tag", ""), p.b.s3.PutObjectTagging, &s3.PutObjectTaggingInput{Bucket: &p.b.name, Key: &key,
			Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("weft"), Value: aws.String("doctor")}}}})
	}
	if err == nil {
		a := p.attempt("read tags of", "")
		a.key = key
		_, err = call(ctx, p.b, a, p.b.s3.GetObjectTagging, &s3.GetObjectTaggingInput{Bucket: &p.b.name, Key: &key})
	}
	switch code(err) {
	case "NotImplemented", "XNotImplemented":
		p.skip(MayTag, "this store has no tags")
	case "NoSuchTagSet":
		p.found(MayTag, nil)
	default:
		p.found(MayTag, err)
	}
}

// get reads a byte of an object: of the doctor's own, of the first in the folder,
// or of one that is not there, where a 404 shows that reading is allowed.
func (p *probe) get(ctx context.Context) {
	key := p.sample
	a := p.attempt("download", "")
	if key == "" {
		key, a.there = p.key, false
	}
	a.key = key
	out, err := call(ctx, p.b, a, p.b.s3.GetObject, &s3.GetObjectInput{Bucket: &p.b.name, Key: &key, Range: aws.String(mostAsked)})
	if err == nil {
		_, err = io.Copy(io.Discard, io.LimitReader(out.Body, 1))
		_ = out.Body.Close()
	}
	switch {
	case p.sample == "" && (errors.Is(err, ErrNotFound) || hiddenKey(err)):
		err = nil
	case p.sample == "" && errors.Is(err, ErrDenied) && !p.allowed(MayList):
		p.skip(MayGet, "without the right to list, the store does not tell a forbidden object from a missing one")
		return
	case code(err) == "InvalidRange":
		err = nil // an object without bytes: it may be read
	}
	p.found(MayGet, err)
}

// hiddenKey: the object could be read, if it were there.
func hiddenKey(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && hidden(e.Err)
}

// presign follows a link as anybody does who has it: without credentials.
func (p *probe) presign(ctx context.Context) {
	switch {
	case p.b.unsigned:
		p.skip(MayPresign, "without credentials there is nothing to sign with")
		return
	case !p.allowed(MayGet):
		p.skip(MayPresign, "a link allows what its maker may do")
		return
	case p.sample == "":
		p.skip(MayPresign, "there is no object to link to")
		return
	}
	a := p.attempt("open a link to", "")
	a.key = p.sample
	link, err := p.b.Presign(ctx, p.sample, LinkOptions{})
	if err == nil {
		err = p.b.fail(a, p.b.follow(ctx, link.URL))
	}
	if code(err) == "InvalidRange" {
		err = nil
	}
	p.found(MayPresign, err)
}

// follow asks for the first byte behind a link.
func (b *Bucket) follow(ctx context.Context, link string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return errNotS3 // the link is not for error texts
	}
	req.Header.Set("Range", mostAsked)
	resp, err := b.s3.Options().HTTPClient.Do(req)
	if err != nil {
		if u, ok := errors.AsType[*url.Error](err); ok {
			err = u.Err // without the link, which is a secret
		}
		return err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent {
		if resp.Header.Get("ETag") == "" {
			return errNotS3
		}
		return nil
	}
	var said struct{ Code, Message string }
	if xml.Unmarshal(body, &said) != nil || said.Code == "" {
		return fmt.Errorf("%w: it answers a link with %s", errNotS3, brief(resp.Status))
	}
	return &smithy.OperationError{ServiceID: "S3", OperationName: "GetObject", Err: &awshttp.ResponseError{RequestID: resp.Header.Get("X-Amz-Request-Id"),
		ResponseError: &smithyhttp.ResponseError{Response: &smithyhttp.Response{Response: resp}, Err: &smithy.GenericAPIError{Code: said.Code, Message: said.Message}}}}
}

// old lists versions and reads the one that was written, by its id.
func (p *probe) old(ctx context.Context) {
	_, err := call(ctx, p.b, attempt{op: "list versions of", key: p.prefix}, p.b.s3.ListObjectVersions, &s3.ListObjectVersionsInput{
		Bucket: &p.b.name, Prefix: given(p.prefix), MaxKeys: aws.Int32(1), EncodingType: types.EncodingTypeUrl})
	if c := code(err); c == "NotImplemented" || c == "XNotImplemented" || c == "VersioningNotConfigured" {
		p.skip(MayVersions, "this store keeps no versions")
		return
	}
	if n := len(p.versions); err == nil && p.sample == p.key && p.versions[n-1] != "" && p.versions[n-1] != "null" {
		_, err = call(ctx, p.b, p.attempt("look at an old version of", "s3:GetObjectVersion"), p.b.s3.HeadObject,
			&s3.HeadObjectInput{Bucket: &p.b.name, Key: &p.key, VersionId: &p.versions[n-1]})
	}
	p.found(MayVersions, err)
}
