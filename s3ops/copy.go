package s3ops

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
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
	if err != nil && !errors.Is(err, ErrNotFound) {
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
	case source.ContentType != got.ContentType || !maps.Equal(source.Metadata, got.Metadata):
		return fmt.Errorf("%w: the copy has other headers or metadata", errMismatch)
	}
	return nil
}

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
	in := &s3.CopyObjectInput{Bucket: &b.name, Key: &to, CopySource: b.source(source), CopySourceIfMatch: quoted(source.ETag),
		MetadataDirective: types.MetadataDirectiveCopy, TaggingDirective: types.TaggingDirectiveCopy}
	if source.Key == to {
		// S3 takes a copy onto itself only if it changes something: say all the
		// headers again, as they are.
		in.MetadataDirective = types.MetadataDirectiveReplace
		in.Metadata, _ = encodeMetadata(source.Metadata)
		in.ContentType, in.CacheControl, in.ContentDisposition = given(source.ContentType), given(source.CacheControl), given(source.ContentDisposition)
		in.ContentEncoding, in.ContentLanguage, in.Expires = given(source.encoding), given(source.language), source.expires
	}
	if !overwrite {
		in.IfNoneMatch = aws.String("*")
	}
	_, err := call(ctx, b, a, b.s3.CopyObject, in)
	if code(err) == "NotImplemented" && !overwrite {
		in.IfNoneMatch = nil
		_, err = call(ctx, b, a, b.s3.CopyObject, in)
	}
	return err
}

// copyParts copies what is too long for CopyObject. Headers, metadata and tags
// do not come along by themselves here.
func (b *Bucket) copyParts(ctx context.Context, a attempt, source Info, to string, overwrite bool) error {
	tags, err := b.Tags(ctx, source.Key, source.VersionID)
	if err != nil {
		return err
	}
	in := &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &to, ContentType: given(source.ContentType),
		CacheControl: given(source.CacheControl), ContentDisposition: given(source.ContentDisposition),
		ContentEncoding: given(source.encoding), ContentLanguage: given(source.language), Expires: source.expires}
	if source.StorageClass != "" {
		in.StorageClass = types.StorageClass(source.StorageClass)
	}
	in.Tagging = tagging(tags)
	in.Metadata, _ = encodeMetadata(source.Metadata)
	return b.copyAs(ctx, a, source, in, func(end *s3.CompleteMultipartUploadInput, on bool) {
		if end.IfNoneMatch = nil; on && !overwrite {
			end.IfNoneMatch = aws.String("*")
		}
	})
}

// copyAs copies an object in parts to what in describes. condition sets the
// condition under which it appears there, or takes it off for a store that has
// none.
func (b *Bucket) copyAs(ctx context.Context, a attempt, source Info, in *s3.CreateMultipartUploadInput, condition func(end *s3.CompleteMultipartUploadInput, on bool)) error {
	// No checksum is asked for: S3 keeps one of the whole object by itself, and
	// versitygw 1.8.0 would take the source's for that of each part.
	id, err := b.begin(ctx, a, in)
	if err != nil {
		return err
	}
	done, err := b.copyRanges(ctx, a, source, *in.Key, id)
	if err == nil {
		end := &s3.CompleteMultipartUploadInput{Bucket: &b.name, Key: in.Key, UploadId: &id, MultipartUpload: &types.CompletedMultipartUpload{Parts: done}}
		condition(end, true)
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
		defer cancel()
		_, err = call(closing, b, a, b.s3.CompleteMultipartUpload, end)
		if code(err) == "NotImplemented" {
			condition(end, false)
			_, err = call(closing, b, a, b.s3.CompleteMultipartUpload, end)
		}
	}
	if err != nil {
		b.abort(ctx, *in.Key, id)
	}
	return err
}

func (b *Bucket) copyRanges(ctx context.Context, a attempt, source Info, to, id string) ([]types.CompletedPart, error) {
	size := max(b.sizes.copyPart, (source.Size/9_999+1<<20)>>20<<20)
	var mu sync.Mutex
	var done []types.CompletedPart
	g, copying := errgroup.WithContext(ctx)
	g.SetLimit(partsAtOnce)
	for at, n := int64(0), int32(1); at < source.Size; at, n = at+size, n+1 {
		g.Go(func() error {
			out, err := call(copying, b, a, b.s3.UploadPartCopy, &s3.UploadPartCopyInput{Bucket: &b.name, Key: &to, UploadId: &id, PartNumber: &n,
				CopySource: b.source(source), CopySourceIfMatch: quoted(source.ETag),
				CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-%d", at, min(at+size, source.Size)-1))})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done = append(done, types.CompletedPart{PartNumber: &n, ETag: out.CopyPartResult.ETag, ChecksumCRC64NVME: out.CopyPartResult.ChecksumCRC64NVME})
			return nil
		})
	}
	err := g.Wait()
	slices.SortFunc(done, func(x, y types.CompletedPart) int { return int(*x.PartNumber - *y.PartNumber) })
	return done, b.fail(a, err)
}
