package tui

import (
	"slices"
	"testing"
)

// g o shows which results are stale, missing or without a source; Enter makes the
// first two and asks before it deletes the others, and then all is up to date.
func TestResultsAreMendedByOneKey(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.jpg", "search_uploads/b.jpg", "search_uploads/c.jpg")
	s := w.show(110, 32)
	s.await("3 objects")
	s.press("a", "t")
	s.await("plan  3 outputs · 3 new", "3 images to read, 0.0 megapixels in 2.2 kB; about a second here")
	s.press("p", "G")
	s.await("Plan for 3 images", "→ b.jpg.thumb.jpg", "search_uploads/c.jpg → generated/search_uploads/c.jpg.thumb.jpg")
	s.press("esc", "enter")
	s.await("✓ thumb over 3 images")
	w.putBytes("search_uploads/b.jpg", photo(t, 9))
	w.put("search_uploads/d.jpg")
	if _, err := w.bucket.Delete(t.Context(), "search_uploads/c.jpg", ""); err != nil {
		t.Fatal(err)
	}
	s.press("g", "o")
	s.await("1 up to date, 1 stale, 1 missing, 1 without a source.", "the source has changed")
	s.press("enter")
	s.await("Delete 1 result whose source is gone?", "generated/search_uploads/c.jpg.thumb.jpg", "What the table says of their sources goes too.", "[ No ]")
	s.press("y")
	s.awaitThat("the results of three pictures", func(string) bool {
		return slices.Equal(w.keys("generated/"), []string{"generated/search_uploads/a.jpg.thumb.jpg", "generated/search_uploads/b.jpg.thumb.jpg", "generated/search_uploads/d.jpg.thumb.jpg"})
	})
	s.awaitThat("two rows and that of the new picture", func(string) bool { return len(w.keys("table/fabric_table/")) == 3 })
	s.press("2", "g", "o") // from the results: those of all pictures
	s.await("Results of all pictures", "3 up to date.")
	s.press("enter")
	s.await("There is nothing to mend")
}
