package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// behindProxy makes this test program the doctor of a bucket of Amazon's behind the
// proxy that its environment names: net/http reads that once in a process.
const behindProxy = "WEFT_TEST_DOCTOR_BEHIND_PROXY"

func examineBehindProxy() int {
	c := &config.Config{Bucket: "cloth", Region: "eu-central-1", PathStyle: "auto", Checksums: "auto", ReadOnly: true,
		Credentials: config.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "s"}, Folders: config.Folders{{Role: config.Generated, Prefix: "generated/"}}}
	to := json.NewEncoder(os.Stdout)
	for f := range Examine(context.Background(), Patient{Config: c, Now: time.Now,
		Open: func(ctx context.Context) (*s3ops.Bucket, func(), error) {
			b, err := s3ops.Open(ctx, c)
			return b, func() {}, err
		},
		Queue: func(ctx context.Context) (*queue.Queue, error) {
			return queue.Open(ctx, filepath.Join(os.Getenv("HOME"), "queue.db"), "x", queue.Origin{})
		},
	}) {
		if to.Encode(f) != nil {
			return 1
		}
	}
	return 0
}

// amazon is a proxy that answers what is sent to Amazon through it itself.
func amazon(t *testing.T, h http.HandlerFunc) (proxy, authorities string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, DNSNames: []string{"*.s3.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com"}}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	authorities = filepath.Join(t.TempDir(), "authorities.pem")
	if err := os.WriteFile(authorities, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewUnstartedServer(h)
	behind.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	behind.StartTLS()
	t.Cleanup(behind.Close)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there, err := net.Dial("tcp", behind.Listener.Addr().String())
		if err != nil {
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(there, here); there.Close() }()
		go func() { _, _ = io.Copy(here, there); here.Close() }()
	}))
	t.Cleanup(s.Close)
	return s.URL, authorities
}

// Behind a proxy the doctor names the proxy where that is the cause, and at Amazon
// what only Amazon does: a bucket whose requesters pay refuses without a word of it.
func TestBehindProxy(t *testing.T) {
	refusing := func(status int) string {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(s.Close)
		return s.URL
	}
	denied, authorities := amazon(t, func(w http.ResponseWriter, r *http.Request) { answerError(w, r, 403, "AccessDenied", "Access Denied") })
	for name, x := range map[string]struct{ proxy, check, says string }{
		"proxy gone":             {"http://127.0.0.1:1", "endpoint", "the proxy cannot be reached"},
		"proxy wants a login":    {refusing(407), "endpoint", "the proxy wants a login"},
		"proxy refuses the host": {refusing(403), "endpoint", "the proxy refuses to connect to s3.eu-central-1.amazonaws.com"},
		"requester pays":         {denied, "bucket", "if its requesters pay, add --request-payer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			self, err := os.Executable()
			if err != nil {
				t.Fatal(err)
			}
			child := exec.CommandContext(t.Context(), self)
			child.Env = []string{behindProxy + "=1", "HTTPS_PROXY=" + x.proxy, "AWS_CA_BUNDLE=" + authorities, "AWS_EC2_METADATA_DISABLED=true", "HOME=" + t.TempDir(), "TMPDIR=" + os.TempDir()}
			out, err := child.Output()
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(out)) {
				var f Finding
				if err := json.Unmarshal([]byte(line), &f); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				if f.State == OK || f.State == Skip {
					continue
				}
				if told := fmt.Sprint(f.Says, ": ", f.Remedy); f.Check != x.check || !strings.Contains(told, x.says) {
					t.Errorf("%s: %s", f.Check, told)
				}
				return
			}
			t.Errorf("all is found well: %s", out)
		})
	}
}
