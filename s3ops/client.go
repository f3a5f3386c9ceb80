package s3ops

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"weft/config"
)

// fallbackRegion is used where nobody names one; AWS corrects it by a redirect.
const fallbackRegion = "us-east-1"

// open is Open with a transport of the caller's, for tests.
func open(ctx context.Context, c *config.Config, under http.RoundTripper) (*Bucket, error) {
	if c.Bucket == "" {
		return nil, &Error{Op: "open", Kind: ErrInvalid, Why: "no bucket is configured",
			Remedy: "name one with --bucket, WEFT_BUCKET or bucket in config.toml"}
	}
	return client(ctx, c, under)
}

// client is open, also without a bucket: to list those there are.
func client(ctx context.Context, c *config.Config, under http.RoundTripper) (*Bucket, error) {
	cfg, err := awsConfig(ctx, c, nil)
	if err != nil {
		return nil, openFailure(ctx, c, err)
	}
	if under == nil {
		if under, err = newTransport(); err != nil {
			return nil, openFailure(ctx, c, err)
		}
	}
	b := &Bucket{name: c.Bucket, readOnly: c.ReadOnly, unsigned: c.Anonymous, pays: c.RequestPayer, guessed: cfg.Region == "", profile: c.Profile,
		sizes: defaultSizes, pause: firstPause, sums: c.Checksums != "never"}
	b.room.size = b.sizes.part
	first, least := schemes(c.Checksums)
	b.scheme.Store(int32(first))
	b.least = least
	b.standard, b.patient, b.impatient = newStandard(), patient, impatient
	b.s3 = s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.Region = cmp.Or(o.Region, fallbackRegion)
		if c.Endpoint != "" {
			o.BaseEndpoint = &c.Endpoint
		}
		host := endpointHost(o.BaseEndpoint)
		b.custom = host != "" && !isAWS(host)
		b.strict = c.Local != "" || isLoopback(host)
		b.path.Store(c.PathStyle == "always" || c.PathStyle != "never" && b.custom)
		b.certain.Store(c.PathStyle == "always" || c.PathStyle == "never" || !b.custom || unsplit(host))
		b.divide = divisionOf(c, b.custom)
		o.UsePathStyle = b.path.Load()
		o.HTTPClient = &http.Client{
			Transport: newLanes(&watchdog{under: throttled(under, c.Bandwidth), idle: idleTimeout, wait: answerTimeout}),
			// A redirect must be signed anew, which only the caller can do.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		o.Retryer = b.retryer(context.Background()) // each request has its own: see located
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		if b.sums {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
		}
		o.DisableLogOutputChecksumValidationSkipped = true
		o.Logger = logging.Nop{} // it writes on standard error, which may be an interface's screen
		o.APIOptions = append(o.APIOptions, addAnswerCheck)
		if c.RequestPayer {
			payRequests(o)
		}
		if b.sums && (isLoopback(host) || o.BaseEndpoint == nil || strings.HasPrefix(*o.BaseEndpoint, "https:")) {
			// TLS or the loopback guards the bytes on the way and the checksum
			// those in the store: another digest of each body buys nothing.
			o.APIOptions = append(o.APIOptions, leaveBodyUnsigned)
		}
	})
	region := cmp.Or(cfg.Region, fallbackRegion)
	b.region.Store(&region)
	return b, nil
}

// divisionOf tells where listings may be divided. The embedded store takes no
// start and is near; directory buckets do not list in order.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
func divisionOf(c *config.Config, custom bool) division {
	switch {
	case c.Local != "", strings.HasSuffix(c.Bucket, "--x-s3"):
		return undivided
	case custom:
		return atNames
	}
	return anywhere
}

func endpointHost(endpoint *string) string {
	if endpoint == nil {
		return ""
	}
	u, err := url.Parse(*endpoint)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// leaveBodyUnsigned spares uploads the SHA-256 of their bodies.
func leaveBodyUnsigned(s *middleware.Stack) error {
	if id := s.ID(); id != "PutObject" && id != "UploadPart" {
		return nil
	}
	return v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware(s)
}
