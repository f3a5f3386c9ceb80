package picture

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/disintegration/imaging"
	"golang.org/x/sync/errgroup"

	"weft/pipeline/recipe"
	"weft/pipeline/sample"
)

var (
	peerPhotos = flag.Int("photos", 6, "how many photos of 12 megapixels the peers are measured with")
	peerRounds = flag.Int("rounds", 5, "how many times each peer is measured")
)

// peerEnv names the peer whose part a process of this test plays.
const peerEnv = "WEFT_TEST_PEER"

// peer makes of photos in a folder 320 fit, 1600 fit and 512 fill, as JPEGs of a
// quality, into another: weft itself, and what does the same elsewhere.
type peer struct {
	name     string
	commands func(in, out, quality string) [][]string // nil: this test, told by peerEnv
}

var peers = []peer{
	{name: "weft"},
	{name: "weft-exact"},
	{name: "imaging"},
	{"vipsthumbnail", func(in, out, quality string) (c [][]string) {
		files, _ := filepath.Glob(filepath.Join(in, "*.jpg"))
		for _, size := range [][]string{{"320x320"}, {"1600x1600"}, {"512x512", "--smartcrop", "centre"}} {
			args := append([]string{"vipsthumbnail", "--size"}, size...)
			args = append(args, "-o", filepath.Join(out, "%s-"+size[0][:strings.Index(size[0], "x")]+".jpg[Q="+quality+",subsample-mode=on]"))
			c = append(c, append(args, files...))
		}
		return c
	}},
	{"opencv", func(in, out, quality string) [][]string { return openCV(in, out, quality, "IMREAD_COLOR") }},
	{"opencv-reduced", func(in, out, quality string) [][]string { return openCV(in, out, quality, "IMREAD_REDUCED_COLOR_2") }},
}

// openCV is OpenCV as usually written: three times from what was read, or, if that
// is reduced, the smallest from the largest.
func openCV(in, out, quality, mode string) [][]string {
	const script = `
import cv2, glob, os, sys
into, out, quality, flag = sys.argv[1:]
for path in sorted(glob.glob(into + "/*.jpg")):
    im = cv2.imread(path, getattr(cv2, flag))
    h, w = im.shape[:2]
    big = cv2.resize(im, (1600, round(h * 1600 / w)), interpolation=cv2.INTER_AREA)
    x = (w - h) // 2
    square = cv2.resize(im[:, x:x + h], (512, 512), interpolation=cv2.INTER_AREA)
    small = cv2.resize(big if flag != "IMREAD_COLOR" else im, (320, round(h * 320 / w)), interpolation=cv2.INTER_AREA)
    for name, m in (("1600", big), ("512", square), ("320", small)):
        ok, data = cv2.imencode(".jpg", m, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])
        open(out + "/" + os.path.basename(path)[:-4] + "-" + name + ".jpg", "wb").write(data.tobytes())
`
	return [][]string{{"/usr/bin/python3", "-c", script, in, out, quality, mode}}
}

// missing says why a peer cannot be measured here, or "".
func (p peer) missing() string {
	switch p.name {
	case "vipsthumbnail":
		if _, err := exec.LookPath(p.name); err != nil {
			return "not installed (Debian: libvips-tools)"
		}
	case "opencv", "opencv-reduced":
		if exec.Command("/usr/bin/python3", "-c", "import cv2").Run() != nil {
			return "not installed (Debian: python3-opencv)"
		}
	}
	return ""
}

// run gives the CPU time, user and system, and the most memory in MiB, 0 if unknown.
func (p peer) run(b *testing.B, in, out, quality string) (cpu time.Duration, peak float64) {
	commands := [][]string{{os.Args[0], "-test.run", "^TestPeerProcess$", "-test.v", in, out, quality}}
	if p.commands != nil {
		commands = p.commands(in, out, quality)
	}
	for _, c := range commands {
		cmd := exec.Command(c[0], c[1:]...)
		cmd.Env = append(os.Environ(), peerEnv+"="+p.name)
		said, err := cmd.CombinedOutput()
		if err != nil {
			b.Fatalf("%s: %v\n%s", p.name, err, said)
		}
		cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		if _, rest, ok := strings.Cut(string(said), "peak-KiB "); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			peak = kb / 1024
		}
	}
	return cpu, peak
}

// TestPeerProcess is the process of a peer written in Go, with two workers; as a test it does nothing.
func TestPeerProcess(t *testing.T) {
	name := os.Getenv(peerEnv)
	if name == "" {
		t.Skip("a part of BenchmarkPeers")
	}
	debug.SetGCPercent(20) // as weft worker does
	in, out, quality := flag.Arg(0), flag.Arg(1), flag.Arg(2)
	work := map[string]func(source []byte, q int) ([][]byte, error){
		"imaging":    plainly,
		"weft":       func(source []byte, q int) ([][]byte, error) { return byWeft(t, source, q, false) },
		"weft-exact": func(source []byte, q int) ([][]byte, error) { return byWeft(t, source, q, true) },
	}[name]
	q, err := strconv.Atoi(quality)
	must(t, q, err)
	files, _ := filepath.Glob(filepath.Join(in, "*.jpg"))
	var g errgroup.Group
	g.SetLimit(2)
	for _, file := range files {
		g.Go(func() error {
			source, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			results, err := work(source, q)
			for i, data := range results {
				to := strings.TrimSuffix(filepath.Base(file), ".jpg") + []string{"-320.jpg", "-1600.jpg", "-512.jpg"}[i]
				err = errors.Join(err, os.WriteFile(filepath.Join(out, to), data, 0o644))
			}
			return err
		})
	}
	must(t, 0, g.Wait())
	status, _ := os.ReadFile("/proc/self/status")
	if _, rest, ok := strings.Cut(string(status), "VmHWM:"); ok {
		t.Log("peak-KiB", strings.Fields(rest)[0])
	}
}

