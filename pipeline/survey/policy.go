package survey

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"weft/s3ops"
)

// verbs are actions in plainer words; others are named as they are.
var verbs = map[string]string{
	"s3:GetObject": "read", "s3:GetObjectVersion": "read old versions of", "s3:PutObject": "write", "s3:DeleteObject": "delete",
	"s3:DeleteObjectVersion": "delete versions of", "s3:ListBucket": "list", "s3:ListBucketVersions": "list old versions of", "s3:GetObjectTagging": "read tags of",
	"s3:PutObjectTagging": "tag", "s3:AbortMultipartUpload": "end uploads to", "s3:ListMultipartUploadParts": "see uploads to", "s3:ListBucketMultipartUploads": "see uploads to",
	"s3:*": "do everything to", "*": "do everything to", "s3:Get*": "read everything of", "s3:Put*": "write everything of", "s3:List*": "list everything of", "s3:GetBucketLocation": "ask the region of",
	"s3:PutBucketPolicy": "change the policy of", "s3:GetBucketPolicy": "read the policy of", "s3:PutObjectAcl": "change the ACLs of",
}

// policyInWords says who may do what. shut tells that what is open to everybody
// does not count, by the public access block.
func policyInWords(is s3ops.Setting[s3ops.Policy], bucket string, shut bool) (says, risk []string) {
	if is.State != s3ops.Present {
		return []string{"none: only who has rights by IAM reaches the bucket"}, nil
	}
	for _, s := range is.Value.Statements {
		line := statementInWords(s, bucket)
		open := s.Effect == "Allow" && s.Principal.Public() && len(s.Condition) == 0
		if open && shut {
			line += " (not in force: the public access block shuts it)"
		}
		if open && !shut {
			risk = append(risk, line)
		}
		says = append(says, line)
	}
	return says, risk
}

// statementInWords is "anyone on the internet can read generated/".
func statementInWords(s s3ops.Statement, bucket string) string {
	what := deedsInWords(s.Action)
	if len(s.Action) == 0 {
		what = "do all but " + strings.TrimSuffix(deedsInWords(s.NotAction), " of")
	}
	where := placesInWords(s.Resource, bucket)
	if len(s.Resource) == 0 {
		where = "all but " + placesInWords(s.NotResource, bucket)
	}
	who := principalInWords(s.Principal)
	if s.Principal == nil {
		who = "anyone but " + principalInWords(s.NotPrincipal)
	}
	can := " can "
	if s.Effect == "Deny" {
		can = " cannot "
	}
	line := who + can + what + " " + where
	if c := conditionInWords(s.Condition); c != "" {
		line += ", " + c
	}
	return line
}

func deedsInWords(actions []string) string {
	var all []string
	for _, a := range actions {
		all = append(all, cmp.Or(verbs[a], strings.TrimPrefix(a, "s3:")+" on"))
	}
	slices.Sort(all)
	return and(slices.Compact(all))
}

// placesInWords are resources as people say them: "generated/" and "the bucket".
func placesInWords(resources []string, bucket string) string {
	var all []string
	whole := false
	for _, r := range resources {
		name, key, inside := strings.Cut(r[strings.LastIndex(r, ":")+1:], "/")
		switch {
		case r == "*" || name == bucket && inside && key == "*":
			all, whole = append(all, "all objects"), true
		case name == bucket && !inside:
			all = append(all, "the bucket")
		case name == bucket && strings.HasSuffix(key, "/*"):
			all = append(all, strings.TrimSuffix(key, "*"))
		case name == bucket:
			all = append(all, key)
		default:
			all = append(all, r)
		}
	}
	if whole {
		all = slices.DeleteFunc(all, func(s string) bool { return s == "the bucket" })
	}
	slices.Sort(all)
	return and(slices.Compact(all))
}

var person = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(root|user|role|assumed-role)/?(.*)$`)

func principalInWords(p *s3ops.Principal) string {
	if p.Public() {
		return "anyone on the internet"
	}
	if p == nil {
		return "nobody"
	}
	var all []string
	for _, kind := range slices.Sorted(maps.Keys(p.By)) {
		for _, who := range p.By[kind] {
			m := person.FindStringSubmatch(who)
			switch {
			case m != nil && m[2] == "root":
				all = append(all, "account "+m[1])
			case m != nil:
				all = append(all, m[2]+" "+m[3]+" of account "+m[1])
			case kind == "AWS" && len(who) == 12:
				all = append(all, "account "+who)
			case kind == "AWS":
				all = append(all, who)
			case kind == "Service":
				all = append(all, "the service "+who)
			default:
				all = append(all, who+" ("+kind+")")
			}
		}
	}
	return and(all)
}

// conditionInWords is "only from 10.0.0.0/8", as far as it is one that is often
// met; others stand as they are.
func conditionInWords(c map[string]map[string]s3ops.Words) string {
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(c)) {
		for _, key := range slices.Sorted(maps.Keys(c[operator])) {
			values := and(c[operator][key])
			switch op, k := strings.TrimSuffix(operator, "IfExists"), strings.ToLower(key); {
			case op == "Bool" && k == "aws:securetransport" && values == "false":
				all = append(all, "if it is asked without TLS")
			case op == "Bool" && k == "aws:securetransport":
				all = append(all, "if it is asked by TLS")
			case op == "IpAddress" && k == "aws:sourceip":
				all = append(all, "from "+values)
			case op == "NotIpAddress" && k == "aws:sourceip":
				all = append(all, "unless from "+values)
			case k == "s3:prefix" && strings.HasPrefix(op, "String"):
				all = append(all, "only names that begin as "+values)
			default:
				all = append(all, "if "+key+" "+operator+" "+values)
			}
		}
	}
	return strings.Join(all, ", ")
}
