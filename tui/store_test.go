package tui

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/doctor"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
	"weft/s3ops/local"
	"weft/s3ops/local/localtest"
)

// What the tests share, set by TestMain: the embedded server, and the folder of
// the golden screens, for the server changes the working folder.
var (
	endpoint  local.Endpoint
	addUser   func() config.Credentials
	goldenDir string
)

func TestMain(m *testing.M) {
	time.Local = time.UTC
	var err error
	if goldenDir, err = filepath.Abs("testdata"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(localtest.Run(func(s *local.Server) int {
		endpoint, addUser = s.Endpoint(), s.AddUser
		return m.Run()
	}))
}

var fiveFolders = localtest.Folders()

// world is a bucket of its own on the embedded server, with a queue that is
// worked in this process.
type world struct {
	t      *testing.T
	config *config.Config
	bucket *s3ops.Bucket
	queue  *queue.Queue

	queuePath string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	name := "t" + strings.ToLower(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, t.Name()))
	return newWorldNamed(t, name[:min(len(name), 60)])
}

// newWorldNamed is newWorld with the bucket's name.
func newWorldNamed(t *testing.T, name string) *world {
	t.Helper()
	c := endpoint.Apply(&config.Config{
		Bucket: name, Folders: fiveFolders, Link: time.Hour, Preview: true, Theme: "dark",
		Limits: config.Limits{Pixels: 50_000_000, Bytes: 64 << 20}, Local: t.TempDir(),
	})
	b, err := s3ops.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	return worldOf(t, c, b)
}

// worldOf is a bucket with a queue of its own, worked with the same credentials.
func worldOf(t *testing.T, c *config.Config, b *s3ops.Bucket) *world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "queue.db")
	q, err := queue.Open(t.Context(), path, c.StoreID(), queue.Origin{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	doer := &pipeline.Doer{Bucket: b, Folders: c.Folders, Limits: c.Limits}
	go func() { ended <- q.Work(ctx, queue.WorkOptions{Do: doer.Do}) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		q.Close()
	})
	return &world{t: t, config: c, bucket: b, queue: q, queuePath: path}
}

// put writes objects; a name that ends in .jpg gets a picture.
func (w *world) put(keys ...string) {
	w.t.Helper()
	for i, key := range keys {
		data := fmt.Appendf(nil, "object %d\n", i)
		if strings.HasSuffix(key, ".jpg") {
			data = photo(w.t, i)
		}
		w.putBytes(key, data)
	}
}

func (w *world) putBytes(key string, data []byte) {
	w.t.Helper()
	if _, err := w.bucket.Upload(w.t.Context(), key, bytes.NewReader(data), s3ops.UploadOptions{Overwrite: true}); err != nil {
		w.t.Fatal(err)
	}
}

// photo is a small JPEG with stripes.
func photo(t *testing.T, seed int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			img.Set(x, y, color.RGBA{uint8(40*seed + 4*(x/8)), uint8(200 - 4*(y/6)), 90, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// model is the interface on the world.
func (w *world) model() *Model {
	return New(w.t.Context(), Parts{
		Config: w.config,
		Connect: func(context.Context) (*Session, error) {
			return &Session{Config: w.config, Bucket: w.bucket, Recipes: recipe.Builtin()}, nil
		},
		Queue: func(context.Context) (*queue.Queue, error) { return w.queue, nil },
		Wake:  func(context.Context) error { return nil },
		Doctor: func(ctx context.Context) iter.Seq[doctor.Finding] {
			return doctor.Examine(ctx, doctor.Patient{Config: w.config, Now: time.Now,
				Open: func(context.Context) (*s3ops.Bucket, func(), error) { return w.bucket, func() {}, nil },
				Queue: func(ctx context.Context) (*queue.Queue, error) {
					return queue.Open(ctx, w.queuePath, w.config.StoreID(), queue.Origin{})
				}})
		},
	})
}

// show runs the interface on the world and waits until it is open.
func (w *world) show(width, height int) *screen {
	w.t.Helper()
	s := show(w.t, w.model(), width, height)
	s.await("versioned")
	return s
}

// keys lists what the bucket holds below a prefix.
func (w *world) keys(prefix string) []string {
	w.t.Helper()
	var all []string
	for o, err := range w.bucket.Objects(w.t.Context(), prefix, s3ops.ListOptions{Recursive: true}) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, o.Key)
	}
	return all
}
