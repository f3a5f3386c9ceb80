package s3ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	partsAtOnce = 4                // of one upload
	maxParts    = 10_000           // S3's limit
	commitTime  = 10 * time.Minute // of the requests that open or close an upload, at most
	clearTime   = 20 * time.Second // of those that clear one away
)

// part is one part of an upload: its bytes, which can be read again.
type part struct {
	number int32 // from 1
	body   *io.SectionReader
	held   *held // the same bytes, if they are in memory
}

// parts cuts a source into parts. next ends with io.EOF.
type parts interface{ next() (part, error) }

// fileParts reads the parts of a file from where they are, without a copy.
type fileParts struct {
	f          io.ReaderAt
	size, part int64
	n          int32
}

func (p *fileParts) next() (part, error) {
	body := p.section(p.n + 1)
	if body == nil {
		return part{}, io.EOF
	}
	p.n++
	return part{number: p.n, body: body}, nil
}

// section is the n-th part, from 1; nil if there is none.
func (p *fileParts) section(n int32) *io.SectionReader {
	at := int64(n-1) * p.part
	if n < 1 || at >= p.size {
		return nil
	}
	return io.NewSectionReader(p.f, at, min(p.part, p.size-at))
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
	return heldPart(p.n, buf[:n], func() { p.free.Put(&buf) }), nil
}

// heldPart is a part whose bytes are in memory.
func heldPart(number int32, b []byte, free func()) part {
	return part{number: number, body: io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), held: newHeld(b, free)}
}

// hold reads a part of a file into memory, if there is room.
func (u *upload) hold(p part) (part, error) {
	if p.held != nil {
		return p, nil
	}
	b, free := u.room.take(p.body.Size())
	if b == nil {
		return p, nil
	}
	n, err := p.body.ReadAt(b, 0)
	if n == len(b) {
		return heldPart(p.number, b, free), nil
	}
	free()
	if err == io.EOF {
		err = errShrunk
	}
	return p, err
}

// opening is an upload in parts that is open in the store.
type opening struct {
	id     string
	scheme scheme
	have   map[int32]finished // its parts that need not be sent again
}

// finished is a part that is in the store.
type finished struct {
	number int32
	etag   string
	digest
}

// inParts writes the object by a multipart upload. If anything fails or ctx
// ends, the upload is cleared away, or left open to be gone on with if r
// remembers it and kept says so.
func (u *upload) inParts(ctx context.Context, from parts, r *record) (Object, error) {
	open, err := u.open(ctx, from, r)
	if err != nil {
		return Object{}, err
	}
	sent, err := u.send(ctx, open, from)
	if err == nil && u.options.Size > 0 && sizeOf(sent) != u.options.Size {
		err = u.wrongSize()
	}
	if u.unchanged != nil && !u.unchanged() {
		err = u.changed(err)
	}
	if err != nil {
		return Object{}, u.leave(ctx, open.id, r, err)
	}
	return u.complete(ctx, open, sent, r)
}

// open finds the upload to go on with, or opens one.
func (u *upload) open(ctx context.Context, from parts, r *record) (opening, error) {
	if !u.options.Overwrite || u.options.IfMatch != "" {
		// The store looks again when the upload is closed; to look now as well
		// spares the sending of gigabytes for nothing.
		if err := u.look(ctx); err != nil && !errors.Is(err, ErrDenied) {
			return opening{}, u.leave(ctx, r.id(), r, err)
		}
	}
	if file, ok := from.(*fileParts); ok && r != nil {
		open, err := u.reopen(ctx, r, file)
		if err != nil || open.id != "" {
			return open, err
		}
	}
	var open opening
	err := u.suiting(ctx, false, func(s scheme, _ bool) (err error) {
		in := &s3.CreateMultipartUploadInput{Bucket: &u.name, Key: &u.key, ContentType: given(u.kind),
			CacheControl: given(u.options.CacheControl), Metadata: u.metadata}
		in.ChecksumAlgorithm, in.ChecksumType = s.kinds()
		r.begin(s)
		open.scheme = s
		open.id, err = u.begin(ctx, u.attempt, in)
		return err
	})
	if err != nil {
		return opening{}, u.leave(ctx, "", r, err)
	}
	if err := r.opened(open.id); err != nil {
		u.note("if it is interrupted, it cannot be gone on with: " + err.Error())
	}
	return open, nil
}

// leave ends an upload that came to err: it is kept, if it can be gone on with,
// or cleared away and forgotten.
func (u *upload) leave(ctx context.Context, id string, r *record, err error) error {
	if r != nil && kept(ctx, err) {
		if e, ok := errors.AsType[*Error](err); ok && id != "" {
			later := *e
			if later.Remedy != "" {
				later.Remedy += "; "
			}
			later.Remedy += "what was sent is kept: upload it again to go on from there"
			return &later
		}
		return err
	}
	if id != "" {
		u.abort(ctx, u.key, id)
	}
	r.forget()
	return err
}

// kept tells whether an upload that came to err is left open: it was cut short
// or the store is out of reach, so the next try may go on with it.
func kept(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return !errors.Is(context.Cause(ctx), ErrGivenUp)
	}
	return errors.Is(err, ErrUnreachable) || errors.Is(err, ErrCredentials)
}

