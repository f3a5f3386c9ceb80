package picture

import (
	"cmp"
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
	Part        int    // of a photo that was split: 1 is the first swatch
	Parts       int    // how many there are, of the sheet that shows them
	Note        string `json:",omitempty"` // what should be known of it, such as a profile that could not be kept
}

// Run makes every recipe's output from source, in the order of the recipes. A
// JPEG is decoded once at half size, if that will do for one, and once at full
// size, if a recipe needs that; anything else just once. An output is a function
// of source and recipe alone: which others are made along with it changes no
// byte. Outputs carry no metadata but the colour profile. A recipe that fails
// does not keep the others from being made: their results come back beside the
// joined errors. The facts hold the picture's Look; without recipes that is all
// that Run makes.
func Run(ctx context.Context, source []byte, recipes []recipe.Recipe, l config.Limits) ([]Result, Facts, error) {
	h, err := inspect(source, int64(len(source)), l)
	if err != nil {
		return nil, h.Facts, err
	}
	results, errs := make([]*Result, len(recipes)), make([]error, len(recipes))
	plans := []plan{h.lookPlan()}
	for i, r := range recipes {
		p, err := h.plan(r, l)
		if p.index = i; err != nil {
			errs[i] = err
			continue
		}
		plans = append(plans, p)
	}
	slices.SortStableFunc(plans, plan.compare)
	p := pyramid{source: source, header: h, both: plans[0].denominator < plans[len(plans)-1].denominator}
	defer p.free()
	d := plans[0].denominator
	if err := h.checkMemory(d, l); err != nil {
		return nil, h.Facts, err
	}
	more, _ := h.results(recipes, l)
	release, err := reserve(ctx, h.cost(d)+more, l)
	if err != nil {
		return nil, h.Facts, err
	}
	defer release()
	onlyLook := !slices.ContainsFunc(plans, func(q plan) bool { return q.denominator == 2 && q.index != looking })
	for _, todo := range plans {
		if err := ctx.Err(); err != nil {
			return nil, h.Facts, err
		}
		if todo.index == looking && h.Look != nil {
			continue
		}
		if err := p.to(todo); err != nil {
			return nil, h.Facts, err // no recipe can do without
		}
		if p.later != nil && onlyLook {
			h.Look = p.lookAhead()
		}
		if todo.index == looking {
			h.Look = p.look()
			continue
		}
		results[todo.index], errs[todo.index] = p.make(ctx, todo, l)
	}
	if err := ctx.Err(); err != nil {
		return nil, h.Facts, err
	}
	var out []Result
	for i, r := range results {
		if r != nil {
			out = append(out, *r)
		}
		if errs[i] != nil {
			errs[i] = fmt.Errorf("recipe %s: %w", recipes[i].Name, errs[i])
		}
	}
	return out, h.Facts, errors.Join(errs...)
}

// plan is how one output is made; it depends on source and recipe only.
type plan struct {
	recipe      recipe.Recipe
	index       int    // among the recipes
	denominator int    // the picture is decoded at 1/denominator
	level       int    // and brought to 1/2^level, each pixel the mean of four
	view        view   // of the stored picture: what the geometry that comes first makes of it
	full        [2]int // the size for which the view stands, if a step that scales is among the rest
	rest        []recipe.Step
}

// compare puts first what is decoded larger, then what is larger, so that memory
// shrinks on the way.
func (p plan) compare(q plan) int {
	return cmp.Or(cmp.Compare(p.denominator, q.denominator), cmp.Compare(p.level, q.level))
}

