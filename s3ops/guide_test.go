package s3ops_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weft/s3ops"
)

var update = flag.Bool("update", false, "write the README's troubleshooting guide anew")

// The marks between which the README's guide lies.
const (
	guideBegin = "<!-- made from s3ops' conditions: go test ./s3ops -run Guide -update -->\n"
	guideEnd   = "<!-- end of what is made -->\n"
)

// atFirst are the conditions that the guide shows without being opened.
var atFirst = []string{"Access denied", "Access denied, or no such object", "Key not found"}

// The troubleshooting guide of the README is the table of conditions.
func TestGuideInReadme(t *testing.T) {
	path := filepath.Join(filepath.Dir(sources), "README.md")
	data, err := os.ReadFile(path)
	check(t, err)
	before, rest, begins := strings.Cut(string(data), guideBegin)
	was, after, ends := strings.Cut(rest, guideEnd)
	if !begins || !ends {
		t.Fatalf("%s has lost the marks of its guide", path)
	}
	now := guide()
	if *update {
		check(t, os.WriteFile(path, []byte(before+guideBegin+now+guideEnd+after), 0o644))
		return
	}
	if was != now {
		t.Errorf("%s does not say what the table says: go test ./s3ops -run Guide -update", path)
	}
}

// guide is the table for people: what to put for what was at hand is in capitals.
func guide() string {
	plain := strings.NewReplacer("{bucket}", "BUCKET", "{host}", "HOST", "{region}", "REGION", "{actual region}", "", "{class}", "", "{profile flag}", "", "{payer}", "; if its requesters pay, add --request-payer",
		"{action}", "ACTION", "{allow}", "ACTION on RESOURCE", "{policy}", "a policy", "{where}", "", "{said}", "…", "{cause}", "…", "|", "\\|")
	var all strings.Builder
	first := make([]string, len(atFirst))
	n := 0
	for _, c := range s3ops.Conditions() {
		n++
		why, remedy := plain.Replace(c.Why), plain.Replace(c.Remedy)
		if i := slices.Index(atFirst, c.Name); i >= 0 {
			first[i] = fmt.Sprintf("- **%s**: %s; %s.\n", c.Name, why, remedy)
		}
		codes := ""
		if len(c.Codes) > 0 {
			codes = " (`" + strings.Join(c.Codes[:min(len(c.Codes), 2)], "`, `") + "`)"
		}
		fmt.Fprintf(&all, "| %s%s | %s | %s |\n", c.Name, codes, why, remedy)
	}
	return fmt.Sprintf("%s\n<details><summary>All %d ways to fail that weft tells apart</summary>\n\n| | why | what to do |\n|---|---|---|\n%s\n</details>\n", strings.Join(first, ""), n, all.String())
}
