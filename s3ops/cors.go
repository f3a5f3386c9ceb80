package s3ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// CORS says which web pages may reach the bucket from a browser. As JSON it is
// what the AWS CLI takes.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html
type CORS struct {
	Rules []CORSRule `json:"CORSRules"`
}

// CORSRule is one rule of CORS; the first that fits a request counts.
type CORSRule struct {
	ID      string   `json:"ID,omitempty"`
	Origins []string `json:"AllowedOrigins"` // "https://example.com"; one * in each
	Methods []string `json:"AllowedMethods"` // GET, PUT, POST, DELETE, HEAD
	Headers []string `json:"AllowedHeaders,omitempty"`
	Expose  []string `json:"ExposeHeaders,omitempty"`
	MaxAge  int32    `json:"MaxAgeSeconds,omitempty"` // seconds that a browser may remember it
}

// corsMethods are the methods that a rule may name.
var corsMethods = []string{"GET", "PUT", "POST", "DELETE", "HEAD"}

// ParseCORS reads and checks a document as the AWS CLI takes it.
func ParseCORS(text []byte) (CORS, error) {
	var c CORS
	if err := decode(text, &c); err != nil {
		return CORS{}, err
	}
	return c, c.Check()
}

// String is the document as the AWS CLI takes it.
func (c CORS) String() string { return inLines(c) }

// Check says all that S3 would refuse.
func (c CORS) Check() error {
	var all []error
	if n := len(c.Rules); n == 0 || n > 100 {
		all = append(all, fmt.Errorf("%d CORS rules: there must be 1 to 100", n))
	}
	for i, r := range c.Rules {
		bad := func(format string, args ...any) {
			all = append(all, fmt.Errorf("CORS rule %d: %s", i+1, fmt.Sprintf(format, args...)))
		}
		if len(r.Origins) == 0 || len(r.Methods) == 0 {
			bad("it needs AllowedOrigins and AllowedMethods")
		}
		for _, m := range r.Methods {
			if !slices.Contains(corsMethods, m) {
				bad("%q is not one of %s", m, strings.Join(corsMethods, ", "))
			}
		}
		for _, o := range r.Origins {
			if strings.Count(o, "*") > 1 {
				bad("the origin %q has more than one *", o)
			}
		}
	}
	return errors.Join(all...)
}

// CORSAspect is the CORS rules.
var CORSAspect = Aspect[CORS]{
	name: "the CORS rules", none: []string{"NoSuchCORSConfiguration"}, check: CORS.Check,
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[CORS], error) {
		out, err := call(ctx, b, a, b.s3.GetBucketCors, &s3.GetBucketCorsInput{Bucket: &b.name})
		if err != nil {
			return Setting[CORS]{}, err
		}
		var c CORS
		for _, r := range out.CORSRules {
			c.Rules = append(c.Rules, CORSRule{ID: aws.ToString(r.ID), Origins: r.AllowedOrigins, Methods: r.AllowedMethods,
				Headers: r.AllowedHeaders, Expose: r.ExposeHeaders, MaxAge: aws.ToInt32(r.MaxAgeSeconds)})
		}
		if len(c.Rules) == 0 {
			return Setting[CORS]{}, nil
		}
		return With(c), nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, c CORS) error {
		in := &types.CORSConfiguration{}
		for _, r := range c.Rules {
			rule := types.CORSRule{ID: given(r.ID), AllowedOrigins: r.Origins, AllowedMethods: r.Methods, AllowedHeaders: r.Headers, ExposeHeaders: r.Expose}
			if r.MaxAge > 0 {
				rule.MaxAgeSeconds = &r.MaxAge
			}
			in.CORSRules = append(in.CORSRules, rule)
		}
		_, err := call(ctx, b, a, b.s3.PutBucketCors, &s3.PutBucketCorsInput{Bucket: &b.name, CORSConfiguration: in})
		return err
	},
	drop: func(ctx context.Context, b *Bucket, a attempt) error {
		_, err := call(ctx, b, a, b.s3.DeleteBucketCors, &s3.DeleteBucketCorsInput{Bucket: &b.name})
		return err
	},
	plain: func(c CORS) CORS { // lists without order; the order of the rules counts
		rules := slices.Clone(c.Rules)
		for i, r := range rules {
			rules[i].Origins, rules[i].Methods, rules[i].Headers, rules[i].Expose = sorted(r.Origins), sorted(r.Methods), sorted(r.Headers), sorted(r.Expose)
		}
		return CORS{rules}
	},
}

// sorted is a copy in order and without what is there twice.
func sorted(list []string) []string {
	s := slices.Clone(list)
	slices.Sort(s)
	return slices.Compact(s)
}

// CORS reads the CORS rules.
func (b *Bucket) CORS(ctx context.Context) (Setting[CORS], error) { return CORSAspect.Read(ctx, b) }

// SetCORS changes the CORS rules from those shown; Unset takes them away.
func (b *Bucket) SetCORS(ctx context.Context, shown, to Setting[CORS]) (Setting[CORS], error) {
	return CORSAspect.Change(ctx, b, shown, to)
}
