package local

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/versity/versitygw/s3response"
)

// ListObjectsV2 leaves out the folders in which all is deleted, as S3 does: the
// library lists every directory.
func (s *store) ListObjectsV2(ctx context.Context, in *s3.ListObjectsV2Input) (s3response.ListObjectsV2Result, error) {
	out, err := s.Posix.ListObjectsV2(ctx, in)
	if err == nil && aws.ToString(in.Delimiter) == "/" {
		before := len(out.CommonPrefixes)
		out.CommonPrefixes = s.living(ctx, *in.Bucket, out.CommonPrefixes)
		out.KeyCount = aws.Int32(aws.ToInt32(out.KeyCount) - int32(before-len(out.CommonPrefixes)))
	}
	return out, err
}

// ListObjects is ListObjectsV2 for older clients.
func (s *store) ListObjects(ctx context.Context, in *s3.ListObjectsInput) (s3response.ListObjectsResult, error) {
	out, err := s.Posix.ListObjects(ctx, in)
	if err == nil && aws.ToString(in.Delimiter) == "/" {
		out.CommonPrefixes = s.living(ctx, *in.Bucket, out.CommonPrefixes)
	}
	return out, err
}

func (s *store) living(ctx context.Context, bucket string, all []types.CommonPrefix) []types.CommonPrefix {
	return slices.DeleteFunc(all, func(p types.CommonPrefix) bool { return s.dead(ctx, bucket, aws.ToString(p.Prefix)) })
}

// dead tells whether every object below a prefix is deleted. Mostly the first
// file it looks at is not. When in doubt, nothing is hidden.
func (s *store) dead(ctx context.Context, bucket, prefix string) bool {
	root, found := filepath.Join(s.root, bucket), false
	err := filepath.WalkDir(filepath.Join(root, filepath.FromSlash(prefix)), func(path string, entry fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		key, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if found = s.alive(bucket, key, entry.IsDir()); found {
			return fs.SkipAll
		}
		return nil
	})
	return err == nil && !found
}

// alive tells whether an object is there and not deleted. A directory is one
// only if it was written as one.
func (s *store) alive(bucket, key string, folder bool) bool {
	if folder {
		key += "/"
		if _, err := s.attributes.RetrieveAttribute(nil, bucket, key, "etag"); err != nil {
			return false
		}
	}
	_, err := s.attributes.RetrieveAttribute(nil, bucket, key, "delete-marker")
	return err != nil
}

// ListObjectVersions tells when each version and delete marker was made. The
// library tells when its file was last touched: an old version has the time of
// its replacement, and a marker that of the object it deletes.
func (s *store) ListObjectVersions(ctx context.Context, in *s3.ListObjectVersionsInput) (s3response.ListVersionsResult, error) {
	out, err := s.Posix.ListObjectVersions(ctx, in)
	for i, v := range out.Versions {
		if t, ok := made(aws.ToString(v.VersionId)); ok {
			out.Versions[i].LastModified = &t
		}
	}
	for i, v := range out.DeleteMarkers {
		if t, ok := made(aws.ToString(v.VersionId)); ok {
			out.DeleteMarkers[i].LastModified = &t
		}
	}
	return out, err
}

// made is the time in a version's id, an ULID: its first ten characters are the
// milliseconds since 1970 in base 32 (https://github.com/ulid/spec).
func made(version string) (time.Time, bool) {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	if len(version) != 26 {
		return time.Time{}, false
	}
	var ms int64
	for i := range 10 {
		d := strings.IndexByte(digits, version[i])
		if d < 0 {
			return time.Time{}, false
		}
		ms = ms<<5 | int64(d)
	}
	return time.UnixMilli(ms).UTC().Truncate(time.Second), true
}
