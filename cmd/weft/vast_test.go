package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// vast is an S3 store of very many objects in one folder, which exist only in
// its answers: a page of a listing is written when it is asked for. It counts
// what it is asked for, and can be told to wait before it answers.
type vast struct {
	*httptest.Server
	objects int

	mu    sync.Mutex
	waits func(prefix string, at int, gone <-chan struct{}) // before the page of a prefix that begins at an object
	asked map[string]int
}

const (
	vastBucket = "fabric-storage-bucket"
	vastFolder = "search_uploads/many/"
)

// openVast serves a store of n objects on the loopback until the test ends.
func openVast(t testing.TB, n int) *vast {
	v := &vast{objects: n, asked: map[string]int{}}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

// env is the environment of a program that uses the store, with a home of its own.
func (v *vast) env(home string) []string {
	return []string{"HOME=" + home, "WEFT_HOME=" + filepath.Join(home, "weft"), "PATH=" + os.Getenv("PATH"), "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ENDPOINT_URL=" + v.URL, "AWS_ACCESS_KEY_ID=vast", "AWS_SECRET_ACCESS_KEY=vast", "AWS_REGION=eu-central-1", "WEFT_BUCKET=" + vastBucket}
}

// key is the name of the i-th object, of 52 bytes.
func (v *vast) key(i int) string {
	return fmt.Sprintf("%s%07d-herringbone-charcoal.jpg", vastFolder, i)
}

func vastSize(i int) int { return 1 + i*7919%12_000_000 }

// wait has every page wait for w.
func (v *vast) wait(w func(prefix string, at int, gone <-chan struct{})) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waits = w
}

// count is how often something was asked for.
func (v *vast) count(what string) int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.asked[what]
}

func (v *vast) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q, key := r.URL.Query(), strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/"+vastBucket), "/")
	what := strings.ToLower(r.Method)
	for _, sub := range []string{"list-type", "versioning", "versions", "tagging"} {
		if q.Has(sub) {
			what = sub
		}
	}
	v.mu.Lock()
	v.asked[what]++
	v.mu.Unlock()
	switch {
	case what == "list-type":
		v.list(w, r)
	case what == "versioning":
		io.WriteString(w, `<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>`)
	case what == "versions":
		io.WriteString(w, `<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>`)
	case what == "tagging":
		io.WriteString(w, `<Tagging><TagSet></TagSet></Tagging>`)
	case v.number(key) >= 0:
		w.Header().Set("Last-Modified", "Mon, 24 Nov 2025 00:00:00 GMT")
		w.Header().Set("ETag", `"5d41402abc4b2a76b9719d911017c592"`)
		if what == "head" {
			w.Header().Set("Content-Length", strconv.Itoa(vastSize(v.number(key))))
			return
		}
		io.WriteString(w, "hello")
	default:
		w.WriteHeader(http.StatusNotFound)
		if what != "head" {
			io.WriteString(w, `<Error><Code>NoSuchKey</Code><Message>There is none.</Message></Error>`)
		}
	}
}

// number of the object with a key, or -1.
func (v *vast) number(key string) int {
	if i := v.from(key); i < v.objects && v.key(i) == key {
		return i
	}
	return -1
}

// from is the first object whose key does not come before a text.
func (v *vast) from(text string) int {
	return sort.Search(v.objects, func(i int) bool { return v.key(i) >= text })
}

