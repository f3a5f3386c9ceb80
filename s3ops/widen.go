package s3ops

import (
	"fmt"
	"slices"
	"strings"
)

// What a change opens that was closed before, in words to be shown in red before
// it is made. Each function is given how the bucket is set and what it will be.

// PolicyWidens tells of statements that let everybody in, or everything be done,
// and of denials that go.
func PolicyWidens(is, to Setting[Policy]) (all []string) {
	before, after := statementsOf(is.Value), statementsOf(to.Value)
	for i, s := range to.Value.Statements {
		if s.Effect != "Allow" || before[formOf(s)] {
			continue
		}
		name := fmt.Sprintf("statement %d", i+1)
		if s.Sid != "" {
			name = "the statement " + brief(s.Sid)
		}
		who := ""
		switch {
		case s.NotPrincipal != nil:
			who = "everybody but a few"
		case s.Principal.Public() && len(s.Condition) > 0:
			who = "everybody who meets its condition"
		case s.Principal.Public():
			who = "everybody on the internet"
		}
		if who != "" {
			all = append(all, fmt.Sprintf("%s lets %s do %s on %s", name, who, listed(s.Action, s.NotAction), listed(s.Resource, s.NotResource)))
		}
		if s.NotAction != nil || slices.Contains(s.Action, "s3:*") || slices.Contains(s.Action, "*") {
			all = append(all, name+" allows every action, also to delete the bucket and to change this policy")
		}
	}
	for _, s := range is.Value.Statements {
		if s.Effect == "Deny" && !after[formOf(s)] {
			all = append(all, fmt.Sprintf("a denial goes or changes: %s of %s on %s", brief(s.Sid), listed(s.Action, s.NotAction), listed(s.Resource, s.NotResource)))
		}
	}
	return all
}

// formOf is a text that is the same for all statements that mean the same.
func formOf(s Statement) string { return PolicyAspect.form(Policy{Statements: []Statement{s}}) }

// statementsOf are the statements of a policy, by what they mean.
func statementsOf(p Policy) map[string]bool {
	all := map[string]bool{}
	for _, s := range p.Statements {
		all[formOf(s)] = true
	}
	return all
}

// listed is one list, or all but the other.
func listed(list, not Words) string {
	if len(list) == 0 {
		return "all but " + brief(strings.Join(not, ", "))
	}
	return brief(strings.Join(list, ", "))
}

// CORSWidens tells of origins that come in, all of them first.
func CORSWidens(is, to Setting[CORS]) (all []string) {
	had := map[string]bool{}
	for _, r := range is.Value.Rules {
		for _, o := range r.Origins {
			for _, m := range r.Methods {
				had[o+" "+m] = true
			}
		}
	}
	for _, r := range to.Value.Rules {
		for _, o := range r.Origins {
			if strings.Contains(o, "*") && slices.ContainsFunc(r.Methods, func(m string) bool { return !had[o+" "+m] }) {
				who := "pages of any site"
				if o != "*" {
					who = "pages of every site that fits " + brief(o)
				}
				all = append(all, fmt.Sprintf("%s may send %s from a browser", who, strings.Join(r.Methods, ", ")))
			}
		}
	}
	return all
}

// PublicAccessWidens tells which parts of the public access block go.
func PublicAccessWidens(is, to Setting[PublicAccess]) (all []string) {
	for _, part := range []struct {
		name string
		of   func(PublicAccess) bool
	}{
		{"ACLs that open the bucket to everybody are taken again", func(p PublicAccess) bool { return p.BlockACLs }},
		{"ACLs that open the bucket to everybody count again", func(p PublicAccess) bool { return p.IgnoreACLs }},
		{"policies that open the bucket to everybody are taken again", func(p PublicAccess) bool { return p.BlockPolicies }},
		{"a policy that opens the bucket to everybody counts again", func(p PublicAccess) bool { return p.RestrictAccess }},
	} {
		if part.of(is.Value) && !part.of(to.Value) {
			all = append(all, part.name)
		}
	}
	return all
}

// OwnershipWidens tells whether ACLs come to count.
func OwnershipWidens(is, to Setting[Ownership]) []string {
	if is.Value == OwnedByBucket && to.Value != OwnedByBucket {
		return []string{"ACLs count again: whoever writes an object may open it to others"}
	}
	return nil
}

// EncryptionWidens tells whether objects come to be encrypted with the store's own
// keys, which whoever may read the object may use.
func EncryptionWidens(is, to Setting[Encryption]) []string {
	if strings.HasPrefix(is.Value.Algorithm, "aws:kms") && !strings.HasPrefix(to.Value.Algorithm, "aws:kms") {
		return []string{"new objects are no longer encrypted with a KMS key: whoever may read them needs no right to a key"}
	}
	return nil
}
