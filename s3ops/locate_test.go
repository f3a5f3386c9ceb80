package s3ops_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"weft/config"
	"weft/s3ops"
)

const oneKey = `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>cloth</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>`

func awsStore() *config.Config {
	c := fakeConfig()
	c.Endpoint, c.Region = "", "us-east-1"
	return c
}

// signedFor is the region a request is signed for.
func signedFor(r *http.Request) string {
	if parts := strings.Split(r.Header.Get("Authorization"), "/"); len(parts) > 2 {
		return parts[2]
	}
	return ""
}

// A bucket in another region is found, however the store says so: by a header,
// in its text, only in the answer to a HEAD, or only as the bucket's location.
// Links are signed for the region found.
func TestOtherRegionIsFound(t *testing.T) {
	const real = "eu-north-1"
	moved := xmlError(301, "PermanentRedirect")
	located := answer(200, "application/xml", `<?xml version="1.0"?><LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`+real+`</LocationConstraint>`)
	malformed := answer(400, "application/xml", "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting '"+real+"'</Message></Error>")
	bare := answer(400, "application/xml", "<Error><Code>AuthorizationHeaderMalformed</Code><Message>The authorization header is malformed</Message></Error>")
	for name, wrong := range map[string]func(*http.Request) faulty{
		"301 with the header": func(*http.Request) faulty {
			return answer(301, "application/xml", "<Error><Code>PermanentRedirect</Code></Error>", "X-Amz-Bucket-Region", real)
		},
		"400 with the header": func(*http.Request) faulty {
			return answer(400, "application/xml", "<Error><Code>AuthorizationHeaderMalformed</Code></Error>", "X-Amz-Bucket-Region", real)
		},
		"400 that says it": func(*http.Request) faulty { return malformed },
		"only a HEAD tells": func(r *http.Request) faulty {
			if r.Method == http.MethodHead {
				return answer(403, "", "", "X-Amz-Bucket-Region", real)
			}
			return moved
		},
		"only the location tells": func(r *http.Request) faulty {
			if r.URL.Query().Has("location") {
				return located
			}
			if r.Method == http.MethodHead {
				return answer(400, "", "")
			}
			return bare
		},
	} {
		t.Run(name, func(t *testing.T) {
			var hosts []string
			b := opened(t, awsStore(), faulty(func(r *http.Request) (*http.Response, error) {
				hosts = append(hosts, r.URL.Host)
				if signedFor(r) != real {
					return wrong(r)(r)
				}
				return answer(200, "application/xml", oneKey)(r)
			}))
			if err := b.Check(t.Context()); err != nil || b.Region() != real {
				t.Fatalf("%v, region %s", err, b.Region())
			}
			if last := hosts[len(hosts)-1]; last != "cloth.s3."+real+".amazonaws.com" {
				t.Errorf("the last request went to %s", last)
			}
			l, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{})
			if err != nil || !strings.Contains(l.URL, "."+real+".amazonaws.com/") || !strings.Contains(l.URL, "%2F"+real+"%2Fs3") {
				t.Errorf("the link leads to %s, %v", l.URL, err)
			}
		})
	}
}

// What is still wrong in the region that the store names leaves the region as it
// was configured, and the error says both.
func TestWrongRegionThatStaysWrong(t *testing.T) {
	b := opened(t, awsStore(), answer(301, "application/xml", "<Error><Code>PermanentRedirect</Code></Error>", "X-Amz-Bucket-Region", "eu-north-1"))
	err := b.Check(t.Context())
	if b.Region() != "us-east-1" || err == nil || !strings.Contains(err.Error(), "not in region us-east-1 but in eu-north-1") {
		t.Errorf("region %s: %v", b.Region(), err)
	}
}

