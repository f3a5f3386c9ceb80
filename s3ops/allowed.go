package s3ops

import (
	"errors"
	"regexp"
	"strings"

	"github.com/aws/smithy-go"
)

// actions are the IAM actions that requests need.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var actions = map[string]string{
	"ListObjectsV2": "s3:ListBucket", "ListObjectVersions": "s3:ListBucketVersions", "HeadBucket": "s3:ListBucket", "ListBuckets": "s3:ListAllMyBuckets",
	"HeadObject": "s3:GetObject", "GetObject": "s3:GetObject", "GetObjectAttributes": "s3:GetObjectAttributes",
	"PutObject": "s3:PutObject", "CopyObject": "s3:PutObject", "RestoreObject": "s3:RestoreObject",
	"CreateMultipartUpload": "s3:PutObject", "UploadPart": "s3:PutObject", "UploadPartCopy": "s3:PutObject",
	"CompleteMultipartUpload": "s3:PutObject", "AbortMultipartUpload": "s3:AbortMultipartUpload",
	"ListMultipartUploads": "s3:ListBucketMultipartUploads", "ListParts": "s3:ListMultipartUploadParts",
	"DeleteObject": "s3:DeleteObject", "DeleteObjects": "s3:DeleteObject",
	"GetObjectTagging": "s3:GetObjectTagging", "PutObjectTagging": "s3:PutObjectTagging", "DeleteObjectTagging": "s3:DeleteObjectTagging",
	"GetBucketVersioning": "s3:GetBucketVersioning", "PutBucketVersioning": "s3:PutBucketVersioning",
	"GetBucketLocation": "s3:GetBucketLocation", "CreateBucket": "s3:CreateBucket", "DeleteBucket": "s3:DeleteBucket",
	"GetBucketPolicy": "s3:GetBucketPolicy", "PutBucketPolicy": "s3:PutBucketPolicy", "DeleteBucketPolicy": "s3:DeleteBucketPolicy",
	"GetBucketCors": "s3:GetBucketCORS", "PutBucketCors": "s3:PutBucketCORS", "DeleteBucketCors": "s3:PutBucketCORS",
	"GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
	"GetBucketEncryption": "s3:GetEncryptionConfiguration", "PutBucketEncryption": "s3:PutEncryptionConfiguration",
	"DeleteBucketLifecycle": "s3:PutLifecycleConfiguration", "DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
	"GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock", "PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock", "DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
	"GetBucketOwnershipControls": "s3:GetBucketOwnershipControls", "PutBucketOwnershipControls": "s3:PutBucketOwnershipControls", "DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
	"GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
}

// objectActions are allowed on objects; all others on the bucket.
var objectActions = map[string]bool{
	"s3:GetObject": true, "s3:GetObjectVersion": true, "s3:GetObjectAttributes": true, "s3:PutObject": true, "s3:RestoreObject": true,
	"s3:AbortMultipartUpload": true, "s3:ListMultipartUploadParts": true, "s3:DeleteObject": true, "s3:DeleteObjectVersion": true,
	"s3:GetObjectTagging": true, "s3:GetObjectVersionTagging": true, "s3:PutObjectTagging": true, "s3:DeleteObjectTagging": true,
}

// refusal is what an access denied says of itself. S3 does so within the account
// and organisation of the bucket, else it says nothing.
type refusal struct {
	action   string // "s3:GetObject", "kms:Decrypt"
	resource string // ARN
	policy   string // the kind of policy that denies it, or should allow it
	explicit bool
}

var (
	notAuthorized = regexp.MustCompile(`not authorized to perform:? ([a-z0-9-]{1,32}:[A-Za-z0-9*]{1,64})(?: on resource:? (?:"([^"]+)"|(\S+)))?`)
	explicitly    = regexp.MustCompile(`explicit deny in an? ([A-Za-z -]+? policy|permissions boundary)`)
	byNone        = regexp.MustCompile(`because no ([A-Za-z -]+? policy|permissions boundary) allows`)
)

