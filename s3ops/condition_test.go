package s3ops_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weft/s3ops"
)

// said is an answer as S3 gives it: a status, and XML with code, message, request
// and host id. A HEAD gets the same without its body.
func said(status int, code, message string, more ...string) faulty {
	var text strings.Builder
	_ = xml.EscapeText(&text, []byte(message))
	body := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s</Code><Message>%s</Message>%s<RequestId>REQ42</RequestId><HostId>Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==</HostId></Error>",
		code, text.String(), strings.Join(more, ""))
	return func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodHead {
			return answer(status, "application/xml", "")(r)
		}
		return answer(status, "application/xml", body)(r)
	}
}

// deny is an access denied that tells what it refuses.
func deny(action, resource, why string) faulty {
	return said(403, "AccessDenied", fmt.Sprintf("User: arn:aws:iam::123456789012:user/weaver is not authorized to perform: %s on resource: %q %s", action, resource, why))
}

const (
	bucketARN = "arn:aws:s3:::cloth"
	objectARN = "arn:aws:s3:::cloth/a/b.jpg"
	keyARN    = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
)

// The requests that are made to fail.
var deeds = map[string]func(*s3ops.Bucket) error{
	"list":     func(b *s3ops.Bucket) error { return firstPage(b, s3ops.ListOptions{}) },
	"versions": func(b *s3ops.Bucket) error { return firstPage(b, s3ops.ListOptions{Versions: true}) },
	"stat":     func(b *s3ops.Bucket) error { _, err := b.Stat(context.Background(), "a/b.jpg", ""); return err },
	"version":  func(b *s3ops.Bucket) error { _, err := b.Stat(context.Background(), "a/b.jpg", "v1"); return err },
	"get": func(b *s3ops.Bucket) error {
		r, _, err := b.Read(context.Background(), "a/b.jpg", s3ops.ReadOptions{})
		if err == nil {
			_, err = io.ReadAll(r)
			r.Close()
		}
		return err
	},
	"put": func(b *s3ops.Bucket) error {
		_, err := b.Upload(context.Background(), "a/b.jpg", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true})
		return err
	},
	"remove": func(b *s3ops.Bucket) error { _, err := b.Delete(context.Background(), "a/b.jpg", "v1"); return err },
	"tags":   func(b *s3ops.Bucket) error { _, err := b.Tags(context.Background(), "a/b.jpg", ""); return err },
	"copy": func(b *s3ops.Bucket) error {
		_, err := b.Copy(context.Background(), "a/b.jpg", "c/d.jpg", true)
		return err
	},
	"policy": func(b *s3ops.Bucket) error {
		_, err := b.SetPolicy(context.Background(), s3ops.Setting[s3ops.Policy]{}, s3ops.With(s3ops.Policy{Version: s3ops.PolicyVersion, Statements: []s3ops.Statement{
			{Effect: "Deny", Principal: &s3ops.Principal{Everyone: true}, Action: s3ops.Words{"s3:*"}, Resource: s3ops.Words{bucketARN}}}}))
		return err
	},
	"create": func(b *s3ops.Bucket) error { return b.Create(context.Background()) },
	"state":  func(b *s3ops.Bucket) error { _, err := b.Versioned(context.Background()); return err },
	"abort":  func(b *s3ops.Bucket) error { return b.Abort(context.Background(), "a/b.jpg", "u1") },
	"open uploads": func(b *s3ops.Bucket) error {
		for _, err := range b.Unfinished(context.Background(), "a/") {
			return err
		}
		return nil
	},
	"delete": func(b *s3ops.Bucket) error {
		for d := range b.DeleteMany(context.Background(), slices.Values([]s3ops.Target{{Key: "a/b.jpg"}, {Key: "a/c.jpg"}})) {
			return d.Err
		}
		return nil
	},
	"parts": func(b *s3ops.Bucket) error {
		s3ops.SetSizes(b, 5, 5, 5)
		_, err := b.Upload(context.Background(), "a/b.jpg", strings.NewReader("more than one part"), s3ops.UploadOptions{Overwrite: true})
		return err
	},
}

func firstPage(b *s3ops.Bucket, o s3ops.ListOptions) error {
	for _, err := range b.Pages(context.Background(), "a/", o) {
		return err
	}
	return nil
}

