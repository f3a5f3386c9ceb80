package s3ops_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"weft/s3ops"
)

// What the store refuses comes with the entry of a policy that allows it, and with
// none where no Allow helps or it is not known what was refused.
func TestStatementAllowsWhatWasRefused(t *testing.T) {
	refused := said(403, "AccessDenied", "Access Denied")
	for name, c := range map[string]struct {
		deed string
		via  faulty
		want string
	}{
		"a listing":         {"list", refused, `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::cloth","Condition":{"StringLike":{"s3:prefix":"a/*"}}}`},
		"an object":         {"get", refused, `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::cloth/a/b.jpg"}`},
		"what S3 names":     {"get", deny("kms:Decrypt", keyARN, "because no resource-based policy allows the kms:Decrypt action"), `{"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + keyARN + `"}`},
		"an explicit Deny":  {"put", deny("s3:PutObject", objectARN, "with an explicit deny in a resource-based policy"), ""},
		"no such key":       {"get", said(404, "NoSuchKey", "The specified key does not exist."), ""},
		"no key is allowed": {"get", said(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, ok := errors.AsType[*s3ops.Error](deeds[c.deed](opened(t, fakeConfig(), c.via)))
			if !ok {
				t.Fatal("no *Error")
			}
			if got := compactJSON(t, e.Statement()); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// A statement for one folder or key allows nothing beside it: what IAM takes for
// a wildcard or a variable is only a character in a name.
func TestStatementAllowsNothingMore(t *testing.T) {
	refused := said(403, "AccessDenied", "Access Denied")
	b := opened(t, fakeConfig(), refused)
	for got, want := range map[string]string{
		statementOf(t, refusedPage(b, "a*b/${x}?/")):                 `{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::cloth","Condition":{"StringLike":{"s3:prefix":"a${*}b/${$}{x}${?}/*"}}}`,
		statementOf(t, second(b.Stat(t.Context(), "a*<&>.jpg", ""))): `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::cloth/a${*}<&>.jpg"}`,
	} {
		if first, _, _ := strings.Cut(got, ",{"); first != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func statementOf(t *testing.T, err error) string {
	t.Helper()
	e, ok := errors.AsType[*s3ops.Error](err)
	if !ok {
		t.Fatalf("no *Error but %v", err)
	}
	return compactJSON(t, e.Statement())
}

func refusedPage(b *s3ops.Bucket, prefix string) error {
	for _, err := range b.Pages(context.Background(), prefix, s3ops.ListOptions{}) {
		return err
	}
	return nil
}

func second[T any](_ T, err error) error { return err }

// compactJSON is a statement on one line, with its fields in the same order.
func compactJSON(t *testing.T, text string) string {
	t.Helper()
	if text == "" {
		return ""
	}
	if !json.Valid([]byte("[" + text + "]")) {
		t.Fatalf("no JSON: %s", text)
	}
	var lines []string
	for l := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(l))
	}
	return strings.ReplaceAll(strings.Join(lines, ""), `": `, `":`)
}

// An error that was kept as a text is known again with all that the text holds,
// whatever the key, and what was no error of a store stays a text.
func TestErrorIsKnownByItsText(t *testing.T) {
	b := opened(t, fakeConfig(), said(403, "AccessDenied", "Access Denied"))
	for _, key := range []string{"a/b.jpg", "with space/x; y (z).jpg", "a,b.jpg"} {
		_, err := b.Upload(t.Context(), key, strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true})
		was, _ := errors.AsType[*s3ops.Error](err)
		now, ok := errors.AsType[*s3ops.Error](s3ops.Recall(err.Error(), key))
		if !ok || now.Op != was.Op || now.Key != key || now.Why != was.Why || now.Code != was.Code || now.RequestID != was.RequestID || now.Remedy != was.Remedy {
			t.Errorf("%+v\nwas %+v", now, was)
		}
		if !errors.Is(now, s3ops.ErrDenied) {
			t.Errorf("%+v", now)
		}
		if key == "a/b.jpg" && now.Statement() != was.Statement() || now.Statement() != "" && now.Statement() != was.Statement() {
			t.Errorf("%s\nwas %s", now.Statement(), was.Statement())
		}
	}
	for text, key := range map[string]string{
		"delete box/a b.jpg: no (AccessDenied); allow s3:DeleteObject on arn:aws:s3:::cloth/box/a b.jpg": "", // its resource is not read whole
		"delete box/a.jpg: no (AccessDenied); allow s3:DeleteObject on arn:aws:s3:::cloth/box/a.jpg":     "box/a.jpg",
		"delete box/b.jpg: no (AccessDenied); allow s3:DeleteObject on arn:aws:s3:::cloth/box/a.jpg":     "",
		"broken: ends early": "",
	} {
		err := s3ops.Recall(text, "")
		e, ok := errors.AsType[*s3ops.Error](err)
		if err.Error() != text || ok != (key != "") || ok && (e.Key != key || e.Op != "delete" || !strings.Contains(e.Statement(), "s3:DeleteObject")) {
			t.Errorf("%q is recalled as %+v", text, err)
		}
	}
	if err := s3ops.Recall("broken-07.jpg: ends early", "a.jpg"); err.Error() != "broken-07.jpg: ends early" {
		t.Error(err)
	}
}
