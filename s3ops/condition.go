package s3ops

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Condition is one way to fail, with its reason and its remedy. In the texts
// {bucket}, {region}, {actual region}, {profile}, {host}, {said} and {allow}
// stand for what was at hand; {allow} is the IAM action and its resource.
type Condition struct {
	Name   string   // what it is called in a troubleshooting guide
	Codes  []string // the store's codes for it
	Status int      // HTTP status that means it when there is no code; 0: none
	Kind   error
	Why    string
	Remedy string

	match func(error) bool // an error of this machine or the network that means it
}

// Conditions are all the ways to fail that this package tells apart, in the
// order in which they are tried.
func Conditions() []Condition { return slices.Clone(conditions) }

func conditionOf(err error) Condition {
	for _, c := range conditions {
		if c.match != nil && c.match(err) {
			return c
		}
	}
	if code := code(err); code != "" {
		for _, c := range conditions {
			if slices.Contains(c.Codes, code) {
				return c
			}
		}
	}
	if status := status(err); status != 0 {
		for _, c := range conditions {
			if c.Status == status {
				return c
			}
		}
		if status >= 500 {
			return overloaded
		}
	}
	return unknown
}

var (
	overloaded = Condition{Name: "The store is overloaded or out of order", Status: 503,
		Codes: []string{"SlowDown", "ServiceUnavailable", "InternalError", "503 SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "TooManyRequests", "BandwidthLimitExceeded"},
		Kind:  ErrUnreachable, Why: "the store is too busy or out of order just now", Remedy: "try again in a minute, with fewer workers if it stays so"}
	unknown = Condition{Name: "Something else", Why: "it failed: {said}", Remedy: "try again; if it stays so, tell the store's owner the request id"}
)

// conditions is read-only.
var conditions = []Condition{
	{Name: "Not S3", match: is(errNotS3), Kind: ErrUnreachable,
		Why: "{host} did not answer as an S3 store but with something else, such as a login page", Remedy: "log in to the network if it asks for that, and check the endpoint"},
	{Name: "An answer that cannot be read", match: unreadable, Kind: ErrUnreachable,
		Why: "{host} answered with something that is not S3's, such as the page of a proxy", Remedy: "check the endpoint and any proxy between"},
	{Name: "Mismatch", match: is(errMismatch), Kind: ErrCorrupt,
		Why: "{cause}", Remedy: "try again; if it stays so, the object or the network is damaged"},
	{Name: "Corrupt bytes", match: corrupt, Kind: ErrCorrupt,
		Codes: []string{"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch"},
		Why:   "the bytes that arrived are not those that were sent", Remedy: "try again; if it stays so, the object or the network is damaged"},
	{Name: "Stalled", match: is(errStalled), Kind: ErrUnreachable,
		Why: "the connection to {host} went silent", Remedy: "check the network and try again"},
	{Name: "Timeout", match: timeout, Kind: ErrUnreachable,
		Why: "{host} did not answer in time", Remedy: "check the network, a proxy or firewall, and the endpoint"},
	{Name: "Unknown host", match: as[*net.DNSError], Kind: ErrUnreachable,
		Why: "the name {host} cannot be resolved", Remedy: "check the endpoint, the region and the network's DNS"},
	{Name: "Connection refused", match: is(syscall.ECONNREFUSED), Kind: ErrUnreachable,
		Why: "nothing listens at {host}", Remedy: "check the endpoint's port, and that the store is running"},
	{Name: "Certificate", match: certificate, Kind: ErrUnreachable,
		Why: "the certificate of {host} is not trusted", Remedy: "check the endpoint's name and the clock, or add the store's authority to AWS_CA_BUNDLE"},
	{Name: "TLS", match: badTLS, Kind: ErrUnreachable,
		Why: "{host} does not speak TLS as expected", Remedy: "check whether the endpoint is http:// or https://"},
	{Name: "No credentials", match: noCredentials, Kind: ErrCredentials,
		Why: "no usable credentials were found", Remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile; \"aws sts get-caller-identity\" tells whether they work"},
	{Name: "Disk full", match: isAny(syscall.ENOSPC, syscall.EDQUOT), Why: "the disk of this machine is full", Remedy: "make room, then try again"},
	{Name: "A link out of the folder", match: escapes, Kind: ErrInvalid,
		Why: "a symbolic link there leads out of the folder", Remedy: "remove the link, or choose another folder"},
	{Name: "Local permission", match: local(fs.ErrPermission), Kind: ErrDenied,
		Why: "this machine does not allow access to the file", Remedy: "check the owner and permissions of the file and its folder"},
	{Name: "Local file missing", match: local(fs.ErrNotExist), Kind: ErrNotFound, Why: "the file is not on this machine", Remedy: "check its path"},
	{Name: "Local file exists", match: local(fs.ErrExist), Kind: ErrExists,
		Why: "a file of that name is already there", Remedy: "choose another folder or name, or allow overwriting"},
	{Name: "Connection lost", match: isAny(io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed), Kind: ErrUnreachable,
		Why: "the connection to {host} was lost", Remedy: "check the network and try again"},

	{Name: "No such bucket", Codes: []string{"NoSuchBucket"}, Kind: ErrNoBucket,
		Why: "the bucket {bucket} does not exist at {host}", Remedy: "check its name and the account, or create it there"},
	{Name: "Bucket name taken", Codes: []string{"BucketAlreadyExists"}, Kind: ErrExists,
		Why: "another account owns a bucket of that name", Remedy: "choose another name: they are shared by all of AWS"},
	{Name: "No such version", Codes: []string{"NoSuchVersion"}, Kind: ErrNotFound, Why: "there is no such version", Remedy: "list the versions there are"},
	{Name: "Not a version of an object", Codes: []string{"MethodNotAllowed"}, Status: 405, Kind: ErrNotFound,
		Why: "that version is a delete marker, not an object", Remedy: "undelete the object, or choose another version"},
	{Name: "No such upload", Codes: []string{"NoSuchUpload"}, Kind: ErrChanged, Why: "the upload in parts was ended by somebody else", Remedy: "upload it again"},
	{Name: "No such object", Codes: []string{"NoSuchKey", "NotFound"}, Status: 404, Kind: ErrNotFound,
		Why: "there is no such object", Remedy: "list the folder again: it may have been moved or deleted"},
	{Name: "Unknown key id", Codes: []string{"InvalidAccessKeyId", "InvalidClientTokenId", "XAdminUserNotFound"}, Kind: ErrCredentials,
		Why: "the store does not know this access key", Remedy: "check AWS_ACCESS_KEY_ID, the profile and the endpoint: keys of one store do not work at another"},
	{Name: "Wrong secret", Codes: []string{"SignatureDoesNotMatch"}, Kind: ErrCredentials,
		Why: "the secret key does not fit the access key", Remedy: "check AWS_SECRET_ACCESS_KEY for a missing or added character, and the region"},
	{Name: "Expired credentials", Codes: []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired", "InvalidToken"}, Kind: ErrCredentials,
		Why: "the temporary credentials have expired or are not valid", Remedy: "log in again (aws sso login), or set fresh credentials"},
	{Name: "Wrong clock", Codes: []string{"RequestTimeTooSkewed"}, Kind: ErrCredentials,
		Why: "the clock of this machine is wrong by more than 15 minutes", Remedy: "set the clock, best by network time"},
	{Name: "Wrong region", Codes: []string{"PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "MovedPermanently"}, Status: 301, Kind: ErrInvalid,
		Why: "the bucket is not in region {region}{actual region}", Remedy: "set the bucket's region with --region or AWS_REGION"},
	{Name: "Condition not met", Codes: []string{"PreconditionFailed"}, Status: 412, Kind: ErrChanged,
		Why: "the object is not what it was when this began", Remedy: "look at it again, then repeat"},
	{Name: "Conflict", Codes: []string{"ConditionalRequestConflict", "OperationAborted", "BucketNotEmpty"}, Status: 409, Kind: ErrChanged,
		Why: "another change was made at the same moment", Remedy: "try again"},
	{Name: "Not implemented", Codes: []string{"NotImplemented", "XNotImplemented"}, Status: 501, Kind: ErrInvalid,
		Why: "this store cannot do that", Remedy: "if it is an older store, set checksums to \"never\"; else do without"},
	{Name: "Too large", Codes: []string{"EntityTooLarge", "MaxMessageLengthExceeded"}, Status: 413, Kind: ErrInvalid,
		Why: "the object is larger than the store takes", Remedy: "split it, or upload it in parts of a known size"},
	{Name: "Store full", Codes: []string{"QuotaExceeded", "NoSpaceLeftOnDevice", "InsufficientStorage", "XMinioStorageFull"}, Status: 507,
		Why: "the store has no room left", Remedy: "delete there for good what is not needed (weft rm --all-versions), or enlarge its disk or quota"},
	{Name: "Beyond the end", Codes: []string{"InvalidRange"}, Status: 416, Kind: ErrInvalid,
		Why: "the object has no bytes there", Remedy: "ask for a range within its length"},
	{Name: "Archived", Codes: []string{"InvalidObjectState"}, Kind: ErrInvalid, Why: "the object is in an archive class", Remedy: "restore it from the archive first"},
	{Name: "A folder of that name", Codes: []string{"ExistingObjectIsDirectory", "ObjectParentIsFile", "DirectoryObjectContainsData"}, Kind: ErrInvalid,
		Why: "this store keeps files: a key cannot be an object and a folder at once", Remedy: "choose another key"},
	{Name: "Key too long", Codes: []string{"KeyTooLongError", "KeyTooLong"}, Kind: ErrInvalid, Why: "the key is longer than the store takes", Remedy: "shorten it"},
	{Name: "Not allowed", Codes: []string{"AccessDenied", "Forbidden", "AllAccessDisabled", "AccountProblem", "UnauthorizedAccess"}, Status: 403, Kind: ErrDenied,
		Why: "the store refuses it to these credentials", Remedy: "allow {allow}"},
	{Name: "Not allowed, not even known", Status: 401, Kind: ErrCredentials, Why: "the store wants other credentials", Remedy: "check the keys and the endpoint"},
	{Name: "Refused request", Codes: []string{"InvalidArgument", "InvalidRequest", "MalformedXML", "InvalidURI", "InvalidBucketName", "MetadataTooLarge", "InvalidTag"}, Status: 400, Kind: ErrInvalid,
		Why: "the store refuses the request: {said}", Remedy: "check the name and options; at an older store set checksums to \"never\""},
	overloaded,
}

// actions are the IAM actions that requests need.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
var actions = map[string]string{
	"ListObjectsV2": "s3:ListBucket", "ListObjectVersions": "s3:ListBucketVersions",
	"HeadObject": "s3:GetObject", "GetObject": "s3:GetObject", "GetObjectAttributes": "s3:GetObjectAttributes",
	"PutObject": "s3:PutObject", "CopyObject": "s3:GetObject on the source and s3:PutObject",
	"CreateMultipartUpload": "s3:PutObject", "UploadPart": "s3:PutObject", "UploadPartCopy": "s3:GetObject on the source and s3:PutObject",
	"CompleteMultipartUpload": "s3:PutObject", "AbortMultipartUpload": "s3:AbortMultipartUpload",
	"ListMultipartUploads": "s3:ListBucketMultipartUploads", "ListParts": "s3:ListMultipartUploadParts",
	"DeleteObject": "s3:DeleteObject", "DeleteObjects": "s3:DeleteObject",
	"GetObjectTagging": "s3:GetObjectTagging", "GetBucketVersioning": "s3:GetBucketVersioning",
	"PutBucketVersioning": "s3:PutBucketVersioning", "CreateBucket": "s3:CreateBucket",
}

// bucketActions are allowed on the bucket, not on its objects.
var bucketActions = map[string]bool{
	"s3:ListBucket": true, "s3:ListBucketVersions": true, "s3:GetBucketVersioning": true,
	"s3:PutBucketVersioning": true, "s3:CreateBucket": true, "s3:ListBucketMultipartUploads": true,
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func isAny(targets ...error) func(error) bool {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(t error) bool { return errors.Is(err, t) })
	}
}

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// local is true for an error of this machine's files, not of the network.
func local(target error) func(error) bool {
	return func(err error) bool {
		return errors.Is(err, target) && (as[*fs.PathError](err) || isLink(err))
	}
}

// escapes: os.Root has no error of its own for it, only a text.
func escapes(err error) bool { return strings.Contains(err.Error(), "path escapes from parent") }

func isLink(err error) bool { return as[*os.LinkError](err) }

func timeout(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

func certificate(err error) bool {
	return as[*tls.CertificateVerificationError](err) || as[x509.UnknownAuthorityError](err) || as[x509.HostnameError](err) || as[x509.CertificateInvalidError](err)
}

func badTLS(err error) bool {
	return as[tls.RecordHeaderError](err) || as[tls.AlertError](err) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// noCredentials: the SDK has no type for it, only the text of its chain.
func noCredentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get credentials:") || strings.Contains(text, "get identity:") || strings.Contains(text, "failed to refresh cached credentials")
}

// unreadable: an answer with an error status whose body is no XML of S3's. Some
// stores call everything text/html, and the answer to a HEAD has no body: there
// 404 means what it says, and anything else may be a proxy's.
func unreadable(err error) bool {
	var re *smithyhttp.ResponseError
	if !errors.As(err, &re) || re.Response == nil || !strings.HasPrefix(re.Response.Header.Get("Content-Type"), "text/html") {
		return false
	}
	if r := re.Response.Request; r != nil && r.Method == http.MethodHead {
		return re.HTTPStatusCode() != http.StatusNotFound
	}
	// The SDK makes up a code from the status where it finds none.
	c := code(err)
	return c == "" || c == "UnknownError" || c == strings.ReplaceAll(http.StatusText(re.HTTPStatusCode()), " ", "")
}

// errMismatch is what the checks of this package report.
var errMismatch = errors.New("length or checksum differs")

// corrupt: the SDK's own checksum error has no public type, only its text.
func corrupt(err error) bool {
	return strings.Contains(err.Error(), "checksum did not match")
}

func redirectRegion(err error) string {
	var re *smithyhttp.ResponseError
	if errors.As(err, &re) && re.Response != nil {
		if r := re.Response.Header.Get("X-Amz-Bucket-Region"); r != "" {
			return " but in " + r
		}
	}
	return ""
}
