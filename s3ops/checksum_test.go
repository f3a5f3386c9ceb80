package s3ops_test

import (
	"bytes"
	"hash/crc64"
	"net/http"
	"strings"
	"testing"

	"weft/s3ops"
)

// The checksum of a whole is that of its parts joined.
func TestJoinCRC(t *testing.T) {
	body := noise(4, 100_003)
	for _, cut := range []int{0, 1, 7, 4096, 100_002, 100_003} {
		x, y := crc64.Checksum(body[:cut], s3ops.NvmeTable), crc64.Checksum(body[cut:], s3ops.NvmeTable)
		if got := s3ops.JoinCRC(x, y, int64(len(body)-cut)); got != crc64.Checksum(body, s3ops.NvmeTable) {
			t.Errorf("cut at %d: %x", cut, got)
		}
	}
	// The check value of CRC-64/NVME in the CRC RevEng catalogue.
	if crc64.Checksum([]byte("123456789"), s3ops.NvmeTable) != 0xae8b14860a799888 {
		t.Error("another CRC-64")
	}
}

// Checksums can be turned off for stores that refuse them; bytes are then still
// guarded by their MD5.
func TestWithoutChecksums(t *testing.T) {
	c := *stores[0].config
	c.Checksums = "never"
	b := opened(t, &c, faultyKeep(func(r *http.Request) (*http.Response, error) {
		for name := range r.Header {
			if strings.Contains(name, "Checksum") {
				t.Errorf("%s %s bears %s", r.Method, r.URL.Path, name)
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	s3ops.SetSizes(b, 5<<20, 5<<30, 512<<20)
	body := noise(5, 6<<20)
	for _, n := range []int{100, len(body)} {
		if _, err := b.Upload(t.Context(), "unsummed", bytes.NewReader(body[:n]), s3ops.UploadOptions{Overwrite: true}); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(all(t, b, "unsummed"), body[:n]) {
			t.Errorf("%d bytes came back different", n)
		}
	}
}
