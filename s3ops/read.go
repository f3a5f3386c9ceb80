package s3ops

import (
	"context"
	"fmt"
	"io"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ReadOptions narrows a Read.
type ReadOptions struct {
	VersionID      string
	IfMatch        string // ETag
	Offset, Length int64  // bytes; Length 0: to the end
}

// Read opens an object's bytes. A whole read is verified: a body that is
// shorter than announced or fails its checksum ends in an error, not io.EOF,
// and that error comes no later than the last byte. A part of an object is
// verified by its length only.
func (b *Bucket) Read(ctx context.Context, key string, o ReadOptions) (io.ReadCloser, Info, error) {
	return b.read(ctx, attempt{op: "read", key: key}, key, o)
}

func (b *Bucket) read(ctx context.Context, a attempt, key string, o ReadOptions) (io.ReadCloser, Info, error) {
	if err := b.readKey(a, key); err != nil {
		return nil, Info{}, err
	}
	if o.VersionID != "" {
		a.iam = "s3:GetObjectVersion"
	}
	in := &s3.GetObjectInput{Bucket: &b.name, Key: &key, VersionId: given(o.VersionID), IfMatch: quoted(o.IfMatch)}
	part := o.Offset > 0 || o.Length > 0
	if part {
		end := ""
		if o.Length > 0 {
			end = fmt.Sprint(o.Offset + o.Length - 1)
		}
		in.Range = aws.String(fmt.Sprintf("bytes=%d-%s", o.Offset, end))
	}
	if b.sums && !part {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	out, err := call(ctx, b, a, b.s3.GetObject, in)
	if err != nil {
		return nil, Info{}, noVersion(err, o.VersionID)
	}
	info := infoOfGet(key, out)
	r := &verified{body: out.Body, left: -1, name: func(err error) error { return b.fail(a, err) }}
	if out.ContentLength != nil {
		r.left = *out.ContentLength
	}
	if !part {
		if r.sums, err = b.digests(ctx, a, info, out); err != nil {
			out.Body.Close()
			return nil, Info{}, err
		}
	}
	return r, info, nil
}

// digests are what a whole body is checked against beyond its length. The SDK
// checks a checksum of the whole object itself; it leaves out those made of the
// checksums of parts.
func (b *Bucket) digests(ctx context.Context, a attempt, info Info, out *s3.GetObjectOutput) ([]partSum, error) {
	done, _ := s3.GetChecksumValidationMetadata(out.ResultMetadata)
	switch {
	case len(done.AlgorithmsUsed) > 0:
		return nil, nil
	case composite(info.Checksum):
		return b.partSums(ctx, a, info)
	}
	if m := md5Sum(info); m != nil {
		size := info.Size
		if out.ContentLength == nil {
			size = math.MaxInt64 // to the end
		}
		return []partSum{{size: size, sum: *m}}, nil
	}
	return nil, nil
}

// partSum is the checksum of one stretch of an object.
type partSum struct {
	size int64
	sum  sum
}

// partSums asks for the checksums of the parts an object was uploaded in. It
// gives none, without an error, if the store does not tell or they do not make
// up the object: its length is still checked then.
func (b *Bucket) partSums(ctx context.Context, a attempt, info Info) ([]partSum, error) {
	var all []partSum
	var total int64
	in := &s3.GetObjectAttributesInput{Bucket: &b.name, Key: &info.Key, VersionId: given(info.VersionID),
		ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesObjectParts}, MaxParts: aws.Int32(1000)}
	for {
		out, err := call(ctx, b, a, b.s3.GetObjectAttributes, in)
		if ctx.Err() != nil {
			return nil, b.fail(a, ctx.Err())
		}
		if err != nil || out.ObjectParts == nil {
			return nil, nil
		}
		for _, p := range out.ObjectParts.Parts {
			for _, s := range sumsOfPart(p) {
				if s.value == nil {
					continue
				}
				if h := newHash(s.name); h != nil {
					all = append(all, partSum{aws.ToInt64(p.Size), sum{Hash: h, want: *s.value}})
					total += aws.ToInt64(p.Size)
				}
				break
			}
		}
		next := aws.ToString(out.ObjectParts.NextPartNumberMarker)
		if !aws.ToBool(out.ObjectParts.IsTruncated) || next == "" || next == aws.ToString(in.PartNumberMarker) {
			break
		}
		in.PartNumberMarker = &next
	}
	if total != info.Size {
		return nil, nil
	}
	return all, nil
}

// verified is a body that checks itself.
type verified struct {
	body io.ReadCloser
	left int64     // bytes announced and not yet read; -1: not announced
	sums []partSum // stretches not yet read in full
	name func(error) error
	err  error // sticky
}

func (v *verified) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := v.body.Read(p)
	if bad := v.count(p[:n]); bad != nil {
		err = bad
	} else if v.left == 0 && err == nil {
		// The end is near, and with it the SDK's own check: have it now, so that
		// nobody who counts bytes goes away before it.
		var more [1]byte
		if m, end := io.ReadFull(v.body, more[:]); m > 0 {
			err = fmt.Errorf("%w: more bytes than announced", errMismatch)
		} else if end != io.EOF {
			err = end
		}
	}
	if err == io.EOF && v.left > 0 {
		err = fmt.Errorf("%w: %d bytes are missing", errMismatch, v.left)
	}
	if err == io.EOF && len(v.sums) > 0 && !v.sums[0].sum.ok() {
		err = fmt.Errorf("%w: the bytes do not have the object's checksum", errMismatch)
	}
	if err != nil && err != io.EOF {
		err = v.name(err)
	}
	v.err = err
	return n, err
}

func (v *verified) count(p []byte) error {
	if v.left >= 0 {
		if v.left -= int64(len(p)); v.left < 0 {
			return fmt.Errorf("%w: more bytes than announced", errMismatch)
		}
	}
	for len(v.sums) > 0 {
		s := &v.sums[0]
		n := min(int64(len(p)), s.size)
		s.sum.Write(p[:n])
		p, s.size = p[n:], s.size-n
		if s.size > 0 {
			return nil
		}
		if !s.sum.ok() {
			return fmt.Errorf("%w: the bytes do not have the object's checksum", errMismatch)
		}
		v.sums = v.sums[1:]
	}
	return nil
}

func (v *verified) Close() error { return v.body.Close() }

func infoOfGet(key string, out *s3.GetObjectOutput) Info {
	return Info{
		Object: Object{
			Key: key, Size: aws.ToInt64(out.ContentLength), ETag: unquote(out.ETag), Modified: aws.ToTime(out.LastModified),
			StorageClass: string(out.StorageClass), VersionID: aws.ToString(out.VersionId),
		},
		ContentType:        aws.ToString(out.ContentType),
		CacheControl:       aws.ToString(out.CacheControl),
		ContentDisposition: aws.ToString(out.ContentDisposition),
		Metadata:           decodeMetadata(out.Metadata),
		Checksum:           checksumOf(out.ChecksumType, sumsOfGet(out)),
		encoding:           aws.ToString(out.ContentEncoding),
		language:           aws.ToString(out.ContentLanguage),
		expires:            expiryOf(out.ExpiresString),
		kms:                out.SSEKMSKeyId != nil || out.SSECustomerAlgorithm != nil,
	}
}

func quoted(etag string) *string {
	if etag == "" {
		return nil
	}
	return aws.String(`"` + unquote(&etag) + `"`)
}
