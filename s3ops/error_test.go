package s3ops_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"weft/s3ops"
)

// The answer to a HEAD has no body: its status alone says what is wrong.
func TestHeadsWithoutBody(t *testing.T) {
	for status, want := range map[int]struct {
		kind error
		why  string
	}{
		301: {s3ops.ErrInvalid, "not in region"}, 307: {s3ops.ErrInvalid, "not in region"},
		400: {s3ops.ErrInvalid, "HEAD does not say why"}, 401: {s3ops.ErrCredentials, "other credentials"},
		403: {s3ops.ErrDenied, "or there is no such object"}, 404: {s3ops.ErrNotFound, "no such object"},
		405: {s3ops.ErrNotFound, "delete marker"}, 407: {s3ops.ErrUnreachable, "proxy wants a login"}, 408: {s3ops.ErrUnreachable, "gave the request up"},
		409: {s3ops.ErrChanged, "same moment"}, 412: {s3ops.ErrChanged, "not what it was"},
		413: {s3ops.ErrInvalid, "larger"}, 416: {s3ops.ErrInvalid, "no bytes there"}, 429: {s3ops.ErrUnreachable, "too busy"},
		500: {s3ops.ErrUnreachable, "fault of its own"}, 501: {s3ops.ErrInvalid, "cannot do that"}, 502: {s3ops.ErrUnreachable, "proxy before the store"},
		503: {s3ops.ErrUnreachable, "just now"}, 504: {s3ops.ErrUnreachable, "proxy before the store"}, 507: {nil, "no room left"}, 599: {s3ops.ErrUnreachable, "just now"},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			err := deeds["stat"](opened(t, fakeConfig(), answer(status, "application/xml", "")))
			e, ok := errors.AsType[*s3ops.Error](err)
			if !ok || e.Kind != want.kind || !strings.Contains(e.Why, want.why) || e.Remedy == "" || e.RequestID != "REQ42" {
				t.Errorf("%v", err)
			}
		})
	}
}

// A HEAD that is refused because of the credentials is an error of the
// credentials, as of any other request: work waits for good ones, and fails not.
func TestHeadsRefusedForTheCredentials(t *testing.T) {
	for code, want := range map[string]struct {
		status int
		kind   error
	}{
		"ExpiredToken": {400, s3ops.ErrCredentials}, "InvalidToken": {400, s3ops.ErrCredentials}, "InvalidAccessKeyId": {403, s3ops.ErrCredentials},
		"SignatureDoesNotMatch": {403, s3ops.ErrCredentials}, "AccessDenied": {403, s3ops.ErrDenied}, "InvalidArgument": {400, s3ops.ErrInvalid},
	} {
		err := deeds["stat"](opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodHead {
				return answer(want.status, "application/xml", "")(r)
			}
			return said(want.status, code, "No.", "")(r)
		})))
		wantKind(t, err, want.kind)
		if e, ok := errors.AsType[*s3ops.Error](err); !ok || e.Op != "stat" || e.Key == "" {
			t.Errorf("%s: %v", code, err)
		}
	}
}

// Where an archived object is being brought back, that is said; elsewhere that
// one must ask for it.
func TestArchivedOrBeingRestored(t *testing.T) {
	for restore, want := range map[string]string{
		`ongoing-request="true"`: "being brought back",
		`ongoing-request="false", expiry-date="Fri, 23 Dec 2026 00:00:00 GMT"`: "archive class, GLACIER",
		"": "archive class, GLACIER",
	} {
		err := deeds["get"](opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodHead {
				return answer(200, "", "", "ETag", `"x"`, "X-Amz-Restore", restore)(r)
			}
			return said(403, "InvalidObjectState", "The operation is not valid for the object's storage class", "<StorageClass>GLACIER</StorageClass>")(r)
		})))
		wantKind(t, err, s3ops.ErrInvalid)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", restore, err)
		}
	}
}

// At Amazon a refusal without a reason may mean that the requester pays; who
// says so already, and who is elsewhere, is not told of it.
func TestRefusalsThatMayWantPay(t *testing.T) {
	for _, c := range []struct{ aws, pays, want bool }{{true, false, true}, {true, true, false}, {false, false, false}} {
		g := fakeConfig()
		if g.RequestPayer = c.pays; c.aws {
			g.Endpoint = ""
		}
		for deed, via := range map[string]faulty{"list": said(403, "AccessDenied", "Access Denied"), "stat": answer(403, "application/xml", "")} {
			err := deeds[deed](opened(t, g, via))
			if got := strings.Contains(err.Error(), "--request-payer"); got != c.want {
				t.Errorf("%+v: %v", c, err)
			}
		}
		err := deeds["list"](opened(t, g, deny("s3:ListBucket", bucketARN, "because no identity-based policy allows the s3:ListBucket action")))
		if strings.Contains(err.Error(), "--request-payer") {
			t.Errorf("a reason is given, yet: %v", err)
		}
	}
}

// An access key id in a store's own words is masked but for its end.
func TestKeyIDsAreMasked(t *testing.T) {
	err := deeds["list"](opened(t, fakeConfig(), said(400, "InvalidArgument", "Key AKIAIOSFODNN7EXAMPLE, Credential=AKIAIOSFODNN7EXAMPLE/20261124, X-Amz-Security-Token=FwoGZX is odd")))
	text := err.Error()
	if !strings.Contains(text, "****MPLE") || strings.Contains(text, "AKIAIOSF") || strings.Contains(text, "FwoGZX") {
		t.Error(text)
	}
}
