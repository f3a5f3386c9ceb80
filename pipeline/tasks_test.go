package pipeline

import (
	"slices"
	"testing"

	"weft/config"
	"weft/pipeline/recipe"
)

// A source becomes one task with the recipes that take it, and none where none does.
func TestTasks(t *testing.T) {
	f := config.Folders{{Role: config.GroupImages, Prefix: "uploaded/group_images/"}}
	web, group := recipe.Builtin()[1], recipe.Builtin()[0]
	group.From = []string{"group_images"}
	keys := []string{"a.jpg", "uploaded/group_images/b.jpg"}
	got := slices.Collect(Tasks(f, keys, []recipe.Recipe{web, group}))
	if len(got) != 2 || len(got[0].Recipes) != 1 || got[0].Recipes[0].Name != "web" || len(got[1].Recipes) != 2 || got[1].Verb != Process {
		t.Errorf("%+v", got)
	}
	if got = slices.Collect(Tasks(f, keys, []recipe.Recipe{group})); len(got) != 1 || got[0].Key != keys[1] {
		t.Errorf("%+v", got)
	}
}
