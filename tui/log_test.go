package tui

import "testing"

// What was done is listed as commands, found by a key in it, and copied; the work
// sheet leads there.
func TestLogOfCommands(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/b.txt")
	s := w.show(100, 30)
	s.await("a.txt", "b.txt")
	s.press("d")
	s.await("[ No ]")
	s.press("y")
	s.await("✓ Delete a.txt")
	s.press("z")
	s.await("✓ Undo: Delete a.txt")
	s.press("@")
	s.await("weft undo 1", "weft rm search_uploads/a.txt")
	s.press("/", "r", "m", "x")
	s.await("Nothing that was done says rmx")
	s.press("esc")
	s.await("weft undo 1")
	s.press("j", "enter")
	s.await("Command copied")
	s.press("esc", "w")
	s.await("Undo: Delete a.txt", "/ find")
	s.press("/", "b", ".", "t", "x", "t")
	s.await("Nothing that was done says b.txt")
	s.press("backspace", "backspace", "backspace", "backspace", "backspace", "a", ".", "t")
	s.await("weft rm search_uploads/a.txt")
}
