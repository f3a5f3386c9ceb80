package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
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
	"weft/s3ops/local"
)

var (
	soak     = flag.Bool("soak", false, "the kill test at full length: 100 images, 20 kills")
	soakSeed = flag.Uint64("seed", 0, "seed of the moments of the kill test (0: a new one each time)")
)

// household is a home folder with the program's processes in it, as a test and
// a person deal with them.
type household struct {
	t   testing.TB
	dir string // the home
	env []string
	cfg *config.Config
}

// openHousehold makes a home whose embedded store gets no sample fabrics.
func openHousehold(t *testing.T) *household {
	t.Helper()
	dir, env := home(t)
	h := &household{t: t, dir: dir, env: env, cfg: storeIn(t, filepath.Join(dir, "weft"))}
	t.Cleanup(func() {
		for _, pid := range h.workers() {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	return h
}

// weft runs a command of the program and gives what it prints.
func (h *household) weft(args ...string) string {
	h.t.Helper()
	bin, err := program()
	if err != nil {
		h.t.Fatal(err)
	}
	c := exec.Command(bin, args...)
	c.Dir, c.Env = h.dir, h.env
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		h.t.Fatalf("weft %s: %v\n%s", strings.Join(args, " "), err, said.Bytes())
	}
	return out.String()
}

// workers are the pids of this home's workers, by the command lines and
// environments of all processes.
func (h *household) workers() (pids []int) {
	all, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, p := range all {
		line, err := os.ReadFile(filepath.Join(p, "cmdline"))
		if err != nil || !bytes.Contains(line, []byte("\x00worker\x00--foreground\x00")) {
			continue
		}
		env, err := os.ReadFile(filepath.Join(p, "environ"))
		if err != nil || !bytes.Contains(env, []byte("WEFT_HOME="+filepath.Join(h.dir, "weft")+"\x00")) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(p)); err == nil && running(pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// kill ends processes as a crash does, and waits until they are gone.
func (h *household) kill(pids ...int) {
	h.t.Helper()
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			h.t.Fatal(err)
		}
	}
	for _, pid := range pids {
		for deadline := time.Now().Add(10 * time.Second); running(pid); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				h.t.Fatalf("process %d survives kill -9", pid)
			}
		}
	}
}

// photos puts n different pictures into a folder of this machine and gives
// their SHA-256 by name.
func (h *household) photos(folder string, n, width, height int) map[string][32]byte {
	h.t.Helper()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		h.t.Fatal(err)
	}
	sums := map[string][32]byte{}
	for i := range n {
		img := image.NewRGBA(image.Rect(0, 0, width, height))
		for y := range height {
			for x := range width {
				img.SetRGBA(x, y, color.RGBA{uint8(60 + (x/8+y/(4+i%5))%2*90), uint8(i * 37), uint8(y), 255})
			}
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			h.t.Fatal(err)
		}
		name := fmt.Sprintf("swatch-%03d.jpg", i)
		if err := os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644); err != nil {
			h.t.Fatal(err)
		}
		sums[name] = sha256.Sum256(b.Bytes())
	}
	return sums
}

// queue opens the home's queue beside the program.
func (h *household) queue() *queue.Queue {
	h.t.Helper()
	q, err := openQueue(h.t.Context(), h.cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = q.Close() })
	return q
}

// endpoint is where the home's store answers.
func (h *household) endpoint() local.Endpoint {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if end, ok := local.Find(h.t.Context(), h.cfg.Local); ok {
			return end
		}
	}
	h.t.Fatal("the embedded store does not answer")
	return local.Endpoint{}
}

// job waits until a job has done at least so much, or has ended.
func (h *household) job(q *queue.Queue, id int64, atLeast int) queue.Job {
	h.t.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(2 * time.Millisecond) {
		j, err := q.Job(h.t.Context(), id)
		if err != nil {
			h.t.Fatal(err)
		}
		if n := j.Done + j.Skipped + j.Failed + j.Cancelled; n >= atLeast || n == j.Total {
			return j
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("job %d stands still: %+v", id, j)
		}
	}
}

// jobNumber is the number in the summary that weft process --json prints.
func (h *household) jobNumber(out string) int64 {
	h.t.Helper()
	var s summary
	if err := json.Unmarshal([]byte(out), &s); err != nil || s.Job == 0 {
		h.t.Fatalf("weft process printed %q, %v", out, err)
	}
	return s.Job
}

// Worker, interface or both killed at random moments of a batch lose nothing:
// every output is there once, every image has its row, the counts are exact, and
// the originals are untouched. make soak runs it with 100 images and 20 kills.
func TestKilledAtRandomMoments(t *testing.T) {
	images, kills, width, height := 24, 5, 400, 300
	if *soak {
		images, kills, width, height = 100, 20, 1200, 900
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
	upload, err := q.Submit(t.Context(), "a long file", []pipeline.Task{
		{Verb: pipeline.Upload, File: filepath.Join(h.dir, "long.bin"), Key: "uploaded/long.bin"}})
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
		if worker || random.IntN(2) == 0 { // a person opens weft again
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
	if j := h.job(q, upload, 1); j.State != queue.Done {
		t.Errorf("the upload ended as %+v", j)
	}
	h.checkStore(originals, long)
	h.checkJobs(q, id, upload)
	if left := h.workers(); len(left) != 1 {
		t.Errorf("workers %v are alive, want one", left)
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
	for _, u := range open.Uploads {
		h.t.Errorf("an upload in parts of %s is still open", *u.Key)
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
