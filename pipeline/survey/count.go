package survey

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weft/config"
	"weft/s3ops"
)

// Count is what a bucket holds.
type Count struct {
	At      time.Time        `json:"counted_at"`        // when it was begun
	Whole   bool             `json:"whole"`             // everything was counted, in Only if that is set
	Only    []string         `json:"only_in,omitempty"` // folders, where no others may be listed; none: the bucket
	Old     bool             `json:"old_versions_counted"`
	Total   Sum              `json:"total"`   // what is there now
	Behind  Sum              `json:"behind"`  // old versions, which cost too
	Markers int              `json:"markers"` // delete markers
	Folders map[string]Sum   `json:"folders"` // by folder: the five, and all others by their first part
	Ages    []Sum            `json:"ages"`    // by Ages
	Classes map[string]int64 `json:"bytes_by_class"`
	Largest []s3ops.Object   `json:"largest"` // by size
	Oldest  []s3ops.Object   `json:"oldest"`  // by time
}

// Sum is a number of objects and their bytes.
type Sum struct {
	Objects int   `json:"objects"`
	Bytes   int64 `json:"bytes"`
}

func (s *Sum) add(bytes int64) {
	s.Objects++
	s.Bytes += bytes
}

// Age is a span of ages: objects up to so old, and older than the one before.
type Age struct {
	Name string        `json:"name"`
	Most time.Duration `json:"-"` // 0: any
}

// Ages are the spans by which objects are counted.
func Ages() []Age {
	const day = 24 * time.Hour
	return []Age{{"last 7 days", 7 * day}, {"8 to 30 days", 30 * day}, {"31 to 90 days", 90 * day}, {"91 days to a year", 365 * day}, {"over a year", 0}}
}

// kept is how many of the largest and of the oldest objects are named.
const kept = 10

// Tally counts a bucket and yields how far it is after each page, at the end the
// whole. It ends early with ctx, or with an error; what was yielded before is
// true as far as it goes. Old versions are counted where they may be listed. Who may
// not list the bucket, as nobody by one of weft's roles may, gets the folders.
func Tally(ctx context.Context, b *s3ops.Bucket, folders config.Folders, now time.Time) iter.Seq2[Count, error] {
	return func(yield func(Count, error) bool) {
		state, _ := b.Versioning(ctx)
		old := []bool{false}
		if state == s3ops.VersionsOn || state == s3ops.VersionsSuspended {
			old = []bool{true, false}
		}
		var refused error
		for _, places := range [][]string{{""}, apart(folders)} {
			for _, versions := range old {
				c := newCount(now, versions)
				for _, prefix := range places {
					err, more := c.below(ctx, b, prefix, folders, yield)
					switch {
					case !more:
						return
					case err != nil:
						refused = err
					case prefix != "":
						c.Only = append(c.Only, prefix)
					default:
						c.Whole = true
					}
				}
				if c.Whole = c.Whole || len(c.Only) > 0; c.Whole {
					yield(c.copied(), nil)
					return
				}
			}
		}
		yield(newCount(now, false), refused)
	}
}

// apart are the folders that lie in no other of them.
func apart(folders config.Folders) (all []string) {
	for _, f := range folders {
		if !slices.ContainsFunc(folders[:], func(g config.Folder) bool { return g.Prefix != f.Prefix && strings.HasPrefix(f.Prefix, g.Prefix) }) {
			all = append(all, f.Prefix)
		}
	}
	return all
}

// below counts what lies below a prefix. refused says why it may not be listed so;
// more is false when nobody wants the rest.
func (c *Count) below(ctx context.Context, b *s3ops.Bucket, prefix string, folders config.Folders, yield func(Count, error) bool) (refused error, more bool) {
	begun := false
	for p, err := range b.Pages(ctx, prefix, s3ops.ListOptions{Recursive: true, Versions: c.Old}) {
		if !begun && (errors.Is(err, s3ops.ErrDenied) || c.Old && errors.Is(err, s3ops.ErrInvalid)) {
			return err, true
		}
		if begun = true; !c.take(p, err, folders, yield) {
			return nil, false
		}
	}
	return nil, true
}

