package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"weft/config"
	"weft/pipeline/doctor"
	"weft/pipeline/setup"
	"weft/s3ops"
)

func (a *app) initCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "init",
		Short: "Ask for a bucket and how to reach it, and try it",
		Long: "Asks, one question after another, where the bucket is, with which keys it is reached, its\n" +
			"name and the names of its folders. Every question says where in the AWS console the answer\n" +
			"stands, has a default (Enter), is checked at once, and can be gone back from (<).\n\n" +
			"Keys are kept in the AWS files or in .env of this folder, for this user alone, and nowhere\n" +
			"else; what is typed of a secret is not shown. Nothing is written before the last question, and\n" +
			"no .env or config.toml is changed without asking. It ends with the doctor.",
		Example: "  weft init",
		Args:    takes(0, 0),
	}
	c.RunE = func(c *cobra.Command, args []string) error {
		a.noBucket = true
		return a.do(func(ctx context.Context, _ []string) error { return a.initialise(ctx) })(c, args)
	}
	return c
}

// start is what weft init has learned so far.
type start struct {
	dialog
	cfg     config.Config // how the bucket is reached
	local   bool          // the embedded store is enough
	amazon  bool
	given   bool   // the keys are set already, in the environment or .env
	fresh   bool   // keys were typed
	keep    string // where typed keys go: keepProfile or keepEnv
	missing bool   // the bucket is to be made
	folders config.Folders
}

const (
	keepProfile = "profile"
	keepEnv     = ".env"
)

// initialise asks, writes and tries.
func (a *app) initialise(ctx context.Context) error {
	s := &start{dialog: dialog{a}, cfg: *a.cfg, folders: a.cfg.Folders}
	if s.cfg.Local != "" { // nothing is configured
		s.cfg.Local, s.cfg.Bucket, s.cfg.PathStyle, s.cfg.Checksums = "", "", "auto", "auto"
	}
	s.given = s.cfg.Credentials.AccessKeyID != ""
	s.say("A few questions, and weft knows your bucket. Enter takes what stands in")
	s.say("[brackets], ? explains again, < goes back, Ctrl+C leaves. Nothing is written")
	s.say("before the end.")
	err := s.run(ctx, s.askStore, s.askEndpoint, s.askKeys, s.askKeyID, s.askSecret, s.askToken, s.askKeep, s.askProfile,
		s.askBucket, s.askRegion, s.askFolders)
	switch {
	case err != nil:
		return err
	case s.local:
		s.say("")
		s.say("weft opens a store of its own with sample fabrics, until a bucket is named: run weft.")
		return nil
	}
	files, err := s.write(ctx)
	if err != nil || files == nil {
		return err
	}
	return s.try(ctx, files)
}

// write puts what was learned into files, each after a question if it is there
// already. It returns nil if the person does not want it.
func (s *start) write(ctx context.Context) ([]string, error) {
	env, settings := s.values()
	var files []string
	type change struct {
		path, name string
		text       []byte
	}
	var changes []change
	for _, f := range []struct {
		path   string
		values []config.Value
		with   func([]byte, []config.Value) ([]byte, []string, error)
	}{
		{cmp.Or(s.a.envFile, filepath.Join(s.a.dir, ".env")), env, config.WithEnv},
		{filepath.Join(s.cfg.Paths.Config, "config.toml"), settings, config.WithSettings},
	} {
		if len(f.values) == 0 {
			continue
		}
		old, err := os.ReadFile(f.path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		text, changed, err := f.with(old, f.values)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.path, err)
		}
		if err := s.overwrite(ctx, f.path, old, f.values, changed); err != nil {
			return nil, orNotWanted(err)
		}
		changes = append(changes, change{f.path, filepath.Base(f.path), text})
		files = append(files, f.path)
	}
	if s.fresh && s.keep == keepProfile {
		if err := s3ops.AddProfile(s.cfg.Profile, s.cfg.Credentials); err != nil {
			return nil, fmt.Errorf("keep the keys: %w", err)
		}
		files = append(files, s3ops.CredentialsFile())
	}
	for _, c := range changes {
		if err := config.Replace(c.path, c.text); err != nil {
			return nil, fmt.Errorf("write %s: %w", c.name, err)
		}
	}
	for _, f := range files {
		s.say("wrote %s, for you alone", f)
	}
	s.warnGit(env)
	return files, nil
}

// errUnwanted is the answer no to a change of a file.
var errUnwanted = errors.New("not wanted")

func orNotWanted(err error) error {
	if errors.Is(err, errUnwanted) || errors.Is(err, errBack) {
		return errors.New("nothing was written")
	}
	return err
}

// overwrite asks before a file that is there is changed.
func (s *start) overwrite(ctx context.Context, path string, old []byte, values []config.Value, changed []string) error {
	if len(old) == 0 {
		return nil
	}
	var names []string
	for _, v := range values {
		names = append(names, v.Name)
	}
	where := "It will hold " + strings.Join(names, ", ") + "; the other lines stay."
	if len(changed) > 0 {
		where += "\nOther values stand there now for: " + strings.Join(changed, ", ") + "."
	}
	yes, err := s.sure(ctx, path+" is there already: change it?", where, len(changed) == 0)
	if err == nil && !yes {
		err = errUnwanted
	}
	return err
}

