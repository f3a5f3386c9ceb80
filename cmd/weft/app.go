package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/tui"
)

// app is what the commands share: the configuration in force, where output
// goes, and how the store and the queue are opened.
type app struct {
	cfg      *config.Config
	flags    map[string]string // settings given as flags, by flag name
	envFile  string            // --env-file
	noBucket bool              // a command that needs none
	fresh    bool              // only flags say which store; see config.Sources
	dir      string            // working folder at the start; the embedded server changes it
	json     bool
	noColor  bool
	verbose  bool
	out      *console
	answers  *bufio.Reader // standard input, once it was asked for
}

// root is the command tree. Global flags stand here, each command in its file.
func (a *app) root() *cobra.Command {
	c := &cobra.Command{
		Use:   "weft [s3://BUCKET/PREFIX/]",
		Short: "A terminal interface for a bucket of fabric images",
		Long: "weft browses a bucket of fabric images, uploads, shares, deletes and brings back,\n" +
			"and turns pictures into new pictures. Without a bucket it opens a store of its own\n" +
			"with sample fabrics.",
		Example: "  weft\n  weft s3://fabrics/uploaded/\n  weft ls -r --long generated/\n  weft process --recipe web uploaded/single_images/",
		Args:    a.target,
		RunE: a.do(func(ctx context.Context, args []string) error {
			target := strings.Join(args, "")
			if _, err := a.keys(ctx, args); err != nil {
				return err
			}
			return runInterface(ctx, a, target)
		}),
		SilenceErrors: true, SilenceUsage: true,
	}
	f := c.PersistentFlags()
	f.String("bucket", "", "bucket to open")
	f.String("endpoint", "", "address of an S3-compatible store")
	f.String("region", "", "region of the bucket")
	f.String("profile", "", "profile of the shared AWS files")
	f.Bool("no-sign-request", false, "send requests without credentials")
	f.Bool("request-payer", false, "pay for the requests to a bucket whose owner does not")
	f.BoolVar(&a.fresh, "only-flags", false, "for workers: only flags say which store")
	_ = f.MarkHidden("only-flags")
	f.StringVar(&a.envFile, "env-file", "", "file of environment settings instead of .env")
	f.String("local", "", "use the embedded store over this directory")
	f.String("bandwidth", "", "bytes a second that may move, such as \"5 MiB\" (0: no limit)")
	f.Bool("read-only", false, "refuse everything that changes the bucket")
	f.BoolVar(&a.json, "json", false, "print JSON, one object a line")
	f.BoolVar(&a.noColor, "no-color", false, "print without colours")
	f.BoolVarP(&a.verbose, "verbose", "v", false, "say more on standard error")
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usage(err) })
	c.CompletionOptions.HiddenDefaultCmd = false
	c.AddGroup(&cobra.Group{ID: "objects", Title: "objects"}, &cobra.Group{ID: "work", Title: "pictures and work"}, &cobra.Group{ID: "rest", Title: "weft itself"})
	a.add(c, "objects", a.lsCommand, a.putCommand, a.getCommand, a.catCommand, a.rmCommand, a.undeleteCommand,
		a.restoreCommand, a.undoCommand, a.redoCommand, a.cpCommand, a.mvCommand, a.renameCommand, a.fixHeadersCommand, a.statCommand, a.presignCommand)
	a.add(c, "work", a.processCommand, a.splitCommand, a.sheetCommand, a.resultsCommand, a.recipesCommand, a.jobsCommand, a.logCommand,
		func() *cobra.Command { return workerCommand(a) }, childCommand)
	a.add(c, "rest", a.initCommand, a.bucketCommand, a.doctorCommand, a.setupCommand, a.policyCommand, a.localCommand, a.bucketsCommand, a.configCommand, a.keysCommand, a.versionCommand)
	return c
}

func (a *app) add(root *cobra.Command, group string, commands ...func() *cobra.Command) {
	for _, command := range commands {
		c := command()
		c.GroupID, c.Args = group, wrongUse(c.Args)
		root.AddCommand(c)
	}
}

// target accepts at most one s3:// address: anything else is a mistyped command.
func (a *app) target(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if len(args) > 1 || !strings.HasPrefix(args[0], "s3://") {
		return unknownCommand(c, args[0])
	}
	return nil
}

// do wraps a command's work: the configuration is loaded first, and its
// warnings are told.
func (a *app) do(work func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		a.takeFlags(c)
		if err := a.load(c.Context()); err != nil {
			return err
		}
		for _, w := range a.cfg.Warnings {
			a.out.warn(w)
		}
		if a.verbose {
			where := cmp.Or(a.cfg.Local, a.cfg.Endpoint, "Amazon S3")
			a.out.note("bucket %s in %s; state in %s", a.cfg.Bucket, where, a.cfg.StateDir())
		}
		return work(c.Context(), args)
	}
}

// takeFlags gathers the settings among the flags; only those given count.
func (a *app) takeFlags(c *cobra.Command) {
	a.flags = map[string]string{}
	for _, name := range []string{"bucket", "endpoint", "region", "profile", "local", "read-only", "bandwidth", "no-sign-request", "request-payer",
		"origin", "abort-uploads-after", "expire-versions-after", "cool-uploads-after"} {
		if f := c.Flags().Lookup(name); f != nil && f.Changed {
			a.flags[name] = f.Value.String()
			if several, ok := f.Value.(pflag.SliceValue); ok {
				a.flags[name] = strings.Join(several.GetSlice(), " ")
			}
		}
	}
}

