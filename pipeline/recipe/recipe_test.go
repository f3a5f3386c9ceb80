package recipe

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"weft/config"
)

var folders = config.Folders{
	{Role: config.SearchUploads, Prefix: "search_uploads/"},
	{Role: config.Generated, Prefix: "generated/"},
	{Role: config.SingleImages, Prefix: "uploaded/single_images/"},
	{Role: config.GroupImages, Prefix: "uploaded/group_images/"},
	{Role: config.FabricTable, Prefix: "table/fabric_table/"},
}

// Every way of writing a step comes to one canonical form, which reads back as itself.
func TestCanonicalForm(t *testing.T) {
	for in, want := range map[string]string{
		"orient":                           "orient",
		"FIT 320":                          "fit 320x320",
		"  fit   1600X1200 ":               "fit 1600x1200",
		"fill 512":                         "fill 512x512",
		"fill 512x512 Centre":              "fill 512x512",
		"fill 512x512 TOP-left":            "fill 512x512 top-left",
		"resize 800x0":                     "resize 800x0",
		"resize 50.0%":                     "resize 50%",
		"crop 800x600+10+020":              "crop 800x600+10+20",
		"crop 800x600":                     "crop 800x600",
		"crop 800x600 bottom":              "crop 800x600 bottom",
		"rotate -90":                       "rotate 270",
		"rotate 90 #f00":                   "rotate 90",
		"rotate 12.50 #F00":                "rotate 12.5 #ff0000",
		"rotate 12.5 #ffffffff":            "rotate 12.5",
		"rotate 12.5 #00000000":            "rotate 12.5 #00000000",
		"flip horizontal":                  "flip h",
		"sharpen .5":                       "sharpen 0.5",
		"blur 1.20":                        "blur 1.2",
		"brightness -0":                    "brightness 0",
		"contrast +10":                     "contrast 10",
		"gamma 1.1":                        "gamma 1.1",
		"grayscale":                        "grayscale",
		"fill 512 SMART":                   "fill 512x512 smart",
		"trim":                             "trim 5%",
		"trim 2.50":                        "trim 2.5%",
		"pad 800":                          "pad 800x800",
		"pad 800x600 top-left #FFF":        "pad 800x600 top-left",
		"pad 800x600 Center black":         "pad 800x600 #000000",
		"pad 20PX":                         "pad 20x20px",
		"pad 20x0px transparent":           "pad 20x0px #00000000",
		"tile 3":                           "tile 3x3",
		"tile 3X2 Straight":                "tile 3x2",
		"tile 3x2 HalfDrop":                "tile 3x2 half-drop",
		"hue -30":                          "hue 330",
		"hue 360":                          "hue 0",
		"colourway #7A2136=#1e2a55 2=#FFF": "colourway #7a2136=#1e2a55 2=#ffffff",
		"colourway 2=#ffffff 1=#000":       "colourway 1=#000000 2=#ffffff",
		"rotate 45 black":                  "rotate 45 #000000",
		"jpeg":                             "jpeg q82",
		"jpeg 90":                          "jpeg q90",
		"png":                              "png",
		"webp":                             "webp q80",
		"webp 75":                          "webp q75",
		"WebP Lossless":                    "webp lossless",
		"avif":                             "avif q60",
		"avif q40":                         "avif q40",
		`watermark "a \"b\" | c"`:          `watermark "a \"b\" | c" bottom-right 50% 4%`,
		`watermark 'it, so' top 0.35`:      `watermark "it, so" top 35% 4%`,
		`watermark © center 100% 24px`:     `watermark "©" center 100% 24px`,
		"watermark image logos/weft.png":   `watermark image "logos/weft.png" bottom-right 50% 20%`,
		`watermark IMAGE "my logo.png" top-left 1 64px`: `watermark image "my logo.png" top-left 100% 64px`,
		`watermark "image" top`:                         `watermark "image" top 50% 4%`,
		`watermark "x" 30% 2.5%`:                        `watermark "x" bottom-right 30% 2.5%`,
	} {
		s, faults := parseStep(in)
		if len(faults) > 0 || s.String() != want {
			t.Errorf("%q: got %q, %v; want %q", in, s, faults, want)
			continue
		}
		var back Step
		if err := back.UnmarshalText([]byte(s.String())); err != nil || back.String() != want {
			t.Errorf("%q reads back as %q, %v", want, back, err)
		}
	}
}

