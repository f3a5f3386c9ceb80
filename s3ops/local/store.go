package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"

	"weft/s3ops"
)

// abortWait is how long the parts of an aborted upload may take to break off.
const abortWait = 10 * time.Second

// store is versitygw's store over files, mended where version 1.8.0 loses data
// or differs from S3.
type store struct {
	*posix.Posix
	root       string // absolute
	attributes meta.MetadataStorer
	sidecar    bool // the attributes are files of their own

	mu     sync.Mutex
	coming map[string]int // parts on their way in, by upload
	ending map[string]int // uploads that are being aborted or completed: they take no further part
}

// DeleteObject holds the lock under which objects are published. The library
// itself does not: it marks the file that is there as deleted, and if another
// was published since it looked, that one is lost.
func (s *store) DeleteObject(ctx context.Context, in *s3.DeleteObjectInput) (*s3.DeleteObjectOutput, error) {
	if in.Bucket == nil || in.Key == nil {
		return s.Posix.DeleteObject(ctx, in)
	}
	unlock, err := s.lock(ctx, *in.Bucket, *in.Key)
	if err != nil {
		return nil, err
	}
	defer unlock()
	out, err := s.Posix.DeleteObject(ctx, in)
	return out, plain(err)
}

// DeleteObjects deletes one by one, each under its lock.
func (s *store) DeleteObjects(ctx context.Context, in *s3.DeleteObjectsInput) (s3response.DeleteResult, error) {
	var r s3response.DeleteResult
	for _, o := range in.Delete.Objects {
		out, err := s.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: in.Bucket, Key: o.Key, VersionId: o.VersionId})
		if err != nil {
			r.Error = append(r.Error, s3err.ObjectDeleteError(o.Key, o.VersionId, err))
			continue
		}
		d := types.DeletedObject{Key: o.Key, DeleteMarker: out.DeleteMarker, VersionId: o.VersionId}
		if d.DeleteMarker != nil && *d.DeleteMarker {
			d.DeleteMarkerVersionId = out.VersionId
		}
		r.Deleted = append(r.Deleted, d)
	}
	return r, nil
}

// PutObject takes a deleted object for absent, as S3 does, and a broken
// connection for the sender's fault, not for an error of the server to print.
func (s *store) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	if in.Bucket != nil && in.Key != nil {
		in.IfMatch, in.IfNoneMatch = s.overMarker(*in.Bucket, *in.Key, in.IfMatch, in.IfNoneMatch)
	}
	out, err := s.Posix.PutObject(ctx, in)
	if err == nil {
		err = s.revive(ctx, in.Bucket, in.Key, out.VersionID)
	}
	return out, plain(err)
}

// CopyObject differs from the library's as PutObject does.
func (s *store) CopyObject(ctx context.Context, in s3response.CopyObjectInput) (s3response.CopyObjectOutput, error) {
	out, err := s.Posix.CopyObject(ctx, in)
	if err == nil && out.VersionId != nil {
		err = s.revive(ctx, in.Bucket, in.Key, *out.VersionId)
	}
	return out, plain(err)
}

