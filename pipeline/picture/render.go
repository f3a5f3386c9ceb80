package picture

import (
	"context"
	"fmt"
	"image"

	"weft/config"
	"weft/pipeline/recipe"
)

// render carries out steps on a picture of the source, or on a part of it, and
// encodes what comes out. full is the size that img stands for.
func (h header) render(ctx context.Context, img *image.NRGBA, full image.Point, steps []recipe.Step, r recipe.Recipe, l config.Limits) (*Result, error) {
	ink := h.colours(&img)
	for _, s := range steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.Name == "srgb" {
			ink.convert(&img)
			continue
		}
		var next *image.NRGBA
		var err error
		if s.Name == "watermark" && len(s.Args) == 5 {
			next, err = mark(img, s, r, l)
		} else {
			next, err = apply(img, s, full, l)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		img, full = next, next.Rect.Max
	}
	if r.Format() == "avif" { // the encoder takes no profile
		ink.convert(&img)
	}
	data, contentType, err := encode(img, r, ink.profile)
	if err != nil {
		return nil, err
	}
	return &Result{Recipe: r, Data: data, ContentType: contentType, Width: img.Rect.Dx(), Height: img.Rect.Dy(), Note: ink.note}, nil
}

// coloured is what is known of a picture's colours on its way.
type coloured struct {
	profile []byte // nil: sRGB, as far as anybody knows
	note    string
}

// colours finds out what the profile means for the picture; one for grey is used
// at once, since the results are in RGB.
func (h header) colours(img **image.NRGBA) coloured {
	c := coloured{profile: h.profile("RGB "), note: h.lost()}
	if grey := h.profile("GRAY"); grey != nil && c.note == "" {
		out, err := greyToSRGB(*img, grey)
		if err != nil {
			c.note = fmt.Sprintf("the colour profile was left out, so colours may be off: %.100s", err)
			return c
		}
		*img = out
	}
	return c
}

// convert brings the picture into sRGB, if it has a profile that can be used; if
// not it keeps it.
func (c *coloured) convert(img **image.NRGBA) {
	if c.profile == nil {
		return
	}
	out, err := toSRGB(*img, c.profile)
	if err != nil {
		c.note = fmt.Sprintf("the colour profile could not be used to convert it to sRGB: %.100s", err)
		return
	}
	*img, c.profile = out, nil
}
