package pipeline

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"weft/pipeline/recipe"
	"weft/s3ops"
)

// The bucket's recipe files are read once as long as they are the same: after
// that they cost one listing. Copies of those that are gone do not stay.
func TestSharedRecipesAreReadOnce(t *testing.T) {
	d, requests := counted(t)
	cache, none := t.TempDir(), t.TempDir()
	put(t, "recipes/a.toml", []byte("[one]\nsteps = \"fit 10\"\n"))
	put(t, "recipes/b.toml", []byte("[two]\nbase = \"one\"\nsteps = \"png\"\n"))
	put(t, "recipes/notes.txt", []byte("no recipe"))
	put(t, "recipes/old/c.toml", []byte("[three]\nsteps = \"png\"\n"))
	t.Cleanup(func() {
		for _, k := range []string{"a.toml", "b.toml", "notes.txt", "old/c.toml"} {
			_, _ = bucket.Delete(t.Context(), "recipes/"+k, "")
		}
	})
	lines := func(want ...string) {
		t.Helper()
		all, err := Recipes(t.Context(), d.Bucket, folders, none, cache)
		var got []string
		for _, r := range all[3:] {
			got = append(got, r.Name+": "+r.Line())
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%v, %v; want %v", got, err, want)
		}
	}
	lines("one: fit 10x10, jpeg q82", "two: fit 10x10, png")
	if got := requests(); len(got) != 3 {
		t.Errorf("first: %v", got)
	}
	lines("one: fit 10x10, jpeg q82", "two: fit 10x10, png")
	if got := requests(); len(got) != 1 {
		t.Errorf("again: %v", got)
	}
	put(t, "recipes/a.toml", []byte("[one]\nsteps = \"fit 20\"\n"))
	lines("one: fit 20x20, jpeg q82", "two: fit 20x20, png")
	if got := requests(); len(got) != 2 {
		t.Errorf("after a change: %v", got)
	}
	if kept, err := os.ReadDir(cache); err != nil || len(kept) != 2 {
		t.Errorf("copies: %v, %v", kept, err)
	}
}

// What is too large, or one too many, is told of and left out.
func TestSharedRecipesAreBounded(t *testing.T) {
	put(t, "recipes/big.toml", bytes.Repeat([]byte("# x\n"), sharedBytes/4+1))
	t.Cleanup(func() { _, _ = bucket.Delete(t.Context(), "recipes/big.toml", "") })
	for i := range sharedFiles {
		key := fmt.Sprintf("recipes/n%03d.toml", i)
		put(t, key, fmt.Appendf(nil, "[n%d]\nsteps = \"fit %d\"\n", i, i+1))
		t.Cleanup(func() { _, _ = bucket.Delete(t.Context(), key, "") })
	}
	all, err := Recipes(t.Context(), bucket, folders, t.TempDir(), "")
	if len(all) != len(recipe.Builtin())+sharedFiles-1 {
		t.Errorf("%d recipes", len(all))
	}
	for _, want := range []string{"big.toml: cannot be read: it has 262148 bytes, of at most 262144", "holds more than 100 recipe files"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q in %v", want, err)
		}
	}
}

// Who may not see the bucket's recipes has the others, and no error.
func TestSharedRecipesThatMayNotBeSeen(t *testing.T) {
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>not allowed to s3:ListBucket</Message></Error>`)
	}))
	t.Cleanup(refuses.Close)
	c := *endpoint
	c.Endpoint = refuses.URL
	b, err := s3ops.Open(t.Context(), &c)
	if err != nil {
		t.Fatal(err)
	}
	if all, err := Recipes(t.Context(), b, folders, t.TempDir(), ""); err != nil || len(all) != len(recipe.Builtin()) {
		t.Error(all, err)
	}
}
