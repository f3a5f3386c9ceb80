package main

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

func (a *app) renameCommand() *cobra.Command {
	var recursive, plan bool
	c := &cobra.Command{
		Use:   "rename PATTERN KEY…",
		Short: "Rename many objects by a pattern",
		Long: "Gives objects new names, each in the folder it is in. PATTERN is a name with\n" +
			pipeline.PatternHelp + ";\n{n} counts in the order given. A g behind s/// replaces each match, an i ignores case.\n" +
			"Nothing is renamed if one of the new names cannot be: taken, used twice, not a key.",
		Example: "  weft rename --plan 'linen-{n:03}.{ext}' search_uploads/a.jpg search_uploads/b.jpg\n" +
			"  weft rename -r 's/IMG_/linen-/' search_uploads/new/",
		Args: takes(2, -1),
	}
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "rename all objects below folders")
	c.Flags().BoolVar(&plan, "plan", false, "only say what would be renamed, and what cannot be")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		pattern, err := pipeline.ParsePattern(args[0])
		if err != nil {
			return usage(err)
		}
		keys, err := a.keys(ctx, args[1:])
		if err != nil {
			return err
		}
		if err := checkFolders(keys, recursive); err != nil {
			return err
		}
		b, stop, err := a.openFor(ctx, !plan)
		if err != nil {
			return err
		}
		defer stop()
		all, err := a.renamings(ctx, b, pattern, keys, recursive)
		if err != nil {
			return err
		}
		if plan {
			return a.printRenamings(all)
		}
		if err := refuseClashes(a, all); err != nil {
			return err
		}
		return a.carryOut(ctx, a.doer(b), movesOf(all), func(t pipeline.Task, _ pipeline.Outcome) string {
			return b.URI(t.Key) + " → " + b.URI(t.To)
		})
	})
	return c
}

// renamings applies the pattern to the objects and looks which names are free.
func (a *app) renamings(ctx context.Context, b *s3ops.Bucket, p pipeline.Pattern, keys []string, recursive bool) ([]pipeline.Renaming, error) {
	var objects []s3ops.Object
	for _, k := range keys {
		if recursive {
			for x, err := range b.Objects(ctx, k, s3ops.ListOptions{}) {
				if err != nil {
					return nil, err
				}
				if !isFolder(x.Key) {
					objects = append(objects, x)
				}
			}
			continue
		}
		info, err := b.Stat(ctx, k, "")
		if err != nil {
			return nil, s3ops.Doing("rename", err)
		}
		objects = append(objects, info.Object)
	}
	if len(objects) == 0 {
		return nil, errors.New("rename: there are no objects")
	}
	all := pipeline.Renamings(p, objects)
	_, err := a.doer(b).FindTaken(ctx, all)
	return all, err
}

// printRenamings prints what would become of each; the error counts what cannot be.
func (a *app) printRenamings(all []pipeline.Renaming) error {
	bad := 0
	for _, r := range all {
		var err error
		switch {
		case a.json:
			err = a.out.object(r)
		case r.State == pipeline.Same:
			err = a.out.line("stays   %s", clean(r.Key))
		case r.State == pipeline.Clash:
			err = a.out.line("cannot  %s → %s: %s", clean(r.Key), clean(r.To), r.Problem)
		default:
			err = a.out.line("rename  %s → %s", clean(r.Key), clean(r.To))
		}
		if err != nil {
			return err
		}
		if r.State == pipeline.Clash {
			bad++
		}
	}
	return orFailures(nil, bad, len(all))
}

// refuseClashes names what cannot be renamed; if anything cannot, nothing is.
func refuseClashes(a *app, all []pipeline.Renaming) error {
	bad := 0
	for _, r := range all {
		if r.State == pipeline.Clash {
			bad++
			a.out.fail(fmt.Sprintf("rename %s to %s: %s", r.Key, r.To, r.Problem))
		}
	}
	if bad == 0 {
		return nil
	}
	return fmt.Errorf("nothing was renamed: %d of %d cannot be; --plan shows all", bad, len(all))
}

// movesOf are the tasks of what gets another name.
func movesOf(all []pipeline.Renaming) iter.Seq2[pipeline.Task, error] {
	return func(yield func(pipeline.Task, error) bool) {
		for _, r := range all {
			if r.State == pipeline.Renamed && !yield(r.Task(), nil) {
				return
			}
		}
	}
}
