package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weft/config"
	"weft/s3ops"
)

// Wanted is what policies are written for.
type Wanted struct {
	Roles     []Role
	Bucket    string
	Partition string // "aws"; see s3ops.Partition
	Folders   config.Folders
	Key       string // ARN of the KMS key that encrypts the bucket; empty: none
}

// Entry is a statement with the reason for it, in words.
type Entry struct {
	s3ops.Statement
	Why string `json:"Why"`
}

// reasons say why a deed is needed.
var reasons = map[s3ops.Deed]string{
	s3ops.DoBrowse:      "come from the top of the bucket to the folders: the names of the folders there, and no others",
	s3ops.DoList:        "list what is in the folders; and where something is missing, the store says so instead of refusing",
	s3ops.DoRead:        "see pictures, save them, and sign links with which others save them",
	s3ops.DoReadVersion: "read just the version that was looked at, so that a change meanwhile is noticed; restore old ones",
	s3ops.DoReadTags:    "show the tags of an object",
	s3ops.DoWrite:       "upload and write results, in one piece or in parts that are gone on with or cleared away, and sign links to upload",
	s3ops.DoCopyTags:    "copy and rename without losing tags",
	s3ops.DoDelete:      "delete, which leaves old versions where they are kept",
	s3ops.DoVersions:    "list old versions and what is deleted",
	s3ops.DoPurge:       "bring deleted objects back, which takes away their delete marker, and purge for good: S3 knows one action for both",
	s3ops.DoLook:        "know whether what is deleted can be brought back, and find uploads that nobody finished",
	s3ops.DoInspect:     "see how the bucket is set up",
	s3ops.DoSetUp:       "make the bucket and change how it is set up; who may write its policy may give themselves any right in it",
}

// need is one action with where it is needed and why.
type need struct {
	action   string
	deeds    []s3ops.Deed
	prefixes []string // sorted; none: the bucket
	browse   bool
}

// needs are the actions for the roles, in the order in which they are met.
func (w Wanted) needs() []*need {
	var all []*need
	for _, r := range w.Roles {
		for _, x := range r.rights() {
			for _, action := range x.deed.Actions() {
				browse := x.deed == s3ops.DoBrowse
				i := slices.IndexFunc(all, func(n *need) bool { return n.action == action && n.browse == browse })
				if i < 0 {
					all = append(all, &need{action: action, browse: browse})
					i = len(all) - 1
				}
				n := all[i]
				if !slices.Contains(n.deeds, x.deed) {
					n.deeds = append(n.deeds, x.deed)
				}
				for _, p := range x.in {
					if prefix := prefixOf(w.Folders, p); prefix != "" && !slices.Contains(n.prefixes, prefix) {
						n.prefixes = append(n.prefixes, prefix)
					}
				}
			}
		}
		if r == Owner { // the folders' markers, and nothing in the folders
			var markers []string
			for _, f := range w.Folders {
				markers = append(markers, f.Prefix)
			}
			all = append(all, &need{action: "s3:PutObject", deeds: []s3ops.Deed{markFolders}, prefixes: markers})
		}
	}
	for _, n := range all {
		slices.Sort(n.prefixes)
	}
	return all
}

// markFolders is the owner's making of folders: an object with the folder's name.
const markFolders s3ops.Deed = "make folders"

// Entries are the statements of a policy without a principal. Actions that are
// allowed in the same places stand together.
func (w Wanted) Entries() []Entry {
	var groups [][]*need
	for _, n := range w.needs() {
		i := slices.IndexFunc(groups, func(g []*need) bool {
			return s3ops.ScopeOf(g[0].action) == s3ops.ScopeOf(n.action) && g[0].browse == n.browse && slices.Equal(g[0].prefixes, n.prefixes) &&
				(g[0].deeds[0] == markFolders) == (n.deeds[0] == markFolders)
		})
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], n)
	}
	var all []Entry
	taken := map[string]int{}
	for _, g := range groups {
		e := w.entry(g)
		if taken[e.Sid]++; taken[e.Sid] > 1 {
			e.Sid += fmt.Sprint(taken[e.Sid])
		}
		all = append(all, e)
	}
	if w.Key != "" {
		all = append(all, Entry{s3ops.Statement{Sid: w.sid("key"), Effect: "Allow", Action: s3ops.Words{"kms:Decrypt", "kms:GenerateDataKey"}, Resource: s3ops.Words{w.Key}},
			"read and write objects that are encrypted with the bucket's KMS key; the key's own policy must allow it too"})
	}
	return all
}

