package main

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
)

// linkFormats are the ways a link is written for people.
var linkFormats = []string{"plain", "markdown", "html", "curl"}

func (a *app) presignCommand() *cobra.Command {
	var o s3ops.LinkOptions
	var expires, format string
	c := &cobra.Command{
		Use:   "presign KEY…",
		Short: "Sign links that work without credentials",
		Long: "Signs a link for each KEY: whoever has it can read the object, or with --put write it,\n" +
			"until it expires. Treat it as a secret. A link never outlives the credentials that signed it.",
		Example: "  weft presign generated/a.jpg\n  weft presign --put --expires 15m search_uploads/new.jpg --format curl",
		Args:    takes(1, -1),
	}
	c.Flags().BoolVar(&o.Put, "put", false, "a link to upload with")
	c.Flags().StringVar(&expires, "expires", "", "life of the link, 1s to 7d (default 1h)")
	c.Flags().StringVar(&o.Filename, "filename", "", "save under this name")
	c.Flags().StringVar(&format, "format", "plain", strings.Join(linkFormats, ", "))
	c.RunE = a.do(func(ctx context.Context, args []string) error {
		keys, err := a.objectKeys(ctx, args)
		if err != nil {
			return err
		}
		if !slices.Contains(linkFormats, format) {
			return usagef("--format %q is not one of %s", format, strings.Join(linkFormats, ", "))
		}
		if o.Put && o.Filename != "" {
			return usagef("--filename is for links to download with, not for --put")
		}
		if o.Put {
			if err := a.writable(); err != nil {
				return err
			}
		}
		o.Life = a.cfg.Link
		if expires != "" {
			if o.Life, err = config.ParseLife(expires); err != nil {
				return usage(fmt.Errorf("--expires: %w", err))
			}
		}
		return a.presign(ctx, keys, o, format)
	})
	return c
}

func (a *app) presign(ctx context.Context, keys []string, o s3ops.LinkOptions, format string) error {
	b, err := a.signer(ctx)
	if err != nil {
		return err
	}
	failed := 0
	for _, k := range keys {
		link, err := b.Presign(ctx, k, o)
		if err != nil {
			failed++
			a.out.fail(err.Error())
			continue
		}
		if link.Capped {
			a.out.warn(fmt.Sprintf("%s: the link ends with the credentials that signed it, at %s", k, link.ExpiresAt.UTC().Format(time.RFC3339)))
		}
		if a.json {
			err = a.out.object(link)
		} else {
			err = a.out.line("%s", clean(formatLink(link, format)))
		}
		if err != nil {
			return err
		}
	}
	if failed > 0 {
		return failures{failed, len(keys)}
	}
	return nil
}

// signer opens the bucket for signing, which needs no server.
func (a *app) signer(ctx context.Context) (*s3ops.Bucket, error) {
	if a.cfg.Local == "" {
		return s3ops.Open(ctx, a.cfg)
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

// formatLink writes a link; the name of its key comes from the bucket, so it
// is escaped for where it stands.
func formatLink(l s3ops.Link, format string) string {
	name := base(l.Key)
	switch format {
	case "markdown":
		escaped := strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`).Replace(name)
		return "[" + escaped + "](" + strings.NewReplacer("(", "%28", ")", "%29").Replace(l.URL) + ")"
	case "html":
		return `<a href="` + html.EscapeString(l.URL) + `">` + html.EscapeString(name) + "</a>"
	case "curl":
		if l.Method == "PUT" {
			return "curl --fail -T " + quote("./"+name) + " " + quote(l.URL)
		}
		return "curl --fail -o " + quote("./"+name) + " " + quote(l.URL)
	}
	return l.URL
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
