package s3ops_test

import (
	"slices"
	"strings"
	"testing"

	"weft/s3ops"
)

// What a change opens is said; what only narrows, or leaves as it was, is not.
func TestWidening(t *testing.T) {
	policy := func(statements string) s3ops.Setting[s3ops.Policy] {
		return s3ops.With(parsed(t, s3ops.ParsePolicy, `{"Version":"2012-10-17","Statement":[`+statements+`]}`)[0])
	}
	const everybody = `{"Sid":"Open","Effect":"Allow","Principal":{"AWS":"*"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/generated/*"}`
	const deny = `{"Sid":"TLS","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	const ann = `{"Sid":"Ann","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/ann"},"Action":["s3:GetObject","s3:*"],"Resource":"arn:aws:s3:::b/*"}`
	const but = `{"Sid":"But","Effect":"Allow","NotPrincipal":{"AWS":"arn:aws:iam::123456789012:user/ann"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`
	none := s3ops.Setting[s3ops.Policy]{}
	cors := func(origin string) s3ops.Setting[s3ops.CORS] {
		return s3ops.With(s3ops.CORS{Rules: []s3ops.CORSRule{{Origins: []string{origin}, Methods: []string{"GET"}}}})
	}
	all := s3ops.With(s3ops.NoPublicAccess)
	for _, c := range []struct {
		name string
		got  []string
		want []string // a part of each
	}{
		{"everybody", s3ops.PolicyWidens(none, policy(everybody)), []string{"the statement Open lets everybody on the internet do s3:GetObject on arn:aws:s3:::b/generated/*"}},
		{"as before", s3ops.PolicyWidens(policy(everybody), policy(everybody)), nil},
		{"narrower", s3ops.PolicyWidens(policy(everybody+","+deny), policy(deny)), nil},
		{"a denial goes", s3ops.PolicyWidens(policy(everybody+","+deny), policy(everybody)), []string{"a denial goes"}},
		{"every action", s3ops.PolicyWidens(none, policy(ann)), []string{"every action"}},
		{"all but one", s3ops.PolicyWidens(none, policy(but)), []string{"everybody but a few"}},
		{"a denial of everybody", s3ops.PolicyWidens(none, policy(deny)), nil},
		{"any site", s3ops.CORSWidens(cors("https://a.example"), cors("*")), []string{"any site"}},
		{"any site as before", s3ops.CORSWidens(cors("*"), cors("*")), nil},
		{"one site", s3ops.CORSWidens(cors("*"), cors("https://a.example")), nil},
		{"block gone", s3ops.PublicAccessWidens(all, s3ops.Setting[s3ops.PublicAccess]{}), []string{"ACLs", "ACLs", "policies", "a policy"}},
		{"block part", s3ops.PublicAccessWidens(all, s3ops.With(s3ops.PublicAccess{BlockACLs: true, IgnoreACLs: true, BlockPolicies: true})), []string{"a policy"}},
		{"block on", s3ops.PublicAccessWidens(s3ops.Setting[s3ops.PublicAccess]{}, all), nil},
		{"ACLs", s3ops.OwnershipWidens(s3ops.With(s3ops.OwnedByBucket), s3ops.With(s3ops.OwnedByWriter)), []string{"ACLs count again"}},
		{"no KMS", s3ops.EncryptionWidens(s3ops.With(s3ops.Encryption{Algorithm: "aws:kms"}), s3ops.With(s3ops.Encryption{Algorithm: "AES256"})), []string{"KMS"}},
	} {
		if !slices.EqualFunc(c.got, c.want, strings.Contains) {
			t.Errorf("%s: %q\nwant %q", c.name, c.got, c.want)
		}
	}
}
