package s3ops

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Policy is a bucket's policy, or one of IAM: who may do what. All that the
// language of policies knows is in it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type Policy struct {
	Version    string      `json:"Version,omitempty"`
	ID         string      `json:"Id,omitempty"`
	Statements []Statement `json:"Statement"`
}

// PolicyVersion is the version of the language in which variables and ${*} count.
const PolicyVersion = "2012-10-17"

// Statement is one entry of a policy. Only a bucket's policy has a Principal.
type Statement struct {
	Sid          string                      `json:"Sid,omitempty"`
	Effect       string                      `json:"Effect"` // Allow or Deny
	Principal    *Principal                  `json:"Principal,omitempty"`
	NotPrincipal *Principal                  `json:"NotPrincipal,omitempty"`
	Action       Words                       `json:"Action,omitempty"`
	NotAction    Words                       `json:"NotAction,omitempty"`
	Resource     Words                       `json:"Resource,omitempty"`
	NotResource  Words                       `json:"NotResource,omitempty"`
	Condition    map[string]map[string]Words `json:"Condition,omitempty"` // operator, key, values
}

// Words are one text or several; JSON has a list only for several.
type Words []string

// MarshalJSON writes one text alone.
func (w Words) MarshalJSON() ([]byte, error) {
	var v any = []string(w)
	if len(w) == 1 {
		v = w[0]
	}
	var out bytes.Buffer
	to := json.NewEncoder(&out)
	to.SetEscapeHTML(false) // a key may hold & and <
	err := to.Encode(v)
	return bytes.TrimSpace(out.Bytes()), err
}

// UnmarshalJSON reads one or several; numbers and truths, which conditions may
// have, become texts, which mean the same.
func (w *Words) UnmarshalJSON(text []byte) error {
	var several []json.RawMessage
	if json.Unmarshal(text, &several) != nil {
		several = []json.RawMessage{text}
	}
	*w = Words{}
	for _, one := range several {
		var s string
		if json.Unmarshal(one, &s) != nil {
			s = string(bytes.TrimSpace(one))
			if strings.ContainsAny(s, "{[") || s == "null" {
				return fmt.Errorf("%.40s is no text", s)
			}
		}
		*w = append(*w, s)
	}
	return nil
}

// Principal says who is meant: everybody, or by kind ("AWS", "Service",
// "Federated", "CanonicalUser").
type Principal struct {
	Everyone bool // "*" alone
	By       map[string]Words
}

// MarshalJSON writes "*" or the kinds.
func (p Principal) MarshalJSON() ([]byte, error) {
	if p.Everyone {
		return []byte(`"*"`), nil
	}
	return json.Marshal(p.By)
}

// UnmarshalJSON reads "*" or the kinds.
func (p *Principal) UnmarshalJSON(text []byte) error {
	*p = Principal{}
	var s string
	if json.Unmarshal(text, &s) == nil {
		if s != "*" {
			return fmt.Errorf("the Principal %q is neither \"*\" nor {\"AWS\": …}", s)
		}
		p.Everyone = true
		return nil
	}
	return json.Unmarshal(text, &p.By)
}

// Public tells whether everybody is among those meant.
func (p *Principal) Public() bool {
	return p != nil && (p.Everyone || slices.Contains(p.By["AWS"], "*"))
}

// ParsePolicy reads and checks a policy of a bucket.
func ParsePolicy(text []byte) (Policy, error) {
	p, err := readPolicy(text)
	if err != nil {
		return Policy{}, err
	}
	return p, p.Check()
}

func readPolicy(text []byte) (Policy, error) {
	var p struct { // one statement may stand without a list
		Version   string          `json:"Version"`
		ID        string          `json:"Id"`
		Statement json.RawMessage `json:"Statement"`
	}
	if err := decode(text, &p); err != nil {
		return Policy{}, err
	}
	out := Policy{Version: p.Version, ID: p.ID}
	s := p.Statement
	if len(s) == 0 {
		return out, nil
	}
	above := bytes.Count(text[:max(0, bytes.Index(text, s))], []byte("\n")) // so that an error names the document's line
	if s[0] == '{' {
		s = slices.Concat([]byte("["), s, []byte("]"))
	}
	err := decode(slices.Concat(bytes.Repeat([]byte("\n"), above), s), &out.Statements)
	return out, err
}

// String is the policy as JSON.
func (p Policy) String() string { return inLines(p) }

