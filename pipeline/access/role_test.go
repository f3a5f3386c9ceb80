package access

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// intended is what each role may do: the folders by a letter each, in the order of
// the folders (uploads, generated, single, group, table), or yes for the bucket.
// What is not named is denied. (S3 lets those make a folder, too, who may write in
// it; the embedded store takes its marker for an object without the slash.)
var intended = map[Role]map[string]string{
	Viewer: {
		"open from the top": "yes", "list": "ugspt", "preview": "ugspt", "save": "ugspt", "share a link": "ugspt", "show tags": "ugspt", "use shared recipes": "yes",
	},
	Maker: {
		"open from the top": "yes", "list": "ugspt", "preview": "ugspt", "save": "ugspt", "share a link": "ugspt", "show tags": "ugspt", "use shared recipes": "yes",
		"upload": "ugspt", "upload by a link": "ugspt", "go on with an upload": "g", "end an upload": "g",
		"run a recipe": "usp", "make a contact sheet": "ugsp", "split a photo of several swatches": "p", "save an old version": "ugsp",
		// Without deleting, what is there can still be covered by what is written.
		"copy": "ugsp", "mend headers": "ugspt", "restore": "ugsp",
	},
	Keeper: {
		"open from the top": "yes", "list": "ugspt", "preview": "ugspt", "save": "ugspt", "share a link": "ugspt", "show tags": "ugspt", "use shared recipes": "yes",
		"upload": "ugspt", "upload by a link": "ugspt", "go on with an upload": "g", "end an upload": "g",
		"run a recipe": "usp", "make a contact sheet": "ugsp", "split a photo of several swatches": "p", "save an old version": "ugspt",
		"copy": "ugspt", "rename": "ugspt", "mend headers": "ugspt", "delete": "ugspt", "list versions": "ugspt", "restore": "ugspt", "bring back": "ugspt", "purge": "ugspt",
		"share a recipe": "yes", "delete a shared recipe and bring it back": "yes",
		"let the doctor try": "ugspt", "know of versions": "yes", "find unfinished uploads": "yes",
		"see the policy": "yes", "see CORS": "yes", "see the ownership": "yes", "see the object lock": "yes",
	},
	Worker: {
		"list": "gst", "preview": "ugspt", "save": "ugspt", "share a link": "ugspt", "use shared recipes": "yes",
		"upload": "gst", "upload by a link": "gst", "go on with an upload": "g", "end an upload": "g",
		"run a recipe": "usp", "make a contact sheet": "ugsp", "split a photo of several swatches": "p", "save an old version": "ugsp", "copy": "gs", "restore": "gs", "mend headers": "gst",
	},
	Owner: {
		"list": "ugspt", "make the folder": "ugspt", "know of versions": "yes",
		"see the policy": "yes", "see CORS": "yes", "see the ownership": "yes", "see the object lock": "yes",
		"set versions": "yes", "set CORS": "yes", "set the ownership": "yes", "set the policy": "yes", "set no policy": "yes",
	},
}

// unseen are the rights whose need the embedded store cannot show.
var unseen = map[string]string{
	"s3:GetObjectVersionTagging":    "the store copies tags without asking for it",
	"s3:GetLifecycleConfiguration":  "the store has no lifecycle rules",
	"s3:PutLifecycleConfiguration":  "the store has no lifecycle rules",
	"s3:GetBucketPublicAccessBlock": "the store has no public access block",
	"s3:PutBucketPublicAccessBlock": "the store has no public access block",
	"s3:GetEncryptionConfiguration": "the store has no default encryption",
	"s3:PutEncryptionConfiguration": "the store has no default encryption",
	"s3:ListBucket with s3:prefix ": "the store takes the empty prefix for none",
	"s3:CreateBucket":               "no bucket's policy can allow it",
}

