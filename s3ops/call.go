package s3ops

import (
	"context"
	"errors"
	"io"

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

	there  bool   // the object is known to exist
	within string // the folder of which the key stands for every object: a statement allows them all
}

// call makes one request of the SDK, where the bucket is found.
func call[I, O any](ctx context.Context, b *Bucket, a attempt, do func(context.Context, *I, ...func(*s3.Options)) (*O, error), in *I) (*O, error) {
	out, err := located(ctx, b, func() bool { return rewound(in) }, func(o func(*s3.Options)) (*O, error) { return do(ctx, in, o) })
	if err != nil {
		return nil, b.fail(a, b.spoken(ctx, err))
	}
	return out, nil
}

// spoken is an error, or, where a HEAD was refused, whose answer has no room for a
// reason, what a listing says of the same credentials if it is they that are not
// good: those that have expired are a bad request to a HEAD.
func (b *Bucket) spoken(ctx context.Context, err error) error {
	if c := code(err); operation(err) != "HeadObject" || c != "BadRequest" && c != "Forbidden" {
		return err
	}
	if e, ok := errors.AsType[*Error](b.Check(ctx)); ok && e.Kind == ErrCredentials && e.Err != nil {
		return e.Err
	}
	return err
}

// rewound puts the body of a request back to its start.
func rewound(in any) bool {
	body := bodyOf(in)
	if body == nil {
		return true
	}
	_, err := body.Seek(0, io.SeekStart)
	return err == nil
}

// with is a request of the SDK with one more option.
func with[I, O any](do func(context.Context, *I, ...func(*s3.Options)) (*O, error), option func(*s3.Options)) func(context.Context, *I, ...func(*s3.Options)) (*O, error) {
	return func(ctx context.Context, in *I, opts ...func(*s3.Options)) (*O, error) {
		return do(ctx, in, append(opts, option)...)
	}
}

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
