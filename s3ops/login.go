package s3ops

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"

	"weft/config"
)

// roleTime is how long a role is assumed for where the profile does not say:
// what the AWS CLI asks for, and what every role allows.
const roleTime = time.Hour

// awsConfig gives credentials and region; the region is empty if nobody names
// one. With keys and a region given it reads no file and asks nobody, so a
// broken ~/.aws cannot disturb another store. token gives the code that a role
// with a device of MFA asks for; without it such a role cannot be assumed.
func awsConfig(ctx context.Context, c *config.Config, token func() (string, error)) (aws.Config, error) {
	var given aws.CredentialsProvider
	switch k := c.Credentials; {
	case c.Anonymous:
		given = aws.AnonymousCredentials{}
	case k.AccessKeyID != "":
		given = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: string(k.SecretAccessKey),
				SessionToken: string(k.SessionToken), Source: "weft configuration", CanExpire: !k.Expires.IsZero(), Expires: k.Expires}, nil
		}))
	}
	if given != nil && c.Profile == "" && (c.Region != "" || c.Anonymous) {
		return aws.Config{Region: c.Region, Credentials: given}, nil
	}
	opts := []func(*awsconfig.LoadOptions) error{
		// For the services that give credentials; the bucket's is found out.
		awsconfig.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
			o.TokenProvider = token
			if o.Duration == 0 {
				o.Duration = roleTime
			}
		}),
	}
	if given != nil {
		opts = append(opts, awsconfig.WithCredentialsProvider(given))
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
		// Roles are assumed in some region, whatever the bucket's.
		cfg, err = awsconfig.LoadDefaultConfig(ctx, append(opts, awsconfig.WithDefaultRegion(fallbackRegion))...)
		cfg.Region = ""
	}
	return cfg, err
}

// CodeNeeded is the error of credentials that ask for a code first. Login takes
// the code.
type CodeNeeded struct {
	Profile string
	Device  string // serial number or ARN of the device
}

// Error says which device gives the code.
func (e *CodeNeeded) Error() string {
	return "the profile " + printable(e.Profile) + " asks for the code of the device " + printable(e.Device)
}

// codeNeeded tells which code a profile asks for.
func codeNeeded(ctx context.Context, c *config.Config) *CodeNeeded {
	e := &CodeNeeded{Profile: profileName(c)}
	shared, err := sharedProfile(ctx, e.Profile)
	for s := &shared; err == nil && s != nil; s = s.Source {
		if s.MFASerial != "" {
			e.Device = s.MFASerial
			break
		}
	}
	return e
}

// sharedProfile reads a profile of the shared AWS files, which the environment
// may name.
func sharedProfile(ctx context.Context, name string) (awsconfig.SharedConfig, error) {
	return awsconfig.LoadSharedConfigProfile(ctx, name, func(o *awsconfig.LoadSharedConfigOptions) {
		o.ConfigFiles, o.CredentialsFiles = sharedFiles()
	})
}

// sharedFiles are the shared AWS files.
func sharedFiles() (configs, keys []string) {
	configs, keys = awsconfig.DefaultSharedConfigFiles, awsconfig.DefaultSharedCredentialsFiles
	if file := os.Getenv("AWS_CONFIG_FILE"); file != "" {
		configs = []string{file}
	}
	if file := os.Getenv("AWS_SHARED_CREDENTIALS_FILE"); file != "" {
		keys = []string{file}
	}
	return configs, keys
}

func profileName(c *config.Config) string {
	if c.Profile == "" {
		return "default"
	}
	return c.Profile
}

// Login assumes the role of the configured profile with a code of its device,
// and gives the credentials of the session. They are kept nowhere.
func Login(ctx context.Context, c *config.Config, code string) (config.Credentials, error) {
	code = strings.TrimSpace(code)
	fresh := *c
	fresh.Credentials = config.Credentials{}
	cfg, err := awsConfig(ctx, &fresh, func() (string, error) { return code, nil })
	if err != nil {
		return config.Credentials{}, openFailure(ctx, c, err)
	}
	k, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return config.Credentials{}, loginFailure(c, err)
	}
	out := config.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: config.Secret(k.SecretAccessKey), SessionToken: config.Secret(k.SessionToken), Session: true}
	if k.CanExpire {
		out.Expires = k.Expires
	}
	return out, nil
}

func loginFailure(c *config.Config, err error) error {
	e := &Error{Op: "log in as", Key: profileName(c), Kind: ErrCredentials, Code: code(err), Err: err,
		Why: "the role was not given: " + said(err), Remedy: "check the code, which works once, and that the role trusts you"}
	if strings.Contains(err.Error(), "MultiFactorAuthentication failed") {
		e.Why, e.Remedy = "the code was refused", "wait for the next one and type that"
	}
	return e
}

// openFailure explains why the AWS configuration gives no client.
func openFailure(ctx context.Context, c *config.Config, err error) error {
	e := &Error{Op: "open", Bucket: c.Bucket, Kind: ErrCredentials, Err: err,
		Why: "the AWS configuration cannot be read", Remedy: "check the files in ~/.aws and the AWS_ variables"}
	if strings.HasPrefix(err.Error(), "AWS_CA_BUNDLE") {
		e.Kind, e.Why, e.Remedy = ErrInvalid, printable(err.Error()), "name a file with the certificates of the authorities to trust"
	}
	var missing awsconfig.SharedConfigProfileNotExistError
	var code awsconfig.AssumeRoleTokenProviderNotSetError
	switch {
	case errors.As(err, &missing):
		e.Why = "the AWS profile " + printable(missing.Profile) + " does not exist"
		e.Remedy = "name a profile that \"aws configure list-profiles\" shows, or give keys"
	case errors.As(err, &code):
		needed := codeNeeded(ctx, c)
		e.Err, e.Why = needed, needed.Error()
		e.Remedy = "run weft where it can ask for it, or set the variables that \"aws configure export-credentials --format env\" prints"
	}
	return e
}
