package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"weft/pipeline"
	"weft/pipeline/picture"
	"weft/s3ops"
)

// objectFacts is what stat tells of an object.
type objectFacts struct {
	Key          string            `json:"key"`
	Size         int64             `json:"size"` // bytes
	ETag         string            `json:"etag"`
	Modified     time.Time         `json:"modified"`
	ContentType  string            `json:"content_type"`
	CacheControl string            `json:"cache_control,omitempty"`
	Disposition  string            `json:"content_disposition,omitempty"`
	StorageClass string            `json:"storage_class,omitempty"`
	Metadata     map[string]string `json:"metadata"`
	Tags         map[string]string `json:"tags"`
	VersionID    string            `json:"version_id"`
	Checksum     string            `json:"checksum"`
	SourceKey    string            `json:"source_key,omitempty"`
	SourceETag   string            `json:"source_etag,omitempty"`
	Recipe       string            `json:"recipe,omitempty"`
	Facts        *picture.Facts    `json:"facts,omitempty"` // of a picture: what its row in the table says
}

func (a *app) statCommand() *cobra.Command {
	var versionID string
	c := &cobra.Command{
		Use:   "stat KEY",
		Short: "Show an object's headers, metadata and tags",
		Args:  takes(1, 1),
	}
	c.Flags().StringVar(&versionID, "version", "", "show this version")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.objectKeys(ctx, args)
		if err != nil {
			return err
		}
		return a.stat(ctx, keys[0], versionID)
	})
	return c
}

func (a *app) stat(ctx context.Context, key, versionID string) error {
	b, stop, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer stop()
	x, err := b.Stat(ctx, key, versionID)
	if err != nil {
		return err
	}
	tags, err := b.Tags(ctx, key, versionID)
	if err != nil {
		// Tags need a permission of their own: the rest is worth showing without.
		if !errors.Is(err, s3ops.ErrDenied) {
			return err
		}
		a.out.warn(err.Error())
	}
	f := objectFacts{Key: key, Size: x.Size, ETag: x.ETag, Modified: x.Modified, ContentType: x.ContentType,
		CacheControl: x.CacheControl, Disposition: x.ContentDisposition, StorageClass: x.StorageClass,
		Metadata: x.Metadata, Tags: tags, VersionID: x.VersionID, Checksum: x.Checksum}
	if o, ok := pipeline.OriginOf(x.Metadata); ok {
		f.SourceKey, f.SourceETag, f.Recipe = o.SourceKey, o.SourceETag, o.Recipe
	}
	if pipeline.IsImage(key) && versionID == "" {
		switch row, ok, err := a.doer(b).Row(ctx, x); {
		case ok:
			f.Facts = &row.Facts
		case err != nil:
			a.out.warn("its row in the table: " + err.Error())
		}
	}
	if a.json {
		return a.out.object(f)
	}
	return a.out.write([]byte(f.table()))
}

// table writes the facts for people; empty ones are left out.
func (f objectFacts) table() string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", clean(name), clean(value))
		}
	}
	row("key", f.Key)
	row("size", fmt.Sprintf("%s (%d bytes)", size(f.Size), f.Size))
	row("modified", f.Modified.UTC().Format(time.RFC3339))
	row("content type", f.ContentType)
	row("cache control", f.CacheControl)
	row("disposition", f.Disposition)
	row("storage class", f.StorageClass)
	row("etag", f.ETag)
	row("version", f.VersionID)
	row("checksum", f.Checksum)
	row("source", f.SourceKey)
	row("source etag", f.SourceETag)
	row("recipe", f.Recipe)
	if f.Facts != nil {
		pictureTable(*f.Facts, row)
	}
	for _, k := range slices.Sorted(maps.Keys(f.Metadata)) {
		row("metadata "+k, f.Metadata[k])
	}
	for _, k := range slices.Sorted(maps.Keys(f.Tags)) {
		row("tag "+k, f.Tags[k])
	}
	_ = w.Flush()
	return out.String()
}

// pictureTable writes what is known of a picture.
func pictureTable(f picture.Facts, row func(name, value string)) {
	row("picture", fmt.Sprintf("%s, %d × %d, orientation %d", f.Format, f.Width, f.Height, f.Orientation))
	if !f.Taken.IsZero() {
		row("taken", f.Taken.Format(time.RFC3339))
	}
	row("camera", f.Camera)
	row("profile", f.Profile)
	if f.Look == nil {
		return
	}
	var palette []string
	for _, c := range f.Palette {
		palette = append(palette, fmt.Sprintf("%s %.0f%%", c.Hex, 100*c.Share))
	}
	row("palette", strings.Join(palette, "  "))
	row("hash", f.Hash)
	row("sharpness", fmt.Sprintf("%.1f grey levels²", f.Sharpness))
	row("tiles", f.Tiles)
}
