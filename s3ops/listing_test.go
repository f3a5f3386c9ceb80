package s3ops_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"weft/s3ops"
)

// awsListing is as AWS writes it.
const awsListing = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>cloth</Name><Prefix>a%2F</Prefix><KeyCount>3</KeyCount><MaxKeys>1000</MaxKeys><Delimiter>%2F</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken><Contents><Key>a/one+two%2B.jpg</Key><LastModified>2026-10-12T17:50:30.123Z</LastModified><ETag>&quot;fba9dede5f27731c9771645a39863328&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>434234</Size><Owner><ID>75aa57f0</ID><DisplayName>x</DisplayName></Owner><StorageClass>STANDARD</StorageClass></Contents><Contents><Key>a/%01%F0%9F%98%80</Key><LastModified>2026-10-31T23:59:59Z</LastModified><ETag>"9b2cf535f27731c974343645a3985328-3"</ETag><Size>0</Size><StorageClass>GLACIER</StorageClass></Contents><CommonPrefixes><Prefix>a/b+c/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>a/d/</Prefix></CommonPrefixes></ListBucketResult>`

// A listing of AWS says what it says.
func TestListingIsRead(t *testing.T) {
	page, token, err := s3ops.ParseListing([]byte(awsListing))
	want := s3ops.Page{
		Folders: []string{"a/b c/", "a/d/"},
		Objects: []s3ops.Object{
			{Key: "a/one two+.jpg", Size: 434234, ETag: "fba9dede5f27731c9771645a39863328", StorageClass: "STANDARD",
				Modified: time.Date(2026, 10, 12, 17, 50, 30, 123e6, time.UTC)},
			{Key: "a/\x01😀", ETag: "9b2cf535f27731c974343645a3985328-3", StorageClass: "GLACIER", Modified: time.Date(2026, 10, 31, 23, 59, 59, 0, time.UTC)},
		},
	}
	if err != nil || token != "1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=" || !reflect.DeepEqual(page, want) {
		t.Errorf("%v, token %q\n%+v\nwant\n%+v", err, token, page, want)
	}
}

// Wherever an answer is cut off, that is an error and no shorter listing.
func TestCutListingIsAnError(t *testing.T) {
	for n := range len(awsListing) {
		if page, _, err := s3ops.ParseListing([]byte(awsListing[:n])); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut after %d bytes: %v, %d objects", n, err, len(page.Objects))
		}
	}
}

// A key comes out as the bytes it is, however the store writes it; a store that
// does not say that it encodes does not.
func TestKeysAreExact(t *testing.T) {
	for c := range 256 {
		key := "k/" + string([]byte{byte(c)}) + "+%41&"
		plain := strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(key)
		for _, text := range []string{
			"<EncodingType>url</EncodingType>OPEN<Key>" + url.QueryEscape(key) + "</Key>SHUT",
			"OPEN<Key>" + url.QueryEscape(key) + "</Key>SHUT<EncodingType>url</EncodingType>",
			"OPEN<Key>" + plain + "</Key>SHUT",
			"OPEN<Key>k/<![CDATA[" + key[2:] + "]]><!-- < --></Key>SHUT",
			"OPEN<Key>k/&#x" + strconv.FormatInt(int64(c), 16) + ";+%41&#38;</Key>SHUT",
		} {
			want := key
			if strings.Contains(text, "&#x") && c > 127 {
				want = "k/" + string(rune(c)) + "+%41&"
			}
			doc := "\xef\xbb\xbf\n<!-- x --><s3:L xmlns:s3='a>b'>" + strings.NewReplacer("OPEN", "<Contents\n>", "SHUT", "</Contents >").Replace(text) + "</s3:L>"
			page, _, err := s3ops.ParseListing([]byte(doc))
			if err != nil || len(page.Objects) != 1 || page.Objects[0].Key != want {
				t.Errorf("%s: %+q, %v", text, fmt.Sprint(page.Objects), err)
			}
		}
	}
	for text, want := range map[string]string{
		"&#x1F600;":        "😀",
		"&#xD83D;&#xDE00;": "😀", // as some stores write it
		"&#xD83D;":         "\ufffd",
		"&#xD83D;&#xD83D;": "\ufffd\ufffd",
		"&#xD83D;x&#xDE0;": "\ufffdx\u0de0",
		"a&#13;\r&#10;b":   "a\r\r\nb",
		" a ":              " a ",
		"":                 "",
		"a<x>b</x>c":       "ac",
	} {
		page, _, err := s3ops.ParseListing([]byte("<L><Contents><Key>" + text + "</Key></Contents></L>"))
		if err != nil || page.Objects[0].Key != want {
			t.Errorf("%s: %+q, %v", text, fmt.Sprint(page.Objects), err)
		}
	}
	for text, want := range map[string]string{"100%": "100%", "%zz+a": "%zz+a", "%4": "%4", "%e2%82%AC": "€", "%": "%"} {
		page, _, err := s3ops.ParseListing([]byte("<L><EncodingType>url</EncodingType><Contents><Key>" + text + "</Key></Contents></L>"))
		if err != nil || page.Objects[0].Key != want {
			t.Errorf("%s: %+q, %v", text, fmt.Sprint(page.Objects), err)
		}
	}
}

// What is no listing is an error.
func TestMalformedListings(t *testing.T) {
	for _, doc := range []string{"<L></M>", "<L><Contents></L>", "<L>&nbsp;<Contents><Key>&nbsp;</Key></Contents></L>", "</L>", "<!DOCTYPE x><L></L>",
		"<L><Contents><Key>a</Kex></Contents></L>", "<L><Contents><Size>x</Size></Contents></L>", "<L><Contents><LastModified>2026-02-30T00:00:00Z</LastModified></Contents></L>",
		"<L><Contents><Key>&#x110000;</Key></Contents></L>", "<L><Contents><Key>&#;</Key></Contents></L>", "<L><Contents><Key>& ;</Key></Contents></L>",
		"<L>" + strings.Repeat("<a>", 1000) + strings.Repeat("</a>", 1000) + "</L>", "< L></ L>"} {
		if _, _, err := s3ops.ParseListing([]byte(doc)); err == nil {
			t.Errorf("%.60s is taken for a listing", doc)
		}
	}
}

// plainListing is a listing for encoding/xml, which is slow but right.
type plainListing struct {
	EncodingType, NextContinuationToken string
	Contents                            []struct{ Key, LastModified, ETag, Size, StorageClass string }
	CommonPrefixes                      []struct{ Prefix []string }
}

// agree compares our reading of a document with that of encoding/xml, where
// both take it for a listing.
func agree(t *testing.T, doc []byte) {
	page, token, err := s3ops.ParseListing(doc)
	var want plainListing
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(doc, []byte("\xef\xbb\xbf"))))
	if err != nil || d.Decode(&want) != nil ||
		bytes.ContainsRune(doc, '\r') || bytes.Contains(doc, []byte("\ufffd")) || // there we are more exact
		bytes.Contains(doc, []byte("Version")) || bytes.Contains(doc, []byte("DeleteMarker")) {
		return
	}
	plain := func(s string) string {
		if strings.TrimSpace(want.EncodingType) == "url" {
			if d, err := url.QueryUnescape(s); err == nil {
				return d
			}
		}
		return s
	}
	var folders, keys, wantFolders, wantKeys []string
	folders = append(folders, page.Folders...)
	for _, p := range want.CommonPrefixes {
		for _, f := range p.Prefix {
			wantFolders = append(wantFolders, plain(f))
		}
	}
	text := func(key, etag, class, size string) string { return fmt.Sprintf("%q %q %q %s", key, etag, class, size) }
	for _, o := range page.Objects {
		keys = append(keys, text(o.Key, o.ETag, o.StorageClass, fmt.Sprint(o.Size)))
	}
	for _, o := range want.Contents {
		size, _ := strconv.ParseInt(strings.TrimSpace(o.Size), 10, 64)
		wantKeys = append(wantKeys, text(plain(o.Key), strings.Trim(o.ETag, `"`), strings.TrimSpace(o.StorageClass), fmt.Sprint(size)))
	}
	surrogates := bytes.Contains(bytes.ToLower(doc), []byte("&#xd")) || bytes.Contains(doc, []byte("&#5")) || bytes.Contains(doc, []byte("&#0")) || bytes.Contains(bytes.ToLower(doc), []byte("&#x0"))
	if !surrogates && (token != want.NextContinuationToken || !reflect.DeepEqual(folders, wantFolders) || !reflect.DeepEqual(keys, wantKeys)) {
		t.Errorf("%q\n%q %q %q\nencoding/xml says\n%q %q %q", doc, token, folders, keys, want.NextContinuationToken, wantFolders, wantKeys)
	}
}

