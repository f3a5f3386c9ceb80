package s3ops

import (
	"bufio"
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	idleTimeout   = 60 * time.Second // no byte moved in either direction
	answerTimeout = 5 * time.Minute  // a request that makes work was sent in full and no answer begins: a large copy takes minutes
)

var (
	errStalled = errors.New("no bytes moved for too long")
	errSilent  = fmt.Errorf("no answer at all: %w", errStalled) // to a plain question: asking again helps nobody
	errNotS3   = errors.New("the answer is not S3's")

	errPlainHTTP = errors.New("plain HTTP at a port for TLS")
)

// newTransport raises the limits of net/http that throttle a store: two idle
// connections per host is far below the parts and previews in flight.
func newTransport() (http.RoundTripper, error) {
	authorities, err := trusted()
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		TLSClientConfig:       authorities,
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialSender(&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}),
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   128,
		ForceAttemptHTTP2:     true,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			return checkProxy(resp)
		},
		// Objects are passed on as they are stored, never inflated on the way.
		DisableCompression: true,
	}, nil
}

// watchdog ends a request on which nothing moves any more. net/http has
// timeouts for whole requests only, and a large object may rightly take hours.
type watchdog struct {
	under      http.RoundTripper
	idle, wait time.Duration
}

// Keys of a request's context.
type (
	tries struct{} // *atomic.Int32: how often the request was sent
	meter struct{} // func(int64): told how many bytes of its body were sent
	whole struct{} // *held: its body
)

func (w *watchdog) RoundTrip(req *http.Request) (*http.Response, error) {
	if n, ok := req.Context().Value(tries{}).(*atomic.Int32); ok {
		n.Add(1)
	}
	ctx, cancel := context.WithCancelCause(req.Context())
	// Asked for a listing, a head or a body, a store begins to answer in seconds.
	wait, cause := w.idle, errSilent
	if req.Method == http.MethodPost || req.Method == http.MethodPut {
		wait, cause = w.wait, errStalled
	}
	var answered atomic.Bool
	timer := time.AfterFunc(wait, func() {
		if answered.Load() {
			cancel(errStalled)
			return
		}
		cancel(cause)
	})
	watched := req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		m, _ := req.Context().Value(meter{}).(func(int64))
		h, _ := req.Context().Value(whole{}).(*held)
		if h != nil && int64(len(h.bytes)) != req.ContentLength {
			h = nil // the SDK sends something else
		}
		watched.Body = &watchedRequest{ReadCloser: req.Body, timer: timer, w: w, meter: m, held: h}
	}
	resp, err := w.under.RoundTrip(watched)
	if err != nil {
		timer.Stop()
		err = stalled(ctx, err)
		cancel(nil)
		return nil, err
	}
	timer.Stop()
	answered.Store(true)
	resp.Body = &watchedAnswer{ReadCloser: resp.Body, timer: timer, w: w, ctx: ctx, cancel: cancel}
	return resp, nil
}

func stalled(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errStalled) {
		return cause
	}
	return err
}

// watchedRequest is a body being sent: each read means the network took bytes.
type watchedRequest struct {
	io.ReadCloser
	timer *time.Timer
	w     *watchdog
	meter func(int64)
	held  *held // the body, if it is in memory; it is then read from there
	sent  int64
}

func (r *watchedRequest) Read(p []byte) (n int, err error) {
	if r.held != nil {
		n, err = r.readHeld(p)
	} else {
		n, err = r.ReadCloser.Read(p)
	}
	r.moved(n, err != nil)
	return n, err
}

// moved is told of bytes that were handed on, and whether the body has ended.
func (r *watchedRequest) moved(n int, ended bool) {
	if r.sent += int64(n); n > 0 && r.meter != nil {
		r.meter(r.sent)
	}
	if ended {
		r.timer.Reset(r.w.wait)
	} else {
		r.timer.Reset(r.w.idle)
	}
}

// watchedAnswer is a body being received. The clock runs only while somebody
// waits for bytes, so that a slow reader is not taken for a stalled store.
type watchedAnswer struct {
	io.ReadCloser
	timer  *time.Timer
	w      *watchdog
	ctx    context.Context
	cancel context.CancelCauseFunc
}

func (r *watchedAnswer) Read(p []byte) (int, error) {
	r.timer.Reset(r.w.idle)
	n, err := r.ReadCloser.Read(p)
	r.timer.Stop()
	if err != nil && err != io.EOF {
		err = stalled(r.ctx, err)
	}
	return n, err
}

func (r *watchedAnswer) Close() error {
	r.timer.Stop()
	err := r.ReadCloser.Close()
	r.cancel(nil)
	return err
}