// values are what goes into .env and into config.toml. Keys go nowhere else.
func (s *start) values() (env, settings []config.Value) {
	if s.fresh && s.keep == keepEnv {
		env = []config.Value{{Name: "AWS_ACCESS_KEY_ID", Value: s.cfg.Credentials.AccessKeyID},
			{Name: "AWS_SECRET_ACCESS_KEY", Value: string(s.cfg.Credentials.SecretAccessKey)}}
		if t := string(s.cfg.Credentials.SessionToken); t != "" {
			env = append(env, config.Value{Name: "AWS_SESSION_TOKEN", Value: t})
		}
		// What is said beside the keys is found with them.
		for _, v := range []config.Value{{Name: "WEFT_BUCKET", Value: s.cfg.Bucket}, {Name: "AWS_REGION", Value: s.cfg.Region}, {Name: "AWS_ENDPOINT_URL", Value: s.cfg.Endpoint}} {
			if v.Value != "" {
				env = append(env, v)
			}
		}
	} else {
		for _, v := range []config.Value{{Name: "bucket", Value: s.cfg.Bucket}, {Name: "region", Value: s.cfg.Region}, {Name: "endpoint", Value: s.cfg.Endpoint}, {Name: "profile", Value: s.cfg.Profile}} {
			if v.Value != "" {
				settings = append(settings, v)
			}
		}
	}
	for i, f := range s.folders {
		if f.Prefix != s.a.cfg.Folders[i].Prefix {
			settings = append(settings, config.Value{Name: "folders." + string(f.Role), Value: f.Prefix})
		}
	}
	return env, settings
}

// warnGit tells of a .env that would go into a repository.
func (s *start) warnGit(env []config.Value) {
	if len(env) == 0 {
		return
	}
	if _, err := os.Stat(filepath.Join(s.a.dir, ".git")); err != nil {
		return
	}
	ignored, _ := os.ReadFile(filepath.Join(s.a.dir, ".gitignore"))
	if !slices.Contains(strings.Fields(string(ignored)), ".env") {
		s.a.out.sayIn(yellow, "this folder is a git repository: put .env into its .gitignore, so that the keys do not go into it")
	}
}

// try reads what was written as every command does, makes the bucket if that was
// wanted, lets the doctor look, and says what to do next.
func (s *start) try(ctx context.Context, files []string) error {
	a := s.a
	a.noBucket = false
	if err := a.load(ctx); err != nil {
		return err
	}
	s.tellOverruled()
	if s.cfg.Credentials.Session { // the code has been given already
		a.use(s.cfg.Credentials)
	}
	if s.missing {
		b, stop, err := a.openFor(ctx, true)
		if err != nil {
			return err
		}
		defer stop()
		w := setup.Wish{Setup: a.cfg.Setup, Folders: a.cfg.Folders}
		err = a.setUp(ctx, b, w, false, func(ctx context.Context, _ int) (bool, error) {
			return s.sure(ctx, "Make the bucket and set it up so?", "", true)
		})
		if err != nil {
			return err
		}
	}
	if a.json {
		return s.tryForScripts(ctx, files)
	}
	s.say("")
	a.out.sayIn(bold, "Let us see whether it works:")
	fails, total, err := a.tellExamined(ctx)
	if err != nil {
		return err
	}
	s.say("")
	if fails > 0 {
		a.out.sayIn(yellow, "Not everything works yet: do what stands beside → and run weft doctor again. What you answered is kept.")
		return orFailures(nil, fails, total)
	}
	a.out.sayIn(bold, "It works. What to do next:")
	s.say("  weft                                  open the bucket")
	s.say("  weft setup --plan                     see how it would be set up: versions, lifecycle, public access")
	s.say("  weft put -r photos/ %s   upload a folder of photos", a.cfg.Folders.Prefix(config.SearchUploads))
	s.say("  weft policy iam --role viewer         a policy for a colleague who only looks")
	return nil
}

// tryForScripts says in one object what was written and what the doctor found.
func (s *start) tryForScripts(ctx context.Context, files []string) error {
	c, fails := s.a.cfg, 0
	var findings []doctor.Finding
	for f := range s.a.examine(ctx) {
		if findings = append(findings, f); f.State == doctor.Fail {
			fails++
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.a.out.object(struct {
		Bucket   string           `json:"bucket"`
		Region   string           `json:"region,omitempty"`
		Endpoint string           `json:"endpoint,omitempty"`
		Profile  string           `json:"profile,omitempty"`
		Files    []string         `json:"files"`
		Findings []doctor.Finding `json:"findings"`
	}{c.Bucket, c.Region, c.Endpoint, c.Profile, files, findings})
	return orFailures(err, fails, len(findings))
}

// tellOverruled says what wins over what was just written.
func (s *start) tellOverruled() {
	for _, v := range []struct{ name, want string }{{"bucket", s.cfg.Bucket}, {"region", s.cfg.Region}, {"endpoint", s.cfg.Endpoint}, {"profile", s.cfg.Profile}} {
		for _, x := range s.a.cfg.Settings {
			if x.Name == v.name && v.want != "" && x.Value != v.want {
				s.a.out.sayIn(yellow, fmt.Sprintf("%s %s from %s wins over %s, which you answered: unset it there", v.name, x.Value, x.Source, v.want))
			}
		}
	}
	if id := s.a.cfg.Credentials.AccessKeyID; id != "" && !s.given && id != s.cfg.Credentials.AccessKeyID {
		s.a.out.sayIn(yellow, "the environment gives other keys (AWS_ACCESS_KEY_ID), which win: unset them")
	}
}
