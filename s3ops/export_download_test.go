package s3ops

import (
	"bytes"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// SetPartOfGet makes the parts of downloads small, in bytes, and the waits after
// broken connections short.
func SetPartOfGet(b *Bucket, part int64) {
	b.sizes.get, b.pause = part, time.Millisecond
}

// UploadComposite uploads an object in the parts given, with a checksum of the
// parts' checksums by an algorithm, or with none.
func UploadComposite(ctx context.Context, b *Bucket, key string, by types.ChecksumAlgorithm, parts ...[]byte) error {
	in := &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key}
	if by != "" {
		in.ChecksumAlgorithm, in.ChecksumType = by, types.ChecksumTypeComposite
	}
	up := func(o *s3.Options) { o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired }
	begun, err := b.s3.CreateMultipartUpload(ctx, in, up)
	if err != nil {
		return err
	}
	var done []types.CompletedPart
	for i, p := range parts {
		n := aws.Int32(int32(i + 1))
		part, err := b.s3.UploadPart(ctx, &s3.UploadPartInput{Bucket: &b.name, Key: &key, UploadId: begun.UploadId, PartNumber: n,
			Body: bytes.NewReader(p), ChecksumAlgorithm: by}, up)
		if err != nil {
			return err
		}
		done = append(done, types.CompletedPart{PartNumber: n, ETag: part.ETag, ChecksumCRC32C: part.ChecksumCRC32C,
			ChecksumCRC32: part.ChecksumCRC32, ChecksumSHA1: part.ChecksumSHA1, ChecksumSHA256: part.ChecksumSHA256})
	}
	_, err = b.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: done}}, up)
	return err
}

// ReadParts lists the parts of an open upload to the end.
func ReadParts(ctx context.Context, b *Bucket, key, id string) error {
	for _, err := range b.partsOf(ctx, attempt{op: "list parts of", key: key}, key, id) {
		if err != nil {
			return err
		}
	}
	return nil
}
