package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"weft/pipeline"
)

// walkChunk is how many entries of a directory are read at once. A directory of
// more is taken in the order in which it comes, so that a million files cost no
// more memory than a few.
const walkChunk = 4096

// walk yields a task for each regular file below dir; it tells whether to go on.
// Links are not followed: what they lead to may lie anywhere.
func (a *app) walk(dir, to string, t pipeline.Task, yield func(pipeline.Task, error) bool) bool {
	failed := func(path string, err error) bool {
		t := t
		t.File, t.Key = path, to
		return yield(t, fmt.Errorf("upload %s: %w", path, plainPath(err)))
	}
	d, err := os.Open(dir)
	if err != nil {
		return failed(dir, err)
	}
	defer func() { _ = d.Close() }()
	for {
		entries, err := d.ReadDir(walkChunk)
		slices.SortFunc(entries, func(x, y fs.DirEntry) int { return cmp.Compare(x.Name(), y.Name()) })
		for _, entry := range entries {
			if !a.walkEntry(filepath.Join(dir, entry.Name()), to, entry, t, yield) {
				return false
			}
		}
		if errors.Is(err, io.EOF) {
			return true
		}
		if err != nil {
			return failed(dir, err)
		}
	}
}

// walkEntry yields what is one entry of a directory.
func (a *app) walkEntry(path, to string, entry fs.DirEntry, t pipeline.Task, yield func(pipeline.Task, error) bool) bool {
	t.File, t.Key, t.Size = path, to+entry.Name(), 0
	switch mode := entry.Type(); {
	case mode.IsDir():
		return a.walk(path, t.Key+"/", t, yield)
	case mode&fs.ModeSymlink != 0:
		a.out.note("%s is left out: it is a link, and links are not followed", path)
		return true
	case !mode.IsRegular():
		a.out.note("%s is left out: it is no regular file", path)
		return true
	}
	if info, err := entry.Info(); err == nil {
		t.Size = info.Size()
	}
	return yield(t, nil)
}