// list writes a page of at most 1,000 objects.
func (v *vast) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	prefix := q.Get("prefix")
	at, end := v.from(prefix), v.from(prefix+"\xff")
	if token, err := strconv.Atoi(q.Get("continuation-token")); err == nil {
		at = token
	} else if after := q.Get("start-after"); after != "" {
		at = max(at, v.from(after+"\x00"))
	}
	v.mu.Lock()
	waits := v.waits
	v.mu.Unlock()
	if waits != nil {
		waits(prefix, at, r.Context().Done())
	}
	var b []byte
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><EncodingType>url</EncodingType>`...)
	if rest, ok := strings.CutPrefix(vastFolder, prefix); ok && rest != "" && q.Get("delimiter") == "/" {
		b = append(b, `<CommonPrefixes><Prefix>`+prefix+rest[:strings.IndexByte(rest, '/')+1]+`</Prefix></CommonPrefixes>`...)
		at = end
	}
	stop := min(end, at+1000)
	for i := at; i < stop; i++ {
		b = append(b, `<Contents><Key>`...)
		b = append(b, v.key(i)...)
		b = append(b, `</Key><LastModified>2025-11-`...)
		b = append(b, byte('1'+i%2), byte('0'+i%10), 'T', '0', byte('0'+i/7%10))
		b = append(b, `:00:00.000Z</LastModified><ETag>&#34;5d41402abc4b2a76b9719d91`...)
		b = fmt.Appendf(b, "%08x", i)
		b = append(b, `&#34;</ETag><Size>`...)
		b = strconv.AppendInt(b, int64(vastSize(i)), 10)
		b = append(b, `</Size><StorageClass>STANDARD</StorageClass></Contents>`...)
	}
	if stop < end {
		b = append(b, `<IsTruncated>true</IsTruncated><NextContinuationToken>`+strconv.Itoa(stop)+`</NextContinuationToken>`...)
	} else {
		b = append(b, `<IsTruncated>false</IsTruncated>`...)
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write(append(b, `</ListBucketResult>`...))
}

// figures of the interface on a million objects, of one run.
type vastFigures struct {
	firstRow, all                     time.Duration
	peakListing, rest, peak, peakAll  float64
	stepLoading, step, filter, sorted []float64
	mark, ask                         float64
}

// cursorLine is the line of the screen that the cursor is on.
func (s *screen) cursorLine() int {
	for y := range 40 {
		if c := s.vt.CellAt(26, y); c != nil && c.Content == "▌" {
			return y
		}
	}
	return -1
}

// await takes what is drawn until the screen is as told, and gives the moment
// when it was.
func (s *screen) await(what string, ok func() bool) time.Time {
	s.b.Helper()
	for late := time.After(3 * time.Minute); ; {
		select {
		case d, open := <-s.drawn:
			_, _ = s.vt.Write(d.bytes)
			if ok() {
				return d.at
			}
			if open {
				continue
			}
		case <-late:
		}
		s.b.Fatalf("the screen never shows %s:\n%s", what, s.text())
	}
}

// line is one line of the screen.
func (s *screen) line(y int) string {
	var b strings.Builder
	for x := range 120 {
		if c := s.vt.CellAt(x, y); c != nil {
			b.WriteString(c.Content)
		}
	}
	return b.String()
}

// answer types keys and gives how long it takes until the screen is as told, in ms.
func (s *screen) answer(keys, what string, ok func() bool) float64 {
	s.b.Helper()
	pressed := time.Now()
	if _, err := io.WriteString(s.file, keys); err != nil {
		s.b.Fatal(err)
	}
	return s.await(what, ok).Sub(pressed).Seconds() * 1e3
}

// step moves the cursor by a row, there and back, and gives what each took.
func (s *screen) step(n int) (ms []float64) {
	s.b.Helper()
	for i := range n {
		at, key, to := s.cursorLine(), "j", 1
		if i%2 == 1 {
			key, to = "k", -1
		}
		ms = append(ms, s.answer(key, "the next row", func() bool { return s.cursorLine() == at+to }))
	}
	return ms
}

