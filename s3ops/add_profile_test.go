package s3ops_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weft/config"
	"weft/s3ops"
)

// Keys are added to the shared file as a profile that the SDK finds; what stands
// there stays, a name is never taken twice, and the file is its owner's alone.
func TestAddProfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "aws", "credentials")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", file)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	keys := config.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "wJalr/+=x", SessionToken: "tok"}
	for _, name := range []string{"weft", "weft-2"} {
		if err := s3ops.AddProfile(name, keys); err != nil {
			t.Fatal(err)
		}
	}
	for _, bad := range []string{"weft", "a b", "", "x]\n[y"} {
		if err := s3ops.AddProfile(bad, keys); err == nil {
			t.Errorf("the profile %q was added", bad)
		}
	}
	text, _ := os.ReadFile(file)
	want := "[weft]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalr/+=x\naws_session_token = tok\n"
	if string(text) != want+"\n"+strings.Replace(want, "[weft]", "[weft-2]", 1) {
		t.Errorf("%s", text)
	}
	if info, _ := os.Stat(file); info.Mode().Perm() != 0o600 {
		t.Error(info.Mode())
	}
	b, err := s3ops.Open(t.Context(), &config.Config{Bucket: "b", Profile: "weft-2", Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := b.Identity(t.Context()); err != nil || id.KeyID != "****MPLE" || !id.Session {
		t.Errorf("%+v, %v", id, err)
	}
}
