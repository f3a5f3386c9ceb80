package recipe

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxSide is the longest side an output may have, in pixels.
const maxSide = 20000

// args reads a step's arguments from left to right and collects what is wrong.
// Each reader returns the argument in canonical form, or "" for a default.
type args struct {
	name   string
	rest   []token
	faults []fault
}

func (a *args) fail(at int, format string, v ...any) string {
	a.faults = append(a.faults, fault{at, a.name + ": " + fmt.Sprintf(format, v...)})
	return ""
}

// next takes the next argument; it is a fault if there is none.
func (a *args) next(wanted string) (token, bool) {
	if len(a.rest) == 0 {
		a.fail(0, "needs %s", wanted)
		return token{}, false
	}
	t := a.rest[0]
	a.rest = a.rest[1:]
	return t, true
}

// end makes a fault of every argument that is left.
func (a *args) end() {
	for _, t := range a.rest {
		if len(a.faults) == 0 || a.name != "watermark" {
			a.fail(t.at, "%q is one argument too many", t.text)
		}
	}
}

// list drops the defaults.
func (a *args) list(values ...string) []string {
	return slices.DeleteFunc(values, func(s string) bool { return s == "" })
}

// side reads a length in pixels.
func side(s string, least int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= least && n <= maxSide && s[0] != '+' && s[0] != '-'
}

func (a *args) size(wanted string) string {
	t, ok := a.next(wanted)
	if !ok {
		return ""
	}
	w, h, both := strings.Cut(strings.ToLower(t.text), "x")
	if !both {
		h = w
	}
	x, ok1 := side(w, 1)
	y, ok2 := side(h, 1)
	if !ok1 || !ok2 {
		return a.fail(t.at, "%q is not %s (1 to %d pixels)", t.text, wanted, maxSide)
	}
	return fmt.Sprintf("%dx%d", x, y)
}

func (a *args) resize() string {
	const wanted = "a size like 800x0, 0x600, 800x600 or 50%"
	t, ok := a.next(wanted)
	if !ok {
		return ""
	}
	if number, percent := strings.CutSuffix(t.text, "%"); percent {
		v, ok := decimal(number)
		if !ok || v < 1 || v > 400 {
			return a.fail(t.at, "%q is not a percentage from 1%% to 400%%", t.text)
		}
		return format(v) + "%"
	}
	w, h, _ := strings.Cut(strings.ToLower(t.text), "x")
	x, ok1 := side(w, 0)
	y, ok2 := side(h, 0)
	if !ok1 || !ok2 || x+y == 0 {
		return a.fail(t.at, "%q is not %s (at most %d pixels)", t.text, wanted, maxSide)
	}
	return fmt.Sprintf("%dx%d", x, y)
}

// box reads WxH or WxH+X+Y.
func (a *args) box() string {
	const wanted = "a box like 800x600+20+40 or 800x600"
	t, ok := a.next(wanted)
	if !ok {
		return ""
	}
	parts := strings.Split(strings.ToLower(t.text), "+")
	w, h, _ := strings.Cut(parts[0], "x")
	x, ok1 := side(w, 1)
	y, ok2 := side(h, 1)
	if !ok1 || !ok2 || (len(parts) != 1 && len(parts) != 3) {
		return a.fail(t.at, "%q is not %s", t.text, wanted)
	}
	if len(parts) == 1 {
		return fmt.Sprintf("%dx%d", x, y)
	}
	left, err1 := strconv.ParseUint(parts[1], 10, 31)
	top, err2 := strconv.ParseUint(parts[2], 10, 31)
	if err1 != nil || err2 != nil {
		return a.fail(t.at, "%q is not %s", t.text, wanted)
	}
	return fmt.Sprintf("%dx%d+%d+%d", x, y, left, top)
}

// gravity reads an optional place; usual is the default, and more are further
// words that may stand there.
func (a *args) gravity(usual string, more ...string) string {
	if len(a.rest) == 0 {
		return ""
	}
	t, _ := a.next("")
	g, ok := gravity(t.text)
	if !ok && !slices.Contains(more, g) {
		return a.fail(t.at, "%s", unknown("gravity", t.text, slices.Concat(Gravities, more)))
	}
	if g == usual {
		return ""
	}
	return g
}

func (a *args) cropGravity(box string) string {
	if strings.Contains(box, "+") {
		return ""
	}
	return a.gravity("center")
}

func gravity(s string) (string, bool) {
	s = strings.ReplaceAll(strings.ToLower(s), "centre", "center")
	return s, slices.Contains(Gravities, s)
}

// angle reads degrees clockwise, brought into 0 < angle < 360.
func (a *args) angle() string {
	t, ok := a.next("an angle in degrees, like 90")
	if !ok {
		return ""
	}
	v, ok := decimal(t.text)
	if !ok || math.Abs(v) >= 360 || v == 0 {
		return a.fail(t.at, "%q is not an angle: give degrees between -360 and 360, but not 0", t.text)
	}
	return format(math.Mod(v+360, 360))
}

