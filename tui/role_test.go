package tui

import (
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline/access"
	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// as is the world as one sees it to whom the bucket's policy allows a role, and
// nothing else; the work is done with the same credentials.
func (w *world) as(role access.Role) *world {
	w.t.Helper()
	c := *w.config
	c.Credentials, c.Local = addUser(), ""
	entries := access.Wanted{Roles: []access.Role{role}, Bucket: c.Bucket, Folders: c.Folders}.ForBucket(
		s3ops.Principal{By: map[string]s3ops.Words{"AWS": {c.Credentials.AccessKeyID}}})
	localtest.Allow(w.t, w.bucket, access.Of(entries))
	b, err := s3ops.Open(w.t.Context(), &c)
	if err != nil {
		w.t.Fatal(err)
	}
	return worldOf(w.t, &c, b)
}

// A viewer browses all five folders, sees pictures and the bucket's page, with
// what is in the folders counted, without a word of error; what a viewer may not do
// says so, and Enter shows the statement that would allow it.
func TestInterfaceOfAViewer(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.jpg", "generated/thumb/b.jpg", "uploaded/single_images/c.jpg", "uploaded/group_images/d.jpg", "table/fabric_table/e.txt", "private/f.txt")
	w.config.Paths.State = t.TempDir()
	s := show(t, w.as(access.Viewer).model(), 120, 40)
	well := func(shown ...string) {
		t.Helper()
		if text := s.await(shown...); strings.Contains(text, "✗") || strings.Contains(text, "the store refuses") {
			t.Errorf("an error is shown:\n%s", text)
		}
	}
	for key, name := range map[string]string{"1": "a.jpg", "3": "c.jpg", "4": "d.jpg"} {
		s.press(key)
		well(name+"  ", "64 × 48", "versions not known: refused")
	}
	s.press("5")
	well("e.txt  ", "text/plain")
	s.press("2")
	well("thumb/")
	s.press("b")
	well("no right to look: s3:GetBucketPolicy", "5 objects, ", "in 5 folders: you may not list the others")
	s.press("esc", "1")
	s.await("a.jpg  ", "64 × 48")
	s.press("V")
	s.await("Versions of a.jpg", "Enter explains")
	s.press("enter")
	s.await("Why it failed", "s3:ListBucketVersions")
	s.press("esc", "esc", "d")
	s.await("Delete")
	s.press("y")
	s.await("Delete a.jpg: 1 of 1 failed", "Enter explains")
	s.press("enter")
	s.await("Why it failed", `"Action": "s3:DeleteObject"`)
	if got := w.keys("search_uploads/"); len(got) != 1 {
		t.Errorf("left are %q", got)
	}
}

// What the store refuses of the object under the cursor stands in the detail pane,
// in the facts and in the place of the picture; Enter explains it there, c copies the
// statement, and Esc leads back.
func TestRefusedObjectIsExplained(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.jpg", "search_uploads/b.jpg")
	user := w.as(access.Owner) // may list and not read
	explained := func(s *screen) {
		t.Helper()
		s.await("Enter explains")
		s.press("enter")
		s.await("Why it failed", "s3:GetObject", "search_uploads/a.jpg", "Evidence")
		s.press("c")
		s.await("IAM statement copied")
		s.press("esc")
		s.awaitGone("Why it failed")
	}
	wide := show(t, user.model(), 120, 40)
	wide.await("a.jpg")
	explained(wide)
	wide.press("down")
	wide.await("stat search_uploads/b.jpg", "Enter explains")
	narrow := show(t, user.model(), 80, 24) // has no detail pane
	narrow.await("a.jpg")
	narrow.press("enter")
	narrow.await("stat search_uploads/a.jpg")
	explained(narrow)
	narrow.press("+")
	narrow.await("Read search_uploads/a.jpg")
	explained(narrow)
}

// A folder of this machine that cannot be read is explained where files are chosen
// to upload, and Esc leads back there.
func TestUnreadableFolderIsExplained(t *testing.T) {
	w := newWorld(t)
	s := w.show(100, 30)
	s.await("search_uploads/ is empty")
	s.press("u")
	s.await("Upload to search_uploads/")
	s.program.Send(tea.PasteMsg{Content: t.TempDir() + "/gone/a.jpg"})
	s.await("This folder is not there any more", "Enter explains")
	s.press("enter")
	s.await("Why it failed", "The file is not on this machine", "Check its path", "tried", "open /")
	s.press("esc")
	s.await("Upload to search_uploads/", "This folder is not there any more")
	s.press("h")
	s.awaitGone("Enter explains")
}
