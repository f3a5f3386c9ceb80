package s3ops

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// networkConditions are about the way to the store, and what answers there.
var networkConditions = []Condition{
	{Name: "Not S3", match: is(errNotS3), Kind: ErrUnreachable,
		Why: "{host} did not answer as an S3 store but with something else, such as a login page", Remedy: "log in to the network if it asks for that, and check the endpoint"},
	{Name: "HTTP to an HTTPS port", match: is(errPlainHTTP), Kind: ErrUnreachable,
		Why: "{host} speaks HTTPS and was asked by HTTP", Remedy: "begin the endpoint with https://"},
	{Name: "An answer that cannot be read", match: unreadable, Kind: ErrUnreachable,
		Why: "{host} answered with something that is not S3's, such as the page of a proxy", Remedy: "check the endpoint and any proxy between"},
	{Name: "Proxy login", match: proxyStatus(http.StatusProxyAuthRequired), Kind: ErrUnreachable,
		Why: "the proxy wants a login", Remedy: "put user and password into HTTPS_PROXY, or list {host} in NO_PROXY"},
	{Name: "Proxy refused", match: as[*proxyRefusal], Kind: ErrUnreachable,
		Why: "the proxy refuses to connect to {host}: {cause}", Remedy: "allow {host} in the proxy, or list it in NO_PROXY"},
	{Name: "Proxy unreachable", match: proxyGone, Kind: ErrUnreachable,
		Why: "the proxy cannot be reached", Remedy: "check HTTPS_PROXY and HTTP_PROXY, or list {host} in NO_PROXY"},
	{Name: "No answer", match: is(errSilent), Kind: ErrUnreachable,
		Why: "{host} took the request and never answered", Remedy: "check the endpoint, and that the store is well"},
	{Name: "Stalled", match: is(errStalled), Kind: ErrUnreachable, Passing: true,
		Why: "the connection to {host} went silent", Remedy: "check the network and try again"},
	{Name: "Unknown host", match: noSuchHost, Kind: ErrUnreachable,
		Why: "the name {host} cannot be resolved", Remedy: "check the endpoint and the region for a slip, and the network's DNS"},
	{Name: "DNS", match: as[*net.DNSError], Kind: ErrUnreachable, Passing: true,
		Why: "the network's DNS does not answer, so {host} cannot be found", Remedy: "check the network, and /etc/resolv.conf"},
	{Name: "Timeout", match: timeout, Kind: ErrUnreachable, Passing: true,
		Why: "{host} did not answer in time", Remedy: "check the network, a proxy or firewall, and the endpoint"},
	{Name: "Connection refused", match: is(syscall.ECONNREFUSED), Kind: ErrUnreachable,
		Why: "nothing listens at {host}", Remedy: "check the endpoint's port, and that the store is running"},
	{Name: "Unreachable", match: isAny(syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN), Kind: ErrUnreachable, Passing: true,
		Why: "there is no way to {host} from here", Remedy: "check the network cable, WLAN or VPN"},
	{Name: "Certificate expired", match: invalidCertificate(x509.Expired), Kind: ErrUnreachable,
		Why: "the certificate of {host} has expired, or this machine's clock is wrong", Remedy: "check the clock; if it is right, the store's owner must renew the certificate"},
	{Name: "Certificate of another name", match: as[x509.HostnameError], Kind: ErrUnreachable,
		Why: "the certificate at {host} is that of another host", Remedy: "check the endpoint's name; for a bucket with dots or a store of your own set path_style = \"always\""},
	{Name: "Certificate of an unknown authority", match: as[x509.UnknownAuthorityError], Kind: ErrUnreachable,
		Why: "the certificate of {host} is signed by nobody this machine trusts", Remedy: "name the authority's file in AWS_CA_BUNDLE, or add it to the system's; a proxy that reads TLS has one too"},
	{Name: "Certificate", match: certificate, Kind: ErrUnreachable,
		Why: "the certificate of {host} is not valid", Remedy: "see with: openssl s_client -connect {host}"},
	{Name: "TLS", match: badTLS, Kind: ErrUnreachable,
		Why: "{host} does not speak TLS as expected", Remedy: "check whether the endpoint is http:// or https://"},
	{Name: "Cut off", match: is(errMismatch), Kind: ErrCorrupt,
		Why: "{cause}", Remedy: "try again; if it stays so, the object or the network is damaged"},
	{Name: "Connection lost", match: isAny(io.ErrUnexpectedEOF, io.EOF, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, net.ErrClosed), Kind: ErrUnreachable, Passing: true,
		Why: "the connection to {host} was lost", Remedy: "check the network and try again"},
}

