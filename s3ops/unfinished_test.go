package s3ops_test

import (
	"strings"
	"testing"

	"weft/s3ops"
)

// Uploads that nobody finished are found with what they weigh, below their
// prefix only, and can be aborted one by one.
func TestUnfinishedUploadsAreFoundAndAborted(t *testing.T) {
	each(t, func(t *testing.T, b *s3ops.Bucket, prefix string) {
		ctx := t.Context()
		want := map[string]int64{prefix + "a b+c\tü.bin": 6 << 20, prefix + "empty": 0}
		for key, size := range want {
			var parts []int64
			if size > 0 {
				parts = []int64{size - 100, 100}
			}
			if _, err := s3ops.BeginUpload(ctx, b, key, parts...); err != nil {
				t.Fatal(err)
			}
		}
		other, err := s3ops.BeginUpload(ctx, b, strings.TrimSuffix(prefix, "/")+"2/x")
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int64{}
		for u, err := range b.Unfinished(ctx, prefix) {
			if err != nil {
				t.Fatal(err)
			}
			found[u.Key] = u.Bytes
			if u.Initiated.IsZero() || u.ID == "" || (u.Parts == 2) != (u.Bytes > 0) {
				t.Errorf("found %+v", u)
			}
			if err := b.Abort(ctx, u.Key, u.ID); err != nil {
				t.Error(err)
			}
			wantKind(t, b.Abort(ctx, u.Key, u.ID), s3ops.ErrChanged)
		}
		for key, size := range want {
			if got, ok := found[key]; !ok || got != size || len(found) != len(want) {
				t.Errorf("%q is found as %d, %v; all: %v", key, got, ok, found)
			}
		}
		for u, err := range b.Unfinished(ctx, prefix) {
			t.Errorf("%+v is left, %v", u, err)
		}
		if err := b.Abort(ctx, strings.TrimSuffix(prefix, "/")+"2/x", other); err != nil {
			t.Error(err)
		}
	})
}
