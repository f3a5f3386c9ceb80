package main

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"weft/s3ops"
)

// versionLine is one line of ls --versions; its fields stand even when false.
type versionLine struct {
	s3ops.Object
	VersionID    string `json:"version_id"`
	IsLatest     bool   `json:"is_latest"`
	DeleteMarker bool   `json:"delete_marker"`
}

func (a *app) lsCommand() *cobra.Command {
	var o s3ops.ListOptions
	var long bool
	c := &cobra.Command{
		Use:     "ls [PREFIX/]",
		Short:   "List a folder",
		Example: "  weft ls\n  weft ls -r --long generated/\n  weft ls --versions --json uploaded/single_images/",
		Args:    takes(0, 1),
	}
	c.Flags().BoolVarP(&o.Recursive, "recursive", "r", false, "list everything below, not only the folder")
	c.Flags().BoolVar(&long, "long", false, "show sizes, times and storage classes")
	c.Flags().BoolVar(&o.Versions, "versions", false, "show every version and delete marker")
	c.Flags().BoolVar(&o.Deleted, "deleted", false, "show only deleted objects")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		prefixes, err := a.keys(ctx, append(args, "")[:1])
		if err != nil {
			return err
		}
		if p := prefixes[0]; p != "" && !isFolder(p) {
			return usagef("%q is no folder: write %q, or weft stat for one object", p, p+"/")
		}
		return a.list(ctx, prefixes[0], o, long)
	})
	return c
}

// list prints a folder page by page, so that a long one begins at once.
func (a *app) list(ctx context.Context, prefix string, o s3ops.ListOptions, long bool) error {
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	n := 0
	for page, err := range b.Pages(ctx, prefix, o) {
		if err != nil {
			return err
		}
		var out bytes.Buffer
		for _, f := range page.Folders {
			n++
			if err := a.folderLine(&out, f, long); err != nil {
				return err
			}
		}
		for _, x := range page.Objects {
			if isFolder(x.Key) && x.Size == 0 && !o.Versions {
				continue // the marker of a folder below
			}
			n++
			if err := a.objectLine(&out, x, o, long); err != nil {
				return err
			}
		}
		if out.Len() == 0 {
			continue
		}
		if err := a.out.write(out.Bytes()); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if n == 0 && prefix == "" && a.cfg.Local != "" {
		a.out.note("the embedded store is empty: weft, weft worker or weft local fills it with sample fabrics")
	}
	return nil
}

func (a *app) folderLine(out *bytes.Buffer, prefix string, long bool) error {
	if a.json {
		return jsonLine(out, struct {
			Prefix string `json:"prefix"`
		}{prefix})
	}
	if long {
		fmt.Fprintf(out, "%10s  %-20s  %-12s  ", "-", "-", "folder")
	}
	fmt.Fprintln(out, clean(prefix))
	return nil
}

func (a *app) objectLine(out *bytes.Buffer, x s3ops.Object, o s3ops.ListOptions, long bool) error {
	if a.json {
		if o.Versions || o.Deleted {
			return jsonLine(out, versionLine{x, x.VersionID, x.IsLatest, x.DeleteMarker})
		}
		return jsonLine(out, x)
	}
	if long {
		class := x.StorageClass
		if x.DeleteMarker {
			class = "deleted"
		}
		fmt.Fprintf(out, "%10s  %-20s  %-12s  ", size(x.Size), x.Modified.UTC().Format(time.RFC3339), clean(class))
	}
	fmt.Fprint(out, clean(x.Key))
	if o.Versions {
		fmt.Fprintf(out, "  %s%s", clean(x.VersionID), versionMark(x))
	}
	fmt.Fprintln(out)
	return nil
}

func versionMark(x s3ops.Object) string {
	switch {
	case x.DeleteMarker && x.IsLatest:
		return "  deleted"
	case x.DeleteMarker:
		return "  delete marker"
	case x.IsLatest:
		return "  latest"
	}
	return ""
}

func jsonLine(out *bytes.Buffer, v any) error {
	b, err := encode(v)
	out.Write(b)
	return err
}