// revive takes the mark of deletion off a key that was written again. It stays
// where attributes are files, which are not replaced with the object.
func (s *store) revive(ctx context.Context, bucket, key *string, version string) error {
	if !s.sidecar || version == "" {
		return nil
	}
	unlock, err := s.lock(ctx, *bucket, *key)
	if err != nil {
		return err
	}
	defer unlock()
	if now, err := s.attributes.RetrieveAttribute(nil, *bucket, *key, "version-id"); err != nil || string(now) != version {
		return nil // written or deleted again meanwhile
	}
	if err := s.attributes.DeleteAttribute(*bucket, *key, "delete-marker"); err != nil && !errors.Is(err, meta.ErrNoSuchKey) && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// UploadPart is PutObject for a part.
func (s *store) UploadPart(ctx context.Context, in *s3.UploadPartInput) (*s3.UploadPartOutput, error) {
	id := strings.Clone(aws.ToString(in.UploadId)) // the server uses the memory of its strings again
	if !s.begin(id) {
		return nil, s3err.GetAPIError(s3err.ErrNoSuchUpload)
	}
	defer s.count(id, -1)
	out, err := s.Posix.UploadPart(ctx, in)
	if errors.Is(err, fs.ErrNotExist) {
		err = s3err.GetAPIError(s3err.ErrNoSuchUpload) // aborted while the part came in
	}
	return out, plain(err)
}

// AbortMultipartUpload lets no further part begin and waits for those that are
// still coming in, which are mostly about to break off: the library would remove
// the upload's directory from under them, and what they write then stays for ever.
func (s *store) AbortMultipartUpload(ctx context.Context, in *s3.AbortMultipartUploadInput) error {
	defer s.closing(ctx, in.UploadId)()
	return s.Posix.AbortMultipartUpload(ctx, in)
}

// closing lets no further part of an upload begin, and waits for those on their
// way, until the returned function is called.
func (s *store) closing(ctx context.Context, upload *string) (closed func()) {
	id := strings.Clone(aws.ToString(upload)) // the server uses the memory of its strings again
	s.mu.Lock()
	s.ending[id]++
	s.mu.Unlock()
	for end := time.Now().Add(abortWait); s.count(id, 0) > 0 && time.Now().Before(end) && ctx.Err() == nil; {
		time.Sleep(10 * time.Millisecond)
	}
	return func() { // the library knows by now that it is gone, or it goes on
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.ending[id]--; s.ending[id] == 0 {
			delete(s.ending, id)
		}
	}
}

// begin counts a part in, unless its upload is being aborted.
func (s *store) begin(upload string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending[upload] > 0 {
		return false
	}
	s.coming[upload]++
	return true
}

// count adds to the parts of an upload that are on their way in.
func (s *store) count(upload string, n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.coming[upload] += n
	now := s.coming[upload]
	if now == 0 {
		delete(s.coming, upload)
	}
	return now
}

// CompleteMultipartUpload takes a deleted object for absent. It waits for parts on
// their way as an abort does: one that its sender has left, and that breaks off
// only now, would bring the upload's directory back.
func (s *store) CompleteMultipartUpload(ctx context.Context, in *s3.CompleteMultipartUploadInput) (s3response.CompleteMultipartUploadResult, string, error) {
	defer s.closing(ctx, in.UploadId)()
	if in.Bucket != nil && in.Key != nil {
		in.IfMatch, in.IfNoneMatch = s.overMarker(*in.Bucket, *in.Key, in.IfMatch, in.IfNoneMatch)
	}
	out, version, err := s.Posix.CompleteMultipartUpload(ctx, in)
	if err == nil {
		err = s.revive(ctx, in.Bucket, in.Key, version)
	}
	return out, version, plain(err)
}

// overMarker turns the condition "nothing may be there" into "only this delete
// marker may be there". The library keeps the deleted object's ETag on the
// marker, and compares it under its lock.
func (s *store) overMarker(bucket, key string, ifMatch, ifNoneMatch *string) (*string, *string) {
	if ifMatch != nil || ifNoneMatch == nil {
		return ifMatch, ifNoneMatch
	}
	// The ETag first: read after the marker, it might be that of an object that
	// somebody has just put in the marker's place, and that would be replaced.
	etag, err := s.attributes.RetrieveAttribute(nil, bucket, key, "etag")
	if err != nil {
		return nil, ifNoneMatch
	}
	if _, err := s.attributes.RetrieveAttribute(nil, bucket, key, "delete-marker"); err != nil {
		return nil, ifNoneMatch
	}
	text := strings.Trim(string(etag), `"`)
	return &text, nil
}

// plain says of a sender who went away that the body is incomplete, and of a
// full disk that it is full: what is no error of S3's the server prints, and
// answers with an internal error.
func plain(err error) error {
	var known s3err.S3Error
	var network *net.OpError
	switch {
	case err == nil || errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC):
		return s3err.GetAPIError(s3err.ErrNoSpaceLeftOnDevice)
	case errors.As(err, &network):
		return s3err.GetAPIError(s3err.ErrIncompleteBody)
	}
	return err
}

// lock takes the lock file of a key, the same that the library takes while it
// publishes (.vgwlocks/<hash of the bucket>/<first byte of the hash of the key>,
// its objlock.go), so that processes exclude each other as well.
func (s *store) lock(ctx context.Context, bucket, key string) (unlock func(), err error) {
	b, k := sha256.Sum256([]byte(bucket)), sha256.Sum256([]byte(key))
	dir := filepath.Join(s.root, ".vgwlocks", hex.EncodeToString(b[:]))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, hex.EncodeToString(k[:1])), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := s3ops.FileLock(ctx, f); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", key, err), f.Close())
	}
	return func() { f.Close() }, nil
}
