package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weft/config"
)

// storeWithCode is a store that answers only to the session of the profile mfa,
// which asks for the code 123456.
func storeWithCode(t *testing.T, dir string) (store string, env []string) {
	t.Helper()
	// The embedded server takes no session's token, so this store only looks at it.
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		if r.Header.Get("X-Amz-Security-Token") != "roletoken" || !strings.Contains(r.Header.Get("Authorization"), "Credential=ASIAROLE/") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, "<Error><Code>AccessDenied</Code></Error>")
			return
		}
		fmt.Fprint(w, `<ListBucketResult><Name>cloth</Name><CommonPrefixes><Prefix>search_uploads/</Prefix></CommonPrefixes></ListBucketResult>`)
	}))
	t.Cleanup(s.Close)
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		form, _ := url.ParseQuery(string(body))
		if form.Get("TokenCode") != "123456" || form.Get("SerialNumber") == "" {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code.</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>roletoken</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
			time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	}))
	t.Cleanup(sts.Close)
	file := filepath.Join(dir, "aws")
	if err := os.WriteFile(file, []byte("[profile base]\naws_access_key_id = B\naws_secret_access_key = x\n[profile mfa]\nregion = us-east-1\nrole_arn = arn:aws:iam::1:role/weaver\nsource_profile = base\nmfa_serial = arn:aws:iam::1:mfa/ada\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s.URL, []string{"HOME=" + dir, "WEFT_HOME=" + filepath.Join(dir, "weft"), "AWS_CONFIG_FILE=" + file, "AWS_ENDPOINT_URL_STS=" + sts.URL, "AWS_EC2_METADATA_DISABLED=true", "PATH=" + os.Getenv("PATH")}
}

// A profile whose role asks for a code: the command asks on the terminal, the
// role is assumed, and the store answers to the session.
func TestCodeIsAskedOnTheTerminal(t *testing.T) {
	dir := t.TempDir()
	store, env := storeWithCode(t, dir)
	for code, want := range map[string]string{"123456": "search_uploads/", "000000": "the code was refused"} {
		x := openTerminal(t, 120, 20, dir, env, "ls", "--profile", "mfa", "--endpoint", store, "--bucket", "cloth")
		x.wait("Code of arn:aws:iam::1:mfa/ada for the profile mfa:")
		x.press(code, "enter")
		x.wait(want)
	}
}

// A worker is handed the keys of a login in its environment, where they win over
// its profile, which still gives region and endpoint; they stand in no argument.
// Keys that no login gave are not handed on.
func TestWorkerIsHandedTheSession(t *testing.T) {
	end := time.Date(2026, 11, 24, 18, 10, 0, 0, time.UTC)
	a := &app{flags: map[string]string{"profile": "mill", "bucket": "cloth"}, dir: t.TempDir(), fresh: true,
		cfg: &config.Config{Profile: "mill", Credentials: config.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "HUNTER2", SessionToken: "TOKEN", Session: true, Expires: end}}}
	args := a.workerArgs()
	if text := strings.Join(args, " "); strings.Contains(text, "HUNTER2") || strings.Contains(text, "TOKEN") || strings.Contains(text, "--profile") {
		t.Errorf("the arguments are %s", text)
	}
	flags := map[string]string{"bucket": "cloth"}
	if !slices.Contains(args, "--only-flags") || !slices.Contains(args, "--bucket=cloth") {
		t.Errorf("the arguments are %v", args)
	}
	// The environment of the interface held other keys: those handed come later.
	env := append([]string{"HOME=/h", "AWS_ACCESS_KEY_ID=OLD", "AWS_SECRET_ACCESS_KEY=OLD", "AWS_ENDPOINT_URL=https://old.example"}, handed(a.cfg)...)
	c, err := config.Load(t.Context(), config.Sources{Environ: env, Flags: flags, Dir: t.TempDir(), Fresh: true})
	if err != nil || c.Credentials.AccessKeyID != "ASIA" || string(c.Credentials.SessionToken) != "TOKEN" || !c.Credentials.Expires.Equal(end) || c.Profile != "mill" || c.Endpoint != "" {
		t.Errorf("the worker has %s %v %s %s, %v", c.Credentials.AccessKeyID, c.Credentials.Expires, c.Profile, c.Endpoint, err)
	}
	a.cfg.Credentials.Session = false
	if env := handed(a.cfg); env != nil {
		t.Errorf("%d variables are handed on", len(env))
	}
}

// The store opened last comes first, once, without keys; the one that is open is
// not offered again.
func TestRecentStores(t *testing.T) {
	state := t.TempDir()
	d := &desk{}
	at := func(bucket, profile string) *app {
		return &app{flags: map[string]string{"bucket": bucket, "profile": profile}, fresh: true,
			cfg: &config.Config{Bucket: bucket, Profile: profile, Paths: config.Paths{State: state}, Credentials: config.Credentials{AccessKeyID: "AKIA", SecretAccessKey: "HUNTER2"}}}
	}
	for _, x := range [][2]string{{"cloth", "mill"}, {"wool", "mill"}, {"cloth", "mill"}, {"cloth", "dyer"}} {
		d.remember(at(x[0], x[1]), "")
	}
	var got []string
	for _, s := range recent(at("wool", "mill")) {
		got = append(got, s.Bucket+" "+s.About)
	}
	if text := strings.Join(got, ", "); text != "cloth dyer, cloth mill" {
		t.Errorf("recent: %s", text)
	}
	data, err := os.ReadFile(recentPath(at("", "").cfg))
	if err != nil || strings.Contains(string(data), "HUNTER2") || strings.Contains(string(data), "AKIA") {
		t.Errorf("%v\n%s", err, data)
	}
}
