package picture

import (
	"bytes"
	"context"
	"fmt"

	"image/color"
	"os"
	"strings"
	"testing"

	"github.com/disintegration/imaging"
	"golang.org/x/image/font"

	"weft/config"
	"weft/pipeline/recipe"
)

// drawnCell is the cell of a source on the sheet of a recipe.
func drawnCell(t testing.TB, name string, source []byte, r recipe.Recipe) Cell {
	t.Helper()
	s, _ := r.Sheet()
	out, f, err := Run(t.Context(), source, list(CellRecipe(s)), limits)
	if err != nil {
		t.Fatal(err)
	}
	return Cell{Name: name, Picture: out[0].Data, Palette: f.Palette}
}

func sheetOf(t testing.TB, cells []Cell, steps string) Result {
	t.Helper()
	r, err := Sheet(t.Context(), cells, one(t, steps), "spring", "page 1 of 2", limits)
	return must(t, r, err)
}

// A sheet shows its cells in order, with names, palettes and reasons, as drawn in testdata/sheet.txt (blocks of 6×6 pixels, their means), and always the same bytes.
func TestSheetGolden(t *testing.T) {
	const steps = "sheet 2x2 72px #fafaf0 | png"
	r := one(t, steps)
	cells := []Cell{
		drawnCell(t, "quarters.png", asPNG(t, quarters(90, 60)), r),
		drawnCell(t, "a-very-long-name-of-red.png", asPNG(t, flat(40, 80)), r),
		{Name: "broken.jpg", Reason: "ends early (1.2 of 4.7 MB): upload it again"},
	}
	out := sheetOf(t, cells, steps)
	if again := sheetOf(t, cells, steps); !bytes.Equal(out.Data, again.Data) {
		t.Error("the second time it is another")
	}
	img := decoded(t, out.Data)
	if img.Rect.Dx() != out.Width || img.Rect.Dy() != out.Height || out.ContentType != "image/png" {
		t.Fatalf("%+v", out)
	}
	small := imaging.Resize(img, img.Rect.Dx()/6, img.Rect.Dy()/6, imaging.Box)
	const name = "testdata/sheet.txt"
	if *update {
		must(t, 0, os.WriteFile(name, []byte(grid(small)), 0o644))
	}
	data, err := os.ReadFile(name)
	want, ok := readGrid(string(must(t, data, err)))
	if !ok || want.Rect != small.Rect || apartBy(want, small) > 2 {
		t.Errorf("the sheet is another than in %s:\n%s", name, grid(small))
	}
	// The strip of quarters has its four colours, each a quarter wide.
	for i, c := range []color.Color{red, green, blue, yellow} {
		found := false
		for x := 14; x < 14+72; x += 18 {
			found = found || near(img, x+9, 14+26+72+3, c)
		}
		if !found {
			t.Errorf("colour %d is not on the strip", i)
		}
	}
}

// Labels, palettes, columns and background are as the step says.
func TestSheetOptions(t *testing.T) {
	cell := drawnCell(t, "red.png", asPNG(t, flat(50, 50)), one(t, "sheet 48px"))
	cells := []Cell{cell, cell, cell}
	full, bare := sheetOf(t, cells, "sheet 48px | png"), sheetOf(t, cells, "sheet 48px no-labels no-palettes black | png")
	if bare.Width != 2*12+3*48+2*6 || bare.Height != 2*12+48 || full.Width != bare.Width || full.Height <= bare.Height {
		t.Errorf("full %d×%d, bare %d×%d", full.Width, full.Height, bare.Width, bare.Height)
	}
	img := decoded(t, bare.Data)
	if !near(img, 1, 1, color.Black) || !near(img, 12+24, 12+24, red) {
		t.Error("the paper is", img.At(1, 1), "the first cell", img.At(36, 36))
	}
	if one := sheetOf(t, cells, "sheet 1x9 48px no-labels no-palettes | png"); one.Width != 2*12+48 || one.Height != 2*12+3*48+2*6 {
		t.Errorf("in one column: %d×%d", one.Width, one.Height)
	}
	l := limits
	l.Pixels = 5000
	if _, err := Sheet(t.Context(), cells, one(t, "sheet 48px"), "", "", l); err == nil || !strings.Contains(err.Error(), "limits.pixels") {
		t.Error("a page over the limit:", err)
	}
	big := drawnCell(t, "big", asPNG(t, flat(90, 90)), one(t, "sheet 72px"))
	if _, err := Sheet(t.Context(), []Cell{big}, one(t, "sheet 48px"), "", "", limits); err == nil {
		t.Error("a picture larger than its cell was drawn")
	}
	if _, err := Sheet(t.Context(), cells, one(t, "fit 20"), "", "", limits); err == nil {
		t.Error("a sheet of a recipe that makes none")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Sheet(ctx, cells, one(t, "sheet 48px"), "", "", limits); err != context.Canceled {
		t.Error(err)
	}
}

// A name that is too long loses its middle, not its beginning or extension, and fits.
func TestElide(t *testing.T) {
	f, err := openFace(12)
	face := must(t, f, err)
	for _, name := range []string{"linen-natural-with-a-name-that-goes-on-and-on-2026-04.jpg", strings.Repeat("亜麻布", 40) + ".png", strings.Repeat("w", 5000)} {
		got := elide(face, name, 100)
		if w := font.MeasureString(face, got).Ceil(); w > 100 || w < 80 || !strings.Contains(got, "…") || got[:1] != name[:1] || got[len(got)-1] != name[len(name)-1] {
			t.Errorf("%q is %d wide", got, w)
		}
	}
	if got := elide(face, "short.jpg", 100); got != "short.jpg" {
		t.Error(got)
	}
	if got := elide(face, "anything", 1); got != "" {
		t.Error(got)
	}
	lines := broken(face, "ends early (1.2 of 4.7 MB): upload it again "+strings.Repeat("x", 300), 100)
	if len(lines) < 4 {
		t.Error(lines)
	}
	for _, l := range lines {
		if font.MeasureString(face, l).Ceil() > 100 {
			t.Errorf("%q is too wide", l)
		}
	}
}

// A contact sheet with palettes of 60 photos of 12 MP, made one after the other: the CPU time is for all 60.
func BenchmarkSheet60(b *testing.B) {
	var sources [][]byte
	for i := range 4 {
		sources = append(sources, asJPEG(b, cloth(4000, 3000, float64(90+i), 70, float64(10*i))))
	}
	l := config.Limits{Pixels: 50_000_000, Bytes: 64 << 20}
	r := one(b, "sheet")
	done := usage(b)
	for b.Loop() {
		var cells []Cell
		for i := range 60 {
			cells = append(cells, drawnCell(b, fmt.Sprintf("cloth-%02d.jpg", i), sources[i%len(sources)], r))
		}
		if _, err := Sheet(b.Context(), cells, r, "bench", "", l); err != nil {
			b.Fatal(err)
		}
	}
	done()
}
