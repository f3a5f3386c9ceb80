package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// broken is a configuration that does not work, and what is to be said of it.
type broken struct {
	name string
	make func(t *testing.T) (*config.Config, error) // an error is one of loading it
	// check is the first thing that is not well; "generated/ put" is a cell of the
	// matrix. says stands in what is told of it.
	check string
	state State
	says  string
}

// using is a configuration over the embedded server, changed.
func using(change func(c *config.Config)) func(*testing.T) (*config.Config, error) {
	return func(t *testing.T) (*config.Config, error) {
		c := between(t, nil, nil)
		change(c)
		return c, nil
	}
}

// when is a configuration whose store answers some requests with a refusal.
func when(which func(*http.Request) bool, status int, code, message string) func(*testing.T) (*config.Config, error) {
	return func(t *testing.T) (*config.Config, error) {
		return between(t, func(w http.ResponseWriter, r *http.Request) bool {
			if !which(r) {
				return false
			}
			answerError(w, r, status, code, message)
			return true
		}, nil), nil
	}
}

func answerError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
	}
}

func signed(r *http.Request) bool { return r.Header.Get("Authorization") != "" }
func puts(r *http.Request) bool {
	return r.Method == http.MethodPut && len(r.URL.Query()["tagging"]) == 0
}
func generated(r *http.Request) bool { return strings.Contains(r.URL.Path, "/generated/") }

func both(f, g func(*http.Request) bool) func(*http.Request) bool {
	return func(r *http.Request) bool { return f(r) && g(r) }
}

func asks(query, method string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method && r.URL.Query().Has(query) }
}

// answers is a configuration whose endpoint is another server.
func answers(h http.HandlerFunc) func(*testing.T) (*config.Config, error) {
	return func(t *testing.T) (*config.Config, error) {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		c := between(t, nil, nil)
		c.Endpoint = s.URL
		return c, nil
	}
}

// byTLS is a configuration whose endpoint has a certificate of its own.
func byTLS(change func(*x509.Certificate)) func(*testing.T) (*config.Config, error) {
	return func(t *testing.T) (*config.Config, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		of := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "store"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour),
			IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature}
		change(of)
		der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
		if err != nil {
			t.Fatal(err)
		}
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = quietLog
		s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
		s.StartTLS()
		t.Cleanup(s.Close)
		c := between(t, nil, nil)
		c.Endpoint = s.URL
		return c, nil
	}
}

// quietLog swallows what a server says of handshakes that fail.
var quietLog = log.New(io.Discard, "", 0)

