package recipe

// StepDoc describes one kind of step.
type StepDoc struct {
	Name  string `json:"name"`
	Args  string `json:"args,omitempty"`
	About string `json:"about"`
}

// kind is one kind of step: its description, and how its arguments are read
// into canonical form.
type kind struct {
	name, args, about string
	read              func(*args) []string
}

// kinds is the table of all steps, in the order in which they are documented.
var kinds = []kind{
	{"orient", "", "turns the picture upright as its EXIF orientation says; must be first", none},
	{"split", "[tolerance] [#colour]", "cuts a photo of several swatches into one picture of each, straightened; the steps behind it apply to each. " +
		"The tolerance, 0.3 to 3, says how different from the ground a swatch must look (1), the colour what the ground's is, if the border of the photo " +
		"does not show it", func(a *args) []string {
		return a.split()
	}},
	{"fit", "WxH | N", "makes it fit into W × H pixels; keeps the proportions, never enlarges", func(a *args) []string {
		return a.list(a.size("a size like 1600x1600 or 320"))
	}},
	{"fill", "WxH | N [gravity | smart]", "makes it exactly W × H pixels; keeps the proportions and cuts off what is over; smart keeps the part with " +
		"the most detail", func(a *args) []string {
		return a.list(a.size("a size like 512x512"), a.gravity("center", "smart"))
	}},
	{"resize", "WxH | Wx0 | 0xH | N%", "makes it W × H pixels; 0 follows from the proportions; may enlarge", func(a *args) []string {
		return a.list(a.resize())
	}},
	{"crop", "WxH+X+Y | WxH [gravity]", "cuts out W × H pixels, from X, Y or from where gravity says", func(a *args) []string {
		box := a.box()
		return a.list(box, a.cropGravity(box))
	}},
	{"trim", "[N%]", "cuts off a border of one colour, from which it may differ by N percent (5%)", func(a *args) []string {
		return a.list(a.tolerance())
	}},
	{"pad", "WxH | N | WxHpx | Npx [gravity] [#colour]", "puts a border around it: up to W × H pixels, the picture where gravity says, or N pixels wide; " +
		"white by default; what is larger already is an error", func(a *args) []string {
		return a.pad()
	}},
	{"rotate", "90 | 180 | 270 | degrees [#colour]", "turns it clockwise; other angles fill the corners with the colour, white by default", func(a *args) []string {
		angle := a.angle()
		return a.list(angle, a.corner(angle))
	}},
	{"flip", "h | v", "mirrors it left to right (h) or top to bottom (v)", func(a *args) []string {
		return a.list(a.oneOf("h or v", map[string]string{"h": "h", "v": "v", "horizontal": "h", "vertical": "v"}))
	}},
	{"tile", "NxM | N [straight | half-drop | brick | mirror]", "repeats it in N columns and M rows; half-drop puts every other column half lower, brick every other " +
		"row half further right, mirror turns every other one over", func(a *args) []string {
		return a.tile()
	}},
	{"sharpen", "sigma", "sharpens with a Gaussian of sigma pixels, 0.05 to 10", func(a *args) []string {
		return a.list(a.number("sigma", 0.05, 10))
	}},
	{"blur", "sigma", "blurs with a Gaussian of sigma pixels, 0.05 to 20", func(a *args) []string {
		return a.list(a.number("sigma", 0.05, 20))
	}},
	{"brightness", "N", "-100 is black, 0 changes nothing, 100 is white", func(a *args) []string {
		return a.list(a.number("percentage", -100, 100))
	}},
	{"contrast", "N", "-100 is flat grey, 0 changes nothing, up to 100", func(a *args) []string {
		return a.list(a.number("percentage", -100, 100))
	}},
	{"saturation", "N", "-100 is without colour, 0 changes nothing, up to 100", func(a *args) []string {
		return a.list(a.number("percentage", -100, 100))
	}},
	{"gamma", "N", "0.1 to 10: below 1 darkens the middle tones, 1 changes nothing, above 1 lightens them", func(a *args) []string {
		return a.list(a.number("gamma", 0.1, 10))
	}},
	{"grayscale", "", "takes the colours away", none},
	{"hue", "degrees", "turns all hues, 180 into their opposites, and keeps the light and dark", func(a *args) []string {
		return a.list(a.turn())
	}},
	{"colourway", "from=#colour …", "dyes it anew and keeps its shading: each from is a colour, as in #7a2136=#1e2a55, or the number of one of its own, " +
		"1 being the one that covers most; the others stay", func(a *args) []string {
		return a.colourway()
	}},
	{"srgb", "", "converts the colours to sRGB by the picture's profile, which is carried along otherwise", none},
	{"watermark", `"text" | image "key" [place] [opacity] [size]`, "writes the text, or draws a PNG or JPEG of the bucket, at a place (bottom-right), with an " +
		"opacity (50%) and a height, in pixels (24px) or in percent of the shorter side (4%, a picture 20%)", func(a *args) []string {
		return a.watermark()
	}},
	{"sheet", "[CxR] [Npx] [no-labels] [no-palettes] [#colour]", "makes a contact sheet of all sources: pages of C × R cells (6x10) of N pixels (240px), with " +
		"names and the strips of their palettes, on white or a colour; only a format may follow", func(a *args) []string {
		return a.sheet()
	}},
	{"jpeg", "[qN]", "writes JPEG with a quality of 1 to 100, q82 by default; transparency becomes white", func(a *args) []string {
		return a.list(a.quality("q82"))
	}},
	{"png", "", "writes PNG, without loss", none},
	{"webp", "[qN | lossless]", "writes WebP with a quality of 1 to 100, q80 by default, or without loss", func(a *args) []string {
		return a.list(a.quality("q80", "lossless"))
	}},
	{"avif", "[qN]", "writes AVIF with a quality of 1 to 100, q60 by default, in sRGB: small, and slow to make", func(a *args) []string {
		return a.list(a.quality("q60"))
	}},
}

// Steps describes every kind of step, for help and documentation.
func Steps() []StepDoc {
	out := make([]StepDoc, len(kinds))
	for i, k := range kinds {
		out[i] = StepDoc{k.name, k.args, k.about}
	}
	return out
}

// Gravities are the places a gravity or a watermark's place can name.
var Gravities = []string{
	"top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right",
}

func stepNames() []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = k.name
	}
	return out
}

func none(*args) []string { return nil }
