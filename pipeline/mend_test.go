package pipeline

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"weft/s3ops"
)

// mistyped stores a picture whose type says nothing.
func mistyped(t *testing.T, key string) s3ops.Object {
	t.Helper()
	o, err := bucket.Upload(t.Context(), key, strings.NewReader("\xff\xd8\xff\xe0 "+key), s3ops.UploadOptions{ContentType: "binary/octet-stream"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// Mending twice is mending once, and it is not said that it can be taken back
// where no version of before was kept.
func TestMendOnceAndBack(t *testing.T) {
	d, key := doer(), "mend/once.jpg"
	mistyped(t, key)
	task := Task{Verb: Mend, Key: key}
	o := d.must(t, task)
	if o.Skipped || o.ETag == "" || !o.Replaced {
		t.Errorf("%+v", o)
	}
	if again := d.must(t, task); !again.Skipped {
		t.Errorf("again %+v", again)
	}
	if info, err := bucket.Stat(t.Context(), key, ""); err != nil || info.ContentType != "image/jpeg" {
		t.Errorf("%+v, %v", info, err)
	}
	if _, err := Inverse(task, o); !errors.Is(err, ErrNoUndo) {
		t.Errorf("undone by %v", err)
	}
	// S3 keeps the version before.
	back, err := Inverse(task, Outcome{Version: "v2", Was: "v1", ETag: "e", Replaced: true})
	if err != nil || back.Verb != Restore || back.VersionID != "v1" || back.IfVersion != "v2" {
		t.Errorf("%+v, %v", back, err)
	}
}

// A plan tells of every object in order and changes none; folders' markers are
// passed over; what cannot be read is told and the rest goes on.
func TestPlanOfMending(t *testing.T) {
	d, want := doer(), ""
	for i := range 40 {
		key := fmt.Sprintf("mend/plan/%02d.jpg", i)
		if i%2 == 0 {
			mistyped(t, key)
			want += key + " wrong "
		} else {
			put(t, key, []byte("\xff\xd8\xff\xe0"))
			want += key + " right "
		}
	}
	put(t, "mend/plan/empty/", nil)
	for _, plan := range []bool{true, false} {
		got := ""
		for m, err := range d.Mend(t.Context(), func(yield func(s3ops.Object, error) bool) {
			for o, err := range bucket.Objects(t.Context(), "mend/plan/", s3ops.ListOptions{Recursive: true}) {
				if !yield(o, err) {
					return
				}
			}
			yield(s3ops.Object{Key: "mend/plan/none.jpg"}, nil)
		}, "", plan) {
			if err != nil {
				t.Fatal(err)
			}
			got += m.Key + " " + m.State + " "
		}
		if got != want+"mend/plan/none.jpg failed " {
			t.Errorf("plan %t: %s", plan, got)
		}
		want = strings.ReplaceAll(want, "wrong", "mended")
	}
}
