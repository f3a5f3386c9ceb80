package tui

import (
	"slices"
	"testing"

	"weft/pipeline"
	"weft/pipeline/queue"
)

// What was done in this session is undone and redone at once, by the keys; the
// history outlives the interface: the next one asks first.
func TestUndoAndRedoAcrossInterfaces(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/b.txt")
	s := w.show(100, 30)
	s.await("a.txt", "b.txt")
	s.press("d")
	s.await("[ No ]")
	s.press("y")
	s.await("1 object ", "✓ Delete a.txt")
	s.press("z")
	s.await("2 objects", "✓ Undo: Delete a.txt")
	s.press("Z")
	s.await("1 object ", "✓ Redo: Delete a.txt")
	s.press("Z")
	s.await("Nothing to redo")

	s = w.show(100, 30) // as after a restart: it knows the queue only
	s.await("b.txt")
	s.press("z")
	s.await("Undo?", "Delete a.txt", "brings back 1 object", "[ No ]")
	s.press("enter")
	s.awaitGone("Undo?")
	s.settle()
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/b.txt"}) {
		t.Fatalf("No undid it: %q", got)
	}
	s.press("z")
	s.await("Undo?")
	s.press("y")
	s.await("✓ Undo: Delete a.txt", "2 objects")
	if got := w.keys("search_uploads/"); len(got) != 2 {
		t.Fatalf("after undo the bucket holds %q", got)
	}
	s.press("Z") // its own undo: done again without a question
	s.await("✓ Redo: Delete a.txt", "1 object ")
}

// z does not pass over what cannot be undone: it says why, and asks about the
// change before it.
func TestUndoDoesNotPassOverAPurge(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/b.txt")
	s := w.show(100, 30)
	s.await("a.txt", "b.txt")
	s.press("r")
	s.await("Rename")
	s.press("backspace", "backspace", "backspace", "backspace", "backspace")
	s.press("c", ".", "t", "x", "t", "enter")
	s.await("✓ Move a.txt", "  c.txt  ") // the row, not the message
	s.press("g", "g", "D")
	s.await("for good")
	s.press("1", "enter")
	s.await("✓ Delete", "1 object ")
	s.press("z")
	s.await("The newest change cannot be undone", "every version of it was removed", "The one before it", "Move a.txt", "[ No ]")
	s.press("y")
	s.await("✓ Undo: Move a.txt")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/a.txt"}) {
		t.Errorf("the bucket holds %q", got)
	}
	s.press("z")
	s.await("cannot be undone", "removed for good")
}

// An undo that finds an object changed leaves it alone and says so.
func TestUndoSaysWhatChangedSince(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	if _, err := w.queue.Submit(t.Context(), "Move a.txt", slices.Values([]pipeline.Task{{Verb: pipeline.Move, Key: "search_uploads/a.txt", To: "search_uploads/z.txt"}})); err != nil {
		t.Fatal(err)
	}
	for now, version := (queue.Snapshot{}), int64(0); len(now.Jobs) == 0 || !ended(now.Jobs[0]); version = now.Version {
		var err error
		if now, err = w.queue.Watch(t.Context(), version); err != nil {
			t.Fatal(err)
		}
	}
	w.putBytes("search_uploads/z.txt", []byte("another's"))
	s := w.show(120, 30)
	s.await("z.txt")
	s.press("z")
	s.await("Undo?", "Move a.txt", "moves 1 object")
	s.press("y")
	s.await("1 of 1 failed", "it was changed since")
	if got := w.keys("search_uploads/"); !slices.Equal(got, []string{"search_uploads/z.txt"}) {
		t.Errorf("the bucket holds %q", got)
	}
}
