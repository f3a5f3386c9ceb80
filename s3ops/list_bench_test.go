package s3ops_test

import (
	"fmt"
	"strings"
	"testing"

	"weft/s3ops"
)

// BenchmarkReadListing reads one page of a thousand objects as AWS writes it.
func BenchmarkReadListing(b *testing.B) {
	doc := []byte(renderPage(0, 1000, 2000))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		if p, _, err := s3ops.ParseListing(doc); err != nil || len(p.Objects) != 1000 {
			b.Fatal(err)
		}
	}
}

// renderPage writes the page of the keys from a number on, of all there are.
func renderPage(from, n, all int) string {
	var s strings.Builder
	s.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>cloth</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>`)
	to := min(from+n, all)
	if to < all {
		fmt.Fprintf(&s, "<IsTruncated>true</IsTruncated><NextContinuationToken>%09d</NextContinuationToken>", to)
	} else {
		s.WriteString("<IsTruncated>false</IsTruncated>")
	}
	fmt.Fprintf(&s, "<KeyCount>%d</KeyCount>", to-from)
	for i := from; i < to; i++ {
		fmt.Fprintf(&s, `<Contents><Key>%s</Key><LastModified>2026-%02d-%02dT17:%02d:30.000Z</LastModified><ETag>&quot;%032x&quot;</ETag><Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>`,
			benchKey(i), 1+i%12, 1+i%28, i%60, uint64(i)*0x9e3779b97f4a7c15, i*7)
	}
	s.WriteString("</ListBucketResult>")
	return s.String()
}

// benchKey is the i-th of the keys that are listed to measure, in their order.
func benchKey(i int) string { return fmt.Sprintf("bench/fabric-%09d.jpg", i) }