// loaded is a configuration of files.
func loaded(files map[string]string, environ ...string) func(*testing.T) (*config.Config, error) {
	return func(t *testing.T) (*config.Config, error) {
		dir, file := t.TempDir(), ""
		for name, text := range files {
			path := filepath.Join(dir, name)
			if text == "FOLDER" { // --env-file names it
				file = path
				if err := os.MkdirAll(path, 0o700); err != nil {
					t.Fatal(err)
				}
				continue
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return config.Load(t.Context(), config.Sources{Dir: dir, EnvFile: file, Environ: append([]string{"HOME=" + dir, "WEFT_HOME=" + dir, "WEFT_BUCKET=cloth"}, environ...)})
	}
}

var page http.HandlerFunc = func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	_, _ = io.WriteString(w, "<!doctype html><html><body>Welcome to the hotel. Please log in.</body></html>")
}

// brokenConfigurations are those that users have.
func brokenConfigurations() []broken {
	const denied = "AccessDenied"
	return []broken{
		{"no credentials", using(func(c *config.Config) { c.Credentials = config.Credentials{} }), "credentials", Fail, "no usable credentials were found"},
		{"wrong key", using(func(c *config.Config) { c.Credentials.AccessKeyID = "AKIAIOSFODNN7EXAMPLE" }), "bucket", Fail, "the store does not know this access key"},
		{"wrong secret", using(func(c *config.Config) { c.Credentials.SecretAccessKey = "wrong" }), "bucket", Fail, "the secret key does not fit the access key"},
		{"session over", using(func(c *config.Config) {
			c.Credentials.SessionToken, c.Credentials.Expires = "t", time.Now().Add(-time.Hour)
		}), "credentials", Fail, "expired"},
		{"session expired at the store", when(signed, 400, "ExpiredToken", "The provided token has expired."), "bucket", Fail, "the temporary credentials have expired"},
		{"token of other keys", when(signed, 400, "InvalidToken", "The provided token is malformed."), "bucket", Fail, "AWS_SESSION_TOKEN"},
		{"other credentials wanted", when(signed, 401, "Unauthorized", "x"), "bucket", Fail, "the store wants other credentials"},
		{"wrong region", using(func(c *config.Config) { c.Region = "eu-central-1" }), "bucket", Fail, "the bucket is not in region eu-central-1"},
		{"wrong region, told by the store", func(t *testing.T) (*config.Config, error) {
			c := between(t, func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.Header.Get("Authorization"), "/eu-central-1/") {
					return false
				}
				w.Header().Set("X-Amz-Bucket-Region", "us-east-1")
				answerError(w, r, 301, "PermanentRedirect", "Use another endpoint.")
				return true
			}, nil)
			c.Region = "eu-central-1"
			return c, nil
		}, "region", Warn, "the bucket is in us-east-1, not in eu-central-1"},
		{"wrong region, not told which", when(signed, 301, "PermanentRedirect", "Use another endpoint."), "bucket", Fail, "the bucket is not in region"},
		{"no such bucket", using(func(c *config.Config) { c.Bucket = "there-is-none" }), "bucket", Fail, "the bucket there-is-none does not exist"},
		{"impossible name of a bucket", loaded(nil, "WEFT_BUCKET=Bad_Name"), "configuration", Fail, "Bad_Name"},
		{"bucket of another account", when(signed, 403, denied, "Access Denied"), "bucket", Warn, "for a bucket of another account its bucket policy must allow it too"},
		{"account suspended", when(signed, 403, "AllAccessDisabled", "All access to this object has been disabled"), "bucket", Warn, "the account that owns the bucket or pays for it is blocked"},
		{"public access blocked", when(signed, 403, denied, "Access Denied: public policies are blocked by S3 Block Public Access"), "bucket", Warn, "S3 Block Public Access forbids"},
		{"a policy that denies", when(signed, 403, denied, "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: s3:ListBucket on resource: &quot;arn:aws:s3:::x&quot; with an explicit deny in a resource-based policy"),
			"bucket", Warn, "the bucket's policy denies s3:ListBucket explicitly"},
		{"clock at the store's limit", when(signed, 403, "RequestTimeTooSkewed", "The difference is too large."), "bucket", Fail, "the clock of this machine is wrong"},
		{"clock behind", changed(func(r *http.Response) {
			r.Header.Set("Date", time.Now().Add(3*time.Hour).UTC().Format(http.TimeFormat))
		}), "clock", Fail, "hours behind the store's: set the clock"},
		{"refused port", using(func(c *config.Config) { c.Endpoint = "http://127.0.0.1:1" }), "endpoint", Fail, "nothing listens at 127.0.0.1:1"},
		{"no DNS", using(func(c *config.Config) { c.Endpoint = "https://store.invalid" }), "endpoint", Fail, "store.invalid"},
		{"self-signed certificate", byTLS(func(*x509.Certificate) {}), "endpoint", Fail, "signed by nobody this machine trusts"},
		{"certificate expired", byTLS(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }), "endpoint", Fail, "has expired, or this machine's clock is wrong"},
		{"certificate of another host", byTLS(func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.example"} }), "endpoint", Fail, "is that of another host"},
		{"HTTPS at a port for HTTP", using(func(c *config.Config) { c.Endpoint = strings.Replace(c.Endpoint, "http:", "https:", 1) }), "endpoint", Fail, "check whether the endpoint is http:// or https://"},
		{"HTTP at a port for HTTPS", func(t *testing.T) (*config.Config, error) {
			c, err := byTLS(func(*x509.Certificate) {})(t)
			c.Endpoint = strings.Replace(c.Endpoint, "https:", "http:", 1)
			return c, err
		}, "bucket", Fail, "begin the endpoint with https://"},
		{"captive portal", answers(page), "bucket", Fail, "a login page"},
		{"something else than a store", answers(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "404 page not found", http.StatusNotFound) }), "bucket", Fail, "did not answer as an S3 store"},
		{"console instead of the store", when(signed, 400, "InvalidArgument", "S3 API Requests must be made to API port."), "bucket", Fail, "is the console of the store"},
		{"gateway without a store", answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }), "bucket", Fail, "a proxy before the store gets no answer"},
		{"store overloaded", when(signed, 503, "SlowDown", "Please reduce your request rate."), "bucket", Fail, "too busy"},
		{"store out of order", when(both(signed, puts), 500, "InternalError", "x"), "search_uploads/ put", Fail, "a fault of its own"},
		{"store full", when(puts, 507, "XMinioStorageFull", "x"), "search_uploads/ put", Fail, "no room left"},
		{"quota used up", when(puts, 400, "QuotaExceeded", "x"), "search_uploads/ put", Fail, "holds as much as it may"},
		{"archive class", when(both(asks("x-id", http.MethodGet), func(r *http.Request) bool { return r.Header.Get("Range") != "" && signed(r) && generated(r) }), 403, "InvalidObjectState", "x"),
			"generated/ get", Warn, "restore it from the archive first"},
		{"KMS key", when(both(puts, signed), 403, denied, "The ciphertext refers to a customer master key that does not exist"), "search_uploads/ put", Warn, "the KMS key of its encryption may not be used"},
		{"MFA delete", when(func(r *http.Request) bool { return r.Method == http.MethodDelete && r.URL.Query().Has("versionId") }, 403, denied, "Mfa Authentication must be used for this request"),
			"left in search_uploads/", Warn, "MFA delete"},
		{"object lock", when(func(r *http.Request) bool { return r.Method == http.MethodDelete && r.URL.Query().Has("versionId") }, 403, denied, "Access Denied because object protected by object lock."),
			"left in search_uploads/", Warn, "an object lock protects that version"},
		{"no conditional writes", func(t *testing.T) (*config.Config, error) {
			return between(t, func(w http.ResponseWriter, r *http.Request) bool {
				if r.Header.Get("If-None-Match") == "" {
					return false
				}
				w.Header().Set("ETag", `"e"`)
				return true
			}, nil), nil
		}, "conditional writes", Warn, "may replace each other's objects"},
		{"no versioning", when(asks("versioning", http.MethodGet), 501, "NotImplemented", "x"), "versioning", Warn, "old versions are not kept"},
		{"malformed .env", loaded(map[string]string{".env": "WEFT_BUCKET=cloth\nAWS_ACCESS_KEY_ID\n"}), "configuration", Fail, ".env:2"},
		{"unreadable .env", loaded(map[string]string{".env": "FOLDER"}), "configuration", Fail, "it is a folder"},
		{"malformed config.toml", loaded(map[string]string{"config.toml": "region = eu\n"}), "configuration", Fail, "config.toml:1"},
		{"slip in config.toml", loaded(map[string]string{"config.toml": "regoin = \"eu\"\n"}), "configuration", Fail, `did you mean "region"`},
		{"credentials in config.toml", loaded(map[string]string{"config.toml": "secret_access_key = \"x\"\n"}), "configuration", Fail, "credentials do not belong in config.toml"},
		{"secret without its key", loaded(nil, "AWS_SECRET_ACCESS_KEY=x"), "configuration", Fail, "AWS_ACCESS_KEY_ID"},
		{"wrong WEFT_QUEUE", loaded(nil, "WEFT_QUEUE=mysql://x"), "configuration", Fail, "not a PostgreSQL URL"},
		{"no PostgreSQL at WEFT_QUEUE", using(func(c *config.Config) { c.Queue = "postgres://weft@127.0.0.1:1/weft?connect_timeout=2" }), "queue", Fail, "check WEFT_QUEUE"},
		{"no such profile", using(func(c *config.Config) { c.Profile = "there-is-none" }), "bucket", Fail, "the AWS profile there-is-none does not exist"},
	}
}

