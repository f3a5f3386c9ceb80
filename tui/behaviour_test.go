package tui

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"weft/s3ops"
)

// A delete is asked for with No as the answer; Yes deletes, and z brings back
// what was deleted.
func TestDeleteAsksAndUndoBringsBack(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/b.txt")
	s := w.show(80, 24)
	s.await("a.txt", "b.txt")
	s.press("d")
	s.await("Delete 1 object", "Versioning is on", "[ No ]")
	s.press("enter")
	s.awaitGone("[ No ]")
	s.settle()
	if now, err := w.queue.Watch(t.Context(), 0); err != nil || len(now.Jobs) > 0 {
		t.Fatalf("No started a job: %+v, %v", now.Jobs, err)
	}
	s.press("d")
	s.await("[ No ]")
	s.press("y")
	s.await("1 object ")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/b.txt"}) {
		t.Fatalf("the bucket holds %q", got)
	}
	s.await("✓ ")
	s.press("z")
	s.await("2 objects")
	if got := w.keys("search_uploads/"); len(got) != 2 {
		t.Fatalf("after undo the bucket holds %q", got)
	}
}

// What was deleted shows with the full stop key, and U brings it back from there.
func TestDeletedObjectsComeBack(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/kept.txt", "search_uploads/lost.txt")
	if _, err := w.bucket.Delete(t.Context(), "search_uploads/lost.txt", ""); err != nil {
		t.Fatal(err)
	}
	s := w.show(80, 24)
	s.await("kept.txt")
	s.press(".")
	s.await("deleted objects", "lost.txt")
	s.awaitGone("kept.txt")
	s.press("U")
	s.await("Nothing here is deleted")
	s.press(".")
	s.await("kept.txt", "lost.txt")
}

// A folder is counted before it is deleted, and the folder whose name only
// begins like it stays.
func TestDeletingAFolderCountsIt(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/box/1.txt", "search_uploads/box/deep/2.txt", "search_uploads/box2/3.txt")
	s := w.show(80, 24)
	s.await("▸ box/", "▸ box2/")
	s.press("space", "d")
	s.await("Delete 2 objects")
	s.press("y")
	s.awaitGone("▸ box/")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/box2/3.txt"}) {
		t.Fatalf("the bucket holds %q", got)
	}
}

// A recipe run over marked images says when it is done; the badges and the
// results are there, and g r goes to them and g s back.
func TestTransformToResultsAndBack(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/linen.jpg", "search_uploads/notes.txt", "search_uploads/silk.jpg")
	s := w.show(120, 32)
	s.await("linen.jpg", "silk.jpg")
	s.press("a", "t")
	s.await("Transform 2 images", "1 object left out", "2 outputs · 2 new")
	s.press("a")
	s.await("6 outputs · 6 new")
	s.press("enter")
	s.await("✓3", "✓ ")
	s.press("g", "r")
	s.await("generated / search_uploads", "▌  linen.jpg.")
	s.press("g", "s")
	s.await("▌  linen.jpg  ")
	s.press("T", "w")
	s.await("already done", "Work")
	if got := len(w.keys("generated/")); got != 6 {
		t.Errorf("%d results", got)
	}
}

// A task that failed is shown with its reason in full, and the others are done.
func TestFailedTaskSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/fine.jpg")
	whole := photo(t, 3)
	w.putBytes("search_uploads/broken.jpg", whole[:len(whole)/2])
	s := w.show(100, 30)
	s.await("broken.jpg", "fine.jpg")
	s.press("a", "t")
	s.await("2 outputs · 2 new")
	s.press("enter")
	s.await("1 of 2 failed", "✓1")
	s.press("w", "enter")
	text := s.await("✗ broken.jpg", "search_uploads/broken.jpg: ")
	if !strings.Contains(text, "upload it again") {
		t.Errorf("the reason is not said:\n%s", text)
	}
}

// The presign sheet shows a link that works, whole; its choices change it; the
// confirmation says until when it works.
func TestPresignSheet(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/linen.txt")
	s := w.show(80, 24)
	s.await("linen.txt")
	s.press("P")
	s.await("Share 1 object", "‹1 h›", "Works until")
	link := linkIn(s.awaitThat("a link", signedLink("X-Amz-Signature=")))
	answer, err := http.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("%s answers %s", link, answer.Status)
	}
	s.press("down", "right", "down")
	s.await("Saved as")
	s.awaitThat("an attachment", signedLink("response-content-disposition=attachment"))
	s.press("ö")
	s.await("linen.txtö")
	s.press("down", "right")
	s.await("‹8 h›")
	s.awaitThat("8 hours", signedLink("X-Amz-Expires=28800"))
	s.press("down", "right")
	s.await("‹markdown›", "[linen.txt](http")
	s.press("up", "up", "up", "up", "right")
	s.await("‹upload›", "write over")
	s.press("enter")
	s.await("Link copied: linen.txt, works until ")
}

