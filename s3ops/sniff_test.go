package s3ops_test

import (
	"strings"
	"testing"

	"weft/s3ops"
)

// The bytes of a picture decide its type, the extension that of anything else.
func TestContentTypes(t *testing.T) {
	jpeg, png := "\xff\xd8\xff\xe0\x00\x10JFIF", "\x89PNG\r\n\x1a\n"
	for _, c := range []struct {
		key, head, want string
		note            bool
	}{
		{"a.jpg", jpeg, "image/jpeg", false}, {"a.JPEG", jpeg, "image/jpeg", false}, {"a", png, "image/png", false},
		{"a.jpg", png, "image/png", true}, {"a.png", "hello", "text/plain; charset=utf-8", true}, {"a.csv", "a,b\n", "text/csv; charset=utf-8", false},
		{"a.gif", "GIF89a", "image/gif", false}, {"a.webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", false},
		{"a.tif", "II*\x00", "image/tiff", false}, {"a.bmp", "BM\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x28\x00\x00\x00", "image/bmp", false},
		{"a.txt", "BMW drives", "text/plain; charset=utf-8", false},
		{"a.heic", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic", false},
		{"a.avif", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", "image/avif", false},
		{"a.heic", "\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", "image/avif", true},
		{"a.heif", "\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "image/heic", false},
		{"a.svg", "<?xml version=\"1.0\"?>\n<!-- x --><svg xmlns=\"http://www.w3.org/2000/svg\">", "image/svg+xml", false},
		{"a.json", "{}", "application/json", false}, {"a.parquet", "PAR1", "application/vnd.apache.parquet", false},
		{"a.jpg", "", "application/octet-stream", false}, {"a.bin", "\x00\x01", "application/octet-stream", false}, {"page", "<html><script>", "application/octet-stream", false},
		{"a.heic", "\x00\x00\x00\x18ftyp", "image/heic", false}, {"a.mp4", "\x00\x00\x00\x18ftypisom", "video/mp4", false},
	} {
		kind, note := s3ops.ContentType(c.key, []byte(c.head))
		if kind != c.want && !(c.head == "" && kind == "image/jpeg") || (note != "") != c.note {
			t.Errorf("%s with %q is %s, note %q", c.key, c.head, kind, note)
		}
	}
	var note string
	b := opened(t, stores[0].config, nil)
	if _, err := b.Upload(t.Context(), "types/x.jpg", strings.NewReader(png), s3ops.UploadOptions{Warn: func(s string) { note = s }}); err != nil || !strings.Contains(note, "image/png") {
		t.Errorf("warned %q, %v", note, err)
	}
}
