package config

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// files is a working folder and a WEFT_HOME with the given texts.
type files struct{ toml, dotenv string }

func load(t *testing.T, f files, environ []string, flags map[string]string) (*Config, error) {
	t.Helper()
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	write := func(path, text string) {
		if text == "" {
			return
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(home, "config.toml"), f.toml)
	write(filepath.Join(dir, ".env"), f.dotenv)
	return Load(context.Background(), Sources{
		Environ: append([]string{"HOME=/nonexistent", "WEFT_HOME=" + home}, environ...),
		Flags:   flags, Dir: dir,
	})
}

func must(t *testing.T, c *Config, err error) *Config {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func source(c *Config, name string) string {
	i := slices.IndexFunc(c.Settings, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return "missing"
	}
	return c.Settings[i].Source
}

// A setting is taken from the strongest place that gives it, and weft can say which.
func TestPrecedence(t *testing.T) {
	toml := "region = \"eu-central-1\"\nbucket = \"from-file\"\n"
	dotenv := "# mine\nAWS_BUCKET_NAME=from-dotenv\nAWS_DEFAULT_REGION=eu-west-1\n"
	for _, x := range []struct {
		name                        string
		f                           files
		env                         []string
		flags                       map[string]string
		bucket, from, region, rfrom string
	}{
		{"file", files{toml, ""}, nil, nil, "from-file", "config.toml:2", "eu-central-1", "config.toml:1"},
		{".env over file", files{toml, dotenv}, nil, nil, "from-dotenv", ".env:2", "eu-west-1", ".env:3"},
		{"environment over .env", files{toml, dotenv}, []string{"AWS_BUCKET_NAME=from-env", "AWS_REGION=us-east-1"}, nil,
			"from-env", "environment AWS_BUCKET_NAME", "us-east-1", "environment AWS_REGION"},
		{"flags over all", files{toml, dotenv}, []string{"WEFT_BUCKET=from-env"}, map[string]string{"bucket": "from-flag", "region": "us-west-2"},
			"from-flag", "flag --bucket", "us-west-2", "flag --region"},
		{"WEFT_BUCKET over AWS_BUCKET_NAME", files{}, []string{"AWS_BUCKET_NAME=aaa", "WEFT_BUCKET=bbb"}, nil,
			"bbb", "environment WEFT_BUCKET", "", "default"},
		{"empty is unset", files{toml, ""}, []string{"WEFT_BUCKET=", "AWS_REGION="}, nil, "from-file", "config.toml:2", "eu-central-1", "config.toml:1"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, err := load(t, x.f, x.env, x.flags)
			c = must(t, c, err)
			if c.Bucket != x.bucket || source(c, "bucket") != x.from {
				t.Errorf("bucket %q from %q, want %q from %q", c.Bucket, source(c, "bucket"), x.bucket, x.from)
			}
			if c.Region != x.region || source(c, "region") != x.rfrom {
				t.Errorf("region %q from %q, want %q from %q", c.Region, source(c, "region"), x.region, x.rfrom)
			}
		})
	}
}

// Every key of config.toml is read, in every form it may be written in.
func TestFile(t *testing.T) {
	c, err := load(t, files{toml: `
bucket = "fabrics"
endpoint = "https://s3.example.com/"
region = "auto"
path_style = "always"
checksums = "never"
profile = "shop"
read_only = true
link = "1h"
workers = 3
preview = false
folders = { search_uploads = "in/", "generated" = "out/" }
[limits]
pixels = "50 MP"
bytes = "32 MiB"
memory = "1 GiB"
[keys]
refresh = ["R", "ctrl+l"]
quit = "Q"
`}, nil, nil)
	c = must(t, c, err)
	if c.Endpoint != "https://s3.example.com" || c.Region != "auto" || c.PathStyle != "always" || c.Checksums != "never" ||
		c.Profile != "shop" || !c.ReadOnly || c.Link != time.Hour || c.Workers != 3 || c.Preview {
		t.Errorf("%+v", c)
	}
	if c.Limits != (Limits{50_000_000, 32 << 20, 1 << 30}) {
		t.Errorf("limits %+v", c.Limits)
	}
	if c.Folders.Prefix(SearchUploads) != "in/" || c.Folders.Prefix(Generated) != "out/" || c.Folders.Prefix(FabricTable) != "table/fabric_table/" {
		t.Errorf("folders %+v", c.Folders)
	}
	if !slices.Equal(c.Keys["refresh"], []string{"R", "ctrl+l"}) || !slices.Equal(c.Keys["quit"], []string{"Q"}) {
		t.Errorf("keys %v", c.Keys)
	}
	if source(c, "folders.generated") != "config.toml:12" || source(c, "limits.bytes") != "config.toml:15" || source(c, "keys.quit") != "config.toml:19" {
		t.Errorf("settings %v", c.Settings)
	}
}

// All problems are told at once, each with its place, in the order of the places.
func TestAllProblems(t *testing.T) {
	_, err := load(t, files{
		toml:   "bucket = \"Fabrics\"\nregoin = \"eu-central-1\"\nlink = \"8d\"\nworkers = \"two\"\n[limits]\npixels = 0\n[folders]\ngenerated = \"/out\"\n",
		dotenv: "\nAWS_ENDPOINT_URL=ftp://x\n",
	}, []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "WEFT_READ_ONLY=perhaps"}, map[string]string{"region": "Frankfurt am Main"})
	problems, ok := errors.AsType[Problems](err)
	if !ok {
		t.Fatalf("%T %v", err, err)
	}
	want := []string{
		"config.toml:1: bucket:", `config.toml:2: unknown key "regoin"; did you mean "region"?`, "config.toml:3: link:", "config.toml:4: workers: want a whole number",
		"config.toml:6: limits.pixels:", "config.toml:8: folders.generated:", ".env:2: endpoint:",
		"environment AWS_ACCESS_KEY_ID: ", "environment WEFT_READ_ONLY: ", "flag --region: region:",
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Place+": "+p.Text)
	}
	if len(got) != len(want) {
		t.Fatalf("%d problems, want %d:\n%s", len(got), len(want), err)
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, w) }) {
			t.Errorf("no problem %q in:\n%s", w, err)
		}
	}
	layer := 0
	for _, p := range problems {
		l, _ := p.order()
		if l < layer {
			t.Errorf("out of order: %v", got)
		}
		layer = l
	}
}

