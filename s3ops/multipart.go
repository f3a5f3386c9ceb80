package s3ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

const (
	partsAtOnce = 4      // of one upload
	maxParts    = 10_000 // S3's limit
	// commitTime is how long the requests that open, close or clear away an
	// upload may take. They are not given up halfway when the caller is, since
	// then nobody would know what became of them.
	commitTime = 10 * time.Minute
	clearTime  = 20 * time.Second
)

// part is one part of an upload: its bytes, which can be read again.
type part struct {
	number int32 // from 1
	body   *io.SectionReader
	done   func() // gives its memory back
}

// parts cuts a source into parts. next ends with io.EOF.
type parts interface{ next() (part, error) }

// fileParts reads the parts of a file from where they are, without a copy.
type fileParts struct {
	f          *os.File
	size, part int64
	at         int64
	n          int32
}

func (p *fileParts) next() (part, error) {
	if p.at >= p.size {
		return part{}, io.EOF
	}
	p.n++
	body := io.NewSectionReader(p.f, p.at, min(p.part, p.size-p.at))
	p.at += body.Size()
	return part{number: p.n, body: body, done: func() {}}, nil
}

// streamParts holds each part in memory until it is sent. The parts of a stream
// of unknown length grow, so that 10,000 of them take some 500 GiB.
type streamParts struct {
	first []byte // already read, one full base part or less
	r     io.Reader
	base  int64
	n     int32
	free  sync.Pool
	ended bool
}

func (p *streamParts) next() (part, error) {
	if p.ended {
		return part{}, io.EOF
	}
	size := p.base << min(p.n/1000, 3)
	buf, have := p.first, len(p.first)
	if p.first = nil; int64(have) != size {
		if b, ok := p.free.Get().(*[]byte); ok && int64(len(*b)) == size {
			buf, have = *b, copy(*b, buf)
		} else {
			grown := make([]byte, size)
			buf, have = grown, copy(grown, buf)
		}
	}
	n, err := io.ReadFull(p.r, buf[have:])
	n += have
	switch {
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		p.ended = true
		if n == 0 {
			return part{}, io.EOF
		}
	case err != nil:
		return part{}, fmt.Errorf("read the source: %w", err)
	}
	p.n++
	return part{number: p.n, body: io.NewSectionReader(bytes.NewReader(buf[:n]), 0, int64(n)), done: func() { p.free.Put(&buf) }}, nil
}

// inParts writes the object by a multipart upload, and clears it away if
// anything fails or ctx ends.
func (u *upload) inParts(ctx context.Context, from parts) (Object, error) {
	if !u.options.Overwrite || u.options.IfMatch != "" {
		// The store looks again when the upload is closed; to look now as well
		// spares the sending of gigabytes for nothing.
		if err := u.look(ctx); err != nil && !errors.Is(err, ErrDenied) {
			return Object{}, err
		}
	}
	in := &s3.CreateMultipartUploadInput{Bucket: &u.name, Key: &u.key, ContentType: given(u.kind),
		CacheControl: given(u.options.CacheControl), Metadata: u.metadata}
	if u.sums {
		in.ChecksumAlgorithm, in.ChecksumType = types.ChecksumAlgorithmCrc64nvme, types.ChecksumTypeFullObject
	}
	id, err := u.begin(ctx, u.attempt, in)
	if err != nil {
		return Object{}, err
	}
	sent, err := u.send(ctx, id, from)
	if err == nil && u.unchanged != nil && !u.unchanged() {
		err = u.invalid(u.attempt, "the file changed while it was uploaded", "upload it again when it no longer changes")
	}
	if err == nil && u.options.Size > 0 && sent.size != u.options.Size {
		err = u.wrongSize()
	}
	if err != nil {
		u.abort(ctx, u.key, id)
		return Object{}, err
	}
	return u.complete(ctx, id, sent)
}

// begin opens a multipart upload.
func (b *Bucket) begin(ctx context.Context, a attempt, in *s3.CreateMultipartUploadInput) (string, error) {
	opening, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return "", b.fail(a, err)
	}
	out, err := call(opening, b, a, func(ctx context.Context, in *s3.CreateMultipartUploadInput, opts ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error) {
		// Else the SDK would choose a checksum where we chose none.
		return b.s3.CreateMultipartUpload(ctx, in, append(opts, func(o *s3.Options) {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		})...)
	}, in)
	if err != nil {
		return "", err
	}
	return aws.ToString(out.UploadId), nil
}

