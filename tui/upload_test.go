package tui

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"weft/pipeline"
)

// makeFiles makes files below a new folder, each holding its own name.
func makeFiles(t *testing.T, names ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Every regular file of what was chosen becomes one upload below the prefix,
// folders keep their shape, and what is left out is said with its reason.
func TestUploadTasks(t *testing.T) {
	dir := makeFiles(t, "a.jpg", "spring/b.jpg", "spring/deep/c d.png", "spring/empty/", "other/a.jpg")
	for _, link := range [][2]string{{"a.jpg", "spring/link.jpg"}, {"spring", "loop"}} {
		if err := os.Symlink(filepath.Join(dir, link[0]), filepath.Join(dir, link[1])); err != nil {
			t.Fatal(err)
		}
	}
	chosen := []string{"a.jpg", "spring", "loop", "other/a.jpg", "gone.jpg"}
	for i, c := range chosen {
		chosen[i] = filepath.Join(dir, c)
	}
	tasks, skipped, err := uploadTasks(context.Background(), chosen, "search_uploads/")
	if err != nil {
		t.Fatal(err)
	}
	want := []pipeline.Task{
		{Verb: pipeline.Upload, Key: "search_uploads/a.jpg", File: filepath.Join(dir, "a.jpg"), Size: 5},
		{Verb: pipeline.Upload, Key: "search_uploads/spring/b.jpg", File: filepath.Join(dir, "spring/b.jpg"), Size: 12},
		{Verb: pipeline.Upload, Key: "search_uploads/spring/deep/c d.png", File: filepath.Join(dir, "spring/deep/c d.png"), Size: 19},
	}
	if len(tasks) != len(want) {
		t.Fatalf("%d tasks: %+v", len(tasks), tasks)
	}
	for i := range want {
		if tasks[i].Key != want[i].Key || tasks[i].File != want[i].File || tasks[i].Size != want[i].Size || tasks[i].Verb != want[i].Verb || tasks[i].Overwrite {
			t.Errorf("task %d is %+v, want %+v", i, tasks[i], want[i])
		}
	}
	all := strings.Join(skipped, "\n")
	for _, reason := range []string{"link.jpg is a link", "loop is a link", "already takes the name search_uploads/a.jpg", "gone.jpg"} {
		if !strings.Contains(all, reason) {
			t.Errorf("%q is not said in:\n%s", reason, all)
		}
	}
	if len(skipped) != 4 {
		t.Errorf("skipped:\n%s", all)
	}
}

// A file whose name cannot be a key is left out, and the rest goes on.
func TestUploadTasksChecksKeys(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("file names are UTF-8 here")
	}
	dir := makeFiles(t, "box/good.jpg", "box/bad\xff.jpg")
	tasks, skipped, err := uploadTasks(context.Background(), []string{filepath.Join(dir, "box")}, "in/")
	if err != nil || len(tasks) != 1 || tasks[0].Key != "in/box/good.jpg" || len(skipped) != 1 {
		t.Errorf("tasks %+v, skipped %q, %v", tasks, skipped, err)
	}
}

// A walk that is called off gives nothing but the reason.
func TestUploadTasksStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	tasks, _, err := uploadTasks(ctx, []string{makeFiles(t, "a.jpg")}, "in/")
	if !errors.Is(err, context.Canceled) || tasks != nil {
		t.Errorf("%v, %v", tasks, err)
	}
}
