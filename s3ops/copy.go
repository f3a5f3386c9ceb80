package s3ops

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Copy copies an object inside the store, with its metadata, headers and tags,
// and verifies the copy. Where the store has no conditional copy, overwriting is
// prevented by looking first.
func (b *Bucket) Copy(ctx context.Context, from, to string, overwrite bool) (Object, error) {
	o, _, err := b.copy(ctx, attempt{op: "copy", key: from}, from, to, overwrite)
	return o, err
}

// Move copies, verifies the copy and then deletes the source, unless the source
// has changed meanwhile.
func (b *Bucket) Move(ctx context.Context, from, to string, overwrite bool) (Object, error) {
	a := attempt{op: "move", key: from}
	o, source, err := b.copy(ctx, a, from, to, overwrite)
	if err != nil {
		return Object{}, err
	}
	now, err := b.stat(ctx, a, from, "")
	if err == nil && (now.ETag != source.ETag || now.VersionID != source.VersionID) {
		err = &Error{Op: a.op, Bucket: b.name, Key: from, Kind: ErrChanged,
			Why: "the source changed after it was copied to " + printable(to), Remedy: "look at both, and delete the one not wanted"}
	}
	if errors.Is(err, ErrNotFound) { // deleted meanwhile: a second marker would hide who did it
		return o, nil
	}
	if err != nil {
		return o, err
	}
	if _, err := b.removeUnchanged(ctx, a, source.Object); err != nil {
		return o, err
	}
	return o, nil
}

func (b *Bucket) copy(ctx context.Context, a attempt, from, to string, overwrite bool) (Object, Info, error) {
	target := attempt{op: a.op + " to", key: to}
	if err := b.writeKey(target, to); err != nil {
		return Object{}, Info{}, err
	}
	if from == to {
		return Object{}, Info{}, b.invalid(a, "source and target are the same", "choose another target")
	}
	source, err := b.stat(ctx, a, from, "")
	if err != nil {
		return Object{}, Info{}, err
	}
	o, err := b.duplicate(ctx, target, source, to, overwrite)
	return o, source, err
}

// duplicate copies one version of an object to a key and verifies the copy.
func (b *Bucket) duplicate(ctx context.Context, a attempt, source Info, to string, overwrite bool) (Object, error) {
	a.from = source.Key
	if !overwrite {
		_, err := b.stat(ctx, attempt{op: a.op, key: to}, to, "")
		if err == nil {
			return Object{}, b.existing(a, nil)
		}
		if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrDenied) {
			return Object{}, err
		}
	}
	var err error
	if source.Size > b.sizes.copyOne {
		source.part = b.partLength(ctx, a, source)
		err = b.copyParts(ctx, a, source, to, overwrite)
	} else {
		err = b.copyOne(ctx, a, source, to, overwrite)
	}
	if code(err) == "PreconditionFailed" && !overwrite {
		if now, serr := b.stat(ctx, a, source.Key, source.VersionID); serr == nil && now.ETag == source.ETag {
			return Object{}, b.existing(a, err)
		}
	}
	if err != nil {
		return Object{}, err
	}
	got, err := b.stat(ctx, a, to, "")
	if err != nil {
		return Object{}, err
	}
	if err := sameCopy(source, got); err != nil {
		return Object{}, b.fail(a, err)
	}
	return got.Object, nil
}

// sameCopy compares what both sides tell: a copy in parts has another ETag, and
// perhaps another kind of checksum, but the same length, headers and metadata.
func sameCopy(source, got Info) error {
	switch {
	case got.Size != source.Size:
		return fmt.Errorf("%w: the copy has %d bytes of %d", errMismatch, got.Size, source.Size)
	case sameKind(source.Checksum, got.Checksum) && source.Checksum != got.Checksum:
		return fmt.Errorf("%w: the copy has another checksum", errMismatch)
	case source.Checksum == "" && source.md5() != "" && got.md5() != "" && source.ETag != got.ETag:
		return fmt.Errorf("%w: the copy has another ETag", errMismatch)
	case source.part > 0 && !got.kms && source.ETag != got.ETag:
		return fmt.Errorf("%w: the copy in the same parts has another ETag", errMismatch)
	case source.ContentType != got.ContentType || source.CacheControl != got.CacheControl || source.ContentDisposition != got.ContentDisposition ||
		source.encoding != got.encoding || source.language != got.language || source.redirect != got.redirect || !sameTime(source.expires, got.expires) ||
		!maps.Equal(source.Metadata, got.Metadata):
		return fmt.Errorf("%w: the copy has other headers or metadata", errMismatch)
	}
	return nil
}

func sameTime(x, y *time.Time) bool { return x == y || x != nil && y != nil && x.Equal(*y) }

func sameKind(x, y string) bool {
	i := len("CRC64NVME:")
	return len(x) > i && len(y) > i && x[:i] == y[:i] && !composite(x) && !composite(y)
}

func (b *Bucket) source(i Info) *string {
	s := b.name + "/" + escapePath(i.Key)
	if i.VersionID != "" {
		s += "?versionId=" + url.QueryEscape(i.VersionID)
	}
	return &s
}

func (b *Bucket) copyOne(ctx context.Context, a attempt, source Info, to string, overwrite bool) error {
	in := b.copyInput(source, to)
	if !overwrite {
		in.IfNoneMatch = aws.String("*")
	}
	out, err := call(ctx, b, a, b.s3.CopyObject, in)
	if code(err) == "NotImplemented" && !overwrite {
		in.IfNoneMatch = nil
		out, err = call(ctx, b, a, b.s3.CopyObject, in)
	}
	if err == nil && out.CopyObjectResult == nil { // what is there may be what was there before
		return b.fail(a, errNotS3)
	}
	return err
}

// copyInput asks for a copy with the headers, metadata and tags of source.
func (b *Bucket) copyInput(source Info, to string) *s3.CopyObjectInput {
	in := &s3.CopyObjectInput{Bucket: &b.name, Key: &to, CopySource: b.source(source), CopySourceIfMatch: quoted(source.ETag),
		MetadataDirective: types.MetadataDirectiveCopy, TaggingDirective: types.TaggingDirectiveCopy,
		// These three S3 does not copy by itself.
		StorageClass: source.class(), WebsiteRedirectLocation: given(source.redirect),
		ServerSideEncryption: source.seal.how, SSEKMSKeyId: source.seal.key, BucketKeyEnabled: source.seal.bucketKey}
	if source.Key == to {
		// S3 takes a copy onto itself only if it changes something: say all the
		// headers again.
		in.MetadataDirective = types.MetadataDirectiveReplace
		in.Metadata, _ = encodeMetadata(source.Metadata)
		in.ContentType, in.CacheControl, in.ContentDisposition = given(source.ContentType), given(source.CacheControl), given(source.ContentDisposition)
		in.ContentEncoding, in.ContentLanguage, in.Expires = given(source.encoding), given(source.language), source.expires
	}
	return in
}