// Any document that encoding/xml reads too is read alike.
func FuzzListing(f *testing.F) {
	f.Add([]byte(awsListing))
	f.Add([]byte("\xef\xbb\xbf<?xml version='1.0'?><!-- c --><a:L xmlns:a='b'><a:Contents b=\"'>\"><Key>x&amp;&#65;<![CDATA[<>]]>y<z/>z</Key><Size> 7 </Size></a:Contents><CommonPrefixes/></a:L>"))
	f.Add([]byte("<L><EncodingType>url</EncodingType><Contents><Key>a%2</Key><Key>b+%20</Key></Contents><NextContinuationToken>&lt;</NextContinuationToken></L>"))
	f.Add([]byte("<L><DeleteMarker><Key>&#xD83D;&#xDE00;</Key><IsLatest>true</IsLatest></DeleteMarker></L>"))
	f.Fuzz(agree)
}

// Listings as stores of all kinds might write them are read as encoding/xml
// reads them.
func TestListingsReadAsByEncodingXML(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	for range 3000 {
		var doc strings.Builder
		ns := pick("", "", "s3:")
		element := func(name, text string) {
			fmt.Fprintf(&doc, "%s<%s%s%s>%s</%s%s>", pick("", "\n  ", "<!-- <Key> -->", "<?x y?>"), ns, name, pick("", "", ` a="/>"`, " "), text, ns, name)
		}
		doc.WriteString(pick("", "\xef\xbb\xbf", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n") + "<" + ns + "ListBucketResult xmlns:s3='x'>")
		if r.IntN(2) == 0 {
			element("EncodingType", "url")
		}
		for range r.IntN(5) {
			key := pick("a", "%41", "+", "&amp;", "&#x41;", "€", "<![CDATA[&<]]>", "😀", "%E2%82%AC") + pick("", "/", "%2F", "&quot;", "<b>x</b>", "%", " ")
			from := doc.Len()
			if r.IntN(3) == 0 {
				element("Prefix", key)
			} else {
				element("Key", key)
				element("LastModified", pick("2026-01-31T10:20:30.5Z", "2024-02-29T10:20:30Z", "2026-11-24T10:20:30+02:00"))
				element("ETag", pick(`"x"`, "&quot;x-2&quot;", "x"))
				element("Size", pick("0", "5", "9223372036854775807"))
				element(pick("StorageClass", "Other"), pick("STANDARD", "GLACIER", ""))
			}
			inner, whole := doc.String()[from:], doc.String()[:from]
			doc.Reset()
			doc.WriteString(whole)
			if strings.Contains(inner, "Key"+">") || strings.Contains(inner, "ETag") {
				element("Contents", inner)
			} else {
				element("CommonPrefixes", inner)
			}
		}
		doc.WriteString("</" + ns + "ListBucketResult>")
		if _, _, err := s3ops.ParseListing([]byte(doc.String())); err != nil {
			t.Fatalf("%s: %v", doc.String(), err)
		}
		agree(t, []byte(doc.String()))
	}
}

// A page that is cut off on its way is asked for again.
func TestCutPageIsAskedForAgain(t *testing.T) {
	asked := 0
	b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
		whole := strings.Replace(awsListing, "<IsTruncated>true", "<IsTruncated>false", 1)
		if asked++; asked == 1 {
			return answer(200, "application/xml", whole[:len(whole)/2])(r)
		}
		return answer(200, "application/xml", whole)(r)
	}))
	n := 0
	for p, err := range b.Pages(t.Context(), "a/", s3ops.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		n += len(p.Objects)
	}
	if asked != 2 || n != 2 {
		t.Errorf("%d objects after asking %d times", n, asked)
	}
}

