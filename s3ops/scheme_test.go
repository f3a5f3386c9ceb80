package s3ops_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"weft/s3ops"
)

// oldStore is the embedded store behind a door that refuses what older stores do
// not know.
type oldStore struct {
	*s3ops.Bucket
	mu      sync.Mutex
	refused int
	md5s    int // requests with a Content-MD5
}

// older refuses the requests that bear any of these header names, or ask for a
// checksum of the whole object. S3 signs its headers, and one less would not do:
// they are refused, never taken away.
func older(t *testing.T, checksums, status string, headers ...string) *oldStore {
	t.Helper()
	c := *stores[0].config
	c.Checksums = checksums
	o := &oldStore{}
	o.Bucket = opened(t, &c, faultyKeep(func(r *http.Request) (*http.Response, error) {
		o.mu.Lock()
		defer o.mu.Unlock()
		if r.Header.Get("Content-MD5") != "" {
			o.md5s++
		}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, "=")
			if got := r.Header.Get(name); r.Method != "GET" && got != "" && (value == "" || got == value) {
				o.refused++
				if status == "NotImplemented" {
					return xmlError(501, status).RoundTrip(r)
				}
				return xmlError(400, status).RoundTrip(r)
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	s3ops.SetSizes(o.Bucket, 5<<20, 5<<30, 512<<20)
	return o
}

func (o *oldStore) counts() (refused, md5s int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.refused, o.md5s
}

// A store that does not know the newest checksum gets an older one, or else a
// Content-MD5, which is found out by its refusal once and then remembered; what
// was uploaded comes back the same.
func TestChecksumsFallBackToWhatTheStoreKnows(t *testing.T) {
	nvme := []string{"X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Algorithm=CRC64NVME"}
	crc32c := []string{"X-Amz-Checksum-Crc32c", "X-Amz-Checksum-Algorithm=CRC32C"}
	for name, c := range map[string]struct {
		code     string
		refuses  []string
		once     int // refusals until the scheme is found
		checksum string
	}{
		"no CRC64NVME": {"NotImplemented", nvme, 1, "CRC32C:"},
		"bad request":  {"BadRequest", nvme, 1, "CRC32C:"},
		"none":         {"InvalidRequest", append(nvme, crc32c...), 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := older(t, "auto", c.code, c.refuses...)
			prefix := strings.ReplaceAll(t.Name(), "/", "-") + "/"
			t.Cleanup(func() { purge(t, opened(t, stores[0].config, nil), prefix) })
			big := filepath.Join(t.TempDir(), "big")
			must(t, os.WriteFile(big, noise(21, 12<<20), 0o600))
			for _, key := range []string{"big1", "big2"} {
				if _, err := o.UploadFile(t.Context(), big, prefix+key, s3ops.UploadOptions{}); err != nil {
					t.Fatal(err)
				}
				if got := all(t, o.Bucket, prefix+key); !bytes.Equal(got, noise(21, 12<<20)) {
					t.Errorf("%s came back as %d other bytes", key, len(got))
				}
			}
			put(t, o.Bucket, prefix+"small", "cloth")
			if got := all(t, o.Bucket, prefix+"small"); string(got) != "cloth" {
				t.Errorf("it came back as %q", got)
			}
			refused, md5s := o.counts()
			if refused != c.once || (md5s == 0) != (c.checksum != "") {
				t.Errorf("%d refusals, %d requests with a Content-MD5", refused, md5s)
			}
			for _, key := range []string{"big1", "small"} {
				if i, err := o.Stat(t.Context(), prefix+key, ""); err != nil || c.checksum != "" && !strings.HasPrefix(i.Checksum, c.checksum) {
					t.Errorf("%s has the checksum %q, %v", key, i.Checksum, err)
				}
			}
		})
	}
}

// Whoever insists on checksums is told why the store takes none, and whoever
// wants none sends none.
func TestChecksumsAlwaysAndNever(t *testing.T) {
	o := older(t, "always", "InvalidRequest", "X-Amz-Checksum-Crc64nvme")
	s3ops.SetStrict(o.Bucket, false)
	_, err := o.Upload(t.Context(), "always", strings.NewReader("x"), s3ops.UploadOptions{})
	wantKind(t, err, s3ops.ErrInvalid)
	if refused, _ := o.counts(); refused != 1 || !strings.Contains(err.Error(), `set checksums to "auto"`) {
		t.Errorf("after %d refusals: %v", refused, err)
	}
	o = older(t, "never", "InvalidRequest", "X-Amz-Checksum-Crc64nvme", "X-Amz-Checksum-Crc32", "X-Amz-Checksum-Crc32c",
		"X-Amz-Checksum-Algorithm", "X-Amz-Sdk-Checksum-Algorithm", "Content-MD5", "X-Amz-Trailer")
	t.Cleanup(func() { purge(t, opened(t, stores[0].config, nil), "never") })
	if _, err := o.Upload(t.Context(), "never1", strings.NewReader("x"), s3ops.UploadOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := o.Upload(t.Context(), "never2", bytes.NewReader(noise(22, 11<<20)), s3ops.UploadOptions{}); err != nil {
		t.Error(err)
	}
	if refused, md5s := o.counts(); refused+md5s != 0 {
		t.Errorf("%d requests bore a checksum", refused+md5s)
	}
}
