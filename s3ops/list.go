package s3ops

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Page is one page of a listing, in the store's order. The strings of a page
// lie in one piece of memory: clone the few that are to outlive it.
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

var (
	errRepeats = errors.New("the store repeats a page")
	errNoToken = errors.New("the store says that there is more, but not where")
)

// places are those a listing has been at. Of each only a hash is kept: there may
// be a hundred thousand, and a place wrongly taken for another one needs two of
// them to agree in 64 bits.
type places struct {
	seed maphash.Seed
	been map[uint64]struct{}
}

func newPlaces() *places { return &places{maphash.MakeSeed(), map[uint64]struct{}{}} }

// add is false if the listing has been there before.
func (p *places) add(at string) bool {
	h := maphash.String(p.seed, at)
	_, been := p.been[h]
	p.been[h] = struct{}{}
	return !been
}

// Pages lists a prefix a page at a time. The first page is yielded as soon as
// it arrives and costs one request; if the reader goes on, the rest is read by
// several at once, ahead of him by at most some 20 MB. Keys come in the store's
// order, which on AWS is that of their bytes, each once. The sequence ends after
// the first error; when it ends, no request of it is under way.
func (b *Bucket) Pages(ctx context.Context, prefix string, o ListOptions) iter.Seq2[Page, error] {
	return func(yield func(Page, error) bool) {
		first := b.page(ctx, prefix, o, "", "")
		if first.err != nil {
			yield(Page{}, first.err)
			return
		}
		if first.next != "" && first.empty() || yield(first.page, nil) && first.next != "" {
			b.rest(ctx, prefix, o, first, yield)
		}
	}
}

// page makes one request for a page: the first one, that at a place the store
// named, or that of what comes after a name.
func (b *Bucket) page(ctx context.Context, prefix string, o ListOptions, at, after string) (r pageRead) {
	if o.Versions || o.Deleted {
		r.page, r.next, r.err = b.versionPage(ctx, prefix, o, at)
		return r
	}
	r.page, r.next, r.err = b.objectPage(ctx, prefix, o, at, after)
	if b.divide != undivided {
		r.ruler, r.sorted = rulerOf(r.page)
	}
	return r
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

// listObjects makes one request for a page.
func (b *Bucket) listObjects(ctx context.Context, a attempt, in *s3.ListObjectsV2Input) (listing, error) {
	var l listing
	in.Bucket, in.EncodingType = &b.name, types.EncodingTypeUrl
	_, err := call(ctx, b, a, func(ctx context.Context, in *s3.ListObjectsV2Input, o ...func(*s3.Options)) (*s3.ListObjectsV2Output, error) {
		return b.s3.ListObjectsV2(ctx, in, append(o, scanInto[s3.ListObjectsV2Output](&l, &b.scratch))...)
	}, in)
	return l, err
}

func (b *Bucket) objectPage(ctx context.Context, prefix string, o ListOptions, at, after string) (Page, string, error) {
	a := attempt{op: "list", key: prefix}
	l, err := b.listObjects(ctx, a, &s3.ListObjectsV2Input{Prefix: &prefix, Delimiter: delimiter(o), ContinuationToken: given(at), StartAfter: given(after)})
	if err != nil {
		return Page{}, "", err
	}
	p := Page{Folders: l.folders, Objects: withoutMarker(l.objects, prefix)}
	if !l.truncated {
		return p, "", nil
	}
	if l.token == "" {
		return Page{}, "", b.fail(a, errNoToken)
	}
	return p, l.token, nil
}

// withoutMarker leaves out the object that only stands for the folder listed.
func withoutMarker(objects []Object, prefix string) []Object {
	if !strings.HasSuffix(prefix, "/") {
		return objects
	}
	return slices.DeleteFunc(objects, func(x Object) bool { return x.Key == prefix })
}

// versionPage lists versions. Its place in the listing is a key and a version,
// joined by a byte that no UTF-8 key holds.
func (b *Bucket) versionPage(ctx context.Context, prefix string, o ListOptions, at string) (Page, string, error) {
	a := attempt{op: "list versions of", key: prefix}
	key, version, _ := strings.Cut(at, "\xff")
	var l listing
	_, err := call(ctx, b, a, func(ctx context.Context, in *s3.ListObjectVersionsInput, o ...func(*s3.Options)) (*s3.ListObjectVersionsOutput, error) {
		return b.s3.ListObjectVersions(ctx, in, append(o, scanInto[s3.ListObjectVersionsOutput](&l, &b.scratch))...)
	}, &s3.ListObjectVersionsInput{
		Bucket: &b.name, Prefix: &prefix, Delimiter: delimiter(o), EncodingType: types.EncodingTypeUrl,
		KeyMarker: given(key), VersionIdMarker: given(version),
	})
	if err != nil {
		return Page{}, "", err
	}
	p := Page{Folders: l.folders, Objects: withoutMarker(l.objects, prefix)}
	sortVersions(p.Objects)
	if o.Deleted {
		p.Folders = b.holdingDeleted(ctx, p.Folders)
		p.Objects = slices.DeleteFunc(p.Objects, func(x Object) bool { return !x.DeleteMarker || !x.IsLatest })
	}
	if !l.truncated {
		return p, "", nil
	}
	if l.nextKey == "" {
		return Page{}, "", b.fail(a, errNoToken)
	}
	return p, l.nextKey + "\xff" + l.nextVersion, nil
}

// sortVersions brings objects and delete markers, which some stores list apart,
// into one order: by key, newest first. Those of one second stay as they come.
func sortVersions(all []Object) {
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
}

func delimiter(o ListOptions) *string {
	if o.Recursive {
		return nil
	}
	return aws.String("/")
}

func given(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func unquote(s *string) string { return strings.Trim(aws.ToString(s), `"`) }
