// Package s3ops reads and writes one bucket in any S3: it lists, uploads,
// downloads, deletes, copies, restores and signs links.
//
// It is the only package that knows the AWS SDK. It knows no screens, no
// images and no queue.
package s3ops

import (
	"context"
	"io"
	"iter"
	"time"

	"weft/config"
)

// Bucket is one bucket, opened. Its methods may be called from many goroutines.
type Bucket struct{}

// Open prepares a bucket for use; it makes no request. Credentials come from
// c.Credentials, or else from the standard AWS chain.
func Open(ctx context.Context, c *config.Config) (*Bucket, error) { panic("contract") }

// Name is the bucket's name; Region is the region requests are signed for.
func (b *Bucket) Name() string   { panic("contract") }
func (b *Bucket) Region() string { panic("contract") }

// Check asks for one key, to learn whether the bucket can be read at all.
func (b *Bucket) Check(ctx context.Context) error { panic("contract") }

// Object is one object or one version of it, as a listing tells it.
type Object struct {
	Key          string    `json:"key"`
	Size         int64     `json:"size"` // bytes
	ETag         string    `json:"etag"` // without quotes
	Modified     time.Time `json:"modified"`
	StorageClass string    `json:"storage_class"`
	VersionID    string    `json:"version_id,omitempty"`
	IsLatest     bool      `json:"is_latest,omitempty"`
	DeleteMarker bool      `json:"delete_marker,omitempty"`
}

// Page is one page of a listing, in the store's order.
type Page struct {
	Folders []string // prefixes one level down, each ending in a slash; empty if Recursive
	Objects []Object // without the folder's own marker object
}

// ListOptions narrows or widens a listing.
type ListOptions struct {
	Recursive bool // every key below the prefix, without folders
	Versions  bool // every version and delete marker
	Deleted   bool // only objects whose newest version is a delete marker
}

// Pages lists a prefix a page at a time. The first page is yielded as soon as
// it arrives; the sequence ends after the first error.
func (b *Bucket) Pages(ctx context.Context, prefix string, o ListOptions) iter.Seq2[Page, error] {
	panic("contract")
}

// Objects lists every object below a prefix.
func (b *Bucket) Objects(ctx context.Context, prefix string, o ListOptions) iter.Seq2[Object, error] {
	panic("contract")
}

// Info is all that a HEAD tells of an object.
type Info struct {
	Object
	ContentType        string
	CacheControl       string
	ContentDisposition string
	Metadata           map[string]string // user metadata, lower-case names, values decoded
	Tags               map[string]string // only if asked for with Tags
	Checksum           string            // "CRC64NVME:…", "" if the store keeps none
}

// Stat heads an object; versionID may be empty.
func (b *Bucket) Stat(ctx context.Context, key, versionID string) (Info, error) { panic("contract") }

// Tags reads an object's tags.
func (b *Bucket) Tags(ctx context.Context, key, versionID string) (map[string]string, error) {
	panic("contract")
}

// Progress is told how many bytes have moved so far; it must not block.
type Progress func(done int64)

// UploadOptions says how an object is written.
type UploadOptions struct {
	Overwrite    bool              // replace what is there; otherwise ErrExists
	IfMatch      string            // replace only this ETag
	ContentType  string            // empty: sniffed from the bytes and checked against the extension
	CacheControl string
	Metadata     map[string]string
	Size         int64 // bytes, if known; 0: not known
	Progress     Progress
}

// Upload writes r to key, in parts if it is long.
func (b *Bucket) Upload(ctx context.Context, key string, r io.Reader, o UploadOptions) (Object, error) {
	panic("contract")
}

// UploadFile uploads a regular file of this machine.
func (b *Bucket) UploadFile(ctx context.Context, path, key string, o UploadOptions) (Object, error) {
	panic("contract")
}

// ReadOptions narrows a Read.
type ReadOptions struct {
	VersionID      string
	IfMatch        string // ETag
	Offset, Length int64  // Length 0: to the end
}

// Read opens an object's bytes. A whole read is verified: a body that is
// shorter than announced or fails its checksum ends in an error, not io.EOF.
func (b *Bucket) Read(ctx context.Context, key string, o ReadOptions) (io.ReadCloser, Info, error) {
	panic("contract")
}

// DownloadOptions says how an object is saved.
type DownloadOptions struct {
	Name      string // path below dir; empty: the key's last segment
	VersionID string
	Overwrite bool
	Progress  Progress
}

// Download saves an object below dir and returns the file's path. It writes a
// temporary file, verifies it, syncs it and renames it; it never leaves dir.
func (b *Bucket) Download(ctx context.Context, key, dir string, o DownloadOptions) (string, error) {
	panic("contract")
}

// Delete removes an object: where versions are kept it leaves a delete marker
// and returns the marker's version. With a versionID it removes that version
// for good. Deleting what is not there is no error.
func (b *Bucket) Delete(ctx context.Context, key, versionID string) (marker string, err error) {
	panic("contract")
}

// Undelete brings a deleted object back by removing its delete marker.
func (b *Bucket) Undelete(ctx context.Context, key string) error { panic("contract") }

// Restore makes an old version the current one again, by copying it on top.
func (b *Bucket) Restore(ctx context.Context, key, versionID string) (Object, error) {
	panic("contract")
}

// Copy copies an object inside the store, with its metadata, headers and tags.
func (b *Bucket) Copy(ctx context.Context, from, to string, overwrite bool) (Object, error) {
	panic("contract")
}

// Move copies, verifies the copy and then deletes the source.
func (b *Bucket) Move(ctx context.Context, from, to string, overwrite bool) (Object, error) {
	panic("contract")
}

// Link is a presigned URL. It is a secret until it expires.
type Link struct {
	Key       string    `json:"key"`
	URL       string    `json:"url"`
	Method    string    `json:"method"` // GET or PUT
	ExpiresAt time.Time `json:"expires_at"`
	Capped    bool      `json:"capped,omitempty"` // the credentials end before the asked life
}

// LinkOptions says what a link is for.
type LinkOptions struct {
	Put         bool
	Life        time.Duration // 1 s to 7 days; 0: 3600 s
	Filename    string        // GET: saved under this name (attachment)
	ContentType string        // PUT: the only type the upload may have
	VersionID   string
}

// Presign signs a link; it makes no request to the store.
func (b *Bucket) Presign(ctx context.Context, key string, o LinkOptions) (Link, error) {
	panic("contract")
}

// Versioned tells whether the bucket keeps old versions.
func (b *Bucket) Versioned(ctx context.Context) (bool, error) { panic("contract") }

// Create makes the bucket if it is missing and turns versioning on.
func (b *Bucket) Create(ctx context.Context) error { panic("contract") }

// URI is s3://bucket/key; URL is the plain, unsigned https address.
func (b *Bucket) URI(key string) string { panic("contract") }
func (b *Bucket) URL(key string) string { panic("contract") }

// CheckKey says whether a key can be used: 1 to 1,024 bytes of UTF-8, no "." or
// ".." or empty segments, no leading slash. The error is an *Error.
func CheckKey(key string) error { panic("contract") }
