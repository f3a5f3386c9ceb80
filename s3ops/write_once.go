package s3ops

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What keeps versions from being deleted for good, beside policies. It is read and
// never changed: it cannot be taken back, or only by the account's root user.

// ObjectLock is for how long a bucket's versions are kept of which nobody says so.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
type ObjectLock struct {
	Mode  string `json:"Mode,omitempty"` // "COMPLIANCE", "GOVERNANCE", or "": no version is kept but those of which it is said
	Days  int32  `json:"Days,omitempty"`
	Years int32  `json:"Years,omitempty"`
}

// objectLock reads the object lock.
var objectLock = Aspect[ObjectLock]{
	name: "the object lock", none: []string{"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"},
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[ObjectLock], error) {
		out, err := call(ctx, b, a, b.s3.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: &b.name})
		if err != nil || out.ObjectLockConfiguration == nil || out.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled {
			return Setting[ObjectLock]{}, err
		}
		var l ObjectLock
		if r := out.ObjectLockConfiguration.Rule; r != nil && r.DefaultRetention != nil {
			d := r.DefaultRetention
			l = ObjectLock{Mode: string(d.Mode), Days: aws.ToInt32(d.Days), Years: aws.ToInt32(d.Years)}
		}
		return With(l), nil
	},
}

// ObjectLock reads the object lock of the bucket.
func (b *Bucket) ObjectLock(ctx context.Context) (Setting[ObjectLock], error) {
	return objectLock.Read(ctx, b)
}

// MFADelete tells whether versions go only with the code of the account's root user.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MultiFactorAuthenticationDelete.html
func (b *Bucket) MFADelete(ctx context.Context) (bool, error) {
	out, err := call(ctx, b, attempt{op: "look at the MFA delete of"}, b.s3.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: &b.name})
	return err == nil && out.MFADelete == types.MFADeleteStatusEnabled, err
}
