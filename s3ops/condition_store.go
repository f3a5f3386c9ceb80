package s3ops

import (
	"errors"
	"regexp"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// objectConditions are about the object or bucket that was asked for.
var objectConditions = []Condition{
	{Name: "Key not found", Codes: []string{"NoSuchKey", "NotFound"}, Status: 404, Kind: ErrNotFound,
		Why: "there is no such object", Remedy: "list the folder again: it may have been moved or deleted"},
	{Name: "No such bucket", Codes: []string{"NoSuchBucket"}, Kind: ErrNoBucket,
		Why: "the bucket {bucket} does not exist at {host}", Remedy: "check its name, the endpoint and the account, or create it there"},
	{Name: "Wrong region", Codes: []string{"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "InvalidLocationConstraint", "MovedPermanently", "InvalidRegionName"}, Status: 301, Kind: ErrInvalid,
		Why: "the bucket is not in region {region}{actual region}", Remedy: "set the bucket's region with --region or AWS_REGION"},
	{Name: "No such version", Codes: []string{"NoSuchVersion"}, Kind: ErrNotFound, Why: "there is no such version", Remedy: "list the versions there are"},
	{Name: "A delete marker", Codes: []string{"MethodNotAllowed"}, Status: 405, Kind: ErrNotFound,
		Why: "that version is a delete marker, not an object", Remedy: "undelete the object, or choose another version"},
	{Name: "No such upload", Codes: []string{"NoSuchUpload"}, Kind: ErrChanged, Why: "the upload in parts was ended by somebody else", Remedy: "upload it again"},
	{Name: "Nothing configured", Codes: []string{"NoSuchBucketPolicy", "NoSuchCORSConfiguration", "NoSuchLifecycleConfiguration", "NoSuchTagSet", "NoSuchPublicAccessBlockConfiguration", "OwnershipControlsNotFoundError",
		"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration", "ServerSideEncryptionConfigurationNotFoundError", "NoSuchWebsiteConfiguration", "ReplicationConfigurationNotFoundError", "NoSuchConfiguration"}, Kind: ErrNotFound,
		Why: "the bucket has no such configuration", Remedy: "make one, if one is wanted"},
	{Name: "Changed meanwhile", Codes: []string{"PreconditionFailed"}, Status: 412, Kind: ErrChanged,
		Why: "the object is not what it was when this began", Remedy: "look at it again, then repeat"},
	{Name: "Conflict", Codes: []string{"ConditionalRequestConflict", "Conflict"}, Status: 409, Kind: ErrChanged,
		Why: "another change was made at the same moment", Remedy: "try again"},
	{Name: "Operation under way", Codes: []string{"OperationAborted"}, Kind: ErrChanged, Passing: true,
		Why: "another change of the bucket is under way", Remedy: "try again in a minute"},
	{Name: "Bucket not empty", Codes: []string{"BucketNotEmpty"}, Kind: ErrChanged, Why: "the bucket still holds objects, versions or delete markers", Remedy: "delete them first, with weft rm -r --all-versions"},
	{Name: "Bucket name taken", Codes: []string{"BucketAlreadyExists"}, Kind: ErrExists,
		Why: "another account owns a bucket of that name", Remedy: "choose another name: they are shared by all of AWS"},
	{Name: "Your bucket already", Codes: []string{"BucketAlreadyOwnedByYou"}, Kind: ErrExists, Why: "the bucket is there already, and it is yours", Remedy: "use it as it is"},
	{Name: "Bucket state", Codes: []string{"InvalidBucketState"}, Kind: ErrInvalid,
		Why: "the bucket's versioning or object lock does not allow that: {said}", Remedy: "a locked bucket keeps its versioning on; turn versioning on before a lock or replication"},
	{Name: "Too many buckets", Codes: []string{"TooManyBuckets"}, Kind: ErrInvalid, Why: "the account has as many buckets as it may", Remedy: "delete one, or ask for a higher quota"},
	{Name: "Bucket name", Codes: []string{"InvalidBucketName"}, Kind: ErrInvalid,
		Why: "{bucket} cannot be the name of a bucket", Remedy: "use 3 to 63 of a-z, 0-9, - and ., with a letter or digit at both ends"},
	beingRestored,
	{Name: "Archived", Codes: []string{"InvalidObjectState", "ObjectNotInActiveTierError"}, Kind: ErrInvalid,
		Why: "the object is in an archive class{class}", Remedy: "restore it from the archive first (aws s3api restore-object), which takes minutes to two days"},
	{Name: "A folder of that name", Codes: []string{"ExistingObjectIsDirectory", "ObjectParentIsFile"}, Kind: ErrInvalid,
		Why: "this store keeps files: a key cannot be an object and a folder at once", Remedy: "choose another key"},
	{Name: "Bytes in a folder", Codes: []string{"DirectoryObjectContainsData"}, Kind: ErrInvalid,
		Why: "this store keeps files: a key that ends in a slash is a folder there, and holds no bytes", Remedy: "choose a key without the slash"},
	{Name: "Key too long", Codes: []string{"KeyTooLongError", "KeyTooLong"}, Kind: ErrInvalid, Why: "the key is longer than the store takes", Remedy: "shorten it to at most 1,024 bytes"},
	{Name: "Beyond the end", Codes: []string{"InvalidRange", "RequestedRangeNotSatisfiable", "InvalidPartNumber"}, Status: 416, Kind: ErrInvalid,
		Why: "the object has no bytes there", Remedy: "ask for a range within its length"},
}

// requestConditions are about what was sent.
var requestConditions = []Condition{
	{Name: "Corrupt on the way", match: is(errChecksum), Kind: ErrCorrupt,
		Codes: []string{"BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"},
		Why:   "the bytes that arrived are not those that were sent", Remedy: "try again; if it stays so, the network or this machine's memory damages them"},
	{Name: "Malformed digest", Codes: []string{"InvalidDigest"}, Kind: ErrInvalid,
		Why: "the store cannot read the checksum that was sent", Remedy: "at an older store set checksums to \"never\""},
	{Name: "Incomplete body", Codes: []string{"IncompleteBody"}, Kind: ErrUnreachable, Passing: true,
		Why: "the connection ended before all bytes had arrived at {host}", Remedy: "check the network and try again"},
	{Name: "Too slow", Codes: []string{"RequestTimeout", "RequestTimeoutException"}, Status: 408, Kind: ErrUnreachable, Passing: true,
		Why: "the store heard nothing for too long and gave the request up", Remedy: "check the upload speed; use fewer uploads at a time"},
	{Name: "Too large", Codes: []string{"EntityTooLarge"}, Kind: ErrInvalid,
		Why: "the object is larger than the store takes", Remedy: "split it, or upload it from a file, in parts"},
	{Name: "Request too large", Codes: []string{"MaxMessageLengthExceeded", "RequestHeaderSectionTooLarge", "RequestEntityTooLarge"}, Status: 413, Kind: ErrInvalid,
		Why: "the request is larger than the store or a proxy before it takes", Remedy: "raise the proxy's limit on bodies, or use shorter keys and metadata"},
	{Name: "Metadata too large", Codes: []string{"MetadataTooLarge"}, Kind: ErrInvalid, Why: "the metadata is larger than 2 KB", Remedy: "use fewer or shorter metadata"},
	{Name: "Part too small", Codes: []string{"EntityTooSmall"}, Kind: ErrInvalid,
		Why: "a part is smaller than the store takes", Remedy: "upload it again; if it stays so, tell the store's owner its smallest part (S3: 5 MiB)"},
	{Name: "Part missing", Codes: []string{"InvalidPart", "InvalidPartOrder"}, Kind: ErrChanged,
		Why: "a part of the upload is gone or was replaced", Remedy: "upload it again"},
	{Name: "Invalid tag", Codes: []string{"InvalidTag"}, Kind: ErrInvalid,
		Why: "a tag is not valid: {said}", Remedy: "use at most 10 tags, of 128 characters with values of 256"},
	{Name: "Storage class", Codes: []string{"InvalidStorageClass"}, Kind: ErrInvalid, Why: "the store has no such storage class", Remedy: "leave it out, or name one the store has"},
	{Name: "Encryption asked for", Codes: []string{"InvalidEncryptionAlgorithmError", "EncryptionTypeMismatch"}, Kind: ErrInvalid,
		Why: "the store cannot encrypt it so", Remedy: "leave encryption to the bucket's default, or name AES256 or aws:kms"},
	{Name: "Own encryption key", Codes: []string{"InvalidRequest"}, Says: []string{"stored using a form of server side encryption", "customer-provided"}, Kind: ErrInvalid,
		Why: "the object is encrypted with a key that only its owner has (SSE-C)", Remedy: "read it with the tool that wrote it: weft keeps no such keys"},
	{Name: "Write once", Codes: []string{"InvalidRequest"}, Says: []string{"worm protected"}, Kind: ErrDenied,
		Why: "the bucket writes once: an object lock protects what is there", Remedy: "write under another key, or wait until the retention ends"},
	{Name: "Lock wants a digest", Codes: []string{"InvalidRequest"}, Says: []string{"content-md5"}, Kind: ErrInvalid,
		Why: "a bucket with object lock takes only uploads with a checksum", Remedy: "set checksums to \"always\""},
	{Name: "Checksum refused", Codes: []string{"InvalidRequest", "InvalidArgument"}, Says: []string{"checksum", "x-amz-content-sha256", "x-amz-trailer", "transfer-encoding"}, Kind: ErrInvalid,
		Why: "the store does not know the checksum that was sent", Remedy: "set checksums to \"never\": older stores know none"},
	{Name: "Nothing to copy", Codes: []string{"InvalidRequest"}, Says: []string{"copy an object to itself"}, Kind: ErrInvalid,
		Why: "a copy of an object onto itself must change something", Remedy: "choose another target"},
	{Name: "Not the S3 port", Codes: []string{"InvalidArgument"}, Says: []string{"api port"}, Kind: ErrInvalid,
		Why: "{host} is the console of the store, not its S3 port", Remedy: "set the endpoint to the port for S3 (MinIO: 9000)"},
	{Name: "ACLs off", Codes: []string{"AccessControlListNotSupported"}, Kind: ErrInvalid, Why: "the bucket takes no ACLs", Remedy: "use a bucket policy instead"},
	{Name: "Policy refused", Codes: []string{"MalformedPolicy"}, Kind: ErrInvalid,
		Why: "the store does not take this policy: {said}", Remedy: "mend what it names: each principal must exist, each action be one of S3, each resource be this bucket or in it"},
	{Name: "Malformed request", Codes: []string{"MalformedXML", "MalformedPOSTRequest"}, Kind: ErrInvalid,
		Why: "the store cannot read the request: {said}", Remedy: "check names for characters that XML cannot carry; if there are none, report it"},
	{Name: "Refused, without a reason", Codes: []string{"BadRequest"}, Kind: ErrInvalid,
		Why: "the store refuses the request and a HEAD does not say why", Remedy: "most often the session token has expired or the region is wrong: weft doctor asks in full"},
	{Name: "Refused request", Codes: []string{"InvalidArgument", "InvalidRequest", "InvalidURI", "MissingContentLength", "UnexpectedContent"}, Status: 400, Kind: ErrInvalid,
		Why: "the store refuses the request: {said}", Remedy: "check the name and options; at an older store set checksums to \"never\""},
	{Name: "Length required", Codes: []string{"LengthRequired"}, Status: 411, Kind: ErrInvalid, Why: "a proxy on the way took the length off the request", Remedy: "reach the store without that proxy"},
	{Name: "Not implemented", Codes: []string{"NotImplemented", "XNotImplemented", "VersioningNotConfigured"}, Status: 501, Kind: ErrInvalid,
		Why: "this store cannot do that", Remedy: "if it is an older store, set checksums to \"never\"; else do without"},
}

var (
	beingRestored = Condition{Name: "Being restored", Codes: []string{"RestoreAlreadyInProgress"}, Kind: ErrInvalid,
		Why: "the object is being brought back from its archive class already", Remedy: "wait: it takes minutes to two days, by class and tier"}
	outOfOrder = Condition{Name: "Out of order", Codes: []string{"InternalError", "InternalServerError", "ServiceUnavailable", "ServiceUnavailableException"}, Status: 500, Kind: ErrUnreachable, Passing: true,
		Why: "the store has a fault of its own just now", Remedy: "try again in a minute; if it stays so, tell its owner the request id"}
)

// storeConditions are about the store's own state.
var storeConditions = []Condition{
	{Name: "KMS too busy", Codes: []string{"ThrottlingException", "KMS.ThrottlingException"}, Says: []string{"kms"}, Kind: ErrUnreachable, Passing: true,
		Why: "KMS, which encrypts the objects, gets more requests than the account may make", Remedy: "turn the S3 Bucket Key on for the bucket, or use fewer workers"},
	{Name: "Slow down", Codes: []string{"SlowDown", "503 SlowDown", "Throttling", "ThrottlingException", "TooManyRequests", "TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded"}, Status: 429, Kind: ErrUnreachable, Passing: true,
		Why: "the store is too busy for so many requests", Remedy: "try again in a minute, with fewer workers if it stays so"},
	outOfOrder,
	{Name: "Unavailable", Status: 503, Kind: ErrUnreachable, Passing: true,
		Why: "the store is too busy or out of order just now", Remedy: "try again in a minute, with fewer workers if it stays so"},
	{Name: "Gateway", Codes: []string{"BadGateway", "GatewayTimeout"}, Status: 502, Kind: ErrUnreachable, Passing: true,
		Why: "a proxy before the store gets no answer from it", Remedy: "try again in a minute; if it stays so, see to the proxy or load balancer before {host}"},
	{Name: "Quota", Codes: []string{"QuotaExceeded", "XMinioAdminBucketQuotaExceeded"}, Kind: ErrInvalid,
		Why: "the bucket or account holds as much as it may", Remedy: "delete for good what is not needed (weft rm --all-versions), or ask for a larger quota"},
	{Name: "Store full", Codes: []string{"NoSpaceLeftOnDevice", "InsufficientStorage", "XMinioStorageFull", "StorageFull"}, Status: 507,
		Why: "the store has no room left", Remedy: "delete there for good what is not needed (weft rm --all-versions), or enlarge its disk"},
}

// expecting is how S3 names the right region in a refusal of a signature.
var expecting = regexp.MustCompile(`expecting '([a-z0-9-]{2,40})'`)

// redirectRegion is " but in eu-west-1" where the store tells that.
func redirectRegion(err error) string {
	region := ""
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) && re.Response != nil {
		region = re.Response.Header.Get("X-Amz-Bucket-Region")
	}
	if m := expecting.FindStringSubmatch(message(err)); region == "" && m != nil {
		region = m[1]
	}
	if region == "" {
		return ""
	}
	return " but in " + region
}
