package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"image/jpeg"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/pipeline/recipe"
	"weft/s3ops"
)

var (
	soak       = flag.Bool("soak", false, "the kill test at full length")
	soakImages = flag.Int("images", 100, "with -soak: so many images")
	soakKills  = flag.Int("kills", 20, "with -soak: so many kills")
	soakSeed   = flag.Uint64("seed", 0, "seed of the moments of the kill test (0: a new one each time)")
)

// Worker, interface or both killed at random moments of a batch lose nothing:
// every output is there once, every image has its row, the counts are exact, and
// the originals are untouched. make bench runs it with 100 images and 20 kills,
// make soak with 200 and 100.
func TestKilledAtRandomMoments(t *testing.T) {
	images, kills, width, height := 24, 5, 400, 300
	if *soak {
		images, kills, width, height = *soakImages, *soakKills, 1200, 900
	}
	seed := *soakSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	h := openHousehold(t)
	originals := h.photos(filepath.Join(h.dir, "photos"), images, width, height)
	long := bytes.Repeat([]byte("a long file "), 4<<20) // 48 MB: sent in parts
	if err := os.WriteFile(filepath.Join(h.dir, "long.bin"), long, 0o644); err != nil {
		t.Fatal(err)
	}
	h.weft("put", "-r", filepath.Join(h.dir, "photos")+"/", "search_uploads/")

	x := openTerminal(t, 100, 30, h.dir, h.env)
	x.wait("search_uploads")
	q := h.queue()
	upload, err := q.Submit(t.Context(), "a long file", slices.Values([]pipeline.Task{
		{Verb: pipeline.Upload, File: filepath.Join(h.dir, "long.bin"), Key: "uploaded/long.bin"}}))
	if err != nil {
		t.Fatal(err)
	}
	id := h.jobNumber(h.weft("process", "--recipe", "thumb,web,square", "--no-wait", "--json", "search_uploads/"))

	early := 0
	for i := range kills {
		// Most die at some point of the batch, some within moments of their start.
		if random.IntN(4) > 0 {
			h.job(q, id, (i*images+random.IntN(images))/kills)
		}
		time.Sleep(time.Duration(random.IntN(60)) * time.Millisecond)
		worker, screen := random.IntN(3) > 0, random.IntN(2) == 0
		if !worker {
			screen = true
		}
		if j := h.job(q, id, 0); j.Done+j.Skipped < images {
			early++
		}
		var victims []int
		if worker {
			victims = h.workers()
		}
		if screen {
			victims = append(victims, x.cmd.Process.Pid)
		}
		h.kill(victims...)
		// A person opens weft again; one whom the kill met before the worker was
		// started must, or nobody ever starts it.
		if worker || random.IntN(2) == 0 || len(h.workers()) == 0 {
			h.kill(x.cmd.Process.Pid)
			<-x.gone
			x = openTerminal(t, 100, 30, h.dir, h.env)
			if random.IntN(4) > 0 {
				x.wait("search_uploads")
			}
		}
	}
	select {
	case <-x.gone:
		x = openTerminal(t, 100, 30, h.dir, h.env)
	default:
	}
	x.wait("search_uploads")
	t.Logf("%d of %d kills before the last image was done", early, kills)

	j := h.job(q, id, images)
	if j.State != queue.Done || j.Done+j.Skipped != images || j.Failed+j.Cancelled != 0 || j.Total != images {
		bad, _ := failuresOf(t.Context(), q, id)
		t.Errorf("the job ended as %+v: %v", j, bad)
	}
	t.Logf("the job ended as %d done, %d skipped, %d failed of %d", j.Done, j.Skipped, j.Failed, j.Total)
	if j := h.job(q, upload.ID, 1); j.State != queue.Done {
		t.Errorf("the upload ended as %+v", j)
	}
	h.checkStore(originals, long)
	h.checkJobs(q, id, upload.ID)
	if left := h.workers(); len(left) != 1 {
		t.Errorf("workers %v are alive, want one", left)
	}
}

// A closed terminal, and a hang-up of the line, end the interface and leave the
// batch to the worker.
func TestHangUpLeavesTheWorkToTheWorker(t *testing.T) {
	for name, hangUp := range map[string]func(x *terminal) error{
		"hang-up":         func(x *terminal) error { return x.cmd.Process.Signal(syscall.SIGHUP) },
		"closed terminal": func(x *terminal) error { return x.file.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			h := openHousehold(t)
			h.photos(filepath.Join(h.dir, "photos"), 8, 400, 300)
			h.weft("put", "-r", filepath.Join(h.dir, "photos")+"/", "search_uploads/")
			x := openTerminal(t, 100, 30, h.dir, h.env)
			x.wait("swatch-000.jpg", "8 objects") // all are there: a marks what is loaded
			q := h.queue()
			x.press("a", "t")
			x.wait("Transform 8 images")
			x.press("a")
			x.wait("24 outputs")
			x.press("enter")
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
				if _, err := q.Job(t.Context(), 1); err == nil {
					break
				} else if time.Now().After(deadline) {
					t.Fatalf("no job was submitted:\n%s", x.text())
				}
			}
			before := h.workers()
			if err := hangUp(x); err != nil {
				t.Fatal(err)
			}
			select {
			case <-x.gone:
			case <-time.After(20 * time.Second):
				t.Fatal("the interface outlives its terminal")
			}
			j := h.job(q, 1, 8)
			if j.State != queue.Done || j.Done != 8 {
				t.Errorf("the job ended as %+v", j)
			}
			if after := h.workers(); len(before) != 1 || !slices.Equal(before, after) {
				t.Errorf("before the hang-up the workers were %v, after it %v", before, after)
			}
		})
	}
}

