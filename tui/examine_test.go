package tui

import (
	"context"
	"iter"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weft/pipeline/doctor"
	"weft/pipeline/queue"
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

// What is refused opens with Enter: an error in a pane, one in the status line, and
// a cell of the doctor's matrix, each with its evidence; c copies the statement and
// Esc leads back to where it was.
func TestRefusalsAreExplained(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	c := *w.config
	c.Endpoint, c.Local = onlyBelow(t, w, "search_uploads/"), ""
	open := func(ctx context.Context) (*s3ops.Bucket, func(), error) {
		b, err := s3ops.Open(ctx, &c)
		return b, func() {}, err
	}
	p := w.model().parts
	p.Config, p.Start = &c, "search_uploads/"
	p.Connect = func(ctx context.Context) (*Session, error) {
		b, _, err := open(ctx)
		return &Session{Config: &c, Bucket: b}, err
	}
	work := func(ctx context.Context) (*queue.Queue, error) {
		return queue.Open(ctx, filepath.Join(t.TempDir(), "queue.db"), "x", queue.Origin{})
	}
	p.Doctor = func(ctx context.Context) iter.Seq[doctor.Finding] {
		return doctor.Examine(ctx, doctor.Patient{Config: &c, Open: open, Queue: work, Now: time.Now})
	}
	s := show(t, New(t.Context(), p), 100, 40)
	s.await("a.txt")
	s.press("g", "s")
	s.await("was not made by a recipe", "Enter explains")
	s.press("enter")
	s.await("Why it failed", "its metadata names no source")
	s.press("esc")
	s.awaitGone("Why it failed")
	s.press("2")
	s.await("This folder could not be listed", "Enter explains")
	s.press("enter")
	s.await("Why it failed", "The statement that allows it", "HTTP status", "403", "in the guide")
	s.press("c")
	s.await("IAM statement copied")
	s.press("esc", "g", "d")
	s.await("list get put delete versions tag multipart presign", "Doctor: ", "failures")
	s.press("n")
	s.await("[!]")
	s.press("down", "h", "h")
	s.await("[✗]")
	s.press("enter")
	s.await("List in generated/", "Allow s3:ListBucket on", `"s3:prefix"`)
	s.press("esc")
	s.await("[✗]", "Doctor: ")
	s.press("l", "enter")
	s.await("Get in generated/", "does not tell a forbidden object")
	s.press("esc", "c")
	s.await("Nothing is refused here that a statement would allow")
	s.press("esc")
	s.awaitGone("Doctor:")
}

// The explanation of unfinished uploads names each: a store shows them nowhere else.
func TestUnfinishedUploadsAreNamed(t *testing.T) {
	l := newPictured()
	l.explainAs("Unfinished uploads", doctor.Finding{State: doctor.Warn, Says: "2, of 41 MB", Uploads: []s3ops.OpenUpload{
		{Key: "uploaded/loom.tif", Bytes: 40_000_000, Parts: 5}, {Key: "uploaded/evil\x1b[2J.tif", Bytes: 1_000_000, Parts: 1}}})
	l.sized(80, 24)
	screen := plainScreen(l.Model)
	for _, want := range []string{"uploaded/loom.tif", "40.0 MB in 5 parts", "uploaded/evil", "1.0 MB in 1 part"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is missing:\n%s", want, screen)
		}
	}
}
