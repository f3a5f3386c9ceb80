// Package setup sets a bucket up for weft: it knows how the bucket should be, finds
// what differs, and changes that and nothing else. It asks no person and draws no
// screen: a plan is shown by its caller before it is carried out.
package setup

import (
	"slices"
	"strings"

	"weft/config"
	"weft/pipeline/access"
	"weft/s3ops"
)

// Wish is how a bucket should be.
type Wish struct {
	config.Setup
	Folders config.Folders
	Policy  []access.Entry // statements for the bucket's policy; none: it stays as it is
}

// The names of weft's own rules, by which they are known among others.
const (
	ruleAbort  = "weft-abort-uploads"
	ruleExpire = "weft-expire-versions"
	ruleCool   = "weft-cool-uploads"
	ruleCORS   = "weft"
	ruleMark   = "weft-"
)

// CORS is the rule that lets pages of the origins read the bucket and upload by
// presigned links. Without origins there is none.
func (w Wish) CORS() s3ops.CORS {
	if len(w.Origins) == 0 {
		return s3ops.CORS{}
	}
	return s3ops.CORS{Rules: []s3ops.CORSRule{{ID: ruleCORS, Origins: w.Origins, Methods: []string{"GET", "HEAD", "PUT"},
		Headers: []string{"content-md5", "content-type", "range"}, Expose: []string{"ETag"}, MaxAge: 3600}}}
}

// Lifecycle is weft's rules; perhaps none.
func (w Wish) Lifecycle() s3ops.Lifecycle {
	var l s3ops.Lifecycle
	add := func(r s3ops.LifecycleRule) {
		r.Status = "Enabled"
		l.Rules = append(l.Rules, r)
	}
	all := &s3ops.LifecycleFilter{Prefix: new(string)}
	if w.AbortUploads > 0 {
		add(s3ops.LifecycleRule{ID: ruleAbort, Filter: all, Abort: &s3ops.LifecycleAborted{Days: int32(w.AbortUploads)}})
	}
	if w.ExpireVersions > 0 {
		add(s3ops.LifecycleRule{ID: ruleExpire, Filter: all, ExpireVersions: &s3ops.VersionsExpiry{Days: int32(w.ExpireVersions)},
			Expire: &s3ops.LifecycleExpiry{Markers: true}})
	}
	if w.CoolUploads > 0 {
		days, below := int32(w.CoolUploads), w.Folders.Prefix(config.SearchUploads)
		add(s3ops.LifecycleRule{ID: ruleCool, Filter: &s3ops.LifecycleFilter{Prefix: &below},
			Move: []s3ops.LifecycleMove{{Days: &days, Class: "STANDARD_IA"}}})
	}
	return l
}

// Why says for what one of weft's rules is there; "" for a rule of others.
func Why(id string) string {
	return map[string]string{
		ruleCORS:   "pages of these sites may show pictures by presigned links, upload by them, and read the ETag of what they sent",
		ruleAbort:  "an upload in parts that nobody finished is ended: its parts cost what they weigh, and no listing shows them",
		ruleExpire: "what was replaced or deleted is kept so long that a mistake can be undone, then deleted for good; so are delete markers under which nothing is left",
		ruleCool:   "original uploads that were processed are seldom read: they move to a class that costs about half to keep and something to read",
	}[id]
}

// withCORS is what is there with weft's rule in its place, others as they are.
func (w Wish) withCORS(is s3ops.Setting[s3ops.CORS]) s3ops.Setting[s3ops.CORS] {
	mine := w.CORS().Rules
	if len(mine) == 0 {
		return is
	}
	rules := merged(is.Value.Rules, mine, func(r s3ops.CORSRule) string { return r.ID }, func(id string) bool { return id == ruleCORS })
	return s3ops.With(s3ops.CORS{Rules: rules})
}

// withLifecycle is what is there with weft's rules in their places. Those that are
// not wanted any more go.
func (w Wish) withLifecycle(is s3ops.Setting[s3ops.Lifecycle]) s3ops.Setting[s3ops.Lifecycle] {
	to := s3ops.Lifecycle{Smallest: is.Value.Smallest}
	to.Rules = merged(is.Value.Rules, w.Lifecycle().Rules, func(r s3ops.LifecycleRule) string { return r.ID }, func(id string) bool { return strings.HasPrefix(id, ruleMark) })
	if len(to.Rules) == 0 {
		return s3ops.Setting[s3ops.Lifecycle]{}
	}
	return s3ops.With(to)
}

// withPolicy is what is there with the statements wanted in their places. Other
// statements of weft, for other roles, stay, and so do those who had the same role.
func (w Wish) withPolicy(is s3ops.Setting[s3ops.Policy]) s3ops.Setting[s3ops.Policy] {
	if len(w.Policy) == 0 {
		return is
	}
	to := is.Value
	if to.Version == "" {
		to.Version = s3ops.PolicyVersion
	}
	mine := access.Of(w.Policy).Statements
	for i, m := range mine {
		j := slices.IndexFunc(to.Statements, func(s s3ops.Statement) bool { return s.Sid == m.Sid && s.Effect == m.Effect && s.Principal != nil })
		if j < 0 || m.Principal == nil || to.Statements[j].Principal.Public() {
			continue
		}
		who := slices.Concat(to.Statements[j].Principal.By["AWS"], m.Principal.By["AWS"])
		slices.Sort(who)
		mine[i].Principal = &s3ops.Principal{By: map[string]s3ops.Words{"AWS": slices.Compact(who)}}
	}
	to.Statements = merged(to.Statements, mine, func(s s3ops.Statement) string { return s.Sid }, func(string) bool { return false })
	return s3ops.With(to)
}

// merged puts mine in the place of those of the same name, or at the end. Of the
// others those are dropped that are ours by their name.
func merged[T any](there, mine []T, name func(T) string, ours func(string) bool) []T {
	var all []T
	var placed []string
	at := func(id string) int { return slices.IndexFunc(mine, func(m T) bool { return name(m) == id }) }
	for _, r := range there {
		id := name(r)
		switch i := at(id); {
		case i >= 0 && !slices.Contains(placed, id):
			all = append(all, mine[i])
			placed = append(placed, id)
		case i < 0 && !ours(id):
			all = append(all, r)
		}
	}
	for _, m := range mine {
		if !slices.Contains(placed, name(m)) {
			all = append(all, m)
		}
	}
	return all
}

// withPublicAccess is all of the block: weft shares by presigned links, which it
// does not touch.
func withPublicAccess(s3ops.Setting[s3ops.PublicAccess]) s3ops.Setting[s3ops.PublicAccess] {
	return s3ops.With(s3ops.NoPublicAccess)
}

// withEncryption leaves an encryption that is there, which may be a better one.
func withEncryption(is s3ops.Setting[s3ops.Encryption]) s3ops.Setting[s3ops.Encryption] {
	if is.State == s3ops.Present {
		return is
	}
	return s3ops.With(s3ops.Encryption{Algorithm: "AES256"})
}

func withVersions(s3ops.Setting[s3ops.Versioning]) s3ops.Setting[s3ops.Versioning] {
	return s3ops.With(s3ops.VersionsOn)
}
