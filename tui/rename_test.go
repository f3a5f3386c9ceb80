package tui

import (
	"slices"
	"testing"
)

// Marked objects are renamed by a pattern: the sheet shows every new name and
// what stands against it, Enter does nothing until nothing does, and z takes it
// back.
func TestRenameByPattern(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/IMG_1.txt", "search_uploads/IMG_2.txt", "search_uploads/taken.txt")
	s := w.show(100, 30)
	s.await("IMG_1.txt", "taken.txt")
	s.press("space", "space", "r")
	s.await("Rename 2 objects", "{stem}.{ext}", "Every name stays as it is")
	for range "{stem}.{ext}" {
		s.press("backspace")
	}
	s.press("taken.txt")
	s.await("2 of them would have this name", "2 of 2 cannot be renamed so")
	s.press("enter")
	s.settle()
	for range "taken.txt" {
		s.press("backspace")
	}
	s.press("s/IMG_1/taken/")
	s.await("IMG_1.txt", "there is an object of this name", "1 of 2 cannot")
	for range "s/IMG_1/taken/" {
		s.press("backspace")
	}
	s.press("linen-{n:03}.{ext}")
	s.press("enter") // before the plan is there: it is waited for
	s.await("✓ Move 2 objects", "linen-001.txt")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/linen-001.txt", "search_uploads/linen-002.txt", "search_uploads/taken.txt"}) {
		t.Fatalf("the bucket holds %q", got)
	}
	s.press("z")
	s.await("✓ Undo: Move 2 objects", "IMG_2.txt")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/IMG_1.txt", "search_uploads/IMG_2.txt", "search_uploads/taken.txt"}) {
		t.Errorf("after undo the bucket holds %q", got)
	}
}

// A pattern that is none says what one holds.
func TestBadPatternSaysWhy(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	s := w.show(100, 30)
	s.await("a.txt")
	s.press("space", "r")
	s.await("Rename 1 object")
	s.press("{no}")
	s.await("There is no {no}")
	s.press("esc")
	s.awaitGone("Rename 1 object")
}

// A folder is renamed with all that is in it, after a question that counts.
func TestRenameAFolder(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/box/1.txt", "search_uploads/box/deep/2.txt", "search_uploads/box2/3.txt")
	s := w.show(100, 30)
	s.await("▸ box/", "▸ box2/")
	s.press("r")
	s.await("Rename the folder")
	s.press("es")
	s.press("enter")
	s.await("Rename box/ to boxes/?", "It moves 2 objects")
	s.press("y")
	s.await("✓ Move 2 objects", "▸ boxes/")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/box2/3.txt", "search_uploads/boxes/1.txt", "search_uploads/boxes/deep/2.txt"}) {
		t.Errorf("the bucket holds %q", got)
	}
}