func byWeft(t testing.TB, source []byte, quality int, exact bool) (out [][]byte, err error) {
	var recipes []recipe.Recipe
	for _, steps := range []string{"orient | fit 320", "orient | fit 1600", "orient | fill 512"} {
		r := one(t, fmt.Sprintf("%s | jpeg q%d", steps, quality))
		r.Exact = exact
		recipes = append(recipes, r)
	}
	results, _, err := Run(t.Context(), source, recipes, limits)
	for _, r := range results {
		out = append(out, r.Data)
	}
	return out, err
}

// plainly is imaging as usually written, with the standard decoder and encoder.
func plainly(source []byte, quality int) ([][]byte, error) {
	img, err := jpeg.Decode(bytes.NewReader(source))
	if err != nil {
		return nil, err
	}
	var out [][]byte
	for _, m := range []func() *image.NRGBA{
		func() *image.NRGBA { return imaging.Fit(img, 320, 320, imaging.Lanczos) },
		func() *image.NRGBA { return imaging.Fit(img, 1600, 1600, imaging.Lanczos) },
		func() *image.NRGBA { return imaging.Fill(img, 512, 512, imaging.Center, imaging.Lanczos) },
	} {
		var b bytes.Buffer
		err = errors.Join(err, jpeg.Encode(&b, m(), &jpeg.Options{Quality: quality}))
		out = append(out, b.Bytes())
	}
	return out, err
}

// Photos of 12 MP to 320 fit, 1600 fit and 512 fill, JPEG q82, by weft and by its
// peers in turn, each in a process of its own: the CPU time, and weft's as a share
// of each peer's, as the median of all rounds; and how close the 1600 px output is to
// that of imaging, both written with q100 and decoded.
func BenchmarkPeers(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); errors.Is(err, fs.ErrNotExist) {
		b.Skip("CPU time and memory of processes are measured on Linux")
	}
	in := b.TempDir()
	photograph(b, in, *peerPhotos)
	var present []peer
	for _, p := range peers {
		if why := p.missing(); why != "" {
			b.Logf("%s: %s", p.name, why)
			continue
		}
		present = append(present, p)
	}
	cpu, peaks := map[string][]float64{}, map[string]float64{}
	out := b.TempDir()
	for b.Loop() {
		for range *peerRounds {
			for _, p := range present {
				time, peak := p.run(b, in, out, "82")
				cpu[p.name] = append(cpu[p.name], time.Seconds()/float64(*peerPhotos))
				peaks[p.name] = max(peaks[p.name], peak)
			}
		}
	}
	usual := b.TempDir() // what imaging makes
	peer{name: "imaging"}.run(b, in, usual, "100")
	for _, p := range present {
		line := fmt.Sprintf("%-15s %.3f s CPU a photo", p.name, median(cpu[p.name]))
		for _, of := range []string{"weft", "weft-exact"} {
			var ratio []float64
			for i, s := range cpu[p.name] {
				ratio = append(ratio, cpu[of][i]/s)
			}
			line += fmt.Sprintf(", %s %.2f× (%.2f–%.2f)", of, median(ratio), slices.Min(ratio), slices.Max(ratio))
		}
		p.run(b, in, out, "100")
		if p.name != "imaging" {
			mean, least := fidelity(b, out, usual)
			line += fmt.Sprintf(", 1600 px %.1f dB, at least %.1f", mean, least)
		}
		if peaks[p.name] > 0 {
			line += fmt.Sprintf(", %.0f MiB", peaks[p.name])
		}
		b.Log(line)
	}
	b.ReportMetric(median(cpu["weft"])*1e3, "weft-cpu-ms/photo")
	b.ReportMetric(0, "ns/op")
}

// photograph draws n photos into a folder.
func photograph(b *testing.B, folder string, n int) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error {
			data, err := sample.Photo(i, 4000, 3000)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(folder, fmt.Sprintf("%02d.jpg", i)), data, 0o644)
		})
	}
	must(b, 0, g.Wait())
}

// fidelity is the PSNR in RGB, in dB, of the 1600 px outputs in a folder against those in another: their mean and the least.
func fidelity(b *testing.B, out, usual string) (mean, least float64) {
	pixels := func(file string) []byte {
		data, err := os.ReadFile(file)
		h, err2 := inspect(data, 0, limits)
		img, err3 := decode(data, h, 1)
		must(b, 0, errors.Join(err, err2, err3))
		return opaque(img)
	}
	files, _ := filepath.Glob(filepath.Join(usual, "*-1600.jpg"))
	for i, file := range files {
		db := psnr(pixels(file), pixels(filepath.Join(out, filepath.Base(file))))
		if mean += db / float64(len(files)); i == 0 || db < least {
			least = db
		}
	}
	return mean, least
}

// opaque is the samples of a picture without those of opacity.
func opaque(img *image.NRGBA) []byte {
	out := make([]byte, 0, len(img.Pix)/4*3)
	for i := 0; i < len(img.Pix); i += 4 {
		out = append(out, img.Pix[i:i+3]...)
	}
	return out
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[len(v)/2] + v[(len(v)-1)/2]) / 2
}
