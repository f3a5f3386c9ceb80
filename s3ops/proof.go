package s3ops

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// proof is what an object's bytes are checked against beyond their length: the
// digests of its stretches, or the digest of those. A stretch is the whole
// object or one of the parts it was uploaded in.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
type proof struct {
	name    string   // of the digest; "": there is nothing to check against
	sizes   []int64  // of the stretches, bytes; the last takes all that is left
	each    []string // of each stretch, base64; nil: not known
	over    string   // of all digests in a row, base64; "": not known
	guessed bool     // not every size was asked for: the parts are taken to be of one length
}

// noProof is said of objects of which nothing but the length can be verified.
const noProof = "the store keeps no checksum of it: only its length was verified"

// exactParts is how many parts are asked for their length before the rest is
// taken to be as long as the first.
const exactParts = 64

// proof finds out what to check against. Where the store does not tell, that is
// no error: there is less to check then.
func (r *reading) proof(ctx context.Context) (proof, error) {
	name, want, _ := strings.Cut(r.info.Checksum, ":")
	if newHash(name) != nil && !composite(want) {
		return proof{name: name, sizes: []int64{r.info.Size}, each: []string{want}}, nil
	}
	if newHash(name) != nil {
		if p, ok := r.attributes(ctx, name); ok {
			return p, nil
		}
		over, _, _ := strings.Cut(want, "-")
		if p, ok := r.parts(ctx, proof{name: name, over: over}, countOf(want)); ok {
			return p, nil
		}
	}
	if sum := r.info.md5(); sum != "" {
		return proof{name: "MD5", sizes: []int64{r.info.Size}, each: []string{sum}}, nil
	}
	if m := partsETag.FindStringSubmatch(r.info.ETag); m != nil && r.sums && !r.info.kms {
		raw, _ := hex.DecodeString(m[1])
		if p, ok := r.parts(ctx, proof{name: "MD5", over: base64.StdEncoding.EncodeToString(raw)}, countOf(r.info.ETag)); ok {
			return p, nil
		}
	}
	return proof{}, r.fail(r.attempt, ctx.Err())
}

// partsETag is that of an object uploaded in parts: the MD5 of the MD5s of its
// parts and their number.
var partsETag = regexp.MustCompile(`^([0-9a-fA-F]{32})-[0-9]+$`)

// countOf is the number of parts behind a checksum or ETag, 0 if none is there.
func countOf(sum string) int {
	n, _ := strconv.Atoi(sum[strings.LastIndexByte(sum, '-')+1:])
	return n
}