// spots are where an operation is tried: its folders, or "" in the bucket.
func (o operation) spots() []string {
	var all []string
	switch o.where {
	case inBucket:
		return []string{""}
	case inSource:
		for _, p := range originals {
			all = append(all, folderNames.Prefix(p))
		}
		return all
	case inOne:
		return []string{folderNames.Prefix(config.Generated)}
	case inImages:
		for _, p := range pictures {
			all = append(all, folderNames.Prefix(p))
		}
		return all
	case inGroups:
		return []string{folderNames.Prefix(config.GroupImages)}
	}
	for _, f := range folderNames {
		all = append(all, f.Prefix)
	}
	return all
}

// letter is how intended names a spot.
func letter(spot string) string {
	return map[string]string{"": "yes", "search_uploads/": "u", "generated/": "g", "uploaded/single_images/": "s", "uploaded/group_images/": "p", "table/fabric_table/": "t"}[spot]
}

func (r Role) may(o operation, spot string) bool {
	return strings.Contains(intended[r][o.name], letter(spot))
}

func wanted(x *trial, roles ...Role) Wanted {
	return Wanted{Roles: roles, Bucket: x.root.Name(), Folders: folderNames}
}

// allow makes a policy for the user the bucket's.
func (x *trial) allow(entries []Entry) {
	x.t.Helper()
	localtest.Allow(x.t, x.root, Of(entries))
}

func (x *trial) entries(r Role) []Entry {
	return wanted(x, r).ForBucket(s3ops.Principal{By: map[string]s3ops.Words{"AWS": {x.name}}})
}

// Under the policy of each role everything the role is for works, and nothing
// else does.
func TestEachRoleMayDoWhatItIsFor(t *testing.T) {
	var table strings.Builder
	for _, r := range Roles {
		x := newTrial(t)
		fmt.Fprintf(&table, "%s:\n", r)
		for _, o := range operations {
			got := ""
			for _, spot := range o.spots() {
				x.allow(x.entries(r)) // some operations change it
				err := o.try(x, spot)
				switch {
				case err == nil:
					got += letter(spot)
				case !errors.Is(err, s3ops.ErrDenied):
					t.Errorf("%s, %s in %q: %v", r, o.name, spot, err)
				}
				if (err == nil) != r.may(o, spot) {
					t.Errorf("%s, %s in %q: %v, intended: %v", r, o.name, spot, err, r.may(o, spot))
				}
			}
			if got != "" {
				fmt.Fprintf(&table, "  %-24s %s\n", o.name, got)
			}
		}
	}
	t.Log("\n" + table.String())
}

// part is one action, or one place, that a policy is tried without.
type part struct {
	name    string
	without func([]Entry) []Entry
}

// parts are all actions and all places of a policy.
func parts(entries []Entry) []part {
	var all []part
	for i, e := range entries {
		for _, a := range e.Action {
			all = append(all, part{a, func(p []Entry) []Entry {
				p[i].Action = without(p[i].Action, a)
				return slices.DeleteFunc(p, func(e Entry) bool { return len(e.Action) == 0 })
			}})
		}
		if len(e.Resource) > 1 {
			for _, r := range e.Resource {
				all = append(all, part{e.Action[0] + " on " + r, func(p []Entry) []Entry {
					p[i].Resource = without(p[i].Resource, r)
					return p
				}})
			}
		}
		for operator, keys := range e.Condition {
			for key, values := range keys {
				if len(values) < 2 {
					continue
				}
				for _, v := range values {
					all = append(all, part{e.Action[0] + " with " + key + " " + v, func(p []Entry) []Entry {
						p[i].Condition = map[string]map[string]s3ops.Words{}
						for o, k := range e.Condition {
							p[i].Condition[o] = k
						}
						p[i].Condition[operator] = map[string]s3ops.Words{key: without(values, v)}
						return p
					}})
				}
			}
		}
	}
	return all
}

func without(list s3ops.Words, one string) s3ops.Words {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == one })
}

