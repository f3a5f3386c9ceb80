package s3ops

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// attempt is what a caller of this package asked for, for the error's text.
type attempt struct {
	op   string // "list", "upload", …
	key  string // key or prefix
	iam  string // IAM action if it is not the usual one of the request
	from string // source of a copy
}

// call makes one request of the SDK. If the store says that the bucket lives in
// another region, it is asked there once more, and the region is remembered.
func call[I, O any](ctx context.Context, b *Bucket, a attempt, do func(context.Context, *I, ...func(*s3.Options)) (*O, error), in *I) (*O, error) {
	out, err := do(ctx, in, b.inRegion)
	if err != nil && b.redirected(err) {
		if body := bodyOf(in); body != nil {
			if _, serr := body.Seek(0, io.SeekStart); serr != nil {
				return nil, b.fail(a, err)
			}
		}
		out, err = do(ctx, in, b.inRegion)
	}
	if err != nil {
		return nil, b.fail(a, err)
	}
	return out, nil
}

func (b *Bucket) inRegion(o *s3.Options) { o.Region = b.Region() }

func bodyOf(in any) io.Seeker {
	switch v := in.(type) {
	case *s3.PutObjectInput:
		s, _ := v.Body.(io.Seeker)
		return s
	case *s3.UploadPartInput:
		s, _ := v.Body.(io.Seeker)
		return s
	}
	return nil
}

var regionName = regexp.MustCompile(`^[a-z0-9-]{2,40}$`)

// redirected learns the region a store names in an error. It is true only if
// that region is news.
func (b *Bucket) redirected(err error) bool {
	var re *smithyhttp.ResponseError
	if !errors.As(err, &re) || re.Response == nil {
		return false
	}
	switch re.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusForbidden:
	default:
		return false
	}
	region := re.Response.Header.Get("X-Amz-Bucket-Region")
	if region == b.Region() || !regionName.MatchString(region) {
		return false
	}
	b.region.Store(&region)
	return true
}

// code is the store's own code of an error, or "".
func code(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func status(err error) int {
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) && re.Response != nil {
		return re.HTTPStatusCode()
	}
	return 0
}
