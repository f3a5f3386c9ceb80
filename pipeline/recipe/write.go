package recipe

import (
	"fmt"
	"strings"
	"unicode"
)

// File writes the recipe as the file it could stand in.
func (r Recipe) File() string {
	var out strings.Builder
	fmt.Fprintf(&out, "[%s]\n", r.Name)
	line := func(key, value string) { fmt.Fprintf(&out, "%s = %s\n", key, value) }
	if r.About != "" {
		line("about", quoted(r.About))
	}
	steps := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		steps[i] = quoted(s.String())
	}
	line("steps", "["+strings.Join(steps, ", ")+"]")
	if r.Exact {
		line("quality", `"exact"`)
	}
	if r.Animation != "" {
		line("animation", quoted(r.Animation))
	}
	line("to", quoted(r.To))
	if len(r.From) > 0 {
		from := make([]string, len(r.From))
		for i, f := range r.From {
			from[i] = quoted(f)
		}
		line("from", "["+strings.Join(from, ", ")+"]")
	}
	return out.String()
}

// quoted is a TOML basic string; control characters are escaped, so that the
// file is safe to show.
func quoted(s string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			fmt.Fprintf(&out, `\U%08x`, r)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}