// begin opens a multipart upload.
func (b *Bucket) begin(ctx context.Context, a attempt, in *s3.CreateMultipartUploadInput) (string, error) {
	opening, cancel := outliving(ctx)
	defer cancel()
	if err := ctx.Err(); err != nil {
		return "", b.fail(a, err)
	}
	// Else the SDK would choose a checksum where we chose none.
	out, err := call(opening, b, a, with(b.s3.CreateMultipartUpload, unsummed), in)
	if err != nil {
		return "", err
	}
	if aws.ToString(out.UploadId) == "" {
		return "", b.fail(a, errNotS3)
	}
	return *out.UploadId, nil
}

// abort clears an unfinished upload away; its parts would cost money for ever.
// What it cannot clear, a lifecycle rule must.
func (b *Bucket) abort(ctx context.Context, key, id string) {
	clearing, cancel := context.WithTimeout(context.WithoutCancel(ctx), clearTime)
	defer cancel()
	_ = b.Abort(clearing, key, id)
}

func sizeOf(parts []finished) (size int64) {
	for _, p := range parts {
		size += p.size
	}
	return size
}

// send sends the parts that are not there yet, and returns all in their order.
func (u *upload) send(ctx context.Context, open opening, from parts) ([]finished, error) {
	var mu sync.Mutex
	var all []finished
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
		if have, ok := open.have[p.number]; ok {
			mu.Lock()
			all = append(all, have)
			mu.Unlock()
			continue
		}
		g.Go(func() error {
			sent, err := u.sendPart(sending, open, p)
			mu.Lock()
			defer mu.Unlock()
			all = append(all, sent)
			return err
		})
	}
	// What stopped the parts comes before what stopped the reading of more.
	if werr := g.Wait(); werr != nil {
		return nil, u.fail(u.attempt, werr)
	}
	if ctx.Err() != nil {
		return nil, u.fail(u.attempt, ctx.Err())
	}
	if err != io.EOF {
		return nil, u.fail(u.attempt, err)
	}
	slices.SortFunc(all, func(x, y finished) int { return int(x.number - y.number) })
	return all, nil
}

func (u *upload) sendPart(ctx context.Context, open opening, p part) (finished, error) {
	p, err := u.hold(p)
	if err != nil {
		return finished{}, err
	}
	ctx, _ = u.metered(ctx)
	if p.held != nil {
		defer p.held.release()
		ctx = context.WithValue(ctx, whole{}, p.held)
	}
	d, err := open.scheme.of(p.body)
	if err != nil {
		return finished{}, err
	}
	in := &s3.UploadPartInput{Bucket: &u.name, Key: &u.key, UploadId: &open.id, PartNumber: &p.number, Body: p.body,
		ContentLength: aws.Int64(p.body.Size()), ChecksumCRC64NVME: d.as(wholeCRC), ChecksumCRC32C: d.as(partsCRC), ContentMD5: d.as(onlyMD5)}
	out, err := call(ctx, u.Bucket, u.attempt, with(u.s3.UploadPart, unsummed), in)
	if err != nil {
		return finished{}, err
	}
	return finished{p.number, aws.ToString(out.ETag), d}, nil
}

// complete closes the upload: only now the object is there.
func (u *upload) complete(ctx context.Context, open opening, parts []finished, r *record) (Object, error) {
	whole := joined(open.scheme, parts)
	in := &s3.CompleteMultipartUploadInput{Bucket: &u.name, Key: &u.key, UploadId: &open.id, MultipartUpload: &types.CompletedMultipartUpload{}}
	in.IfMatch, in.IfNoneMatch = u.conditions()
	for _, p := range parts {
		in.MultipartUpload.Parts = append(in.MultipartUpload.Parts, types.CompletedPart{PartNumber: &p.number, ETag: &p.etag,
			ChecksumCRC64NVME: p.as(wholeCRC), ChecksumCRC32C: p.as(partsCRC)})
	}
	if open.scheme == wholeCRC {
		in.ChecksumCRC64NVME, in.ChecksumType, in.MpuObjectSize = whole.as(wholeCRC), types.ChecksumTypeFullObject, &whole.size
	}
	closing, cancel := outliving(ctx)
	defer cancel()
	var count atomic.Int32
	counted := context.WithValue(closing, tries{}, &count)
	out, err := call(counted, u.Bucket, u.attempt, u.s3.CompleteMultipartUpload, in)
	if code(err) == "NotImplemented" && (in.IfMatch != nil || in.IfNoneMatch != nil) {
		if err = u.look(closing); err == nil {
			in.IfMatch, in.IfNoneMatch = nil, nil
			out, err = call(counted, u.Bucket, u.attempt, u.s3.CompleteMultipartUpload, in)
			u.blind.CompareAndSwap(false, err == nil)
		}
	}
	if err != nil {
		o, err := u.refused(closing, err, markOf(whole, parts), count.Load() > 1)
		if err != nil {
			return Object{}, u.leave(ctx, open.id, r, err)
		}
		r.forget()
		return o, nil
	}
	r.forget()
	if aws.ToString(out.ETag) == "" { // an answer without what S3 always says: is it there?
		i, err := u.stat(closing, u.attempt, u.key, "")
		if err == nil && !markOf(whole, parts).on(i) {
			err = u.fail(u.attempt, errNotS3)
		}
		return i.Object, err
	}
	if !whole.agrees(out.ChecksumCRC64NVME, nil) {
		return Object{}, u.fail(u.attempt, errMismatch)
	}
	return u.written(whole.size, out.ETag, out.VersionId, out.ResultMetadata), nil
}