func (a *app) load(ctx context.Context) error {
	var err error
	if a.dir == "" {
		if a.dir, err = os.Getwd(); err != nil {
			return fmt.Errorf("working folder: %w", err)
		}
	}
	if v, ok := a.flags["local"]; ok && v != "" && !strings.HasPrefix(v, "~/") {
		a.flags["local"] = a.abs(v)
	}
	a.cfg, err = config.Load(ctx, config.Sources{EnvFile: a.envFile, Environ: os.Environ(), Flags: a.flags, Dir: a.dir, Fresh: a.fresh, NoBucket: a.noBucket, Earlier: a.cfg})
	if err == nil {
		a.findEndpoint(ctx)
	}
	if err != nil || len(a.cfg.Keys) == 0 {
		return err
	}
	var actions []string
	for _, b := range tui.Keymap(nil) {
		actions = append(actions, b.Name)
	}
	return a.cfg.CheckKeys(actions)
}

// abs is a path as it was meant on the command line.
func (a *app) abs(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.dir, path)
}

// keys turns KEYs into plain keys. One written as s3://BUCKET/KEY with another
// bucket than the configured one makes that bucket the configured one.
func (a *app) keys(ctx context.Context, args []string) ([]string, error) {
	var out []string
	bucket := ""
	for _, arg := range args {
		b, key := splitURI(arg)
		if b == "" {
			b = a.cfg.Bucket
		}
		if bucket != "" && b != bucket {
			return nil, usagef("%s and %s are two buckets: give one at a time", bucket, b)
		}
		bucket = b
		out = append(out, key)
	}
	if bucket == "" || bucket == a.cfg.Bucket {
		return out, nil
	}
	a.flags["bucket"] = bucket
	return out, a.load(ctx)
}

// splitURI splits s3://BUCKET/KEY; a plain key has no bucket.
func splitURI(arg string) (bucket, key string) {
	rest, ok := strings.CutPrefix(arg, "s3://")
	if !ok {
		return "", arg
	}
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key
}

// open opens the bucket. On the embedded store it uses the server that runs,
// or starts one in this process until the returned function is called.
func (a *app) open(ctx context.Context) (*s3ops.Bucket, func(), error) {
	if a.cfg.Local == "" {
		b, err := a.openRemote(ctx)
		return b, func() {}, err
	}
	end, ok := local.Find(ctx, a.cfg.Local)
	stop := func() {}
	if !ok {
		// The command ends the server, so that what Ctrl+C cuts short can still clean up.
		server, err := local.Start(context.WithoutCancel(ctx), a.cfg.Local, "", false, prefixesOf(a.cfg.Folders))
		if err != nil {
			return nil, nil, fmt.Errorf("embedded store: %w", err)
		}
		end = server.Endpoint()
		stop = func() { closeSoon(server, 100*time.Millisecond) } // all its requests are done
	}
	b, err := s3ops.Open(ctx, a.applied(end))
	if err != nil {
		stop()
		return nil, nil, err
	}
	return b, stop, nil
}

// openFor opens the bucket like open, for a command that changes it or one that
// only reads: the first is refused when weft is read-only.
func (a *app) openFor(ctx context.Context, changes bool) (*s3ops.Bucket, func(), error) {
	if changes {
		if err := a.writable(); err != nil {
			return nil, nil, err
		}
	}
	return a.open(ctx)
}

// grace is how long a command that serves the embedded store waits, when it
// ends, for the requests of others.
const grace = 3 * time.Second

// closeSoon closes the server, and waits for that no longer than told: a client's
// idle connection may hold it up, and nothing is lost if the process ends first.
func closeSoon(server *local.Server, wait time.Duration) {
	go func() { _ = server.Close() }() // its end is of no interest any more
	select {
	case <-server.Done():
	case <-time.After(wait):
	}
}

// applied is the configuration pointed at a running embedded server, with the
// bucket that was asked for.
func (a *app) applied(end local.Endpoint) *config.Config {
	c := end.Apply(a.cfg)
	c.Bucket = a.cfg.Bucket
	return c
}

// doer carries out Tasks on the bucket in this process.
func (a *app) doer(b *s3ops.Bucket) *pipeline.Doer {
	return &pipeline.Doer{Bucket: b, Folders: a.cfg.Folders, Limits: a.cfg.Limits, Pictures: newEngine(), Uploads: uploadsDir(a.cfg), Rows: rowsFile(a.cfg)}
}

// rowsFile is where what was read of the table's rows is kept.
func rowsFile(cfg *config.Config) string { return filepath.Join(cfg.StateDir(), "rows") }

// pausing shows that a stream waits for the store.
func (a *app) pausing(p s3ops.Pause) {
	a.out.progress(fmt.Sprintf("retrying in %.0f s (%s)", p.For.Seconds(), p.Why))
}

// queue opens this store's queue. The caller closes it.
func (a *app) queue(ctx context.Context) (*queue.Queue, error) {
	if err := makeStateDir(a.cfg); err != nil {
		return nil, err
	}
	return openQueue(ctx, a.cfg)
}

// writable refuses what changes the bucket when weft is read-only.
func (a *app) writable() error {
	if !a.cfg.ReadOnly {
		return nil
	}
	return fmt.Errorf("%w: this command changes the bucket; leave out --read-only, WEFT_READ_ONLY and read_only in config.toml", s3ops.ErrReadOnly)
}

// workerArgs are the flags with which a worker comes to the same configuration.
func (a *app) workerArgs() []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a.flags)) {
		if name == "profile" && a.cfg.Credentials.Session {
			continue // it is handed the session's keys, which a profile given so would displace
		}
		out = append(out, "--"+name+"="+a.flags[name])
	}
	if a.fresh {
		out = append(out, "--only-flags")
	}
	// The worker does not run in this folder, so it is told where the .env is.
	path := a.abs(cmp.Or(a.envFile, ".env"))
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		out = append(out, "--env-file="+path)
	}
	return out
}