// A wrong step is refused with words that name what is wrong.
func TestBadSteps(t *testing.T) {
	for in, want := range map[string]string{
		"":                               "empty step",
		"shrapen 0.5":                    "did you mean sharpen?",
		"xyzzy":                          "known are orient, split, fit,",
		"fit":                            "needs a size",
		"fit 0x100":                      "is not a size",
		"fit 100x-1":                     "is not a size",
		"fit 99999999999999999":          "is not a size",
		"fit 10x10x10":                   "is not a size",
		"fit 10 20":                      `"20" is one argument too many`,
		"fill 10x10 botom":               "did you mean bottom?",
		"resize 0x0":                     "is not a size",
		"resize 0%":                      "is not a percentage",
		"resize NaN%":                    "is not a percentage",
		"crop 10x10+1":                   "is not a box",
		"crop 10x10+1+-1":                "is not a box",
		"crop 10x10+1+1 top":             "one argument too many",
		"rotate 0":                       "is not an angle",
		"rotate 1e1":                     "is not an angle",
		"rotate 10 red":                  `unknown colour "red": known are white`,
		"rotate 10 #ff":                  "is not a colour",
		"fill 10 samrt":                  "did you mean smart?",
		"trim 60%":                       "is not a tolerance",
		"trim x":                         "is not a tolerance",
		"pad":                            "needs a size like 800x800",
		"pad 0px":                        "is not a size like 800x800",
		"pad 0x10":                       "is not a size like 800x800",
		"pad 10 whit":                    `unknown gravity "whit"`,
		"pad 10 top blak":                "did you mean black?",
		"pad 10px top":                   `unknown colour "top"`,
		"pad 10 top #fff 3":              "one argument too many",
		"tile 3x0":                       "is not columns and rows",
		"tile 99":                        "is not columns and rows",
		"tile 2 miror":                   "did you mean mirror?",
		"hue 400":                        "is not a turn",
		"hue":                            "needs a turn",
		"colourway":                      "needs changes like",
		"colourway 1":                    "is not changes like",
		"colourway 6=#fff":               "is not changes like",
		"colourway 1=red":                "is not changes like",
		"colourway 1=#fff0":              "is not changes like",
		"colourway 1=#fff 1=#000":        "1 is changed twice",
		"flip d":                         "is not h or v",
		"sharpen 0":                      "is not a sigma from 0.05 to 10",
		"gamma Inf":                      "is not a gamma",
		"jpeg q0":                        "is not a quality",
		"webp losless":                   "did you mean lossless?",
		"webp q200":                      "is not a quality from q1",
		"avif 0":                         "is not a quality",
		"grayscale 1":                    "one argument too many",
		`watermark "x`:                   "has no end",
		`watermark ""`:                   "1 to 200 bytes",
		`watermark image`:                "needs the key of a picture",
		`watermark image logos/`:         "is not the key",
		`watermark image a.png topleft`:  "did you mean top-left?",
		`watermark image a.png 5% 5% 5%`: "one argument too many",
		`watermark "x" topleft`:          "did you mean top-left?",
		`watermark "x" 500%`:             "is not an opacity",
		`watermark "x" 50% 1e9`:          "is not a size",
		`watermark "x" 5% 5% 5%`:         "one argument too many",
	} {
		_, faults := parseStep(in)
		if len(faults) == 0 || !strings.Contains(faults[0].text, want) {
			t.Errorf("%q: got %v; want %q", in, faults, want)
		}
	}
}

