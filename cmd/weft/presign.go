package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/tui"
)

// linkFlags are what weft presign was asked for.
type linkFlags struct {
	put, inline, attachment           bool
	expires, filename, format, output string
}

func (a *app) presignCommand() *cobra.Command {
	var f linkFlags
	c := &cobra.Command{
		Use:   "presign KEY…",
		Short: "Sign links that work without credentials",
		Long: "Signs a link for each KEY: whoever has it can read the object, or with --put write it,\n" +
			"until it expires. Treat it as a secret. A link never outlives the credentials that signed it.",
		Example: "  weft presign generated/a.jpg\n  weft presign --put --expires 15m search_uploads/new.jpg --format curl\n" +
			"  weft presign --attachment --format csv --output links.csv generated/a.jpg generated/b.jpg",
		Args: takes(1, -1),
	}
	var formats []string
	for _, x := range tui.LinkFormats {
		formats = append(formats, string(x))
	}
	c.Flags().BoolVar(&f.put, "put", false, "a link to upload with")
	c.Flags().StringVar(&f.expires, "expires", "", "life of the link, 1s to 7d (default 1h)")
	c.Flags().StringVar(&f.filename, "filename", "", "save under this name")
	c.Flags().BoolVar(&f.inline, "inline", false, "open in the browser, whatever the object says")
	c.Flags().BoolVar(&f.attachment, "attachment", false, "open as a download, under --filename or the object's own name")
	c.Flags().StringVar(&f.format, "format", formats[0], strings.Join(formats, ", "))
	c.Flags().StringVar(&f.output, "output", "", "write to this new file, which only you can read")
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.objectKeys(ctx, args)
		if err != nil {
			return err
		}
		if !slices.Contains(formats, f.format) {
			return usagef("--format %q is not one of %s", f.format, strings.Join(formats, ", "))
		}
		o, err := f.options(a.cfg.Link, len(keys))
		if err != nil {
			return err
		}
		if o.Put {
			if err := a.writable(); err != nil {
				return err
			}
		}
		return a.presign(ctx, keys, o, f)
	})
	return c
}

// options are the flags as what a link is for; life is the one of the config.
func (f linkFlags) options(life time.Duration, keys int) (s3ops.LinkOptions, error) {
	o := s3ops.LinkOptions{Put: f.put, Filename: f.filename, Life: life}
	switch {
	case f.put && (f.filename != "" || f.inline || f.attachment):
		return o, usagef("--filename, --inline and --attachment are for links to download with, not for --put")
	case f.inline && f.attachment:
		return o, usagef("--inline and --attachment exclude each other")
	case f.filename != "" && keys > 1:
		return o, usagef("--filename is for one KEY: %d would be saved under one name", keys)
	case f.inline:
		o.Opens = s3ops.InBrowser
	case f.attachment:
		o.Opens = s3ops.AsDownload
	}
	if f.expires == "" {
		return o, nil
	}
	var err error
	if o.Life, err = config.ParseLife(f.expires); err != nil {
		return o, usage(fmt.Errorf("--expires: %w", err))
	}
	return o, nil
}

func (a *app) presign(ctx context.Context, keys []string, o s3ops.LinkOptions, f linkFlags) error {
	b, err := a.signer(ctx)
	if err != nil {
		return err
	}
	b.Locate(ctx)
	var links []s3ops.Link
	for _, k := range keys {
		link, err := b.Presign(ctx, k, o)
		if err != nil {
			a.out.fail(err.Error())
			continue
		}
		links = append(links, link)
	}
	a.warnOfEnd(links)
	if err := a.writeLinks(links, f); err != nil {
		return err
	}
	if failed := len(keys) - len(links); failed > 0 {
		return failures{failed, len(keys)}
	}
	return nil
}

// warnOfEnd says once what ends links sooner than asked.
func (a *app) warnOfEnd(links []s3ops.Link) {
	if i := slices.IndexFunc(links, func(l s3ops.Link) bool { return l.Capped }); i >= 0 {
		a.out.warn(fmt.Sprintf("%s: the link ends with the credentials that signed it, at %s", links[i].Key, links[i].ExpiresAt.UTC().Format(time.RFC3339)))
	}
	if len(links) > 0 && links[0].MayEndSooner {
		a.out.warn("a link ends with the temporary credentials that signed it, and nobody says when that is: AWS_CREDENTIAL_EXPIRATION would")
	}
}

// writeLinks prints the links, or writes them to a new file of the owner's alone.
func (a *app) writeLinks(links []s3ops.Link, f linkFlags) error {
	if len(links) == 0 {
		return nil
	}
	var text []byte
	if a.json {
		for _, l := range links {
			line, err := encode(l)
			if err != nil {
				return err
			}
			text = append(text, line...)
		}
	} else {
		text = []byte(tui.FormatLinks(links, tui.LinkFormat(f.format)) + "\n")
	}
	if f.output == "" {
		return a.out.write(text)
	}
	path := a.abs(f.output)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: it is there already, and is not overwritten", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	a.out.note("%d links written to %s", len(links), path)
	return nil
}

// signer opens the bucket for signing, which needs no server.
func (a *app) signer(ctx context.Context) (*s3ops.Bucket, error) {
	if a.cfg.Local == "" {
		return a.openRemote(ctx)
	}
	end, running := local.Find(ctx, a.cfg.Local)
	if running {
		a.out.note("links to the embedded store work while its worker or weft local runs")
	} else {
		a.out.warn("the embedded store does not run now: the link works once weft, weft worker or weft local runs")
		var err error
		if end, err = local.Next(a.cfg.Local); err != nil {
			return nil, err
		}
	}
	return s3ops.Open(ctx, a.applied(end))
}
