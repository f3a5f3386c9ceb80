// Package hostile makes pictures that harm who decodes them carelessly, or that
// are broken, mislabelled or odd: for tests only. Each says what becomes of it.
// It knows no decoder of weft's.
package hostile

import (
	"bytes"
	"compress/zlib"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"slices"
	"sync"
)

// File is one of them. Says is what the refusal must hold; "": it is accepted,
// for what is odd about it harms nothing.
type File struct {
	Name string
	Data []byte
	Says string
}

// Any stands for any refusal: what says it depends on the decoder.
const Any = "any"

// Files is the whole corpus, for limits of 4 to 50 megapixels and 8 MiB or more.
func Files() []File {
	return slices.Concat(pngs(), jpegs(), gifs(), bmps(), tiffs(), webps(), boxes(), others())
}

// Good is two sound pictures to stand among the hostile ones.
func Good() []File {
	return []File{{Name: "good.jpg", Data: photo()}, {Name: "good.png", Data: drawing(96, 64)}}
}

// weave is a small picture with detail.
func weave(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	state := uint32(1)
	for y := range h {
		for x := range w {
			state = state*1664525 + 1013904223
			v := uint8(90 + 70*((x+y)/6%2) + int(state>>24)/10)
			img.SetNRGBA(x, y, color.NRGBA{v, v/4*3 + 20, v / 2, 255})
		}
	}
	return img
}

// photo is a sound JPEG of 96×64 pixels, drawing a sound PNG.
func photo() []byte {
	var b bytes.Buffer
	must(jpeg.Encode(&b, weave(96, 64), &jpeg.Options{Quality: 90}))
	return b.Bytes()
}

func drawing(w, h int) []byte {
	var b bytes.Buffer
	must(png.Encode(&b, weave(w, h)))
	return b.Bytes()
}

// must is for what cannot fail: encoders that write to memory.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// deflated is zlib data of so many zeros, a thousandth as long.
func deflated(n int) []byte {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	must(err)
	zeros := make([]byte, 1<<16)
	for ; n > 0; n -= len(zeros) {
		_, err := z.Write(zeros[:min(n, len(zeros))])
		must(err)
	}
	must(z.Close())
	return b.Bytes()
}

// bomb is zlib data of 16 MiB of zeros.
var bomb = sync.OnceValue(func() []byte { return deflated(16 << 20) })

// joined puts pieces one behind the other.
func joined(pieces ...[]byte) []byte { return slices.Concat(pieces...) }

// cut gives the file's first part, at a share of its length.
func cut(data []byte, share float64) []byte {
	return slices.Clone(data[:int(math.Round(float64(len(data))*share))])
}

// spoilt is data with one byte turned over, at a share of its length.
func spoilt(data []byte, share float64) []byte {
	out := slices.Clone(data)
	out[int(float64(len(out))*share)] ^= 0xff
	return out
}
