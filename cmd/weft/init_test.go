package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// servedLocally runs weft local over a new store and gives its exports.
func servedLocally(t *testing.T, dir string, env []string) map[string]string {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, "local", "--json", filepath.Join(dir, "store"))
	c.Dir = dir
	for _, v := range env {
		if !strings.HasPrefix(v, "WEFT_HOME=") {
			c.Env = append(c.Env, v)
		}
	}
	c.Env = append(c.Env, "WEFT_HOME="+filepath.Join(dir, "server"))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGTERM)
		_ = c.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	exports := map[string]string{}
	if err == nil {
		err = json.Unmarshal(line, &exports)
	}
	if err != nil {
		t.Fatal(err)
	}
	return exports
}

// Somebody who knows nothing but what stands on the console answers question after
// question on a terminal, makes slips, goes back, and has a bucket that works: the
// secret is never on the screen and stands in the one file it was meant for.
func TestInitOnATerminal(t *testing.T) {
	dir, env := home(t)
	store := servedLocally(t, dir, env)
	secret := store["AWS_SECRET_ACCESS_KEY"]
	x := openTerminal(t, 80, 60, dir, env, "init")
	x.wait("Where is the bucket?", "number [1]:")
	x.press("<", "enter")
	x.wait("first question")
	x.press("2", "enter")
	x.wait("endpoint:")
	x.press("<", "enter")
	x.press("2", "enter")
	x.press("http://127.0.0.1:1", "enter")
	x.wait("nothing listens")
	x.press(store["AWS_ENDPOINT_URL"], "enter")
	x.wait("With which keys?")
	x.press("enter")
	x.wait("access key id:")
	x.press(store["AWS_ACCESS_KEY_ID"], "enter")
	x.wait("(not shown):")
	x.press("wrong-secret", "enter")
	x.wait("does not fit the access key")
	x.press("oops", "ctrl+u", secret[:10], "y", "backspace", secret[10:], "enter")
	x.wait("Where shall the keys be kept?")
	x.press("enter")
	x.wait("profile [weft]:")
	x.press("a b", "enter")
	x.wait("not the name of a profile")
	x.press("enter")
	x.wait("bucket [fabric-storage-bucket]:")
	x.press("No_Bucket", "enter")
	x.wait("is not a bucket name")
	x.press("new-mill", "enter")
	x.wait("In which region?", "region [us-east-1]:")
	x.press("<", "enter")
	x.wait("there is none of that name")
	x.press("new-mill", "enter", "enter")
	x.wait("folders [keep]:")
	x.press("generated = uploaded/", "enter")
	x.wait("each needs a place of its own")
	x.press("generated = results", "enter")
	x.until("the folder's new name", func(s string) bool { return strings.Count(s, "results/") > 0 })
	x.press("enter")
	x.wait("Make the bucket and set it up so?", "yes or no [yes]:")
	x.press("enter")
	x.wait("It works. What to do next:")
	x.ended()

	x.mu.Lock()
	raw := x.raw.String()
	x.mu.Unlock()
	if strings.Contains(raw, secret) || strings.Contains(raw, secret[10:]) || strings.Contains(raw, "wrong-secret") {
		t.Error("a secret was written to the terminal")
	}
	holding := 0
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(path, filepath.Join(dir, "store")) {
			return err
		}
		text, _ := os.ReadFile(path)
		if strings.Contains(string(text), secret) {
			holding++
			info, _ := d.Info()
			if path != filepath.Join(dir, ".aws", "credentials") || info.Mode().Perm() != 0o600 {
				t.Errorf("%s, mode %v, holds the secret", path, info.Mode())
			}
		}
		return nil
	})
	if holding != 1 {
		t.Errorf("%d files hold the secret", holding)
	}
	text, err := os.ReadFile(filepath.Join(dir, "weft", "config.toml"))
	if want := "bucket = \"new-mill\"\nregion = \"us-east-1\"\nendpoint = \"" + store["AWS_ENDPOINT_URL"] + "\"\nprofile = \"weft\"\n\n[folders]\ngenerated = \"results/\"\n"; err != nil || string(text) != want {
		t.Errorf("%s\nwant %s", text, want)
	}
}

// Ctrl+C while a secret is typed leaves the terminal as it was and writes nothing.
func TestInitLeftAtTheSecret(t *testing.T) {
	dir, env := home(t)
	x := openTerminal(t, 80, 40, dir, env, "init")
	x.wait("number [1]:")
	x.press("enter")
	x.wait("With which keys?")
	x.press("enter")
	x.wait("access key id:")
	x.press("short", "enter")
	x.wait("an access key of Amazon is")
	x.press("AKIAIOSFODNN7EXAMPLE", "enter")
	x.wait("(not shown):")
	x.press("wJalr", "ctrl+c")
	<-x.gone
	if code := x.cmd.ProcessState.ExitCode(); code != exitInterrupted {
		t.Errorf("exit code %d:\n%s", code, x.text())
	}
	for _, path := range []string{".aws", ".env", "weft/config.toml"} {
		if _, err := os.Stat(filepath.Join(dir, path)); err == nil {
			t.Errorf("%s was written", path)
		}
	}
}

// A profile that asks for a code is asked for it once, and nothing of its session
// is kept.
func TestInitWithACode(t *testing.T) {
	dir, _ := home(t)
	store, env := storeWithCode(t, dir)
	x := openTerminal(t, 80, 60, dir, env, "init", "--endpoint", store, "--profile", "mfa")
	x.wait("number [2]:")
	x.press("enter")
	x.wait("endpoint [" + store + "]:")
	x.press("enter")
	x.wait("With which keys?", "profile mfa of the AWS files (role with a code)")
	x.press("enter")
	x.wait("arn:aws:iam::1:mfa/ada", "code:")
	x.press("000000", "enter")
	x.wait("the code was refused")
	x.press("123456", "enter")
	x.wait("bucket:")
	x.press("cloth", "enter")
	x.wait("it is there", "folders [keep]:")
	x.press("enter")
	x.wait("run weft doctor again") // this store only lists
	<-x.gone
	if x.mu.Lock(); !strings.Contains(x.raw.String(), "cloth can be listed") {
		t.Error("the doctor has another session, or none")
	}
	x.mu.Unlock()
	text, err := os.ReadFile(filepath.Join(dir, "weft", "config.toml"))
	if err != nil || strings.Contains(string(text), "ASIA") || !strings.Contains(string(text), `profile = "mfa"`) {
		t.Errorf("%s %v", text, err)
	}
}

// What opens the bucket stands in red before the question, whose default is no.
func TestSetupAsksInRed(t *testing.T) {
	dir, env := home(t)
	at := []string{"setup", "--local", filepath.Join(dir, "store"), "--bucket", "mill", "--origin", "*"}
	for _, answer := range []string{"", "y"} {
		x := openTerminal(t, 100, 140, dir, env, at...)
		x.wait("this opens the bucket: pages of any site", "Change ", "of mill? [y/N]")
		x.mu.Lock()
		raw := x.raw.String()
		x.mu.Unlock()
		if !strings.Contains(raw, "\x1b[1;31m    ! this opens the bucket") {
			t.Error("the warning is not in red")
		}
		x.press(answer, "enter")
		x.ended()
		if want := map[string]string{"": "nothing was changed", "y": "✓ CORS rules"}[answer]; !strings.Contains(x.text(), want) {
			t.Errorf("after %q:\n%s", answer, x.text())
		}
	}
	x := openTerminal(t, 100, 40, dir, env, at...)
	x.wait("all is set up as wanted")
	x.ended()
}
