package s3ops

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// PublicAccess is what keeps a bucket from being opened to everybody.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
type PublicAccess struct {
	BlockACLs      bool `json:"BlockPublicAcls"`       // ACLs that open it are refused
	IgnoreACLs     bool `json:"IgnorePublicAcls"`      // those there are do not count
	BlockPolicies  bool `json:"BlockPublicPolicy"`     // policies that open it are refused
	RestrictAccess bool `json:"RestrictPublicBuckets"` // those there are open it to its own account only
}

// NoPublicAccess is all of it.
var NoPublicAccess = PublicAccess{true, true, true, true}

// String is the document as the AWS CLI takes it.
func (p PublicAccess) String() string { return inLines(p) }

// PublicAccessAspect is the public access block.
var PublicAccessAspect = Aspect[PublicAccess]{
	name: "the public access block", none: []string{"NoSuchPublicAccessBlockConfiguration"},
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[PublicAccess], error) {
		out, err := call(ctx, b, a, b.s3.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: &b.name})
		if err != nil || out.PublicAccessBlockConfiguration == nil {
			return Setting[PublicAccess]{}, err
		}
		c := out.PublicAccessBlockConfiguration
		return With(PublicAccess{aws.ToBool(c.BlockPublicAcls), aws.ToBool(c.IgnorePublicAcls), aws.ToBool(c.BlockPublicPolicy), aws.ToBool(c.RestrictPublicBuckets)}), nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, p PublicAccess) error {
		_, err := call(ctx, b, a, b.s3.PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{Bucket: &b.name,
			PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: &p.BlockACLs, IgnorePublicAcls: &p.IgnoreACLs, BlockPublicPolicy: &p.BlockPolicies, RestrictPublicBuckets: &p.RestrictAccess}})
		return err
	},
	drop: func(ctx context.Context, b *Bucket, a attempt) error {
		_, err := call(ctx, b, a, b.s3.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: &b.name})
		return err
	},
}

// PublicAccess reads the public access block of the bucket; that of its account
// may block more.
func (b *Bucket) PublicAccess(ctx context.Context) (Setting[PublicAccess], error) {
	return PublicAccessAspect.Read(ctx, b)
}

// Encryption is how objects are encrypted of which nobody says how.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
type Encryption struct {
	Algorithm string   `json:"SSEAlgorithm"` // AES256, aws:kms or aws:kms:dsse
	Key       string   `json:"KMSMasterKeyID,omitempty"`
	BucketKey bool     `json:"BucketKeyEnabled"`                 // fewer requests to KMS
	Blocked   []string `json:"BlockedEncryptionTypes,omitempty"` // kinds that writers may not ask for: "SSE-C"
}

// String is the rule as JSON.
func (e Encryption) String() string { return inLines(e) }

// EncryptionAspect is the default encryption.
var EncryptionAspect = Aspect[Encryption]{
	name: "the default encryption", none: []string{"ServerSideEncryptionConfigurationNotFoundError"},
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[Encryption], error) {
		out, err := call(ctx, b, a, b.s3.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: &b.name})
		if err != nil || out.ServerSideEncryptionConfiguration == nil || len(out.ServerSideEncryptionConfiguration.Rules) == 0 {
			return Setting[Encryption]{}, err
		}
		r := out.ServerSideEncryptionConfiguration.Rules[0] // S3 takes one
		e := Encryption{BucketKey: aws.ToBool(r.BucketKeyEnabled)}
		if d := r.ApplyServerSideEncryptionByDefault; d != nil {
			e.Algorithm, e.Key = string(d.SSEAlgorithm), aws.ToString(d.KMSMasterKeyID)
		}
		if r.BlockedEncryptionTypes != nil {
			for _, t := range r.BlockedEncryptionTypes.EncryptionType {
				e.Blocked = append(e.Blocked, string(t))
			}
		}
		return With(e), nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, e Encryption) error {
		r := types.ServerSideEncryptionRule{BucketKeyEnabled: &e.BucketKey, ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
			SSEAlgorithm: types.ServerSideEncryption(e.Algorithm), KMSMasterKeyID: given(e.Key)}}
		if len(e.Blocked) > 0 {
			r.BlockedEncryptionTypes = &types.BlockedEncryptionTypes{}
			for _, t := range e.Blocked {
				r.BlockedEncryptionTypes.EncryptionType = append(r.BlockedEncryptionTypes.EncryptionType, types.EncryptionType(t))
			}
		}
		_, err := call(ctx, b, a, b.s3.PutBucketEncryption, &s3.PutBucketEncryptionInput{Bucket: &b.name,
			ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{Rules: []types.ServerSideEncryptionRule{r}}})
		return err
	},
	drop: func(ctx context.Context, b *Bucket, a attempt) error {
		_, err := call(ctx, b, a, b.s3.DeleteBucketEncryption, &s3.DeleteBucketEncryptionInput{Bucket: &b.name})
		return err
	},
	plain: func(e Encryption) Encryption {
		e.Blocked = slices.DeleteFunc(sorted(e.Blocked), func(s string) bool { return s == "NONE" })
		return e
	},
}