// for answers with f to one method, and elsewhere as a store that is well.
func only(method string, f faulty) faulty {
	return func(r *http.Request) (*http.Response, error) {
		if r.Method == method {
			return f(r)
		}
		return answer(200, "", "", "ETag", `"x"`, "Content-Length", "1")(r)
	}
}

// failure is one way to fail and what is to be said about it.
type failure struct {
	condition string // name in the table
	deed      string
	via       faulty
	kind      error
	code      string
	why       string // in Why
	remedy    string // in Remedy
}

var storeFailures = []failure{
	// Access denied, action by action.
	{"Access denied", "list", deny("s3:ListBucket", bucketARN, "because no identity-based policy allows the s3:ListBucket action"), s3ops.ErrDenied, "AccessDenied",
		"refuses s3:ListBucket", `allow s3:ListBucket on arn:aws:s3:::cloth with the prefix "a/" in the policy of these credentials`},
	{"Access denied, without a reason", "list", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied",
		"without a reason", `allow s3:ListBucket on arn:aws:s3:::cloth with the prefix "a/"`},
	{"Access denied, without a reason", "versions", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:ListBucketVersions on arn:aws:s3:::cloth"},
	{"Access denied", "get", deny("s3:GetObject", objectARN, "because no identity-based policy allows the s3:GetObject action"), s3ops.ErrDenied, "AccessDenied", "refuses s3:GetObject", "allow s3:GetObject on " + objectARN},
	{"Access denied", "put", deny("s3:PutObject", objectARN, "because no session policy allows the s3:PutObject action"), s3ops.ErrDenied, "AccessDenied", "refuses s3:PutObject", objectARN + " in the policy of this session"},
	{"Access denied, without a reason", "put", said(403, "AccessDenied", "Access Denied."), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:PutObject on " + objectARN},
	{"Access denied, without a reason", "delete", answer(200, "application/xml", "<DeleteResult><Error><Key>a/b.jpg</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error></DeleteResult>"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:DeleteObject on " + objectARN},
	{"Access denied", "remove", deny("s3:DeleteObjectVersion", objectARN, "because no identity-based policy allows the s3:DeleteObjectVersion action"), s3ops.ErrDenied, "AccessDenied", "refuses s3:DeleteObjectVersion", "allow s3:DeleteObjectVersion on " + objectARN},
	{"Access denied, without a reason", "remove", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:DeleteObjectVersion on " + objectARN},
	{"Access denied", "tags", deny("s3:GetObjectTagging", objectARN, "because no permissions boundary allows the s3:GetObjectTagging action"), s3ops.ErrDenied, "AccessDenied", "refuses s3:GetObjectTagging", "in the permissions boundary"},
	{"Access denied, without a reason", "state", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:GetBucketVersioning on arn:aws:s3:::cloth;"},
	{"Access denied, without a reason", "create", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:CreateBucket on arn:aws:s3:::cloth;"},
	{"Access denied, without a reason", "open uploads", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:ListBucketMultipartUploads on arn:aws:s3:::cloth;"},
	{"Access denied, without a reason", "abort", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:AbortMultipartUpload on " + objectARN},
	{"Access denied, without a reason", "parts", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "without a reason", "s3:PutObject on " + objectARN},
	{"Access denied, without a reason", "copy", only("PUT", said(403, "AccessDenied", "Access Denied")), s3ops.ErrDenied, "AccessDenied", "without a reason",
		"s3:GetObject on " + objectARN + ", and s3:PutObject on arn:aws:s3:::cloth/c/d.jpg"},
	{"Access denied", "copy", only("PUT", deny("s3:GetObjectTagging", objectARN, "because no identity-based policy allows the s3:GetObjectTagging action")), s3ops.ErrDenied, "AccessDenied", "refuses s3:GetObjectTagging", "allow s3:GetObjectTagging on " + objectARN + " in"},
	{"Denied by a policy", "put", deny("s3:PutObject", objectARN, "with an explicit deny in a resource-based policy"), s3ops.ErrDenied, "AccessDenied", "the bucket's policy denies s3:PutObject explicitly", "Deny statement"},
	{"Denied by a policy", "list", deny("s3:ListBucket", bucketARN, "with an explicit deny in a service control policy"), s3ops.ErrDenied, "AccessDenied", "service control policy of the organisation denies", "another Allow does not help"},
	{"Denied by a policy", "get", deny("s3:GetObject", objectARN, "with an explicit deny in a VPC endpoint policy"), s3ops.ErrDenied, "AccessDenied", "the policy of the VPC endpoint denies", "condition"},
	{"Hidden", "get", deny("s3:ListBucket", bucketARN, "because no identity-based policy allows the s3:ListBucket action"), s3ops.ErrDenied, "AccessDenied", "there is no such object, as far as", "allow s3:ListBucket on arn:aws:s3:::cloth so that"},
	{"Access denied, or no such object", "get", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "AccessDenied", "refuses it, or there is no such object", "allow s3:GetObject on " + objectARN + ", and s3:ListBucket"},
	{"Access denied, or no such object", "stat", said(403, "AccessDenied", "Access Denied"), s3ops.ErrDenied, "Forbidden", "refuses it, or there is no such object", "allow s3:GetObject on " + objectARN},
	{"Access denied, or no such object", "version", said(403, "", ""), s3ops.ErrDenied, "Forbidden", "refuses it, or", "allow s3:GetObjectVersion on " + objectARN},
	{"KMS key denied", "get", deny("kms:Decrypt", keyARN, "because no resource-based policy allows the kms:Decrypt action"), s3ops.ErrDenied, "AccessDenied", "KMS key of its encryption", "allow kms:Decrypt on " + keyARN},
	{"KMS key denied", "put", deny("kms:GenerateDataKey", keyARN, "because no identity-based policy allows the kms:GenerateDataKey action"), s3ops.ErrDenied, "AccessDenied", "may not be used", "allow kms:GenerateDataKey on " + keyARN},
	{"KMS key denied", "get", said(403, "AccessDenied", "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."), s3ops.ErrDenied, "AccessDenied", "KMS key", "allow kms:Decrypt on the key"},
	{"KMS key unusable", "get", said(400, "KMS.DisabledException", keyARN+" is disabled."), s3ops.ErrDenied, "KMS.DisabledException", "is disabled", keyARN},
	{"KMS key unusable", "put", said(400, "KMS.NotFoundException", "Invalid keyId "+keyARN), s3ops.ErrDenied, "KMS.NotFoundException", "missing", keyARN},
	{"Locked", "remove", said(403, "AccessDenied", "Access Denied because object protected by object lock."), s3ops.ErrDenied, "AccessDenied", "an object lock protects", "retention ends"},
	{"MFA required", "remove", said(403, "AccessDenied", "Mfa Authentication must be used for this request"), s3ops.ErrDenied, "AccessDenied", "MFA delete", "--all-versions"},
	{"Public access blocked", "put", deny("s3:PutObject", objectARN, "because public access control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access."), s3ops.ErrDenied, "AccessDenied", "Block Public Access", "presigned links"},
	{"Account refused", "list", said(403, "AllAccessDisabled", "All access to this object has been disabled"), s3ops.ErrDenied, "AllAccessDisabled", "blocked: All access", "support"},
	{"Account refused", "list", said(403, "AccountProblem", "There is a problem with your AWS account that prevents the operation from completing successfully."), s3ops.ErrDenied, "AccountProblem", "problem with your AWS account", "support"},
	{"Access denied", "list", said(403, "SomethingNew", "No."), s3ops.ErrDenied, "SomethingNew", "refuses s3:ListBucket", "allow s3:ListBucket"},

	// What is not there, or not so.
	{"Key not found", "get", said(404, "NoSuchKey", "The specified key does not exist.", "<Key>a/b.jpg</Key>"), s3ops.ErrNotFound, "NoSuchKey", "no such object", "list the folder again"},
	{"No such bucket", "list", said(404, "NoSuchBucket", "The specified bucket does not exist", "<BucketName>cloth</BucketName>"), s3ops.ErrNoBucket, "NoSuchBucket", "cloth does not exist at s3.example.test", "account"},
	{"Wrong region", "list", said(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting 'ap-south-1'", "<Region>ap-south-1</Region>"), s3ops.ErrInvalid, "AuthorizationHeaderMalformed", "not in region eu-west-1 but in ap-south-1", "--region"},
	{"Wrong region", "list", said(301, "PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.", "<Endpoint>cloth.s3.amazonaws.com</Endpoint>"), s3ops.ErrInvalid, "PermanentRedirect", "not in region eu-west-1", "AWS_REGION"},
	{"Wrong region", "create", only("PUT", said(400, "IllegalLocationConstraintException", "The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.")), s3ops.ErrInvalid, "IllegalLocationConstraintException", "not in region", "--region"},
	{"No such version", "get", said(404, "NoSuchVersion", "The specified version does not exist."), s3ops.ErrNotFound, "NoSuchVersion", "no such version", "list the versions"},
	{"A delete marker", "get", said(405, "MethodNotAllowed", "The specified method is not allowed against this resource."), s3ops.ErrNotFound, "MethodNotAllowed", "delete marker", "undelete"},
	{"No such upload", "abort", said(404, "NoSuchUpload", "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."), s3ops.ErrChanged, "NoSuchUpload", "ended by somebody else", "upload it again"},
	{"Nothing configured", "state", said(404, "NoSuchConfiguration", "The specified configuration does not exist."), s3ops.ErrNotFound, "NoSuchConfiguration", "no such configuration", "make one"},
	{"Changed meanwhile", "get", said(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", "<Condition>If-Match</Condition>"), s3ops.ErrChanged, "PreconditionFailed", "not what it was", "look at it again"},
	{"Conflict", "copy", only("PUT", said(409, "ConditionalRequestConflict", "The conditional request cannot succeed due to a conflicting operation against this resource.")), s3ops.ErrChanged, "ConditionalRequestConflict", "same moment", "try again"},
	{"Operation under way", "create", only("PUT", said(409, "OperationAborted", "A conflicting conditional operation is currently in progress against this resource. Please try again.")), s3ops.ErrChanged, "OperationAborted", "under way", "in a minute"},
	{"Bucket not empty", "remove", said(409, "BucketNotEmpty", "The bucket you tried to delete is not empty"), s3ops.ErrChanged, "BucketNotEmpty", "still holds", "--all-versions"},
	{"Bucket name taken", "create", only("PUT", said(409, "BucketAlreadyExists", "The requested bucket name is not available. The bucket namespace is shared by all users of the system.")), s3ops.ErrExists, "BucketAlreadyExists", "another account", "another name"},
	{"Your bucket already", "put", said(409, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it."), s3ops.ErrExists, "BucketAlreadyOwnedByYou", "yours", "use it"},
	{"Bucket state", "create", only("PUT", said(409, "InvalidBucketState", "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.")), s3ops.ErrInvalid, "InvalidBucketState", "Object Lock configuration is present", "keeps its versioning on"},
	{"Too many buckets", "create", only("PUT", said(400, "TooManyBuckets", "You have attempted to create more buckets than allowed")), s3ops.ErrInvalid, "TooManyBuckets", "as many buckets", "quota"},
	{"Bucket name", "list", said(400, "InvalidBucketName", "The specified bucket is not valid.", "<BucketName>cloth</BucketName>"), s3ops.ErrInvalid, "InvalidBucketName", "cannot be the name", "3 to 63"},
	{"Being restored", "put", said(409, "RestoreAlreadyInProgress", "Object restore is already in progress"), s3ops.ErrInvalid, "RestoreAlreadyInProgress", "brought back", "wait"},
	{"Archived", "get", said(403, "InvalidObjectState", "The operation is not valid for the object's storage class", "<StorageClass>DEEP_ARCHIVE</StorageClass>"), s3ops.ErrInvalid, "InvalidObjectState", "archive class, DEEP_ARCHIVE", "restore-object"},
	{"Archived", "copy", only("PUT", said(403, "ObjectNotInActiveTierError", "The source object of the COPY action is not in the active tier")), s3ops.ErrInvalid, "ObjectNotInActiveTierError", "archive class", "restore it"},
	{"A folder of that name", "put", said(409, "ObjectParentIsFile", "Object parent already exists as a file."), s3ops.ErrInvalid, "ObjectParentIsFile", "folder at once", "another key"},
	{"Bytes in a folder", "put", said(400, "DirectoryObjectContainsData", "Directory object contains data payload."), s3ops.ErrInvalid, "DirectoryObjectContainsData", "holds no bytes", "without the slash"},
	{"Key too long", "put", said(400, "KeyTooLongError", "Your key is too long", "<MaxSizeAllowed>1024</MaxSizeAllowed>"), s3ops.ErrInvalid, "KeyTooLongError", "longer", "1,024"},
	{"Beyond the end", "get", said(416, "InvalidRange", "The requested range is not satisfiable", "<ActualObjectSize>3</ActualObjectSize>"), s3ops.ErrInvalid, "InvalidRange", "no bytes there", "range"},

	// Credentials.
	{"Unknown key id", "list", said(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", "<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId>"), s3ops.ErrCredentials, "InvalidAccessKeyId", "does not know this access key", "AWS_ACCESS_KEY_ID"},
	{"Wrong secret", "list", said(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		"<AWSAccessKeyId>AKIDEXAMPLE</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 abcdef</StringToSign><SignatureProvided>abcdef0123</SignatureProvided>"), s3ops.ErrCredentials, "SignatureDoesNotMatch", "does not fit", "AWS_SECRET_ACCESS_KEY"},
	{"Expired credentials", "list", said(400, "ExpiredToken", "The provided token has expired.", "<Token-0>abcdefTOKEN</Token-0>"), s3ops.ErrCredentials, "ExpiredToken", "expired", "log in again"},
	{"Wrong session token", "list", said(400, "InvalidToken", "The provided token is malformed or otherwise invalid.", "<Token-0>abcdefTOKEN</Token-0>"), s3ops.ErrCredentials, "InvalidToken", "does not belong", "AWS_SESSION_TOKEN"},
	{"Wrong clock", "list", said(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.", "<RequestTime>20260101T000000Z</RequestTime>"), s3ops.ErrCredentials, "RequestTimeTooSkewed", "clock", "network time"},
	{"Not signed in", "list", said(401, "Unauthorized", "Please authenticate"), s3ops.ErrCredentials, "Unauthorized", "other credentials", "endpoint"},

	// What was sent.
	{"Corrupt on the way", "put", said(400, "BadDigest", "The Content-MD5 you specified did not match what we received."), s3ops.ErrCorrupt, "BadDigest", "not those that were sent", "try again"},
	{"Malformed digest", "put", said(400, "InvalidDigest", "The Content-MD5 you specified is not valid."), s3ops.ErrInvalid, "InvalidDigest", "checksum", "never"},
	{"Incomplete body", "put", said(400, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"), s3ops.ErrUnreachable, "IncompleteBody", "before all bytes", "network"},
	{"Too slow", "put", said(400, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period. Idle connections will be closed."), s3ops.ErrUnreachable, "RequestTimeout", "heard nothing", "fewer uploads"},
	{"Too large", "put", said(400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", "<MaxSizeAllowed>5368709120</MaxSizeAllowed>"), s3ops.ErrInvalid, "EntityTooLarge", "larger", "in parts"},
	{"Request too large", "put", said(400, "MaxMessageLengthExceeded", "Your request was too big."), s3ops.ErrInvalid, "MaxMessageLengthExceeded", "a proxy before it", "limit"},
	{"Metadata too large", "put", said(400, "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", "<Size>2900</Size><MaxSizeAllowed>2048</MaxSizeAllowed>"), s3ops.ErrInvalid, "MetadataTooLarge", "2 KB", "fewer"},
	{"Part too small", "parts", said(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", "<MinSizeAllowed>5242880</MinSizeAllowed>"), s3ops.ErrInvalid, "EntityTooSmall", "smaller", "5 MiB"},
	{"Part missing", "parts", said(400, "InvalidPart", "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag."), s3ops.ErrChanged, "InvalidPart", "gone", "upload it again"},
	{"Invalid tag", "put", said(400, "InvalidTag", "The TagKey you have provided is invalid"), s3ops.ErrInvalid, "InvalidTag", "The TagKey", "10 tags"},
	{"Storage class", "put", said(400, "InvalidStorageClass", "The storage class you specified is not valid"), s3ops.ErrInvalid, "InvalidStorageClass", "storage class", "leave it out"},
	{"Encryption asked for", "put", said(400, "InvalidEncryptionAlgorithmError", "The Encryption request you specified is not valid. Supported value: AES256."), s3ops.ErrInvalid, "InvalidEncryptionAlgorithmError", "encrypt", "AES256"},
	{"Own encryption key", "get", said(400, "InvalidRequest", "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."), s3ops.ErrInvalid, "InvalidRequest", "SSE-C", "the tool that wrote it"},
	{"Write once", "put", said(400, "InvalidRequest", "Object is WORM protected and cannot be overwritten"), s3ops.ErrDenied, "InvalidRequest", "writes once", "another key"},
	{"Lock wants a digest", "put", said(400, "InvalidRequest", "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters"), s3ops.ErrInvalid, "InvalidRequest", "object lock takes only", "always"},
	{"Checksum refused", "put", said(400, "InvalidRequest", "Value for x-amz-checksum-crc64nvme header is invalid."), s3ops.ErrInvalid, "InvalidRequest", "does not know the checksum", "never"},
	{"Nothing to copy", "copy", only("PUT", said(400, "InvalidRequest", "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")), s3ops.ErrInvalid, "InvalidRequest", "must change", "another target"},
	{"Not the S3 port", "list", said(400, "InvalidArgument", "S3 API Requests must be made to API port."), s3ops.ErrInvalid, "InvalidArgument", "console", "9000"},
	{"ACLs off", "put", said(400, "AccessControlListNotSupported", "The bucket does not allow ACLs"), s3ops.ErrInvalid, "AccessControlListNotSupported", "no ACLs", "bucket policy"},
	{"Policy refused", "policy", only("PUT", said(400, "MalformedPolicy", "Invalid principal in policy")), s3ops.ErrInvalid, "MalformedPolicy", "does not take this policy: Invalid principal in policy", "principal must exist"},
	{"Malformed request", "delete", said(400, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"), s3ops.ErrInvalid, "MalformedXML", "cannot read the request", "characters"},
	{"Refused request", "put", said(400, "InvalidArgument", "Invalid Argument X-Amz-Signature=abcdef token=abcdef"), s3ops.ErrInvalid, "InvalidArgument", "Invalid Argument", "options"},
	{"Length required", "put", answer(411, "", ""), s3ops.ErrInvalid, "", "took the length off", "without that proxy"},
	{"Not implemented", "get", said(501, "NotImplemented", "A header you provided implies functionality that is not implemented"), s3ops.ErrInvalid, "NotImplemented", "cannot do that", "never"},

	// The store itself.
	{"KMS too busy", "get", said(400, "ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."), s3ops.ErrUnreachable, "ThrottlingException", "KMS", "Bucket Key"},
	{"Slow down", "list", said(503, "SlowDown", "Please reduce your request rate."), s3ops.ErrUnreachable, "SlowDown", "too busy", "fewer workers"},
	{"Slow down", "get", said(429, "TooManyRequests", "Please reduce your request rate."), s3ops.ErrUnreachable, "TooManyRequests", "too busy", "fewer workers"},
	{"Out of order", "get", said(500, "InternalError", "We encountered an internal error. Please try again."), s3ops.ErrUnreachable, "InternalError", "fault of its own", "request id"},
	{"Out of order", "copy", only("PUT", said(200, "InternalError", "We encountered an internal error. Please try again.")), s3ops.ErrUnreachable, "InternalError", "fault of its own", "try again"},
	{"Unavailable", "get", said(503, "Maintenance", "Down until noon"), s3ops.ErrUnreachable, "Maintenance", "busy or out of order", "in a minute"},
	{"Gateway", "stat", said(502, "", ""), s3ops.ErrUnreachable, "BadGateway", "a proxy before the store", "load balancer"},
	{"Quota", "put", said(403, "QuotaExceeded", "Your request was denied due to quota exceeded."), s3ops.ErrInvalid, "QuotaExceeded", "as much as it may", "larger quota"},
	{"Store full", "put", said(507, "XMinioStorageFull", "Storage backend has reached its minimum free drive threshold. Please delete a few objects to proceed."), nil, "XMinioStorageFull", "no room left", "enlarge its disk"},
}

// Each way to fail that the store tells has its own reason and remedy, its code
// and request id; none gives a secret away; what is hopeless is asked once and
// what passes by itself is asked again.
func TestStoreFailuresAreExplained(t *testing.T) {
	for i, f := range storeFailures {
		t.Run(fmt.Sprintf("%d %s at %s", i, f.condition, f.deed), func(t *testing.T) {
			t.Parallel()
			f.check(t, true)
		})
	}
}

func (f failure) check(t *testing.T, answered bool) {
	t.Helper()
	c := f.known(t)
	var asked atomic.Int32
	var seen sync.Map // what is asked of another address, for another region or with another checksum is another request
	b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
		resp, err := f.via(r)
		if err != nil || resp.StatusCode > 299 || f.condition != "" && strings.Contains(f.why, "fault") {
			scope := strings.Split(r.Header.Get("Authorization"), "/")
			n, _ := seen.LoadOrStore(fmt.Sprint(r.Method, r.URL.Host, r.URL.Path, r.URL.Query().Has("location"), scope[min(2, len(scope)-1)],
				r.Header.Get("X-Amz-Checksum-Crc32c"), r.Header.Get("Content-Md5")), new(atomic.Int32))
			asked.Store(max(asked.Load(), n.(*atomic.Int32).Add(1)))
		}
		return resp, err
	}))
	err := deeds[f.deed](b)
	e, ok := errors.AsType[*s3ops.Error](err)
	if !ok {
		t.Fatalf("no *Error but %v", err)
	}
	if f.kind != nil && !errors.Is(err, f.kind) || f.kind == nil && e.Kind != nil {
		t.Errorf("kind %v, want %v", e.Kind, f.kind)
	}
	if e.Code != f.code && f.code != "" {
		t.Errorf("code %q, want %q", e.Code, f.code)
	}
	if !strings.Contains(e.Why, f.why) || !strings.Contains(e.Remedy, f.remedy) {
		t.Errorf("why: %s\nremedy: %s\nwant %q and %q", e.Why, e.Remedy, f.why, f.remedy)
	}
	if answered && e.RequestID != "REQ42" && f.deed != "delete" {
		t.Errorf("request id %q", e.RequestID)
	}
	for _, s := range []string{secretKey, "abcdef", "AKIDEXAMPLE", "X-Amz-Sig", "{"} {
		if text := err.Error(); strings.Contains(text, s) {
			t.Errorf("%q gives away %q", text, s)
		}
	}
	if n := asked.Load(); c.Passing != (n > 1) {
		t.Errorf("asked %d times, passing: %t", n, c.Passing)
	}
}

// known finds the condition in the table.
func (f failure) known(t *testing.T) s3ops.Condition {
	t.Helper()
	all := s3ops.Conditions()
	i := slices.IndexFunc(all, func(c s3ops.Condition) bool { return c.Name == f.condition })
	if i < 0 {
		t.Fatalf("no condition is called %q", f.condition)
	}
	return all[i]
}

// The table is complete: each condition says why and what to do, is met by a
// test, and no two are called the same or claim the same words of a store.
func TestConditionsAreComplete(t *testing.T) {
	met := map[string]bool{"Refused, without a reason": true} // by TestHeadsWithoutBody
	for _, f := range slices.Concat(storeFailures, networkFailures) {
		met[f.condition] = true
	}
	claimed, names := map[string]string{}, map[string]bool{}
	for _, c := range s3ops.Conditions() {
		if c.Name == "" || c.Why == "" || c.Remedy == "" || strings.HasSuffix(c.Why, ".") || strings.HasSuffix(c.Remedy, ".") {
			t.Errorf("%+v", c)
		}
		if names[c.Name] {
			t.Errorf("two are called %q", c.Name)
		}
		names[c.Name] = true
		if !met[c.Name] {
			t.Errorf("no test fails by %q", c.Name)
		}
		for _, code := range c.Codes {
			for _, words := range append([]string{""}, c.Says...) {
				if words == "" && len(c.Says) > 0 {
					continue
				}
				if other := claimed[code+" "+words]; other != "" {
					t.Errorf("%s %q is in %q and %q", code, words, other, c.Name)
				}
				claimed[code+" "+words] = c.Name
			}
		}
	}
	if n := len(names); n < 30 {
		t.Errorf("only %d conditions", n)
	}
}
