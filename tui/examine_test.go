package tui

import (
	"strings"
	"testing"

	"weft/s3ops"
)

// The palette's doctor shows the findings as they come, and Esc leaves it.
func TestDoctorInTheInterface(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	s := w.show(100, 40)
	s.press(":")
	s.await("Commands (")
	s.press("doctor", "enter")
	s.await("Doctor: all is well", "conditional writes", "a worker is at work")
	s.press("x")
	s.await("No unfinished upload is older than a day")
	s.press("esc")
	s.awaitGone("Doctor:")
	if got := w.keys(".weft/"); len(got) > 0 {
		t.Errorf("the doctor left %q", got)
	}
}

// Wrong types below a marked folder are shown first, and mended by the queue.
func TestTypesAreMended(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/box/right.jpg")
	for _, key := range []string{"search_uploads/box/wrong.jpg", "search_uploads/box/deep/wrong.png"} {
		if _, err := w.bucket.Upload(t.Context(), key, strings.NewReader("\x89PNG\r\n\x1a\n"+key), s3ops.UploadOptions{ContentType: "binary/octet-stream"}); err != nil {
			t.Fatal(err)
		}
	}
	s := w.show(80, 24)
	s.await("▸ box/")
	s.press(":")
	s.await("Commands (")
	s.press("types", "enter")
	s.await("Types of 3 objects", "box/wrong.jpg", "binary/octet-stream → image/png", "2 of 3 have a wrong type", "Enter mend")
	s.press("enter")
	s.await("✓ Mend the headers of 2 objects")
	info, err := w.bucket.Stat(t.Context(), "search_uploads/box/deep/wrong.png", "")
	if err != nil || info.ContentType != "image/png" {
		t.Errorf("%+v, %v", info, err)
	}
	s.press(":")
	s.await("Commands (")
	s.press("types", "enter")
	s.await("Every type is that of its object's bytes")
	s.press("enter")
	s.await("There is nothing to mend")
}
