package s3ops

import (
	"cmp"
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Headers is what two headers of an object say, and what they should say.
type Headers struct {
	Object
	ContentType, CacheControl string
	RightType, RightCache     string // what they should be; "" where they are right
	Note                      string // what is odd about the bytes; may be empty
	Left                      string // why the object is left as it is; "" if it need not be
}

// Wrong tells whether something is to be mended.
func (h Headers) Wrong() bool { return h.Left == "" && h.RightType+h.RightCache != "" }

// nameless are the types that say nothing: what S3 and HTTP clients put where
// nobody named one.
var nameless = map[string]bool{"": true, "binary/octet-stream": true, "application/octet-stream": true, "application/x-www-form-urlencoded": true}

// Headers reads the first bytes of an object, no more than 1 KB, to see whether
// its Content-Type is theirs. Its Cache-Control should be cache; "" lets it be.
// Objects that are archived, compressed or empty are left, with the reason.
func (b *Bucket) Headers(ctx context.Context, key, cache string) (Headers, error) {
	a := attempt{op: "look at the headers of", key: key}
	if err := b.readKey(a, key); err != nil {
		return Headers{}, err
	}
	out, err := call(ctx, b, a, b.s3.GetObject, &s3.GetObjectInput{Bucket: &b.name, Key: &key, Range: aws.String("bytes=0-1023")})
	switch code(err) {
	case "InvalidRange":
		info, err := b.stat(ctx, a, key, "")
		return b.judge(info, cache, nil), err
	case "InvalidObjectState":
		h := Headers{Left: "archived"}
		h.Key = key
		return h, nil
	}
	if err != nil {
		return Headers{}, err
	}
	defer out.Body.Close()
	head := make([]byte, sniffLength)
	n, err := io.ReadFull(out.Body, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return Headers{}, b.fail(a, err)
	}
	info := infoOfGet(key, out)
	if _, total, ok := strings.Cut(aws.ToString(out.ContentRange), "/"); ok {
		info.Size = parseSize(total, info.Size)
	}
	return b.judge(info, cache, head[:n]), nil
}

// judge says what is wrong with an object's headers, from its first bytes.
func (b *Bucket) judge(info Info, cache string, head []byte) Headers {
	h := Headers{Object: info.Object, ContentType: info.ContentType, CacheControl: info.CacheControl}
	if cache != info.CacheControl {
		h.RightCache = cache
	}
	switch {
	case archived(info.StorageClass):
		h.Left = "archived (" + printable(info.StorageClass) + ")"
	case info.encoding != "" && info.encoding != "identity" && info.encoding != "aws-chunked":
		// The bytes are those of the compression: the type stays.
	case len(head) > 0:
		h.RightType, h.Note = rightType(info.Key, info.ContentType, head)
	}
	return h
}

// archived tells of the classes whose objects cannot be read or copied at once.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html
func archived(class string) bool { return class == "GLACIER" || class == "DEEP_ARCHIVE" }

// rightType is the type that bytes should have, or "" if the one they have will
// do: it must be missing, or be shown wrong by a picture's signature. A text may
// be called many things.
func rightType(key, has string, head []byte) (kind, note string) {
	kind, note = contentType(key, head)
	have := strings.ToLower(strings.TrimSpace(short(has)))
	switch {
	case have == short(kind), related(have, kind):
	case imageType(head) != "", raster[have], nameless[have] && kind != "application/octet-stream":
		return kind, note
	}
	return "", ""
}

// FixHeaders gives an object the headers it should have by copying it onto
// itself, inside the store. All else stays: bytes, metadata, tags, other
// headers, storage class, encryption, locks. Only its time becomes that of now,
// a bucket with versions keeps the old one, and an ACL of its own is not kept.
// If the object has changed since it was looked at, it is ErrChanged.
func (b *Bucket) FixHeaders(ctx context.Context, h Headers) (Object, error) {
	a := attempt{op: "fix the headers of", key: h.Key, from: h.Key}
	if err := b.writeKey(a, h.Key); err != nil {
		return Object{}, err
	}
	in := &s3.HeadObjectInput{Bucket: &b.name, Key: &h.Key, IfMatch: quoted(h.ETag)}
	if b.sums {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	head, err := call(ctx, b, a, b.s3.HeadObject, in)
	if err != nil {
		return Object{}, err
	}
	// No version is named, so that the condition is on the object as it is then.
	source := infoOfHead(h.Key, head)
	source.VersionID = ""
	source.ContentType, source.CacheControl = cmp.Or(h.RightType, source.ContentType), cmp.Or(h.RightCache, source.CacheControl)
	if source.Size > b.sizes.copyOne {
		err = b.fixInParts(ctx, a, source, head)
	} else {
		err = b.fixAtOnce(ctx, a, source, head)
	}
	if err != nil {
		return Object{}, err
	}
	got, err := b.stat(ctx, a, h.Key, "")
	if err != nil {
		return Object{}, err
	}
	if err := sameCopy(source, got); err != nil {
		return Object{}, b.fail(a, err)
	}
	return got.Object, nil
}

// fixAtOnce, unlike a copy to elsewhere, also keeps the locks and any encryption.
func (b *Bucket) fixAtOnce(ctx context.Context, a attempt, source Info, head *s3.HeadObjectOutput) error {
	in := b.copyInput(source, source.Key)
	in.IfMatch = quoted(source.ETag)
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = head.ServerSideEncryption, head.SSEKMSKeyId, head.BucketKeyEnabled
	in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus = head.ObjectLockMode, head.ObjectLockRetainUntilDate, head.ObjectLockLegalHoldStatus
	_, err := call(ctx, b, a, b.s3.CopyObject, in)
	if code(err) == "NotImplemented" {
		in.IfMatch = nil // the condition on the source is the older one
		_, err = call(ctx, b, a, b.s3.CopyObject, in)
	}
	return err // an answer that is none shows when the headers are looked at
}

func (b *Bucket) fixInParts(ctx context.Context, a attempt, source Info, head *s3.HeadObjectOutput) error {
	in, err := b.copyPartsInput(ctx, source, source.Key)
	if err != nil {
		return err
	}
	in.ServerSideEncryption, in.SSEKMSKeyId, in.BucketKeyEnabled = head.ServerSideEncryption, head.SSEKMSKeyId, head.BucketKeyEnabled
	in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus = head.ObjectLockMode, head.ObjectLockRetainUntilDate, head.ObjectLockLegalHoldStatus
	return b.copyAs(ctx, a, source, in, func(end *s3.CompleteMultipartUploadInput, on bool) {
		if end.IfMatch = nil; on {
			end.IfMatch = quoted(source.ETag)
		}
	})
}

func parseSize(text string, otherwise int64) int64 {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return otherwise
}
