package s3ops_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/s3ops"
)

// tokens is a server of AWS STS that gives a role to whoever has the right code.
type tokens struct {
	mu    sync.Mutex
	asked []url.Values
	ends  time.Time
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	s.mu.Lock()
	s.asked = append(s.asked, form)
	s.mu.Unlock()
	if form.Get("SerialNumber") != "" && form.Get("TokenCode") != "123456" {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>MultiFactorAuthentication failed with invalid MFA one time pass code. </Message></Error><RequestId>R1</RequestId></ErrorResponse>`)
		return
	}
	fmt.Fprintf(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
		s.ends.UTC().Format(time.RFC3339))
}

// atHome writes the shared AWS files and gives a server that plays STS.
func atHome(t *testing.T, awsFile string) *tokens {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"config": awsFile, "credentials": "[base]\naws_access_key_id = AKIABASE\naws_secret_access_key = basesecret\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := &tokens{ends: time.Now().Add(28 * time.Minute).Truncate(time.Second)}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	t.Setenv("AWS_ENDPOINT_URL_STS", server.URL)
	return s
}

const awsFile = `
[profile base]
region = eu-west-1
[profile role]
role_arn = arn:aws:iam::1:role/weaver
source_profile = base
region = eu-west-1
[profile mfa]
role_arn = arn:aws:iam::1:role/weaver
source_profile = base
mfa_serial = arn:aws:iam::1:mfa/ada
[profile far]
region = fsn1
services = stores
aws_access_key_id = AKIAFAR
aws_secret_access_key = farsecret
[services stores]
s3 =
  endpoint_url = https://fsn1.stores.example
`

func ofProfile(name string) *config.Config {
	return &config.Config{Bucket: "cloth", Profile: name, PathStyle: "auto", Checksums: "auto"}
}

// A role of a profile is assumed with the keys of its source, for an hour, and
// its session signs the requests; a link says when the session ends.
func TestRoleIsAssumed(t *testing.T) {
	sts := atHome(t, awsFile)
	var signed string
	b := opened(t, ofProfile("role"), faulty(func(r *http.Request) (*http.Response, error) {
		signed = r.Header.Get("Authorization") + r.Header.Get("X-Amz-Security-Token")
		return answer(200, "application/xml", oneKey)(r)
	}))
	if err := b.Check(t.Context()); err != nil || !strings.Contains(signed, "ASIAROLE/") || !strings.HasSuffix(signed, "roletoken") {
		t.Fatalf("%v, signed by %s", err, signed)
	}
	if f := sts.asked[0]; f.Get("RoleArn") != "arn:aws:iam::1:role/weaver" || f.Get("DurationSeconds") != "3600" {
		t.Errorf("asked for %v", f)
	}
	l, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{})
	if d := l.ExpiresAt.Sub(sts.ends); err != nil || !l.Capped || d < -2*time.Second || d > 0 {
		t.Errorf("the link ends %v after the session, capped %v, %v", d, l.Capped, err)
	}
}

// A role that asks for a code is not opened without one: the error names the
// device. Login takes the code and gives the session, which opens it; a wrong
// code is said to be one.
func TestCodeIsAskedFor(t *testing.T) {
	sts := atHome(t, awsFile)
	c := ofProfile("mfa")
	_, err := s3ops.Open(t.Context(), c)
	needed, ok := errors.AsType[*s3ops.CodeNeeded](err)
	if !ok || needed.Device != "arn:aws:iam::1:mfa/ada" || needed.Profile != "mfa" {
		t.Fatalf("%v", err)
	}
	wantKind(t, err, s3ops.ErrCredentials)
	_, err = s3ops.Login(t.Context(), c, "000000")
	if wantKind(t, err, s3ops.ErrCredentials); !strings.Contains(err.Error(), "the code was refused") || strings.Contains(err.Error(), "000000") {
		t.Errorf("%v", err)
	}
	k, err := s3ops.Login(t.Context(), c, " 123456\n")
	if err != nil || k.AccessKeyID != "ASIAROLE" || !k.Expires.Equal(sts.ends) {
		t.Fatalf("%v %v, %v", k.AccessKeyID, k.Expires, err)
	}
	if f := sts.asked[len(sts.asked)-1]; f.Get("SerialNumber") != "arn:aws:iam::1:mfa/ada" || f.Get("TokenCode") != "123456" {
		t.Errorf("asked for %v", f)
	}
	c.Credentials = k
	l, err := opened(t, c, nil).Presign(t.Context(), "k", s3ops.LinkOptions{})
	if err != nil || !l.Capped || !strings.Contains(l.URL, "X-Amz-Security-Token=roletoken") {
		t.Errorf("%v, %v", l, err)
	}
}

// The endpoint of a profile's services section is where its bucket is.
func TestEndpointOfAProfile(t *testing.T) {
	atHome(t, awsFile)
	var host string
	b := opened(t, ofProfile("far"), faulty(func(r *http.Request) (*http.Response, error) {
		host = r.URL.Host + r.URL.Path
		return answer(200, "application/xml", oneKey)(r)
	}))
	if err := b.Check(t.Context()); err != nil || host != "fsn1.stores.example/cloth" || b.Region() != "fsn1" {
		t.Errorf("%v, asked at %s in %s", err, host, b.Region())
	}
}