// roots are the answers whose root element is looked at, because anything else
// would be taken for an empty list, and what its name must hold.
var roots = map[string]string{
	"ListBuckets":          "ListAllMyBucketsResult",
	"ListObjectsV2":        "ListBucketResult",
	"ListObjectVersions":   "ListVersionsResult",
	"GetBucketVersioning":  "Versioning", // some say GetBucketVersioningResponse
	"GetObjectTagging":     "Tagging",
	"DeleteObjects":        "DeleteResult",
	"ListMultipartUploads": "ListMultipartUploadsResult",
	"ListParts":            "ListParts", // moto says ListPartsResponse

	"GetBucketCors":                   "CORSConfiguration",
	"GetBucketLifecycleConfiguration": "LifecycleConfiguration",
	"GetPublicAccessBlock":            "PublicAccessBlockConfiguration",
	"GetBucketEncryption":             "ServerSideEncryptionConfiguration",
	"GetBucketOwnershipControls":      "OwnershipControls",
	"GetObjectLockConfiguration":      "ObjectLockConfiguration",
}

// withETag are the operations whose good answer always bears an ETag.
var withETag = map[string]bool{"PutObject": true, "UploadPart": true, "HeadObject": true, "GetObject": true}

// addAnswerCheck puts answerCheck next to the transport, before the SDK reads
// the answer. A captive portal answers everything with 200 and a login page,
// which the SDK takes for an empty bucket.
func addAnswerCheck(s *middleware.Stack) error {
	return s.Deserialize.Add(middleware.DeserializeMiddlewareFunc("weftAnswerCheck", answerCheck), middleware.After)
}

func answerCheck(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, md, err := next.HandleDeserialize(ctx, in)
	resp, ok := out.RawResponse.(*smithyhttp.Response)
	if err == nil && ok && foreign[resp.StatusCode] {
		err = checkRefusal(resp)
	}
	if err != nil || !ok || resp.StatusCode < 200 || resp.StatusCode > 299 {
		return out, md, err
	}
	op := awsmiddleware.GetOperationName(ctx)
	html := strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
	switch {
	case withETag[op]:
		if resp.Header.Get("ETag") == "" {
			err = errNotS3
		}
	case roots[op] != "":
		err = checkRoot(resp, roots[op]) // some stores call their XML text/html
	case html && resp.ContentLength != 0:
		err = errNotS3
	}
	if err != nil {
		resp.Body.Close()
	}
	return out, md, err
}

// foreign are the statuses by which S3 speaks of an object or bucket. The SDK
// takes them at their word even if it is a gateway or proxy that says them.
var foreign = map[int]bool{400: true, 401: true, 403: true, 404: true, 405: true, 409: true}

// checkRefusal looks at the beginning of a refusal's body, which is XML if S3
// made it, and leaves it unread.
func checkRefusal(resp *smithyhttp.Response) error {
	br := bufio.NewReaderSize(resp.Body, 512)
	head, _ := br.Peek(512)
	resp.Body = struct {
		io.Reader
		io.Closer
	}{br, resp.Body}
	text := strings.TrimSpace(strings.TrimPrefix(string(head), "\ufeff"))
	switch {
	// What servers of Go and nginx say of plain HTTP at a port for TLS.
	case strings.Contains(text, "HTTP request to an HTTPS server"), strings.Contains(text, "HTTP request was sent to HTTPS port"):
		return errPlainHTTP
	case text != "" && text[0] != '<':
		return fmt.Errorf("%w: it begins with %q", errNotS3, text[:min(len(text), 20)])
	}
	return nil
}

// checkRoot looks at the first element of a body and leaves the body unread.
func checkRoot(resp *smithyhttp.Response, want string) error {
	br := bufio.NewReaderSize(resp.Body, 4096)
	head, err := br.Peek(1)
	if err == nil {
		head, _ = br.Peek(br.Buffered())
	}
	for size := 256; size <= 4096; size *= 2 {
		root := rootOf(head)
		if strings.Contains(root, want) {
			resp.Body = struct {
				io.Reader
				io.Closer
			}{br, resp.Body}
			return nil
		}
		if root != "" || err != nil {
			break
		}
		head, err = br.Peek(size)
	}
	return fmt.Errorf("%w: it begins with %q", errNotS3, rootOf(head))
}

func rootOf(head []byte) string {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))))
	for {
		t, err := d.Token()
		if err != nil {
			return ""
		}
		if e, ok := t.(xml.StartElement); ok {
			return e.Name.Local
		}
	}
}
