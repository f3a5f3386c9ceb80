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
	return b.remove(ctx, a, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key, VersionId: given(versionID)})
}

// DeleteUnchanged removes an object as Delete does, if its ETag is still o's:
// the error is ErrChanged if not. A store that has no conditional delete removes
// what is there: look right before.
func (b *Bucket) DeleteUnchanged(ctx context.Context, o Object) (marker string, err error) {
	a := attempt{op: "delete", key: o.Key}
	if err := b.deletable(a, o.Key); err != nil {
		return "", err
	}
	return b.removeUnchanged(ctx, a, o)
}

func (b *Bucket) removeUnchanged(ctx context.Context, a attempt, o Object) (marker string, err error) {
	in := &s3.DeleteObjectInput{Bucket: &b.name, Key: &o.Key, IfMatch: quoted(o.ETag)}
	marker, err = b.remove(ctx, a, in)
	if code(err) == "NotImplemented" {
		in.IfMatch = nil
		marker, err = b.remove(ctx, a, in)
	}
	return marker, err
}

// remove sends a delete; marker is the version of the delete marker it left.
func (b *Bucket) remove(ctx context.Context, a attempt, in *s3.DeleteObjectInput) (marker string, err error) {
	out, err := call(ctx, b, a, b.s3.DeleteObject, in)
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", noVersion(err, aws.ToString(in.VersionId))
	}
	if in.VersionId == nil && aws.ToBool(out.DeleteMarker) {
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
