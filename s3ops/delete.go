package s3ops

import (
	"context"
	"errors"
	"iter"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// deleteBatch is how many keys S3 takes in one DeleteObjects.
const deleteBatch = 1000

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

// DeleteMany removes objects as Delete does, a thousand at a time, and yields
// each key with its error or nil. It does not ask first whether they are there.
// It goes on after errors, and stops when ctx ends.
func (b *Bucket) DeleteMany(ctx context.Context, keys iter.Seq[string]) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		var batch []string
		for key := range keys {
			a := attempt{op: "delete", key: key}
			err := b.deletable(a, key)
			switch {
			case err != nil:
			case strings.ContainsFunc(key, unicode.IsControl):
				// The XML of DeleteObjects cannot carry such a key.
				_, err = call(ctx, b, a, b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key})
			default:
				if batch = append(batch, key); len(batch) == deleteBatch {
					if !b.deleteBatch(ctx, batch, yield) {
						return
					}
					batch = batch[:0]
				}
				continue
			}
			if !yield(key, err) {
				return
			}
		}
		b.deleteBatch(ctx, batch, yield)
	}
}

// deleteBatch deletes up to a thousand keys; it is false if yield wants no more.
func (b *Bucket) deleteBatch(ctx context.Context, keys []string, yield func(string, error) bool) bool {
	if len(keys) == 0 {
		return true
	}
	in := &s3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Quiet: aws.Bool(true)}}
	for _, k := range keys {
		in.Delete.Objects = append(in.Delete.Objects, types.ObjectIdentifier{Key: aws.String(k)})
	}
	out, err := call(ctx, b, attempt{op: "delete"}, b.s3.DeleteObjects, in)
	failed := map[string]error{}
	if err == nil {
		for _, f := range out.Errors {
			cause := &smithy.OperationError{OperationName: "DeleteObject", Err: &smithy.GenericAPIError{Code: aws.ToString(f.Code), Message: aws.ToString(f.Message)}}
			failed[aws.ToString(f.Key)] = b.fail(attempt{op: "delete", key: aws.ToString(f.Key)}, cause)
		}
	}
	for _, k := range keys {
		ferr := failed[k]
		if err != nil {
			ferr = b.forKey(err, k)
		}
		if errors.Is(ferr, ErrNotFound) {
			ferr = nil
		}
		if !yield(k, ferr) {
			return false
		}
	}
	return err == nil || ctx.Err() == nil
}

// forKey is the error of a batch as that of one of its keys.
func (b *Bucket) forKey(err error, key string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	one := *e
	one.Key = key
	return &one
}

// DeleteFolder removes every object below a prefix, with the folder's own
// marker, and yields each key with its error or nil. The prefix must end in a
// slash, so that "foo/" never takes "foo2" or "foo" with it.
func (b *Bucket) DeleteFolder(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		a := attempt{op: "delete", key: prefix}
		if !strings.HasSuffix(prefix, "/") {
			yield(prefix, b.invalid(a, "a folder ends in a slash", "write "+printable(prefix)+"/ for the folder"))
			return
		}
		if err := b.deletable(a, prefix); err != nil {
			yield(prefix, err)
			return
		}
		var listing error
		keys := func(next func(string) bool) {
			for x, err := range b.Objects(ctx, prefix, ListOptions{}) {
				if err != nil {
					listing = err
					return
				}
				if !next(x.Key) {
					return
				}
			}
			// The marker last: it keeps the folder in sight as long as something is in it.
			if _, err := b.stat(ctx, a, prefix, ""); err == nil {
				next(prefix)
			}
		}
		for key, err := range b.DeleteMany(ctx, keys) {
			if !yield(key, err) {
				return
			}
		}
		if listing != nil {
			yield(prefix, listing)
		}
	}
}
