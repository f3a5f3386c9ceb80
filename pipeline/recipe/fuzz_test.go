package recipe

import (
	"slices"
	"testing"
)

// Whatever the bytes, Parse answers without a panic, and what it takes for good
// reads back as itself from the file that weft writes of it.
func FuzzParse(f *testing.F) {
	f.Add([]byte("[web]\nsteps = [\"fit 10\", \"watermark 'x' top 50%\"]\n"))
	f.Add([]byte("[a]\nbase = 'web'\nto = 'generated/{stem}.jpg'\nfrom = 'x/'\n[b]\nbase = 'a'\nsteps = 'png'\n"))
	f.Add([]byte("a.b = {c = [1, {}]}\n[[x]]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		recipes, _ := parse("f.toml", data, folders)
		for _, r := range recipes {
			again, err := parse("g.toml", []byte(r.File()), folders)
			if err != nil || len(again) != 1 || again[0].Hash() != r.Hash() || again[0].To != r.To {
				t.Errorf("%s\n%+v, %v", r.File(), again, err)
			}
		}
	})
}

// Whatever the text, steps are read or refused with the place, and what was read is written so that it reads the same.
func FuzzParseSteps(f *testing.F) {
	for _, s := range []string{"orient | fit 800x800 | webp q80", "crop 10x10+5+5, rotate 45 #fff", "watermark 'it''s' top 50% 20px", "fit", "|", "jpeg q999", "watermark '"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		steps, err := ParseSteps(text)
		if err != nil {
			return
		}
		line := Recipe{Steps: steps}.Line()
		again, err := ParseSteps(line)
		if err != nil || !slices.EqualFunc(steps, again, func(a, b Step) bool { return a.String() == b.String() }) {
			t.Errorf("%q became %q, then %v, %v", text, line, again, err)
		}
	})
}
