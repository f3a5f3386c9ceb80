package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// [setup] of config.toml is read and checked with the rest; flags win over it.
func TestSetup(t *testing.T) {
	dir := t.TempDir()
	load := func(text string, flags map[string]string) (*Config, error) {
		t.Helper()
		file := filepath.Join(dir, "config.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Load(t.Context(), Sources{File: file, Environ: []string{"HOME=" + dir}, Dir: dir, Flags: flags})
	}
	c, err := load("[setup]\norigins = [\"https://b.example/\", \"http://*.a.example:8080\"]\nexpire_versions = 0\n", map[string]string{"cool-uploads-after": "45"})
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Setup; !slices.Equal(s.Origins, []string{"http://*.a.example:8080", "https://b.example"}) || s.AbortUploads != 7 || s.ExpireVersions != 0 || s.CoolUploads != 45 {
		t.Errorf("%+v", s)
	}
	for text, want := range map[string]string{
		`origins = ["shop.example"]`:        "not the origin of a web page",
		`origins = ["https://a.example/x"]`: "not the origin of a web page",
		`origins = [5]`:                     "a list of texts in quotes",
		"cool_uploads = 7":                  "0 for never, or 30 and more",
		`abort_uploads = "7"`:               "a whole number, without quotes",
		"abort_upload = 7":                  `did you mean "setup.abort_uploads"`,
	} {
		if _, err := load("[setup]\n"+text+"\n", nil); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "config.toml:2") {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}