// Bad values are refused with words that say what to write, and good ones are not.
func TestValidation(t *testing.T) {
	remote := []string{"AWS_BUCKET_NAME=fabrics"}
	for _, x := range []struct{ toml, want string }{
		{`bucket = "ab"`, "3 to 63"},
		{`bucket = "a..b"`, "two dots"},
		{`bucket = "10.0.0.1"`, "IP address"},
		{`bucket = "s3://fabrics/x"`, "name alone"},
		{`bucket = "-fabrics"`, "letter or digit"},
		{`bucket = "xn--fabrics"`, "reserved"},
		{`bucket = "my.fabrics-2"`, ""},
		{`region = "eu_central"`, "eu-central-1"},
		{`region = "eusc-de-east-1"`, ""},
		{`region = "us-gov-west-1"`, ""},
		{"region = \"auto\"", "eu-central-1"},
		{"region = \"auto\"\nendpoint = \"https://x.example\"", ""},
		{"region = \"a b\"\nendpoint = \"https://x.example\"", "only letters"},
		{`endpoint = "s3.example.com"`, "http"},
		{`endpoint = "https://s3.example.com/fabrics"`, "has a path"},
		{`endpoint = "https://s3.example.com?x=1"`, "query"},
		{`endpoint = "https://u:hunter2@s3.example.com"`, "does not belong"},
		{`endpoint = "http://[::1]:9000"`, ""},
		{`path_style = "yes"`, "auto, always, never"},
		{`checksums = true`, "text in quotes"},
		{`read_only = "true"`, "without quotes"},
		{`link = "0s"`, "7d"},
		{`link = "7d"`, ""},
		{`link = 3600`, ""},
		{`link = "604801s"`, "7d"},
		{`workers = -1`, "workers"},
		{`limits.bytes = "64 parsec"`, "64 MiB"},
		{`limits.pixels = -5`, "50 MP"},
		{`folders.generated = "out"`, `"out/"`},
		{`folders.generated = "a//b/"`, "empty parts"},
		{`folders.generated = "a/../b/"`, "empty parts"},
		{`folders.generated = "uploaded/"`, "place of its own"},
		{`folders.generated = "search_uploads/"`, "place of its own"},
		{`folders.generated = "search_uploads/x/"`, "place of its own"},
		{`folders.generated = "search_uploads2/"`, ""},
		{`keys.refresh = [1]`, "list of keys"},
		{`keys = 1`, "table of actions"},
		{`queue = "postgres://u:hunter2@h/d"`, "WEFT_QUEUE"},
		{`aws_secret_access_key = "hunter2"`, "do not belong in config.toml"},
		{`credentials.access_key = "hunter2"`, "do not belong in config.toml"},
		{`bucket = `, "config.toml:1"},
		{"region = \"eu-west-1\"\nregion = \"eu-west-2\"", "config.toml:2"},
		{`[[folders]]`, "unknown key"},
	} {
		_, err := load(t, files{toml: x.toml}, remote, nil)
		if strings.Contains(x.toml, "bucket =") {
			_, err = load(t, files{toml: x.toml}, nil, nil)
		}
		switch {
		case x.want == "" && err != nil:
			t.Errorf("%s: %v", x.toml, err)
		case x.want != "" && (err == nil || !strings.Contains(err.Error(), x.want)):
			t.Errorf("%s: %v, want %q in it", x.toml, err, x.want)
		case err != nil && strings.Contains(err.Error(), "hunter2"):
			t.Errorf("%s: the error tells a secret: %v", x.toml, err)
		}
	}
}

