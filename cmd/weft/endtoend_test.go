package main

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

var pictureFile = flag.String("picture", "", "write a picture of the interface to this file")

// home is an empty home folder for the program, and its environment.
func home(t *testing.T) (string, []string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "weft-home-") // short, and removed only after the worker has let go of it
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + dir, "WEFT_HOME=" + filepath.Join(dir, "weft"), "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true"}
	t.Cleanup(func() {
		stopWorkers(t, dir)
		_ = os.RemoveAll(dir)
	})
	return dir, env
}

// stopWorkers ends the worker that the program started, by the pid in its log.
func stopWorkers(t *testing.T, dir string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "weft", "state", "*", "worker.log"))
	if err != nil {
		t.Fatal(err)
	}
	for _, log := range logs {
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`pid=(\d+)`).FindAllSubmatch(text, -1) {
			pid, _ := strconv.Atoi(string(found[1]))
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// photo is a small JPEG that stands for a swatch.
func photo(t *testing.T, width, height int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.Set(x, y, color.RGBA{uint8(60 + (x/8+y/8)%2*90), uint8(70 + x*100/width), 140, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A person on a fresh machine can do the whole job with the keys alone: upload
// a photo, open its link, delete it, bring it back, run recipes over it and find
// the results.
func TestTheWholeJobWithKeysAlone(t *testing.T) {
	dir, env := home(t)
	swatch := photo(t, 900, 600)
	if err := os.Mkdir(filepath.Join(dir, "photos"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "photos", "my-swatch.jpg"), swatch, 0o644); err != nil {
		t.Fatal(err)
	}
	x := openTerminal(t, 120, 40, dir, env)
	x.wait("search_uploads", "embedded store", "versioned")

	// upload it into single_images
	x.press("3", "u")
	x.wait("photos")
	x.press("/", "photos", "enter", "enter")
	x.wait("my-swatch.jpg")
	x.press("enter")
	x.wait("✓ Upload")
	x.press("/", "my-swatch", "enter")
	x.wait("900 × 600")

	// its link opens without credentials
	x.press("P")
	x.wait("Works until", "http://")
	x.press("enter")
	x.wait("Link copied")
	link := x.copied()
	answer, err := http.Get(link)
	if err != nil {
		t.Fatalf("open the copied link: %v", err)
	}
	body, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode != 200 || !bytes.Equal(body, swatch) || answer.Header.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("the link gave %s, %d bytes of %q; want the photo", answer.Status, len(body), answer.Header.Get("Content-Type"))
	}

	// delete it and bring it back
	x.press("d")
	x.wait("Delete 1 object", "Versioning is on")
	x.press("y")
	x.wait("✓ Delete")
	x.wait("None of the")
	x.press("z")
	x.wait("✓ Undo", "1 of", "my-swatch.jpg  ")

	// run recipes over it and go to the results
	x.press("space", "t")
	x.wait("Transform 1 image", "thumb", "web", "square")
	x.press("a")
	x.wait("3 outputs")
	x.press("enter")
	x.wait("✓3")
	x.press("g", "r")
	x.wait("my-swatch.jpg.", "generated")
	x.press("q")
	x.ended()
}

// When the worker that hosts the embedded store is killed, an open interface
// starts another one by itself and goes on.
func TestInterfaceOutlivesItsWorker(t *testing.T) {
	dir, env := home(t)
	x := openTerminal(t, 100, 30, dir, env)
	x.wait("README.txt")
	stopWorkers(t, dir)
	x.press("2")
	x.wait("generated/ is empty")
	x.press("1")
	x.until("more than the first sample", regexp.MustCompile(`1 search_uploads +([2-9]|\d\d)`).MatchString)
	x.press("q")
	x.ended()
}

// The picture in the README is the real program's.
func TestPictureOfTheInterface(t *testing.T) {
	if *pictureFile == "" {
		t.Skip("only draws when asked: make picture")
	}
	dir, env := home(t)
	x := openTerminal(t, 132, 36, dir, env)
	x.wait("single_images")
	x.until("all samples", regexp.MustCompile(`4 group_images +4 `).MatchString)
	x.press("3")
	x.wait("batik-night.jpg")
	x.press("down", "space", "space", "space", "t")
	x.wait("3 images")
	x.press("a")
	x.wait("9 outputs")
	x.press("enter")
	x.until("the results", func(s string) bool { return strings.Count(s, "✓3") >= 3 })
	x.press("down", "down", "space", "down", "space", "c", "p")
	x.wait("Works until")
	x.press("esc", "up")
	x.wait("copied", "2 marked", "×")
	time.Sleep(2 * time.Second) // until the picture in the detail pane is drawn
	if err := os.WriteFile(*pictureFile, []byte(x.svg()), 0o644); err != nil {
		t.Fatal(err)
	}
}
