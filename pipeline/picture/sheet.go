package picture

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"strings"
	"unicode/utf8"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"weft/config"
	"weft/pipeline/recipe"
)

// Cell is one picture on a contact sheet.
type Cell struct {
	Name    string
	Picture []byte   // what CellRecipe makes of it; empty: it cannot be drawn
	Palette []Colour // the strip below
	Reason  string   // why it cannot be drawn
}

// CellRecipe makes the picture of one cell.
func CellRecipe(s recipe.Sheet) recipe.Recipe {
	return recipe.Recipe{Name: "cell", Steps: []recipe.Step{
		{Name: "orient"}, {Name: "fit", Args: []string{fmt.Sprintf("%dx%d", s.Cell, s.Cell)}}, {Name: "png"}}}
}

// Sheet draws one page of a contact sheet in the format of its recipe: the cells
// from left to right and from top to bottom, with head and page in a line above.
// The same cells always make the same bytes.
func Sheet(ctx context.Context, cells []Cell, r recipe.Recipe, head, page string, l config.Limits) (Result, error) {
	s, ok := r.Sheet()
	if !ok {
		return Result{}, fmt.Errorf("recipe %s makes no sheet", r.Name)
	}
	p, err := newPage(s, len(cells), l)
	if err != nil {
		return Result{}, err
	}
	release, err := reserve(ctx, 3*4*int64(p.w)*int64(p.h), l) // the page, and what encoding it takes
	if err != nil {
		return Result{}, err
	}
	defer release()
	p.img = image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	draw.Draw(p.img, p.img.Rect, image.NewUniform(p.paper), image.Point{}, draw.Src)
	if s.Labels {
		p.heading(head, page)
	}
	for i, c := range cells {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		if err := p.cell(i, c); err != nil {
			return Result{}, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	data, contentType, err := encode(p.img, r, nil)
	if err != nil {
		return Result{}, err
	}
	return Result{Recipe: r, Data: data, ContentType: contentType, Width: p.img.Rect.Dx(), Height: p.img.Rect.Dy()}, nil
}

// page is a sheet being drawn. Its measures are in pixels and follow from the
// cell's side.
type page struct {
	recipe.Sheet
	w, h         int
	img          *image.NRGBA
	paper        color.NRGBA
	ink, faint   color.NRGBA
	face, small  font.Face
	edge, gap    int // around all cells, between two
	strip, label int // heights below a picture; 0: there is none
	top          int // height of the line above
	size         float64
}

func newPage(s recipe.Sheet, cells int, l config.Limits) (*page, error) {
	p := &page{Sheet: s, gap: max(6, s.Cell/12), size: min(max(float64(s.Cell)/15, 10), 28)}
	p.edge = 2 * p.gap
	if s.Palettes {
		p.strip = max(6, s.Cell/14)
	}
	if s.Labels {
		p.label, p.top = int(1.7*p.size), int(2.6*p.size)
	}
	columns := min(s.Columns, max(cells, 1))
	rows := (cells + columns - 1) / columns
	p.w = 2*p.edge + columns*s.Cell + (columns-1)*p.gap
	p.h = 2*p.edge + p.top + rows*p.height() + (rows-1)*p.gap
	if err := checkPixels(int64(p.w), int64(p.h), l); err != nil {
		return nil, fmt.Errorf("a page of %w, or have fewer or smaller cells", err)
	}
	var err error
	if p.face, err = openFace(p.size); err != nil {
		return nil, err
	}
	if p.small, err = openFace(max(9, 0.8*p.size)); err != nil {
		return nil, err
	}
	p.paper = colour(s.Background)
	p.ink, p.faint = color.NRGBA{32, 32, 36, 255}, color.NRGBA{120, 120, 126, 255}
	if luma := 299*int(p.paper.R) + 587*int(p.paper.G) + 114*int(p.paper.B); luma < 128_000 {
		p.ink, p.faint = color.NRGBA{238, 238, 236, 255}, color.NRGBA{160, 160, 166, 255}
	}
	return p, nil
}

// height is that of a cell with what stands below it.
func (p *page) height() int { return p.Cell + p.strip + p.label }

// heading writes the sheet's name to the left and the page to the right.
func (p *page) heading(head, page string) {
	base := p.edge + int(p.size)
	width := p.img.Rect.Dx() - 2*p.edge
	right := font.MeasureString(p.face, page).Ceil()
	p.write(p.face, p.edge+width-right, base, page, p.faint)
	p.write(p.face, p.edge, base, elide(p.face, head, width-right-2*p.gap), p.ink)
}

func (p *page) write(face font.Face, x, base int, text string, c color.NRGBA) {
	letters(p.img, face, fixed.P(x, base), text, c)
}

// cell draws the i-th cell.
func (p *page) cell(i int, c Cell) error {
	x := p.edge + i%p.Columns*(p.Cell+p.gap)
	y := p.edge + p.top + i/p.Columns*(p.height()+p.gap)
	if len(c.Picture) > 0 {
		img, err := p.open(c.Picture)
		if err != nil {
			return err
		}
		at := image.Pt(x+(p.Cell-img.Rect.Dx())/2, y+(p.Cell-img.Rect.Dy())/2)
		draw.Draw(p.img, img.Rect.Add(at), img, image.Point{}, draw.Over)
		p.palette(x, y+p.Cell, c.Palette)
	} else {
		p.empty(x, y, c.Reason)
	}
	if p.Labels {
		text := elide(p.face, c.Name, p.Cell)
		p.write(p.face, x, y+p.Cell+p.strip+int(1.2*p.size), text, p.ink)
	}
	return nil
}

// open reads the picture of a cell, which must not be larger than that.
func (p *page) open(data []byte) (*image.NRGBA, error) {
	h, err := inspect(data, int64(len(data)), config.Limits{})
	if err != nil || h.Format != "png" || h.Width > p.Cell || h.Height > p.Cell {
		return nil, fmt.Errorf("%w: it is no picture of a cell", ErrDamaged)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return h.inSRGB(toNRGBA(img)), nil // a sheet has pictures of many profiles, and none itself
}

// palette draws the strip: each colour as wide as its share.
func (p *page) palette(x, y int, palette []Colour) {
	sum := 0.0
	for _, c := range palette {
		from := int(math.Round(sum * float64(p.Cell)))
		sum += c.Share
		to := int(math.Round(sum * float64(p.Cell)))
		box := image.Rect(x+from, y+p.strip/4, x+to, y+p.strip)
		draw.Draw(p.img, box, image.NewUniform(colour(c.Hex)), image.Point{}, draw.Src)
	}
}

// empty draws a frame with the reason in it, broken into lines.
func (p *page) empty(x, y int, reason string) {
	box := image.Rect(x, y, x+p.Cell, y+p.Cell)
	draw.Draw(p.img, box, image.NewUniform(p.faint), image.Point{}, draw.Src)
	draw.Draw(p.img, box.Inset(max(1, p.Cell/200)), image.NewUniform(p.paper), image.Point{}, draw.Src)
	high := int(1.25 * max(9, 0.8*p.size))
	lines := broken(p.small, reason, p.Cell-2*p.gap)
	lines = lines[:min(len(lines), max(1, (p.Cell-2*p.gap)/high))]
	base := y + (p.Cell-len(lines)*high)/2 + high*4/5
	for i, line := range lines {
		p.write(p.small, x+(p.Cell-font.MeasureString(p.small, line).Ceil())/2, base+i*high, line, p.faint)
	}
}

// elide takes out of a text's middle what makes it wider than width.
func elide(face font.Face, text string, width int) string {
	fits := func(s string) bool { return font.MeasureString(face, s).Ceil() <= width }
	if fits(text) {
		return text
	}
	runes := []rune(text[:min(len(text), 2048)])
	for keep := min(len(runes)-1, 400); keep > 0; keep-- {
		if s := string(runes[:(keep+1)/2]) + "…" + string(runes[len(runes)-keep/2:]); fits(s) {
			return s
		}
	}
	return ""
}

// broken breaks a text into lines of a width; a word that is wider is elided.
func broken(face font.Face, text string, width int) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		word = elide(face, word, width)
		if n := len(lines); n > 0 && font.MeasureString(face, lines[n-1]+" "+word).Ceil() <= width {
			lines[n-1] += " " + word
			continue
		}
		if utf8.RuneCountInString(word) > 0 {
			lines = append(lines, word)
		}
	}
	return lines
}
