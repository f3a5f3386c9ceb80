package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"iter"
	"syscall"
	"testing"

	"weft/config"
	"weft/pipeline"
	"weft/s3ops"
)

// swatch is a small JPEG; n makes it another one.
func swatch(n int) []byte { return swatchOf(n, 96, 64) }

func swatchOf(n, width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(n + (x/8+y/8)%2*90), uint8(70 + x), 140, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// JSON means the same to its reader and does nothing to a terminal, whatever
// stands in a key.
func TestEncode(t *testing.T) {
	for _, key := range []string{
		"plain.jpg", "a b&c<d>.jpg", "esc\x1b[2J", "c1\u009b2J", "del\x7f", "bidi\u202egpj.exe", "zero\u200bwidth", "tag\U000e0041", "😀", "line\nfeed\u2028",
	} {
		b, err := encode(s3ops.Object{Key: key})
		if err != nil {
			t.Fatal(err)
		}
		var back s3ops.Object
		if err := json.Unmarshal(b, &back); err != nil || back.Key != key {
			t.Errorf("%q comes back as %q, %v", key, back.Key, err)
		}
		for _, r := range string(bytes.TrimSuffix(b, []byte("\n"))) {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x200b || r == 0x2028 || r == 0xe0041 {
				t.Errorf("%q stands raw in %q", r, b)
			}
		}
	}
	if b, _ := encode(s3ops.Link{URL: "http://x/?a=1&b=2"}); !bytes.Contains(b, []byte("a=1&b=2")) {
		t.Errorf("a link cannot be copied from %s", b)
	}
}

// Each way to end has its exit code.
func TestExitCode(t *testing.T) {
	live, ctx := context.Background(), context.Background()
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	for _, x := range []struct {
		ctx  context.Context
		err  error
		want int
	}{
		{live, nil, 0}, {live, syscall.EPIPE, 0}, {live, errors.New("x"), 1}, {live, failures{1, 2}, 1},
		{live, fmt.Errorf("x: %w", usagef("y")), 2}, {live, fmt.Errorf("x: %w", config.Problems{{Place: "a", Text: "b"}}), 2},
		{ctx, context.Canceled, 130}, {ctx, interrupted{1, 2}, 130}, {ctx, failures{1, 2}, 130}, {ctx, nil, 0},
	} {
		if got := exitCode(x.ctx, x.err); got != x.want {
			t.Errorf("%v: %d, want %d", x.err, got, x.want)
		}
	}
}

// A folder is its prefix with the slash; what can only be a slip is refused.
func TestSlips(t *testing.T) {
	for _, x := range []struct {
		what string
		err  error
		ok   bool
	}{
		{"rm foo", checkFolders([]string{"foo"}, false), true},
		{"rm foo/", checkFolders([]string{"foo/"}, false), false},
		{"rm -r foo/", checkFolders([]string{"foo/"}, true), true},
		{"rm -r foo", checkFolders([]string{"foo"}, true), false},
		{"rm -r ''", checkFolders([]string{""}, true), false},
		{"cp a a", checkCopy("a", "a", false), false},
		{"cp x/a x/", checkCopy("x/a", "x/", false), false},
		{"cp x/a y/", checkCopy("x/a", "y/", false), true},
		{"cp -r x/ x/y/", checkCopy("x/", "x/y/", true), false},
		{"cp -r x/ y", checkCopy("x/", "y", true), false},
		{"cp -r x/ x2/", checkCopy("x/", "x2/", true), true},
		{"put a b k", checkPut([]string{"a", "b"}, "k", false), false},
		{"put a k", checkPut([]string{"a"}, "k", false), true},
		{"put - k/", checkPut([]string{"-"}, "k/", false), false},
		{"put - a k", checkPut([]string{"-", "a"}, "k", false), false},
	} {
		if (x.err == nil) != x.ok {
			t.Errorf("%s: %v", x.what, x.err)
		}
		if _, wrong := errors.AsType[usageError](x.err); x.err != nil && !wrong {
			t.Errorf("%s is no usage error", x.what)
		}
	}
}

// Of two tasks that write to one place, only the first runs.
func TestDistinct(t *testing.T) {
	tasks := each([]string{"x/a.jpg", "y/a.jpg", "y/b.jpg"}, func(k string) pipeline.Task { return pipeline.Task{Key: k, Name: base(k)} })
	var good, bad []string
	for task, err := range iter.Seq2[pipeline.Task, error](distinct(tasks, func(t pipeline.Task) string { return t.Name })) {
		if err != nil {
			bad = append(bad, task.Key)
		} else {
			good = append(good, task.Key)
		}
	}
	if fmt.Sprint(good, bad) != "[x/a.jpg y/b.jpg] [y/a.jpg]" {
		t.Errorf("%v %v", good, bad)
	}
}

// s3://BUCKET/KEY and a plain KEY are told apart.
func TestSplitURI(t *testing.T) {
	for arg, want := range map[string][2]string{
		"a/b.jpg": {"", "a/b.jpg"}, "s3://x/a/b.jpg": {"x", "a/b.jpg"}, "s3://x": {"x", ""}, "s3://x/": {"x", ""}, "s3:/x": {"", "s3:/x"},
	} {
		if b, k := splitURI(arg); [2]string{b, k} != want {
			t.Errorf("%s: %q %q", arg, b, k)
		}
	}
}
