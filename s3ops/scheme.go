package s3ops

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// scheme is what guards the bytes of an upload, the best first. Which of them a
// store takes is found out once for each bucket.
type scheme int32

const (
	wholeCRC scheme = iota // CRC-64/NVME, kept by the store for the whole object even if that came in parts
	partsCRC               // CRC-32C, of an object in parts the checksum of their checksums
	onlyMD5                // Content-MD5 of each request, which the store looks at and forgets
	noSum                  // none
)

// schemes are the first and the last that may be used by the setting of checksums.
func schemes(setting string) (first, last scheme) {
	switch setting {
	case "never":
		return noSum, noSum
	case "always":
		return wholeCRC, wholeCRC
	}
	return wholeCRC, onlyMD5
}

// digest is what the body of one request comes to.
type digest struct {
	scheme scheme
	raw    []byte
	size   int64 // bytes read
}

// errShrunk is what a file comes to that lost its end while it was read.
var errShrunk = errors.New("the file became shorter while it was uploaded")

// of reads a body from its start to its end, and puts it back to its start.
func (s scheme) of(body *io.SectionReader) (digest, error) {
	d := digest{scheme: s}
	if _, err := body.Seek(0, io.SeekStart); err != nil {
		return d, err
	}
	if s == noSum {
		d.size = body.Size()
		return d, nil
	}
	h := newHash(map[scheme]string{wholeCRC: "CRC64NVME", partsCRC: "CRC32C"}[s])
	if s == onlyMD5 {
		h = md5.New()
	}
	var err error
	if memory, ok := inMemory(body); ok {
		d.size, err = memory.WriteTo(h)
	} else {
		d.size, err = io.CopyBuffer(h, struct{ io.Reader }{body}, make([]byte, min(64<<10, body.Size()+1)))
	}
	if err != nil {
		return d, err
	}
	if d.size != body.Size() {
		return d, errShrunk
	}
	d.raw = h.Sum(nil)
	_, err = body.Seek(0, io.SeekStart)
	return d, err
}

// inMemory is what a body reads from, from its beginning, if it is all in memory
// and can be digested without another copy.
func inMemory(body *io.SectionReader) (*bytes.Reader, bool) {
	under, from, size := body.Outer()
	memory, ok := under.(*bytes.Reader)
	if !ok || from != 0 || size != memory.Size() {
		return nil, false
	}
	_, err := memory.Seek(0, io.SeekStart)
	return memory, err == nil
}

// as is the digest in base64 if it is of that scheme, or else nil.
func (d digest) as(s scheme) *string {
	if d.scheme != s || s == noSum {
		return nil
	}
	return aws.String(base64.StdEncoding.EncodeToString(d.raw))
}

// agrees tells whether an answer's checksums, if it has any, are the digest's.
func (d digest) agrees(nvme, crc32c *string) bool {
	for s, got := range map[scheme]*string{wholeCRC: nvme, partsCRC: crc32c} {
		if want := d.as(s); want != nil && got != nil && *got != *want {
			return false
		}
	}
	return true
}

// joined is what the digests of an object's parts come to together.
func joined(s scheme, parts []finished) digest {
	whole := digest{scheme: s}
	var crc uint64
	var step bitMap // of so many zero bytes
	length := int64(-1)
	for _, p := range parts {
		whole.size += p.size
		switch s {
		case wholeCRC:
			if p.size != length {
				length, step = p.size, nvme.zeros(p.size)
			}
			crc = apply(step, crc) ^ binary.BigEndian.Uint64(p.raw)
		case partsCRC:
			whole.raw = append(whole.raw, p.raw...)
		}
	}
	switch s {
	case wholeCRC:
		whole.raw = binary.BigEndian.AppendUint64(nil, crc)
	case partsCRC:
		h := newHash("CRC32C")
		h.Write(whole.raw)
		whole.raw = h.Sum(nil)
	}
	return whole
}

// kinds are the algorithm and type under which an upload in parts is opened.
func (s scheme) kinds() (types.ChecksumAlgorithm, types.ChecksumType) {
	switch s {
	case wholeCRC:
		return types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject
	case partsCRC:
		return types.ChecksumAlgorithmCrc32c, types.ChecksumTypeComposite
	}
	return "", ""
}

// unsummed keeps the SDK from adding a checksum of its own choice.
func unsummed(o *s3.Options) {
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
}

// suiting makes a write by the best scheme and the conditions that the store
// takes. Old stores know neither the newer checksums nor conditions, and say
// so in many ways: what helps is remembered, so that it is found out once. do is
// told whether to send the upload's conditions; if not, what is there has just
// been looked at.
func (u *upload) suiting(ctx context.Context, conditions bool, do func(s scheme, conditional bool) error) error {
	conditions = conditions && (u.options.IfMatch != "" || !u.options.Overwrite)
	var first error
	for conditional := conditions && !u.blind.Load(); ; conditional = false {
		if conditions && !conditional {
			if err := u.look(ctx); err != nil {
				return err
			}
		}
		begun := scheme(u.scheme.Load())
		for s := begun; ; s++ {
			err := do(s, conditional)
			if first == nil {
				first = err
			}
			if err == nil || !refusesSum(err) {
				if s != begun {
					u.scheme.Store(int32(s))
				}
				if conditions && !conditional && err == nil {
					u.blind.Store(true)
				}
				return err
			}
			if s >= u.least {
				break
			}
		}
		if !conditional || !strings.HasSuffix(code(first), "NotImplemented") {
			return u.insisting(first)
		}
	}
}

// refusesSum tells whether a store may mean the checksum by its refusal.
func refusesSum(err error) bool {
	if errors.Is(err, ErrDenied) {
		return false
	}
	switch code(err) {
	case "NotImplemented", "XNotImplemented", "BadRequest", "InvalidRequest", "InvalidArgument", "UnsupportedArgument", "MalformedXML", "InvalidChecksum", "MissingContentMD5":
		return true
	case "", "UnknownError":
		return status(err) == 400 || status(err) == 501
	}
	return false
}

// insisting says of a refusal that it may be for the checksum the user insists on.
func (u *upload) insisting(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || u.least != wholeCRC || u.strict {
		return err
	}
	plain := *e
	plain.Remedy = "set checksums to \"auto\" if the store is too old for those of today: now it is \"always\""
	return &plain
}

// multipartETag is the ETag that S3 gives an object in parts: the MD5 of the
// parts' MD5s, and their number; "" if the parts' ETags are no MD5s.
func multipartETag(parts []finished) string {
	h := md5.New()
	for _, p := range parts {
		raw := md5ETag(p.etag)
		if raw == nil {
			return ""
		}
		h.Write(raw)
	}
	return fmt.Sprintf("%x-%d", h.Sum(nil), len(parts))
}

// md5ETag is the MD5 that an ETag is, or nil if it has not that form.
func md5ETag(etag string) []byte {
	raw, err := hex.DecodeString(unquote(&etag))
	if err != nil || len(raw) != md5.Size {
		return nil
	}
	return raw
}
