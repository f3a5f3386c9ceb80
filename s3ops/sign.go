package s3ops

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Links are signed here and not by the SDK, which builds a stack of middleware
// for each: ten thousand of them should not take seconds. The result is the
// same to the byte, and where it leads is asked of the SDK.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html

// linkBase is what all links to a bucket have in common.
type linkBase struct {
	region  string // that the bucket had when this was asked
	inPath  bool   // as was the way to address it
	origin  string // https://host:port
	host    string // as it is signed: without a port that goes without saying
	path    string // before the key, escaped, with slashes around it
	signing string // region/service of the signature
}

// signingKey is the key of a day, which takes four digests to derive.
type signingKey struct {
	secret, scope string
	key           []byte
}

// request is a request to be signed in its address.
type request struct {
	method, key string
	kind        string   // Content-Type it must have; "" for any
	query       []string // further parameters, names and values in turns
}

// linkBase learns from the SDK where links of this bucket lead: endpoint rules,
// path style and partitions are its business.
func (b *Bucket) linkBase(ctx context.Context) (*linkBase, error) {
	region, inPath := b.Region(), b.path.Load()
	if known := b.links.Load(); known != nil && known.region == region && known.inPath == inPath {
		return known, nil
	}
	signer := s3.NewPresignClient(b.s3, s3.WithPresignClientFromClientOptions(b.where, func(o *s3.Options) {
		// A client made of another writes into what the other's requests read, unless
		// it has this of its own (service/s3 v1.114.9, finalizeExpressCredentials).
		o.ExpressCredentials = nil
	}))
	r, err := signer.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: aws.String("k")})
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return nil, err
	}
	scope := strings.Split(u.Query().Get("X-Amz-Credential"), "/")
	path, ok := strings.CutSuffix(u.EscapedPath(), "k")
	n := len(scope)
	if !ok || n < 5 || scope[n-1] != "aws4_request" || scope[n-2] != "s3" {
		return nil, errors.New("links to a bucket of this kind have a signature of their own, which weft does not make")
	}
	base := &linkBase{region: region, inPath: inPath, origin: u.Scheme + "://" + u.Host, host: u.Host, path: path, signing: scope[n-3] + "/" + scope[n-2]}
	if p := u.Port(); p == "80" && u.Scheme == "http" || p == "443" && u.Scheme == "https" {
		base.host = u.Hostname()
	}
	b.links.Store(base)
	return base, nil
}

// sign gives the address of a request, signed for a life from at on.
func (b *Bucket) sign(base *linkBase, c aws.Credentials, r request, life time.Duration, at time.Time) string {
	at = at.UTC()
	stamp := at.Format("20060102T150405Z")
	scope := stamp[:8] + "/" + base.signing + "/aws4_request"
	signed, headers := "host", "host:"+base.host+"\n"
	if r.kind != "" {
		signed, headers = "content-type;host", "content-type:"+oneSpace(r.kind)+"\n"+headers
	}
	query := append([]string{
		"X-Amz-Algorithm", "AWS4-HMAC-SHA256",
		"X-Amz-Credential", c.AccessKeyID + "/" + scope,
		"X-Amz-Date", stamp,
		"X-Amz-Expires", strconv.FormatInt(int64(life/time.Second), 10),
		"X-Amz-SignedHeaders", signed,
	}, r.query...)
	if c.SessionToken != "" {
		query = append(query, "X-Amz-Security-Token", c.SessionToken)
	}
	path := base.path + escapePath(r.key)
	asked := canonicalQuery(query)
	digest := sha256.Sum256([]byte(r.method + "\n" + path + "\n" + asked + "\n" + headers + "\n" + signed + "\nUNSIGNED-PAYLOAD"))
	text := "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hex.EncodeToString(digest[:])
	return base.origin + path + "?" + asked + "&X-Amz-Signature=" + hex.EncodeToString(mac(b.signingKey(c.SecretAccessKey, scope), text))
}

// canonicalQuery writes parameters, names and values in turns, in the order in
// which they are signed: that of the bytes after escaping.
func canonicalQuery(pairs []string) string {
	all := make([]string, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		p := make([]byte, 0, len(pairs[i])+2*len(pairs[i+1]))
		p = append(appendEscaped(p, pairs[i], false), '=')
		p = appendEscaped(p, pairs[i+1], false)
		all = append(all, string(p))
	}
	// Sorting whole pairs does what sorting by name would: no name here begins
	// with another.
	slices.Sort(all)
	return strings.Join(all, "&")
}

// signingKey derives the key for a scope, or remembers it.
func (b *Bucket) signingKey(secret, scope string) []byte {
	if k := b.signer.Load(); k != nil && k.secret == secret && k.scope == scope {
		return k.key
	}
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	b.signer.Store(&signingKey{secret, scope, key})
	return key
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// oneSpace is a header's value as it is signed: spaces trimmed, and one where
// there are many.
func oneSpace(s string) string {
	s = strings.TrimSpace(s)
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}
