package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

// removal is one rm, as asked for.
type removal struct {
	recursive, yes, all, dryRun bool
}

func (a *app) rmCommand() *cobra.Command {
	var r removal
	c := &cobra.Command{
		Use:   "rm KEY…",
		Short: "Delete objects",
		Long: "Deletes objects; with -r, everything below the given folders. It says first what it\n" +
			"will delete and whether that can be undone, and asks; without a terminal it refuses\n" +
			"unless --yes is given. Where the bucket keeps versions, weft undelete undoes it.",
		Example: "  weft rm search_uploads/old.jpg\n  weft rm -r --dry-run generated/web/\n  weft rm -r --yes generated/web/",
		Args:    takes(1, -1),
	}
	c.Flags().BoolVarP(&r.recursive, "recursive", "r", false, "delete folders with everything below")
	c.Flags().BoolVarP(&r.yes, "yes", "y", false, "do not ask")
	c.Flags().BoolVar(&r.all, "all-versions", false, "delete every version, for good")
	c.Flags().BoolVar(&r.dryRun, "dry-run", false, "only list what would be deleted")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		if err := checkFolders(keys, r.recursive); err != nil {
			return err
		}
		if !r.dryRun {
			if err := a.writable(); err != nil {
				return err
			}
			if !r.yes && !a.out.asks() {
				return usagef("without a terminal weft cannot ask: add --yes to delete, or --dry-run to see what would be deleted")
			}
		}
		b, stop, err := a.open(ctx)
		if err != nil {
			return err
		}
		defer stop()
		return a.remove(ctx, b, keys, r)
	})
	return c
}

// remove carries a removal out, or lists it.
func (a *app) remove(ctx context.Context, b *s3ops.Bucket, keys []string, r removal) error {
	tasks := removals(ctx, b, keys, r)
	if r.dryRun {
		return a.wouldDelete(tasks)
	}
	if !r.yes {
		then := "gone for good"
		if !r.all {
			then = a.afterDelete(ctx, b)
		}
		// What was counted is what gets deleted: nothing that arrives meanwhile.
		found, err := a.confirm(ctx, tasks, then)
		if err != nil || len(found) == 0 {
			return err
		}
		tasks = fixed(found)
	}
	kept, lost := 0, 0 // as it turned out, whatever was thought before
	err := a.carryOut(ctx, a.doer(b), tasks, func(t pipeline.Task, o pipeline.Outcome) string {
		if _, why := pipeline.Inverse(t, o); why == nil {
			kept++
		} else if !o.Skipped {
			lost++
		}
		return "deleted " + b.URI(t.Key)
	})
	if f, ok := errors.AsType[failures](err); ok && f.failed == f.total {
		return err
	}
	if lost > 0 {
		a.out.note("%s deleted for good: there are no older versions to bring back", plural(lost, "object"))
	}
	if kept > 0 {
		a.out.note("to bring back what was deleted: weft undo, or weft undelete KEY… or -r PREFIX/")
	}
	return err
}

// afterDelete says whether what is deleted can be brought back in this bucket.
func (a *app) afterDelete(ctx context.Context, b *s3ops.Bucket) string {
	v, err := b.Versioning(ctx)
	switch {
	case err != nil:
		a.out.warn(fmt.Sprintf("whether this can be undone is not known: %v", err))
		return "perhaps gone for good"
	case v == s3ops.VersionsOn:
		return "versioning is on, so this can be undone"
	case v == s3ops.VersionsSuspended:
		return "versioning is suspended: what was written since then is gone for good"
	}
	return "versioning is off: gone for good"
}

// removals makes a task of each object to delete. Of a key that is not there
// nobody should hear "deleted", so each is looked at first.
func removals(ctx context.Context, b *s3ops.Bucket, keys []string, r removal) iter.Seq2[pipeline.Task, error] {
	verb := pipeline.Delete
	if r.all {
		verb = pipeline.Purge
	}
	if !r.recursive {
		return func(yield func(pipeline.Task, error) bool) {
			for _, k := range keys {
				t := pipeline.Task{Verb: verb, Key: k}
				err := s3ops.CheckKey(k)
				if err == nil && !r.all {
					var info s3ops.Info
					info, err = b.Stat(ctx, k, "")
					t.Size = info.Size
				}
				if !yield(t, s3ops.Doing("delete", err)) {
					return
				}
			}
		}
	}
	last := ""
	tasks := below(ctx, b, keys, s3ops.ListOptions{Versions: r.all}, func(x s3ops.Object, _ string) pipeline.Task {
		return pipeline.Task{Verb: verb, Key: x.Key, Size: x.Size}
	})
	return func(yield func(pipeline.Task, error) bool) {
		for t, err := range tasks {
			// Versions of a key come one after the other; a purge takes them all.
			if err == nil && t.Key == last {
				continue
			}
			last = t.Key
			if !yield(t, err) {
				return
			}
		}
	}
}

func fixed(tasks []pipeline.Task) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		for t := range slices.Values(tasks) {
			if !yield(t, nil) {
				return
			}
		}
	}
}

func (a *app) wouldDelete(tasks iter.Seq2[pipeline.Task, error]) error {
	failed, total := 0, 0
	for t, err := range tasks {
		total++
		switch {
		case err != nil:
			failed++
			a.out.fail(err.Error())
		case a.json:
			err = a.out.object(struct {
				Verb  pipeline.Verb `json:"verb"`
				Key   string        `json:"key"`
				State string        `json:"state"`
				Size  int64         `json:"size"`
			}{t.Verb, t.Key, "would delete", t.Size})
			if err != nil {
				return err
			}
		default:
			if err := a.out.line("would delete %s", clean(t.Key)); err != nil {
				return err
			}
		}
	}
	if failed > 0 {
		return failures{failed, total}
	}
	return nil
}

// confirm counts what would be deleted and asks, with No as the default.
func (a *app) confirm(ctx context.Context, tasks iter.Seq2[pipeline.Task, error], then string) ([]pipeline.Task, error) {
	var found []pipeline.Task
	var bytes int64
	for t, err := range tasks {
		if err != nil {
			return nil, fmt.Errorf("nothing was deleted: %w", err)
		}
		found = append(found, t)
		bytes += t.Size
	}
	what := plural(len(found), "object")
	if len(found) == 1 {
		what = found[0].Key
	}
	if bytes > 0 {
		what += ", " + size(bytes)
	}
	yes, err := a.ask(ctx, fmt.Sprintf("Delete %s? (%s) [y/N] ", what, then))
	if err != nil || !yes {
		a.out.note("nothing was deleted")
		return nil, err
	}
	return found, nil
}

// ask puts a question on the terminal; only y or yes is yes.
func (a *app) ask(ctx context.Context, question string) (bool, error) {
	_, _ = io.WriteString(a.out.err, clean(question))
	answer, err := bufio.NewReader(input(ctx)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}
