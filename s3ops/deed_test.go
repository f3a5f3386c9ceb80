package s3ops_test

import (
	"slices"
	"testing"

	"weft/s3ops"
)

// Every action that an error can name is one that a deed has, so that policies are
// written with it, and every action of a deed is one that weft asks for.
func TestActionsHaveOneHome(t *testing.T) {
	elsewhere := []string{ // asked for, but by nobody's role
		"s3:ListAllMyBuckets", // a list to choose from; the name will do
		"s3:GetBucketLocation", "s3:GetObjectAttributes", "s3:RestoreObject", "s3:DeleteBucket", "s3:DeleteObjectTagging",
	}
	versions := []string{"s3:GetObjectVersion", "s3:GetObjectVersionTagging", "s3:DeleteObjectVersion"} // of requests that name a version
	asked := append(s3ops.RequestActions(), versions...)
	var all []string
	for _, d := range s3ops.Deeds() {
		all = append(all, d.Actions()...)
	}
	for _, a := range asked {
		if !slices.Contains(all, a) && !slices.Contains(elsewhere, a) {
			t.Errorf("no deed has %s", a)
		}
	}
	for _, a := range all {
		if !slices.Contains(asked, a) {
			t.Errorf("no request asks for %s", a)
		}
	}
}

// Whether a region was named is known before a bucket is made in it.
func TestGuessedRegion(t *testing.T) {
	c := fakeConfig()
	for region, want := range map[string]bool{"": true, "eu-central-1": false} {
		c.Region = region
		if b := opened(t, c, nil); b.Guessed() != want {
			t.Errorf("%q: %v", region, b.Guessed())
		}
	}
}
