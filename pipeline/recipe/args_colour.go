package recipe

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// colours are those that have a name in a step.
var colours = map[string]string{"white": "#ffffff", "black": "#000000", "transparent": "#00000000"}

// hexColour brings #rgb, #rrggbb or #rrggbbaa into the form #rrggbb, with aa
// only where it is not opaque.
func hexColour(s string) (string, bool) {
	hex, ok := strings.CutPrefix(strings.ToLower(s), "#")
	_, err := strconv.ParseUint(hex, 16, 32)
	if !ok || err != nil || (len(hex) != 3 && len(hex) != 6 && len(hex) != 8) {
		return "", false
	}
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	if len(hex) == 8 && strings.HasSuffix(hex, "ff") {
		hex = hex[:6]
	}
	return "#" + hex, true
}

// colour reads an optional colour; usual is the default.
func (a *args) colour(usual string) string {
	if len(a.rest) == 0 {
		return ""
	}
	t, _ := a.next("")
	c, ok := colours[strings.ToLower(t.text)]
	if !ok {
		c, ok = hexColour(t.text)
	}
	switch {
	case !ok && strings.HasPrefix(t.text, "#"):
		return a.fail(t.at, "%q is not a colour like #ffffff", t.text)
	case !ok:
		return a.fail(t.at, "%s, or one like #1e2a55", unknown("colour", t.text, []string{"white", "black", "transparent"}))
	case c == usual:
		return ""
	}
	return c
}

// maxChanges is the most colours that one colourway changes.
const maxChanges = 8

// colourway reads one change or more, each "from=to": from is a colour or the
// number of one of the picture's own, 1 being the one that covers most. The
// canonical form has them in order, so that the same changes have one hash.
func (a *args) colourway() []string {
	const wanted = "changes like #7a2136=#1e2a55 or 1=#1e2a55"
	t, ok := a.next(wanted)
	if !ok {
		return nil
	}
	var out []string
	seen := map[string]bool{}
	for {
		from, to, _ := strings.Cut(t.text, "=")
		target, ok := hexColour(to)
		source, isColour := hexColour(from)
		if n, err := strconv.Atoi(from); err == nil && n >= 1 && n <= PaletteSize && len(from) == 1 {
			source, isColour = from, true
		}
		switch {
		case !ok || !isColour || len(target) != 7 || len(source) > 7:
			a.fail(t.at, "%q is not %s: a colour, or a number from 1 to %d, and the colour it becomes", t.text, wanted, PaletteSize)
		case seen[source]:
			a.fail(t.at, "%s is changed twice", source)
		case len(out) == maxChanges:
			a.fail(t.at, "more than %d colours are changed", maxChanges)
			a.rest = nil
		}
		seen[source] = true
		out = append(out, source+"="+target)
		if len(a.rest) == 0 {
			break
		}
		t, _ = a.next("")
	}
	slices.Sort(out)
	return out
}

// PaletteSize is how many colours of a picture colourway counts.
const PaletteSize = 5

// turn reads a turn of all hues in degrees, brought into 0 ≤ turn < 360.
func (a *args) turn() string {
	t, ok := a.next("a turn in degrees, like 30 or -30")
	if !ok {
		return ""
	}
	v, ok := decimal(t.text)
	if !ok || math.Abs(v) > 360 {
		return a.fail(t.at, "%q is not a turn: give degrees between -360 and 360", t.text)
	}
	return format(math.Mod(v+360, 360))
}

// tolerance reads an optional percentage; 5% is the default, which is always
// written.
func (a *args) tolerance() string {
	if len(a.rest) == 0 {
		return "5%"
	}
	t, _ := a.next("")
	v, ok := decimal(strings.TrimSuffix(t.text, "%"))
	if !ok || v < 0 || v > 50 {
		return a.fail(t.at, "%q is not a tolerance from 0%% to 50%%", t.text)
	}
	return format(v) + "%"
}

// margins reads a size to pad to, or how many pixels to put on: "20px" on all
// sides, "20x10px" left and right, above and below.
func (a *args) margins() string {
	const wanted = "a size like 800x800, or a width like 20px or 20x10px"
	t, ok := a.next(wanted)
	if !ok {
		return ""
	}
	text, by := strings.CutSuffix(strings.ToLower(t.text), "px")
	w, h, both := strings.Cut(text, "x")
	if !both {
		h = w
	}
	least := 1
	if by {
		least = 0
	}
	x, ok1 := side(w, least)
	y, ok2 := side(h, least)
	switch {
	case !ok1 || !ok2 || x+y == 0:
		return a.fail(t.at, "%q is not %s (at most %d pixels)", t.text, wanted, maxSide)
	case by:
		return fmt.Sprintf("%dx%dpx", x, y)
	}
	return fmt.Sprintf("%dx%d", x, y)
}

// pad reads the margins, then a gravity and a colour, both optional.
func (a *args) pad() []string {
	to := a.margins()
	place := ""
	if len(a.rest) > 0 {
		_, named := colours[strings.ToLower(a.rest[0].text)]
		switch {
		case named || strings.HasPrefix(a.rest[0].text, "#"):
		case strings.HasSuffix(to, "px"):
			// Nothing to choose: the only argument left is the colour.
		default:
			place = a.gravity("center")
		}
	}
	return a.list(to, place, a.colour("#ffffff"))
}

// split reads the tolerance, which is left out if it is 1, and the colour of the
// ground; both are optional.
func (a *args) split() []string {
	tolerance := ""
	if len(a.rest) > 0 && !strings.HasPrefix(a.rest[0].text, "#") && colours[strings.ToLower(a.rest[0].text)] == "" {
		if tolerance = a.number("tolerance", 0.3, 3); tolerance == "1" {
			tolerance = ""
		}
	}
	ground := a.colour("")
	if len(ground) > 7 {
		a.fail(0, "the ground's colour cannot be transparent")
	}
	return a.list(tolerance, ground)
}

// The layouts of a repeat.
var layouts = []string{"straight", "half-drop", "brick", "mirror"}

// maxTiles is the most columns or rows of a repeat.
const maxTiles = 50

// tile reads NxM and the layout, straight by default.
func (a *args) tile() []string {
	const wanted = "columns and rows like 3x2"
	t, ok := a.next(wanted)
	if !ok {
		return nil
	}
	n, m, both := strings.Cut(strings.ToLower(t.text), "x")
	if !both {
		m = n
	}
	x, ok1 := side(n, 1)
	y, ok2 := side(m, 1)
	if !ok1 || !ok2 || x > maxTiles || y > maxTiles {
		a.fail(t.at, "%q is not %s (1 to %d)", t.text, wanted, maxTiles)
	}
	layout := ""
	if len(a.rest) > 0 {
		l, _ := a.next("")
		if layout = strings.ToLower(l.text); layout == "halfdrop" {
			layout = "half-drop"
		}
		if !slices.Contains(layouts, layout) {
			a.fail(l.at, "%s", unknown("layout", l.text, layouts))
		}
	}
	if layout == "straight" {
		layout = ""
	}
	return a.list(fmt.Sprintf("%dx%d", x, y), layout)
}
