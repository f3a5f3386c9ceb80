package main

import (
	"context"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/s3ops"
)

func (a *app) undeleteCommand() *cobra.Command {
	var recursive bool
	c := &cobra.Command{
		Use:     "undelete KEY…",
		Short:   "Bring deleted objects back",
		Example: "  weft ls -r --deleted uploaded/\n  weft undelete uploaded/single_images/denim.jpg",
		Args:    takes(1, -1),
	}
	c.Flags().BoolVarP(&recursive, "recursive", "r", false, "bring back all that is deleted below folders")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.keys(ctx, args)
		if err != nil {
			return err
		}
		if err := checkFolders(keys, recursive); err != nil {
			return err
		}
		b, stop, err := a.openFor(ctx, true)
		if err != nil {
			return err
		}
		defer stop()
		tasks := each(keys, func(k string) pipeline.Task { return pipeline.Task{Verb: pipeline.Undelete, Key: k} })
		if recursive {
			tasks = below(ctx, b, keys, s3ops.ListOptions{Deleted: true}, func(x s3ops.Object, _ string) pipeline.Task {
				return pipeline.Task{Verb: pipeline.Undelete, Key: x.Key}
			})
		}
		return a.carryOut(ctx, a.doer(b), tasks, func(t pipeline.Task, _ pipeline.Outcome) string {
			return "brought back " + b.URI(t.Key)
		})
	})
	return c
}

func (a *app) restoreCommand() *cobra.Command {
	var versionID string
	c := &cobra.Command{
		Use:     "restore KEY --version ID",
		Short:   "Make an old version the current one",
		Example: "  weft ls --versions uploaded/single_images/\n  weft restore uploaded/single_images/denim.jpg --version 01HZY…",
		Args:    takes(1, 1),
	}
	c.Flags().StringVar(&versionID, "version", "", "the version, see weft ls --versions")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.objectKeys(ctx, args)
		if err != nil {
			return err
		}
		if versionID == "" {
			return usagef("which version? Add --version ID; weft ls --versions lists them")
		}
		b, stop, err := a.openFor(ctx, true)
		if err != nil {
			return err
		}
		defer stop()
		tasks := each(keys, func(k string) pipeline.Task {
			return pipeline.Task{Verb: pipeline.Restore, Key: k, VersionID: versionID}
		})
		return a.carryOut(ctx, a.doer(b), tasks, func(t pipeline.Task, _ pipeline.Outcome) string {
			return "restored " + b.URI(t.Key)
		})
	})
	return c
}
