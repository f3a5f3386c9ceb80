package recipe

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

const (
	stepsBegin = "<!-- made from recipe's kinds: go test ./pipeline/recipe -run Guide -update -->\n"
	stepsEnd   = "<!-- end of the steps -->\n"
)

// The README's list of steps is the table of kinds.
func TestGuideInReadme(t *testing.T) {
	const path = "../../README.md"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(data), stepsBegin)
	was, after, ends := strings.Cut(rest, stepsEnd)
	if !begins || !ends {
		t.Fatal("README.md has lost the marks of its steps")
	}
	var now strings.Builder
	now.WriteString("| step | what it does |\n|---|---|\n")
	for _, d := range Steps() {
		fmt.Fprintf(&now, "| `%s` | %s |\n", strings.ReplaceAll(strings.TrimSpace(d.Name+" "+d.Args), "|", "\\|"), d.About)
	}
	if *update {
		if err := os.WriteFile(path, []byte(before+stepsBegin+now.String()+stepsEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if was != now.String() {
		t.Error("README.md does not say what the table says: go test ./pipeline/recipe -run Guide -update")
	}
}
