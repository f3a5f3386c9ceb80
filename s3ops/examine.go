package s3ops

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// What "weft doctor" asks of a bucket.

// Identity is what requests are signed with; the secret is not in it.
type Identity struct {
	KeyID   string    // masked but for its last four characters
	Source  string    // the SDK's name for where it came from
	Expires time.Time // zero: it does not, or nobody says when
	Session bool      // temporary, with a session token
}

// Identity finds the credentials, as every request does.
func (b *Bucket) Identity(ctx context.Context) (Identity, error) {
	c, err := b.s3.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return Identity{}, b.fail(attempt{op: "find credentials for"}, fmt.Errorf("get credentials: %w", err))
	}
	id := Identity{KeyID: "****", Source: printable(c.Source), Session: c.SessionToken != ""}
	if n := len(c.AccessKeyID); n >= 12 {
		id.KeyID += printable(c.AccessKeyID[n-4:])
	}
	if c.CanExpire {
		id.Expires = c.Expires
	}
	return id, nil
}

// Account is a fingerprint of the credentials' key id, by which two processes find
// whether they have the same; "" without any. No secret follows from it.
func (b *Bucket) Account(ctx context.Context) (string, error) {
	keys := b.s3.Options().Credentials
	if keys == nil {
		return "", nil
	}
	c, err := keys.Retrieve(ctx)
	if err != nil {
		return "", b.fail(attempt{op: "find credentials for"}, fmt.Errorf("get credentials: %w", err))
	}
	if c.AccessKeyID == "" {
		return "", nil
	}
	sum := sha256.Sum256([]byte(c.AccessKeyID))
	return hex.EncodeToString(sum[:6]), nil
}

// Reached is what answers at the endpoint.
type Reached struct {
	Host  string
	Took  time.Duration // from the question to the first byte of the answer
	Date  time.Time     // the answer's own time, whole seconds; zero: none
	TLS   string        // "TLS 1.3"; "" for plain HTTP
	Until time.Time     // end of the certificate
}

// Reach asks the endpoint for nothing in particular, without a signature: any
// answer shows that names, network, proxy and TLS do their work.
func (b *Bucket) Reach(ctx context.Context) (Reached, error) {
	a := attempt{op: "reach"}
	base := "https://" + b.host()
	if e := b.s3.Options().BaseEndpoint; e != nil {
		base = *e
	}
	u, err := url.Parse(base)
	if err != nil {
		return Reached{}, b.fail(a, err)
	}
	u.Path = "/"
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return Reached{}, b.fail(a, err)
	}
	begun := time.Now()
	resp, err := b.s3.Options().HTTPClient.Do(req)
	if err != nil {
		return Reached{}, b.fail(a, err)
	}
	defer resp.Body.Close()
	r := Reached{Host: b.host(), Took: time.Since(begun)}
	r.Date, _ = http.ParseTime(resp.Header.Get("Date"))
	if resp.TLS != nil {
		r.TLS = tls.VersionName(resp.TLS.Version)
		if len(resp.TLS.PeerCertificates) > 0 {
			r.Until = resp.TLS.PeerCertificates[0].NotAfter
		}
	}
	return r, nil
}

// Look lists one key below a prefix, to learn whether that is allowed and
// whether there is anything.
func (b *Bucket) Look(ctx context.Context, prefix string) (empty bool, err error) {
	out, err := call(ctx, b, attempt{op: "list", key: prefix}, b.s3.ListObjectsV2, &s3.ListObjectsV2Input{
		Bucket: &b.name, Prefix: given(prefix), MaxKeys: aws.Int32(1), EncodingType: types.EncodingTypeUrl})
	return err == nil && len(out.Contents) == 0, err
}

// Abilities are what a store does with a write.
type Abilities struct {
	Conditional bool // If-None-Match: * keeps an object from being replaced
	Checked     bool // a wrong checksum is refused
	Kept        bool // the checksum is kept and told
}

// Try finds out what the store can do, by a small object below prefix that it
// removes again, with its versions. The error is why nothing could be written,
// or why the object is still there.
func (b *Bucket) Try(ctx context.Context, prefix string) (Abilities, error) {
	var id [8]byte
	_, _ = rand.Read(id[:])
	key := prefix + "doctor-" + hex.EncodeToString(id[:])
	a := attempt{op: "write", key: key}
	if err := b.writeKey(a, key); err != nil {
		return Abilities{}, err
	}
	var versions []string
	put := func(condition *string, text, checksum string) error {
		in := &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: strings.NewReader(text), IfNoneMatch: condition, ContentType: aws.String("text/plain")}
		if b.sums {
			in.ChecksumCRC64NVME = &checksum
		}
		out, err := call(ctx, b, a, b.s3.PutObject, in)
		if err == nil {
			versions = append(versions, aws.ToString(out.VersionId))
		}
		return err
	}
	const text = "weft doctor looks what this store can do, and takes this away again.\n"
	good := crcOf(text)
	var can Abilities
	defer func() { // whatever went wrong, nothing may be left
		if len(versions) > 0 {
			_ = b.takeAway(context.WithoutCancel(ctx), key, versions)
		}
	}()
	err := put(aws.String("*"), text, good)
	if code(err) == "NotImplemented" {
		if err = put(nil, text, good); err != nil {
			return can, err
		}
	} else if err != nil {
		return can, err
	} else {
		err := put(aws.String("*"), text, good)
		can.Conditional = status(err) == http.StatusPreconditionFailed || status(err) == http.StatusConflict
	}
	if b.sums {
		err := put(nil, text, crcOf("something else"))
		can.Checked = err != nil && status(err) == http.StatusBadRequest
		if now, serr := b.stat(ctx, a, key, ""); serr == nil {
			can.Kept = now.Checksum == "CRC64NVME:"+good
		}
	}
	left := versions
	versions = nil
	return can, b.takeAway(ctx, key, left)
}

// takeAway removes an object and the versions of it that are named.
func (b *Bucket) takeAway(ctx context.Context, key string, versions []string) error {
	ctx, cancel := context.WithTimeout(ctx, clearTime)
	defer cancel()
	a := attempt{op: "remove", key: key, iam: "s3:DeleteObjectVersion"}
	for _, v := range versions {
		if v == "" || v == "null" {
			a.iam = "s3:DeleteObject"
			v = ""
		}
		if _, err := call(ctx, b, a, b.s3.DeleteObject, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key, VersionId: given(v)}); err != nil {
			return err
		}
	}
	return nil
}

func crcOf(text string) string {
	return encodeCRC(nvme.update(0, []byte(text)))
}
