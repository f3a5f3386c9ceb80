package tui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
)

// A recipe whose row cuts it stands whole below the list when the cursor is on it.
func TestLongRecipeIsShownWhole(t *testing.T) {
	m := newPictured().Model
	r, err := recipe.FromSteps(`orient | fit 2400x2400 | sharpen 0.6 | watermark "Mill & Loom" bottom-right | jpeg q90`, "", m.parts.Config.Folders)
	if err != nil {
		t.Fatal(err)
	}
	s := &transformSheet{keys: []string{"a.jpg"}, recipes: []recipe.Recipe{recipe.Builtin()[0], r}, chosen: map[string]bool{}}
	if got := ansi.Strip(s.view(m, 80, 24)); strings.Contains(got, "jpeg q90") {
		t.Errorf("the cursor is on another:\n%s", got)
	}
	s.win.cursor = 1
	if got := ansi.Strip(s.view(m, 80, 24)); !strings.Contains(got, "4%, jpeg q90") {
		t.Errorf("cut off:\n%s", got)
	}
}

// What a task made is named by what its source's name does not say already.
func TestOutcomeOfATask(t *testing.T) {
	k := queue.TaskState{Task: pipeline.Task{Key: "search_uploads/a.jpg"}, Outcome: pipeline.Outcome{
		Keys: []string{"generated/search_uploads/a.jpg.web.jpg", "generated/shop/a.webp"}}}
	if got := outcomeLine(k); got != "web.jpg  a.webp" {
		t.Error(got)
	}
}
