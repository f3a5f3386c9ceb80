package s3ops

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Delete removes an object: where versions are kept it leaves a delete marker
// and returns the marker's version. With a versionID it removes that version
// for good. Deleting what is not there is no error, and leaves no marker.
func (b *Bucket) Delete(ctx context.Context, key, versionID string) (marker string, err error) {
	a := attempt{op: "delete", key: key}
	if err := b.deletable(a, key); err != nil {
		return "", err
	}
	if versionID != "" {
		a.iam = "s3:DeleteObjectVersion"
	} else if _, err := b.stat(ctx, a, key, ""); errors.Is(err, ErrNotFound) {
		// S3 would put a marker on what was never there, or on a marker.
		return "", nil
	}
	out, err := call(ctx, b, a, b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key, VersionId: given(versionID)})
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if versionID == "" && aws.ToBool(out.DeleteMarker) {
		return aws.ToString(out.VersionId), nil
	}
	return "", nil
}

func (b *Bucket) deletable(a attempt, key string) error {
	if err := b.writable(a); err != nil {
		return err
	}
	return b.readKey(a, key)
}