// abort clears an unfinished upload away; its parts would cost money for ever.
// What it cannot clear, a lifecycle rule must.
func (b *Bucket) abort(ctx context.Context, key, id string) {
	clearing, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTime)
	defer cancel()
	_, _ = call(clearing, b, attempt{op: "abort upload of", key: key}, b.s3.AbortMultipartUpload,
		&s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: &id})
}

// sentParts is what was sent: its parts in order, its length and checksum.
type sentParts struct {
	parts []types.CompletedPart
	size  int64
	crc   *string // base64, nil if not kept
}

func (u *upload) send(ctx context.Context, id string, from parts) (sentParts, error) {
	type sent struct {
		part types.CompletedPart
		size int64
		crc  uint64
	}
	var mu sync.Mutex
	var all []sent
	g, sending := errgroup.WithContext(ctx)
	g.SetLimit(partsAtOnce)
	var err error
	for sending.Err() == nil {
		var p part
		if p, err = from.next(); err != nil {
			break
		}
		if p.number > maxParts {
			err = &Error{Op: u.op, Bucket: u.name, Key: u.key, Kind: ErrInvalid,
				Why: "the stream is too long for an upload of unknown size", Remedy: "upload it from a file"}
			break
		}
		g.Go(func() error {
			defer p.done()
			done, crc, err := u.sendPart(sending, id, p)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, sent{done, p.body.Size(), crc})
			return nil
		})
	}
	// What stopped the parts comes before what stopped the reading of more.
	if werr := g.Wait(); werr != nil {
		return sentParts{}, u.fail(u.attempt, werr)
	}
	if ctx.Err() != nil {
		return sentParts{}, u.fail(u.attempt, ctx.Err())
	}
	if err != io.EOF {
		return sentParts{}, u.fail(u.attempt, err)
	}
	slices.SortFunc(all, func(x, y sent) int { return int(*x.part.PartNumber - *y.part.PartNumber) })
	var s sentParts
	var crc uint64
	for _, x := range all {
		s.parts = append(s.parts, x.part)
		s.size += x.size
		crc = joinCRC(crc, x.crc, x.size)
	}
	if u.sums {
		s.crc = aws.String(encodeCRC(crc))
	}
	return s, nil
}

func (u *upload) sendPart(ctx context.Context, id string, p part) (types.CompletedPart, uint64, error) {
	crc, md, raw, err := u.digest(p.body)
	if err != nil {
		return types.CompletedPart{}, 0, err
	}
	if _, err := p.body.Seek(0, io.SeekStart); err != nil {
		return types.CompletedPart{}, 0, err
	}
	ctx, _ = u.metered(ctx)
	in := &s3.UploadPartInput{Bucket: &u.name, Key: &u.key, UploadId: &id, PartNumber: &p.number, Body: p.body,
		ContentLength: aws.Int64(p.body.Size()), ChecksumCRC64NVME: crc, ContentMD5: md}
	out, err := call(ctx, u.Bucket, u.attempt, u.s3.UploadPart, in)
	if err != nil {
		return types.CompletedPart{}, 0, err
	}
	return types.CompletedPart{PartNumber: &p.number, ETag: out.ETag, ChecksumCRC64NVME: crc}, raw, nil
}

// complete closes the upload: only now the object is there.
func (u *upload) complete(ctx context.Context, id string, s sentParts) (Object, error) {
	ifMatch, ifNoneMatch := u.conditions()
	in := &s3.CompleteMultipartUploadInput{Bucket: &u.name, Key: &u.key, UploadId: &id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: s.parts}, IfMatch: ifMatch, IfNoneMatch: ifNoneMatch}
	if s.crc != nil {
		in.ChecksumCRC64NVME, in.ChecksumType, in.MpuObjectSize = s.crc, types.ChecksumTypeFullObject, &s.size
	}
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitTime)
	defer cancel()
	var count atomic.Int32
	counted := context.WithValue(closing, tries{}, &count)
	out, err := call(counted, u.Bucket, u.attempt, u.s3.CompleteMultipartUpload, in)
	if code(err) == "NotImplemented" && (ifMatch != nil || ifNoneMatch != nil) {
		if err = u.look(closing); err == nil {
			in.IfMatch, in.IfNoneMatch = nil, nil
			out, err = call(counted, u.Bucket, u.attempt, u.s3.CompleteMultipartUpload, in)
		}
	}
	if err != nil {
		u.abort(ctx, u.key, id)
		return u.refused(closing, err, s.size, s.crc, count.Load() > 1)
	}
	if s.crc != nil && out.ChecksumCRC64NVME != nil && *out.ChecksumCRC64NVME != *s.crc {
		return Object{}, u.fail(u.attempt, errMismatch)
	}
	return u.written(s.size, out.ETag, out.VersionId, out.ResultMetadata), nil
}