// A store that takes the bucket only in the host's name is found out by its
// first refusal, and that is remembered; links and addresses follow.
func TestHostStyleIsFoundOut(t *testing.T) {
	for _, said := range []faulty{xmlError(403, "SecondLevelDomainForbidden"), xmlError(404, "NoSuchBucket")} {
		var inPath, inHost atomic.Int32
		store := faulty(func(r *http.Request) (*http.Response, error) {
			if strings.HasPrefix(r.URL.Host, "cloth.") {
				inHost.Add(1)
				return answer(200, "application/xml", oneKey)(r)
			}
			inPath.Add(1)
			return said(r)
		})
		b := opened(t, fakeConfig(), store)
		for range 3 {
			if err := b.Check(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if inPath.Load() != 1 || inHost.Load() != 3 {
			t.Errorf("%d requests with the bucket in the path, %d in the host", inPath.Load(), inHost.Load())
		}
		l, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{})
		if err != nil || !strings.HasPrefix(l.URL, "https://cloth.s3.example.test/k?") || b.URL("k") != "https://cloth.s3.example.test/k" {
			t.Errorf("%s %s %v", l.URL, b.URL("k"), err)
		}
		fresh := opened(t, fakeConfig(), store)
		fresh.Locate(t.Context())
		if l, err = fresh.Presign(t.Context(), "k", s3ops.LinkOptions{}); err != nil || !strings.HasPrefix(l.URL, "https://cloth.") {
			t.Errorf("after Locate: %s %v", l.URL, err)
		}
	}
}

// A bucket that is not there stays not there: the other address is tried, and
// what it says is not taken for an answer. A fixed address is never changed.
func TestMissingBucketStaysMissing(t *testing.T) {
	for style, most := range map[string]int32{"auto": 2, "always": 1, "never": 1} {
		var asked atomic.Int32
		c := fakeConfig()
		c.PathStyle = style
		b := opened(t, c, faulty(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			if style == "auto" && strings.HasPrefix(r.URL.Host, "cloth.") {
				return xmlError(403, "AccessDenied")(r)
			}
			return xmlError(404, "NoSuchBucket")(r)
		}))
		err := b.Check(t.Context())
		wantKind(t, err, s3ops.ErrNoBucket)
		if asked.Load() != most {
			t.Errorf("%s: asked %d times", style, asked.Load())
		}
	}
}

// Locate asks nothing where nothing is guessed.
func TestLocateAsksOnlyWhatIsGuessed(t *testing.T) {
	var asked atomic.Int32
	count := faulty(func(r *http.Request) (*http.Response, error) {
		asked.Add(1)
		return answer(403, "application/xml", "<Error><Code>AccessDenied</Code></Error>", "X-Amz-Bucket-Region", "ap-south-1")(r)
	})
	opened(t, awsStore(), count).Locate(t.Context())
	if asked.Load() != 0 {
		t.Errorf("a known region is asked for %d times", asked.Load())
	}
	c := awsStore()
	c.Region = ""
	b := opened(t, c, count)
	if b.Locate(t.Context()); b.Region() != "ap-south-1" {
		t.Errorf("the region is %s", b.Region())
	}
}

// Who pays for requests says so with each of them, and in the address of links.
func TestRequesterPays(t *testing.T) {
	c := awsStore()
	c.RequestPayer = true
	var without []string
	b := opened(t, c, faulty(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("X-Amz-Request-Payer") != "requester" || !strings.Contains(r.Header.Get("Authorization"), "x-amz-request-payer") {
			without = append(without, r.Method+" "+r.URL.RawQuery)
		}
		return xmlError(403, "AccessDenied")(r)
	}))
	for name, deed := range deeds {
		if name != "source" && name != "save" {
			_ = deed(b)
		}
	}
	if len(without) > 0 {
		t.Errorf("without a payer: %q", without)
	}
	l, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{})
	u, _ := url.Parse(l.URL)
	if err != nil || u.Query().Get("x-amz-request-payer") != "requester" || u.Query().Get("X-Amz-SignedHeaders") != "host" {
		t.Errorf("%s %v", l.URL, err)
	}
}

// Without credentials requests are not signed, keys at hand are not used, and a
// link is refused with the plain address instead.
func TestAnonymous(t *testing.T) {
	c := awsStore()
	c.Anonymous = true
	var signed atomic.Int32
	b := opened(t, c, faulty(func(r *http.Request) (*http.Response, error) {
		if r.Header.Get("Authorization") != "" || r.URL.Query().Has("X-Amz-Signature") {
			signed.Add(1)
		}
		return answer(200, "application/xml", oneKey)(r)
	}))
	if err := b.Check(t.Context()); err != nil || signed.Load() != 0 {
		t.Errorf("%v, %d signed", err, signed.Load())
	}
	_, err := b.Presign(t.Context(), "k", s3ops.LinkOptions{})
	wantKind(t, err, s3ops.ErrCredentials)
	if err == nil || !strings.Contains(err.Error(), "https://cloth.s3.us-east-1.amazonaws.com/k") {
		t.Errorf("%v", err)
	}
	if _, err := b.Upload(t.Context(), "k", strings.NewReader("x"), s3ops.UploadOptions{Overwrite: true}); signed.Load() != 0 {
		t.Errorf("the upload was signed: %v", err)
	}
}
