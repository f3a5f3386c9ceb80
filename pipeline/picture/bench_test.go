package picture

import (
	"bytes"
	"image/jpeg"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/disintegration/imaging"

	"weft/pipeline/recipe"
)

// usage reports, where Linux tells, the CPU time of each round, which a busy
// machine does not lengthen as it does the time, and the most memory this process
// has held since. Run each benchmark in a process of its own.
func usage(b *testing.B) (report func()) {
	debug.FreeOSMemory() // the source was made with much
	os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	start := ticks()
	return func() {
		b.ReportMetric(float64(ticks()-start)*10/float64(b.N), "cpu-ms/op")
		status, _ := os.ReadFile("/proc/self/status")
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				if kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64); err == nil {
					b.ReportMetric(kb/1024, "peak-MiB")
				}
			}
		}
	}
}

// ticks is the CPU time of this process in hundredths of a second (proc(5)).
func ticks() (sum int) {
	stat, _ := os.ReadFile("/proc/self/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	if f := strings.Fields(rest); len(f) > 13 {
		for _, s := range f[11:13] {
			n, _ := strconv.Atoi(s)
			sum += n
		}
	}
	return sum
}

// A 12 MP JPEG to thumb, web and square.
func BenchmarkRun12MP(b *testing.B) {
	source := asJPEG(b, weave(4000, 3000))
	done := usage(b)
	for b.Loop() {
		if _, _, err := Run(b.Context(), source, recipe.Builtin(), limits); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

// The same by imaging as usually written: decoded once, each output from full size.
func BenchmarkPlainImaging12MP(b *testing.B) {
	source := asJPEG(b, weave(4000, 3000))
	done := usage(b)
	for b.Loop() {
		img, err := jpeg.Decode(bytes.NewReader(source))
		if err != nil {
			b.Fatal(err)
		}
		var out bytes.Buffer
		for _, m := range []func(){
			func() { jpeg.Encode(&out, imaging.Fit(img, 320, 320, imaging.Lanczos), nil) },
			func() {
				jpeg.Encode(&out, imaging.Sharpen(imaging.Fit(img, 1600, 1600, imaging.Lanczos), 0.5), nil)
			},
			func() { jpeg.Encode(&out, imaging.Fill(img, 512, 512, imaging.Center, imaging.Lanczos), nil) },
		} {
			m()
		}
	}
	done()
}

func BenchmarkPreview12MP(b *testing.B) {
	source := asJPEG(b, weave(4000, 3000))
	done := usage(b)
	for b.Loop() {
		if _, _, err := Preview(b.Context(), source, 160, 120, limits); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

// The same picture with the thumbnail that cameras write.
func BenchmarkPreviewThumbnail12MP(b *testing.B) {
	source := withThumbnail(asJPEG(b, weave(4000, 3000)), asJPEG(b, weave(160, 120)), 1)
	done := usage(b)
	for b.Loop() {
		if _, _, err := Preview(b.Context(), source, 160, 120, limits); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

func BenchmarkProbe12MP(b *testing.B) {
	source := asJPEG(b, weave(4000, 3000))
	done := usage(b)
	for b.Loop() {
		if _, err := Probe(source, int64(len(source)), limits); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

func BenchmarkRunPNG12MP(b *testing.B) {
	source := asPNG(b, weave(4000, 3000))
	done := usage(b)
	for b.Loop() {
		if _, _, err := Run(b.Context(), source, recipe.Builtin(), limits); err != nil {
			b.Fatal(err)
		}
	}
	done()
}

// What the facts of a 12 MP JPEG cost beside its outputs, once it is decoded.
func BenchmarkLook12MP(b *testing.B) {
	half := &pyramid{planes: toPlanes(toNRGBA(weave(2000, 1500)), 2)}
	done := usage(b)
	for b.Loop() {
		half.look()
	}
	done()
}