// A line of steps reads back as the same steps, and the format comes last by default.
func TestParseSteps(t *testing.T) {
	steps, err := ParseSteps(`orient | fit 800x800 | watermark "a, b | c" | png`)
	if err != nil || len(steps) != 4 {
		t.Fatal(steps, err)
	}
	r := Recipe{Steps: steps}
	again, err := ParseSteps(r.Line())
	if err != nil || (Recipe{Steps: again}).Hash() != r.Hash() {
		t.Errorf("%q reads back as %v, %v", r.Line(), again, err)
	}
	if steps, _ = ParseSteps("orient"); len(steps) != 2 || steps[1].String() != "jpeg q82" {
		t.Errorf("default format: %v", steps)
	}
	_, err = ParseSteps("fit 10, nope, jpeg q400")
	if p, ok := errors.AsType[Problems](err); !ok || len(p) != 2 || p[0].Column != 9 || p[1].Column != 20 {
		t.Errorf("want two problems at columns 9 and 20, got %v", err)
	}
	for _, bad := range []string{"fit 10 | orient", "jpeg | fit 10", "png | jpeg"} {
		if _, err := ParseSteps(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

// A file's problems are reported all at once, each with its line and column, and the good recipes still come back.
func TestParseReportsEverything(t *testing.T) {
	text := `# shop
[good]
steps = "orient | fit 800"

[bad]
about = 3
stepps = []
steps = ["orient", "shrapen 0.5",
         "fit 10x", 7]
to = "{generated}{pth}.{ext}"
from = ["search_upload", "x/"]

[Worse]
steps = ["fit 10 | orient"]

[late]
steps = ["png", "fit 10"]

[none]
`
	recipes, err := parse("shop.toml", []byte(text), folders)
	if len(recipes) != 1 || recipes[0].Name != "good" || recipes[0].Line() != "orient, fit 800x800, jpeg q82" {
		t.Errorf("good recipes: %+v", recipes)
	}
	got := strings.Split(err.Error(), "\n")
	want := []string{
		`shop.toml:6:9: about must be a text`,
		`shop.toml:7:1: unknown key "stepps": did you mean steps?`,
		`shop.toml:8:21: unknown step "shrapen": did you mean sharpen?`,
		`shop.toml:9:15: fit: "10x" is not a size`,
		`shop.toml:9:21: steps must be a list of texts`,
		`shop.toml:10:19: to: unknown placeholder "pth": did you mean path?`,
		`shop.toml:11:10: unknown folder "search_upload": did you mean search_uploads?`,
		`shop.toml:13:2: recipe "Worse": the name may hold`,
		`shop.toml:14:10: orient must be the first step`,
		`shop.toml:17:10: the format png must be the last step`,
		`shop.toml:19:2: recipe "none" has no steps`,
	}
	for i, w := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], w) {
			t.Errorf("problem %d: want %q in\n%s", i, w, err)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d:\n%s", len(got), len(want), err)
	}
}

// TOML that cannot be read, or stands in the wrong place, is refused with its line.
func TestParseBadTOML(t *testing.T) {
	for text, want := range map[string]string{
		"[web\nsteps = []":                                      "f.toml:1:",
		"[web]\nsteps = [\"fit 10\"":                            "f.toml:",
		"steps = [\"fit 10\"]":                                  "f.toml:1:1: \"steps\" stands outside",
		"[[web]]\nsteps = \"png\"":                              "f.toml:1:3: a recipe is a table",
		"[a.b]\nsteps = \"png\"":                                "f.toml:1:2: a recipe is a table",
		"[a]\nsteps=\"png\"\n[a]\nsteps=\"png\"":                "f.toml:3:2: recipe \"a\" stands here twice",
		"[a]\nsteps=\"png\"\nsteps=\"png\"":                     "f.toml:3:1: \"steps\" is set twice",
		"[a]\nsteps=\"png\"\nto=\"x/{path}\"":                   "to must begin with {generated} or generated/",
		"[a]\nsteps=\"png\"\nto=\"{generated}x.{ext}\"":         "all sources would share one",
		"[a]\nsteps=\"png\"\nto=\"generated/{stem}.jpg\"":       "must end with .{ext}, or with .png as",
		"[a]\nsteps=\"png\"\nto=\"results/{stem}.png\"":         "begin with {generated} or generated/",
		"[a]\nsteps=\"png\"\nto=\"{generated}../{path}.{ext}\"": "empty or dots",
		"[a]\nsteps=\"png\"\nto=\"{generated}{path}\"":          "must end with .{ext}",
		"[a]\nsteps=\"png\"\nto=\"{generated}{path.{ext}\"":     "unknown placeholder",
		"[a]\nsteps=[]":                                         "there are no steps",
	} {
		if _, err := parse("f.toml", []byte(text), folders); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", text, err, want)
		}
	}
}