// Encryption reads the default encryption.
func (b *Bucket) Encryption(ctx context.Context) (Setting[Encryption], error) {
	return EncryptionAspect.Read(ctx, b)
}

// Ownership says whose the objects are that other accounts write.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
type Ownership string

// The kinds of ownership. With the first, ACLs do not count at all.
const (
	OwnedByBucket  Ownership = "BucketOwnerEnforced"
	OwnerPreferred Ownership = "BucketOwnerPreferred"
	OwnedByWriter  Ownership = "ObjectWriter"
)

// OwnershipAspect is the ownership rule.
var OwnershipAspect = Aspect[Ownership]{
	name: "the ownership rule", none: []string{"OwnershipControlsNotFoundError"},
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[Ownership], error) {
		out, err := call(ctx, b, a, b.s3.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: &b.name})
		if err != nil || out.OwnershipControls == nil || len(out.OwnershipControls.Rules) == 0 {
			return Setting[Ownership]{}, err
		}
		return With(Ownership(out.OwnershipControls.Rules[0].ObjectOwnership)), nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, o Ownership) error {
		_, err := call(ctx, b, a, b.s3.PutBucketOwnershipControls, &s3.PutBucketOwnershipControlsInput{Bucket: &b.name,
			OwnershipControls: &types.OwnershipControls{Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnership(o)}}}})
		return err
	},
	drop: func(ctx context.Context, b *Bucket, a attempt) error {
		_, err := call(ctx, b, a, b.s3.DeleteBucketOwnershipControls, &s3.DeleteBucketOwnershipControlsInput{Bucket: &b.name})
		return err
	},
}

// Ownership reads the ownership rule.
func (b *Bucket) Ownership(ctx context.Context) (Setting[Ownership], error) {
	return OwnershipAspect.Read(ctx, b)
}

// VersionsAspect is what is done with old versions. Once on, they can be suspended,
// not off.
var VersionsAspect = Aspect[Versioning]{
	name: "the versioning",
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[Versioning], error) {
		out, err := call(ctx, b, a, b.s3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &b.name})
		switch {
		case err != nil:
			return Setting[Versioning]{}, err
		case out.Status == types.BucketVersioningStatusEnabled:
			return With(VersionsOn), nil
		case out.Status == types.BucketVersioningStatusSuspended:
			return With(VersionsSuspended), nil
		}
		return Setting[Versioning]{}, nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, v Versioning) error {
		to := types.BucketVersioningStatusEnabled
		if v != VersionsOn {
			to = types.BucketVersioningStatusSuspended
		}
		_, err := call(ctx, b, a, b.s3.PutBucketVersioning, &s3.PutBucketVersioningInput{Bucket: &b.name,
			VersioningConfiguration: &types.VersioningConfiguration{Status: to}})
		return err
	},
}

// VersionsSetting reads what the bucket does with old versions, and whether the
// store knows versions at all.
func (b *Bucket) VersionsSetting(ctx context.Context) (Setting[Versioning], error) {
	return VersionsAspect.Read(ctx, b)
}
