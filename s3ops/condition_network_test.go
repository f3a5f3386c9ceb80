package s3ops_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"weft/s3ops"
)

// broken is a transport that fails before there is an answer.
func broken(err error) faulty {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// dial is the error of a connection that is not made.
func dial(err syscall.Errno) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", err)}
}

func untrusted(err error) error { return &tls.CertificateVerificationError{Err: err} }

func refusedBy(status int, text string) error {
	return s3ops.CheckProxy(&http.Response{StatusCode: status, Status: text})
}

const portal = "<html><body>Log in to Hotel WiFi</body></html>"

var networkFailures = []failure{
	{"Not S3", "list", answer(200, "text/html", portal), s3ops.ErrUnreachable, "", "login page", "log in to the network"},
	{"HTTP to an HTTPS port", "list", answer(400, "text/plain; charset=utf-8", "Client sent an HTTP request to an HTTPS server.\n"), s3ops.ErrUnreachable, "", "speaks HTTPS", "https://"},
	{"HTTP to an HTTPS port", "list", answer(400, "text/html", "<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"), s3ops.ErrUnreachable, "", "speaks HTTPS", "https://"},
	{"An answer that cannot be read", "list", answer(403, "text/html", portal), s3ops.ErrUnreachable, "", "not S3's", "proxy"},
	{"Not S3", "list", answer(404, "application/json", `{"message":"no Route matched with those values"}`), s3ops.ErrUnreachable, "", "something else", "endpoint"},
	{"Proxy login", "list", broken(refusedBy(407, "407 Proxy Authentication Required")), s3ops.ErrUnreachable, "", "wants a login", "HTTPS_PROXY"},
	{"Proxy login", "list", answer(407, "text/plain", "login first"), s3ops.ErrUnreachable, "", "wants a login", "NO_PROXY"},
	{"Proxy refused", "list", broken(refusedBy(403, "403 Forbidden by rule")), s3ops.ErrUnreachable, "", "CONNECT with 403 Forbidden by rule", "allow s3.example.test"},
	{"Proxy unreachable", "list", broken(&net.OpError{Op: "proxyconnect", Net: "tcp", Err: dial(syscall.ECONNREFUSED)}), s3ops.ErrUnreachable, "", "proxy cannot be reached", "HTTPS_PROXY"},
	{"No answer", "list", broken(fmt.Errorf("GET: %w", s3ops.Silent)), s3ops.ErrUnreachable, "", "never answered", "the store is well"},
	{"Stalled", "put", broken(fmt.Errorf("PUT: %w", s3ops.Stalled)), s3ops.ErrUnreachable, "", "went silent", "network"},
	{"Unknown host", "list", broken(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "s3.example.test", IsNotFound: true}}), s3ops.ErrUnreachable, "", "s3.example.test cannot be resolved", "slip"},
	{"DNS", "list", broken(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "s3.example.test", IsTemporary: true}}), s3ops.ErrUnreachable, "", "DNS does not answer", "resolv.conf"},
	{"Timeout", "list", broken(&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}), s3ops.ErrUnreachable, "", "in time", "firewall"},
	{"Connection refused", "list", broken(dial(syscall.ECONNREFUSED)), s3ops.ErrUnreachable, "", "nothing listens", "port"},
	{"Unreachable", "list", broken(dial(syscall.ENETUNREACH)), s3ops.ErrUnreachable, "", "no way to", "WLAN"},
	{"Unreachable", "list", broken(dial(syscall.EHOSTUNREACH)), s3ops.ErrUnreachable, "", "no way to", "VPN"},
	{"Certificate expired", "list", broken(untrusted(x509.CertificateInvalidError{Reason: x509.Expired})), s3ops.ErrUnreachable, "", "has expired", "clock"},
	{"Certificate of another name", "list", broken(untrusted(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "s3.example.test"})), s3ops.ErrUnreachable, "", "another host", "path_style"},
	{"Certificate of an unknown authority", "list", broken(untrusted(x509.UnknownAuthorityError{})), s3ops.ErrUnreachable, "", "signed by nobody", "AWS_CA_BUNDLE"},
	{"Certificate", "list", broken(untrusted(x509.CertificateInvalidError{Reason: x509.IncompatibleUsage})), s3ops.ErrUnreachable, "", "not valid", "openssl"},
	{"TLS", "list", broken(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), s3ops.ErrUnreachable, "", "speak TLS", "https://"},
	{"TLS", "list", broken(tls.AlertError(40)), s3ops.ErrUnreachable, "", "speak TLS", "https://"},
	{"Connection lost", "list", broken(io.ErrUnexpectedEOF), s3ops.ErrUnreachable, "", "was lost", "network"},
	{"Connection lost", "put", broken(&net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)}), s3ops.ErrUnreachable, "", "was lost", "network"},
	{"Connection lost", "get", broken(&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)}), s3ops.ErrUnreachable, "", "was lost", "network"},
	{"Cut off", "get", short, s3ops.ErrCorrupt, "", "2 bytes are missing", "damaged"},
	{"Corrupt on the way", "get", answer(200, "", "abc", "ETag", `"x"`, "X-Amz-Checksum-Crc64nvme", "AAAAAAAAAAA="), s3ops.ErrCorrupt, "", "not those that were sent", "try again"},

	{"Role not assumed", "list", nil, s3ops.ErrCredentials, "", "role of the profile could not be assumed: User: arn:aws:iam::1:user/w is not authorized", "trust policy"},
	{"SSO login ended", "list", nil, s3ops.ErrCredentials, "", "login of the profile has ended", "aws sso login"},
	{"No credentials", "list", nil, s3ops.ErrCredentials, "", "no usable credentials", "AWS_ACCESS_KEY_ID"},
	{"Disk full", "source", nil, nil, "", "disk of this machine is full", "make room"},
	{"Read-only disk", "source", nil, s3ops.ErrDenied, "", "cannot be written", "another disk"},
	{"Too many open files", "source", nil, nil, "", "files open", "ulimit"},
	{"File name too long", "source", nil, s3ops.ErrInvalid, "", "too long", "shorter"},
	{"A link out of the folder", "save", nil, s3ops.ErrInvalid, "", "leads out", "another folder"},
	{"Local permission", "source", nil, s3ops.ErrDenied, "", "does not allow access", "permissions"},
	{"Local file missing", "source", nil, s3ops.ErrNotFound, "", "not on this machine", "path"},
	{"Local file exists", "save", nil, s3ops.ErrExists, "", "already there", "overwriting"},
}