// SidPrefix begins the Sid of all statements of weft, by which they are known in a
// policy that has others too.
const SidPrefix = "Weft"

// sid is WeftViewerMakerRead for the roles wanted.
func (w Wanted) sid(what string) string {
	name := SidPrefix
	for _, r := range w.Roles {
		name += title(string(r))
	}
	for _, word := range strings.Fields(what) {
		name += title(word)
	}
	return name
}

func title(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// entry is the statement for actions that are needed in the same places.
func (w Wanted) entry(g []*need) Entry {
	arn := s3ops.BucketARN(cmp.Or(w.Partition, "aws"), w.Bucket)
	weight := func(n *need) int { return len(n.deeds[0].Actions()) } // who needs most gives the name
	most := slices.MaxFunc(g, func(a, b *need) int { return weight(a) - weight(b) })
	s := s3ops.Statement{Sid: w.sid(string(most.deeds[0])), Effect: "Allow"}
	var why []string
	for _, n := range g {
		s.Action = append(s.Action, n.action)
		for _, d := range n.deeds {
			reason := reasons[d]
			if d == markFolders {
				reason = "make the folders, each an empty object of its name"
			}
			if !slices.Contains(why, reason) {
				why = append(why, reason)
			}
		}
	}
	prefixes := g[0].prefixes
	switch scope := s3ops.ScopeOf(g[0].action); {
	case scope == s3ops.OnObjects:
		below := "*"
		if g[0].deeds[0] == markFolders {
			below = ""
		}
		for _, p := range prefixes {
			s.Resource = append(s.Resource, arn+"/"+s3ops.Literal(p)+below)
		}
	case g[0].browse:
		// A listing of the top may name the empty prefix or none, hence "if it exists".
		s.Resource = s3ops.Words{arn}
		s.Condition = map[string]map[string]s3ops.Words{
			"StringEqualsIfExists": {"s3:prefix": above(w.Folders)}, "StringEquals": {"s3:delimiter": {"/"}}}
	case scope == s3ops.OnListing:
		s.Resource = s3ops.Words{arn}
		s.Condition = s3ops.BelowPrefixes(prefixes...)
	default:
		s.Resource = s3ops.Words{arn}
	}
	return Entry{s, strings.Join(why, "; ")}
}

// maxManaged is how long a managed policy of IAM may be, in characters without
// white space; one that stands in a user itself may have 2,048.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxManaged = 6144

// IAM is the policy for a user, group or role of IAM.
func (w Wanted) IAM() s3ops.Policy {
	p := s3ops.Policy{Version: s3ops.PolicyVersion}
	for _, e := range w.Entries() {
		p.Statements = append(p.Statements, e.Statement)
	}
	return p
}

// onlyIAM are the actions that no bucket's policy can allow: there is no bucket yet,
// or it is no action of S3.
var onlyIAM = []string{"s3:CreateBucket", "kms:Decrypt", "kms:GenerateDataKey"}

// ForBucket are the statements of the bucket's own policy, for those named.
func (w Wanted) ForBucket(who s3ops.Principal) []Entry {
	var all []Entry
	for _, e := range w.Entries() {
		e.Action = slices.DeleteFunc(slices.Clone(e.Action), func(a string) bool { return slices.Contains(onlyIAM, a) })
		if len(e.Action) > 0 {
			e.Principal = &who
			all = append(all, e)
		}
	}
	return all
}

// Of is the policy of some entries.
func Of(entries []Entry) s3ops.Policy {
	p := s3ops.Policy{Version: s3ops.PolicyVersion}
	for _, e := range entries {
		p.Statements = append(p.Statements, e.Statement)
	}
	return p
}

// Explained is a document with a comment above each entry of its list, for which
// there is one reason each. JSON has no comments: this is to be read, not to be used.
func Explained(document string, reasons []string) string {
	var out strings.Builder
	i := 0
	for line := range strings.Lines(document) {
		if line == "    {\n" && i < len(reasons) {
			for _, part := range wrapped(reasons[i], 90) {
				out.WriteString("    // " + part + "\n")
			}
			i++
		}
		out.WriteString(line)
	}
	return out.String()
}

// wrapped breaks a text into lines of at most so many bytes, at spaces.
func wrapped(text string, width int) (lines []string) {
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && len(lines[n-1])+1+len(word) <= width {
			lines[n-1] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}
