package tui

import (
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// The functions here shape clean text (see Clean) for the screen. Widths are
// terminal cells.

const ellipsis = "…"

// fit pads or cuts text to exactly width cells; a cut is shown by an ellipsis.
func fit(s string, width int) string {
	if width <= 0 {
		return ""
	}
	w := textWidth(s)
	if w > width {
		s = ansi.Truncate(s, width, ellipsis)
		w = textWidth(s)
	}
	return s + strings.Repeat(" ", width-w)
}

// fitLeft pads or cuts text to exactly width cells, and cuts on the left: for
// paths, whose end says the most.
func fitLeft(s string, width int) string {
	if width <= 0 {
		return ""
	}
	w := textWidth(s)
	if w > width {
		for w > width-1 {
			character, cells := ansi.FirstGraphemeCluster(s, ansi.GraphemeWidth)
			s, w = s[len(character):], w-cells
		}
		s, w = ellipsis+s, w+1
	}
	return s + strings.Repeat(" ", width-w)
}

// fitName cuts a file name to at most width cells but keeps its extension:
// "very-long-na….jpg". It does not pad.
func fitName(name string, width int) string {
	w := textWidth(name)
	if w <= width {
		return name
	}
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	room := width - textWidth(ext)
	if room < 3 || len(ext) > 6 { // 6: ".jpeg" and ".json" fit, a sentence with a full stop does not
		return strings.TrimRight(fit(name, width), " ")
	}
	return strings.TrimRight(fit(stem, room), " ") + ext
}

// upperFirst begins a sentence.
func upperFirst(s string) string {
	if s == "" || strings.HasPrefix(s, "weft ") { // a command is typed as it is written
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// textWidth is the width of text; plain ASCII is counted without being parsed.
func textWidth(s string) int {
	if plain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// humanSize writes a number of bytes in at most 7 cells, in powers of a
// thousand as shops and macOS count: "640 B", "4.9 MB", "112 GB".
func humanSize(bytes int64) string {
	if bytes < 0 {
		return "?"
	}
	if bytes < 1000 {
		return strconv.FormatInt(bytes, 10) + " B"
	}
	n := float64(bytes)
	for _, unit := range []string{" kB", " MB", " GB", " TB", " PB", " EB"} {
		n /= 1000
		if text, ok := threeDigits(n); ok {
			return text + unit
		}
	}
	return ">1 ZB" // more than an int64 holds
}

// humanCount writes a count in at most 5 cells: "84", "9.8k", "12.4k", "1.2M".
func humanCount(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	short := float64(n)
	for _, unit := range []string{"k", "M", "G", "T", "P", "E"} {
		short /= 1000
		if text, ok := threeDigits(short); ok {
			return text + unit
		}
	}
	return strconv.Itoa(n)
}

// threeDigits writes n with one decimal below 100 and none from there on, or
// tells that it takes the next unit.
func threeDigits(n float64) (string, bool) {
	switch {
	case n < 99.95:
		return strconv.FormatFloat(n, 'f', 1, 64), true
	case n < 999.5:
		return strconv.FormatFloat(n, 'f', 0, 64), true
	}
	return "", false
}

// group writes a number with commas between its thousands: "12,431".
func group[N int | int64](n N) string {
	digits := strconv.FormatInt(int64(n), 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for at := len(digits) - 3; at > start; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// humanTime writes a moment in at most 9 cells as people say it: "12 m ago",
// "2 h ago", "yesterday", "12 Nov", and "Nov 2024" for what is long past. Days
// are those of now's time zone; an unknown time is empty.
func humanTime(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	t = t.In(now.Location())
	age := now.Sub(t)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch {
	case age < -24*time.Hour:
		return t.Format("Jan 2006")
	case age < time.Minute: // clocks differ a little
		return "just now"
	case age < time.Hour:
		return strconv.Itoa(int(age/time.Minute)) + " m ago"
	case age < 12*time.Hour || age < 24*time.Hour && !t.Before(midnight):
		return strconv.Itoa(int(age/time.Hour)) + " h ago"
	case !t.Before(midnight.AddDate(0, 0, -1)):
		return "yesterday"
	case t.Year() == now.Year() || age < 180*24*time.Hour:
		return t.Format("2 Jan")
	}
	return t.Format("Jan 2006")
}

// humanDuration writes a length of time in its two largest units, without
// those that are nothing: "40 s", "2 min 10 s", "28 min", "1 h", "7 d".
func humanDuration(d time.Duration) string {
	if d < time.Second {
		return "<1 s"
	}
	units := []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, " d"}, {time.Hour, " h"}, {time.Minute, " min"}, {time.Second, " s"}}
	for i, unit := range units {
		if d < unit.size {
			continue
		}
		text := strconv.Itoa(int(d/unit.size)) + unit.name
		if i+1 < len(units) {
			next := units[i+1]
			if rest := d % unit.size / next.size; rest > 0 {
				text += " " + strconv.Itoa(int(rest)) + next.name
			}
		}
		return text
	}
	return "<1 s"
}
