package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

func (a *app) putCommand() *cobra.Command {
	var recursive bool
	var t pipeline.Task
	c := &cobra.Command{
		Use:   "put FILE… PREFIX/",
		Short: "Upload files",
		Long: "Uploads files below a folder, or one file to a key. With -r, what is in the given\n" +
			"directories is uploaded, with their paths; symbolic links in them are not followed.\n" +
			"FILE - uploads standard input to a KEY. Nothing is overwritten unless told. What is\n" +
			"there already with the same bytes is skipped, so that after a failure the same\n" +
			"command does only what is missing.",
		Example: "  weft put denim.jpg tartan.png uploaded/single_images/\n  weft put -r photos/ search_uploads/\n  convert a.tif png:- | weft put - search_uploads/a.png",
		Args:    takes(2, -1),
	}
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "upload directories")
	c.Flags().BoolVar(&t.Overwrite, "overwrite", false, "replace what is there")
	c.Flags().StringVar(&t.CacheControl, "cache-control", "", "Cache-Control of the objects")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args[len(args)-1:])
		if err != nil {
			return err
		}
		files, to := args[:len(args)-1], keys[0]
		if err := checkPut(files, to, recursive); err != nil {
			return err
		}
		b, stop, err := a.openFor(ctx, true)
		if err != nil {
			return err
		}
		defer stop()
		if files[0] == "-" {
			return a.putStdin(ctx, b, to, t)
		}
		t.Verb = pipeline.Upload
		tasks := a.uploads(files, to, recursive, t)
		if len(files) > 1 { // of one directory each file has a key of its own
			tasks = distinct(tasks, func(t pipeline.Task) string { return t.Key })
		}
		return a.carryOut(ctx, a.doer(b), tasks, func(t pipeline.Task, o pipeline.Outcome) string {
			return t.File + " → " + b.URI(t.Key)
		})
	})
	return c
}

// checkPut refuses what can only be a slip.
func checkPut(files []string, to string, recursive bool) error {
	switch {
	case slices.Contains(files, "-") && (len(files) > 1 || recursive || to == "" || isFolder(to)):
		return usagef("- uploads standard input to one KEY: weft put - KEY")
	case !isFolder(to) && to != "" && (len(files) > 1 || recursive):
		return usagef("%q is no folder: to upload several files write %q", to, to+"/")
	}
	return nil
}

// putStdin streams standard input, in this process because no other can.
func (a *app) putStdin(ctx context.Context, b *s3ops.Bucket, key string, t pipeline.Task) error {
	if err := s3ops.CheckKey(key); err != nil {
		return err
	}
	x, err := b.Upload(s3ops.Patient(ctx, a.pausing), key, input(ctx), s3ops.UploadOptions{Overwrite: t.Overwrite, CacheControl: t.CacheControl})
	if err != nil {
		return err
	}
	if a.json {
		return a.out.object(report{Verb: pipeline.Upload, Key: key, State: "done", Version: x.VersionID, Bytes: x.Size})
	}
	return a.out.line("- → %s", clean(b.URI(key)))
}

// uploads makes a task of each file; with recursive, of each regular file below
// the given directories.
func (a *app) uploads(files []string, to string, recursive bool, t pipeline.Task) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		for _, name := range files {
			path := a.abs(name)
			info, err := os.Stat(path)
			t := t
			t.File, t.Key = path, to
			if isFolder(to) || to == "" {
				t.Key = to + filepath.Base(path)
			}
			switch {
			case err != nil:
				err = fmt.Errorf("upload %s: %w", name, plainPath(err))
			case info.IsDir() && recursive:
				if !a.walk(path, to, t, yield) {
					return
				}
				continue
			case info.IsDir():
				err = fmt.Errorf("upload %s: it is a directory: add -r", name)
			case !info.Mode().IsRegular():
				err = fmt.Errorf("upload %s: it is not a regular file", name)
			default:
				t.Size, err = info.Size(), s3ops.CheckKey(t.Key)
			}
			if !yield(t, err) {
				return
			}
		}
	}
}

// plainPath takes the operation and the path, named already, out of an error.
func plainPath(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
