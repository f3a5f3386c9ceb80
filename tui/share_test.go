package tui

import (
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/s3ops"
)

// What is too long for a terminal's clipboard is offered as a file, which is the
// owner's alone and never replaces another; the sheet comes back after.
func TestManyLinksGoToAFile(t *testing.T) {
	w := newWorld(t)
	keys := make([]string, 220)
	for i := range keys {
		keys[i] = fmt.Sprintf("search_uploads/linen-%03d.txt", i)
	}
	w.put(keys...)
	s := w.show(80, 24)
	s.await("linen-000.txt")
	s.press("a", "P")
	s.await("Share 220 objects", "too much for a terminal's clipboard", "220 links in all")
	s.press("enter")
	s.await("Write 220 links to a new file", "links.txt")
	file := filepath.Join(t.TempDir(), "links.txt")
	s.press("ctrl+u", file, "enter")
	s.await("Written to", "Share 220 objects")
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "X-Amz-Signature=") != 220 {
		t.Fatalf("%d links, %v", strings.Count(string(text), "X-Amz-Signature="), err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	s.press("w")
	s.await("Write 220 links to a new file")
	s.press("ctrl+u", file, "enter")
	s.await("not overwritten")
	if again, _ := os.ReadFile(file); string(again) != string(text) {
		t.Error("the file was changed")
	}
}

// In an empty folder the sheet asks for names, and each link takes an upload of
// that name.
func TestUploadLinksForNames(t *testing.T) {
	w := newWorld(t)
	t.Cleanup(func() { // the folder is empty for the next run, too
		if _, err := w.bucket.Delete(context.Background(), "search_uploads/in/a-1.txt", ""); err != nil {
			t.Error(err)
		}
	})
	s := w.show(80, 24)
	s.press("P")
	s.await("Upload to search_uploads/", "Type the names")
	s.press("in/a-{1..3}.txt")
	s.await("Whoever has a link may put a file there", "3 links in all")
	text := s.awaitThat("the last letter", signedLink("a-1.txt?"))
	req, err := http.NewRequest(http.MethodPut, linkIn(text), strings.NewReader("wool"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if keys := w.keys("search_uploads/"); answer.StatusCode != 200 || len(keys) != 1 || keys[0] != "search_uploads/in/a-1.txt" {
		t.Errorf("%s, keys %v", answer.Status, keys)
	}
}

// A life that is typed counts; one that no link can have says what is wrong.
func TestLifeIsTyped(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	s := w.show(80, 24)
	s.await("a.txt")
	s.press("P", "down", "down", "left", "left")
	s.await("‹other›", "as long")
	s.press("down", "ctrl+u", "90m")
	s.awaitThat("90 minutes", signedLink("X-Amz-Expires=5400"))
	s.press("ctrl+u", "9d")
	s.await("is not a link's life")
}

// The sheet says how long the credentials last, and that it does not know where
// nobody says.
func TestSheetTellsTheRealEnd(t *testing.T) {
	l := newPictured()
	l.sized(80, 24)
	m := l.Model
	for want, link := range map[string]s3ops.Link{
		"Your credentials end at 15:58, so the links do too (28 min)":       {ExpiresAt: pictured.Add(28 * time.Minute), Capped: true},
		"a link ends with your temporary credentials, and nobody says when": {ExpiresAt: pictured.Add(time.Hour), MayEndSooner: true},
		"Works until 16:30 (1 h)": {ExpiresAt: pictured.Add(time.Hour)},
	} {
		s := newShareSheet(m, []string{"a", "b"}, "")
		s.links = []s3ops.Link{link, link}
		m.sheet = s
		text := strings.Join(strings.Fields(strings.ReplaceAll(plainScreen(m), "│", " ")), " ")
		if !strings.Contains(text, want) {
			t.Errorf("%s is not said:\n%s", want, plainScreen(m))
		}
	}
}

// Links reach the clipboard of a terminal by OSC 52, and inside tmux that of the
// terminal around it, whatever tmux does with OSC 52.
func TestCopyReachesTheClipboard(t *testing.T) {
	w := newWorld(t)
	w.put("search_uploads/a.txt")
	s := w.show(80, 24)
	s.await("a.txt")
	s.press("c", "k")
	s.await("Copied the key")
	s.awaitSent("\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("search_uploads/a.txt")))
}

// A key cannot press Enter in the shell it is pasted into, nor hide what it is;
// others are copied as they are, in whatever script.
func TestKeysThatWouldActAreCopiedAsSigns(t *testing.T) {
	for key, want := range map[string]string{
		"a\nrm -rf ~\r":       "a␊rm -rf ~␍",
		"\x1b[201~evil\u0085": "␛[201~evil" + Clean("\u0085"),
		"gpj.\u202eexe":       Clean("gpj.\u202eexe"),
		"தறி/क्षेत्र/👩‍🎨.jpg": "தறி/क्षेत्र/👩‍🎨.jpg",
	} {
		if got := pasteable(key); got != want {
			t.Errorf("%q is copied as %q, not as %q", key, got, want)
		}
	}
}

// tmux gets the text on its standard input and passes it on.
func TestTmuxPassesTheClipboardOn(t *testing.T) {
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("no tmux here")
	}
	t.Setenv("TMUX_TMPDIR", t.TempDir())
	t.Setenv("TMUX", "")
	tmux := func(args ...string) string {
		out, err := exec.Command("tmux", append([]string{"-f", "/dev/null"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("tmux %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if giveTmux("x") != nil {
		t.Error("outside of tmux something is done")
	}
	tmux("new-session", "-d", "sleep 60")
	t.Cleanup(func() { _ = exec.Command("tmux", "kill-server").Run() })
	t.Setenv("TMUX", tmux("display-message", "-p", "#{socket_path},#{pid},0"))
	if msg := giveTmux("https://h/?a='b'"); msg == nil || tea.Cmd(msg)() != nil {
		t.Fatal("nothing is done in tmux")
	}
	if got := tmux("show-buffer"); got != "https://h/?a='b'" {
		t.Errorf("tmux has %q", got)
	}
}
