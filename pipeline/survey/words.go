package survey

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"weft/s3ops"
)

func versionsInWords(is s3ops.Setting[s3ops.Versioning]) (says, risk []string) {
	switch {
	case is.State != s3ops.Present || is.Value == s3ops.VersionsOff:
		return []string{"not kept: what is deleted or overwritten is gone for good"}, []string{"what is deleted is gone for good"}
	case is.Value == s3ops.VersionsSuspended:
		return []string{"suspended: old versions stay, new ones are not kept"}, []string{"what is deleted now is gone for good"}
	}
	return []string{"kept: what is deleted or overwritten can be brought back"}, nil
}

func encryptionInWords(is s3ops.Setting[s3ops.Encryption]) (says, risk []string) {
	e := is.Value
	switch {
	case is.State != s3ops.Present:
		return []string{"no default: objects are stored as they are sent (Amazon S3 encrypts all the same)"}, nil
	case e.Algorithm == "AES256":
		says = []string{"with the store's own keys (AES256)"}
	case e.Key == "":
		says = []string{"with a key of KMS, the account's own for S3 (" + e.Algorithm + ")"}
	default:
		says = []string{"with the key " + e.Key + " of KMS (" + e.Algorithm + "): who reads needs kms:Decrypt too"}
	}
	if strings.HasPrefix(e.Algorithm, "aws:kms") && !e.BucketKey {
		says = append(says, "without a bucket key: each object costs a request to KMS")
	}
	return says, nil
}

func publicInWords(is s3ops.Setting[s3ops.PublicAccess]) (says, risk []string) {
	p := is.Value
	if is.State != s3ops.Present {
		return []string{"not blocked: a policy or an ACL can open the bucket to everybody"}, nil
	}
	if p == s3ops.NoPublicAccess {
		return []string{"blocked: nothing can be made public"}, nil
	}
	for _, x := range []struct {
		on   bool
		says string
	}{
		{p.BlockPolicies, "a policy can open the bucket to everybody"}, {p.RestrictAccess, "a policy that opens it is in force"},
		{p.BlockACLs, "ACLs can open objects to everybody"}, {p.IgnoreACLs, "ACLs that open objects are in force"},
	} {
		if !x.on {
			says = append(says, x.says)
		}
	}
	return []string{"partly blocked: " + and(says)}, nil
}

func ownershipInWords(is s3ops.Setting[s3ops.Ownership]) (says, risk []string) {
	switch {
	case is.State != s3ops.Present:
		return []string{"no rule: objects belong to who writes them"}, nil
	case is.Value == s3ops.OwnedByBucket:
		return []string{"all objects belong to the bucket's owner, and ACLs do not count"}, nil
	case is.Value == s3ops.OwnerPreferred:
		return []string{"objects belong to the bucket's owner where their writer agrees; ACLs count"}, nil
	}
	return []string{"objects belong to who writes them; ACLs count"}, nil
}

func lockInWords(is s3ops.Setting[s3ops.ObjectLock]) (says, risk []string) {
	l := is.Value
	kept := several(int(l.Days), "day")
	if l.Years > 0 {
		kept = several(int(l.Years), "year")
	}
	switch {
	case is.State != s3ops.Present:
		return []string{"none: versions can be deleted for good"}, nil
	case l.Mode == "":
		return []string{"on: of single versions it may be said that they are kept, and for how long"}, nil
	case l.Mode == "COMPLIANCE":
		return []string{"what is written is kept for " + kept + ": nobody can delete it for good before, the account's root user neither"}, nil
	}
	return []string{"what is written is kept for " + kept + ": only who has s3:BypassGovernanceRetention can delete it for good before"}, nil
}

