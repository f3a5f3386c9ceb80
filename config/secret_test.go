package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	toml "github.com/pelletier/go-toml/v2"
)

const (
	id     = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

// A secret prints as *** whatever it is printed with.
func TestSecret(t *testing.T) {
	c := Config{Credentials: Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: secret}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s", "%t"} {
		fmt.Fprintf(&out, verb+"\n", Secret(secret))
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c.Credentials)
	}
	fmt.Fprintln(&out, fmt.Sprint(Secret(secret)), Secret(secret))
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", Secret(secret), "c", c)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", Secret(secret), "c", c)
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	m, err := toml.Marshal(c.Credentials)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)
	out.Write(m)
	hex := fmt.Sprintf("%x", secret)
	for _, leak := range []string{secret, secret[:3], hex[:12], strings.ToUpper(hex[:12])} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q leaks in:\n%s", leak, out.String())
		}
	}
	if !bytes.Contains(j, []byte(`"***"`)) || !bytes.Contains(m, []byte("***")) {
		t.Errorf("%s\n%s", j, m)
	}
}

// Keys and profiles win over one another as in the AWS CLI.
func TestCredentials(t *testing.T) {
	keys := func(id string) []string {
		return []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret}
	}
	file := func(lines ...string) files {
		return files{toml: "bucket = \"fabrics\"\n", dotenv: strings.Join(lines, "\n")}
	}
	for _, x := range []struct {
		name        string
		f           files
		env         []string
		flags       map[string]string
		id, profile string
	}{
		{"none", file(), nil, nil, "", ""},
		{"environment", file(), keys("ENV"), nil, "ENV", ""},
		{"environment over .env", file(keys("DOT")...), keys("ENV"), nil, "ENV", ""},
		{"keys over AWS_PROFILE", file(), append(keys("ENV"), "AWS_PROFILE=work"), nil, "ENV", "work"},
		{"--profile over keys", file(keys("DOT")...), keys("ENV"), map[string]string{"profile": "shop"}, "", "shop"},
		{"AWS_PROFILE over .env", file(keys("DOT")...), []string{"AWS_PROFILE=work"}, nil, "", "work"},
		{".env over its own profile", file(append(keys("DOT"), "AWS_PROFILE=x")...), nil, nil, "DOT", "x"},
		{".env over config.toml", files{toml: "bucket = \"fabrics\"\nprofile = \"shop\"", dotenv: strings.Join(keys("DOT"), "\n")}, nil, nil, "DOT", "shop"},
	} {
		t.Run(x.name, func(t *testing.T) {
			c, err := load(t, x.f, x.env, x.flags)
			c = must(t, c, err)
			if c.Credentials.AccessKeyID != x.id || c.Profile != x.profile || (x.id != "") != (c.Credentials.SecretAccessKey != "") {
				t.Errorf("id %q profile %q, want %q %q", c.Credentials.AccessKeyID, c.Profile, x.id, x.profile)
			}
			for _, s := range c.Settings {
				if strings.Contains(s.Value, secret) {
					t.Errorf("setting %s tells the secret", s.Name)
				}
			}
		})
	}
}

// Halves of keys are errors, and a token never joins another layer's keys.
func TestHalves(t *testing.T) {
	bucket := files{toml: "bucket = \"fabrics\""}
	for _, half := range []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret} {
		_, err := load(t, bucket, []string{half}, nil)
		if err == nil || !strings.Contains(err.Error(), "belong together") || strings.Contains(err.Error(), secret) {
			t.Errorf("%v", err)
		}
	}
	c, err := load(t, files{bucket.toml, "AWS_ACCESS_KEY_ID=DOT\nAWS_SECRET_ACCESS_KEY=x\nAWS_SESSION_TOKEN=y"},
		[]string{"AWS_ACCESS_KEY_ID=ENV", "AWS_SECRET_ACCESS_KEY=z"}, nil)
	if c = must(t, c, err); c.Credentials != (Credentials{AccessKeyID: "ENV", SecretAccessKey: "z"}) {
		t.Errorf("%#v %s", c.Credentials.AccessKeyID, string(c.Credentials.SessionToken))
	}
	c, err = load(t, bucket, []string{"AWS_SESSION_TOKEN=y"}, nil)
	if c = must(t, c, err); c.Credentials != (Credentials{}) || len(c.Warnings) != 1 {
		t.Errorf("a lone token: %v", c.Warnings)
	}
}

// A .env that others can read is warned about, with the command that mends it.
func TestEnvFileMode(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "my.env")
	if err := os.WriteFile(path, []byte("export AWS_BUCKET_NAME='fabrics' # ours\nWEFT_BUKET=x\nAWS_CA_BUNDLE=/x\nOTHER=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	from := Sources{EnvFile: path, Environ: []string{"HOME=" + dir}, Dir: "/"}
	c, err := Load(t.Context(), from)
	c = must(t, c, err)
	if c.Bucket != "fabrics" || source(c, "bucket") != path+":1" {
		t.Errorf("bucket %q from %q", c.Bucket, source(c, "bucket"))
	}
	if len(c.Warnings) != 2 || !strings.Contains(c.Warnings[0]+c.Warnings[1], `did you mean "WEFT_BUCKET"`) {
		t.Errorf("%q", c.Warnings)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	c, err = Load(t.Context(), from)
	if c = must(t, c, err); len(c.Warnings) != 3 || !strings.Contains(c.Warnings[0], "chmod 600 "+path) {
		t.Errorf("%q", c.Warnings)
	}
}

// An unreadable .env is told by its line, without repeating what it holds.
func TestBrokenEnvFile(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"A=1\n\n!" + secret + "\n", ".env:3"},
		{"AWS_SECRET_ACCESS_KEY='" + secret + "\n", ".env: "},
	} {
		_, err := load(t, files{dotenv: x.text}, nil, nil)
		if err == nil || !strings.Contains(err.Error(), x.want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%v, want %s", err, x.want)
		}
	}
	_, err := Load(t.Context(), Sources{EnvFile: "missing.env", Environ: []string{"HOME=/h"}, Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "flag --env-file") {
		t.Errorf("%v", err)
	}
}

// A queue's password shows nowhere.
func TestQueue(t *testing.T) {
	c, err := load(t, files{}, []string{"WEFT_QUEUE=postgres://u:hunter2@db/weft?password=hunter2"}, nil)
	c = must(t, c, err)
	if c.Queue == "" || strings.Contains(fmt.Sprint(c.Settings), "hunter2") {
		t.Errorf("%v", c.Settings)
	}
	_, err = load(t, files{}, []string{"WEFT_QUEUE=mysql://u:hunter2@db/weft"}, nil)
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("%v", err)
	}
}

// Plain http is warned about, except on this machine.
func TestPlainHTTP(t *testing.T) {
	for endpoint, want := range map[string]int{
		"http://127.0.0.1:9000": 0, "http://localhost:9000": 0, "http://[::1]": 0, "https://minio.lan": 0,
		"http://minio.lan": 1, "http://10.0.0.2:9000": 1,
	} {
		c, err := load(t, files{}, []string{"AWS_BUCKET_NAME=fabrics", "AWS_ENDPOINT_URL=" + endpoint}, nil)
		if c = must(t, c, err); len(c.Warnings) != want {
			t.Errorf("%s: %q", endpoint, c.Warnings)
		}
	}
}
