package s3ops

import (
	"errors"
	"strings"

	"github.com/aws/smithy-go"
)

// accessConditions are refusals to credentials that are good.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshoot-403-errors.html
var accessConditions = []Condition{
	{Name: "Denied by a policy", Codes: []string{"AccessDenied"}, Says: []string{"explicit deny"}, Kind: ErrDenied,
		Why: "{policy} denies {action} explicitly", Remedy: "change the Deny statement there, or meet its condition (TLS, encryption, network, MFA): another Allow does not help"},
	{Name: "KMS key denied", Codes: []string{"AccessDenied"}, Says: []string{"kms:", "customer master key", "kms key"}, Kind: ErrDenied,
		Why: "the KMS key of its encryption may not be used by these credentials", Remedy: "allow {allow}, in their policy and in the key's own policy"},
	{Name: "Locked", Codes: []string{"AccessDenied"}, Says: []string{"object lock"}, Kind: ErrDenied,
		Why: "an object lock protects that version: a retention period or a legal hold", Remedy: "wait until the retention ends, or have the legal hold taken away; a newer version can always be written"},
	{Name: "MFA required", Codes: []string{"AccessDenied"}, Says: []string{"mfa authentication"}, Kind: ErrDenied,
		Why: "the bucket has MFA delete: versions go only with the code of the account's root user", Remedy: "delete without --all-versions, or ask the account's owner"},
	{Name: "Public access blocked", Codes: []string{"AccessDenied"}, Says: []string{"block public access", "blockpublic"}, Kind: ErrDenied,
		Why: "S3 Block Public Access forbids a policy or ACL that opens the bucket to everybody", Remedy: "share presigned links instead, or change the setting of the bucket or account"},
	{Name: "Hidden", match: hidden, Kind: ErrDenied,
		Why: "there is no such object, as far as the store may say to these credentials", Remedy: "check the key; allow {allow} so that missing objects are told from forbidden ones"},
	{Name: "Access denied, or no such object", match: deniedOrMissing, Kind: ErrDenied,
		Why: "the store refuses it, or there is no such object and it may not say so", Remedy: "check the key; if it is right, allow {allow}, and s3:ListBucket on the bucket so that the store can tell the two apart{payer}"},
	withoutReason,
	{Name: "Access denied", Codes: []string{"AccessDenied", "Forbidden", "UnauthorizedAccess"}, Status: 403, Kind: ErrDenied,
		Why: "the store refuses {action} to these credentials", Remedy: "allow {allow}{where}"},
	{Name: "Account refused", Codes: []string{"AccountProblem", "AllAccessDisabled", "NotSignedUp", "InvalidPayer"}, Kind: ErrDenied,
		Why: "the account that owns the bucket or pays for it is blocked: {said}", Remedy: "have the account's owner ask the store's support"},
	{Name: "KMS key unusable", Codes: []string{"KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException", "KMS.InvalidKeyUsageException"}, Kind: ErrDenied,
		Why: "the KMS key of its encryption is disabled, about to be deleted or missing", Remedy: "enable the key, cancel its deletion, or name another key in the bucket's default encryption: {said}"},
}

var withoutReason = Condition{Name: "Access denied, without a reason", match: deniedPlainly, Kind: ErrDenied,
	Why: "the store refuses it to these credentials, without a reason", Remedy: "allow {allow}; for a bucket of another account its bucket policy must allow it too{payer}"}

// credentialConditions are credentials that are not good.
var credentialConditions = []Condition{
	{Name: "Role not assumed", match: roleRefused, Kind: ErrCredentials,
		Why: "the role of the profile could not be assumed: {said}", Remedy: "check role_arn, mfa_serial and source_profile in ~/.aws/config, and the role's trust policy"},
	{Name: "SSO login ended", match: ssoEnded, Kind: ErrCredentials,
		Why: "the login of the profile has ended", Remedy: "log in again: aws sso login{profile flag}"},
	{Name: "No credentials", match: noCredentials, Kind: ErrCredentials,
		Why: "no usable credentials were found", Remedy: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile; \"aws sts get-caller-identity\" tells whether they work"},
	{Name: "Unknown key id", Codes: []string{"InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException", "XAdminUserNotFound"}, Kind: ErrCredentials,
		Why: "the store does not know this access key", Remedy: "check AWS_ACCESS_KEY_ID, the profile and the endpoint: keys of one store do not work at another, nor do deleted ones"},
	{Name: "Wrong secret", Codes: []string{"SignatureDoesNotMatch"}, Kind: ErrCredentials,
		Why: "the secret key does not fit the access key", Remedy: "check AWS_SECRET_ACCESS_KEY for a missing or added character; if it is right, a proxy may change the request on its way"},
	{Name: "Expired credentials", Codes: []string{"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"}, Kind: ErrCredentials,
		Why: "the temporary credentials have expired", Remedy: "log in again (aws sso login), or set fresh credentials"},
	{Name: "Wrong session token", Codes: []string{"InvalidToken"}, Kind: ErrCredentials,
		Why: "the session token does not belong to these keys", Remedy: "set AWS_SESSION_TOKEN together with its keys, or unset it for keys that are not temporary"},
	{Name: "Wrong clock", Codes: []string{"RequestTimeTooSkewed"}, Kind: ErrCredentials, skew: true,
		Why: "the clock of this machine is wrong by more than 15 minutes", Remedy: "set the clock, best by network time"},
	{Name: "Not signed in", Codes: []string{"Unauthorized", "MissingSecurityHeader", "MissingAuthenticationToken", "CredentialsNotSupported"}, Status: 401, Kind: ErrCredentials,
		Why: "the store wants other credentials", Remedy: "check the keys and the endpoint"},
}

// readOps are the requests that S3 refuses for an object that is not there, to
// who may not list the bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
var readOps = map[string]bool{"HeadObject": true, "GetObject": true, "GetObjectAttributes": true, "GetObjectTagging": true}

// hidden: asked for an object, S3 says that s3:ListBucket is missing. So the
// object could be read, if it were there.
func hidden(err error) bool {
	return code(err) == "AccessDenied" && readOps[operation(err)] && refusalOf(err).action == "s3:ListBucket" && !refusalOf(err).explicit
}

// deniedOrMissing: a refusal to read an object that does not say what is refused.
func deniedOrMissing(err error) bool {
	return deniedPlainly(err) && readOps[operation(err)]
}

// deniedPlainly: S3 gives reasons only within the account and organisation of the bucket.
func deniedPlainly(err error) bool {
	switch code(err) {
	case "Forbidden":
		return true
	case "AccessDenied":
		text := strings.ToLower(strings.TrimRight(message(err), ". "))
		return text == "" || text == "access denied" || text == "forbidden"
	}
	return false
}

// noCredentials: the SDK has no type for it, only the text of its chain.
func noCredentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get credentials:") || strings.Contains(text, "get identity:") || strings.Contains(text, "failed to refresh cached credentials")
}

// roleRefused: the request that failed was one to the token service.
func roleRefused(err error) bool {
	var oe *smithy.OperationError
	for errors.As(err, &oe) {
		if oe.ServiceID == "STS" {
			return true
		}
		err = oe.Err
	}
	return false
}

func ssoEnded(err error) bool {
	text := err.Error()
	return noCredentials(err) && (strings.Contains(text, "SSO session") || strings.Contains(text, "SSO token"))
}
