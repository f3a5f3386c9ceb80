package main

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

func (a *app) cpCommand() *cobra.Command {
	return a.copyCommand(pipeline.Copy, "cp SRC DST", "Copy objects inside the store",
		"  weft cp generated/a.jpg uploaded/single_images/\n  weft cp -r generated/web/ archive/web/")
}

func (a *app) mvCommand() *cobra.Command {
	return a.copyCommand(pipeline.Move, "mv SRC DST", "Move or rename objects inside the store",
		"  weft mv search_uploads/a.jpg search_uploads/denim.jpg\n  weft mv -r search_uploads/new/ uploaded/single_images/")
}

func (a *app) copyCommand(verb pipeline.Verb, use, short, example string) *cobra.Command {
	t := pipeline.Task{Verb: verb}
	var recursive bool
	c := &cobra.Command{
		Use: use, Short: short, Example: example,
		Long: short + ", with metadata and tags; nothing passes through this machine.\n" +
			"A DST that ends in a slash keeps the name. With -r both are folders.\nNothing is overwritten unless told.",
		Args: takes(2, 2),
	}
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "everything below SRC/")
	c.Flags().BoolVar(&t.Overwrite, "overwrite", false, "replace what is there")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		from, to := keys[0], keys[1]
		if err := checkCopy(from, to, recursive); err != nil {
			return err
		}
		b, stop, err := a.openFor(ctx, true)
		if err != nil {
			return err
		}
		defer stop()
		tasks := each([]string{from}, func(k string) pipeline.Task {
			t.Key, t.To = k, to
			if to == "" || isFolder(to) {
				t.To = to + base(k)
			}
			return t
		})
		if recursive {
			tasks = inFolder(ctx, b, from, to, t, a.cfg.Local == "")
		}
		return a.carryOut(ctx, a.doer(b), tasks, func(t pipeline.Task, _ pipeline.Outcome) string {
			return b.URI(t.Key) + " → " + b.URI(t.To)
		})
	})
	return c
}

// inFolder copies or moves all of a folder, with markers its own marker last. The
// embedded store, where a folder is a directory, cannot copy one (versitygw
// 1.8.0 takes its 4,096 bytes on disk for the object's), and needs none.
func inFolder(ctx context.Context, b *s3ops.Bucket, from, to string, t pipeline.Task, markers bool) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		found := false
		for x, err := range b.Folder(ctx, from) {
			found = true
			t.Key, t.To, t.Size = x.Key, to+strings.TrimPrefix(x.Key, from), x.Size
			if t.To == "" || err == nil && !markers && isFolder(x.Key) {
				continue
			}
			if !yield(t, err) {
				return
			}
		}
		if !found && ctx.Err() == nil {
			yield(pipeline.Task{Key: from}, fmt.Errorf("%s: nothing is there", from))
		}
	}
}

// checkCopy refuses a copy onto itself, and one into the folder being listed,
// which would find its own copies.
func checkCopy(from, to string, recursive bool) error {
	if err := checkFolders([]string{from}, recursive); err != nil {
		return err
	}
	switch {
	case recursive && to != "" && !isFolder(to):
		return usagef("%q is no folder: with -r write %q", to, to+"/")
	case recursive && strings.HasPrefix(to, from), recursive && to == "" && from == "":
		return usagef("%q is inside %q: choose another folder", to, from)
	case !recursive && (from == to || isFolder(to) && to+base(from) == from):
		return usagef("source and destination are the same, %q", from)
	}
	return nil
}
