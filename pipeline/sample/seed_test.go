package sample

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

// bucketOf starts the embedded server over an empty folder.
func bucketOf(t *testing.T) *s3ops.Bucket {
	t.Helper()
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("HOME", t.TempDir())
	server, err := local.Start(t.Context(), t.TempDir(), "", false, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := s3ops.Open(t.Context(), server.Endpoint().Apply(&config.Config{Folders: localtest.Folders()}))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// handful is the welcome and the first seven photos, made small.
func handful() []Sample {
	set := All(localtest.Folders())[:8]
	for i, p := range photos()[:7] {
		set[i+1].Draw = p.shrunk(16).draw
	}
	return set
}

func body(t *testing.T, b *s3ops.Bucket, key string) string {
	t.Helper()
	r, _, err := b.Read(t.Context(), key, s3ops.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A seed that was cut short goes on where it stopped; what a user has put in
// place of a sample stays, and a sample that a user has deleted stays away.
func TestSeed(t *testing.T) {
	b, set, f := bucketOf(t), handful(), localtest.Folders()
	const mine = "the user's own bytes"
	taken, deleted := set[5].Key, set[1].Key
	if _, err := b.Upload(t.Context(), taken, strings.NewReader(mine), s3ops.UploadOptions{ContentType: "image/jpeg"}); err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	err := seed(ctx, b, set, f, func(done, total int) {
		if total != len(set) {
			t.Errorf("total %d, want %d", total, len(set))
		}
		if done == 3 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled seed: %v", err)
	}
	if _, err := b.Stat(t.Context(), set[7].Key, ""); !errors.Is(err, s3ops.ErrNotFound) {
		t.Fatalf("the last sample after a cancelled seed: %v", err)
	}
	before, err := b.Stat(t.Context(), set[0].Key, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Delete(t.Context(), deleted, ""); err != nil {
		t.Fatal(err)
	}

	var steps []int
	if err := seed(t.Context(), b, set, f, func(done, _ int) { steps = append(steps, done) }); err != nil {
		t.Fatal(err)
	}
	for i, done := range steps {
		if done != i+1 {
			t.Fatalf("reported %v", steps)
		}
	}
	if len(steps) != len(set) {
		t.Errorf("reported %v", steps)
	}
	after, err := b.Stat(t.Context(), set[0].Key, "")
	if err != nil || after.VersionID != before.VersionID {
		t.Errorf("%s was written again: version %q, then %q (%v)", set[0].Key, before.VersionID, after.VersionID, err)
	}
	if got := body(t, b, taken); got != mine {
		t.Errorf("%s: the user's object was replaced", taken)
	}
	if _, err := b.Stat(t.Context(), deleted, ""); !errors.Is(err, s3ops.ErrNotFound) {
		t.Errorf("%s came back: %v", deleted, err)
	}
	for _, s := range set {
		if s.Key != taken && s.Key != deleted {
			checkStored(t, b, s)
		}
	}
}

// checkStored compares an object with the sample it should be.
func checkStored(t *testing.T, b *s3ops.Bucket, s Sample) {
	t.Helper()
	want, err := s.Draw()
	if err != nil {
		t.Fatal(err)
	}
	if got := body(t, b, s.Key); got != string(want) {
		t.Errorf("%s: the object is not the picture drawn", s.Key)
	}
	info, err := b.Stat(t.Context(), s.Key, "")
	if err != nil {
		t.Fatal(err)
	}
	kind := "image/"
	if strings.HasSuffix(s.Key, ".txt") {
		kind = "text/plain"
	}
	if !strings.HasPrefix(info.ContentType, kind) {
		t.Errorf("%s: content type %q", s.Key, info.ContentType)
	}
}

// A failing draw ends the seed with that error.
func TestSeedError(t *testing.T) {
	b, set := bucketOf(t), handful()[:3]
	broken := errors.New("loom stopped")
	set[1].Draw = func() ([]byte, error) { return nil, broken }
	if err := seed(t.Context(), b, set, localtest.Folders(), nil); !errors.Is(err, broken) {
		t.Fatalf("got %v", err)
	}
}
