package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

// removal is one rm, as asked for.
type removal struct {
	recursive, yes, all, dryRun bool
	version                     string // of the one key, for good
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
	c.Flags().StringVar(&r.version, "version", "", "delete this version of the KEY, for good")
	c.Flags().BoolVar(&r.dryRun, "dry-run", false, "only list what would be deleted")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		if err := checkFolders(keys, r.recursive); err != nil {
			return err
		}
		if r.version != "" && (r.recursive || r.all || len(keys) > 1) {
			return usagef("--version is for one KEY")
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

// doomed is an object to be deleted.
type doomed struct {
	key  string
	size int64 // bytes, if known
}

// remove carries a removal out, or lists it.
func (a *app) remove(ctx context.Context, b *s3ops.Bucket, keys []string, r removal) error {
	found := removals(ctx, b, keys, r)
	if r.dryRun {
		return a.wouldDelete(found, r.verb())
	}
	then, known := "gone for good", true
	if !r.all && r.version == "" {
		then, known = a.afterDelete(ctx, b)
	}
	if !r.yes {
		// What was counted is what gets deleted: nothing that arrives meanwhile.
		counted, err := a.confirm(ctx, found, then)
		if err != nil || len(counted) == 0 {
			return err
		}
		found = fixed(counted)
	}
	kept, lost := 0, 0 // as it turned out, whatever was thought before
	say := func(t pipeline.Task, o pipeline.Outcome) string {
		if _, why := pipeline.Inverse(t, o); why == nil {
			kept++
		} else if !o.Skipped {
			lost++
		}
		return "deleted " + b.URI(t.Key)
	}
	var err error
	switch {
	case r.version != "":
		err = a.carryOut(ctx, a.doer(b), each([]string{keys[0]}, func(k string) pipeline.Task {
			return pipeline.Task{Verb: pipeline.Delete, Key: k, VersionID: r.version}
		}), say)
	case r.all || !known:
		err = a.carryOut(ctx, a.doer(b), tasksOf(found, r.verb()), say)
	default:
		err = a.deleteAll(ctx, b, found, say)
	}
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
// Where versioning is suspended it is not the same for each object: known tells.
func (a *app) afterDelete(ctx context.Context, b *s3ops.Bucket) (then string, known bool) {
	v, err := b.Versioning(ctx)
	switch {
	case err != nil:
		a.out.warn(fmt.Sprintf("whether this can be undone is not known: %v", err))
		return "perhaps gone for good", false
	case v == s3ops.VersionsOn:
		return "versioning is on, so this can be undone", true
	case v == s3ops.VersionsSuspended:
		return "versioning is suspended: what was written since then is gone for good", false
	}
	return "versioning is off: gone for good", true
}

// deleteAll deletes what was found, in batches, and prints each result in order.
func (a *app) deleteAll(ctx context.Context, b *s3ops.Bucket, found iter.Seq2[doomed, error], say func(pipeline.Task, pipeline.Outcome) string) error {
	all := &batch{a: a, say: say, verb: pipeline.Delete}
	var missing []*pending // what was not found or not listed
	targets := func(yield func(s3ops.Target) bool) {
		for d, err := range found {
			all.total.Add(1)
			if err != nil {
				missing = append(missing, &pending{task: pipeline.Task{Verb: pipeline.Delete, Key: d.key}, err: err})
			} else if !yield(s3ops.Target{Key: d.key}) {
				return
			}
		}
		all.known.Store(true)
	}
	stop := all.showProgress()
	done := &history{a: a}
	for d := range b.DeleteMany(ctx, targets) {
		p := &pending{task: pipeline.Task{Verb: pipeline.Delete, Key: d.Key}, err: d.Err}
		if d.Err == nil {
			p.outcome = pipeline.Outcome{Version: d.Marker, Keys: []string{d.Key}}
			done.add(ctx, p.task, p.outcome)
		}
		all.tell(ctx, p)
	}
	done.close(ctx)
	for _, p := range missing {
		all.tell(ctx, p)
	}
	stop()
	return all.end(ctx)
}

func (r removal) verb() pipeline.Verb {
	if r.all {
		return pipeline.Purge
	}
	return pipeline.Delete
}

// removals are the objects to delete. A listing has just shown those of a folder;
// each other key is looked at, since of one that is not there nobody should hear
// "deleted".
func removals(ctx context.Context, b *s3ops.Bucket, keys []string, r removal) iter.Seq2[doomed, error] {
	switch {
	case r.recursive && r.all:
		return purged(ctx, b, keys)
	case r.recursive:
		return inFolders(ctx, b, keys)
	}
	return func(yield func(doomed, error) bool) {
		for some := range slices.Chunk(keys, pipeline.Room) {
			sizes, errs := make([]int64, len(some)), make([]error, len(some))
			var looking sync.WaitGroup
			for i, k := range some {
				if errs[i] = s3ops.CheckKey(k); errs[i] != nil || r.all || r.version != "" {
					continue
				}
				looking.Go(func() {
					info, err := b.Stat(ctx, k, "")
					sizes[i], errs[i] = info.Size, err
				})
			}
			looking.Wait()
			for i, k := range some {
				if !yield(doomed{k, sizes[i]}, s3ops.Doing("delete", errs[i])) {
					return
				}
			}
		}
	}
}

// inFolders are the objects of folders, their own markers last.
func inFolders(ctx context.Context, b *s3ops.Bucket, prefixes []string) iter.Seq2[doomed, error] {
	return func(yield func(doomed, error) bool) {
		for _, prefix := range prefixes {
			found := false
			for x, err := range b.Folder(ctx, prefix) {
				found = true
				if !yield(doomed{x.Key, x.Size}, err) {
					return
				}
			}
			if !found && ctx.Err() == nil && !yield(doomed{key: prefix}, fmt.Errorf("%s: nothing is there", prefix)) {
				return
			}
		}
	}
}

// purged are the objects of folders with all that was deleted there. Versions of a
// key come one after the other; a purge takes them all.
func purged(ctx context.Context, b *s3ops.Bucket, prefixes []string) iter.Seq2[doomed, error] {
	tasks := below(ctx, b, prefixes, s3ops.ListOptions{Versions: true}, func(x s3ops.Object, _ string) pipeline.Task {
		return pipeline.Task{Key: x.Key, Size: x.Size}
	})
	return func(yield func(doomed, error) bool) {
		last := ""
		for t, err := range tasks {
			if err == nil && t.Key == last {
				continue
			}
			last = t.Key
			if !yield(doomed{t.Key, t.Size}, err) {
				return
			}
		}
	}
}

func tasksOf(found iter.Seq2[doomed, error], verb pipeline.Verb) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		for d, err := range found {
			if !yield(pipeline.Task{Verb: verb, Key: d.key, Size: d.size}, err) {
				return
			}
		}
	}
}

func fixed(all []doomed) iter.Seq2[doomed, error] {
	return func(yield func(doomed, error) bool) {
		for _, d := range all {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func (a *app) wouldDelete(found iter.Seq2[doomed, error], verb pipeline.Verb) error {
	failed, total := 0, 0
	for d, err := range found {
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
			}{verb, d.key, "would delete", d.size})
			if err != nil {
				return err
			}
		default:
			if err := a.out.line("would delete %s", clean(d.key)); err != nil {
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
func (a *app) confirm(ctx context.Context, all iter.Seq2[doomed, error], then string) ([]doomed, error) {
	var found []doomed
	var bytes int64
	for d, err := range all {
		if err != nil {
			return nil, fmt.Errorf("nothing was deleted: %w", err)
		}
		found = append(found, d)
		bytes += d.size
	}
	what := plural(len(found), "object")
	if len(found) == 1 {
		what = found[0].key
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
	answer, err := a.lines(ctx).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}