// The embedded store opens by --local or when no bucket is named, and then
// nothing that was said about AWS reaches it.
func TestLocal(t *testing.T) {
	ambient := []string{"AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=t",
		"AWS_REGION=eu-west-1", "AWS_PROFILE=work", "AWS_ENDPOINT_URL=https://elsewhere.example"}
	blank := func(c *Config) bool {
		return c.Credentials == Credentials{} && c.Region == "" && c.Profile == "" && c.Endpoint == ""
	}
	c, err := load(t, files{}, ambient, nil)
	c = must(t, c, err)
	if c.Local != filepath.Join(c.Paths.Data, "store") || c.Bucket != DefaultBucket || !blank(c) {
		t.Errorf("no bucket: %+v", c)
	}
	c, err = load(t, files{toml: "bucket = \"real\"\nprofile = \"shop\""}, append(ambient, "AWS_BUCKET_NAME=real"), map[string]string{"local": "store"})
	c = must(t, c, err)
	if !filepath.IsAbs(c.Local) || filepath.Base(c.Local) != "store" || c.Bucket != DefaultBucket || !blank(c) {
		t.Errorf("--local: %+v", c)
	}
	c, err = load(t, files{}, nil, map[string]string{"local": "/store", "bucket": "mine"})
	if c = must(t, c, err); c.Bucket != "mine" || c.Local != "/store" {
		t.Errorf("--local --bucket: %+v", c)
	}
	if _, err = load(t, files{}, nil, map[string]string{"local": "/store", "endpoint": "https://x.example"}); err == nil {
		t.Error("--local with --endpoint is accepted")
	}
	if _, err = load(t, files{}, nil, map[string]string{"profile": "shop"}); err == nil || !strings.Contains(err.Error(), "no bucket") {
		t.Errorf("a profile without a bucket: %v", err)
	}
	c, err = load(t, files{dotenv: "AWS_ACCESS_KEY_ID=a\nAWS_SECRET_ACCESS_KEY=b\n"}, nil, nil)
	if c = must(t, c, err); len(c.Warnings) != 1 || !blank(c) {
		t.Errorf("keys without a bucket: %v", c.Warnings)
	}
}