// plan finds from how small a picture a recipe can start: level k has 1/2^k of
// the full size. Half the size, as the decoder of JPEG gives it, serves where the
// output is at most that large, unless the recipe wants every pixel seen; means of
// pixels serve where the output is at most half of them, so that the resampling
// that follows has enough to choose from.
func (h header) plan(r recipe.Recipe, l config.Limits) (plan, error) {
	p := plan{recipe: r, denominator: 1, view: see(h.Width, h.Height), rest: r.Steps}
	if r.Animation == recipe.Refuse && h.Frames > 1 && h.Format != "tiff" { // whose frames are pages
		return p, fmt.Errorf("it is an animation of %d frames, which this recipe refuses", h.Frames)
	}
	for len(p.rest) > 0 && geometric(p.rest[0]) && (h.Format == "jpeg" || p.rest[0].Name == "orient") {
		if err := p.view.add(p.rest[0], h.Orientation, l); err != nil {
			return p, fmt.Errorf("%s: %w", p.rest[0], err)
		}
		p.rest = p.rest[1:]
	}
	scale := p.view.scale()
	p.full = [2]int{p.view.size.X, p.view.size.Y}
	var later bool
	if len(p.rest) > 0 {
		var size image.Point
		if size, later = target(p.rest[0], p.view.size); later {
			scale *= max(float64(size.X)/float64(p.full[0]), float64(size.Y)/float64(p.full[1]))
		}
	}
	if h.Format == "jpeg" && scale <= 0.5 && !r.Exact {
		p.level = 1
	}
	for k := 1; k <= 6 && scale <= math.Pow(0.5, float64(k+1)) && min(h.Width, h.Height)>>k >= 16; k++ {
		p.level = k
	}
	if h.Format == "jpeg" && p.level > 0 && !r.Exact {
		p.denominator = 2
	}
	if later { // it is the rest that scales: the view need not be larger than the level
		p.view.size = image.Pt((p.full[0]-1)>>p.level+1, (p.full[1]-1)>>p.level+1)
	}
	return p, nil
}

// pyramid holds the picture at the level last asked for, as stored. Levels are
// asked for in the order of plans, and what is no longer needed is dropped.
type pyramid struct {
	source []byte
	header header

	both               bool // full size is asked for, and half of it later
	denominator, level int  // of what is held; no denominator: nothing
	planes, later      *planes
	img                *image.NRGBA // instead, if it is no JPEG
}

func (p *pyramid) free() {
	p.planes.free()
	p.later.free()
	p.planes, p.later, p.img = nil, nil, nil
}

// to brings the pyramid to what a plan starts from.
func (p *pyramid) to(todo plan) error {
	if p.denominator != todo.denominator {
		if err := p.decode(todo.denominator); err != nil {
			return err
		}
		p.denominator, p.level = todo.denominator, todo.denominator-1 // 1 → level 0, 2 → level 1
	}
	for ; p.level < todo.level; p.level++ {
		if p.img != nil {
			p.img = halve(p.img)
			continue
		}
		smaller := p.planes.halved()
		p.planes.free()
		p.planes = smaller
	}
	return nil
}

// decode decodes the picture, if it is not done.
func (p *pyramid) decode(denominator int) (err error) {
	if p.later != nil {
		p.planes.free()
		p.planes, p.later = p.later, nil
		return nil
	}
	p.free() // before the next is made
	if p.header.Format != "jpeg" {
		p.img, err = decode(p.source, p.header, denominator)
		return err
	}
	full, half, err := decodePlanes(p.source, p.header, denominator == 1, denominator == 2 || p.both)
	if p.planes = half; full != nil {
		p.planes, p.later = full, half
	}
	return err
}

// lookAhead looks at what waits at half size, and lets it go.
func (p *pyramid) lookAhead() *Look {
	half := pyramid{header: p.header, denominator: 2, level: 1, planes: p.later}
	p.later = nil
	defer half.free()
	if half.to(p.header.lookPlan()) != nil {
		return nil // it is decoded already: nothing fails
	}
	return half.look()
}

// make makes one output.
func (p *pyramid) make(ctx context.Context, todo plan, l config.Limits) (*Result, error) {
	if p.img == nil && todo.flat() {
		return p.makeFlat(ctx, todo, l)
	}
	img, full := p.img, image.Pt(todo.full[0], todo.full[1])
	if img == nil {
		seen := todo.view.render(p.planes, todo.level, 1)
		img = seen.toNRGBA()
		seen.free()
	} else if todo.view.turn != 1 {
		img = orient(img, todo.view.turn)
	}
	return p.header.render(ctx, img, full, todo.rest, todo.recipe, l)
}
