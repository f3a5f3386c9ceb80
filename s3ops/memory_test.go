package s3ops_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"hash/crc64"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weft/config"
	"weft/s3ops"
)

// memory is an S3 server that holds objects of any key, as Amazon's does and a
// store over files cannot: one bucket without versions. It checks signatures by
// its own reading of the protocol.
type memory struct {
	secret string

	mu      sync.Mutex
	objects map[string]kept
}

type kept struct {
	body   []byte
	header http.Header // Content-Type and the like, as they were put
}

// startMemory serves such a store and opens its bucket.
func startMemory(t testing.TB) (*memory, *s3ops.Bucket) {
	t.Helper()
	m := &memory{secret: "k/e+y", objects: map[string]kept{}}
	s := httptest.NewServer(m)
	t.Cleanup(s.Close)
	c := &config.Config{Bucket: "cloth", Region: "eu-west-1", Endpoint: s.URL, PathStyle: "auto", Checksums: "auto",
		Credentials: config.Credentials{AccessKeyID: "AKID", SecretAccessKey: config.Secret(m.secret), SessionToken: "to/k+en="}}
	b := opened(t, c, nil)
	s3ops.SetStrict(b, false)
	return m, b
}

// keys are those the store holds, in order.
func (m *memory) keys() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.objects))
}

// ServeHTTP answers one request.
func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, query, _ := strings.Cut(r.RequestURI, "?") // as it came: the path is not cleaned
	body, err := io.ReadAll(r.Body)
	if why := m.forged(r, path, query); err != nil || why != "" {
		refuse(w, 403, "SignatureDoesNotMatch", why)
		return
	}
	raw, isKey := strings.CutPrefix(path, "/cloth/")
	key, err := url.PathUnescape(raw)
	q := r.URL.Query()
	switch _, many := q["delete"]; {
	case err != nil:
		refuse(w, 400, "InvalidURI", path)
	case isKey && key != "" && len(key) > 1024:
		refuse(w, 400, "KeyTooLongError", "")
	case isKey && key != "":
		m.object(w, r, key, body)
	case r.Method == http.MethodPost && many:
		m.deleteMany(w, body)
	case r.Method == http.MethodGet && q.Get("list-type") == "2":
		m.list(w, q)
	default:
		refuse(w, 501, "NotImplemented", r.Method)
	}
}

func refuse(w http.ResponseWriter, status int, code, text string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, url.QueryEscape(text))
}

// object answers a request for one key.
func (m *memory) object(w http.ResponseWriter, r *http.Request, key string, body []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o, there := m.objects[key]
	switch {
	case r.Method == http.MethodPut && there && r.Header.Get("If-None-Match") == "*":
		refuse(w, 412, "PreconditionFailed", "")
		return
	case r.Method == http.MethodPut:
		sum := binary.BigEndian.AppendUint64(nil, crc64.Checksum(body, s3ops.NvmeTable))
		if want := r.Header.Get("X-Amz-Checksum-Crc64nvme"); want != "" && want != base64.StdEncoding.EncodeToString(sum) {
			refuse(w, 400, "BadDigest", "")
			return
		}
		o = kept{body: body, header: http.Header{"Last-Modified": {time.Now().UTC().Format(http.TimeFormat)}, "X-Amz-Checksum-Crc64nvme": {base64.StdEncoding.EncodeToString(sum)}}}
		for name, v := range r.Header {
			if name == "Content-Type" || name == "Cache-Control" || strings.HasPrefix(name, "X-Amz-Meta-") {
				o.header[name] = v
			}
		}
		m.objects[key] = o
	case r.Method == http.MethodDelete:
		delete(m.objects, key)
		w.WriteHeader(http.StatusNoContent)
		return
	case !there:
		refuse(w, 404, "NoSuchKey", "")
		return
	}
	maps.Copy(w.Header(), o.header)
	w.Header().Set("ETag", etag(o.body))
	if r.Method != http.MethodPut {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(o.body)) // with ranges and If-Match
	}
}

func etag(body []byte) string {
	sum := md5.Sum(body)
	return `"` + hex.EncodeToString(sum[:]) + `"`
}

