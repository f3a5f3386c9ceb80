package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule forbids imports, with the reason. A package is named by its path, and a
// trailing /... stands for it and all below.
type rule struct {
	from   string   // these packages, tests not counted
	except []string // but these may
	not    []string // must not import these
	direct bool     // counts only imports of their own, not their imports' imports
	why    string
}

var rules = []rule{
	{from: "weft/config/...", not: []string{"weft/s3ops/...", "weft/pipeline/...", "weft/tui/...", "weft/cmd/..."},
		why: "config is the foundation: it knows no S3, no images and no screens"},
	{from: "weft/s3ops/...", not: []string{"weft/pipeline/...", "weft/tui/...", "weft/cmd/..."},
		why: "the store knows no images, no queue and no screens"},
	{from: "weft/pipeline/...", not: []string{"weft/tui/...", "weft/cmd/..."},
		why: "work goes on without a screen"},
	{from: "weft/tui/...", not: []string{"weft/cmd/..."}, why: "the interface is wired by cmd/weft, not the other way round"},
	{from: "weft/pipeline/recipe", not: []string{"weft/s3ops/...", "weft/pipeline/queue", "weft/pipeline/picture", "weft/pipeline"},
		why: "recipes are pure: they know no bucket and no pixels"},
	{from: "weft/pipeline/picture", not: []string{"weft/s3ops/...", "weft/pipeline/queue", "weft/pipeline"},
		why: "the image engine is pure: bytes in, bytes out"},
	{from: "weft/...", except: []string{"weft/s3ops/..."}, not: []string{"github.com/aws/..."}, direct: true,
		why: "only s3ops knows the AWS SDK, so that errors and checks stand at one place"},
	{from: "weft/...", except: []string{"weft/s3ops/local"}, not: []string{"github.com/versity/..."}, direct: true,
		why: "the embedded server links some 45 modules more"},
	{from: "weft/s3ops", not: []string{"github.com/versity/..."}, why: "a real store needs no embedded server"},
	{from: "weft/...", except: []string{"weft/pipeline/picture"}, direct: true,
		not: []string{"github.com/disintegration/imaging", "golang.org/x/image/...", "github.com/gen2brain/jpegn", "github.com/corona10/goimagehash"},
		why: "picture checks headers against limits before any decoder runs"},
	{from: "weft/...", except: []string{"weft/tui/...", "weft/cmd/..."}, not: []string{"charm.land/..."}, direct: true,
		why: "only the interface and the commands draw"},
	{from: "weft/...", except: []string{"weft/pipeline/queue/..."}, direct: true,
		not: []string{"github.com/riverqueue/...", "modernc.org/sqlite", "github.com/jackc/...", "database/sql"},
		why: "only the queue knows its database"},
}

// Imports point one way: config ← s3ops ← pipeline ← tui ← cmd/weft, and each
// library stays behind the one package that knows it.
func TestImports(t *testing.T) {
	direct, all := imports(t)
	if len(direct) < 8 {
		t.Fatalf("only %d packages are seen", len(direct))
	}
	for _, bad := range violations(direct, all) {
		t.Error(bad)
	}
}

// The rules see what they forbid: an import against the direction, a library
// behind another package's back.
func TestImportRulesBite(t *testing.T) {
	for from, to := range map[string]string{
		"weft/config": "weft/s3ops", "weft/s3ops": "weft/pipeline/queue", "weft/pipeline/table": "weft/tui",
		"weft/tui": "github.com/aws/aws-sdk-go-v2/aws", "weft/pipeline": "github.com/disintegration/imaging",
		"weft/pipeline/recipe": "weft/s3ops", "weft/cmd/weft": "modernc.org/sqlite", "weft/pipeline/queue": "charm.land/lipgloss/v2",
	} {
		edge := map[string][]string{from: {to}}
		if len(violations(edge, edge)) == 0 {
			t.Errorf("%s may import %s", from, to)
		}
	}
}

func violations(direct, all map[string][]string) []string {
	var out []string
	for _, r := range rules {
		edges := all
		if r.direct {
			edges = direct
		}
		for from, list := range edges {
			if !matches(from, r.from) || slices.ContainsFunc(r.except, func(p string) bool { return matches(from, p) }) {
				continue
			}
			for _, to := range list {
				if slices.ContainsFunc(r.not, func(p string) bool { return matches(to, p) }) {
					out = append(out, from+" imports "+to+": "+r.why)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func matches(path, pattern string) bool {
	below, deep := strings.CutSuffix(pattern, "/...")
	return path == below || deep && strings.HasPrefix(path, below+"/")
}

// imports asks the go command for the imports of weft's own packages: their own
// ones, and those with all that these import.
func imports(t *testing.T) (direct, all map[string][]string) {
	t.Helper()
	out, err := exec.Command("go", "list", "-deps", "-f",
		`{{if and .Module (eq .Module.Path "weft")}}{{.ImportPath}}|{{join .Imports " "}}|{{join .Deps " "}}{{end}}`, "weft/...").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	direct, all = map[string][]string{}, map[string][]string{}
	for line := range strings.Lines(string(out)) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != 3 {
			continue
		}
		direct[parts[0]] = strings.Fields(parts[1])
		all[parts[0]] = strings.Fields(parts[2])
	}
	return direct, all
}
