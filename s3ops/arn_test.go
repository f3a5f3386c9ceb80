package s3ops_test

import (
	"errors"
	"strings"
	"testing"

	"weft/s3ops"
)

// What is refused is named as the policies of its part of AWS name it, and an error
// read back from its text gives the same statement; at another store, whatever it
// calls its regions, ARNs are those of "aws".
func TestStatementsNameThePartition(t *testing.T) {
	for _, x := range []struct{ region, endpoint, want string }{
		{"eu-west-1", "", "arn:aws:s3:::cloth/a/b.jpg"},
		{"cn-north-1", "", "arn:aws-cn:s3:::cloth/a/b.jpg"},
		{"us-gov-west-1", "", "arn:aws-us-gov:s3:::cloth/a/b.jpg"},
		{"eusc-de-east-1", "", "arn:aws-eusc:s3:::cloth/a/b.jpg"},
		{"cn-north-1", "https://store.test", "arn:aws:s3:::cloth/a/b.jpg"},
	} {
		c := fakeConfig()
		c.Region, c.Endpoint = x.region, x.endpoint
		err := deeds["put"](opened(t, c, said(403, "AccessDenied", "Access Denied")))
		e, ok := errors.AsType[*s3ops.Error](err)
		if !ok || !strings.Contains(e.Statement(), `"`+x.want+`"`) {
			t.Errorf("%s: %v\n%s", x.region, err, statementOf(t, err))
			continue
		}
		again, ok := errors.AsType[*s3ops.Error](s3ops.Recall(err.Error(), "a/b.jpg"))
		if !ok || again.Bucket != "cloth" || again.Statement() != e.Statement() {
			t.Errorf("%s, read back: %+v", x.region, again)
		}
	}
}

// A policy that names an account means the same as one with the account's root
// user, as which each part of AWS writes it back.
func TestAccountIsItsRootUser(t *testing.T) {
	policy := func(who string) s3ops.Setting[s3ops.Policy] {
		return s3ops.With(s3ops.Policy{Statements: []s3ops.Statement{{Effect: "Allow", Principal: &s3ops.Principal{By: map[string]s3ops.Words{"AWS": {who}}}}}})
	}
	for _, p := range s3ops.Partitions() {
		if !s3ops.PolicyAspect.Same(policy("123456789012"), policy("arn:"+p+":iam::123456789012:root")) {
			t.Errorf("in %s it is another", p)
		}
	}
	if s3ops.PolicyAspect.Same(policy("123456789012"), policy("arn:aws:iam::123456789012:user/ada")) {
		t.Error("a user is taken for the account")
	}
}
