//go:build unix

package child

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"weft/config"
	"weft/pipeline/picture/hostile"
	"weft/pipeline/recipe"
)

// What the victim works on: a folder, and with heavyEnv under the default limits.
const (
	folderEnv = "WEFT_TEST_FOLDER"
	heavyEnv  = "WEFT_TEST_HEAVY"
)

// tight are limits at which bombs are small.
var tight = config.Limits{Pixels: 4_000_000, Bytes: 8 << 20, Memory: 192 << 20}

// Whatever is in a file, it is made or refused with the reason that it should be refused for, on one line; nothing crashes and nothing hangs.
func TestHostile(t *testing.T) {
	files, names := append(hostile.Files(), hostile.Good()...), map[string]bool{}
	if len(files) < 60 {
		t.Fatalf("only %d files", len(files))
	}
	e := engine(t, "child")
	for _, f := range files {
		if names[f.Name] {
			t.Errorf("%s is there twice", f.Name)
		}
		names[f.Name] = true
		out, _, err := e.Run(t.Context(), f.Data, one(t, "orient | fit 64 | png"), tight)
		if f.Says == "" {
			if err != nil || len(out) != 1 {
				t.Errorf("%s is refused: %v", f.Name, err)
			} else if img, _, err := image.Decode(bytes.NewReader(out[0].Data)); err != nil || img.Bounds().Dx() > 64 || img.Bounds().Dy() > 64 {
				t.Errorf("%s became something else: %v", f.Name, err)
			}
			if _, _, err := e.Preview(t.Context(), f.Data, 20, 20, tight); err != nil {
				t.Errorf("%s has no preview: %v", f.Name, err)
			}
			continue
		}
		if err == nil || len(out) != 0 || f.Says != hostile.Any && !strings.Contains(err.Error(), f.Says) ||
			len(err.Error()) > 300 || strings.ContainsFunc(err.Error(), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%s: %d results, %q, want %q", f.Name, len(out), err, f.Says)
		}
		if _, _, err := e.Preview(t.Context(), f.Data, 20, 20, tight); err == nil {
			t.Errorf("%s has a preview", f.Name)
		}
	}
	t.Logf("%d files", len(files))
}

// beVictim works through the files of a folder, two at a time, and tells the most
// memory that this process and its children held together, in MiB.
func beVictim() {
	folder, l := os.Getenv(folderEnv), tight
	if os.Getenv(heavyEnv) != "" {
		l = limits
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		panic(err)
	}
	e := &Engine{Command: []string{os.Args[0]}, Env: []string{roleEnv + "=child"}}
	done, peak := make(chan struct{}), make(chan int)
	go func() {
		most := 0
		for {
			select {
			case <-done:
				peak <- most
				return
			case <-time.After(time.Millisecond):
				most = max(most, familyMemory())
			}
		}
	}()
	queue := make(chan string)
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for name := range queue {
				data, err := os.ReadFile(filepath.Join(folder, name))
				if err != nil {
					panic(err)
				}
				begun := time.Now()
				_, _, err = e.Run(context.Background(), data, recipe.Builtin(), l)
				if took := time.Since(begun); took > time.Second {
					fmt.Fprintf(os.Stderr, "%s took %s: %v\n", name, took.Round(time.Millisecond), err)
				}
			}
		})
	}
	for _, f := range files {
		queue <- f.Name()
	}
	close(queue)
	workers.Wait()
	close(done)
	fmt.Println(<-peak >> 10)
}

// familyMemory is the resident memory of this process and its children, in KiB.
func familyMemory() int {
	sum := residentOf("self")
	all, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range all {
		pids, _ := os.ReadFile(list) // a thread may have ended
		for _, pid := range strings.Fields(string(pids)) {
			sum += residentOf(pid)
		}
	}
	return sum
}

// residentOf is a process's resident memory that no file backs, in KiB; 0 if it
// is gone. The program's text is shared by all of them.
func residentOf(pid string) int {
	text, _ := os.ReadFile("/proc/" + pid + "/status")
	_, rest, _ := strings.Cut(string(text), "RssAnon:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(fields[0])
	return n
}

// victim has a process of its own work through files and gives its peak, in MiB.
func victim(t testing.TB, files []hostile.File, heavy string) int {
	t.Helper()
	folder := t.TempDir()
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(folder, f.Name), f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), roleEnv+"=victim", folderEnv+"="+folder, heavyEnv+"="+heavy)
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, said.Bytes())
	}
	t.Log(said.String())
	return must2(strconv.Atoi(strings.TrimSpace(string(out))))(t)
}

// The corpus and pictures near the default limits: the most memory held, beside a budget of 768 MiB.
func BenchmarkHostile(b *testing.B) {
	for b.Loop() {
		b.ReportMetric(float64(victim(b, slices.Concat(hostile.Files(), hostile.Heavy()), "yes")), "peak-MiB")
	}
}
