package recipe

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"testing"

	"github.com/pelletier/go-toml/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the files that are made from the tables")

// schema is the published one, compiled.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("recipes.schema.json", text); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("recipes.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// valid tells what the schema says of a file; TOML that cannot be read is not valid.
func valid(s *jsonschema.Schema, file string) error {
	var any map[string]any
	if err := toml.Unmarshal([]byte(file), &any); err != nil {
		return err
	}
	text, err := json.Marshal(any)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

// The schema in the repository, where editors find it, is the one of the tables.
func TestSchemaIsCurrent(t *testing.T) {
	if *update {
		if err := os.WriteFile("recipes.schema.json", Schema(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if have, err := os.ReadFile("recipes.schema.json"); err != nil || !bytes.Equal(have, Schema()) {
		t.Error("recipes.schema.json is not what the tables say: go test ./pipeline/recipe -run Schema -update", err)
	}
}

// The schema takes the built-in recipes, each as weft writes it into a file, and
// every way of writing a step in lower case.
func TestSchemaTakes(t *testing.T) {
	s := schema(t)
	files := []string{string(builtin),
		"[a]\nsteps = \"orient | fit 800x800 | watermark \\\"a, b | c\\\" top 0.35 | png\"\nto = 'generated/{stem}.web.png'\nfrom = 'archive/'\n",
		"[a]\nbase = 'web'\nquality = 'exact'\nanimation = 'refuse'\nfrom = ['group_images', 'x/y/']\nsteps = ['jpeg']\n",
		"[a]\nbase = 'web'\n"}
	for _, r := range Builtin() {
		files = append(files, r.File())
	}
	for _, f := range files {
		if err := valid(s, f); err != nil {
			t.Errorf("%s\n%v", f, err)
		}
		if _, err := parse("f.toml", []byte(f), folders); err != nil && f != string(builtin) {
			t.Errorf("%s\n%v", f, err)
		}
	}
}

// What the schema refuses weft refuses, and what weft refuses in one recipe for
// its form the schema does too.
func TestSchemaRefuses(t *testing.T) {
	s := schema(t)
	for _, f := range []string{
		"[web]\nsteps = 'shrapen 0.5'\n", "[web]\nsteps = ['orient', 'shrapen 0.5']\n", "[web]\nsteps = ['fit']\n", "[web]\nsteps = ['orient 3']\n",
		"[web]\nsteps = ['']\n", "[web]\nsteps = []\n", "[web]\nsteps = [3]\n", "[web]\nsteps = 3\n", "[web]\nsteps = 'orient || png'\n",
		"[web]\nabout = 'x'\n", "[web]\nsteps = 'png'\nabout = 3\n", "[web]\nsteps = 'png'\nstepps = 'png'\n", "[Web]\nsteps = 'png'\n",
		"[a.b]\nsteps = 'png'\n", "[[web]]\nsteps = 'png'\n", "steps = 'png'\n", "[web]\nsteps = 'png'\nto = '{generated}{pth}.{ext}'\n",
		"[web]\nsteps = 'png'\nto = '{generated}{path.{ext}'\n", "[web]\nsteps = 'png'\nfrom = 'search_upload'\n", "[web]\nsteps = 'png'\nfrom = [3]\n",
		"[web]\nsteps = 'png'\nquality = 'exakt'\n", "[web]\nsteps = 'png'\nanimation = 'last'\n", "[web]\nsteps = 'watermark \"x'\n", "[web\n",
	} {
		if valid(s, f) == nil {
			t.Errorf("the schema takes\n%s", f)
		}
		if _, err := parse("f.toml", []byte(f), folders); err == nil {
			t.Errorf("Parse takes\n%s", f)
		}
	}
}