func refusalOf(err error) refusal {
	said := message(err)
	var r refusal
	if m := notAuthorized.FindStringSubmatch(said); m != nil {
		r.action, r.resource = m[1], m[2]+m[3]
	}
	if m := explicitly.FindStringSubmatch(said); m != nil {
		r.policy, r.explicit = m[1], true
	} else if m := byNone.FindStringSubmatch(said); m != nil {
		r.policy = m[1]
	}
	return r
}

// policies are the kinds of policy in plainer words.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
var policies = map[string]string{
	"identity-based policy": "the policy of these credentials", "resource-based policy": "the bucket's policy",
	"service control policy": "a service control policy of the organisation", "resource control policy": "a resource control policy of the organisation",
	"session policy": "the policy of this session", "permissions boundary": "the permissions boundary of these credentials",
	"VPC endpoint policy": "the policy of the VPC endpoint",
}

// where is " in the bucket's policy", if the store says which policy it is.
func (r refusal) where() string {
	if p := policies[r.policy]; p != "" {
		return " in " + p
	}
	return ""
}

func (r refusal) by() string {
	if p := policies[r.policy]; p != "" {
		return p
	}
	return "a policy"
}

// action is the IAM action that a refused request needs: the one the store
// names, or else the usual one of the request.
func (b *Bucket) action(a attempt, err error) string {
	if r := refusalOf(err); r.action != "" {
		return r.action
	}
	if keyDenied(err) {
		return kmsActions(operation(err))
	}
	if a.iam != "" {
		return a.iam
	}
	if action := actions[operation(err)]; action != "" {
		return action
	}
	return "the action"
}

// allow names the IAM action and the resource that a refused request needs.
func (b *Bucket) allow(a attempt, err error) string {
	var texts []string
	for _, g := range b.grants(a, err) {
		texts = append(texts, g.text())
	}
	return strings.Join(texts, ", and ")
}

// grants are what would have to be allowed for a refused request.
func (b *Bucket) grants(a attempt, err error) []Grant {
	action, r := b.action(a, err), refusalOf(err)
	bucket := b.ARN()
	switch {
	case strings.HasPrefix(action, "kms:") && r.resource == "":
		return []Grant{{Action: action}}
	case r.resource != "" && !strings.HasPrefix(r.resource, bucket):
		return []Grant{{Action: action, Resource: r.resource}}
	case action == "s3:ListAllMyBuckets":
		return []Grant{{Action: action, Resource: "*"}}
	case !objectActions[action]:
		op := operation(err)
		return []Grant{{Action: action, Resource: bucket, Prefix: a.key, listing: op == "ListObjectsV2" || op == "ListObjectVersions"}}
	}
	key := bucket + "/" + a.key
	if r.resource != "" {
		key = r.resource
	}
	if a.within != "" && strings.HasPrefix(key, bucket+"/"+a.within) {
		return []Grant{{Action: action, Resource: bucket + "/" + a.within, below: true}}
	}
	all := []Grant{{Action: action, Resource: key}}
	if a.from != "" && r.action == "" {
		all = append([]Grant{{Action: "s3:GetObject", Resource: bucket + "/" + a.from}}, all...)
	}
	return all
}

// keyDenied tells whether it is the KMS key that may not be used.
func keyDenied(err error) bool {
	text := strings.ToLower(message(err))
	return strings.Contains(text, "customer master key") || strings.Contains(text, "kms key")
}

// kmsActions are what a request needs of the key: writing makes a new data key,
// and parts of an upload are decrypted to be joined.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
func kmsActions(op string) string {
	switch {
	case readOps[op]:
		return "kms:Decrypt"
	case op == "PutObject":
		return "kms:GenerateDataKey"
	}
	return "kms:GenerateDataKey and kms:Decrypt"
}

// operation is the SDK's name of the request that failed, or "".
func operation(err error) string {
	if oe, ok := errors.AsType[*smithy.OperationError](err); ok {
		return oe.OperationName
	}
	return ""
}

// message is what the store says beside its code; "" if nothing.
func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}
