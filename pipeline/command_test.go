package pipeline

import (
	"testing"

	"weft/pipeline/recipe"
)

func TestCommandsSayWhatTasksDo(t *testing.T) {
	// Each task reads as the weft command that does the same, quoted for a shell; many of one kind are one command.
	web := []recipe.Recipe{{Name: "web"}, {Name: "thumb"}}
	for _, x := range []struct {
		want  string
		n     int
		tasks []Task
	}{
		{"weft rm a/b.jpg", 1, []Task{{Verb: Delete, Key: "a/b.jpg"}}},
		{"weft rm a b …  # and 98 more", 100, []Task{{Verb: Delete, Key: "a"}, {Verb: Delete, Key: "b"}}},
		{`weft mv 'it'\''s here' 'b; rm -rf ~'`, 1, []Task{{Verb: Move, Key: "it's here", To: "b; rm -rf ~"}}},
		{"weft mv a b …  # and 1 more", 2, []Task{{Verb: Move, Key: "a", To: "b"}, {Verb: Move, Key: "c", To: "d"}}},
		{"weft put /home/a.jpg /home/b.jpg … up/  # and 3 more", 5, []Task{{Verb: Upload, File: "/home/a.jpg", Key: "up/a.jpg"}, {Verb: Upload, File: "/home/b.jpg", Key: "up/b.jpg"}}},
		{"weft get x/y.jpg /home/downloads/x", 1, []Task{{Verb: Download, Key: "x/y.jpg", Dir: "/home/downloads", Name: "x/y.jpg"}}},
		{"weft process --recipe web,thumb a.jpg b.jpg", 2, []Task{{Verb: Process, Key: "a.jpg", Recipes: web}, {Verb: Process, Key: "b.jpg", Recipes: web}}},
		{"weft rm --version v1 a", 1, []Task{{Verb: Delete, Key: "a", VersionID: "v1"}}},
		{"", 1, []Task{{Verb: Draw, Key: "a"}}},
	} {
		if got := Command(x.tasks, x.n); got != x.want {
			t.Errorf("got  %s\nwant %s", got, x.want)
		}
	}
}
