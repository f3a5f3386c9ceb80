package picture

import (
	"encoding/binary"
	"image"
	"strings"
	"testing"
	"unicode"

	"weft/config"
	"weft/pipeline/picture/hostile"
)

// small are limits at which a run of the fuzzer is short.
var small = config.Limits{Pixels: 1 << 16, Bytes: 1 << 16, Memory: 64 << 20}

// Whatever the bytes, reading headers and metadata ends without a panic, and what it tells is within the limits and printable.
func FuzzProbe(f *testing.F) {
	for _, file := range hostile.Files() {
		if len(file.Data) < 4<<10 {
			f.Add(file.Data, uint16(len(file.Data)/2))
		}
	}
	f.Add(withExif(asJPEG(f, quarters(16, 12)), 6, binary.BigEndian), uint16(40))
	f.Add(heifFile("avif", "av01", 16, 12, isoBox("av1C"), []byte("picture"), heifProps(7), exif(1, binary.LittleEndian)), uint16(100))
	f.Add(withPNGProfile(asPNG(f, quarters(16, 12)), namedProfile("weft", true)), uint16(40))
	f.Fuzz(func(t *testing.T, data []byte, cut uint16) {
		for _, part := range [][]byte{data, data[:min(int(cut), len(data))]} {
			facts, err := Probe(part, int64(len(data)), small)
			if err == nil && (facts.Width < 1 || facts.Height < 1 || facts.Width > int(small.Pixels)/facts.Height || facts.Orientation < 1 || facts.Orientation > 8) {
				t.Errorf("%+v", facts)
			}
			for _, text := range []string{facts.Camera, facts.Profile, profileName(part)} {
				for _, r := range text {
					if !unicode.IsPrint(r) {
						t.Errorf("%q", text)
					}
				}
			}
		}
		if d, err := Weigh(data, list(one(t, "orient | rotate 45 | tile 3 | avif")), small); err == nil && (d.Memory < 1 || d.Memory > small.Memory) {
			t.Errorf("%+v", d)
		}
	})
}

// Whatever the bytes, decoding what passes ends without a panic, and what comes out is no larger than asked.
func FuzzRun(f *testing.F) {
	for _, seed := range [][]byte{
		asJPEG(f, quarters(16, 12)), withExif(asJPEG(f, quarters(16, 12)), 6, binary.LittleEndian), cmykJPEG(16, 8, 1, 2, 3, 4),
		asPNG(f, paletted(16, 12)), asGIF(f, 16, 12, 2), asTIFF(f, quarters(16, 12)), asBMP(f, quarters(16, 12)),
		losslessWebP(quarters(16, 12)), lossyWebP(16, 12), animatedWebP(16, 12, quarters(8, 6), image.Pt(4, 2), 2),
		withThumbnail(asJPEG(f, quarters(16, 12)), asJPEG(f, quarters(8, 6)), 6),
	} {
		f.Add(seed)
	}
	for _, file := range hostile.Files() {
		if strings.HasPrefix(file.Name, "jpeg-") && len(file.Data) < 8<<10 {
			f.Add(file.Data)
		}
	}
	r := one(f, "orient | fit 8 | png")
	f.Fuzz(func(t *testing.T, data []byte) {
		if f := sniff(data); f == "avif" || f == "heic" {
			return // their decoders are not ours, and slow to start
		}
		out, _, _ := Run(t.Context(), data, list(r), small)
		for _, o := range out {
			if o.Width > 8 || o.Height > 8 {
				t.Errorf("%d×%d", o.Width, o.Height)
			}
		}
		_, _, _ = Preview(t.Context(), data, 8, 8, small)
	})
}