// changed is a configuration whose store's answers are changed on their way.
func changed(change func(*http.Response)) func(*testing.T) (*config.Config, error) {
	return func(t *testing.T) (*config.Config, error) { return between(t, nil, change), nil }
}

// In each configuration that is broken in one way, the doctor names the true cause
// first, with what to do.
func TestBrokenConfigurations(t *testing.T) {
	all := brokenConfigurations()
	if len(all) < 40 {
		t.Fatalf("only %d", len(all))
	}
	diagnose(t, all)
}

// diagnose has each configuration examined by itself: the first that is found not
// to be well must be what is to be said of it, and say what to do.
func diagnose(t *testing.T, all []broken) {
	t.Helper()
	for _, x := range all {
		t.Run(x.name, func(t *testing.T) {
			t.Parallel()
			c, err := x.make(t)
			var found []Finding
			if err != nil {
				found = Unreadable(err)
			} else {
				apart(t, c)
				found = inOrder(t, c)
			}
			for _, f := range found {
				if f.State == OK || f.State == Skip {
					continue
				}
				told := f.Says + ": " + f.Remedy + "\n" + f.Statement
				if c != nil {
					told = strings.ReplaceAll(told, c.Bucket, "BUCKET")
				}
				if says := strings.ReplaceAll(x.says, "there-is-none", "BUCKET"); f.Check != x.check || f.State != x.state || !strings.Contains(told, x.says) && !strings.Contains(told, says) {
					t.Errorf("%s is %s: %s", f.Check, f.State, told)
				}
				if f.State == Fail && f.Remedy == "" {
					t.Errorf("no remedy: %+v", f)
				}
				return
			}
			t.Error("all is found well")
		})
	}
}

