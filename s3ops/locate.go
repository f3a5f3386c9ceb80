package s3ops

import (
	"context"
	"errors"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Where a bucket is found, its region and whether its name stands in the host or
// in the path, is learned from the store's answers where the configuration does
// not say, and remembered as long as the bucket is open.

// locateTime is how long Locate asks.
const locateTime = 5 * time.Second

// Locate makes sure that links lead to the right place: it asks the store once
// where the region or the way to address it are only guessed, and makes no
// request else. Whatever it cannot learn stays a guess.
func (b *Bucket) Locate(ctx context.Context) {
	if b.certain.Load() && !b.guessed {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, locateTime)
	defer cancel()
	_ = b.Check(ctx) // what it learned counts, not whether it may list
}

// where sets a request's region and address as they are known now.
func (b *Bucket) where(o *s3.Options) { o.Region, o.UsePathStyle = b.Region(), b.path.Load() }

// located makes one request where the bucket is thought to be, and once more where
// the answer says that it is.
func located[O any](ctx context.Context, b *Bucket, rewind func() bool, do func(func(*s3.Options)) (O, error)) (O, error) {
	at := func(o *s3.Options) {
		b.where(o)
		o.Retryer = b.retryer(ctx)
	}
	out, err := do(at)
	if err == nil {
		if !b.certain.Load() {
			b.certain.Store(true)
		}
		return out, nil
	}
	if region := b.otherRegion(ctx, err); region != "" && rewind() {
		old := b.region.Swap(&region)
		out, err = do(at)
		if err != nil && wrongRegion(err) {
			b.region.Store(old)
		}
	}
	if err != nil && !b.certain.Load() && wrongAddress(err) && rewind() {
		other := !b.path.Load()
		again, aerr := do(func(o *s3.Options) { at(o); o.UsePathStyle = other })
		if aerr == nil || slices.Contains(refusals, code(err)) && fromS3(aerr) {
			out, err = again, aerr
			b.path.Store(other)
			b.certain.Store(true)
		}
	}
	return out, err
}

// regionName is a region of AWS or of another store.
var (
	regionName   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{1,40}$`)
	regionWanted = regexp.MustCompile(`expecting '([^']+)'`)
)

// otherRegion is the region in which the store says the bucket is, or "" if that
// is no news. Of an answer that says only that this one is wrong, it asks on.
func (b *Bucket) otherRegion(ctx context.Context, err error) string {
	var re *smithyhttp.ResponseError
	if !errors.As(err, &re) || re.Response == nil {
		return ""
	}
	switch re.HTTPStatusCode() {
	case http.StatusMovedPermanently, http.StatusTemporaryRedirect, http.StatusBadRequest, http.StatusForbidden:
	default:
		return ""
	}
	region := re.Response.Header.Get("X-Amz-Bucket-Region")
	var api smithy.APIError
	if region == "" && errors.As(err, &api) {
		if m := regionWanted.FindStringSubmatch(api.ErrorMessage()); m != nil {
			region = m[1]
		}
	}
	if region == "" && wrongRegion(err) {
		region = b.askRegion(ctx)
	}
	if region == b.Region() || !regionName.MatchString(region) {
		return ""
	}
	return region
}

// askRegion asks the store for the bucket's region, first by the request that
// everybody may make.
func (b *Bucket) askRegion(ctx context.Context) string {
	head, err := b.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.name}, b.where)
	var re *smithyhttp.ResponseError
	switch {
	case err == nil && head.BucketRegion != nil:
		return *head.BucketRegion
	case errors.As(err, &re) && re.Response != nil && re.Response.Header.Get("X-Amz-Bucket-Region") != "":
		return re.Response.Header.Get("X-Amz-Bucket-Region")
	}
	out, err := b.s3.GetBucketLocation(ctx, &s3.GetBucketLocationInput{Bucket: &b.name}, b.where)
	if err != nil {
		return ""
	}
	// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
	switch r := string(out.LocationConstraint); r {
	case "":
		return fallbackRegion
	case "EU":
		return "eu-west-1"
	default:
		return r
	}
}

// wrongRegion tells whether an error says that the request went to, or was
// signed for, a region that is not the bucket's.
func wrongRegion(err error) bool {
	switch code(err) {
	case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "MovedPermanently":
		return true
	}
	return status(err) == http.StatusMovedPermanently
}

// refusals are the codes of stores that take the bucket only in the host's name:
// Alibaba OSS, Tencent COS, Volcengine TOS.
var refusals = []string{"SecondLevelDomainForbidden", "PathStyleDomainForbidden", "InvalidPathAccess"}

// wrongAddress tells whether a store may have looked for the bucket elsewhere
// than where its name stands in the request.
func wrongAddress(err error) bool {
	c := code(err)
	return c == "NoSuchBucket" || c == "PermanentRedirect" || slices.Contains(refusals, c)
}

// fromS3 tells whether an error is an S3 store's own answer.
func fromS3(err error) bool { return code(err) != "" && !wrongAddress(err) }

// unsplit tells whether an endpoint is a number or this machine: then no bucket
// can stand in the host's name.
func unsplit(host string) bool {
	return net.ParseIP(host) != nil || host == "localhost" || !strings.Contains(host, ".")
}

// payRequests adds to every request that its sender pays for it.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ObjectsinRequesterPaysBuckets.html
func payRequests(o *s3.Options) {
	o.APIOptions = append(o.APIOptions, smithyhttp.AddHeaderValue("X-Amz-Request-Payer", "requester"))
}
