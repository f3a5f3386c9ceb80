package tui

import (
	"slices"
	"strings"
	"testing"
)

// A contact sheet is made of the pictures shown, or only of the marked ones, and the detail pane then shows a picture's colours once a recipe has run.
func TestContactSheet(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/linen.jpg", "search_uploads/notes.txt", "search_uploads/silk.jpg")
	s := w.show(120, 40)
	s.await("linen.jpg", "silk.jpg")
	s.press("_")
	s.await("Contact sheet", "Of 2 pictures", "1 object left out", "generated/sheets/search_uploads.jpg")
	s.press("enter")
	s.await("✓ Sheet search_uploads.jpg of 2 images")
	if got := w.keys("generated/"); !slices.Equal(got, []string{"generated/sheets/search_uploads.jpg"}) {
		t.Fatalf("made: %q", got)
	}
	s.press("space", "_")
	s.await("Of 1 picture,")
	s.press("ctrl+u")
	s.press(strings.Split("search_uploads/mine.jpg", "")...)
	s.press("enter")
	s.await("must begin with")
	s.press("k")
	s.await("▌● linen.jpg", "its first recipe finds out")
	s.press("t", "enter")
	s.await("sharpness", "tile", "hash", "██ #")
}
