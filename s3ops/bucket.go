// Package s3ops reads and writes one bucket in any S3: it lists, uploads,
// downloads, deletes, copies, restores and signs links.
//
// It is the only package that knows the AWS SDK. It knows no screens, no
// images and no queue.
package s3ops

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"weft/config"
)

// Bucket is one bucket, opened. Its methods may be called from many goroutines.
type Bucket struct {
	name     string
	s3       *s3.Client
	region   atomic.Pointer[string] // corrected by the store's redirect
	guessed  bool                   // nobody named the region
	path     atomic.Bool            // the bucket stands in the path, not in the host's name
	certain  atomic.Bool            // and that is known: the configuration says it, or the store answered
	custom   bool                   // an endpoint of the user's own, not AWS
	strict   bool                   // a store over files, where odd keys reach other objects
	sums     bool                   // checksums are sent and asked for
	unsigned bool                   // requests are sent without credentials
	pays     bool                   // the sender pays for requests
	scheme   atomic.Int32           // the scheme of uploads, corrected by the store's refusals
	least    scheme                 // the least that may be fallen back to
	blind    atomic.Bool            // the store was found to know no conditional writes
	readOnly bool
	profile  string
	sizes    sizes
	pause    time.Duration              // firstPause
	links    atomic.Pointer[linkBase]   // where links lead
	signer   atomic.Pointer[signingKey] // today's
	divide   division                   // where listings may be divided
	room     room                       // for parts of files in memory
	scratch  sync.Pool                  // *scratch, for reading listings

	standard           *retry.Standard // decides what is worth asking again
	patient, impatient patience        // of work, and of people who look on
}

// sizes are the lengths at which an object is moved in parts, in bytes.
type sizes struct {
	part     int64 // part of an upload
	get      int64 // part of a download
	copyOne  int64 // largest object CopyObject takes
	copyPart int64 // part of a server-side copy
}

// The sizes in force: S3 takes at most 5 GiB in one CopyObject, at most 10,000
// parts, and no part but the last under 5 MiB.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
var defaultSizes = sizes{part: 8 << 20, get: 8 << 20, copyOne: 5 << 30, copyPart: 512 << 20}

// Open prepares a bucket for use; it makes no request to the store. Credentials
// come from c.Credentials, or else from the standard AWS chain.
func Open(ctx context.Context, c *config.Config) (*Bucket, error) { return open(ctx, c, nil) }

// Name is the bucket's name.
func (b *Bucket) Name() string { return b.name }

// Region is the region requests are signed for.
func (b *Bucket) Region() string { return *b.region.Load() }

// Guessed tells whether nobody has named the region: neither the configuration nor
// a profile.
func (b *Bucket) Guessed() bool { return b.guessed }

// Check asks for one key, to learn whether the bucket can be read at all.
func (b *Bucket) Check(ctx context.Context) error {
	_, err := b.listObjects(ctx, attempt{op: "open"}, &s3.ListObjectsV2Input{MaxKeys: aws.Int32(1)})
	return err
}

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

// Info is all that a HEAD tells of an object.
type Info struct {
	Object
	ContentType        string
	CacheControl       string
	ContentDisposition string
	Metadata           map[string]string // user metadata, lower-case names, values decoded
	Tags               map[string]string // filled by Tags, never by Stat
	Checksum           string            // "CRC64NVME:…", base64 as S3 writes it; "" if the store keeps none

	encoding, language string     // Content-Encoding and Content-Language, for copies
	expires            *time.Time // Expires, for copies
	kms                bool       // encrypted with a key of KMS or the client: the ETag is no MD5
	redirect           string     // Website-Redirect-Location, for copies
	seal               seal
	part               int64 // length of its parts, if a copy is made in the same ones; 0: it is not
}

// seal is how an object is encrypted with a key of KMS, for copies; with the
// store's own keys the store sees to it.
type seal struct {
	how       types.ServerSideEncryption // "" without KMS
	key       *string
	bucketKey *bool
}

// Progress is told how many bytes have moved so far; it must not block. It may
// be called from several goroutines, one at a time, with growing numbers.
type Progress func(done int64)

// Versioning is what a bucket does with old versions.
type Versioning string

// The states of versioning. Where it is suspended, versions made before stay,
// but what is written from then on replaces what was written from then on.
const (
	VersionsOff       Versioning = "off"
	VersionsOn        Versioning = "on"
	VersionsSuspended Versioning = "suspended"
)

// Versioning tells what the bucket does with old versions. A store that does not
// know versions keeps none.
func (b *Bucket) Versioning(ctx context.Context) (Versioning, error) {
	is, err := b.VersionsSetting(ctx)
	if err != nil {
		return "", err
	}
	return cmp.Or(is.Value, VersionsOff), nil
}

// Versioned tells whether the bucket keeps all old versions.
func (b *Bucket) Versioned(ctx context.Context) (bool, error) {
	v, err := b.Versioning(ctx)
	return v == VersionsOn, err
}

// Create makes the bucket if it is missing and turns versioning on. It leaves a
// bucket alone that is there and versioned already.
func (b *Bucket) Create(ctx context.Context) error {
	a := attempt{op: "create bucket"}
	if err := b.writable(a); err != nil {
		return err
	}
	if on, err := b.Versioned(ctx); err == nil && on {
		return nil
	}
	if err := b.Make(ctx); err != nil {
		return err
	}
	_, err := call(ctx, b, attempt{op: "turn versioning on"}, b.s3.PutBucketVersioning, &s3.PutBucketVersioningInput{
		Bucket:                  &b.name,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
	})
	return err
}

// Make makes the bucket in its region. One that is there already, and the
// caller's own, is no error.
func (b *Bucket) Make(ctx context.Context) error {
	a := attempt{op: "create bucket"}
	if err := b.writable(a); err != nil {
		return err
	}
	in := &s3.CreateBucketInput{Bucket: &b.name}
	if r := b.Region(); r != fallbackRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(r),
		}
	}
	if _, err := call(ctx, b, a, b.s3.CreateBucket, in); err != nil && code(err) != "BucketAlreadyOwnedByYou" {
		return err
	}
	return nil
}
