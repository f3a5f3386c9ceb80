package s3ops_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"weft/config"
	"weft/s3ops"
)

// faulty is a transport that answers as it is told.
type faulty func(*http.Request) (*http.Response, error)

func (f faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return f(r)
}

func answer(status int, kind, body string, headers ...string) faulty {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {kind}, "X-Amz-Request-Id": {"REQ42"}, "Content-Length": {strconv.Itoa(len(body))}}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
	}
}

func xmlError(status int, code string) faulty {
	return answer(status, "application/xml", "<?xml version=\"1.0\"?>\n<Error><Code>"+code+
		"</Code><Message>Signature=abcdef SIG https://x/?X-Amz-Signature=abcdef \u202e</Message><RequestId>REQ42</RequestId></Error>")
}

const secretKey = "wJalrXUtnFEMI-never-show-this"

// fakeConfig points at a store that is nowhere.
func fakeConfig() *config.Config {
	return &config.Config{Bucket: "cloth", Region: "eu-west-1", Endpoint: "https://s3.example.test", PathStyle: "auto",
		Credentials: config.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secretKey}}
}

// Each way to fail has its kind, says what to do, and gives away no secret.
func TestFailuresAreExplained(t *testing.T) {
	html := "<html><body>Log in to Hotel WiFi</body></html>"
	list := func(b *s3ops.Bucket) error { return b.Check(context.Background()) }
	stat := func(b *s3ops.Bucket) error { _, err := b.Stat(context.Background(), "a/b.jpg", ""); return err }
	get := func(b *s3ops.Bucket) error {
		r, _, err := b.Read(context.Background(), "a/b.jpg", s3ops.ReadOptions{})
		if err == nil {
			_, err = io.ReadAll(r)
			r.Close()
		}
		return err
	}
	upload := func(b *s3ops.Bucket) error {
		_, err := b.Upload(context.Background(), "a/b.jpg", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true})
		return err
	}
	remove := func(b *s3ops.Bucket) error { _, err := b.Delete(context.Background(), "a/b.jpg", "v1"); return err }
	find := func(b *s3ops.Bucket) error {
		for _, err := range b.Pages(context.Background(), "a/", s3ops.ListOptions{}) {
			return err
		}
		return nil
	}
	versions := func(b *s3ops.Bucket) error {
		for _, err := range b.Pages(context.Background(), "a/", s3ops.ListOptions{Versions: true}) {
			return err
		}
		return nil
	}
	version := func(b *s3ops.Bucket) error {
		_, err := b.Stat(context.Background(), "a/b.jpg", "none")
		return err
	}
	tags := func(b *s3ops.Bucket) error { _, err := b.Tags(context.Background(), "a/b.jpg", ""); return err }
	for _, c := range []struct {
		name string
		via  faulty
		do   func(*s3ops.Bucket) error
		kind error
		want string // in the text
	}{
		{"list denied", xmlError(403, "AccessDenied"), find, s3ops.ErrDenied, `s3:ListBucket on arn:aws:s3:::cloth with the prefix "a/"`},
		{"versions denied", xmlError(403, "AccessDenied"), versions, s3ops.ErrDenied, "s3:ListBucketVersions on arn:aws:s3:::cloth"},
		{"head denied", answer(403, "", ""), stat, s3ops.ErrDenied, "s3:GetObject on arn:aws:s3:::cloth/a/b.jpg"},
		{"put denied", xmlError(403, "AccessDenied"), upload, s3ops.ErrDenied, "s3:PutObject on arn:aws:s3:::cloth/a/b.jpg"},
		{"version delete denied", xmlError(403, "AccessDenied"), remove, s3ops.ErrDenied, "s3:DeleteObjectVersion"},
		{"tags denied", xmlError(403, "AccessDenied"), tags, s3ops.ErrDenied, "s3:GetObjectTagging"},
		{"no key", xmlError(404, "NoSuchKey"), get, s3ops.ErrNotFound, "no such object"},
		{"head 404", answer(404, "", ""), stat, s3ops.ErrNotFound, "no such object"},
		{"no bucket", xmlError(404, "NoSuchBucket"), list, s3ops.ErrNoBucket, "cloth does not exist"},
		{"unknown key id", xmlError(403, "InvalidAccessKeyId"), list, s3ops.ErrCredentials, "AWS_ACCESS_KEY_ID"},
		{"wrong secret", xmlError(403, "SignatureDoesNotMatch"), list, s3ops.ErrCredentials, "AWS_SECRET_ACCESS_KEY"},
		{"expired", xmlError(400, "ExpiredToken"), list, s3ops.ErrCredentials, "log in again"},
		{"clock", xmlError(403, "RequestTimeTooSkewed"), list, s3ops.ErrCredentials, "clock"},
		{"slow down", xmlError(503, "SlowDown"), list, s3ops.ErrUnreachable, "busy"},
		{"internal", xmlError(500, "InternalError"), list, s3ops.ErrUnreachable, "try again"},
		{"precondition", xmlError(412, "PreconditionFailed"), get, s3ops.ErrChanged, "look at it again"},
		{"conflict", xmlError(409, "OperationAborted"), upload, s3ops.ErrChanged, "try again"},
		{"wrong region", answer(301, "application/xml", "<Error><Code>PermanentRedirect</Code></Error>", "X-Amz-Bucket-Region", "eu-west-1"), list, s3ops.ErrInvalid, "--region"},
		{"not implemented", xmlError(501, "NotImplemented"), get, s3ops.ErrInvalid, "cannot do that"},
		{"too large", xmlError(400, "EntityTooLarge"), upload, s3ops.ErrInvalid, "larger"},
		{"portal at list", answer(200, "text/html", html), find, s3ops.ErrUnreachable, "login page"},
		{"portal as xml", answer(200, "application/xml", html), find, s3ops.ErrUnreachable, "login page"},
		{"portal at versions", answer(200, "text/html", html), versions, s3ops.ErrUnreachable, "login page"},
		{"portal at head", answer(200, "text/html", ""), stat, s3ops.ErrUnreachable, "login page"},
		{"portal at get", answer(200, "text/html", html), get, s3ops.ErrUnreachable, "login page"},
		{"portal at put", answer(200, "text/html", html), upload, s3ops.ErrUnreachable, "login page"},
		{"portal at delete", answer(200, "text/html", html), remove, s3ops.ErrUnreachable, "login page"},
		{"proxy's page", answer(502, "text/html", html), list, s3ops.ErrUnreachable, "proxy"},
		{"no object, called html", answer(404, "text/html", ""), stat, s3ops.ErrNotFound, "no such object"},
		{"S3's error, called html", answer(403, "text/html; charset=utf-8", "<Error><Code>AccessDenied</Code></Error>"), list, s3ops.ErrDenied, "s3:ListBucket"},
		{"proxy's page at head", answer(403, "text/html", ""), stat, s3ops.ErrUnreachable, "proxy"},
		{"wrong version", answer(400, "", ""), version, s3ops.ErrNotFound, "list the versions"},
		{"empty list", answer(200, "application/xml", ""), find, s3ops.ErrUnreachable, "login page"},
		{"wrong checksum", answer(200, "", "abc", "ETag", `"x"`, "X-Amz-Checksum-Crc64nvme", "AAAAAAAAAAA="), get, s3ops.ErrCorrupt, "try again"},
		{"wrong md5", answer(200, "", "abc", "ETag", `"d41d8cd98f00b204e9800998ecf8427e"`), get, s3ops.ErrCorrupt, "try again"},
		{"truncated", func(r *http.Request) (*http.Response, error) {
			resp, err := answer(200, "", "abc", "ETag", `"x"`, "Content-Length", "5")(r)
			resp.ContentLength = 5
			return resp, err
		}, get, s3ops.ErrCorrupt, "2 bytes are missing"},
		{"reset", func(r *http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, list, s3ops.ErrUnreachable, "lost"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := opened(t, fakeConfig(), c.via)
			err := c.do(b)
			wantKind(t, err, c.kind)
			text := err.Error()
			if !strings.Contains(text, c.want) {
				t.Errorf("%q does not say %q", text, c.want)
			}
			for _, s := range []string{secretKey, "abcdef", "\u202e", "AKIDEXAMPLE", "X-Amz-Sig"} {
				if strings.Contains(text, s) {
					t.Errorf("%q gives away %q", text, s)
				}
			}
		})
	}
}

