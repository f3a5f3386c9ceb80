package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"weft/pipeline/queue"
)

func (a *app) logCommand() *cobra.Command {
	var limit int
	c := &cobra.Command{
		Use:   "log [TEXT]",
		Short: "Show what was done, as the commands that do the same",
		Long: "Lists what changed the bucket or brought files here, by the interface and by commands,\n" +
			"the newest last, as the weft commands that do the same. With TEXT only that in which\n" +
			"it occurs, in any key too. It is kept for 30 days.",
		Example: "  weft log\n  weft log silk\n  weft log --limit 0 --json",
		Args:    takes(0, 1),
	}
	c.Flags().IntVar(&limit, "limit", 20, "the newest so many (0: all)")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		f := queue.Filter{Limit: limit}
		if len(args) > 0 {
			f.Text = args[0]
		}
		return a.withQueue(ctx, func(q *queue.Queue) error {
			deeds, err := q.Log(ctx, f)
			if err != nil {
				return err
			}
			for _, d := range slices.Backward(deeds) {
				if a.json {
					err = a.out.object(d)
				} else {
					what := cmp.Or(d.Command, "# "+d.Title)
					if d.State != queue.Done {
						what += fmt.Sprintf("  # %s: %s", d.State, counts(d.Job))
					}
					err = a.out.line("%s  %5d  %s", d.CreatedAt.UTC().Format(time.RFC3339), d.ID, clean(what))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	return c
}