// The built-in recipes are in canonical form, so that writing them into a file changes no hash.
func TestBuiltinsAreCanonical(t *testing.T) {
	for _, r := range Builtin() {
		steps, err := ParseSteps(r.Line())
		if err != nil || (Recipe{Steps: steps}).Hash() != r.Hash() || r.checkTo(folders) != "" || r.Place != "built in" {
			t.Errorf("%s: %v, %v", r.Name, steps, err)
		}
	}
}

// A hash follows the steps, the quality and the animation, and nothing else.
func TestHash(t *testing.T) {
	a, b := Builtin()[0], Builtin()[0]
	b.Name, b.About, b.To = "other", "x", "{generated}{hash}.{ext}"
	if a.Hash() != b.Hash() || len(a.Hash()) != 16 {
		t.Errorf("%s, %s", a.Hash(), b.Hash())
	}
	for _, change := range []func(*Recipe){func(r *Recipe) { r.Exact = true }, func(r *Recipe) { r.Animation = Refuse }} {
		c := a
		if change(&c); c.Hash() == a.Hash() {
			t.Errorf("%+v has the hash of the default", c)
		}
	}
	b.Steps = append([]Step(nil), b.Steps[1:]...)
	if a.Hash() == b.Hash() {
		t.Error("another recipe has the same hash")
	}
}

// No two of many awkward sources ever share an output, whatever the template.
func TestOutputsNeverCollide(t *testing.T) {
	sources := []string{
		"a.jpg", "a.png", "a", "a.jpg.web.jpg", "a.jpg.thumb.jpg", "b/a.jpg", "b/a.png", "b/b/a.jpg", "ba.jpg", "b-a.jpg",
		"search_uploads/2026/linen-04.jpg", "search_uploads/2026/linen-04.jpeg", "search_uploads/linen-04.jpg",
		"uploaded/single_images/linen-04.jpg", "{ext}", "{path}", ".jpg", "x/.jpg", "\u00e4.jpg", "a\u0308.jpg", "generate/a.jpg",
		"x/generated/a.jpg", "table/fabric_table/a.jpg",
	}
	for _, to := range []string{"", DefaultTo, "{generated}{recipe}/{path}.{ext}", "{generated}x/{folder}{name}-{recipe}.{ext}",
		"{generated}{stem}-{hash}.{recipe}.{ext}"} {
		seen := map[string]string{}
		for _, r := range Builtin() {
			r.To = to
			for _, s := range sources {
				key, err := r.Output(s, folders)
				if err != nil || !strings.HasPrefix(key, "generated/") || !strings.HasSuffix(key, ".jpg") {
					t.Fatalf("%s of %q: %q, %v", to, s, key, err)
				}
				if other, ok := seen[key]; ok {
					t.Errorf("%s: %q and %q share %q", to, other, s+" "+r.Name, key)
				}
				seen[key] = s + " " + r.Name
			}
		}
	}
	if key, _ := Builtin()[1].Output("search_uploads/2026/linen-04.jpg", folders); key != "generated/search_uploads/2026/linen-04.jpg.web.jpg" {
		t.Error(key)
	}
}

