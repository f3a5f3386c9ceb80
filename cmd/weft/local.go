package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"weft/pipeline/sample"
	"weft/s3ops"
	"weft/s3ops/local"
)

func (a *app) localCommand() *cobra.Command {
	var listen string
	c := &cobra.Command{
		Use:   "local [DIR]",
		Short: "Run the embedded S3 server in the foreground",
		Long: "Serves a directory as an S3 store on this machine, for any S3 client, until it is\n" +
			"interrupted, and prints how to reach it as shell exports.",
		Example: "  weft local > /tmp/weft.sh &   # then: . /tmp/weft.sh; aws s3 ls",
		Args:    takes(0, 1),
	}
	c.Flags().StringVar(&listen, "listen", "", "address to listen on, 127.0.0.1:PORT (default: any free port)")
	run := a.do(func(ctx context.Context, _ []string) error { return a.serveLocal(ctx, listen) })
	c.RunE = func(c *cobra.Command, args []string) error {
		if c.Flags().Changed("listen") {
			if err := local.CheckListen(listen); err != nil {
				return usage(err)
			}
		}
		// DIR is --local by another name; without either, the default store.
		dir := ""
		if len(args) == 1 {
			dir = args[0]
		}
		a.takeFlags(c)
		if err := a.load(c.Context()); err != nil {
			return err
		}
		if dir == "" && a.flags["local"] == "" {
			dir = filepath.Join(a.cfg.Paths.Data, "store")
		}
		if dir != "" {
			if err := c.Flags().Set("local", dir); err != nil {
				return usage(err)
			}
		}
		return run(c, nil)
	}
	return c
}

// serveLocal serves until interrupted, which is how it is meant to end.
func (a *app) serveLocal(ctx context.Context, listen string) error {
	if end, ok := local.Find(ctx, a.cfg.Local); ok {
		a.out.note("%s is served already, by a worker or another weft local; these settings work while it runs", a.cfg.Local)
		return a.exports(end)
	}
	server, err := local.Start(ctx, a.cfg.Local, listen, true, prefixesOf(a.cfg.Folders))
	if err != nil {
		return fmt.Errorf("embedded store: %w", err)
	}
	defer closeSoon(server, grace)
	end := server.Endpoint()
	if err := a.exports(end); err != nil {
		return err
	}
	a.out.note("serving %s at %s until Ctrl+C; paste these lines into another shell to use any S3 client", a.cfg.Local, end.URL)
	b, err := s3ops.Open(ctx, a.applied(end))
	if err != nil {
		return err
	}
	if err := a.seed(ctx, b); err != nil && ctx.Err() == nil {
		a.out.warn(fmt.Sprintf("sample fabrics: %v", err))
	}
	select {
	case <-ctx.Done():
	case <-server.Done():
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.New("embedded store: the server ended by itself")
}

// seed fills a new store with sample fabrics, here and now: a server in the
// foreground needs no worker. What it leaves undone a worker goes on with.
func (a *app) seed(ctx context.Context, b *s3ops.Bucket) error {
	if err := os.MkdirAll(a.cfg.StateDir(), 0o700); err != nil {
		return err
	}
	marker := filepath.Join(a.cfg.StateDir(), "samples")
	state, err := os.ReadFile(marker)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	empty := true
	if err != nil {
		if empty, err = isEmpty(ctx, b); err != nil {
			return err
		}
	}
	if string(state) == samplesDone || a.cfg.ReadOnly {
		return nil
	}
	if empty {
		if err := os.WriteFile(marker, []byte(samplesDue), 0o600); err != nil {
			return err
		}
		if err := sample.Seed(ctx, b, a.cfg.Folders, nil); err != nil {
			return err
		}
	}
	return os.WriteFile(marker, []byte(samplesDone), 0o600)
}

// exports prints the settings of a running server as POSIX shell exports.
func (a *app) exports(end local.Endpoint) error {
	vars := [][2]string{
		{"AWS_ENDPOINT_URL", end.URL},
		{"AWS_ACCESS_KEY_ID", end.Credentials.AccessKeyID},
		{"AWS_SECRET_ACCESS_KEY", string(end.Credentials.SecretAccessKey)},
		{"AWS_REGION", end.Region},
		{"WEFT_BUCKET", cmp.Or(end.Bucket, local.Bucket)},
	}
	if a.json {
		m := map[string]string{}
		for _, v := range vars {
			m[v[0]] = v[1]
		}
		return a.out.object(m)
	}
	for _, v := range vars {
		if err := a.out.line("export %s=%s", v[0], quote(v[1])); err != nil {
			return err
		}
	}
	return nil
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