// Check says what S3 would refuse of a bucket's policy; it looks at no names, as
// only the store knows them.
func (p Policy) Check() error {
	var all []error
	if p.Version != "" && p.Version != PolicyVersion && p.Version != "2008-10-17" {
		all = append(all, fmt.Errorf("the Version %q is not %s", brief(p.Version), PolicyVersion))
	}
	if len(p.Statements) == 0 {
		all = append(all, errors.New("the policy has no statement"))
	}
	seen := map[string]bool{}
	for i, s := range p.Statements {
		bad := func(why string) { all = append(all, fmt.Errorf("statement %d: %s", i+1, why)) }
		if s.Effect != "Allow" && s.Effect != "Deny" {
			bad("Effect must be Allow or Deny")
		}
		if (s.Principal == nil) == (s.NotPrincipal == nil) {
			bad("a bucket's policy needs a Principal in each statement")
		}
		if (len(s.Action) == 0) == (len(s.NotAction) == 0) {
			bad("it needs an Action")
		}
		if (len(s.Resource) == 0) == (len(s.NotResource) == 0) {
			bad("it needs a Resource")
		}
		if s.Sid != "" && seen[s.Sid] {
			bad(fmt.Sprintf("another statement has the Sid %q", brief(s.Sid)))
		}
		seen[s.Sid] = true
	}
	return errors.Join(all...)
}

// PolicyAspect is the bucket's policy.
var PolicyAspect = Aspect[Policy]{
	name: "the policy", none: []string{"NoSuchBucketPolicy"}, check: Policy.Check, plain: plainPolicy,
	get: func(ctx context.Context, b *Bucket, a attempt) (Setting[Policy], error) {
		out, err := call(ctx, b, a, b.s3.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: &b.name})
		if err != nil || aws.ToString(out.Policy) == "" {
			return Setting[Policy]{}, err
		}
		p, err := readPolicy([]byte(*out.Policy))
		if err != nil {
			return Setting[Policy]{}, &Error{Op: a.op, Bucket: b.name, Kind: ErrCorrupt, Why: "the store's policy cannot be read: " + brief(err.Error()), Err: err}
		}
		return With(p), nil
	},
	put: func(ctx context.Context, b *Bucket, a attempt, p Policy) error {
		text, err := json.Marshal(p)
		if err != nil {
			return b.fail(a, err)
		}
		_, err = call(ctx, b, a, b.s3.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: &b.name, Policy: aws.String(string(text))})
		return err
	},
	drop: func(ctx context.Context, b *Bucket, a attempt) error {
		_, err := call(ctx, b, a, b.s3.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: &b.name})
		return err
	},
}

// Policy reads the bucket's policy.
func (b *Bucket) Policy(ctx context.Context) (Setting[Policy], error) {
	return PolicyAspect.Read(ctx, b)
}

// SetPolicy changes the bucket's policy from the one shown; Unset takes it away.
func (b *Bucket) SetPolicy(ctx context.Context, shown, to Setting[Policy]) (Setting[Policy], error) {
	return PolicyAspect.Change(ctx, b, shown, to)
}

// account is how an account is named in any partition, as its root user; 1: its number.
var account = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):root$`)

// plainPolicy is one form of policies that mean the same: lists have no order, and
// an account's root user, as which S3 writes it back, is its number.
func plainPolicy(p Policy) Policy {
	all := slices.Clone(p.Statements)
	for i := range all {
		s := &all[i]
		s.Action, s.NotAction, s.Resource, s.NotResource = sorted(s.Action), sorted(s.NotAction), sorted(s.Resource), sorted(s.NotResource)
		s.Principal, s.NotPrincipal = plainPrincipal(s.Principal), plainPrincipal(s.NotPrincipal)
		condition := map[string]map[string]Words{}
		for operator, keys := range s.Condition {
			condition[operator] = map[string]Words{}
			for key, values := range keys {
				condition[operator][key] = sorted(values)
			}
		}
		s.Condition = condition
	}
	p.Statements = all
	return p
}

func plainPrincipal(p *Principal) *Principal {
	if p == nil || p.Public() {
		return p.everyone()
	}
	to := &Principal{By: map[string]Words{}}
	for kind, who := range p.By {
		who = sorted(who)
		for i, w := range who {
			if kind == "AWS" {
				who[i] = account.ReplaceAllString(w, "$1")
			}
		}
		to.By[kind] = sorted(who)
	}
	return to
}

func (p *Principal) everyone() *Principal {
	if p == nil {
		return nil
	}
	return &Principal{Everyone: true}
}