func short(r *http.Request) (*http.Response, error) {
	resp, err := answer(200, "", "abc", "ETag", `"x"`, "Content-Length", "5")(r)
	resp.ContentLength = 5
	return resp, err
}

// Each way in which the network fails has its own reason and remedy, and is
// tried again only if that can help.
func TestNetworkFailuresAreExplained(t *testing.T) {
	for i, f := range networkFailures {
		if f.via == nil {
			continue
		}
		t.Run(fmt.Sprintf("%d %s at %s", i, f.condition, f.deed), func(t *testing.T) {
			t.Parallel()
			f.check(t, false)
		})
	}
}

// So have the failures of this machine and of the SDK's search for credentials.
func TestFailuresOfThisMachineAreExplained(t *testing.T) {
	errs := map[string]error{
		"Role not assumed": &smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: &smithy.GenericAPIError{Code: "AccessDenied",
			Message: "User: arn:aws:iam::1:user/w is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/r"}},
		"SSO login ended":     errors.New("the SSO session has expired or is invalid"),
		"No credentials":      errors.New("no EC2 IMDS role found"),
		"Disk full":           syscall.ENOSPC,
		"Read-only disk":      syscall.EROFS,
		"Too many open files": syscall.EMFILE,
		"File name too long":  syscall.ENAMETOOLONG,
		"Local permission":    syscall.EACCES,
		"Local file missing":  syscall.ENOENT,
	}
	for _, f := range networkFailures {
		if f.via != nil {
			continue
		}
		t.Run(f.condition, func(t *testing.T) {
			f.known(t)
			b := opened(t, fakeConfig(), answer(200, "", "abc", "ETag", `"900150983cd24fb0d6963f7d28e17f72"`))
			var err error
			switch f.deed {
			case "list":
				s3ops.SetCredentials(b, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errs[f.condition] }))
				err = b.Check(t.Context())
			case "source":
				_, err = b.Upload(t.Context(), "k", failing{&fs.PathError{Op: "read", Path: "/cloth/a.jpg", Err: errs[f.condition]}}, s3ops.UploadOptions{})
			case "save":
				dir := t.TempDir()
				if f.condition == "A link out of the folder" {
					check(t, os.Symlink(t.TempDir(), filepath.Join(dir, "a")))
				} else {
					check(t, os.MkdirAll(filepath.Join(dir, "a"), 0o700))
					check(t, os.WriteFile(filepath.Join(dir, "a", "b.jpg"), nil, 0o600))
				}
				_, err = b.Download(t.Context(), "a/b.jpg", dir, s3ops.DownloadOptions{Name: "a/b.jpg"})
			}
			e, ok := errors.AsType[*s3ops.Error](err)
			if !ok || e.Kind != f.kind || !strings.Contains(e.Why, f.why) || !strings.Contains(e.Remedy, f.remedy) {
				t.Errorf("%v", err)
			}
		})
	}
}

// failing is a source that cannot be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// A store whose certificate nobody knows is refused with a remedy, and the
// remedy works: its authority in AWS_CA_BUNDLE.
func TestAuthorityOfOnesOwn(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "<ListBucketResult></ListBucketResult>")
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of the refused handshake
	server.StartTLS()
	defer server.Close()
	g := fakeConfig()
	g.Endpoint = server.URL
	err := opened(t, g, nil).Check(t.Context())
	wantKind(t, err, s3ops.ErrUnreachable)
	if !strings.Contains(err.Error(), "AWS_CA_BUNDLE") {
		t.Error(err)
	}
	bundle := filepath.Join(t.TempDir(), "authority.pem")
	check(t, os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600))
	t.Setenv("AWS_CA_BUNDLE", bundle)
	check(t, opened(t, g, nil).Check(t.Context()))
	t.Setenv("AWS_CA_BUNDLE", "/nowhere.pem")
	_, err = s3ops.Open(t.Context(), g)
	wantKind(t, err, s3ops.ErrInvalid)
}
