package s3ops

import (
	"maps"
	"slices"
)

// Deed is one kind of thing that weft does, as far as policies tell such things
// apart. What each needs stands here alone: policies are written from it, and the
// actions that errors name are among its own.
type Deed string

// The deeds. All but those on the bucket are done in a folder.
const (
	DoList        Deed = "list"         // names, sizes and times
	DoRead        Deed = "read"         // bytes and headers; links to download
	DoReadVersion Deed = "read version" // one version, which is named
	DoReadTags    Deed = "read tags"
	DoWrite       Deed = "write"     // new objects, also in parts; links to upload
	DoCopyTags    Deed = "copy tags" // a copy takes its tags along
	DoDelete      Deed = "delete"    // leaves a delete marker where versions are kept
	DoVersions    Deed = "versions"  // lists old versions and what is deleted
	DoPurge       Deed = "purge"     // removes versions for good, and delete markers to bring objects back
	DoLook        Deed = "look"      // on the bucket: whether old versions are kept, which uploads are unfinished
	DoInspect     Deed = "inspect"   // on the bucket: how it is set up
	DoSetUp       Deed = "set up"    // on the bucket: make it, and change how it is set up
	DoBrowse      Deed = "browse"    // on the bucket: the names of the folders above ours
)

// Scope is what an action is allowed on.
type Scope int

// The scopes.
const (
	OnObjects Scope = iota // objects below a prefix
	OnListing              // the bucket, for listings below a prefix
	OnBucket               // the bucket
)

// deeds are the actions that each deed needs, with the scope of each found by
// ScopeOf. DoBrowse is a listing of its own, see package access.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html
var deeds = map[Deed][]string{
	DoList: {"s3:ListBucket"}, DoBrowse: {"s3:ListBucket"},
	DoRead: {"s3:GetObject"}, DoReadVersion: {"s3:GetObjectVersion"}, DoReadTags: {"s3:GetObjectTagging"},
	DoWrite:    {"s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"},
	DoCopyTags: {"s3:GetObjectVersionTagging", "s3:PutObjectTagging"},
	DoDelete:   {"s3:DeleteObject"}, DoVersions: {"s3:ListBucketVersions"}, DoPurge: {"s3:DeleteObjectVersion"},
	DoLook: {"s3:GetBucketVersioning", "s3:ListBucketMultipartUploads"},
	DoInspect: {"s3:GetBucketVersioning", "s3:GetBucketCORS", "s3:GetLifecycleConfiguration", "s3:GetBucketPolicy",
		"s3:GetBucketPublicAccessBlock", "s3:GetEncryptionConfiguration", "s3:GetBucketOwnershipControls", "s3:GetBucketObjectLockConfiguration"},
	DoSetUp: {"s3:CreateBucket", "s3:PutBucketVersioning", "s3:PutBucketCORS", "s3:PutLifecycleConfiguration", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy",
		"s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration", "s3:PutBucketOwnershipControls"},
}

// Actions are the IAM actions that a deed needs.
func (d Deed) Actions() []string { return slices.Clone(deeds[d]) }

// Deeds are all deeds, in the order of their names.
func Deeds() []Deed { return slices.Sorted(maps.Keys(deeds)) }

// ScopeOf is what an action is allowed on.
func ScopeOf(action string) Scope {
	switch {
	case objectActions[action]:
		return OnObjects
	case action == "s3:ListBucket", action == "s3:ListBucketVersions":
		return OnListing
	}
	return OnBucket
}
