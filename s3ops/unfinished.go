package s3ops

import (
	"context"
	"iter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// OpenUpload is an upload in parts that was begun and neither completed nor
// aborted. Its parts are seen by no listing of objects, yet cost what they weigh.
type OpenUpload struct {
	Key       string    `json:"key"`
	ID        string    `json:"id"`
	Initiated time.Time `json:"initiated"`
	Parts     int       `json:"parts"`
	Bytes     int64     `json:"bytes"` // of the parts there are
}

// Unfinished lists the open uploads below a prefix, by key, and asks for the
// parts of each. One that ends meanwhile is left out. The sequence ends after
// the first error; a store that keeps no such list is ErrInvalid.
func (b *Bucket) Unfinished(ctx context.Context, prefix string) iter.Seq2[OpenUpload, error] {
	return func(yield func(OpenUpload, error) bool) {
		a := attempt{op: "list open uploads of", key: prefix}
		for u, err := range b.openUploads(ctx, a, prefix) {
			if err != nil {
				yield(OpenUpload{}, err)
				return
			}
			for p, err := range b.partsOf(ctx, a, u.Key, u.ID) {
				if code(err) == "NoSuchUpload" {
					u.ID = ""
					break
				}
				if err != nil {
					yield(OpenUpload{}, err)
					return
				}
				u.Parts++
				u.Bytes += aws.ToInt64(p.Size)
			}
			if u.ID != "" && !yield(u, nil) {
				return
			}
		}
	}
}

// Abort ends an open upload and removes its parts. One that is no longer there
// is ErrChanged.
func (b *Bucket) Abort(ctx context.Context, key, id string) error {
	a := attempt{op: "abort upload of", key: key}
	if err := b.writable(a); err != nil {
		return err
	}
	_, err := call(ctx, b, a, b.s3.AbortMultipartUpload, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: &id})
	return err
}

// openUploads lists open uploads without their parts.
func (b *Bucket) openUploads(ctx context.Context, a attempt, prefix string) iter.Seq2[OpenUpload, error] {
	return func(yield func(OpenUpload, error) bool) {
		in := &s3.ListMultipartUploadsInput{Bucket: &b.name, Prefix: &prefix, EncodingType: types.EncodingTypeUrl}
		been := newPlaces()
		for {
			out, err := call(ctx, b, a, b.s3.ListMultipartUploads, in)
			if err != nil {
				yield(OpenUpload{}, err)
				return
			}
			plain := decoder(out.EncodingType)
			for _, u := range out.Uploads {
				if !yield(OpenUpload{Key: plain(aws.ToString(u.Key)), ID: aws.ToString(u.UploadId), Initiated: aws.ToTime(u.Initiated)}, nil) {
					return
				}
			}
			if !aws.ToBool(out.IsTruncated) {
				return
			}
			key, id := plain(aws.ToString(out.NextKeyMarker)), aws.ToString(out.NextUploadIdMarker)
			if !been.add(key + "\xff" + id) {
				yield(OpenUpload{}, b.fail(a, errRepeats))
				return
			}
			in.KeyMarker, in.UploadIdMarker = &key, given(id)
		}
	}
}

// partsOf lists the finished parts of an open upload, by number.
func (b *Bucket) partsOf(ctx context.Context, a attempt, key, id string) iter.Seq2[types.Part, error] {
	return func(yield func(types.Part, error) bool) {
		in := &s3.ListPartsInput{Bucket: &b.name, Key: &key, UploadId: &id}
		been := newPlaces()
		for {
			out, err := call(ctx, b, a, b.s3.ListParts, in)
			if err != nil {
				yield(types.Part{}, err)
				return
			}
			for _, p := range out.Parts {
				if !yield(p, nil) {
					return
				}
			}
			if !aws.ToBool(out.IsTruncated) {
				return
			}
			if next := aws.ToString(out.NextPartNumberMarker); next == "" || !been.add(next) {
				yield(types.Part{}, b.fail(a, errRepeats))
				return
			}
			in.PartNumberMarker = out.NextPartNumberMarker
		}
	}
}