// A store that leads in a circle, or says that there is more but not where, is
// an error; nothing is listed twice.
func TestEndlessListingsEnd(t *testing.T) {
	for name, next := range map[string]map[string]string{
		"at once":    {"": "A", "A": "A"},
		"by two":     {"": "A", "A": "B", "B": "A"},
		"by three":   {"": "A", "A": "B", "B": "C", "C": "A"},
		"later on":   {"": "A", "A": "B", "B": "C", "C": "B"},
		"without":    {"": ""},
		"in the end": {"": "A", "A": ""},
	} {
		for _, o := range []s3ops.ListOptions{{}, {Recursive: true}, {Versions: true}} {
			b := opened(t, fakeConfig(), faulty(func(r *http.Request) (*http.Response, error) {
				q := r.URL.Query()
				if o.Versions {
					return answer(200, "application/xml", fmt.Sprintf("<ListVersionsResult><IsTruncated>true</IsTruncated><Version><Key>a/%sx</Key></Version><NextKeyMarker>%[2]s</NextKeyMarker></ListVersionsResult>",
						q.Get("key-marker"), next[q.Get("key-marker")]))(r)
				}
				return answer(200, "application/xml", fmt.Sprintf("<ListBucketResult><IsTruncated>true</IsTruncated><Contents><Key>a/%sx</Key></Contents><NextContinuationToken>%[2]s</NextContinuationToken></ListBucketResult>",
					q.Get("continuation-token"), next[q.Get("continuation-token")]))(r)
			}))
			seen, failed := map[string]bool{}, error(nil)
			for p, err := range b.Pages(t.Context(), "a/", o) {
				if err != nil {
					failed = err
					continue
				}
				for _, x := range p.Objects {
					if seen[x.Key] {
						t.Errorf("%s: %s is listed twice", name, x.Key)
					}
					seen[x.Key] = true
				}
			}
			if failed == nil || len(seen) > len(next) {
				t.Errorf("%s, %+v: %v after %d keys", name, o, failed, len(seen))
			}
		}
	}
}