func (m *memory) deleteMany(w http.ResponseWriter, body []byte) {
	var asked struct {
		Object []struct{ Key string }
	}
	if err := xml.Unmarshal(body, &asked); err != nil || len(asked.Object) > 1000 {
		refuse(w, 400, "MalformedXML", fmt.Sprint(err))
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var s bytes.Buffer
	s.WriteString("<DeleteResult>")
	for _, o := range asked.Object {
		delete(m.objects, o.Key)
		s.WriteString("<Deleted><Key>")
		_ = xml.EscapeText(&s, []byte(o.Key))
		s.WriteString("</Key></Deleted>")
	}
	s.WriteString("</DeleteResult>")
	_, _ = w.Write(s.Bytes())
}

// list answers ListObjectsV2, in the order of bytes, keys escaped if asked for.
func (m *memory) list(w http.ResponseWriter, q url.Values) {
	enc := func(s string) string {
		var b bytes.Buffer
		if q.Get("encoding-type") == "url" {
			s = strings.ReplaceAll(url.QueryEscape(s), "%2F", "/")
		}
		_ = xml.EscapeText(&b, []byte(s))
		return b.String()
	}
	prefix, delimiter, after := q.Get("prefix"), q.Get("delimiter"), q.Get("start-after")
	if token := q.Get("continuation-token"); token != "" {
		raw, _ := hex.DecodeString(token)
		after = string(raw)
	}
	most := 1000
	_, _ = fmt.Sscan(q.Get("max-keys"), &most)
	var contents, folders strings.Builder
	n, last, next := 0, "", ""
	folder := "" // whose keys are listed already, as one
	if delimiter != "" && strings.HasSuffix(after, delimiter) {
		folder = after
	}
	for _, key := range m.keys() {
		if !strings.HasPrefix(key, prefix) || key <= after || folder > prefix && strings.HasPrefix(key, folder) {
			continue
		}
		if n == most {
			next = hex.EncodeToString([]byte(last))
			break
		}
		n++
		if i := strings.Index(key[len(prefix):], delimiter); delimiter != "" && i >= 0 {
			folder = key[:len(prefix)+i+len(delimiter)]
			last = folder
			fmt.Fprintf(&folders, "<CommonPrefixes><Prefix>%s</Prefix></CommonPrefixes>", enc(folder))
			continue
		}
		last = key
		m.mu.Lock()
		o := m.objects[key]
		m.mu.Unlock()
		at, _ := http.ParseTime(o.header.Get("Last-Modified"))
		fmt.Fprintf(&contents, "<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>%s</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>",
			enc(key), at.Format(time.RFC3339), enc(etag(o.body)), len(o.body))
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = fmt.Fprintf(w, `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>cloth</Name><Prefix>%s</Prefix><EncodingType>%s</EncodingType><IsTruncated>%t</IsTruncated><NextContinuationToken>%s</NextContinuationToken>%s%s</ListBucketResult>`,
		enc(prefix), q.Get("encoding-type"), next != "", next, contents.String(), folders.String())
}

// forged tells what is wrong with a request's signature, after
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
func (m *memory) forged(r *http.Request, path, query string) string {
	var scope, signed, signature, stamp, hash string
	pairs := strings.Split(query, "&")
	if q := r.URL.Query(); q.Has("X-Amz-Signature") {
		pairs = slices.DeleteFunc(pairs, func(p string) bool { return strings.HasPrefix(p, "X-Amz-Signature=") })
		scope, signed, signature, stamp, hash = q.Get("X-Amz-Credential"), q.Get("X-Amz-SignedHeaders"), q.Get("X-Amz-Signature"), q.Get("X-Amz-Date"), "UNSIGNED-PAYLOAD"
		at, err := time.Parse("20060102T150405Z", stamp)
		life, lerr := time.ParseDuration(q.Get("X-Amz-Expires") + "s")
		if err != nil || lerr != nil || time.Now().After(at.Add(life)) {
			return "expired"
		}
	} else {
		fields := strings.FieldsFunc(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), func(c rune) bool { return c == ',' || c == ' ' })
		for _, f := range fields {
			name, v, _ := strings.Cut(f, "=")
			map[string]func(){"Credential": func() { scope = v }, "SignedHeaders": func() { signed = v }, "Signature": func() { signature = v }}[name]()
		}
		stamp, hash = r.Header.Get("X-Amz-Date"), r.Header.Get("X-Amz-Content-Sha256")
	}
	if query == "" {
		pairs = nil
	}
	for i, p := range pairs {
		name, v, _ := strings.Cut(p, "=")
		pairs[i] = canonical(name) + "=" + canonical(v)
	}
	slices.Sort(pairs)
	var headers strings.Builder
	for name := range strings.SplitSeq(signed, ";") {
		v := r.Header.Get(name)
		if name == "host" {
			v = r.Host
		} else if name == "content-length" {
			v = fmt.Sprint(r.ContentLength)
		}
		headers.WriteString(name + ":" + strings.Join(strings.Fields(v), " ") + "\n")
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return "the path"
	}
	var segments []string
	for s := range strings.SplitSeq(plain, "/") {
		segments = append(segments, strings.ReplaceAll(url.QueryEscape(s), "+", "%20"))
	}
	text := strings.Join([]string{r.Method, strings.Join(segments, "/"), strings.Join(pairs, "&"), headers.String(), signed, hash}, "\n")
	digest := sha256.Sum256([]byte(text))
	_, day, _ := strings.Cut(scope, "/")
	key := []byte("AWS4" + m.secret)
	for part := range strings.SplitSeq(day, "/") {
		key = mac(key, part)
	}
	if want := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n"+stamp+"\n"+day+"\n"+hex.EncodeToString(digest[:]))); want != signature {
		return "it should be " + want + " of " + text
	}
	return ""
}

// canonical escapes anew what is escaped already in whatever way.
func canonical(s string) string {
	plain, err := url.QueryUnescape(strings.ReplaceAll(s, "+", "%2B"))
	if err != nil {
		return s
	}
	return strings.ReplaceAll(url.QueryEscape(plain), "+", "%20")
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
