package sample

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"weft/s3ops"
	"weft/s3ops/local/localtest"
)

// The set has at least 24 fabrics and four group photos, each under a key of
// its own that any store takes, in folders called as the configuration says.
func TestSet(t *testing.T) {
	f := localtest.Folders()
	f[0].Prefix = "in/"
	seen := map[string]bool{}
	var fabrics, tables, png, turned, located int
	for _, s := range All(f) {
		if err := s3ops.CheckKey(s.Key); err != nil {
			t.Error(err)
		}
		if seen[s.Key] {
			t.Errorf("%s: twice in the set", s.Key)
		}
		seen[s.Key] = true
		if !strings.HasPrefix(s.Key, "in/") && !strings.HasPrefix(s.Key, "uploaded/") {
			t.Errorf("%s: not in the folder of a role", s.Key)
		}
	}
	kinds := map[int]bool{}
	for _, p := range photos() {
		if p.group != nil {
			tables++
		} else {
			fabrics++
		}
		if strings.HasSuffix(p.name, ".png") {
			png++
		}
		if p.shot.orientation > 1 {
			turned++
		}
		if p.shot.gps {
			located++
		}
		kinds[p.shot.orientation] = true
		if p.size[0]%2 != 0 || p.size[1]%2 != 0 {
			t.Errorf("%s: odd size %v", p.name, p.size)
		}
	}
	if fabrics < 24 || tables != 4 || png < 3 || turned < 6 || located != 2 || len(kinds) != 9 {
		t.Errorf("fabrics %d, tables %d, PNG %d, turned %d, located %d, orientations %v", fabrics, tables, png, turned, located, kinds)
	}
	if first := All(f)[0].Key; first != "in/README.txt" {
		t.Errorf("first is %s", first)
	}
}

// Every picture is a whole file of its format and of the size it is meant to have.
func TestPictures(t *testing.T) {
	for i, p := range photos() {
		if raced && i%8 != 0 {
			continue // the race detector makes drawing ten times slower and has nothing to find in it
		}
		// The drawing code is the same at any size: most are made small, to be quick.
		if !strings.HasSuffix(p.name, ".png") && !strings.Contains(p.name, "natural") {
			p = p.shrunk(8)
		}
		data, err := p.draw()
		if err != nil {
			t.Fatal(err)
		}
		decode := jpeg.Decode
		if strings.HasSuffix(p.name, ".png") {
			decode = png.Decode
		}
		im, err := decode(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", p.name, err)
			continue
		}
		if got, want := im.Bounds().Size(), image.Pt(p.size[0], p.size[1]); got != want {
			t.Errorf("%s: %v, want %v", p.name, got, want)
		}
		if dark, light := extremes(im); light-dark < 20 {
			t.Errorf("%s: flat, luma from %d to %d", p.name, dark, light)
		}
	}
}

// Drawing a picture twice gives the same bytes.
func TestDeterministic(t *testing.T) {
	for _, p := range photos() {
		if !strings.Contains(p.name, "tartan-royal") && !strings.Contains(p.name, "oak") && !strings.Contains(p.name, "oxford") {
			continue
		}
		p = p.shrunk(8)
		a, errA := p.draw()
		b, errB := p.draw()
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s: differs from call to call", p.name)
		}
	}
}

// shrunk is the photo on a part of its canvas; the yarns keep their size.
func (p photo) shrunk(by int) photo {
	p.size[0], p.size[1] = p.size[0]/by&^1, p.size[1]/by&^1
	return p
}

func extremes(im image.Image) (dark, light int) {
	dark, light = 255, 0
	b := im.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			_, g, _, _ := im.At(x, y).RGBA()
			dark, light = min(dark, int(g>>8)), max(light, int(g>>8))
		}
	}
	return dark, light
}

// BenchmarkTwelveMegapixels is the cost of drawing and encoding one large picture.
func BenchmarkTwelveMegapixels(b *testing.B) {
	for _, p := range photos() {
		if !strings.Contains(p.name, "denim-indigo") && !strings.Contains(p.name, "paisley") && p.group == nil {
			continue
		}
		b.Run(p.name, func(b *testing.B) {
			for b.Loop() {
				data, err := p.draw()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(len(data))/1e6, "MB")
			}
		})
	}
}

// BenchmarkSet draws the whole set on as many processors as Seed uses.
func BenchmarkSet(b *testing.B) {
	for b.Loop() {
		gate := make(chan struct{}, 2)
		for _, s := range All(localtest.Folders()) {
			gate <- struct{}{}
			go func() {
				if _, err := s.Draw(); err != nil {
					b.Error(err)
				}
				<-gate
			}()
		}
		gate <- struct{}{}
		gate <- struct{}{}
	}
}