// apart gives a test a bucket of its own: what a broken configuration cannot remove
// is not to be found by another test. It has fewer folders, to take less time.
func apart(t *testing.T, c *config.Config) {
	t.Helper()
	if len(c.Folders) == 5 { // three tell as much as five
		c.Folders = config.Folders{c.Folders[0], c.Folders[1], c.Folders[4]}
	}
	if c.Bucket != served.Bucket {
		return
	}
	_, name, _ := strings.Cut(t.Name(), "/")
	c.Bucket = "b" + strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return '-'
	}, strings.ToLower(name)), "-")
	whole := *served
	whole.Bucket = c.Bucket
	b, err := s3ops.Open(t.Context(), &whole)
	if err == nil {
		err = b.Create(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// inOrder are the findings, with the cells of the matrix in place of their rows.
func inOrder(t *testing.T, c *config.Config) (all []Finding) {
	t.Helper()
	dir := t.TempDir()
	for f := range Examine(t.Context(), Patient{Config: c, Now: time.Now,
		Open: func(ctx context.Context) (*s3ops.Bucket, func(), error) {
			b, err := s3ops.Open(ctx, c)
			return b, func() {}, err
		},
		Queue: func(ctx context.Context) (*queue.Queue, error) {
			if c.Queue != "" {
				return queue.Open(ctx, c.Queue, "x", queue.Origin{})
			}
			return copiedQueue(ctx, dir)
		},
	}) {
		if f.Rights == nil {
			all = append(all, f)
		}
		for _, r := range f.Rights {
			r.Check = strings.TrimPrefix(f.Check, "folder ") + " " + r.Check
			all = append(all, r)
		}
	}
	return all
}