// An output that would be too long or fall into another folder is refused.
func TestOutputRefuses(t *testing.T) {
	r := Builtin()[0]
	if _, err := r.Output(strings.Repeat("x", 1020), folders); err == nil || !strings.Contains(err.Error(), "at most 1024") {
		t.Error(err)
	}
	nested := folders
	nested[0].Prefix = "generated/in/"
	if _, err := r.Output("in/a.jpg", nested); err == nil {
		t.Error("an output in a source folder was allowed")
	}
	r.Name = "../x"
	if _, err := r.Output("a.jpg", folders); err == nil {
		t.Error("a name with a slash was allowed")
	}
}

// A recipe needs the files its steps name, each once, and has another hash with another of them.
func TestNeeds(t *testing.T) {
	steps, err := ParseSteps(`watermark image a.png | watermark "image" | watermark image "b c.png" top | watermark image a.png center`)
	r := Recipe{Steps: steps}
	if err != nil || strings.Join(r.Needs(), "|") != "a.png|b c.png" {
		t.Fatal(r.Needs(), err)
	}
	bare := r.Hash()
	r.Marks = []Mark{{Key: "a.png", ETag: "1"}}
	one := r.Hash()
	r.Marks = []Mark{{Key: "a.png", ETag: "2"}}
	if one == bare || r.Hash() == one {
		t.Error("the file is no part of the hash")
	}
	r.Marks[0].Data = []byte("pixels")
	if f, ok := r.Mark("a.png"); !ok || string(f.Data) != "pixels" || r.Hash() == one {
		t.Error(f)
	}
}

// Quality and animation are read; their defaults change no hash, and a slip is
// named with what was meant.
func TestQualityAndAnimation(t *testing.T) {
	all, err := parse("r.toml", []byte("[a]\nsteps = \"fit 100\"\nquality = \"exact\"\nanimation = \"refuse\"\n"+
		"[b]\nsteps = \"fit 100\"\nquality = \"fast\"\nanimation = \"first\"\n[c]\nsteps = \"fit 100\"\n"), folders)
	if err != nil || !all[0].Exact || all[0].Animation != Refuse || all[1].Hash() != all[2].Hash() || all[0].Hash() == all[1].Hash() {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = parse("r.toml", []byte("[a]\nsteps = \"fit 100\"\nquality = \"exakt\"\n"), folders)
	if err == nil || err.Error() != `r.toml:3:12: unknown quality "exakt": did you mean exact?` {
		t.Error(err)
	}
}

// A recipe takes what lies in the folders of its from, by role or by prefix.
func TestTakes(t *testing.T) {
	r := Recipe{From: []string{"group_images", "archive/"}}
	for key, want := range map[string]bool{"uploaded/group_images/a.jpg": true, "archive/2026/a.jpg": true, "archive2/a.jpg": false, "search_uploads/a.jpg": false} {
		if r.Takes(key, folders) != want {
			t.Error(key, !want)
		}
	}
	if !(Recipe{}).Takes("anything.jpg", folders) {
		t.Error("a recipe without from takes everything")
	}
}

// A recipe survives JSON, its steps as plain strings.
func TestJSON(t *testing.T) {
	r := Builtin()[1]
	data, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(data), `"steps":["orient","fit 1600x1600","sharpen 0.5","jpeg q82"]`) {
		t.Fatal(string(data), err)
	}
	var back Recipe
	if err := json.Unmarshal(data, &back); err != nil || back.Hash() != r.Hash() || back.Name != "web" {
		t.Error(back, err)
	}
	if err := json.Unmarshal([]byte(`{"steps":["fly 3"]}`), &back); err == nil {
		t.Error("an unknown step was accepted")
	}
}
