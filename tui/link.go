package tui

import (
	"encoding/csv"
	"fmt"
	"html"
	"path"
	"strings"
	"time"

	"weft/pipeline"
	"weft/s3ops"
)

// LinkFormat is a way in which links are written.
type LinkFormat string

// The formats, as weft presign --format takes them.
const (
	Plain    LinkFormat = "plain"
	Markdown LinkFormat = "markdown" // pictures as pictures
	HTML     LinkFormat = "html"     // pictures as <img>, all else as <a>
	Curl     LinkFormat = "curl"     // a command for a POSIX shell
	CSV      LinkFormat = "csv"      // key, url, method, expires_at, with a line of names first
)

// LinkFormats lists the formats in the order in which they are offered.
var LinkFormats = []LinkFormat{Plain, Markdown, HTML, Curl, CSV}

// FormatLinks writes links, one a line, without a newline at the end. Names come
// from keys and are cleaned and escaped for the format.
func FormatLinks(links []s3ops.Link, f LinkFormat) string {
	if f == CSV {
		return csvLinks(links)
	}
	lines := make([]string, len(links))
	for i, l := range links {
		lines[i] = formatLink(l, f)
	}
	return strings.Join(lines, "\n")
}

// In Markdown a name must not end its brackets, nor an address its parentheses.
var (
	markdownText = strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, "!", `\!`)
	markdownURL  = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E")
)

func formatLink(l s3ops.Link, f LinkFormat) string {
	name := Clean(path.Base(l.Key))
	picture := pipeline.IsImage(l.Key) && l.Method == "GET"
	switch f {
	case Markdown:
		text := "[" + markdownText.Replace(name) + "](" + markdownURL.Replace(l.URL) + ")"
		if picture {
			return "!" + text
		}
		return text
	case HTML:
		if picture {
			return fmt.Sprintf(`<img src="%s" alt="%s">`, html.EscapeString(l.URL), html.EscapeString(name))
		}
		return fmt.Sprintf(`<a href="%s">%s</a>`, html.EscapeString(l.URL), html.EscapeString(name))
	case Curl:
		file := shellQuote("./" + name) // a name may begin with a hyphen
		if l.Method != "PUT" {
			if l.Filename != "" {
				file = shellQuote("./" + Clean(path.Base(l.Filename)))
			}
			return "curl --fail -o " + file + " " + shellQuote(l.URL)
		}
		kind := ""
		if t := s3ops.TypeOf(l.Key); t != "" { // without it the store keeps no type, and browsers only download
			kind = " -H " + shellQuote("Content-Type: "+t)
		}
		return "curl --fail -T " + file + kind + " " + shellQuote(l.URL)
	}
	return l.URL
}

// csvLinks writes links after RFC 4180, but with lines that end in LF alone. A
// key that a spreadsheet would take for a formula gets an apostrophe in front.
func csvLinks(links []s3ops.Link) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"key", "url", "method", "expires_at"}) // a Builder takes all
	for _, l := range links {
		key := Clean(l.Key)
		if strings.ContainsAny(key[:min(1, len(key))], "=+-@") {
			key = "'" + key
		}
		_ = w.Write([]string{key, l.URL, l.Method, l.ExpiresAt.UTC().Format(time.RFC3339)})
	}
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// shellQuote makes one word of a POSIX shell of a text.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
