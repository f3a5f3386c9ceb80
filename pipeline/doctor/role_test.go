package doctor

import (
	"slices"
	"strings"
	"testing"

	"weft/pipeline/access"
	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// mays is what the matrix is to find for the user of each role, enforced by the
// store: the folders by a letter each, in their order (uploads, generated, single,
// group, table).
var mays = map[access.Role]map[s3ops.Right]string{
	access.Viewer: {s3ops.MayList: "ugspt", s3ops.MayGet: "ugspt", s3ops.MayTag: "ugspt", s3ops.MayPresign: "ugspt"},
	access.Maker: {s3ops.MayList: "ugspt", s3ops.MayGet: "ugspt", s3ops.MayTag: "ugspt", s3ops.MayPresign: "ugspt",
		s3ops.MayPut: "ugspt", s3ops.MayMultipart: "ugspt"},
	access.Keeper: {s3ops.MayList: "ugspt", s3ops.MayGet: "ugspt", s3ops.MayTag: "ugspt", s3ops.MayPresign: "ugspt",
		s3ops.MayPut: "ugspt", s3ops.MayMultipart: "ugspt", s3ops.MayDelete: "ugspt", s3ops.MayVersions: "ugspt"},
	access.Worker: {s3ops.MayList: "gst", s3ops.MayGet: "ugspt", s3ops.MayPresign: "gst", s3ops.MayPut: "gst", s3ops.MayMultipart: "gst"},
	access.Owner:  {s3ops.MayList: "ugspt"},
}

// asked is the action that allows what a right stands for.
var asked = map[s3ops.Right]string{s3ops.MayList: "s3:ListBucket", s3ops.MayGet: "s3:GetObject", s3ops.MayPut: "s3:PutObject", s3ops.MayDelete: "s3:DeleteObject",
	s3ops.MayVersions: "s3:ListBucketVersions", s3ops.MayTag: "s3:GetObjectTagging"}

// as examines with the credentials of one to whom the bucket's policy allows a role.
func as(t *testing.T, root *s3ops.Bucket, r access.Role) map[string]Finding {
	t.Helper()
	c := *between(t, nil, nil)
	c.Credentials = addUser()
	entries := access.Wanted{Roles: []access.Role{r}, Bucket: c.Bucket, Folders: c.Folders}.ForBucket(
		s3ops.Principal{By: map[string]s3ops.Words{"AWS": {c.Credentials.AccessKeyID}}})
	localtest.Allow(t, root, access.Of(entries))
	return examine(t, &c)
}

// With the credentials of each role the matrix shows what the role has; what it
// lacks is named with the statement that would allow just that; whose credentials
// they are is said; and only where a role cannot do what it is for something fails,
// which is exit code 1.
func TestEachRoleIsSeenAsItIs(t *testing.T) {
	root, err := s3ops.Open(t.Context(), served)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range served.Folders {
		key := f.Prefix + "there.jpg"
		if _, err := root.Upload(t.Context(), key, strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		defer func() { _, _ = root.Delete(t.Context(), key, "") }()
	}
	defer localtest.Allow(t, root, s3ops.Policy{})
	said := map[access.Role]string{access.Viewer: "a viewer's credentials", access.Maker: "a maker's credentials", access.Keeper: "a keeper's credentials", access.Worker: "a worker's credentials"}
	for _, r := range access.Roles {
		all := as(t, root, r)
		fails := 0
		for _, f := range all {
			if f.State == Fail && f.Rights != nil {
				fails++
			}
		}
		if (fails > 0) != (r == access.Owner) {
			t.Errorf("%s: %d folders fail", r, fails)
		}
		if !strings.HasPrefix(all["role"].Says, said[r]) || said[r] == "" && all["role"].Says != "" {
			t.Errorf("%s: %+v", r, all["role"])
		}
		for i, f := range served.Folders {
			for _, right := range s3ops.Rights() {
				cell := all[f.Prefix+" "+string(right)]
				switch {
				case strings.Contains(mays[r][right], string("ugspt"[i])):
					if cell.State != OK {
						t.Errorf("%s, %s in %s: %+v", r, right, f.Prefix, cell)
					}
				case cell.State == Skip:
					if !slices.Contains([]s3ops.Right{s3ops.MayDelete, s3ops.MayMultipart, s3ops.MayPresign, s3ops.MayTag}, right) {
						t.Errorf("%s, %s in %s was not tried: %s", r, right, f.Prefix, cell.Says)
					}
				case cell.State == OK, !strings.Contains(cell.Statement, `"`+asked[right]+`"`), !strings.Contains(cell.Statement, f.Prefix+"*"):
					t.Errorf("%s, %s in %s: %+v", r, right, f.Prefix, cell)
				}
			}
		}
		if f := all["bucket"]; (f.State == OK) != (r != access.Worker && r != access.Owner) {
			t.Errorf("%s: %+v", r, f)
		}
	}
}