// checkStore looks at everything the store holds after a batch over originals.
func (h *household) checkStore(originals map[string][32]byte, long []byte) {
	h.t.Helper()
	end := h.endpoint()
	bucket, err := s3ops.Open(h.t.Context(), end.Apply(h.cfg))
	if err != nil {
		h.t.Fatal(err)
	}
	want, rows := map[string]bool{}, map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(originals)) {
		key := "search_uploads/" + name
		if got := sha256.Sum256(h.read(bucket, key)); got != originals[name] {
			h.t.Errorf("%s is another one than before", key)
		}
		outputs := map[string]bool{}
		for _, r := range recipe.Builtin() {
			to, err := r.Output(key, h.cfg.Folders)
			if err != nil {
				h.t.Fatal(err)
			}
			want[to], outputs[to] = true, true
			if _, err := jpeg.Decode(bytes.NewReader(h.read(bucket, to))); err != nil {
				h.t.Errorf("%s: %v", to, err)
			}
		}
		row := pipeline.RowKey(h.cfg.Folders, key)
		rows[row] = true
		h.checkRow(h.read(bucket, row), key, outputs)
	}
	if got := sha256.Sum256(h.read(bucket, "uploaded/long.bin")); got != sha256.Sum256(long) {
		h.t.Error("the long file arrived as another one")
	}
	h.checkKeys(bucket, "generated/", want)
	h.checkKeys(bucket, h.cfg.Folders.Prefix(config.FabricTable), rows)
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String(end.URL), Region: end.Region, UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: end.Credentials.AccessKeyID, SecretAccessKey: string(end.Credentials.SecretAccessKey)}, nil
		}),
	})
	open, err := client.ListMultipartUploads(h.t.Context(), &s3.ListMultipartUploadsInput{Bucket: aws.String(end.Bucket)})
	if err != nil {
		h.t.Fatal(err)
	}
	if len(open.Uploads) != 0 {
		h.t.Errorf("%d uploads are still open", len(open.Uploads))
	}
	h.t.Logf("%d outputs, %d rows, %d originals, %d open uploads", len(want), len(rows), len(originals), len(open.Uploads))
}

func (h *household) read(bucket *s3ops.Bucket, key string) []byte {
	h.t.Helper()
	body, _, err := bucket.Read(h.t.Context(), key, s3ops.ReadOptions{})
	if err != nil {
		h.t.Error(err)
		return nil
	}
	defer body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(body); err != nil {
		h.t.Errorf("%s: %v", key, err)
	}
	return b.Bytes()
}

// checkRow holds a row to one line that names the source and each output once.
func (h *household) checkRow(text []byte, source string, outputs map[string]bool) {
	h.t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(text))
	n := 0
	for ; lines.Scan(); n++ {
		var row pipeline.Row
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil || row.Key != source {
			h.t.Errorf("the row of %s is %q, %v", source, text, err)
			continue
		}
		named := map[string]bool{}
		for _, o := range row.Outputs {
			named[o.Key] = true
		}
		if len(row.Outputs) != len(outputs) || !maps.Equal(named, outputs) {
			h.t.Errorf("the row of %s names %v", source, row.Outputs)
		}
	}
	if n != 1 {
		h.t.Errorf("%s has %d rows", source, n)
	}
}

// checkKeys holds a folder to exactly these objects, each written only once.
func (h *household) checkKeys(bucket *s3ops.Bucket, prefix string, want map[string]bool) {
	h.t.Helper()
	versions := map[string]int{}
	for o, err := range bucket.Objects(h.t.Context(), prefix, s3ops.ListOptions{Recursive: true, Versions: true}) {
		if err != nil {
			h.t.Fatal(err)
		}
		if !strings.HasSuffix(o.Key, "/") {
			versions[o.Key]++
		}
	}
	for key, n := range versions {
		if !want[key] || n != 1 {
			h.t.Errorf("%s is there in %d versions; wanted: %v", key, n, want[key])
		}
	}
	if len(versions) != len(want) {
		h.t.Errorf("%s holds %d objects, want %d", prefix, len(versions), len(want))
	}
}

// checkJobs holds each job to what weft jobs and the tasks themselves say.
func (h *household) checkJobs(q *queue.Queue, ids ...int64) {
	h.t.Helper()
	for line := range strings.Lines(h.weft("jobs", "--json")) {
		var j queue.Job
		if err := json.Unmarshal([]byte(line), &j); err != nil || j.State != queue.Done {
			h.t.Errorf("weft jobs says %s, %v", line, err)
		}
	}
	for _, id := range ids {
		tasks, err := q.Tasks(h.t.Context(), id, 0, 1000)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, task := range tasks {
			if task.State != queue.Done {
				h.t.Errorf("job %d, %s: %s %s", id, task.Task.Key, task.State, task.Error)
			}
		}
	}
	if s, err := q.Watch(h.t.Context(), -1); err != nil || len(s.Active) != 0 || !s.Worker {
		h.t.Errorf("after the work the queue shows %+v, worker %v, %v", s.Active, s.Worker, err)
	}
}
