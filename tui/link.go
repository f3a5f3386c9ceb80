package tui

import (
	"fmt"
	"html"
	"path"
	"strings"

	"weft/pipeline"
	"weft/s3ops"
)

// LinkFormat is a way in which links are written.
type LinkFormat string

// The formats, as weft presign --format takes them.
const (
	Plain    LinkFormat = "plain"
	Markdown LinkFormat = "markdown"
	HTML     LinkFormat = "html"
	Curl     LinkFormat = "curl"
)

// LinkFormats lists the formats in the order in which they are offered.
var LinkFormats = []LinkFormat{Plain, Markdown, HTML, Curl}

// FormatLinks writes links, one a line. Names come from keys and are cleaned
// and escaped for the format; URLs are safe in all of them as they were signed.
func FormatLinks(links []s3ops.Link, f LinkFormat) string {
	lines := make([]string, len(links))
	for i, l := range links {
		lines[i] = formatLink(l, f)
	}
	return strings.Join(lines, "\n")
}

func formatLink(l s3ops.Link, f LinkFormat) string {
	name := Clean(path.Base(l.Key))
	switch f {
	case Markdown:
		label := strings.NewReplacer("[", `\[`, "]", `\]`, `\`, `\\`).Replace(name)
		if pipeline.IsImage(l.Key) && l.Method == "GET" {
			return fmt.Sprintf("![%s](%s)", label, l.URL)
		}
		return fmt.Sprintf("[%s](%s)", label, l.URL)
	case HTML:
		if pipeline.IsImage(l.Key) && l.Method == "GET" {
			return fmt.Sprintf(`<img src="%s" alt="%s">`, html.EscapeString(l.URL), html.EscapeString(name))
		}
		return fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(l.URL), html.EscapeString(name))
	case Curl:
		if l.Method == "PUT" {
			return fmt.Sprintf("curl --fail -T %s %s", shellQuote(name), shellQuote(l.URL))
		}
		return fmt.Sprintf("curl --fail -o %s %s", shellQuote(name), shellQuote(l.URL))
	}
	return l.URL
}

// shellQuote makes one word of a POSIX shell of a text.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
