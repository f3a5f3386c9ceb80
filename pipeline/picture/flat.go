package picture

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"weft/config"
	"weft/pipeline/recipe"
)

// flat tells whether what is left of a plan needs nothing but planes to become a JPEG.
func (p plan) flat() bool {
	return p.recipe.Format() == "jpeg" && !slices.ContainsFunc(p.rest, func(s recipe.Step) bool {
		return !geometric(s) && s.Name != "sharpen" && s.Name != "jpeg"
	})
}

// makeFlat makes an output without leaving the planes.
func (p *pyramid) makeFlat(ctx context.Context, todo plan, l config.Limits) (*Result, error) {
	v := todo.view
	at := p.planes
	var own *planes // at, if it is this output's alone
	defer func() { own.free() }()
	draw := func() {
		seen := v.render(at, todo.level, 2)
		own.free()
		at, own, todo.level, v = seen, seen, 0, see(seen.w, seen.h)
	}
	for _, s := range todo.rest {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch {
		case geometric(s):
			if err := v.add(s, p.header.Orientation, l); err != nil {
				return nil, fmt.Errorf("%s: %w", s, err)
			}
		case s.Name == "sharpen":
			sigma, err := strconv.ParseFloat(arg(s, 0), 64)
			if err != nil {
				return nil, fmt.Errorf("%q is not a number", arg(s, 0))
			}
			draw()
			sharpen(at.channel[0], sigma)
		}
	}
	if own == nil || v != see(own.w, own.h) {
		draw()
	}
	space := "RGB "
	if at.grey {
		space = "GRAY"
	}
	data, err := writeJPEG(at, quality(todo.recipe, 82), p.header.profile(space))
	if err != nil {
		return nil, err
	}
	return &Result{Recipe: todo.recipe, Data: data, ContentType: "image/jpeg", Width: at.w, Height: at.h, Note: p.header.lostFlat(at.grey)}, nil
}

// sharpen adds to each sample what sets it apart from its surroundings, blurred
// by a Gaussian of sigma samples, as imaging.Sharpen does in each colour.
func sharpen(p plane, sigma float64) {
	soft := plane{grab(p.w * p.h), p.w, p.w, p.h}
	defer release(soft.pix)
	x, y := axis{0, float64(p.w), p.w, false}, axis{0, float64(p.h), p.h, false}
	filter(soft, p, x, y, gauss(sigma, p.w), gauss(sigma, p.h))
	for row := range p.h {
		out := p.pix[row*p.stride:][:p.w]
		for i, v := range soft.pix[row*p.w:][:len(out)] {
			out[i] = clamp8(2*int32(out[i]) - int32(v))
		}
	}
}

// gauss makes the kernel of a Gaussian filter that leaves n samples where they are.
func gauss(sigma float64, n int) kernel {
	reach := int(math.Ceil(3 * sigma))
	return shape(axis{0, float64(n), n, false}, n, float64(reach), func(x float64) float64 {
		return math.Exp(-x * x / (2 * sigma * sigma))
	})
}
