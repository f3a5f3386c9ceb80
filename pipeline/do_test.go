package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"weft/config"
	"weft/pipeline/picture/child"
	"weft/pipeline/recipe"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

var folders = localtest.Folders()

var bucket *s3ops.Bucket // of the embedded server; set by TestMain

// pictures starts this test binary again for what is worked on in a child.
var pictures = &child.Engine{Command: []string{os.Args[0]}, Env: []string{"WEFT_TEST_CHILD=1"}}

func TestMain(m *testing.M) {
	if os.Getenv("WEFT_TEST_CHILD") != "" {
		child.Serve()
	}
	os.Exit(localtest.Run(func(s *local.Server) int {
		endpoint = s.Endpoint().Apply(&config.Config{PathStyle: "auto", Checksums: "auto"})
		var err error
		if bucket, err = s3ops.Open(context.Background(), endpoint); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}))
}

// doer is a Doer on the shared bucket. Tests keep apart by the names of their keys.
func doer() *Doer {
	return &Doer{Bucket: bucket, Folders: folders, Limits: config.Limits{Pixels: 50_000_000, Bytes: 64 << 20}, Pictures: pictures}
}

func (d *Doer) must(t *testing.T, task Task) Outcome {
	t.Helper()
	o, err := d.Do(t.Context(), task, nil)
	if err != nil {
		t.Fatalf("%s %s: %v", task.Verb, task.Key, err)
	}
	return o
}

