package doctor

import (
	"net/http"
	"testing"

	"weft/config"
)

// missingRights are policies that lack one action.
func missingRights() []broken {
	refuse := func(which func(*http.Request) bool) func(*testing.T) (*config.Config, error) {
		return when(which, 403, "AccessDenied", "Access Denied")
	}
	lists := func(query, prefix string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.URL.Query().Has(query) && r.URL.Query().Get("prefix") == prefix }
	}
	return []broken{
		{"lacks s3:ListBucket", refuse(lists("list-type", "generated/")), "generated/ list", Fail, `"s3:prefix": "generated/*"`},
		{"lacks s3:GetObject", refuse(func(r *http.Request) bool { return generated(r) && r.Header.Get("Range") != "" }), "generated/ get", Fail, "s3:GetObject on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:PutObject", refuse(both(puts, generated)), "generated/ put", Fail, "s3:PutObject on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:DeleteObject", refuse(func(r *http.Request) bool {
			return r.Method == http.MethodDelete && generated(r) && len(r.URL.Query()) < 2
		}), "generated/ delete", Warn, "s3:DeleteObject on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:DeleteObjectVersion", refuse(func(r *http.Request) bool {
			return r.Method == http.MethodDelete && generated(r) && r.URL.Query().Has("versionId")
		}), "left in generated/", Warn, "s3:DeleteObjectVersion on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:ListBucketVersions", refuse(lists("versions", "generated/")), "generated/ versions", Warn, "s3:ListBucketVersions"},
		{"lacks s3:GetObjectVersion", refuse(func(r *http.Request) bool {
			return r.Method == http.MethodHead && generated(r) && r.URL.Query().Has("versionId")
		}), "generated/ versions", Warn, "s3:GetObjectVersion on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:GetObjectTagging", refuse(both(asks("tagging", http.MethodGet), generated)), "generated/ tag", Warn, "s3:GetObjectTagging on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:PutObjectTagging", refuse(both(asks("tagging", http.MethodPut), generated)), "generated/ tag", Warn, "s3:PutObjectTagging on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:AbortMultipartUpload", refuse(both(asks("uploadId", http.MethodDelete), generated)), "generated/ multipart", Fail, "s3:AbortMultipartUpload on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:ListMultipartUploadParts", refuse(both(asks("uploadId", http.MethodGet), generated)), "generated/ multipart", Fail, "s3:ListMultipartUploadParts on arn:aws:s3:::BUCKET/generated/*"},
		{"lacks s3:GetBucketVersioning", refuse(asks("versioning", http.MethodGet)), "versioning", Warn, "s3:GetBucketVersioning"},
		{"lacks s3:ListBucketMultipartUploads", refuse(func(r *http.Request) bool {
			return r.Method == http.MethodGet && r.URL.Query().Has("uploads") && r.URL.Query().Get("prefix") == ""
		}), "unfinished uploads", Warn, "s3:ListBucketMultipartUploads"},
		{"links refused", refuse(func(r *http.Request) bool { return generated(r) && r.URL.Query().Has("X-Amz-Signature") }), "generated/ presign", Fail, "s3:GetObject"},
	}
}

// Where one right is missing, the doctor names it first, with the statement that
// allows it.
func TestMissingRights(t *testing.T) {
	all := missingRights()
	if len(all) < 14 {
		t.Fatalf("only %d", len(all))
	}
	diagnose(t, all)
}