// Nothing in a role's policy is there for nothing: without any one action, or any
// one folder of it, something the role is for is refused.
func TestEachRightIsNeeded(t *testing.T) {
	shown := map[string]operation{} // by which operation an action was last seen to be needed
	for _, r := range Roles {
		x := newTrial(t)
		entries := x.entries(r)
		for _, p := range parts(entries) {
			action, _, _ := strings.Cut(p.name, " ")
			if unseen[action] != "" || unseen[p.name] != "" {
				continue
			}
			less := p.without(slices.Clone(entries))
			x.allow(less)
			missed := false
			for _, o := range append(slices.Clone(order(shown[action])), operations...) {
				for _, spot := range o.spots() {
					if !r.may(o, spot) || spot != "" && strings.Contains(p.name, "/") && !strings.Contains(p.name, spot) {
						continue
					}
					err := o.try(x, spot)
					if strings.HasPrefix(o.name, "set ") {
						x.allow(less)
					}
					if missed = errors.Is(err, s3ops.ErrDenied); missed {
						shown[action] = o
					} else if err != nil {
						t.Errorf("%s without %s, %s in %q: %v", r, p.name, o.name, spot, err)
					}
					if missed || !strings.Contains(p.name, "/") {
						break
					}
				}
				if missed {
					break
				}
			}
			if !missed {
				t.Errorf("%s: all that it is for works without %s", r, p.name)
			}
		}
	}
}

func order(o operation) []operation {
	if o.try == nil {
		return nil
	}
	return []operation{o}
}

// Roles and users are read as people write them; what would let in everybody, or
// is no name, is refused. A policy fits into one managed policy of IAM.
func TestRolesAndPrincipals(t *testing.T) {
	if all, err := ParseRoles([]string{"worker,Viewer", "viewer"}); err != nil || !slices.Equal(all, []Role{Viewer, Worker}) {
		t.Errorf("%v, %v", all, err)
	}
	if _, err := ParseRoles([]string{"admin"}); err == nil {
		t.Error("a role that is none was taken")
	}
	for _, c := range []struct {
		partition, account, user string
		amazon                   bool
		want                     string // the ARN, or a part of the error
	}{
		{"aws", "123456789012", "ann", true, "arn:aws:iam::123456789012:user/ann"},
		{"aws-cn", "123456789012", "role/lab", true, "arn:aws-cn:iam::123456789012:role/lab"},
		{"", "", "arn:aws:iam::123456789012:role/lab", true, "arn:aws:iam::123456789012:role/lab"},
		{"aws-us-gov", "", "123456789012", true, "arn:aws-us-gov:iam::123456789012:root"},
		{"aws", "", "WEFT1234", false, "WEFT1234"},
		{"aws", "", "ann", true, "Name the account"},
		{"aws", "12345", "ann", true, "12 digits"},
		{"aws", "123456789012", "*", true, "everybody"},
		{"aws", "123456789012", "an n", true, "not a user"},
	} {
		p, err := Principals(c.partition, c.account, []string{c.user}, c.amazon)
		if err != nil && strings.Contains(err.Error(), c.want) || err == nil && slices.Equal(p.By["AWS"], s3ops.Words{c.want}) {
			continue
		}
		t.Errorf("%s of %s: %v, %v", c.user, c.account, p, err)
	}
	all := Wanted{Roles: Roles, Bucket: strings.Repeat("b", 63), Partition: "aws-us-gov", Folders: folderNames}.IAM()
	text, _ := json.Marshal(all)
	if len(text) > maxManaged {
		t.Errorf("all roles take %d characters of %d", len(text), maxManaged)
	}
}

// A comment stands above each statement, and without the comments it is the policy.
func TestExplained(t *testing.T) {
	entries := Wanted{Roles: []Role{Keeper, Worker, Owner}, Bucket: "b", Folders: folderNames, Key: "arn:aws:kms:eu-central-1:123456789012:key/k"}.Entries()
	var bare strings.Builder
	comments := 0
	var reasons []string
	for _, e := range entries {
		reasons = append(reasons, e.Why)
	}
	text := Explained(Of(entries).String(), reasons)
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "// ") {
			comments++
			continue
		}
		bare.WriteString(line)
	}
	if bare.String() != Of(entries).String() || comments < len(entries) {
		t.Errorf("%d comments for %d statements:\n%s", comments, len(entries), text)
	}
}
