package s3ops

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
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
	cfg, err := awsConfig(ctx, c)
	if err != nil {
		return nil, openFailure(c, err)
	}
	if under == nil {
		if under, err = newTransport(); err != nil {
			return nil, openFailure(c, err)
		}
	}
	b := &Bucket{name: c.Bucket, readOnly: c.ReadOnly, profile: c.Profile, sizes: defaultSizes, sums: c.Checksums != "never"}
	b.s3 = s3.NewFromConfig(cfg, func(o *s3.Options) {
		if c.Endpoint != "" {
			o.BaseEndpoint = &c.Endpoint
		}
		host := endpointHost(o.BaseEndpoint)
		b.custom = host != "" && !isAWS(host)
		b.strict = c.Local != "" || isLoopback(host)
		o.UsePathStyle = c.PathStyle == "always" || c.PathStyle != "never" && b.custom
		o.HTTPClient = &http.Client{
			Transport: &watchdog{under: under, idle: idleTimeout, wait: answerTimeout},
			// A redirect must be signed anew, which only the caller can do.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = 4
			r.MaxBackoff = 5 * time.Second
			r.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(hopeless)}, r.Retryables...)
		})
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		if b.sums {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenSupported
		}
		o.DisableLogOutputChecksumValidationSkipped = true
		o.APIOptions = append(o.APIOptions, addAnswerCheck)
		if b.sums && (isLoopback(host) || o.BaseEndpoint == nil || strings.HasPrefix(*o.BaseEndpoint, "https:")) {
			// TLS or the loopback guards the bytes on the way and the checksum
			// those in the store: another digest of each body buys nothing.
			o.APIOptions = append(o.APIOptions, leaveBodyUnsigned)
		}
	})
	region := b.s3.Options().Region
	b.region.Store(&region)
	return b, nil
}

// awsConfig gives credentials and region. With keys and a region given it reads
// no file and asks nobody, so a broken ~/.aws cannot disturb another store.
func awsConfig(ctx context.Context, c *config.Config) (aws.Config, error) {
	var static aws.CredentialsProvider
	if k := c.Credentials; k.AccessKeyID != "" {
		static = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: string(k.SecretAccessKey),
				SessionToken: string(k.SessionToken), Source: "weft configuration", CanExpire: !k.Expires.IsZero(), Expires: k.Expires}, nil
		}))
	}
	if static != nil && c.Region != "" && c.Profile == "" {
		return aws.Config{Region: c.Region, Credentials: static}, nil
	}
	opts := []func(*awsconfig.LoadOptions) error{}
	if static != nil {
		opts = append(opts, awsconfig.WithCredentialsProvider(static))
	}
	if c.Region != "" {
		opts = append(opts, awsconfig.WithRegion(c.Region))
	}
	if c.Profile != "" {
		opts = append(opts, awsconfig.WithSharedConfigProfile(c.Profile))
	}
	if c.Endpoint != "" && !isAWS(endpointHost(&c.Endpoint)) {
		// Only a machine of EC2 has the metadata service, and its role is of no
		// use at another store: asking would only take seconds.
		opts = append(opts, awsconfig.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	}
	cfg, err := awsconfig.LoadDefaultConfig(ctx, opts...)
	if err == nil && cfg.Region == "" {
		cfg.Region = fallbackRegion
	}
	return cfg, err
}

func openFailure(c *config.Config, err error) error {
	e := &Error{Op: "open", Bucket: c.Bucket, Kind: ErrCredentials, Err: err,
		Why: "the AWS configuration cannot be read", Remedy: "check the files in ~/.aws and the AWS_ variables"}
	if strings.HasPrefix(err.Error(), "AWS_CA_BUNDLE") {
		e.Kind, e.Why, e.Remedy = ErrInvalid, printable(err.Error()), "name a file with the certificates of the authorities to trust"
	}
	var missing awsconfig.SharedConfigProfileNotExistError
	if errors.As(err, &missing) {
		e.Why = "the AWS profile " + printable(missing.Profile) + " does not exist"
		e.Remedy = "name a profile that \"aws configure list-profiles\" shows, or give keys"
	}
	return e
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

func isAWS(host string) bool {
	return host == "amazonaws.com" || strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
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