// signedLink tells whether a screen shows a link, in lines, that holds a text.
func signedLink(text string) func(screen string) bool {
	return func(screen string) bool { return strings.Contains(linkIn(screen), text) }
}

// linkIn puts the first link together that a sheet shows in lines.
func linkIn(screen string) string {
	var link strings.Builder
	for _, l := range strings.Split(screen, "\n") {
		l = strings.TrimSpace(strings.Trim(strings.TrimSpace(l), "│"))
		if link.Len() > 0 && (l == "" || strings.HasPrefix(l, "http")) {
			break
		}
		if link.Len() > 0 || strings.HasPrefix(l, "http") {
			link.WriteString(l)
		}
	}
	return link.String()
}

// A path that is typed goes to the object, to the folder, or lists what begins so.
func TestGoToPath(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/box/linen.txt", "search_uploads/box/silk.txt", "search_uploads/a.txt")
	s := w.show(80, 24)
	for _, test := range []struct{ path, want string }{
		{"search_uploads/box/silk.txt", "▌  silk.txt"},
		{"search_uploads/box", "2 objects"},
		{"search_uploads/box/lin", "names that begin so"},
		{"search_uploads/", "a.txt"},
	} {
		s.press("g", "p")
		s.await("Go to")
		s.press("ctrl+u", test.path, "enter")
		s.awaitGone("Go to ")
		s.await(test.want)
	}
}

// Back and forward return to the row one was on.
func TestHistoryKeepsTheRow(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/b.txt", "search_uploads/c.txt", "generated/x.txt")
	s := w.show(80, 24)
	s.await("c.txt")
	s.press("j", "j", "2")
	s.await("x.txt")
	s.press("[")
	s.await("▌  c.txt")
	s.press("]")
	s.await("▌  x.txt")
}

// Marks and cursor stay on their names when the list is read again.
func TestReloadKeepsMarksAndCursor(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/b.txt", "search_uploads/d.txt", "search_uploads/f.txt")
	s := w.show(80, 24)
	s.await("f.txt")
	s.press("space", "j")
	s.await("● b.txt", "▌  f.txt")
	w.put("search_uploads/a.txt", "search_uploads/c.txt")
	s.press("R")
	s.await("a.txt", "● b.txt", "▌  f.txt", "1 marked")
}

// A filter that holds nothing says so, differently from an empty folder, and
// Enter asks the server for names that begin so.
func TestFilterOnNothing(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/linen.txt", "search_uploads/silk.txt")
	s := w.show(80, 24)
	s.await("linen.txt")
	s.press("/", "zz")
	s.await("None of the 2 loaded names holds", "Enter asks the server")
	s.press("esc")
	s.await("linen.txt")
	s.press("2")
	s.await("generated/ is empty", "press t")
	s.press("1", "/", "SILK")
	s.awaitGone("linen.txt")
	s.await("1 of 2 loaded match")
}

// What a key does not do now, it says why, and does nothing.
func TestDisabledActionsSayWhy(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	w.config.ReadOnly = true
	s := show(t, w.model(), 80, 24)
	s.await("a.txt", "read-only")
	for key, why := range map[string]string{
		"d": "started read-only", "u": "started read-only", "[": "There is no place before", "n": "There is no filter", "T": "No recipe was run",
		"p": "Nothing to paste", "U": "not deleted",
	} {
		s.press(key)
		s.await(why)
		s.press("esc")
	}
	if got := w.keys(""); len(got) != 1 {
		t.Errorf("the bucket holds %q", got)
	}
}

// A bucket that does not open says why and what to do, and R tries again.
func TestFailedStateSaysWhatToDo(t *testing.T) {
	w := newWorld(t)
	w.config.Bucket = "there-is-none"
	none, err := s3ops.Open(t.Context(), w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.bucket = none
	s := show(t, w.model(), 80, 24)
	s.await("could not be listed", "R tries again")
	if err := none.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.press("R")
	s.await("search_uploads/ is empty")
}

// A key that is about the list, pressed while one object is looked at, leaves the
// object: the filter narrows the list in sight, and never the list below it.
func TestFilterLeavesTheObjectLookedAt(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/b.txt", "search_uploads/deep/c.txt")
	s := w.show(80, 24)
	s.await("a.txt", "b.txt")
	s.press("j", "i")
	s.await("Esc close", "search_uploads/a.txt")
	s.press("/", "b", ".")
	s.awaitGone("Esc close")
	s.awaitGone("a.txt")
}
