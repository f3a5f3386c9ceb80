package survey

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"weft/pipeline/access"
	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// Who may not list the whole bucket, as nobody by a role of weft may, gets the
// folders counted that may be listed, with old versions where those may be listed
// too; who may list none is told so.
func TestTallyOfEachRole(t *testing.T) {
	b := bucket(t, "tally-roles")
	for _, key := range []string{"search_uploads/a", "generated/b", "generated/b", "uploaded/single_images/c", "table/fabric_table/d", "private/e"} {
		if _, err := b.Upload(t.Context(), key, strings.NewReader("four"), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{"search_uploads/", "generated/", "uploaded/single_images/", "uploaded/group_images/", "table/fabric_table/"}
	for _, want := range []struct {
		role   access.Role
		only   []string
		total  int
		behind int
		says   string
	}{
		{access.Viewer, all, 4, 0, "in 5 folders: you may not list the others"},
		{access.Keeper, all, 4, 1, "in 5 folders: you may not list the others"},
		{access.Worker, []string{"generated/", "uploaded/single_images/", "table/fabric_table/"}, 3, 0, "in 3 folders"},
		{"", nil, 0, 0, ""},
	} {
		c := *embedded
		c.Bucket, c.Credentials = b.Name(), addUser()
		var entries []access.Entry
		if want.role != "" {
			entries = access.Wanted{Roles: []access.Role{want.role}, Bucket: b.Name(), Folders: c.Folders}.ForBucket(
				s3ops.Principal{By: map[string]s3ops.Words{"AWS": {c.Credentials.AccessKeyID}}})
		}
		localtest.Allow(t, b, access.Of(entries))
		user, err := s3ops.Open(t.Context(), &c)
		if err != nil {
			t.Fatal(err)
		}
		var last Count
		for n, err2 := range Tally(t.Context(), user, c.Folders, time.Now()) {
			last, err = n, err2
		}
		if (err != nil) != (want.role == "") || last.Whole != (want.role != "") {
			t.Errorf("%s: %+v, %v", want.role, last, err)
		}
		if !slices.Equal(last.Only, want.only) || last.Total.Objects != want.total || last.Behind.Objects != want.behind {
			t.Errorf("%s: %+v", want.role, last)
		}
		text := ""
		for _, r := range (Page{Count: &last}).Rows(time.Now(), false) {
			text += r.Text + "\n"
		}
		if !strings.Contains(text, want.says) {
			t.Errorf("%s: %s", want.role, text)
		}
	}
}

// What keeps versions from being deleted for good is read and said in words.
func TestWhatKeepsVersionsIsSaid(t *testing.T) {
	answers := map[string]string{}
	b := answeredBy(t, func(w http.ResponseWriter, r *http.Request) {
		for name, body := range answers {
			if r.URL.Query().Has(name) {
				_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+body)
				return
			}
		}
		w.WriteHeader(501)
	})
	const lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
	for _, x := range []struct{ mfa, lock, versions, locked string }{
		{"<MfaDelete>Enabled</MfaDelete>", lock + "<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>1</Years></DefaultRetention></Rule></ObjectLockConfiguration>",
			"MFA delete", "is kept for 1 year: nobody"},
		{"<MfaDelete>Disabled</MfaDelete>", lock + "<Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>30</Days></DefaultRetention></Rule></ObjectLockConfiguration>",
			"", "is kept for 30 days: only who has s3:BypassGovernanceRetention"},
		{"", lock + "</ObjectLockConfiguration>", "", "of single versions"},
		{"", "", "", "this store has no such thing"},
	} {
		answers["versioning"] = "<VersioningConfiguration><Status>Enabled</Status>" + x.mfa + "</VersioningConfiguration>"
		if delete(answers, "object-lock"); x.lock != "" {
			answers["object-lock"] = x.lock
		}
		said := map[string]string{}
		for _, f := range Look(t.Context(), b) {
			said[f.Name] = strings.Join(f.Says, "; ")
		}
		if got := said["versions"]; !strings.HasPrefix(got, "kept: ") || strings.Contains(got, "MFA delete") != (x.versions != "") {
			t.Errorf("versions: %s", got)
		}
		if got := said["object lock"]; !strings.Contains(got, x.locked) {
			t.Errorf("object lock: %s", got)
		}
	}
}