func corsInWords(is s3ops.Setting[s3ops.CORS]) (says, risk []string) {
	if is.State != s3ops.Present {
		return []string{"none: no web page can reach the bucket from a browser"}, nil
	}
	for _, r := range is.Value.Rules {
		who := "pages of " + and(r.Origins)
		if slices.Contains(r.Origins, "*") {
			who = "pages of any site"
		}
		line := who + " can send " + and(r.Methods) + " from a browser"
		if len(r.Expose) > 0 {
			line += " and see " + and(r.Expose)
		}
		if r.MaxAge > 0 {
			line += ", remembered for " + span(time.Duration(r.MaxAge)*time.Second)
		}
		says = append(says, line)
		if writes := slices.ContainsFunc(r.Methods, func(m string) bool { return m != "GET" && m != "HEAD" }); writes && slices.Contains(r.Origins, "*") {
			risk = append(risk, "pages of any site can send "+and(r.Methods)+" with a link or keys that they have")
		}
	}
	return says, risk
}

func lifecycleInWords(is s3ops.Setting[s3ops.Lifecycle]) (says, risk []string) {
	if is.State != s3ops.Present {
		return []string{"none: objects stay as they are, and what unfinished uploads hold stays for ever"}, nil
	}
	aborts := false
	for _, r := range is.Value.Rules {
		where := "all objects"
		if p := r.Below(); p != "" {
			where = p
		}
		line := where + narrowed(r.Filter) + ": " + and(movesInWords(r))
		if !r.On() {
			line += " (switched off)"
		} else if r.Expire != nil && !r.Expire.Markers {
			risk = append(risk, line)
		}
		aborts = aborts || r.On() && r.Abort != nil
		says = append(says, line)
	}
	if !aborts {
		says = append(says, "no rule ends unfinished uploads: what they hold stays for ever")
	}
	return says, risk
}

// narrowed says what else than a prefix a rule asks for.
func narrowed(f *s3ops.LifecycleFilter) string {
	if f == nil {
		return ""
	}
	tags, larger, smaller := []s3ops.LifecycleTag{}, f.Larger, f.Smaller
	if f.Tag != nil {
		tags = append(tags, *f.Tag)
	}
	if f.And != nil {
		tags, larger, smaller = append(tags, f.And.Tags...), f.And.Larger, f.And.Smaller
	}
	out := ""
	for _, t := range tags {
		out += " tagged " + t.Key + "=" + t.Value
	}
	if larger != nil {
		out += " above " + humanize.Bytes(uint64(max(0, *larger)))
	}
	if smaller != nil {
		out += " below " + humanize.Bytes(uint64(max(0, *smaller)))
	}
	return out
}

// movesInWords are what a rule does, in the order in which it happens.
func movesInWords(r s3ops.LifecycleRule) (all []string) {
	for _, m := range r.Move {
		all = append(all, "moved to "+m.Class+" "+when(m.Days, m.Date))
	}
	if e := r.Expire; e != nil {
		if e.Markers {
			all = append(all, "delete markers that hide nothing go")
		} else {
			all = append(all, "deleted "+when(&e.Days, e.Date))
		}
	}
	for _, m := range r.MoveVersions {
		all = append(all, fmt.Sprintf("old versions moved to %s after %s", m.Class, several(int(m.Days), "day")))
	}
	if v := r.ExpireVersions; v != nil {
		line := "old versions removed for good after " + several(int(v.Days), "day")
		if v.Keep > 0 {
			line += fmt.Sprintf(", but for the last %d", v.Keep)
		}
		all = append(all, line)
	}
	if r.Abort != nil {
		all = append(all, "unfinished uploads ended after "+several(int(r.Abort.Days), "day"))
	}
	if len(all) == 0 {
		all = []string{"nothing is done"}
	}
	return all
}

func when(days *int32, date *time.Time) string {
	switch {
	case date != nil:
		return "on " + date.Format("2 Jan 2006")
	case days == nil || *days == 0:
		return "at once"
	}
	return "after " + several(int(*days), "day")
}

func span(d time.Duration) string {
	switch {
	case d >= 2*time.Hour:
		return several(int(d/time.Hour), "hour")
	case d >= 2*time.Minute:
		return several(int(d/time.Minute), "minute")
	}
	return several(int(d/time.Second), "second")
}