// corner reads the optional colour of the corners; quarter turns have none.
func (a *args) corner(angle string) string {
	c := a.colour("#ffffff")
	if slices.Contains([]string{"90", "180", "270"}, angle) {
		return ""
	}
	return c
}

func (a *args) oneOf(wanted string, values map[string]string) string {
	t, ok := a.next(wanted)
	if !ok {
		return ""
	}
	v, ok := values[strings.ToLower(t.text)]
	if !ok {
		return a.fail(t.at, "%q is not %s", t.text, wanted)
	}
	return v
}

func (a *args) number(what string, low, high float64) string {
	t, ok := a.next(fmt.Sprintf("a %s from %s to %s", what, format(low), format(high)))
	if !ok {
		return ""
	}
	v, ok := decimal(t.text)
	if !ok || v < low || v > high {
		return a.fail(t.at, "%q is not a %s from %s to %s", t.text, what, format(low), format(high))
	}
	return format(v)
}

// quality reads an optional quality, or one of the words instead; usual is the
// default, which is always written.
func (a *args) quality(usual string, words ...string) string {
	if len(a.rest) == 0 {
		return usual
	}
	t, _ := a.next("")
	text := strings.ToLower(t.text)
	if slices.Contains(words, text) {
		return text
	}
	n, err := strconv.Atoi(strings.TrimPrefix(text, "q"))
	switch {
	case err != nil && len(words) > 0:
		return a.fail(t.at, "%s, and q1 to q100", unknown("quality", t.text, words))
	case err != nil || n < 1 || n > 100:
		return a.fail(t.at, "%q is not a quality from q1 to q100", t.text)
	}
	return "q" + strconv.Itoa(n)
}

// watermark reads the text, or the word image and a key, and, in this order, each
// optional: place, opacity and size. All are kept in the canonical form.
func (a *args) watermark() []string {
	if len(a.rest) > 0 && !a.rest[0].quoted && strings.EqualFold(a.rest[0].text, "image") {
		a.rest = a.rest[1:]
		t, ok := a.next(`the key of a picture in the bucket, like "logos/weft.png"`)
		if ok && (t.text == "" || len(t.text) > maxKey || strings.HasSuffix(t.text, "/") || strings.ContainsFunc(t.text, unicode.IsControl)) {
			a.fail(t.at, "%q is not the key of a picture", t.text)
		}
		return a.mark([]string{"image", t.text, "bottom-right", "50%", "20%"})
	}
	t, ok := a.next(`a text in quotes, like "© Weft", or image and a key`)
	if !ok {
		return nil
	}
	if strings.TrimSpace(t.text) == "" || len(t.text) > 200 || strings.ContainsAny(t.text, "\n\r\x00\x1b") {
		a.fail(t.at, "the text must have 1 to 200 bytes on one line")
	}
	return a.mark([]string{t.text, "bottom-right", "50%", "4%"})
}

// mark reads place, opacity and size, which are the last three of out.
func (a *args) mark(out []string) []string {
	last := out[len(out)-3:]
	if len(a.rest) > 0 {
		if g, ok := gravity(a.rest[0].text); ok {
			last[0], a.rest = g, a.rest[1:]
		} else if c := a.rest[0].text[:min(1, len(a.rest[0].text))]; !strings.ContainsAny(c, "0123456789.") {
			a.fail(a.rest[0].at, "%s", unknown("place", a.rest[0].text, Gravities))
			a.rest = a.rest[1:]
		}
	}
	if len(a.rest) > 0 {
		last[1] = a.opacity()
	}
	if len(a.rest) > 0 {
		last[2] = a.letterSize()
	}
	return out
}

func (a *args) opacity() string {
	t, _ := a.next("")
	number, percent := strings.CutSuffix(t.text, "%")
	v, ok := decimal(number)
	if !percent {
		v *= 100
	}
	v = math.Round(v*100) / 100
	if !ok || v < 1 || v > 100 {
		return a.fail(t.at, "%q is not an opacity from 1%% to 100%%", t.text)
	}
	return format(v) + "%"
}

func (a *args) letterSize() string {
	t, _ := a.next("")
	if number, percent := strings.CutSuffix(t.text, "%"); percent {
		if v, ok := decimal(number); ok && v >= 0.5 && v <= 100 {
			return format(v) + "%"
		}
	} else if n, err := strconv.Atoi(strings.TrimSuffix(t.text, "px")); err == nil && n >= 6 && n <= 2000 {
		return strconv.Itoa(n) + "px"
	}
	return a.fail(t.at, "%q is not a size from 6px to 2000px or from 0.5%% to 100%%", t.text)
}

// decimal reads a plain decimal number: no exponent, no "Inf", no "0x".
func decimal(s string) (float64, bool) {
	if s == "" || len(s) > 12 || strings.Trim(s, "+-.0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	return v, err == nil
}

func format(v float64) string {
	if v == 0 {
		v = 0 // never "-0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}