// machineConditions are about the files of this machine.
var machineConditions = []Condition{
	{Name: "Disk full", match: isAny(syscall.ENOSPC, syscall.EDQUOT), Why: "the disk of this machine is full", Remedy: "make room, then try again"},
	{Name: "Read-only disk", match: local(syscall.EROFS), Kind: ErrDenied, Why: "the disk there cannot be written to", Remedy: "choose a folder on another disk"},
	{Name: "Too many open files", match: isAny(syscall.EMFILE, syscall.ENFILE), Why: "this machine has too many files open", Remedy: "raise the limit (ulimit -n), or use fewer workers"},
	{Name: "File name too long", match: local(syscall.ENAMETOOLONG), Kind: ErrInvalid, Why: "the name is too long for a file of this machine", Remedy: "save it under a shorter name"},
	{Name: "A link out of the folder", match: escapes, Kind: ErrInvalid,
		Why: "a symbolic link there leads out of the folder", Remedy: "remove the link, or choose another folder"},
	{Name: "Local permission", match: local(fs.ErrPermission), Kind: ErrDenied,
		Why: "this machine does not allow access to the file", Remedy: "check the owner and permissions of the file and its folder"},
	{Name: "Local file missing", match: local(fs.ErrNotExist), Kind: ErrNotFound, Why: "the file is not on this machine", Remedy: "check its path"},
	{Name: "Local file exists", match: local(fs.ErrExist), Kind: ErrExists,
		Why: "a file of that name is already there", Remedy: "choose another folder or name, or allow overwriting"},
}

// local is true for an error of this machine's files, not of the network.
func local(target error) func(error) bool {
	return func(err error) bool {
		return errors.Is(err, target) && (as[*fs.PathError](err) || as[*os.LinkError](err))
	}
}

// escapes: os.Root has no error of its own for it, only a text.
func escapes(err error) bool { return strings.Contains(err.Error(), "path escapes from parent") }

func timeout(err error) bool {
	var n net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &n) && n.Timeout()
}

func noSuchHost(err error) bool {
	d, ok := errors.AsType[*net.DNSError](err)
	return ok && d.IsNotFound
}

func certificate(err error) bool {
	return as[*tls.CertificateVerificationError](err) || as[x509.UnknownAuthorityError](err) || as[x509.HostnameError](err) || as[x509.CertificateInvalidError](err)
}

func invalidCertificate(reason x509.InvalidReason) func(error) bool {
	return func(err error) bool {
		c, ok := errors.AsType[x509.CertificateInvalidError](err)
		return ok && c.Reason == reason
	}
}

func badTLS(err error) bool {
	return as[tls.RecordHeaderError](err) || as[tls.AlertError](err) ||
		strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// proxyRefusal is a proxy's answer to CONNECT that is not 200.
type proxyRefusal struct {
	status int
	text   string
}

func (p *proxyRefusal) Error() string { return fmt.Sprintf("it answers CONNECT with %s", p.text) }

// checkProxy gives the refusal of a proxy a type: net/http has a text only.
func checkProxy(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyRefusal{resp.StatusCode, resp.Status}
}

func proxyStatus(want int) func(error) bool {
	return func(err error) bool {
		p, ok := errors.AsType[*proxyRefusal](err)
		return ok && p.status == want || status(err) == want
	}
}

func proxyGone(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "proxyconnect"
}

// unreadable: an answer with an error status whose body is no XML of S3's. Some
// stores call everything text/html, and the answer to a HEAD has no body: there
// 404 means what it says, and anything else may be a proxy's.
func unreadable(err error) bool {
	var re *smithyhttp.ResponseError
	if !errors.As(err, &re) || re.Response == nil {
		return false
	}
	if !strings.HasPrefix(re.Response.Header.Get("Content-Type"), "text/html") {
		return false
	}
	if r := re.Response.Request; r != nil && r.Method == http.MethodHead {
		return re.HTTPStatusCode() != http.StatusNotFound
	}
	// The SDK makes up a code from the status where it finds none.
	c := code(err)
	return c == "" || c == "UnknownError" || c == strings.ReplaceAll(http.StatusText(re.HTTPStatusCode()), " ", "")
}

// errMismatch is what the checks of this package report.
var errMismatch = errors.New("length or checksum differs")