// openVastScreen opens the interface on the store's folder.
func openVastScreen(b *testing.B, v *vast) *screen {
	home, err := os.MkdirTemp("", "weft-vast-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(home) })
	h := &household{t: b, dir: home, env: v.env(home)}
	return h.openScreen("s3://" + vastBucket + "/" + vastFolder)
}

// BenchmarkMillionRows is the interface that lists 1,000,000 objects in one
// folder, from a server that answers at once: how long until there is a row, and
// all, what it takes of memory, and how soon it answers keys.
func BenchmarkMillionRows(b *testing.B) {
	v := openVast(b, 1_000_000)
	for b.Loop() {
		var all []vastFigures
		for range 5 {
			all = append(all, vastRound(b, openVastScreen(b, v)))
		}
		report := func(unit string, figure func(vastFigures) float64) {
			var values []float64
			for _, f := range all {
				values = append(values, figure(f))
			}
			b.ReportMetric(median(values), unit)
		}
		report("ms/row", func(f vastFigures) float64 { return f.firstRow.Seconds() * 1e3 })
		report("s/all", func(f vastFigures) float64 { return f.all.Seconds() })
		report("MB/peak-listing", func(f vastFigures) float64 { return f.peakListing })
		report("MB/rest", func(f vastFigures) float64 { return f.rest })
		report("MB/peak", func(f vastFigures) float64 { return f.peak })
		report("MB/peak-relisted", func(f vastFigures) float64 { return f.peakAll })
		report("ms/step-listing", func(f vastFigures) float64 { return median(f.stepLoading) })
		report("ms/step", func(f vastFigures) float64 { return median(f.step) })
		report("ms/filter", func(f vastFigures) float64 { return median(f.filter) })
		report("ms/sort", func(f vastFigures) float64 { return median(f.sorted) })
		report("ms/mark-all", func(f vastFigures) float64 { return f.mark })
		report("ms/ask-delete", func(f vastFigures) float64 { return f.ask })
		report("ms/step-worst", func(f vastFigures) float64 { return slices.Max(append(f.stepLoading, f.step...)) })
		b.ReportMetric(load(), "load")
	}
}

// vastRound is one run of the interface over a million rows.
func vastRound(b *testing.B, s *screen) (f vastFigures) {
	defer s.close()
	pid := s.cmd.Process.Pid
	f.firstRow = s.shows("0000000-")
	f.stepLoading = s.step(40)
	if !strings.Contains(s.line(1), "loading") {
		b.Log("all was loaded before the keys were typed")
	}
	f.all = s.await("a million", func() bool {
		return strings.Contains(s.line(1), "1,000,000 objects") && !strings.Contains(s.line(1), "loading")
	}).Sub(s.started)
	f.peakListing = memory(b, pid, "VmHWM")
	s.rest(2 * time.Second)
	f.rest = memory(b, pid, "VmRSS")
	f.step = s.step(40)
	_, _ = io.WriteString(s.file, "/")
	s.rest(100 * time.Millisecond)
	for _, c := range []string{"0", "9", "9", "h"} {
		before := s.line(1)
		f.filter = append(f.filter, s.answer(c, "what matches", func() bool { return s.line(1) != before && strings.Contains(s.line(1), "match") }))
	}
	_, _ = io.WriteString(s.file, "\x1b[27u")
	s.await("all again", func() bool { return strings.Contains(s.line(1), "1,000,000 objects") })
	for _, by := range []string{"size", "time", "type", "name"} {
		key := map[string]string{"type": "oe"}[by]
		f.sorted = append(f.sorted, s.answer(cmp.Or(key, "o"+by[:1]), "sorted by "+by, func() bool { return strings.Contains(s.line(2), by+" ↑ ─") }))
	}
	f.mark = s.answer("a", "all marked", func() bool { return strings.Contains(s.line(38), "1,000,000 marked") })
	f.ask = s.answer("d", "the question", func() bool { return strings.Contains(s.text(), "Delete 1,000,000 objects") })
	_, _ = io.WriteString(s.file, "n")
	f.peak = memory(b, pid, "VmHWM")
	_, _ = io.WriteString(s.file, "R")
	s.await("the reload", func() bool { return strings.Contains(s.line(1), "again ") })
	s.await("all again", func() bool { return !strings.Contains(s.line(1), "again ") })
	f.peakAll = memory(b, pid, "VmHWM")
	return f
}