// Real networks fail in these ways too: nobody listens, no such name, no TLS.
func TestUnreachableStores(t *testing.T) {
	for _, c := range []struct{ endpoint, want string }{
		{"http://127.0.0.1:1", "nothing listens"},
		{"https://" + strings.TrimPrefix(stores[0].config.Endpoint, "http://"), "TLS"},
	} {
		g := fakeConfig()
		g.Endpoint = c.endpoint
		err := opened(t, g, nil).Check(t.Context())
		wantKind(t, err, s3ops.ErrUnreachable)
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q does not say %q", err, c.want)
		}
	}
}

// Wrong keys are told apart by a real server.
func TestWrongCredentials(t *testing.T) {
	g := *stores[0].config
	g.Credentials.SecretAccessKey = "wrong"
	wantKind(t, opened(t, &g, nil).Check(t.Context()), s3ops.ErrCredentials)
	g.Credentials.AccessKeyID = "NOBODY"
	wantKind(t, opened(t, &g, nil).Check(t.Context()), s3ops.ErrCredentials)
	g = *stores[0].config
	g.Bucket = "not-there"
	wantKind(t, opened(t, &g, nil).Check(t.Context()), s3ops.ErrNoBucket)
}

// Without any credentials the error says so, and asks no metadata service; an
// unknown profile is named.
func TestNoCredentials(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	g := fakeConfig()
	g.Credentials = config.Credentials{}
	err := opened(t, g, answer(200, "", "")).Check(t.Context())
	wantKind(t, err, s3ops.ErrCredentials)
	g.Profile = "weaver"
	_, err = s3ops.Open(t.Context(), g)
	wantKind(t, err, s3ops.ErrCredentials)
	if !strings.Contains(err.Error(), "weaver") {
		t.Errorf("%q does not name the profile", err)
	}
	g.Bucket = ""
	_, err = s3ops.Open(t.Context(), g)
	wantKind(t, err, s3ops.ErrInvalid)
}