// A place without a home folder is told, not guessed.
func TestNoHome(t *testing.T) {
	_, err := Load(context.Background(), Sources{Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "WEFT_HOME") {
		t.Errorf("%v", err)
	}
}

// Folders of this machine follow WEFT_HOME, or else XDG, and ignore relative XDG paths.
func TestPaths(t *testing.T) {
	for _, x := range []struct {
		env  []string
		want Paths
	}{
		{[]string{"HOME=/h"}, Paths{"", "/h/.config/weft", "/h/.local/state/weft", "/h/.local/share/weft"}},
		{[]string{"HOME=/h", "XDG_STATE_HOME=/s", "XDG_DATA_HOME=rel"}, Paths{"", "/h/.config/weft", "/s/weft", "/h/.local/share/weft"}},
		{[]string{"HOME=/h", "WEFT_HOME=~/w"}, Paths{"/h/w", "/h/w", "/h/w/state", "/h/w/data"}},
	} {
		c, err := Load(context.Background(), Sources{Dir: t.TempDir(), Environ: x.env})
		if c = must(t, c, err); c.Paths != x.want {
			t.Errorf("%v: %+v, want %+v", x.env, c.Paths, x.want)
		}
	}
}

// A store keeps its id across restarts, and no two stores share one.
func TestStoreID(t *testing.T) {
	ids := map[string]bool{}
	for _, c := range []*Config{
		{Bucket: "fabrics"}, {Bucket: "fabric"}, {Bucket: "fabrics", Endpoint: "https://a.example"},
		{Bucket: "fabrics", Endpoint: "https://b.example"}, {Bucket: "fabrics", Local: "/a"}, {Bucket: "fabrics", Local: "/b"},
	} {
		ids[c.StoreID()] = true
		if strings.Trim(c.StoreID(), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			t.Errorf("%q is no safe file name", c.StoreID())
		}
	}
	if len(ids) != 6 {
		t.Errorf("stores share ids: %v", ids)
	}
	a := &Config{Bucket: "fabrics", Local: "/a", Endpoint: "http://127.0.0.1:1"}
	b := &Config{Bucket: "fabrics", Local: "/a", Endpoint: "http://127.0.0.1:2"}
	if a.StoreID() != b.StoreID() {
		t.Error("the embedded store's id depends on its port")
	}
}

// A key for an action that is none is told with its line and the nearest action.
func TestCheckKeys(t *testing.T) {
	c, err := load(t, files{toml: "[keys]\nrefresh = \"R\"\nundelte = \"z\"\n"}, nil, nil)
	c = must(t, c, err)
	err = c.CheckKeys([]string{"refresh", "undelete"})
	if err == nil || !strings.Contains(err.Error(), `config.toml:3: unknown action "undelte"; did you mean "undelete"?`) {
		t.Errorf("%v", err)
	}
	if err := c.CheckKeys([]string{"refresh", "undelte"}); err != nil {
		t.Error(err)
	}
}

// A store that was chosen anew is what flags say of it: keys, endpoint and
// region that stand elsewhere were meant for another. Keys count that were
// handed over where no profile is named. What is no store's stays.
func TestFreshStore(t *testing.T) {
	env := []string{"HOME=/h", "AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "AWS_ENDPOINT_URL=https://old.example", "AWS_REGION=eu-west-1",
		"AWS_PROFILE=old", "WEFT_BUCKET=old-bucket", "WEFT_LINK=2h", "WEFT_ANONYMOUS=true"}
	c, err := Load(t.Context(), Sources{Environ: env, Flags: map[string]string{"bucket": "cloth", "profile": "mill"}, Dir: t.TempDir(), Fresh: true})
	if err != nil || c.Bucket != "cloth" || c.Profile != "mill" || c.Endpoint != "" || c.Region != "" || c.Credentials.AccessKeyID != "" || c.Anonymous || c.Link != 2*time.Hour {
		t.Errorf("%+v, %v", c, err)
	}
	env = env[:len(env)-1]
	c, err = Load(t.Context(), Sources{Environ: env, Flags: map[string]string{"bucket": "cloth"}, Dir: t.TempDir(), Fresh: true})
	if err != nil || c.Profile != "old" || c.Credentials.AccessKeyID != "A" || c.Endpoint != "" {
		t.Errorf("handed over: %+v, %v", c, err)
	}
	c, err = Load(t.Context(), Sources{Environ: []string{"HOME=/h"}, Flags: map[string]string{"profile": "mill"}, Dir: t.TempDir(), Fresh: true, NoBucket: true})
	if err != nil || c.Local != "" || c.Bucket != "" || c.Profile != "mill" {
		t.Errorf("without a bucket: %+v, %v", c, err)
	}
}

// Without credentials no keys are kept, wherever they were given.
func TestAnonymousHasNoKeys(t *testing.T) {
	env := []string{"HOME=/h", "AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "WEFT_BUCKET=cloth"}
	c, err := Load(t.Context(), Sources{Environ: env, Flags: map[string]string{"no-sign-request": "true"}, Dir: t.TempDir()})
	if err != nil || !c.Anonymous || c.Credentials != (Credentials{}) {
		t.Errorf("%+v, %v", c, err)
	}
}

// The end of a session is read, and one that is no time is told.
func TestSessionEnd(t *testing.T) {
	env := []string{"HOME=/h", "AWS_ACCESS_KEY_ID=A", "AWS_SECRET_ACCESS_KEY=S", "AWS_SESSION_TOKEN=T", "WEFT_BUCKET=cloth", "AWS_CREDENTIAL_EXPIRATION="}
	env[5] += "2026-11-24T18:10:00Z"
	c, err := Load(t.Context(), Sources{Environ: env, Dir: t.TempDir()})
	if err != nil || c.Credentials.Expires.Unix() != 1795543800 {
		t.Errorf("%v, %v", c.Credentials.Expires, err)
	}
	env[5] = "AWS_CREDENTIAL_EXPIRATION=soon"
	if c, err = Load(t.Context(), Sources{Environ: env, Dir: t.TempDir()}); err != nil || !c.Credentials.Expires.IsZero() || len(c.Warnings) != 1 {
		t.Errorf("%v %q, %v", c.Credentials.Expires, c.Warnings, err)
	}
}

// What is opened after another Load in the same process shares the bandwidth, as long
// as the limit is the same.
func TestBandwidthIsTheProcess(t *testing.T) {
	again := func(earlier *Config, limit string) *Config {
		c, err := Load(t.Context(), Sources{Environ: []string{"HOME=/h", "WEFT_BANDWIDTH=" + limit}, Dir: t.TempDir(), NoBucket: true, Earlier: earlier})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := again(nil, "5 MiB")
	if c := again(first, "5 MiB/s"); c.Bandwidth == nil || c.Bandwidth != first.Bandwidth {
		t.Error("two limits of 5 MiB, each for itself")
	}
	if c := again(first, "1 MiB"); c.Bandwidth == first.Bandwidth || int64(c.Bandwidth.Limit()) != 1<<20 {
		t.Errorf("the new limit is %v", c.Bandwidth)
	}
	if c := again(first, "0"); c.Bandwidth != nil {
		t.Error("no limit is one")
	}
}