func newCount(now time.Time, old bool) Count {
	return Count{At: now, Old: old, Folders: map[string]Sum{}, Ages: make([]Sum, len(Ages())), Classes: map[string]int64{}}
}

// take counts a page; false: nobody wants the rest.
func (c *Count) take(p s3ops.Page, err error, folders config.Folders, yield func(Count, error) bool) bool {
	if err != nil {
		yield(c.copied(), err)
		return false
	}
	for i := range p.Objects {
		c.add(&p.Objects[i], folders)
	}
	return yield(c.copied(), nil)
}

func (c *Count) add(o *s3ops.Object, folders config.Folders) {
	switch {
	case o.Size == 0 && strings.HasSuffix(o.Key, "/"): // a folder's own marker
		return
	case o.DeleteMarker:
		c.Markers++
		return
	case c.Old && !o.IsLatest:
		c.Behind.add(o.Size)
		c.Classes[class(o)] += o.Size
		return
	}
	c.Total.add(o.Size)
	c.Classes[class(o)] += o.Size
	name := folderOf(o.Key, folders)
	f := c.Folders[name]
	f.add(o.Size)
	if _, known := c.Folders[name]; !known {
		name = strings.Clone(name) // the page's memory is not to outlive it
	}
	c.Folders[name] = f
	age := c.At.Sub(o.Modified)
	for i, a := range Ages() {
		if a.Most == 0 || age <= a.Most {
			c.Ages[i].add(o.Size)
			break
		}
	}
	c.Largest = first(c.Largest, o, func(a, b *s3ops.Object) int { return cmp.Compare(b.Size, a.Size) })
	c.Oldest = first(c.Oldest, o, func(a, b *s3ops.Object) int { return a.Modified.Compare(b.Modified) })
}

func class(o *s3ops.Object) string { return cmp.Or(o.StorageClass, "STANDARD") }

// folderOf is the folder an object is counted in.
func folderOf(key string, folders config.Folders) string {
	for _, f := range folders {
		if strings.HasPrefix(key, f.Prefix) {
			return f.Prefix
		}
	}
	if i := strings.IndexByte(key, '/'); i >= 0 {
		return key[:i+1]
	}
	return "" // at the top
}

// first keeps a list of the first few in an order.
func first(list []s3ops.Object, o *s3ops.Object, order func(a, b *s3ops.Object) int) []s3ops.Object {
	if len(list) == kept && order(o, &list[kept-1]) >= 0 {
		return list
	}
	at, _ := slices.BinarySearchFunc(list, o, func(x s3ops.Object, o *s3ops.Object) int {
		if order(&x, o) <= 0 {
			return -1
		}
		return 1
	})
	own := *o
	own.Key, own.ETag, own.StorageClass, own.VersionID = strings.Clone(o.Key), "", strings.Clone(o.StorageClass), ""
	list = slices.Insert(list, at, own)
	return list[:min(len(list), kept)]
}

// copied is a count that is not written to any more.
func (c *Count) copied() Count {
	d := *c
	d.Folders, d.Classes = map[string]Sum{}, map[string]int64{}
	for k, v := range c.Folders {
		d.Folders[k] = v
	}
	for k, v := range c.Classes {
		d.Classes[k] = v
	}
	d.Only, d.Ages, d.Largest, d.Oldest = slices.Clone(c.Only), slices.Clone(c.Ages), slices.Clone(c.Largest), slices.Clone(c.Oldest)
	return d
}

// Keep writes a count to a folder of this machine, for Kept.
func Keep(dir string, c Count) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".count-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, countFile))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// countFile is where the last count is kept, in the folder of the store's state.
const countFile = "count.json"

// Kept is the last count that was kept; false if there is none that can be read.
func Kept(dir string) (Count, bool) {
	text, err := os.ReadFile(filepath.Join(dir, countFile))
	if err != nil {
		return Count{}, false
	}
	c := Count{}
	if json.Unmarshal(text, &c) != nil || len(c.Ages) != len(Ages()) || c.Folders == nil {
		return Count{}, false
	}
	return c, true
}
