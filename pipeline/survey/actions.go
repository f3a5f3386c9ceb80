package survey

import (
	"slices"
	"strings"

	"weft/s3ops"
)

// s3Actions are the actions of S3 that policies may name, but for those on access
// points, batch jobs, Storage Lens and tables.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var s3Actions = strings.Fields(`
AbortMultipartUpload BypassGovernanceRetention CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite DeleteObject DeleteObjectTagging
DeleteObjectVersion DeleteObjectVersionTagging GetAccelerateConfiguration GetAnalyticsConfiguration GetBucketAbac GetBucketAcl GetBucketCORS GetBucketLocation
GetBucketLogging GetBucketMetadataTableConfiguration GetBucketNotification GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration GetMetricsConfiguration GetObject GetObjectAcl
GetObjectAttributes GetObjectLegalHold GetObjectRetention GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl
GetObjectVersionAttributes GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent GetReplicationConfiguration
InitiateReplication ListBucket ListBucketMultipartUploads ListBucketVersions ListMultipartUploadParts ListTagsForResource ObjectOwnerOverrideToBucketOwner
PutAccelerateConfiguration PutAnalyticsConfiguration PutBucketAbac PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment
PutBucketTagging PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration PutInventoryConfiguration
PutLifecycleConfiguration PutMetricsConfiguration PutObject PutObjectAcl PutObjectLegalHold PutObjectRetention PutObjectTagging
PutObjectVersionAcl PutObjectVersionTagging PutReplicationConfiguration ReplicateDelete ReplicateObject ReplicateTags RestoreObject
TagResource UntagResource UpdateBucketMetadataInventoryTableConfiguration`)

// actionProblem says what is wrong with an action in a bucket's policy; certain is
// false where it may only be one that is newer than this list.
func actionProblem(action string) (says string, certain bool) {
	service, name, ok := strings.Cut(action, ":")
	switch {
	case action == "*":
		return "", false
	case !ok || !strings.EqualFold(service, "s3"):
		return "the action " + action + " is none of S3: a bucket's policy has only actions that begin with s3:", true
	case slices.ContainsFunc(s3Actions, func(a string) bool { return strings.EqualFold(a, name) }):
		return "", false
	case strings.ContainsAny(name, "*?"):
		if slices.ContainsFunc(s3Actions, func(a string) bool { return matches(strings.ToLower(name), strings.ToLower(a)) }) {
			return "", false
		}
		return "no action fits " + action, true
	}
	if near := nearest(name); near != "" {
		return "there is no action " + action + ": did you mean s3:" + near + "?", true
	}
	return "the action " + action + " is not known here", false
}

// matches tells whether a name fits a pattern with * and ?.
func matches(pattern, name string) bool {
	for i, r := range pattern {
		switch r {
		case '*':
			rest := pattern[i+1:]
			for at := 0; at <= len(name); at++ {
				if matches(rest, name[at:]) {
					return true
				}
			}
			return false
		case '?':
			if name == "" {
				return false
			}
		default:
			if name == "" || rune(name[0]) != r {
				return false
			}
		}
		name = name[1:]
	}
	return name == ""
}

// nearest is the action that a name may be a slip of; "" if none is alike.
func nearest(name string) string {
	best, least := "", max(2, len(name)/5)+1
	for _, a := range s3Actions {
		if d := distance(strings.ToLower(name), strings.ToLower(a)); d < least {
			best, least = a, d
		}
	}
	return best
}

// distance is that of Levenshtein.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			before, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, before+cost)
		}
	}
	return row[len(b)]
}

// onObjects tells whether an action is one on objects, so that its resource must
// name some.
func onObjects(action string) (yes, sure bool) {
	name := strings.TrimPrefix(action, "s3:")
	switch {
	case strings.ContainsAny(action, "*?") || !slices.Contains(s3Actions, name):
		return false, false
	case s3ops.ScopeOf(action) == s3ops.OnObjects:
		return true, true
	}
	return strings.Contains(name, "Object") && !strings.Contains(name, "Bucket") || strings.HasPrefix(name, "Replicate") || strings.Contains(name, "Multipart") && name != "ListBucketMultipartUploads", true
}
