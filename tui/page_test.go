package tui

import (
	"strings"
	"testing"

	"weft/pipeline/survey"
	"weft/s3ops"
)

// The bucket's page says who may do what and what there is, counts at once when it
// never did, opens an object, and takes an edited policy: what is wrong is told with
// its place, the difference is shown, and only y writes it.
func TestBucketPage(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt", "search_uploads/deep/b.txt")
	w.config.Paths.State = t.TempDir()
	s := w.show(120, 44)
	s.await("a.txt")
	s.press("b")
	s.await("Bucket "+w.config.Bucket, "none: only who has rights by IAM", "this store has no such thing", "2 objects, ", "search_uploads/deep/b.txt")
	d, err := survey.Open(t.Context(), w.bucket, survey.Policy)
	if err != nil {
		t.Fatal(err)
	}
	text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObjekt","Resource":"arn:aws:s3:::` + w.config.Bucket + `/generated/*"}]}`
	s.program.Send(edited{document: d, text: text})
	s.await("The policy is not valid", "line 1, column 81", "did you mean s3:GetObject?")
	s.press("y")
	s.await("It is not valid")
	s.program.Send(edited{document: d, text: strings.Replace(text, "Objekt", "Object", 1)})
	s.await("Change the policy?", "This opens more than before", "y write it")
	s.press("enter")
	s.press("j")
	if is, err := w.bucket.Policy(t.Context()); err != nil || is.State != s3ops.Unset {
		t.Fatalf("Enter wrote it: %+v, %v", is, err)
	}
	s.press("y")
	s.await("anyone on the internet can read generated/")
	s.press("j", "j", "j", "j", "j", "enter")
	s.await("Policy of ", `"Action": "s3:GetObject"`)
	s.press("esc")
	s.await("What it holds")
	s.program.Send(edited{document: d, text: strings.Replace(text, "GetObjekt", "PutObject", 1)})
	s.await("Change the policy?")
	s.press("y")
	s.await("somebody has changed them since they were shown", "Enter explains")
	s.press("esc")
	s.await("What it holds")
	s.press("G", "k", "enter")
	s.awaitGone("What it holds")
}

// Without an editor at this terminal, and read-only, nothing can be edited, and the
// page says so.
func TestBucketPageWithoutEditor(t *testing.T) {
	w := newWorld(t)
	w.config.Paths.State = t.TempDir()
	s := w.show(80, 24)
	s.await("search_uploads/ is empty")
	s.press("b")
	s.await("How it is set up", "policy")
	s.press("e")
	s.await("There is no editor here")
	s.press("b")
	s.awaitGone("How it is set up")
}
