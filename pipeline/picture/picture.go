// Package picture is the image engine: it probes, decodes, transforms and
// encodes pictures. It is pure: bytes in, bytes out. It knows no bucket.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"weft/config"
)

// What an error of this package can be, for errors.Is.
var (
	ErrFormat    = errors.New("is not a picture weft can read")
	ErrTruncated = errors.New("ends early")
	ErrDamaged   = errors.New("is damaged")
	ErrLimit     = errors.New("over the limit")
	ErrPartial   = errors.New("more of the file is needed") // Probe was given too small a part
)

// Facts are what a picture's header and metadata tell, without decoding it, and,
// of one that was decoded, its Look.
type Facts struct {
	Format      string    `json:"format"` // jpeg, png, gif, webp, tiff, bmp, avif, heic
	Width       int       `json:"width"`  // pixels, as stored
	Height      int       `json:"height"`
	Orientation int       `json:"orientation"`    // EXIF, 1 to 8
	Taken       time.Time `json:"taken,omitzero"` // in UTC if the picture does not name a zone
	Camera      string    `json:"camera,omitempty"`
	Frames      int       `json:"frames,omitempty"`  // of an animation or a TIFF, if more than one
	Profile     string    `json:"profile,omitempty"` // name of the colour profile
	*Look                 // nil: not looked at
}

// Probe reads the header and refuses what is over the limits, truncated or not
// a picture; nothing is decoded. head may be only the first part of the file;
// then truncation is not noticed, and the error is ErrPartial if the part does
// not hold the header.
func Probe(head []byte, size int64, l config.Limits) (Facts, error) {
	h, err := inspect(head, size, l)
	return h.Facts, err
}

// header is Facts and what decoding needs to know.
type header struct {
	Facts
	components  int             // JPEG
	progressive bool            // JPEG
	scans       int             // JPEG, counted if the file is whole
	pixelBytes  int64           // bytes that the decoder holds for each pixel, at most
	exif        []byte          // TIFF structure with the metadata
	thumbnail   []byte          // small JPEG of the same picture that the camera put beside it
	icc         []byte          // colour profile
	numbers     numbers         // of the colours; AVIF and HEIC
	frame       image.Rectangle // where an animated WebP's first frame lies
	frameData   []byte          // its chunks
}

// inspect is Probe with all it found.
func inspect(head []byte, size int64, l config.Limits) (header, error) {
	size = max(size, int64(len(head)))
	if size == 0 {
		return header{}, fmt.Errorf("%w: the file is empty", ErrFormat)
	}
	if l.Bytes > 0 && size > l.Bytes {
		return header{}, fmt.Errorf("%s is %w of %s: raise limits.bytes to allow it", bytesText(size), ErrLimit, bytesText(l.Bytes))
	}
	format := sniff(head)
	read, ok := readers[format]
	if !ok {
		return header{}, notPicture(head)
	}
	h := header{Facts: Facts{Format: format, Orientation: 1}}
	err := read(&h, head, size)
	if h.Width > 0 && h.Height > 0 {
		// The limit comes first: what is refused anyway need not be whole.
		if lerr := checkPixels(int64(h.Width), int64(h.Height), l); lerr != nil {
			return h, lerr
		}
	}
	if err != nil {
		return h, err
	}
	if h.Width <= 0 || h.Height <= 0 {
		return h, fmt.Errorf("%w: it claims %d×%d pixels", ErrDamaged, h.Width, h.Height)
	}
	if err := checkScans(h); err != nil {
		return h, err
	}
	h.readExif()
	h.Profile = profileName(h.icc)
	return h, nil
}

// readers read the header of each format; they set Width and Height as soon as
// they know them.
var readers = map[string]func(*header, []byte, int64) error{
	"jpeg": readJPEG, "png": readPNG, "gif": readGIF, "webp": readWebP, "tiff": readTIFF, "bmp": readBMP,
	"avif": readHEIF, "heic": readHEIF,
}