// md5 is the ETag as base64, if it is an MD5: of an object of one part, not
// encrypted with a key of KMS or the client.
func (i Info) md5() string {
	raw, err := hex.DecodeString(i.ETag)
	if err != nil || len(raw) != md5.Size || i.kms {
		return ""
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// attributes asks for the checksum of each part. It is not ok if the store does
// not tell, or tells what does not make up the object.
func (r *reading) attributes(ctx context.Context, name string) (p proof, ok bool) {
	p.name = name
	in := &s3.GetObjectAttributesInput{Bucket: &r.Bucket.name, Key: &r.key, VersionId: given(r.version),
		ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesObjectParts, types.ObjectAttributesEtag}, MaxParts: aws.Int32(1000)}
	total, been := int64(0), newPlaces()
	for {
		out, err := call(ctx, r.Bucket, r.attempt, r.s3.GetObjectAttributes, in)
		if err != nil || out.ObjectParts == nil || unquote(out.ETag) != r.info.ETag {
			return proof{}, false
		}
		for _, part := range out.ObjectParts.Parts {
			for _, s := range sumsOfPart(part) {
				if s.name == name && s.value != nil {
					if aws.ToInt64(part.Size) < 0 || len(p.sizes) == maxParts {
						return proof{}, false
					}
					p.sizes, p.each = append(p.sizes, aws.ToInt64(part.Size)), append(p.each, *s.value)
					total += aws.ToInt64(part.Size)
				}
			}
		}
		next := aws.ToString(out.ObjectParts.NextPartNumberMarker)
		if !aws.ToBool(out.ObjectParts.IsTruncated) || next == "" || !been.add(next) {
			return p, total == r.info.Size && total > 0
		}
		in.PartNumberMarker = &next
	}
}

// parts completes a proof over n parts with their sizes. It is not ok if the
// store does not tell.
func (r *reading) parts(ctx context.Context, p proof, n int) (proof, bool) {
	if n < 1 || n > maxParts {
		return proof{}, false
	}
	if n <= exactParts {
		return r.exact(ctx, p, n)
	}
	first, err := r.partSize(ctx, 1)
	last, lerr := r.partSize(ctx, n)
	if err != nil || lerr != nil || first*int64(n-1)+last != r.info.Size {
		return r.exact(ctx, p, n)
	}
	p.guessed = true
	for range n {
		p.sizes = append(p.sizes, first)
	}
	p.sizes[n-1] = last
	return p, true
}

// exact asks for the size of each part but the last.
func (r *reading) exact(ctx context.Context, p proof, n int) (proof, bool) {
	p.sizes, p.guessed = make([]int64, n), false
	g, asking := errgroup.WithContext(ctx)
	g.SetLimit(2 * partsAtOnce)
	for i := range n - 1 {
		g.Go(func() (err error) {
			p.sizes[i], err = r.partSize(asking, i+1)
			return err
		})
	}
	if g.Wait() != nil {
		return proof{}, false
	}
	left := r.info.Size
	for _, s := range p.sizes {
		left -= s
	}
	p.sizes[n-1] = left
	return p, left > 0 || r.info.Size == 0
}

// partSize is the length of one part, from 1, in bytes.
func (r *reading) partSize(ctx context.Context, n int) (int64, error) {
	out, err := call(ctx, r.Bucket, r.attempt, r.s3.HeadObject, &s3.HeadObjectInput{Bucket: &r.Bucket.name, Key: &r.key,
		VersionId: given(r.version), IfMatch: quoted(r.info.ETag), PartNumber: aws.Int32(int32(n))})
	if err != nil {
		return 0, err
	}
	return aws.ToInt64(out.ContentLength), nil
}

// errChecksum is what a check ends in that does not come out.
var errChecksum = errors.New("the bytes do not have the object's checksum")

// check takes an object's bytes in order and says whether they are its.
type check struct {
	proof
	now, all hash.Hash // of the stretch at hand; of the digests so far
	n        int       // stretch at hand, from 0
	left     int64     // bytes missing in it
	bad      bool
}

func (p proof) check() *check {
	c := &check{proof: p}
	if p.name != "" {
		c.now, c.all, c.left = newHash(p.name), newHash(p.name), p.sizes[0]
	}
	return c
}

func (c *check) Write(b []byte) (int, error) {
	whole := len(b)
	for c.now != nil && len(b) > 0 {
		if c.left == 0 && c.n < len(c.sizes)-1 {
			c.end()
			c.n++
			c.left = c.sizes[c.n]
			continue
		}
		n := len(b)
		if c.n < len(c.sizes)-1 {
			n = int(min(int64(n), c.left))
		}
		c.now.Write(b[:n])
		b, c.left = b[n:], c.left-int64(n)
	}
	return whole, nil
}

// end closes the stretch at hand.
func (c *check) end() {
	sum := c.now.Sum(nil)
	c.now.Reset()
	c.all.Write(sum)
	if c.each != nil && base64.StdEncoding.EncodeToString(sum) != c.each[c.n] {
		c.bad = true
	}
}

// result is asked for after the last byte, once.
func (c *check) result() error {
	if c.now == nil {
		return nil
	}
	for ; c.n < len(c.sizes); c.n++ {
		c.end()
	}
	if c.bad || c.over != "" && base64.StdEncoding.EncodeToString(c.all.Sum(nil)) != c.over {
		return errChecksum
	}
	return nil
}

// of checks a file, several of its stretches at a time.
func (p proof) of(ctx context.Context, f io.ReaderAt, size int64) error {
	if p.name == "" {
		return nil
	}
	sums := make([][]byte, len(p.sizes))
	g, reading := errgroup.WithContext(ctx)
	g.SetLimit(partsAtOnce)
	var at int64
	for i, n := range p.sizes {
		if i == len(p.sizes)-1 {
			n = size - at
		}
		part := io.NewSectionReader(f, at, n)
		at += n
		g.Go(func() error {
			h := newHash(p.name)
			_, err := io.CopyBuffer(h, struct{ io.Reader }{untilDone{reading, part}}, make([]byte, copyBuffer))
			sums[i] = h.Sum(nil)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	all := newHash(p.name)
	for i, s := range sums {
		if all.Write(s); p.each != nil && base64.StdEncoding.EncodeToString(s) != p.each[i] {
			return errChecksum
		}
	}
	if p.over != "" && base64.StdEncoding.EncodeToString(all.Sum(nil)) != p.over {
		return errChecksum
	}
	return nil
}

// proves checks a file of the object's length by p.
func (r *reading) proves(ctx context.Context, p proof, f io.ReaderAt) error {
	err := p.of(ctx, f, r.info.Size)
	if !errors.Is(err, errChecksum) || !p.guessed {
		return err
	}
	// The parts were not of one length after all.
	if p, ok := r.exact(ctx, p, len(p.sizes)); ok {
		return p.of(ctx, f, r.info.Size)
	}
	return err
}

// Holds tells whether a file of the object's length holds the bytes of an object
// that Stat told of, by the checksum the store keeps: its own, else the MD5 that
// its ETag is made of. It is not known if the store keeps neither.
func (b *Bucket) Holds(ctx context.Context, i Info, f io.ReaderAt) (same, known bool, err error) {
	r := &reading{Bucket: b, attempt: attempt{op: "compare", key: i.Key}, info: i, version: i.VersionID}
	p, err := r.proof(ctx)
	if err != nil || p.name == "" {
		return false, false, err
	}
	switch err = r.proves(ctx, p, f); {
	case errors.Is(err, errChecksum):
		return false, true, nil
	case err != nil:
		return false, false, r.fail(r.attempt, err)
	}
	return true, true, nil
}

// untilDone is a reader that ends with its context.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}
