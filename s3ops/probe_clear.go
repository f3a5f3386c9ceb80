package s3ops

import (
	"cmp"
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// remove deletes the probe as a user does, whether it is there or not.
func (p *probe) remove(ctx context.Context) {
	out, err := call(ctx, p.b, p.attempt("delete", ""), p.b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: &p.b.name, Key: &p.key})
	p.found(MayDelete, err)
	if !errors.Is(err, ErrDenied) { // there may be a delete marker now
		p.written = true
	}
	if err == nil && aws.ToString(out.VersionId) != "" {
		p.versions = append(p.versions, *out.VersionId)
	}
}

// clear takes away what is there of the trial, whatever happened before. It looks
// rather than believes: an answer that was lost may have left one more.
func (p *probe) clear(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, clearTime)
	defer cancel()
	if p.began {
		p.left = p.clearUploads(ctx)
	}
	if !p.written {
		return
	}
	versions, err := p.versionsLeft(ctx)
	if err != nil && len(p.versions) == 0 {
		p.versions = []string{""} // a plain delete has to do
	} else if err == nil {
		p.versions = versions
	}
	for _, v := range p.versions {
		iam := "s3:DeleteObjectVersion"
		if v == "" {
			iam = ""
		}
		_, err := call(ctx, p.b, p.attempt("remove", iam), p.b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: &p.b.name, Key: &p.key, VersionId: given(v)})
		if err != nil {
			p.left = err
		}
	}
	if p.left == nil {
		return
	}
	if left, err := p.versionsLeft(ctx); err == nil && len(left) == 0 && p.upload == "" {
		p.left = nil // it was gone already, and the store takes no second removal
	}
}

// versionsLeft are all versions of the probe and its delete markers. Where the
// store keeps none, an object has the version "".
func (p *probe) versionsLeft(ctx context.Context) (all []string, err error) {
	for o, err := range p.b.Objects(ctx, p.key, ListOptions{Recursive: true, Versions: true}) {
		if err != nil {
			return nil, err
		}
		if o.Key == p.key {
			all = append(all, o.VersionID)
		}
	}
	return all, nil
}

// clearUploads ends every upload in parts of the probe; its error is of one that
// is still open.
func (p *probe) clearUploads(ctx context.Context) error {
	ids := map[string]bool{}
	if p.upload != "" {
		ids[p.upload] = true
	}
	for u, err := range p.b.openUploads(ctx, p.attempt("list open uploads of", ""), p.key) {
		if err != nil {
			break // then those that are known have to do
		}
		if u.Key == p.key {
			ids[u.ID] = true
		}
	}
	var left error
	for id := range ids {
		p.upload = id
		left = cmp.Or(p.abort(ctx), left)
	}
	return left
}