// sniff tells the format by its first bytes.
func sniff(b []byte) string {
	has := func(at int, magic string) bool {
		return len(b) >= at+len(magic) && string(b[at:at+len(magic)]) == magic
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return "jpeg"
	case has(0, "\x89PNG\r\n\x1a\n"):
		return "png"
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return "gif"
	case has(0, "RIFF") && has(8, "WEBP"):
		return "webp"
	case has(0, "II*\x00"), has(0, "MM\x00*"):
		return "tiff"
	case has(0, "BM") && len(b) >= 26:
		return "bmp"
	}
	return heifFormat(b)
}

// notPicture says what the file is instead, where that is easy to tell.
func notPicture(b []byte) error {
	what := ""
	switch {
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		what = ": it looks like a video"
	case len(b) >= 4 && string(b[:4]) == "%PDF":
		what = ": it is a PDF"
	case len(b) >= 4 && string(b[:4]) == "8BPS":
		what = ": it is a Photoshop file; save it as TIFF or PNG first"
	case len(b) >= 4 && (string(b[:4]) == "II+\x00" || string(b[:4]) == "MM\x00+"):
		what = ": it is a BigTIFF; save it as an ordinary TIFF first"
	case isText(b, "<?xml", "<error"):
		what = ": it is an error message of a store" + storeCode(b) + " in the picture's place; upload the picture again"
		if !bytes.Contains(b[:min(len(b), 1024)], []byte("<Error>")) {
			what = ": it is an XML file"
		}
	case isText(b, "<!doctype html", "<html"):
		what = ": it is a web page in the picture's place; upload the picture again"
	default:
		what = ": weft reads JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF and HEIC"
	}
	return fmt.Errorf("%w%s", ErrFormat, what)
}

// isText tells whether the file begins with one of the words, in small letters.
func isText(b []byte, words ...string) bool {
	begin := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(b[:min(len(b), 64)]), "\xef\xbb\xbf"), " \t\r\n"))
	return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(begin, w) })
}

// storeCode is the code in an error message of S3, as in " (AccessDenied)", or "".
func storeCode(b []byte) string {
	_, rest, _ := bytes.Cut(b[:min(len(b), 1024)], []byte("<Code>"))
	code, _, ok := bytes.Cut(rest, []byte("</Code>"))
	other := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') }
	if !ok || len(code) == 0 || len(code) > 64 || bytes.ContainsFunc(code, other) {
		return ""
	}
	return " (" + string(code) + ")"
}

// maxSide is the longest side a picture may have, in pixels: resampling needs
// about 100 bytes for each, however few pixels there are the other way.
const maxSide = 100_000

func checkPixels(width, height int64, l config.Limits) error {
	if l.Pixels > 0 && (height > l.Pixels || width > l.Pixels/height) {
		return fmt.Errorf("%d×%d pixels is %w of %.1f megapixels: raise limits.pixels to allow it",
			width, height, ErrLimit, float64(l.Pixels)/1e6)
	}
	if max(width, height) > maxSide {
		return fmt.Errorf("%d×%d pixels is %w of %d pixels a side: cut it into parts first", width, height, ErrLimit, maxSide)
	}
	return nil
}

// The most scans a JPEG may have, and the most pixels that all its scans may
// touch: no encoder writes more than about 14, and each costs a pass.
const (
	maxScans      = 64
	maxScanPixels = 1_000_000_000
)

func checkScans(h header) error {
	if h.scans > maxScans || int64(h.scans)*int64(h.Width)*int64(h.Height) > max(maxScanPixels, 16*int64(h.Width)*int64(h.Height)) {
		return fmt.Errorf("%w: it has %d scans, far more than a camera or an editor writes", ErrDamaged, h.scans)
	}
	return nil
}

// short says that the file ends before what it announces. need is 0 if unknown.
func short(have, need int64) error {
	if need > have {
		return fmt.Errorf("%w (%s of at least %s): upload it again", ErrTruncated, bytesText(have), bytesText(need))
	}
	return fmt.Errorf("%w (after %s): upload it again", ErrTruncated, bytesText(have))
}

// bytesText is "334 bytes", "12 kB" or "4.7 MB".
func bytesText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d bytes", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
