package tui

import (
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// What a terminal shows of a picture is the picture: each half cell has its
// pixel's colour, transparency shows the background, and odd heights end in a
// half line. Each line is as wide as the picture.
func TestHalfBlocksShowThePicture(t *testing.T) {
	behind := color.NRGBA{24, 24, 27, 255}
	random := rand.New(rand.NewPCG(3, 4))
	for _, size := range []image.Point{{1, 1}, {1, 2}, {7, 5}, {20, 12}} {
		// a part of a larger picture, so that stride and origin matter
		whole := image.NewNRGBA(image.Rect(0, 0, size.X+3, size.Y+2))
		img := whole.SubImage(image.Rect(2, 1, 2+size.X, 1+size.Y)).(*image.NRGBA)
		palette := []color.NRGBA{{255, 0, 0, 255}, {0, 128, 255, 255}, {9, 9, 9, 0}, {200, 100, 50, 128}}
		for y := 1; y < 1+size.Y; y++ {
			for x := 2; x < 2+size.X; x++ {
				img.SetNRGBA(x, y, palette[random.IntN(len(palette))])
			}
		}
		lines := halfBlocks(img, behind, false)
		if len(lines) != (size.Y+1)/2 {
			t.Fatalf("%v: %d lines", size, len(lines))
		}
		screen := vt.NewEmulator(size.X+1, len(lines))
		defer screen.Close()
		for y, line := range lines {
			if w := ansi.StringWidth(line); w != size.X {
				t.Errorf("%v: line %d is %d cells wide", size, y, w)
			}
			screen.WriteString(line)
			if y+1 < len(lines) {
				screen.WriteString("\r\n")
			}
		}
		for y := range size.Y {
			for x := range size.X {
				want := blend(img.NRGBAAt(2+x, 1+y), behind)
				if got := halfCell(screen, x, y); got != want {
					t.Errorf("%v: pixel %d,%d is shown as %v, want %v", size, x, y, got, want)
				}
			}
		}
		if size.Y%2 == 1 {
			if c := screen.CellAt(0, len(lines)-1); c.Style.Bg != nil {
				t.Errorf("%v: below the last row there is %v", size, c.Style.Bg)
			}
		}
		if c := screen.CellAt(size.X, 0); c != nil && c.Style.Bg != nil {
			t.Errorf("%v: the colour runs on past the line", size)
		}
	}
	if lines := halfBlocks(image.NewNRGBA(image.Rectangle{}), behind, false); len(lines) != 0 {
		t.Errorf("an empty picture has %d lines", len(lines))
	}
}

// halfCell is the colour that the terminal shows for a pixel.
func halfCell(screen *vt.Emulator, x, y int) color.NRGBA {
	cell := screen.CellAt(x, y/2)
	shown := cell.Style.Bg
	if y%2 == 0 && cell.Content == "▀" {
		shown = cell.Style.Fg
	}
	if shown == nil {
		return color.NRGBA{}
	}
	return color.NRGBAModel.Convert(shown).(color.NRGBA)
}

func blend(c, behind color.NRGBA) color.NRGBA {
	part := func(c, behind uint8, a int) uint8 { return uint8((int(c)*a + int(behind)*(255-a) + 127) / 255) }
	a := int(c.A)
	return color.NRGBA{part(c.R, behind.R, a), part(c.G, behind.G, a), part(c.B, behind.B, a), 255}
}

// A run of one colour costs one escape sequence however long it is.
func TestHalfBlocksCoalesce(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 80, 2))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	line := halfBlocks(img, color.Black, false)[0]
	if want := "\x1b[48;2;255;255;255m" + strings.Repeat(" ", 80) + "\x1b[m"; line != want {
		t.Errorf("got %q", line)
	}
}

func BenchmarkHalfBlocks(b *testing.B) {
	random := rand.New(rand.NewPCG(5, 6))
	img := image.NewNRGBA(image.Rect(0, 0, 80, 80)) // 80×40 cells
	for i := range img.Pix {
		img.Pix[i] = uint8(random.IntN(256)) | uint8(i%4/3*255)
	}
	b.ReportAllocs()
	for b.Loop() {
		halfBlocks(img, color.Black, false)
	}
}
