package survey

import (
	"fmt"
	"slices"
	"strings"

	"weft/s3ops"
)

// policyProblems are what S3 would refuse of the policy of the bucket with that
// ARN, or what will not do what its writer thinks.
func policyProblems(p s3ops.Policy, arn string) (all []Problem) {
	bad := func(doubt bool, format string, args ...any) {
		all = append(all, Problem{Says: fmt.Sprintf(format, args...), Doubt: doubt})
	}
	for i, s := range p.Statements {
		for _, a := range slices.Concat(s.Action, s.NotAction) {
			if says, certain := actionProblem(a); says != "" {
				bad(!certain, "%s", strings.Replace(says, a, fmt.Sprintf("%q", a), 1))
			}
		}
		objects, whole := false, false
		for _, r := range slices.Concat(s.Resource, s.NotResource) {
			whose, key, inside := strings.Cut(r, "/")
			switch {
			case r == "*":
				objects, whole = true, true
			case !strings.HasPrefix(r, "arn:"):
				bad(false, "the resource %q is no ARN: it begins with %s", r, arn)
			case !matches(whose, arn):
				bad(false, "the resource %q is outside this bucket: its policy may name only %s and what is in it", r, arn)
			case inside && strings.HasPrefix(key, "/"):
				bad(true, "the resource %q begins with a second slash: no key of weft does", r)
			case inside && strings.HasSuffix(key, "/"):
				bad(true, "the resource %q is only the folder's marker: %q is all that is in it", r, r+"*")
			}
			objects, whole = objects || inside, whole || !inside
		}
		for _, a := range s.Action {
			on, sure := onObjects(a)
			switch {
			case sure && on && !objects && len(s.Resource) > 0:
				bad(false, "statement %d: %q is done to objects, and its Resource names none: end it with /*", i+1, a)
			case sure && !on && !whole && len(s.Resource) > 0:
				bad(false, "statement %d: %q is done to the bucket, and its Resource names only objects: add %s", i+1, a, arn)
			}
		}
	}
	return all
}

func corsProblems(c s3ops.CORS) (all []Problem) {
	for _, r := range c.Rules {
		for _, o := range r.Origins {
			switch {
			case o == "*":
			case !strings.Contains(o, "://"):
				all = append(all, Problem{Says: fmt.Sprintf("the origin %q has no scheme: browsers send https://…", o), Doubt: true})
			case strings.HasSuffix(o, "/") || strings.Count(o, "/") > 2:
				all = append(all, Problem{Says: fmt.Sprintf("the origin %q has a path: browsers send only scheme, host and port, so it never fits", o), Doubt: true})
			}
		}
	}
	return all
}

func lifecycleProblems(l s3ops.Lifecycle) (all []Problem) {
	for _, r := range l.Rules {
		p := r.Below()
		switch {
		case strings.HasPrefix(p, "/"):
			all = append(all, Problem{Says: fmt.Sprintf("the prefix %q begins with a slash: no key does, so the rule is for nothing", p), Doubt: true})
		case strings.HasPrefix(p, "s3://") || strings.HasPrefix(p, "arn:"):
			all = append(all, Problem{Says: fmt.Sprintf("the prefix %q is no prefix of keys, which have no bucket before them", p)})
		case strings.ContainsAny(p, "*?"):
			all = append(all, Problem{Says: fmt.Sprintf("in the prefix %q * is only a character: a prefix ends by itself", p), Doubt: true})
		}
	}
	return all
}

// lifecycleWidens says what new rules delete: that is what nobody can take back.
func lifecycleWidens(is, to s3ops.Setting[s3ops.Lifecycle]) (all []string) {
	_, before := lifecycleInWords(is)
	_, after := lifecycleInWords(to)
	for _, line := range after {
		if !slices.Contains(before, line) {
			all = append(all, line)
		}
	}
	return all
}

func examplePolicy(arn string) string {
	return s3ops.Policy{Version: s3ops.PolicyVersion, Statements: []s3ops.Statement{{Sid: "OnlyByTLS", Effect: "Deny", Principal: &s3ops.Principal{Everyone: true},
		Action: s3ops.Words{"s3:*"}, Resource: s3ops.Words{arn, arn + "/*"},
		Condition: map[string]map[string]s3ops.Words{"Bool": {"aws:SecureTransport": {"false"}}}}}}.String()
}

var exampleCORS = s3ops.CORS{Rules: []s3ops.CORSRule{{Origins: []string{"https://example.com"}, Methods: []string{"GET", "HEAD"},
	Headers: []string{"*"}, Expose: []string{"ETag"}, MaxAge: 3600}}}.String()

var exampleLifecycle = s3ops.Lifecycle{Rules: []s3ops.LifecycleRule{{ID: "end-unfinished-uploads", Status: "Enabled",
	Filter: &s3ops.LifecycleFilter{Prefix: new(string)}, Abort: &s3ops.LifecycleAborted{Days: 7}}}}.String()
