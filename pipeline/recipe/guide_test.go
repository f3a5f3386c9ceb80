package recipe

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const readme = "../../README.md"

// The README's lists of steps, placeholders and keys are the tables.
func TestGuideInReadme(t *testing.T) {
	row := func(name, about string) string {
		return fmt.Sprintf("| `%s` | %s |\n", strings.ReplaceAll(strings.TrimSpace(name), "|", "\\|"), about)
	}
	steps := "| step | what it does |\n|---|---|\n"
	for _, d := range Steps() {
		steps += row(d.Name+" "+d.Args, d.About)
	}
	made(t, "<!-- made from recipe's kinds: go test ./pipeline/recipe -run Guide -update -->\n", "<!-- end of the steps -->\n", steps)
	places := "| in `to` | stands for | such as |\n|---|---|---|\n"
	for _, p := range Placeholders {
		places += fmt.Sprintf("| `{%s}` | %s | `%s` |\n", p.Name, p.About, p.Example)
	}
	made(t, "<!-- made from recipe's placeholders: go test ./pipeline/recipe -run Guide -update -->\n", "<!-- end of the placeholders -->\n", places)
	said := "| key | says |\n|---|---|\n"
	for _, k := range keys {
		said += row(k.name, k.about)
	}
	made(t, "<!-- made from recipe's keys: go test ./pipeline/recipe -run Guide -update -->\n", "<!-- end of the keys -->\n", said)
}

// made holds a part of the README, between two marks, to what it is made from.
func made(t *testing.T, begin, end, now string) {
	t.Helper()
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), begin)
	was, after, ends := strings.Cut(rest, end)
	switch {
	case !begins || !ends:
		t.Errorf("README.md has lost the mark %q", begin)
	case *update:
		if err := os.WriteFile(readme, []byte(before+begin+now+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	case was != now:
		t.Error("README.md does not say what the tables say: go test ./pipeline/recipe -run Guide -update")
	}
}

// The recipes that the README shows work as they stand there.
func TestReadmeRecipes(t *testing.T) {
	data, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "\n## Recipes\n")
	text, _, _ = strings.Cut(text, "\n## ")
	blocks := strings.Split(text, "```toml\n")[1:]
	for _, b := range blocks {
		file, _, _ := strings.Cut(b, "```")
		if all, err := parse("README.md", []byte(file), folders); err != nil || len(all) == 0 {
			t.Errorf("%s\n%v", file, err)
		}
		if err := valid(schema(t), file); err != nil {
			t.Errorf("%s\n%v", file, err)
		}
	}
	if len(blocks) == 0 {
		t.Error("README.md shows no recipe")
	}
}
