package s3ops

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

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
	return func(yield func(Page, error) bool) {
		at, err := "", error(nil)
		for first := true; first || at != ""; first = false {
			var p Page
			last := at
			if o.Versions || o.Deleted {
				p, at, err = b.versionPage(ctx, prefix, o, last)
			} else {
				p, at, err = b.objectPage(ctx, prefix, o, last)
			}
			if err == nil && at != "" && at == last {
				err = b.fail(attempt{op: "list", key: prefix}, errors.New("the store repeats a page"))
			}
			if err != nil {
				yield(Page{}, err)
				return
			}
			if len(p.Folders)+len(p.Objects) == 0 && at != "" {
				continue
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

// Objects lists every object below a prefix.
func (b *Bucket) Objects(ctx context.Context, prefix string, o ListOptions) iter.Seq2[Object, error] {
	o.Recursive = true
	return func(yield func(Object, error) bool) {
		for p, err := range b.Pages(ctx, prefix, o) {
			if err != nil {
				yield(Object{}, err)
				return
			}
			for _, x := range p.Objects {
				if !yield(x, nil) {
					return
				}
			}
		}
	}
}

func (b *Bucket) objectPage(ctx context.Context, prefix string, o ListOptions, at string) (Page, string, error) {
	out, err := call(ctx, b, attempt{op: "list", key: prefix}, b.s3.ListObjectsV2, &s3.ListObjectsV2Input{
		Bucket: &b.name, Prefix: &prefix, Delimiter: delimiter(o), EncodingType: types.EncodingTypeUrl,
		ContinuationToken: given(at),
	})
	if err != nil {
		return Page{}, "", err
	}
	plain := decoder(out.EncodingType)
	p := Page{Folders: folders(out.CommonPrefixes, plain), Objects: make([]Object, 0, len(out.Contents))}
	for _, x := range out.Contents {
		key := plain(aws.ToString(x.Key))
		if key == prefix && strings.HasSuffix(key, "/") {
			continue
		}
		p.Objects = append(p.Objects, Object{
			Key: key, Size: aws.ToInt64(x.Size), ETag: unquote(x.ETag),
			Modified: aws.ToTime(x.LastModified), StorageClass: string(x.StorageClass),
		})
	}
	if !aws.ToBool(out.IsTruncated) {
		return p, "", nil
	}
	return p, aws.ToString(out.NextContinuationToken), nil
}

// versionPage lists versions. Its place in the listing is a key and a version,
// joined by a byte that no UTF-8 key holds.
func (b *Bucket) versionPage(ctx context.Context, prefix string, o ListOptions, at string) (Page, string, error) {
	key, version, _ := strings.Cut(at, "\xff")
	out, err := call(ctx, b, attempt{op: "list versions of", key: prefix}, b.s3.ListObjectVersions, &s3.ListObjectVersionsInput{
		Bucket: &b.name, Prefix: &prefix, Delimiter: delimiter(o), EncodingType: types.EncodingTypeUrl,
		KeyMarker: given(key), VersionIdMarker: given(version),
	})
	if err != nil {
		return Page{}, "", err
	}
	plain := decoder(out.EncodingType)
	p := Page{Folders: folders(out.CommonPrefixes, plain)}
	p.Objects = mergeVersions(out, plain)
	p.Objects = slices.DeleteFunc(p.Objects, func(x Object) bool {
		own := x.Key == prefix && strings.HasSuffix(prefix, "/")
		return own || o.Deleted && !(x.DeleteMarker && x.IsLatest)
	})
	if !aws.ToBool(out.IsTruncated) {
		return p, "", nil
	}
	return p, plain(aws.ToString(out.NextKeyMarker)) + "\xff" + aws.ToString(out.NextVersionIdMarker), nil
}

// mergeVersions brings objects and delete markers, which S3 lists apart, back
// into one order: by key, newest first.
func mergeVersions(out *s3.ListObjectVersionsOutput, plain func(string) string) []Object {
	all := make([]Object, 0, len(out.Versions)+len(out.DeleteMarkers))
	for _, x := range out.Versions {
		all = append(all, Object{
			Key: plain(aws.ToString(x.Key)), Size: aws.ToInt64(x.Size), ETag: unquote(x.ETag), Modified: aws.ToTime(x.LastModified),
			StorageClass: string(x.StorageClass), VersionID: aws.ToString(x.VersionId), IsLatest: aws.ToBool(x.IsLatest),
		})
	}
	for _, x := range out.DeleteMarkers {
		all = append(all, Object{
			Key: plain(aws.ToString(x.Key)), Modified: aws.ToTime(x.LastModified),
			VersionID: aws.ToString(x.VersionId), IsLatest: aws.ToBool(x.IsLatest), DeleteMarker: true,
		})
	}
	slices.SortStableFunc(all, func(x, y Object) int {
		if c := strings.Compare(x.Key, y.Key); c != 0 {
			return c
		}
		if x.IsLatest != y.IsLatest {
			if x.IsLatest {
				return -1
			}
			return 1
		}
		return y.Modified.Compare(x.Modified)
	})
	return all
}

func delimiter(o ListOptions) *string {
	if o.Recursive {
		return nil
	}
	return aws.String("/")
}

func folders(prefixes []types.CommonPrefix, plain func(string) string) []string {
	var all []string
	for _, p := range prefixes {
		all = append(all, plain(aws.ToString(p.Prefix)))
	}
	return all
}

// decoder undoes the encoding of a listing, but only if the store says that it
// encoded: some ignore the request for it.
func decoder(echoed types.EncodingType) func(string) string {
	if echoed != types.EncodingTypeUrl {
		return func(s string) string { return s }
	}
	return func(s string) string {
		if d, err := url.QueryUnescape(s); err == nil {
			return d
		}
		return s
	}
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func unquote(s *string) string { return strings.Trim(aws.ToString(s), `"`) }
