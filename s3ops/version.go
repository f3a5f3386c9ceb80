package s3ops

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
)

// Undelete brings a deleted object back by removing its delete marker, or
// markers. An object that is there is left as it is.
func (b *Bucket) Undelete(ctx context.Context, key string) error {
	a := attempt{op: "undelete", key: key}
	if err := b.deletable(a, key); err != nil {
		return err
	}
	gone := map[string]bool{}
	for {
		markers, found, err := b.markers(ctx, key)
		if err != nil {
			return err
		}
		if !found {
			return &Error{Op: a.op, Bucket: b.name, Key: key, Kind: ErrNotFound,
				Why: "no version of it is left to bring back", Remedy: "upload it again; versioning keeps what is deleted from now on"}
		}
		if len(markers) == 0 {
			return nil
		}
		// From the newest down: if this is cut short, the object is still deleted.
		// Then look again: of markers and versions of one second a listing does
		// not tell the order, so that a marker may have stayed on top.
		for _, m := range markers {
			if gone[m] {
				return b.fail(a, errStays)
			}
			if _, err := b.Delete(ctx, key, m); err != nil {
				return err
			}
			gone[m] = true
		}
	}
}

// errStays is that of a store that lists what it said it had removed.
var errStays = errors.New("the store still lists a delete marker that it has removed")

// markers are the versions of the delete markers on top of a key, newest first.
// found tells whether an object lies below them.
func (b *Bucket) markers(ctx context.Context, key string) (all []string, found bool, err error) {
	seen := false
	for p, err := range b.Pages(ctx, key, ListOptions{Recursive: true, Versions: true}) {
		if err != nil {
			return nil, false, err
		}
		for _, x := range p.Objects {
			switch {
			case x.Key != key:
				continue
			case !x.DeleteMarker:
				return all, true, nil
			}
			seen = true
			all = append(all, x.VersionID)
		}
		// The versions of one key come together.
		if last := len(p.Objects) - 1; seen && last >= 0 && p.Objects[last].Key != key {
			break
		}
	}
	return all, false, nil
}

// Restore makes an old version the current one again, by copying it on top. If
// the current one already is the same, nothing is done.
func (b *Bucket) Restore(ctx context.Context, key, versionID string) (Object, error) {
	a := attempt{op: "restore", key: key}
	if err := b.writeKey(a, key); err != nil {
		return Object{}, err
	}
	if versionID == "" {
		return Object{}, b.invalid(a, "no version is named", "name one that the list of versions shows")
	}
	old, err := b.stat(ctx, a, key, versionID)
	if err != nil {
		return Object{}, err
	}
	if now, err := b.stat(ctx, a, key, ""); err == nil && (now.VersionID == versionID || alike(old, now)) {
		return now.Object, nil
	}
	return b.duplicate(ctx, a, old, key, true)
}

// alike is true if two objects have the same bytes and headers.
func alike(x, y Info) bool {
	return x.ETag == y.ETag && x.Size == y.Size && x.Checksum == y.Checksum && x.ContentType == y.ContentType &&
		x.CacheControl == y.CacheControl && x.ContentDisposition == y.ContentDisposition && maps.Equal(x.Metadata, y.Metadata)
}

// How many folders of a page are looked into for deleted objects, and how many
// of them at a time: one request each.
const (
	mostLookedInto = 64
	lookedIntoOnce = 8
)

// holdingDeleted leaves out the folders in which nothing is deleted, as far as
// the first thousand versions of each tell: one that holds more stays, and so do
// those after the first 64.
func (b *Bucket) holdingDeleted(ctx context.Context, folders []string) []string {
	empty := make([]bool, min(len(folders), mostLookedInto))
	var wait sync.WaitGroup
	slots := make(chan struct{}, lookedIntoOnce)
	for i := range empty {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			p, next, err := b.versionPage(ctx, folders[i], ListOptions{Recursive: true, Deleted: true}, "")
			empty[i] = err == nil && next == "" && len(p.Objects) == 0
		})
	}
	wait.Wait()
	i := -1
	return slices.DeleteFunc(folders, func(string) bool {
		i++
		return i < len(empty) && empty[i]
	})
}
