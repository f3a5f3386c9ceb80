package s3ops

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Grant is one action that a policy would have to allow.
type Grant struct {
	Action   string // "s3:ListBucket"; two for a key of KMS: "kms:GenerateDataKey and kms:Decrypt"
	Resource string // ARN or "*"; "" where the store does not tell which key of KMS it is
	Prefix   string // of a listing: what the names that were asked for begin with

	listing bool
}

// text is "s3:ListBucket on arn:aws:s3:::bucket with the prefix "archive/"".
func (g Grant) text() string {
	switch {
	case g.Resource == "":
		return g.Action + " on the key"
	case g.listing:
		return g.Action + " on " + printable(g.Resource) + " with the prefix \"" + printable(g.Prefix) + "\""
	case !strings.HasPrefix(g.Resource, "arn:aws:s3:::"): // it is in the store's own words
		return g.Action + " on " + brief(g.Resource)
	}
	return g.Action + " on " + printable(g.Resource)
}

// literal keeps what is a wildcard or a variable to IAM, but only a character to
// S3, from being more than that character.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
var literal = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")

// statement is one entry of a policy's Statement. Only the fields it needs are there.
type statement struct {
	Effect    string
	Action    any // one or several
	Resource  string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// Statement is the entry of an IAM policy, as JSON, that allows what the store
// refused; of several they stand one after another with commas between, as they
// do in a policy. It is "" where no statement helps or it is not known which does:
// a Deny is not lifted by an Allow, and not every store names its key of KMS.
func (e *Error) Statement() string {
	var all []string
	for _, g := range e.Grants {
		if g.Resource == "" || !strings.Contains(g.Action, ":") {
			return ""
		}
		s := statement{Effect: "Allow", Action: g.Action, Resource: g.Resource}
		if actions := strings.Split(g.Action, " and "); len(actions) > 1 {
			s.Action = actions
		}
		if arn, key, ok := strings.Cut(g.Resource, "/"); ok && strings.HasPrefix(arn, "arn:aws:s3:::") {
			s.Resource = arn + "/" + literal.Replace(key)
		}
		if g.listing && g.Prefix != "" {
			s.Condition = map[string]map[string][]string{"StringLike": {"s3:prefix": {literal.Replace(g.Prefix) + "*"}}}
		}
		var out bytes.Buffer
		to := json.NewEncoder(&out)
		to.SetEscapeHTML(false) // a key may hold & and <
		to.SetIndent("", "  ")
		if to.Encode(s) != nil {
			return "" // strings always can be encoded
		}
		all = append(all, strings.TrimSpace(out.String()))
	}
	return strings.Join(all, ",\n")
}
