package s3ops

import (
	"bufio"
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"weft/config"
)

// Listed is a bucket as the list of all buckets tells it.
type Listed struct {
	Name    string    `json:"name"`
	Region  string    `json:"region,omitempty"` // where the store says it
	Created time.Time `json:"created"`
}

// Buckets lists the buckets that the credentials own, by name. c needs no bucket.
func Buckets(ctx context.Context, c *config.Config) ([]Listed, error) {
	b, err := client(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	var all []Listed
	in, been := &s3.ListBucketsInput{}, newPlaces()
	for {
		out, err := call(ctx, b, attempt{op: "list the buckets"}, b.s3.ListBuckets, in)
		if err != nil {
			return nil, err
		}
		for _, x := range out.Buckets {
			all = append(all, Listed{Name: aws.ToString(x.Name), Region: aws.ToString(x.BucketRegion), Created: aws.ToTime(x.CreationDate)})
		}
		next := aws.ToString(out.ContinuationToken)
		if next == "" {
			break
		}
		if !been.add(next) {
			return nil, b.fail(attempt{op: "list the buckets"}, errRepeats)
		}
		in.ContinuationToken = &next
	}
	slices.SortFunc(all, func(x, y Listed) int { return cmp.Compare(x.Name, y.Name) })
	return all, nil
}

// Profile is a profile of the shared AWS files.
type Profile struct {
	Name     string `json:"name"`
	Region   string `json:"region,omitempty"`
	Endpoint string `json:"endpoint,omitempty"` // of S3; empty: AWS
	Kind     string `json:"kind"`               // "keys", "role", "role with a code", "sso", "process", "web identity" or "other"
}

// Profiles lists the profiles of the shared AWS files, by name. Files that are
// missing or cannot be read hold none.
func Profiles(ctx context.Context) []Profile {
	configs, keys := sharedFiles()
	names := map[string]bool{}
	for i, file := range slices.Concat(configs, keys) {
		for _, section := range sections(file) {
			name, named := strings.CutPrefix(section, "profile ")
			switch name = strings.TrimSpace(name); {
			case i >= len(configs), named, section == "default":
				names[name] = true
			}
		}
	}
	var all []Profile
	for name := range names {
		s, err := sharedProfile(ctx, name)
		if err != nil {
			continue
		}
		all = append(all, Profile{Name: name, Region: s.Region, Endpoint: endpointOf(ctx, s), Kind: kindOf(s)})
	}
	slices.SortFunc(all, func(x, y Profile) int { return cmp.Compare(x.Name, y.Name) })
	return all
}

// sections are the names in brackets of an INI file.
func sections(file string) []string {
	f, err := os.Open(file)
	if err != nil {
		return nil
	}
	defer f.Close()
	var all []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if name, ok := strings.CutPrefix(line, "["); ok {
			name, _, _ = strings.Cut(name, "]")
			all = append(all, strings.TrimSpace(name))
		}
	}
	return all
}

func kindOf(s awsconfig.SharedConfig) string {
	switch {
	case s.RoleARN != "" && s.WebIdentityTokenFile != "":
		return "web identity"
	case s.RoleARN != "" && s.MFASerial != "":
		return "role with a code"
	case s.RoleARN != "":
		return "role"
	case s.SSOSessionName != "" || s.SSOStartURL != "":
		return "sso"
	case s.Credentials.AccessKeyID != "":
		return "keys"
	case s.CredentialProcess != "":
		return "process"
	}
	return "other"
}

// EndpointOf is the endpoint that the configured profile names for S3, or "".
func EndpointOf(ctx context.Context, c *config.Config) string {
	if c.Profile == "" && (c.Credentials.AccessKeyID != "" || c.Anonymous) {
		return "" // the files are not read then
	}
	s, err := sharedProfile(ctx, profileName(c))
	if err != nil {
		return ""
	}
	return endpointOf(ctx, s)
}

// endpointOf is what a profile says, its section of services first.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func endpointOf(ctx context.Context, s awsconfig.SharedConfig) string {
	ignored, said, _ := s.GetIgnoreConfiguredEndpoints(ctx)
	if strings.EqualFold(os.Getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), "true") || said && ignored {
		return ""
	}
	own, _, _ := s.GetServiceBaseEndpoint(ctx, "S3")
	return strings.TrimSuffix(cmp.Or(own, s.BaseEndpoint), "/")
}
