package main

import (
	"context"
	"fmt"
	"iter"
	"path"
	"strings"

	"weft/pipeline"
	"weft/s3ops"
)

// isFolder tells whether a KEY names a folder: its prefix with the slash.
func isFolder(key string) bool { return strings.HasSuffix(key, "/") }

// checkFolders holds what every -r promises: with it each argument is a folder,
// without it none is. A folder is its prefix with the slash, so that foo never
// means foo2 or foo/x; the whole bucket is no folder.
func checkFolders(keys []string, recursive bool) error {
	for _, k := range keys {
		switch {
		case k == "":
			return usagef("an empty KEY names the whole bucket: name a folder or a key")
		case recursive && !isFolder(k):
			return usagef("%q is no folder: with -r write %q", k, k+"/")
		case !recursive && isFolder(k):
			return usagef("%q is a folder: add -r", k)
		}
	}
	return nil
}

// objectKeys are the keys of a command that has no -r: none of them is a folder.
func (a *app) objectKeys(ctx context.Context, args []string) ([]string, error) {
	keys, err := a.keys(ctx, args)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k == "" || isFolder(k) {
			return nil, usagef("%q is a folder: name the objects in it, see weft ls", k)
		}
	}
	return keys, nil
}

// below lists the objects below prefixes and makes a task of each; rel is the
// object's key relative to its prefix.
func below(ctx context.Context, b *s3ops.Bucket, prefixes []string, o s3ops.ListOptions, task func(x s3ops.Object, rel string) pipeline.Task) iter.Seq2[pipeline.Task, error] {
	o.Recursive = true
	return func(yield func(pipeline.Task, error) bool) {
		for _, prefix := range prefixes {
			found := false
			for x, err := range b.Objects(ctx, prefix, o) {
				if err != nil {
					if !yield(pipeline.Task{Key: prefix}, err) {
						return
					}
					break
				}
				found = true
				if !yield(task(x, strings.TrimPrefix(x.Key, prefix)), nil) {
					return
				}
			}
			if !found && ctx.Err() == nil && !yield(pipeline.Task{Key: prefix}, fmt.Errorf("%s: nothing is there", prefix)) {
				return
			}
		}
	}
}

// withoutMarkers leaves out the empty objects that only stand for a folder.
func withoutMarkers(tasks iter.Seq2[pipeline.Task, error]) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		for t, err := range tasks {
			if err == nil && isFolder(t.Key) {
				continue
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

// each makes a task of each key.
func each(keys []string, task func(key string) pipeline.Task) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		for _, k := range keys {
			if !yield(task(k), nil) {
				return
			}
		}
	}
}

// distinct passes each place a task writes to only once: the second is a
// failure, because one of the two would silently replace the other.
func distinct(tasks iter.Seq2[pipeline.Task, error], place func(pipeline.Task) string) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		taken := map[string]bool{}
		for t, err := range tasks {
			if err == nil {
				p := place(t)
				if taken[p] {
					err = fmt.Errorf("%s: another one of this batch has the same name, %s", t.Key, p)
				}
				taken[p] = true
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

// base is a key's last segment.
func base(key string) string { return path.Base(key) }
