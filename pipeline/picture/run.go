package picture

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"weft/config"
	"weft/pipeline/recipe"
)

// Result is one encoded output.
type Result struct {
	Recipe      recipe.Recipe
	Data        []byte
	ContentType string
	Width       int // pixels
	Height      int
}

// Run makes every recipe's output from source, in the order of the recipes. It
// decodes a JPEG once at full size, if a recipe needs that, and once at half size,
// if that will do for one; anything else just once. An output is a function of source and recipe alone: which
// others are made along with it changes no byte. Outputs carry no metadata but
// the colour profile. A recipe that fails does not keep the others from being
// made: their results come back beside the joined errors.
func Run(ctx context.Context, source []byte, recipes []recipe.Recipe, l config.Limits) ([]Result, Facts, error) {
	h, err := inspect(source, int64(len(source)), l)
	if err != nil {
		return nil, h.Facts, err
	}
	order := make([]int, len(recipes)) // largest first, so that memory shrinks on the way
	levels := make([]int, len(recipes))
	for i, r := range recipes {
		order[i], levels[i] = i, h.level(r)
	}
	slices.SortStableFunc(order, func(a, b int) int { return levels[a] - levels[b] })

	p := pyramid{source: source, header: h}
	if len(order) > 0 {
		d := p.denominator(levels[order[0]])
		if err := h.checkMemory(d, l); err != nil {
			return nil, h.Facts, err
		}
		release, err := reserve(ctx, h.cost(d), l)
		if err != nil {
			return nil, h.Facts, err
		}
		defer release()
	}
	results := make([]*Result, len(recipes))
	var failed []error
	for _, i := range order {
		if err := ctx.Err(); err != nil {
			return nil, h.Facts, err
		}
		img, err := p.at(levels[i], upright(recipes[i]))
		if err != nil {
			return nil, h.Facts, err // no recipe can do without
		}
		if results[i], err = render(ctx, img, h, recipes[i], l); err != nil {
			failed = append(failed, fmt.Errorf("recipe %s: %w", recipes[i].Name, err))
		}
	}
	var out []Result
	for _, r := range results {
		if r != nil {
			out = append(out, *r)
		}
	}
	return out, h.Facts, errors.Join(failed...)
}

// render carries out one recipe's steps on its picture.
func render(ctx context.Context, img *image.NRGBA, h header, r recipe.Recipe, l config.Limits) (*Result, error) {
	full := h.size(upright(r))
	for i, s := range r.Steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.Name == "orient" && i == 0 {
			continue // done by the pyramid
		}
		next, err := apply(img, s, full, l)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		img, full = next, next.Rect.Max
	}
	data, contentType, err := encode(img, r, h.rgbProfile())
	if err != nil {
		return nil, err
	}
	return &Result{Recipe: r, Data: data, ContentType: contentType, Width: img.Rect.Dx(), Height: img.Rect.Dy()}, nil
}

func upright(r recipe.Recipe) bool { return len(r.Steps) > 0 && r.Steps[0].Name == "orient" }

// size is the picture's full size, upright or as stored.
func (h header) size(upright bool) image.Point {
	if upright && h.Orientation >= 5 {
		return image.Pt(h.Height, h.Width)
	}
	return image.Pt(h.Width, h.Height)
}

// level tells from how small a picture a recipe can start: level k has 1/2^k of
// the full size. A decoder's own half size serves where the output is at most
// that large; means of pixels serve where it is at most half of them, so that
// the resampling that follows has enough to choose from. It depends on source
// and recipe only.
func (h header) level(r recipe.Recipe) int {
	first := 0
	if upright(r) {
		first = 1
	}
	if first >= len(r.Steps) {
		return 0
	}
	full := h.size(upright(r))
	target, ok := target(r.Steps[first], full)
	if !ok {
		return 0
	}
	scale := max(float64(target.X)/float64(full.X), float64(target.Y)/float64(full.Y))
	level := 0
	if h.Format == "jpeg" && scale <= 0.5 {
		level = 1
	}
	for k := 1; k <= 6 && scale <= math.Pow(0.5, float64(k+1)) && min(full.X, full.Y)>>k >= 16; k++ {
		level = k
	}
	return level
}

// pyramid holds the picture at the level last asked for, as stored and upright.
// Levels are asked for in rising order, and what is no longer needed is dropped.
type pyramid struct {
	source []byte
	header header

	level   int
	stored  *image.NRGBA
	upright *image.NRGBA
}

// denominator is how small the decoder makes the picture for a level.
func (p *pyramid) denominator(level int) int {
	if p.header.Format == "jpeg" && level > 0 {
		return 2
	}
	return 1
}

func (p *pyramid) at(level int, upright bool) (*image.NRGBA, error) {
	if p.stored == nil || p.denominator(p.level) != p.denominator(level) {
		p.stored, p.upright = nil, nil // before the next is made
		d := p.denominator(level)
		img, err := decode(p.source, p.header, d)
		if err != nil {
			return nil, err
		}
		p.stored, p.level = img, d-1 // 1 → level 0, 2 → level 1
	}
	for p.level < level {
		p.stored, p.upright = halve(p.stored), nil
		p.level++
	}
	if !upright || p.header.Orientation == 1 {
		return p.stored, nil
	}
	if p.upright == nil {
		p.upright = orient(p.stored, p.header.Orientation)
	}
	return p.upright, nil
}