func put(t *testing.T, key string, data []byte) s3ops.Object {
	t.Helper()
	o, err := bucket.Upload(t.Context(), key, bytes.NewReader(data), s3ops.UploadOptions{Overwrite: true})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func get(t *testing.T, key string) []byte {
	t.Helper()
	r, _, err := bucket.Read(t.Context(), key, s3ops.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func gone(t *testing.T, key string) bool {
	t.Helper()
	_, err := bucket.Stat(t.Context(), key, "")
	return errors.Is(err, s3ops.ErrNotFound)
}

// versions counts the versions and delete markers of a key.
func versions(t *testing.T, key string) (all, markers int) {
	t.Helper()
	for o, err := range bucket.Objects(t.Context(), key, s3ops.ListOptions{Recursive: true, Versions: true}) {
		if err != nil {
			t.Fatal(err)
		}
		if o.Key == key {
			all++
			if o.DeleteMarker {
				markers++
			}
		}
	}
	return all, markers
}

// photo is a small JPEG with something to see.
func photo(t *testing.T, w, h int, shade uint8) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, color.RGBA{shade, uint8(x * 255 / w), uint8((x/4 + y/4) % 2 * 120), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An upload is done once: the same bytes again are skipped, other bytes are refused unless told.
func TestUpload(t *testing.T) {
	d, key := doer(), "search_uploads/up/a.jpg"
	data := photo(t, 40, 30, 10)
	task := Task{Verb: Upload, File: file(t, "a.jpg", data), Key: key}
	var told int64
	o, err := d.Do(t.Context(), task, func(p Progress) { told = p.Done })
	if err != nil || o.Skipped || o.Bytes != int64(len(data)) || told != int64(len(data)) || !bytes.Equal(get(t, key), data) {
		t.Fatalf("first: %+v, %v, told of %d bytes", o, err, told)
	}
	if o := d.must(t, task); !o.Skipped {
		t.Errorf("second: %+v", o)
	}
	if n, _ := versions(t, key); n != 1 {
		t.Errorf("%d versions after two uploads of the same", n)
	}
	other := Task{Verb: Upload, File: file(t, "a.jpg", photo(t, 40, 30, 200)), Key: key}
	if _, err := d.Do(t.Context(), other, nil); !errors.Is(err, s3ops.ErrExists) || !bytes.Equal(get(t, key), data) {
		t.Errorf("another file: %v", err)
	}
	other.Overwrite = true
	for i := range 2 {
		if o := d.must(t, other); o.Skipped != (i == 1) {
			t.Errorf("overwrite %d: %+v", i, o)
		}
	}
	if i, _ := bucket.Stat(t.Context(), key, ""); i.ContentType != "image/jpeg" {
		t.Errorf("content type %q", i.ContentType)
	}
	for name, bad := range map[string]Task{
		"absolute":     {Verb: Upload, File: "a.jpg", Key: "x.jpg"},
		"no such file": {Verb: Upload, File: filepath.Join(t.TempDir(), "no.jpg"), Key: "x.jpg"},
		"..":           {Verb: Upload, File: task.File, Key: "a/../b.jpg"},
	} {
		if _, err := d.Do(t.Context(), bad, nil); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}

// A long upload in parts, whose ETag is no MD5, is known again too.
func TestUploadInPartsTwice(t *testing.T) {
	d := doer()
	data := bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16)
	task := Task{Verb: Upload, File: file(t, "long.bin", data), Key: "search_uploads/up/long.bin"}
	for i := range 2 {
		if o := d.must(t, task); o.Skipped != (i == 1) {
			t.Errorf("upload %d: %+v", i, o)
		}
	}
	task.File = file(t, "long.bin", append(data[:len(data)-1:len(data)-1], 'x'))
	if _, err := d.Do(t.Context(), task, nil); !errors.Is(err, s3ops.ErrExists) {
		t.Errorf("one other byte: %v", err)
	}
}

// A download is done once and never replaces another file unless told.
func TestDownload(t *testing.T) {
	d, key := doer(), "search_uploads/down/a b.jpg"
	data := photo(t, 40, 30, 20)
	put(t, key, data)
	dir := filepath.Join(t.TempDir(), "new")
	task := Task{Verb: Download, Key: key, Dir: dir}
	for i := range 2 {
		o := d.must(t, task)
		if o.Skipped != (i == 1) || o.File != filepath.Join(dir, "a b.jpg") {
			t.Errorf("download %d: %+v", i, o)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "a b.jpg"), bytes.Repeat([]byte{1}, len(data)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Do(t.Context(), task, nil); !errors.Is(err, s3ops.ErrExists) {
		t.Errorf("over another file: %v", err)
	}
	task.Overwrite = true
	d.must(t, task)
	if got, _ := os.ReadFile(filepath.Join(dir, "a b.jpg")); !bytes.Equal(got, data) {
		t.Error("overwritten with the wrong bytes")
	}
	if o := d.must(t, Task{Verb: Download, Key: key, Dir: dir, Name: "x/y.jpg"}); o.File != filepath.Join(dir, "x", "y.jpg") {
		t.Errorf("named: %+v", o)
	}
	if _, err := d.Do(t.Context(), Task{Verb: Download, Key: "nothing.jpg", Dir: dir}, nil); !errors.Is(err, s3ops.ErrNotFound) {
		t.Error(err)
	}
}

// Deleting twice leaves one marker, undeleting and restoring bring the object back, purging leaves nothing; all can be repeated.
func TestDeleteAndBack(t *testing.T) {
	d, key := doer(), "search_uploads/del/a.txt"
	first := put(t, key, []byte("one"))
	put(t, key, []byte("two"))
	put(t, key+"2", []byte("neighbour"))
	for i := range 2 {
		if o := d.must(t, Task{Verb: Delete, Key: key}); o.Skipped != (i == 1) || (i == 0) != (o.Version != "") {
			t.Errorf("delete %d: %+v", i, o)
		}
	}
	if all, markers := versions(t, key); all != 3 || markers != 1 || !gone(t, key) {
		t.Errorf("%d versions, %d markers", all, markers)
	}
	for i := range 2 {
		if o := d.must(t, Task{Verb: Undelete, Key: key}); o.Skipped != (i == 1) || string(get(t, key)) != "two" {
			t.Errorf("undelete %d: %+v", i, o)
		}
	}
	for i := range 2 {
		if o := d.must(t, Task{Verb: Restore, Key: key, VersionID: first.VersionID}); o.Skipped != (i == 1) || string(get(t, key)) != "one" {
			t.Errorf("restore %d: %+v", i, o)
		}
	}
	for i := range 2 {
		if o := d.must(t, Task{Verb: Purge, Key: key}); o.Skipped != (i == 1) {
			t.Errorf("purge %d: %+v", i, o)
		}
	}
	if all, _ := versions(t, key); all != 0 || string(get(t, key+"2")) != "neighbour" {
		t.Errorf("%d versions left, or the neighbour was hit", all)
	}
}

// Copy and Move can be repeated at every point where they may have been cut short, and overwrite nothing.
func TestCopyAndMove(t *testing.T) {
	d := doer()
	put(t, "search_uploads/cp/a.txt", []byte("a"))
	put(t, "search_uploads/cp/other.txt", []byte("other"))
	cp := Task{Verb: Copy, Key: "search_uploads/cp/a.txt", To: "search_uploads/cp/b.txt"}
	for i := range 2 {
		if o := d.must(t, cp); o.Skipped != (i == 1) {
			t.Errorf("copy %d: %+v", i, o)
		}
	}
	// As if a move had been cut short between its copy and its delete.
	mv := Task{Verb: Move, Key: cp.Key, To: cp.To}
	for i := range 2 {
		if o := d.must(t, mv); o.Skipped != (i == 1) || !gone(t, mv.Key) || string(get(t, mv.To)) != "a" {
			t.Errorf("move %d: %+v", i, o)
		}
	}
	for _, verb := range []Verb{Copy, Move} {
		taken := Task{Verb: verb, Key: cp.To, To: "search_uploads/cp/other.txt"}
		if _, err := d.Do(t.Context(), taken, nil); !errors.Is(err, s3ops.ErrExists) || string(get(t, taken.To)) != "other" || gone(t, taken.Key) {
			t.Errorf("%s over another object: %v", verb, err)
		}
		self := Task{Verb: verb, Key: cp.To, To: cp.To}
		if _, err := d.Do(t.Context(), self, nil); err == nil || gone(t, cp.To) {
			t.Errorf("%s onto itself: %v", verb, err)
		}
	}
	d.must(t, Task{Verb: Move, Key: cp.To, To: "search_uploads/cp/other.txt", Overwrite: true})
	if string(get(t, "search_uploads/cp/other.txt")) != "a" || !gone(t, cp.To) {
		t.Error("move with overwrite")
	}
}

// A move whose source never was, or was something else, is not taken for done.
func TestMoveOfNothing(t *testing.T) {
	d := doer()
	put(t, "search_uploads/mv/other.txt", []byte("other"))
	put(t, "search_uploads/mv/was.txt", []byte("was"))
	d.must(t, Task{Verb: Delete, Key: "search_uploads/mv/was.txt"})
	for name, task := range map[string]Task{
		"another length":  {Verb: Move, Key: "search_uploads/mv/never.txt", To: "search_uploads/mv/other.txt", Size: 3},
		"another content": {Verb: Move, Key: "search_uploads/mv/was.txt", To: "search_uploads/mv/other.txt"},
		"no target":       {Verb: Move, Key: "search_uploads/mv/never.txt", To: "search_uploads/mv/nowhere.txt"},
	} {
		if o, err := d.Do(t.Context(), task, nil); !errors.Is(err, s3ops.ErrNotFound) || o.Skipped {
			t.Errorf("%s: %+v, %v", name, o, err)
		}
	}
}

// Two objects with the same bytes but other metadata are not the same: copying says so, and moving deletes nothing.
func TestCopyKeepsMetadata(t *testing.T) {
	d, from, to := doer(), "search_uploads/meta/a.txt", "search_uploads/meta/b.txt"
	for key, weaver := range map[string]string{from: "Ada", to: "Grace"} {
		if _, err := bucket.Upload(t.Context(), key, strings.NewReader("same"), s3ops.UploadOptions{Metadata: map[string]string{"weaver": weaver}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, verb := range []Verb{Copy, Move} {
		if _, err := d.Do(t.Context(), Task{Verb: verb, Key: from, To: to}, nil); !errors.Is(err, s3ops.ErrExists) || gone(t, from) {
			t.Errorf("%s: %v", verb, err)
		}
	}
}

// A title says what the tasks do.
func TestTitle(t *testing.T) {
	web, thumb := recipe.Builtin()[1], recipe.Builtin()[0]
	many := func(n int, task Task) []Task {
		var out []Task
		for range n {
			out = append(out, task)
		}
		return out
	}
	for want, tasks := range map[string][]Task{
		"Nothing to do":                    nil,
		"Delete 3 objects":                 many(3, Task{Verb: Delete, Key: "a/b.jpg"}),
		"Delete b.jpg":                     many(1, Task{Verb: Delete, Key: "a/b.jpg"}),
		"Delete 2 versions for good":       many(2, Task{Verb: Delete, Key: "a", VersionID: "1"}),
		"Delete 2 objects for good":        many(2, Task{Verb: Purge, Key: "a"}),
		"web + thumb over 24 images":       many(24, Task{Verb: Process, Key: "a", Recipes: []recipe.Recipe{web, thumb}}),
		"web over b.jpg":                   many(1, Task{Verb: Process, Key: "a/b.jpg", Recipes: []recipe.Recipe{web}}),
		"Upload 2 files":                   many(2, Task{Verb: Upload, File: "/x/y.jpg"}),
		"Upload y\\x1b[2J.jpg":             many(1, Task{Verb: Upload, File: "/x/y\x1b[2J.jpg"}),
		"Move b.jpg to c/b.jpg":            many(1, Task{Verb: Move, Key: "a/b.jpg", To: "c/b.jpg"}),
		"Delete 2 objects, Download b.jpg": append(many(2, Task{Verb: Delete, Key: "a"}), Task{Verb: Download, Key: "b.jpg"}),
	} {
		var c Caption
		for _, task := range tasks {
			c.Add(task)
		}
		if got := c.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
