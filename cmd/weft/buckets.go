package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weft/s3ops"
	"weft/s3ops/local"
)

func (a *app) bucketsCommand() *cobra.Command {
	var profiles bool
	c := &cobra.Command{
		Use:   "buckets",
		Short: "List the buckets there are, or the profiles",
		Long: "Lists the buckets of the credentials in force, of --profile, or of the store at --endpoint.\n" +
			"It needs s3:ListAllMyBuckets; a bucket that cannot be listed is opened by its name all the same.",
		Example: "  weft buckets --profile mill\n  weft buckets --profiles",
		Args:    takes(0, 0),
	}
	c.Flags().BoolVar(&profiles, "profiles", false, "list the profiles of the shared AWS files instead")
	c.RunE = func(c *cobra.Command, args []string) error {
		a.noBucket = true
		return a.do(func(ctx context.Context, _ []string) error {
			if profiles {
				return a.listProfiles(ctx)
			}
			return a.listBuckets(ctx)
		})(c, args)
	}
	return c
}

func (a *app) listBuckets(ctx context.Context) error {
	if a.cfg.Local != "" && a.flags["local"] == "" {
		// Nothing names a store; the default profile does, where there is one.
		for _, p := range s3ops.Profiles(ctx) {
			if p.Name == "default" {
				a.flags["profile"] = p.Name
				if err := a.load(ctx); err != nil {
					return err
				}
			}
		}
	}
	all, err := a.buckets(ctx)
	if needed, ok := errors.AsType[*s3ops.CodeNeeded](err); ok {
		if err := a.logIn(ctx, needed, err); err != nil {
			return err
		}
		all, err = a.buckets(ctx)
	}
	if err != nil {
		return err
	}
	return table(a, all, func(b s3ops.Listed) []string {
		return []string{b.Name, b.Created.Local().Format(time.DateTime), b.Region}
	})
}

// buckets lists what the configured store has; on the embedded one that runs.
func (a *app) buckets(ctx context.Context) ([]s3ops.Listed, error) {
	cfg := a.cfg
	if cfg.Local != "" {
		end, ok := local.Find(ctx, cfg.Local)
		if !ok {
			return []s3ops.Listed{{Name: cfg.Bucket}}, nil
		}
		cfg = end.Apply(cfg)
	}
	return s3ops.Buckets(ctx, cfg)
}

func (a *app) listProfiles(ctx context.Context) error {
	return table(a, s3ops.Profiles(ctx), func(p s3ops.Profile) []string { return []string{p.Name, p.Kind, p.Region, p.Endpoint} })
}

// table prints rows: as JSON, one object a line, or in columns.
func table[T any](a *app, rows []T, columns func(T) []string) error {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if a.json {
			if err := a.out.object(r); err != nil {
				return err
			}
			continue
		}
		cells := columns(r)
		for i := range cells {
			cells[i] = clean(cells[i])
		}
		fmt.Fprintln(w, strings.TrimRight(strings.Join(cells, "\t"), "\t"))
	}
	_ = w.Flush()
	return a.out.write([]byte(out.String()))
}
