package recipe

import "slices"

// formats are the steps that say how the output is written.
var formats = []string{"jpeg", "png", "webp", "avif"}

func isFormat(name string) bool { return slices.Contains(formats, name) }

// Format is the output's format: "jpeg", "png", "webp" or "avif".
func (r Recipe) Format() string {
	if n := len(r.Steps); n > 0 && isFormat(r.Steps[n-1].Name) {
		return r.Steps[n-1].Name
	}
	return "jpeg"
}

// Ext is the extension of the output's format, without the dot.
func (r Recipe) Ext() string {
	if f := r.Format(); f != "jpeg" {
		return f
	}
	return "jpg"
}
