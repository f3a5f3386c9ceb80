package tui

import (
	"encoding/csv"
	"os/exec"
	"strings"
	"testing"
	"time"

	"weft/s3ops"
)

// A link's name is data wherever it is written.
func TestNamesAreEscapedForEachFormat(t *testing.T) {
	at := time.Date(2026, 11, 24, 18, 10, 0, 0, time.UTC)
	l := s3ops.Link{Key: "a/it's [x](y)<b>.txt", URL: "https://h/k?a=1&b=(2)", Method: "GET", ExpiresAt: at}
	picture, upload, named := l, l, l
	named.Filename = "warp 1.txt"
	picture.Key, upload.Key, upload.Method = "a/x\">y.jpg", "a/-x.jpg", "PUT"
	for _, x := range []struct {
		link   s3ops.Link
		format LinkFormat
		want   string
	}{
		{l, Plain, "https://h/k?a=1&b=(2)"},
		{l, Markdown, `[it's \[x\](y)\<b>.txt](https://h/k?a=1&b=%282%29)`},
		{l, HTML, `<a href="https://h/k?a=1&amp;b=(2)">it&#39;s [x](y)&lt;b&gt;.txt</a>`},
		{l, Curl, `curl --fail -o './it'\''s [x](y)<b>.txt' 'https://h/k?a=1&b=(2)'`},
		{named, Curl, `curl --fail -o './warp 1.txt' 'https://h/k?a=1&b=(2)'`},
		{picture, Markdown, `![x">y.jpg](https://h/k?a=1&b=%282%29)`},
		{picture, HTML, `<img src="https://h/k?a=1&amp;b=(2)" alt="x&#34;&gt;y.jpg">`},
		{upload, HTML, `<a href="https://h/k?a=1&amp;b=(2)">-x.jpg</a>`},
		{upload, Curl, `curl --fail -T './-x.jpg' -H 'Content-Type: image/jpeg' 'https://h/k?a=1&b=(2)'`},
	} {
		if got := FormatLinks([]s3ops.Link{x.link}, x.format); got != x.want {
			t.Errorf("%s of %s: %s, want %s", x.format, x.link.Key, got, x.want)
		}
	}
}

// What curl is given reaches a shell as one word each, whatever the name holds.
func TestCurlSurvivesAShell(t *testing.T) {
	name := "a 'b' $(touch x) `y` \\ \"z\".jpg"
	text := FormatLinks([]s3ops.Link{{Key: name, URL: "https://h/?a=1&b=2", Method: "GET"}}, Curl)
	out, err := exec.Command("sh", "-c", `curl() { printf '%s\n' "$@"; }; `+text).Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(out), "--fail\n-o\n./"+name+"\nhttps://h/?a=1&b=2\n"; got != want {
		t.Errorf("a shell reads %q, want %q", got, want)
	}
}

// CSV holds one row a link that any reader takes apart again; a key is never
// taken for a formula.
func TestLinksAsCSV(t *testing.T) {
	at := time.Date(2026, 11, 24, 18, 10, 0, 0, time.UTC)
	text := FormatLinks([]s3ops.Link{
		{Key: `a,"b".jpg`, URL: "https://h/?a=1,2", Method: "GET", ExpiresAt: at},
		{Key: "=cmd|' /C calc'!A0", URL: "https://h/", Method: "PUT", ExpiresAt: at},
	}, CSV)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d rows, %v:\n%s", len(rows), err, text)
	}
	if r := rows[1]; r[0] != `a,"b".jpg` || r[1] != "https://h/?a=1,2" || r[2] != "GET" || r[3] != "2026-11-24T18:10:00Z" {
		t.Errorf("%q", r)
	}
	if r := rows[2]; !strings.HasPrefix(r[0], "'=") {
		t.Errorf("a spreadsheet would run %q", r[0])
	}
}

// Names for uploads are separated by commas, and one may stand for a series.
func TestUploadNames(t *testing.T) {
	for text, want := range map[string]string{
		"a.jpg":                "a.jpg",
		" a b.jpg , c/d.png, ": "a b.jpg|c/d.png",
		"x-{08..11}.jpg":       "x-08.jpg|x-09.jpg|x-10.jpg|x-11.jpg",
		"{3..1}":               "{3..1}",
		"a, a":                 "a",
		"":                     "no name is typed",
		"a/":                   "a/ is no name of a file",
		"{1..9999}":            "that is more than 1000 names",
	} {
		names, err := uploadNames(text)
		got := strings.Join(names, "|")
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
