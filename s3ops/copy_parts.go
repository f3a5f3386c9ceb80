package s3ops

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// copyParts copies what is too long for CopyObject.
func (b *Bucket) copyParts(ctx context.Context, a attempt, source Info, to string, overwrite bool) error {
	in, err := b.copyPartsInput(ctx, source, to)
	if err != nil {
		return err
	}
	return b.copyAs(ctx, a, source, in, func(end *s3.CompleteMultipartUploadInput, on bool) {
		if end.IfNoneMatch = nil; on && !overwrite {
			end.IfNoneMatch = aws.String("*")
		}
	})
}

// copyPartsInput begins a copy in parts with the headers, metadata and tags of
// source, which do not come along by themselves here.
func (b *Bucket) copyPartsInput(ctx context.Context, source Info, to string) (*s3.CreateMultipartUploadInput, error) {
	tags, err := b.Tags(ctx, source.Key, source.VersionID)
	if err != nil {
		return nil, err
	}
	in := &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &to, ContentType: given(source.ContentType),
		CacheControl: given(source.CacheControl), ContentDisposition: given(source.ContentDisposition),
		ContentEncoding: given(source.encoding), ContentLanguage: given(source.language), Expires: source.expires,
		StorageClass: source.class(), WebsiteRedirectLocation: given(source.redirect), Tagging: tagging(tags),
		ServerSideEncryption: source.seal.how, SSEKMSKeyId: source.seal.key, BucketKeyEnabled: source.seal.bucketKey}
	in.Metadata, _ = encodeMetadata(source.Metadata)
	return in, nil
}

// tagging is tags as a header carries them, nil if there are none.
func tagging(tags map[string]string) *string {
	q := url.Values{}
	for k, v := range tags {
		q.Set(k, v)
	}
	return given(q.Encode())
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
		closing, cancel := outliving(ctx)
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
	if err != nil && ctx.Err() != nil { // the store may have finished a part meanwhile, see copyRanges
		_ = pause(context.WithoutCancel(ctx), time.Second/4)
		b.abort(ctx, *in.Key, id)
	}
	return err
}

func (b *Bucket) copyRanges(ctx context.Context, a attempt, source Info, to, id string) ([]types.CompletedPart, error) {
	size := cmp.Or(source.part, max(b.sizes.copyPart, (source.Size/9_999+1<<20)>>20<<20))
	var mu sync.Mutex
	var done []types.CompletedPart
	// One that fails does not break the others off, only keeps more from being
	// begun: a store goes on with a part whose asker is gone, and puts it into the
	// upload after that was cleared away.
	var g errgroup.Group
	var failed atomic.Bool
	g.SetLimit(partsAtOnce)
	for at, n := int64(0), int32(1); at < source.Size && !failed.Load() && ctx.Err() == nil; at, n = at+size, n+1 {
		g.Go(func() error {
			out, err := call(ctx, b, a, b.s3.UploadPartCopy, &s3.UploadPartCopyInput{Bucket: &b.name, Key: &to, UploadId: &id, PartNumber: &n,
				CopySource: b.source(source), CopySourceIfMatch: quoted(source.ETag),
				CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-%d", at, min(at+size, source.Size)-1))})
			if err == nil && (out.CopyPartResult == nil || out.CopyPartResult.ETag == nil) {
				err = errNotS3
			}
			if err != nil {
				failed.Store(true)
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			done = append(done, types.CompletedPart{PartNumber: &n, ETag: out.CopyPartResult.ETag, ChecksumCRC64NVME: out.CopyPartResult.ChecksumCRC64NVME})
			return nil
		})
	}
	err := cmp.Or(g.Wait(), ctx.Err())
	slices.SortFunc(done, func(x, y types.CompletedPart) int { return int(*x.PartNumber - *y.PartNumber) })
	return done, b.fail(a, err)
}

// partLength is the length of the parts an object was uploaded in, where a copy
// in the same parts is the only one that can be compared with it: its ETag is
// then the same. It is 0 where there is a checksum of the whole to compare, and
// where the parts are not known or not of one length.
func (b *Bucket) partLength(ctx context.Context, a attempt, source Info) int64 {
	if source.Checksum != "" && !composite(source.Checksum) || source.kms || !strings.Contains(source.ETag, "-") {
		return 0
	}
	out, err := call(ctx, b, a, b.s3.HeadObject, &s3.HeadObjectInput{Bucket: &b.name, Key: &source.Key,
		VersionId: given(source.VersionID), PartNumber: aws.Int32(1), IfMatch: quoted(source.ETag)})
	if err != nil {
		return 0 // the copy is made and compared by length alone
	}
	n, length := int64(aws.ToInt32(out.PartsCount)), aws.ToInt64(out.ContentLength)
	if n < 2 || length <= 0 || length > 5<<30 || (source.Size+length-1)/length != n {
		return 0
	}
	return length
}

// class is the storage class to ask for; none for the usual one, which stores
// that know no classes may refuse to hear of.
func (i Info) class() types.StorageClass {
	if i.StorageClass == string(types.StorageClassStandard) {
		return ""
	}
	return types.StorageClass(i.StorageClass)
}
