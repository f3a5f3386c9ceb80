package s3ops

import (
	"context"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"
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
// verified by its length only. A connection that breaks is made again and goes
// on at the byte reached, if the object is still the same.
func (b *Bucket) Read(ctx context.Context, key string, o ReadOptions) (io.ReadCloser, Info, error) {
	r, body, err := b.read(ctx, attempt{op: "read", key: key}, o)
	if err != nil {
		return nil, Info{}, err
	}
	v := &verified{body: body, left: -1, name: func(err error) error { return b.fail(r.attempt, err) }}
	if body.end >= 0 {
		v.left = body.end - body.at
	}
	if o.Offset == 0 && o.Length == 0 {
		p, err := r.proof(ctx)
		if err != nil {
			body.Close()
			return nil, Info{}, err
		}
		v.check = p.check()
	}
	return v, r.info, nil
}

// reading is one object being read, as it was at first sight.
type reading struct {
	*Bucket
	attempt
	info    Info
	version string // the one asked for; "": the newest
}

// read opens a body that is not verified.
func (b *Bucket) read(ctx context.Context, a attempt, o ReadOptions) (*reading, *steady, error) {
	if err := b.readKey(a, a.key); err != nil {
		return nil, nil, err
	}
	if o.VersionID != "" {
		a.iam = "s3:GetObjectVersion"
	}
	in := &s3.GetObjectInput{Bucket: &b.name, Key: &a.key, VersionId: given(o.VersionID), IfMatch: quoted(o.IfMatch)}
	if o.Offset > 0 || o.Length > 0 {
		in.Range = rangeOf(o.Offset, o.Offset+o.Length)
	} else if b.sums {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	out, err := b.get(ctx, a, in)
	if err != nil {
		return nil, nil, noVersion(b.restoring(ctx, a, err, o.VersionID), o.VersionID)
	}
	r := &reading{Bucket: b, attempt: a, info: infoOfGet(a.key, out), version: o.VersionID}
	body := &steady{reading: r, ctx: ctx, body: out.Body, at: o.Offset, end: -1}
	if out.ContentLength != nil {
		body.end = o.Offset + *out.ContentLength
	}
	return r, body, nil
}

// rangeOf is the header for the bytes from one to before another, if that is
// larger, or else to the end.
func rangeOf(from, before int64) *string {
	if before <= from {
		return aws.String(fmt.Sprintf("bytes=%d-", from))
	}
	return aws.String(fmt.Sprintf("bytes=%d-%d", from, before-1))
}

// get is GetObject without the SDK's check of the body. It knows only whole
// bodies that come in one piece, and is done again by proof.
func (b *Bucket) get(ctx context.Context, a attempt, in *s3.GetObjectInput) (*s3.GetObjectOutput, error) {
	return call(ctx, b, a, func(ctx context.Context, in *s3.GetObjectInput, opts ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
		return b.s3.GetObject(ctx, in, append(opts, func(o *s3.Options) {
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
			o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error {
				_, err := s.Deserialize.Remove("AWSChecksum:ValidateOutputPayloadChecksum")
				return err
			})
		})...)
	}, in)
}

// verified is a body that checks itself.
type verified struct {
	body  io.ReadCloser
	left  int64  // bytes announced and not yet read; -1: not announced
	check *check // nil: only the length is checked
	name  func(error) error
	err   error // sticky
}

func (v *verified) Read(p []byte) (int, error) {
	if v.err != nil {
		return 0, v.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := v.body.Read(p)
	if v.check != nil {
		v.check.Write(p[:n])
	}
	if v.left >= 0 {
		v.left -= int64(n)
	}
	if err == io.EOF || err == nil && v.left == 0 {
		// Nobody who counts bytes may go away before the verdict.
		err = io.EOF
		if v.check != nil {
			if bad := v.check.result(); bad != nil {
				err = bad
			}
		}
	}
	if err != nil && err != io.EOF {
		err = v.name(err)
	}
	v.err = err
	return n, err
}

func (v *verified) Close() error { return v.body.Close() }

// infoOfGet reads the headers of a GET, which are those of a HEAD.
func infoOfGet(key string, out *s3.GetObjectOutput) Info {
	return infoOfHead(key, &s3.HeadObjectOutput{
		ContentLength: out.ContentLength, ETag: out.ETag, LastModified: out.LastModified, StorageClass: out.StorageClass, VersionId: out.VersionId,
		ContentType: out.ContentType, CacheControl: out.CacheControl, ContentDisposition: out.ContentDisposition, ContentEncoding: out.ContentEncoding,
		ContentLanguage: out.ContentLanguage, ExpiresString: out.ExpiresString, WebsiteRedirectLocation: out.WebsiteRedirectLocation, Metadata: out.Metadata,
		ChecksumType: out.ChecksumType, ChecksumCRC64NVME: out.ChecksumCRC64NVME, ChecksumCRC32C: out.ChecksumCRC32C, ChecksumCRC32: out.ChecksumCRC32,
		ChecksumSHA256: out.ChecksumSHA256, ChecksumSHA1: out.ChecksumSHA1, ServerSideEncryption: out.ServerSideEncryption, SSEKMSKeyId: out.SSEKMSKeyId,
		BucketKeyEnabled: out.BucketKeyEnabled, SSECustomerAlgorithm: out.SSECustomerAlgorithm,
	})
}

func quoted(etag string) *string {
	if etag == "" {
		return nil
	}
	return aws.String(`"` + unquote(&etag) + `"`)
}
