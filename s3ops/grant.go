package s3ops

import "strings"

// Grant is one action that a policy would have to allow.
type Grant struct {
	Action   string // "s3:ListBucket"; two for a key of KMS: "kms:GenerateDataKey and kms:Decrypt"
	Resource string // ARN or "*"; "" where the store does not tell which key of KMS it is
	Prefix   string // of a listing: what the names that were asked for begin with

	listing bool
	below   bool // everything below Resource, which is a folder
}

// text is "s3:ListBucket on arn:aws:s3:::bucket with the prefix "archive/"".
func (g Grant) text() string {
	switch {
	case g.Resource == "":
		return g.Action + " on the key"
	case g.listing:
		return g.Action + " on " + printable(g.Resource) + " with the prefix \"" + printable(g.Prefix) + "\""
	case g.below:
		return g.Action + " on " + printable(g.Resource) + "*"
	case !ofS3(g.Resource): // it is in the store's own words
		return g.Action + " on " + brief(g.Resource)
	}
	return g.Action + " on " + printable(g.Resource)
}

// literal keeps what is a wildcard or a variable to IAM, but only a character to
// S3, from being more than that character.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars
var literal = strings.NewReplacer("*", "${*}", "?", "${?}", "$", "${$}")

// Literal is a key or prefix as it stands in a policy: there * and ? are wildcards
// and ${ begins a variable, here they are only characters.
func Literal(key string) string { return literal.Replace(key) }

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
		s := Statement{Effect: "Allow", Action: strings.Split(g.Action, " and "), Resource: Words{g.Resource}}
		if arn, key, ok := strings.Cut(g.Resource, "/"); ok && ofS3(arn) {
			s.Resource = Words{arn + "/" + Literal(key)}
		}
		if g.below {
			s.Resource[0] += "*"
		}
		if g.listing && g.Prefix != "" {
			s.Condition = BelowPrefixes(g.Prefix)
		}
		all = append(all, strings.TrimSpace(inLines(s)))
	}
	return strings.Join(all, ",\n")
}

// BelowPrefixes is the condition of a listing below one of several prefixes.
func BelowPrefixes(prefixes ...string) map[string]map[string]Words {
	var all Words
	for _, p := range prefixes {
		all = append(all, Literal(p)+"*")
	}
	return map[string]map[string]Words{"StringLike": {"s3:prefix": all}}
}