// Read-only, nothing that changes the bucket gets as far as a request.
func TestReadOnlySendsNothing(t *testing.T) {
	g := fakeConfig()
	g.ReadOnly = true
	b := opened(t, g, faulty(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s was sent", r.Method)
		return nil, errors.New("no")
	}))
	ctx := t.Context()
	_, up := b.Upload(ctx, "k", strings.NewReader("x"), s3ops.UploadOptions{})
	_, file := b.UploadFile(ctx, "/etc/hostname", "k", s3ops.UploadOptions{})
	_, del := b.Delete(ctx, "k", "")
	_, restore := b.Restore(ctx, "k", "v")
	_, cp := b.Copy(ctx, "k", "l", true)
	_, mv := b.Move(ctx, "k", "l", true)
	_, link := b.Presign(ctx, "k", s3ops.LinkOptions{Put: true})
	var many error
	for d := range b.DeleteMany(ctx, targets("k")) {
		many = d.Err
	}
	for i, err := range []error{up, file, del, restore, cp, mv, link, many, b.Undelete(ctx, "k"), b.Create(ctx)} {
		if !errors.Is(err, s3ops.ErrReadOnly) {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// A bucket in another region is found by the store's own hint, body and all,
// and the region is remembered.
func TestRegionIsFollowedOnce(t *testing.T) {
	var asked []string
	g := fakeConfig()
	g.Endpoint = ""
	b := opened(t, g, faulty(func(r *http.Request) (*http.Response, error) {
		asked = append(asked, r.URL.Host)
		if strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/") {
			return answer(301, "application/xml", "<Error><Code>PermanentRedirect</Code></Error>", "X-Amz-Bucket-Region", "ap-south-1")(r)
		}
		return answer(200, "", "", "ETag", `"x"`)(r)
	}))
	for range 2 {
		if _, err := b.Upload(t.Context(), "k", strings.NewReader("body"), s3ops.UploadOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if b.Region() != "ap-south-1" || len(asked) != 3 || asked[2] != "cloth.s3.ap-south-1.amazonaws.com" {
		t.Errorf("region %s after asking %v", b.Region(), asked)
	}
}

// A store without conditional writes is looked at first, and an upload whose
// first answer was lost is not taken for somebody else's object.
func TestConditionalWriteFallbacks(t *testing.T) {
	there := false
	b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
		switch {
		case r.Method == "HEAD" && there:
			return answer(200, "", "", "ETag", `"x"`)(r)
		case r.Method == "HEAD":
			return answer(404, "", "")(r)
		case r.Header.Get("If-None-Match") != "":
			return xmlError(501, "NotImplemented")(r)
		}
		return answer(200, "", "", "ETag", `"x"`)(r)
	}))
	if _, err := b.Upload(t.Context(), "k", strings.NewReader("x"), s3ops.UploadOptions{}); err != nil {
		t.Error(err)
	}
	there = true
	_, err := b.Upload(t.Context(), "k", strings.NewReader("x"), s3ops.UploadOptions{})
	wantKind(t, err, s3ops.ErrExists)

	real := http.DefaultTransport
	var puts atomic.Int32
	lossy := opened(t, stores[0].config, faultyKeep(func(r *http.Request) (*http.Response, error) {
		resp, err := real.RoundTrip(r)
		if r.Method == "PUT" && puts.Add(1) == 1 && err == nil {
			resp.Body.Close()
			return nil, io.ErrUnexpectedEOF
		}
		return resp, err
	}))
	if o, err := lossy.Upload(t.Context(), "lost-answer.txt", strings.NewReader("x"), s3ops.UploadOptions{}); err != nil || o.ETag == "" || puts.Load() != 2 {
		t.Errorf("after %d sendings: %+v, %v", puts.Load(), o, err)
	}
}

// faultyKeep is a transport that leaves the request's body to f.
type faultyKeep func(*http.Request) (*http.Response, error)

func (f faultyKeep) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
