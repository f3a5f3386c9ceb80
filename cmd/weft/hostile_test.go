package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weft/pipeline/picture/hostile"
)

// A folder of hostile pictures goes through weft process on the embedded store:
// each that fails is named with its reason, the others are made, and the worker
// that met them all is the one that started, within the memory it may have.
func TestHostilePicturesThroughTheProgram(t *testing.T) {
	h := openHousehold(t)
	const memory = 192 // MiB
	write := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(h.dir, "weft", "config.toml"), "workers = 2\n[limits]\npixels = \"4 MP\"\nmemory = \""+strconv.Itoa(memory)+" MiB\"\n")
	says := map[string]string{}
	for _, f := range append(hostile.Files(), hostile.Good()...) {
		write(filepath.Join(h.dir, "files", f.Name), string(f.Data))
		says["search_uploads/"+f.Name] = f.Says
	}
	h.weft("put", "-r", filepath.Join(h.dir, "files")+"/", "search_uploads/")
	h.weft("worker")
	before := h.workers()

	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(bin, "process", "--recipe", "thumb", "--json", "search_uploads/")
	c.Dir, c.Env = h.dir, h.env
	out, err := c.Output()
	if code := c.ProcessState.ExitCode(); code != exitFailed {
		t.Fatalf("weft process ended with %d, %v", code, err)
	}
	var s summary
	if err := json.Unmarshal(out, &s); err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	for _, f := range s.Failures {
		want, ok := says[f.Key]
		if !ok || want == "" || want != hostile.Any && !strings.Contains(f.Error, want) {
			t.Errorf("%s failed: %q, want %q", f.Key, f.Error, want)
		}
		delete(says, f.Key)
	}
	if frames := "only the first of 3 frames was used"; !slices.Contains(s.Notes, noted{"search_uploads/gif-animation.gif", frames}) {
		t.Errorf("of an animation it is not told that %s: %v", frames, s.Notes)
	}
	made := 0
	listing := h.weft("ls", "-r", "generated/")
	for key, want := range says {
		if want != "" {
			t.Errorf("%s did not fail", key)
			continue
		}
		if made++; !strings.Contains(listing, "generated/"+key+".thumb.jpg") {
			t.Errorf("%s was not made", key)
		}
	}
	if s.Total != s.Done+s.Failed || s.Done != made || made < 10 || len(s.Failures) < 60 {
		t.Errorf("%+v", s)
	}
	if after := h.workers(); len(before) != 1 || !slices.Equal(before, after) {
		t.Errorf("worker %v became %v", before, after)
	}
	if peak := peakMemory(t, before[0]); peak > memory+64 {
		t.Errorf("the worker held %d MiB", peak)
	} else {
		t.Logf("%d made, %d refused; the worker held %d MiB", made, len(s.Failures), peak)
	}
}

// peakMemory is the most that a process ever held, in MiB.
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		t.Fatalf("%s", text)
	}
	n, err := strconv.Atoi(fields[0])
	if err != nil {
		t.Fatal(err)
	}
	return n >> 10
}
