package s3ops

import (
	"bytes"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// sniffLength is how many of the first bytes tell what a file is.
const sniffLength = 1024

// extensions are the types that weft's users keep, by the ending of the key. The
// system's own table is not asked: it differs from machine to machine.
var extensions = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".jpe": "image/jpeg", ".png": "image/png", ".gif": "image/gif",
	".webp": "image/webp", ".tif": "image/tiff", ".tiff": "image/tiff", ".bmp": "image/bmp", ".avif": "image/avif",
	".heic": "image/heic", ".heif": "image/heif", ".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8", ".md": "text/markdown; charset=utf-8", ".csv": "text/csv; charset=utf-8",
	".html": "text/html; charset=utf-8", ".htm": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
	".json": "application/json", ".jsonl": "application/x-ndjson", ".ndjson": "application/x-ndjson",
	".toml": "application/toml", ".xml": "application/xml", ".yaml": "application/yaml", ".yml": "application/yaml",
	".parquet": "application/vnd.apache.parquet", ".pdf": "application/pdf", ".zip": "application/zip", ".gz": "application/gzip",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".psd": "image/vnd.adobe.photoshop", ".ai": "application/postscript",
}

// TypeOf is the type that a key's ending tells, or "".
func TypeOf(key string) string { return extensions[strings.ToLower(path.Ext(key))] }

// contentType tells the type of an object from its first bytes and its key. For
// pictures the bytes decide, and note says so if the extension claims another
// type; for all else the extension does, since text has no signature.
func contentType(key string, head []byte) (kind, note string) {
	named := TypeOf(key)
	seen := imageType(head)
	switch {
	case seen != "" && (named == "" || named == seen || related(named, seen)):
		return seen, ""
	case seen != "":
		return seen, fmt.Sprintf("%s is named like %s but is %s, and is stored as that", printable(path.Base(key)), short(named), seen)
	case strings.HasPrefix(named, "image/") && raster[named] && len(head) > 0:
		return generic(head), fmt.Sprintf("%s is named like %s but its bytes are not of any picture weft knows", printable(path.Base(key)), named)
	case named != "":
		return named, ""
	}
	return generic(head), ""
}

// generic is what net/http makes of the bytes, except that markup nobody named
// as such is not served as a page.
func generic(head []byte) string {
	kind := http.DetectContentType(head)
	if len(head) == 0 || strings.HasPrefix(kind, "text/html") || strings.HasPrefix(kind, "text/xml") {
		return "application/octet-stream"
	}
	return kind
}

// raster are the types whose bytes are recognised for certain.
var raster = map[string]bool{"image/jpeg": true, "image/png": true, "image/gif": true, "image/webp": true,
	"image/tiff": true, "image/bmp": true, "image/avif": true}

func related(a, b string) bool {
	heif := func(s string) bool { return s == "image/heic" || s == "image/heif" }
	return heif(a) && heif(b)
}

func short(kind string) string {
	kind, _, _ = strings.Cut(kind, ";")
	return kind
}

// imageType recognises pictures by their signatures.
// https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern, and ISO/IEC 23008-12 for the brands of HEIF.
func imageType(head []byte) string {
	has := func(at int, text string) bool {
		return len(head) >= at+len(text) && string(head[at:at+len(text)]) == text
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return "image/jpeg"
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "image/png"
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return "image/gif"
	case has(0, "RIFF") && has(8, "WEBP"):
		return "image/webp"
	case has(0, "II*\x00"), has(0, "MM\x00*"), has(0, "II+\x00"), has(0, "MM\x00+"):
		return "image/tiff"
	case has(0, "BM") && len(head) >= 18 && bmpHeader(head[14]):
		return "image/bmp"
	case has(4, "ftyp"):
		return heifType(head)
	case svg(head):
		return "image/svg+xml"
	}
	return ""
}

// bmpHeader: "BM" alone begins many a text; the length of the second header is
// one of these.
func bmpHeader(n byte) bool { return bytes.IndexByte([]byte{12, 16, 40, 52, 56, 64, 108, 124}, n) >= 0 }

func heifType(head []byte) string {
	size := min(int(head[2])<<8|int(head[3]), len(head))
	kind := ""
	for i := 8; i+4 <= size; i += 4 {
		if i == 12 { // the minor version, no brand
			continue
		}
		switch string(head[i : i+4]) {
		case "avif", "avis":
			return "image/avif"
		case "heic", "heix", "hevc", "hevx", "heim", "heis":
			kind = "image/heic"
		case "mif1", "msf1":
			if kind == "" {
				kind = "image/heif"
			}
		}
	}
	return kind
}

// svg is true for markup whose first element is svg.
func svg(head []byte) bool {
	if i := bytes.IndexByte(head, '<'); i < 0 || i > 64 {
		return false
	}
	return rootOf(head) == "svg"
}
