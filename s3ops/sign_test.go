package s3ops_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"weft/config"
	"weft/s3ops"
)

// A link signed here is, to the byte, the one that the SDK signs: for awkward
// keys, every option, each kind of address and temporary credentials.
func TestLinksAreThoseOfTheSDK(t *testing.T) {
	day := time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC)
	stores := []config.Config{
		{Region: "eu-west-1"}, {Region: "eu-west-1", PathStyle: "always"}, {Region: "us-east-1"}, {Region: "cn-north-1"}, {Region: "us-gov-west-1"},
		{Endpoint: "https://store.test:9000", Region: "x"}, {Endpoint: "https://store.test:443", Region: "x", PathStyle: "never"},
		{Endpoint: "http://store.test:80", Region: "x"}, {Endpoint: "http://127.0.0.1:9000/below/", Region: "auto"}, {Endpoint: "http://[::1]:9000", Region: "x"},
		{Endpoint: "https://s3.eu-west-1.amazonaws.com", Region: "eu-west-1"}, {Endpoint: "https://s3.dualstack.eu-west-1.amazonaws.com", Region: "eu-west-1"},
		{Region: "eu-west-1", Bucket: "with.dots"}, {Region: "eu-west-1", Bucket: "arn:aws:s3:eu-west-1:123456789012:accesspoint/fabrics"},
	}
	options := []s3ops.LinkOptions{
		{}, {Life: time.Second}, {VersionID: "a/+= b"}, {Filename: "Größe \"1\" / a+b.jpg"}, {VersionID: "3", Filename: "x.jpg"},
		{Put: true}, {Put: true, ContentType: "image/png"}, {Put: true, ContentType: " text/plain;  charset=utf-8 "},
	}
	keys := append([]string{"a//b", "../x", "a/../b", "/abs", ".", "esc\x1b[2J", "a\x00b"}, awkward...)
	for _, c := range stores {
		for _, token := range []config.Secret{"", "FwoG/+token=="} {
			c := c
			c.Credentials = config.Credentials{AccessKeyID: "AKID", SecretAccessKey: "se/cr+et", SessionToken: token}
			if c.Bucket == "" {
				c.Bucket = "cloth"
			}
			b := opened(t, &c, nil)
			for i, key := range keys {
				o := options[i%len(options)]
				for _, o := range append(options[:0:0], o, options[(i+3)%len(options)]) {
					if o.Life == 0 {
						o.Life = 3600 * time.Second
					}
					ours, theirs, err := s3ops.PresignBoth(t.Context(), b, key, o, day.Add(time.Duration(i)*time.Second))
					if err != nil || ours != theirs {
						t.Fatalf("%+v %q of %+v: %v\n%s\n%s", o, key, c, err, ours, theirs)
					}
				}
			}
		}
	}
}

// A bucket whose links are signed in another way than the usual gets none, with
// the reason.
func TestLinksOfOtherKindsAreRefused(t *testing.T) {
	for _, name := range []string{"cloth--euw1-az1--x-s3", "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap"} {
		b := opened(t, &config.Config{Region: "eu-west-1", Bucket: name, Credentials: fakeConfig().Credentials},
			answer(403, "<Error><Code>AccessDenied</Code></Error>", ""))
		if l, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{}); err == nil {
			t.Errorf("%s: %s", name, l.URL)
		} else if !strings.Contains(err.Error(), "k: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// BenchmarkPresign signs links, each round here and by the SDK in turns. The
// aim is 30 µs.
func BenchmarkPresign(b *testing.B) {
	bucket := opened(b, fakeConfig(), nil)
	ctx := context.Background()
	const links = 10_000
	var ours, theirs figures
	var err error
	for b.Loop() {
		for range rounds {
			inTurns(10, &ours, &theirs, func(our bool, piece int) {
				for i := range links / 10 {
					key := fmt.Sprintf("uploaded/single_images/herringbone %05d.jpg", piece*links/10+i)
					if our {
						_, err = bucket.Presign(ctx, key, s3ops.LinkOptions{})
					} else {
						_, err = s3ops.SDKPresign(ctx, bucket, key, s3ops.LinkOptions{Life: time.Hour}, time.Now())
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
	b.ReportMetric(median(ours.wall)/links*1e6, "µs/link")
	b.ReportMetric(median(ours.cpu)/links*1e6, "CPU-µs/link")
	b.ReportMetric(median(theirs.wall)/links*1e6, "µs/link-SDK")
	b.ReportMetric(median(theirs.cpu)/links*1e6, "CPU-µs/link-SDK")
}
