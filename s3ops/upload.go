package s3ops

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
)

// UploadOptions says how an object is written.
type UploadOptions struct {
	Overwrite    bool   // replace what is there; otherwise ErrExists
	IfMatch      string // replace only this ETag; otherwise ErrChanged
	ContentType  string // empty: sniffed from the bytes and checked against the extension
	CacheControl string
	Metadata     map[string]string // names of a-z, 0-9, -, _ and .; any values; 2 KB in all
	Size         int64             // bytes, if known; 0: not known
	Progress     Progress
	Warn         func(note string) // told what the user should know, e.g. that a .jpg is a PNG; may be nil
	// Resume is a folder of this machine in which UploadFile remembers uploads in
	// parts while they are open, so that it can go on with one that was cut
	// short, even by the death of the process. Empty: none is gone on with.
	Resume string
	// Resumed is told, before Progress, of how many bytes that an earlier try has
	// sent the upload goes on from; may be nil.
	Resumed func(bytes int64)
}

// Upload writes r to key, in parts if it is long. It holds a few parts in
// memory, never the whole. If it fails or ctx ends, nothing is left behind.
func (b *Bucket) Upload(ctx context.Context, key string, r io.Reader, o UploadOptions) (Object, error) {
	u, err := b.newUpload(ctx, key, o)
	if err != nil {
		return Object{}, err
	}
	if l, ok := r.(interface{ Len() int }); ok && o.Size == 0 {
		o.Size = int64(l.Len())
		u.options.Size = o.Size
	}
	size := b.sizes.part
	if o.Size > 0 && o.Size < size {
		size = o.Size + 1 // one more byte, to see that the size is true
	}
	first, err := readUpTo(r, size)
	n := len(first)
	u.sniff(first[:min(n, sniffLength)])
	switch {
	case err == io.EOF, errors.Is(err, io.ErrUnexpectedEOF):
		if o.Size > 0 && int64(n) != o.Size {
			return Object{}, u.wrongSize()
		}
		return u.whole(ctx, io.NewSectionReader(bytes.NewReader(first), 0, int64(n)))
	case err != nil:
		return Object{}, b.fail(u.attempt, fmt.Errorf("read the source: %w", err))
	}
	if o.Size > 0 && o.Size < b.sizes.part {
		return Object{}, u.wrongSize()
	}
	return u.inParts(ctx, &streamParts{first: first, r: r, base: b.partSize(o.Size)}, nil)
}

// readUpTo reads at most size bytes, into memory that grows with them: most
// streams of unknown length are short. Its error is io.ReadFull's.
func readUpTo(r io.Reader, size int64) ([]byte, error) {
	buf := make([]byte, min(size, 32<<10))
	have := 0
	for {
		n, err := io.ReadFull(r, buf[have:])
		if have += n; err == io.EOF && have > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil || int64(have) == size {
			return buf[:have], err
		}
		grown := make([]byte, min(size, int64(4*len(buf))))
		copy(grown, buf)
		buf = grown
	}
}

// UploadFile uploads a regular file of this machine. With UploadOptions.Resume an
// upload in parts whose context ends, or whose store cannot be reached, stays
// open in the store, and the next UploadFile of the same file to the same key
// sends only the parts that are not there yet. It is cleared away if anything
// else fails, if the context's cause is ErrGivenUp, or if the file has changed.
func (b *Bucket) UploadFile(ctx context.Context, path, key string, o UploadOptions) (Object, error) {
	u, err := b.newUpload(ctx, key, o)
	if err != nil {
		return Object{}, err
	}
	// A pipe is not waited at for its other end; on files it makes no difference.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return Object{}, b.fail(u.attempt, err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return Object{}, b.fail(u.attempt, err)
	}
	if !before.Mode().IsRegular() {
		return Object{}, b.invalid(u.attempt, printable(path)+" is not a regular file", "name a file, or use -r for a folder")
	}
	// A small file is read once, a larger one's beginning.
	head := make([]byte, max(sniffLength, smallFile(before.Size())))
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return Object{}, b.fail(u.attempt, err)
	}
	u.sniff(head[:min(n, sniffLength)])
	u.unchanged = func() bool {
		now, err := f.Stat()
		return err == nil && now.Size() == before.Size() && now.ModTime().Equal(before.ModTime())
	}
	if before.Size() < b.sizes.part*2 {
		if o.Resume != "" {
			_ = b.Abandon(ctx, o.Resume, key) // of a file that was longer once
		}
		var from io.ReaderAt = f
		if int64(n) == before.Size() {
			from = bytes.NewReader(head[:n])
		}
		return u.whole(ctx, io.NewSectionReader(from, 0, before.Size()))
	}
	r, err := u.remember(ctx, path, before)
	if err != nil {
		return Object{}, b.fail(u.attempt, err)
	}
	defer r.release()
	return u.inParts(ctx, &fileParts{f: f, size: before.Size(), part: b.partSize(before.Size())}, r)
}

// smallFile is the length of a file that is held in memory while it is uploaded,
// and 0 for others.
func smallFile(size int64) int64 {
	if size > 256<<10 {
		return 0
	}
	return size
}

// partSize is how long parts must be for an object of this length, in bytes.
func (b *Bucket) partSize(size int64) int64 {
	return max(b.sizes.part, (size/9_999+1<<20)>>20<<20)
}

// upload is one object being written.
type upload struct {
	*Bucket
	attempt
	options   UploadOptions
	metadata  map[string]string
	kind      string
	unchanged func() bool // nil, or whether the source is still what it was
	moved     atomic.Int64
	told      int64         // to Progress; held with report
	report    chan struct{} // one token: Progress is called by one goroutine at a time
}

func (b *Bucket) newUpload(ctx context.Context, key string, o UploadOptions) (*upload, error) {
	u := &upload{Bucket: b, attempt: attempt{op: "upload", key: key}, options: o, report: make(chan struct{}, 1)}
	if err := b.writeKey(u.attempt, key); err != nil {
		return nil, err
	}
	headers, why := encodeMetadata(o.Metadata)
	if err := b.invalid(u.attempt, why, "use fewer or shorter metadata"); err != nil {
		return nil, err
	}
	u.metadata = headers
	return u, b.fail(u.attempt, ctx.Err())
}

func (u *upload) sniff(head []byte) {
	kind, note := contentType(u.key, head)
	if u.kind = u.options.ContentType; u.kind != "" {
		return
	}
	u.kind = kind
	if note != "" && u.options.Warn != nil {
		u.options.Warn(note)
	}
}

// conditions are the headers that keep an upload from replacing what it must not.
func (u *upload) conditions() (ifMatch, ifNoneMatch *string) {
	switch {
	case u.options.IfMatch != "":
		return quoted(u.options.IfMatch), nil
	case !u.options.Overwrite:
		return nil, aws.String("*")
	}
	return nil, nil
}

func (u *upload) wrongSize() error {
	return u.invalid(u.attempt, fmt.Sprintf("the source does not have the %d bytes announced", u.options.Size),
		"upload it again when it no longer changes")
}

// tell passes bytes moved on to Progress, never a smaller number than before.
func (u *upload) tell() {
	select {
	case u.report <- struct{}{}:
	default:
		return // another goroutine is telling
	}
	if n := u.moved.Load(); n > u.told {
		u.told = n
		u.options.Progress(n)
	}
	<-u.report
}

// metered is ctx for one request, whose body's bytes count as moved when they
// are sent. A repeated request starts from nothing again.
func (u *upload) metered(ctx context.Context) (context.Context, *atomic.Int32) {
	var count atomic.Int32
	ctx = context.WithValue(ctx, tries{}, &count)
	if u.options.Progress != nil {
		var last atomic.Int64
		ctx = context.WithValue(ctx, meter{}, func(n int64) {
			u.moved.Add(n - last.Swap(n))
			u.tell()
		})
	}
	return ctx, &count
}

// whole writes the object in one request.
func (u *upload) whole(ctx context.Context, body *io.SectionReader) (o Object, err error) {
	err = u.suiting(ctx, true, func(s scheme, conditional bool) error {
		o, err = u.putWhole(ctx, body, s, conditional)
		return err
	})
	if err != nil && u.unchanged != nil && !u.unchanged() {
		err = u.changed(err)
	}
	return o, err
}

func (u *upload) putWhole(ctx context.Context, body *io.SectionReader, s scheme, conditional bool) (Object, error) {
	in := &s3.PutObjectInput{
		Bucket: &u.name, Key: &u.key, Body: body, ContentLength: aws.Int64(body.Size()), ContentType: given(u.kind),
		CacheControl: given(u.options.CacheControl), Metadata: u.metadata,
	}
	if conditional {
		in.IfMatch, in.IfNoneMatch = u.conditions()
	}
	d, err := s.of(body)
	if err != nil {
		return Object{}, u.fail(u.attempt, err)
	}
	in.ChecksumCRC64NVME, in.ChecksumCRC32C, in.ContentMD5 = d.as(wholeCRC), d.as(partsCRC), d.as(onlyMD5)
	for try := 0; ; try++ {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return Object{}, u.fail(u.attempt, err)
		}
		sending, count := u.metered(ctx)
		out, err := call(sending, u.Bucket, u.attempt, with(u.s3.PutObject, unsummed), in)
		switch {
		case err == nil && !d.agrees(out.ChecksumCRC64NVME, out.ChecksumCRC32C):
			return Object{}, u.fail(u.attempt, errMismatch)
		case err == nil:
			return u.written(body.Size(), out.ETag, out.VersionId, out.ResultMetadata), nil
		case code(err) == "ConditionalRequestConflict" && try < 3:
			if err := pause(ctx, 100*time.Millisecond<<try); err != nil {
				return Object{}, u.fail(u.attempt, err)
			}
		default:
			return u.refused(ctx, err, markOf(d, nil), count.Load() > 1)
		}
	}
}

// changed is the failure of an upload whose file was not left alone.
func (u *upload) changed(cause error) error {
	return &Error{Op: u.op, Bucket: u.name, Key: u.key, Kind: ErrInvalid, Err: cause,
		Why: "the file changed while it was uploaded", Remedy: "upload it again when it no longer changes"}
}

// look is the condition of an upload for stores that know none: it can only see
// what is there before, not what comes between.
func (u *upload) look(ctx context.Context) error {
	info, err := u.stat(ctx, u.attempt, u.key, "")
	switch {
	case errors.Is(err, ErrNotFound) && u.options.IfMatch == "":
		return nil
	case err != nil:
		return err
	case u.options.IfMatch == "":
		return u.exists(nil)
	case info.ETag != unquote(&u.options.IfMatch):
		return &Error{Op: u.op, Bucket: u.name, Key: u.key, Kind: ErrChanged,
			Why: "the object is not what it was when this began", Remedy: "look at it again, then repeat"}
	}
	return nil
}

// mark is what tells our own object from another's: its length and one of these.
type mark struct {
	size           int64
	checksum, etag string
}

// markOf is the mark of an object of these parts, or of one piece without any.
func markOf(whole digest, parts []finished) mark {
	m := mark{size: whole.size}
	if len(parts) > 0 {
		m.etag = multipartETag(parts)
	} else if whole.scheme == onlyMD5 {
		m.etag = hex.EncodeToString(whole.raw)
	}
	if v := whole.as(wholeCRC); v != nil {
		m.checksum = "CRC64NVME:" + *v
	} else if v := whole.as(partsCRC); v != nil {
		m.checksum = "CRC32C:" + *v
		if len(parts) > 0 {
			m.checksum += fmt.Sprintf("-%d", len(parts))
		}
	}
	return m
}

func (m mark) on(i Info) bool {
	return i.Size == m.size && (m.checksum != "" && i.Checksum == m.checksum || m.etag != "" && i.ETag == m.etag)
}

// refused explains a failed write. If the request was sent more than once, its
// first answer may have been lost after it had done its work, and the refusal
// be that of our own object.
func (u *upload) refused(ctx context.Context, err error, ours mark, repeated bool) (Object, error) {
	c := code(err)
	if repeated && (c == "PreconditionFailed" || c == "NoSuchUpload") {
		if i, serr := u.stat(ctx, u.attempt, u.key, ""); serr == nil && ours.on(i) {
			return i.Object, nil
		}
	}
	if c == "PreconditionFailed" && u.options.IfMatch == "" {
		return Object{}, u.exists(err)
	}
	return Object{}, err
}

func (b *Bucket) existing(a attempt, cause error) error {
	e := &Error{Op: a.op, Bucket: b.name, Key: a.key, Kind: ErrExists, Err: cause, Code: code(cause),
		Why: "an object of that name is already there", Remedy: "choose another name, or allow overwriting"}
	var from *Error
	if errors.As(cause, &from) {
		e.RequestID, e.Err = from.RequestID, from.Err
	}
	return e
}

func (u *upload) exists(cause error) error { return u.existing(u.attempt, cause) }

func (u *upload) written(size int64, etag, version *string, md middleware.Metadata) Object {
	if u.options.Progress != nil {
		u.moved.Store(size)
		u.tell()
	}
	return u.Bucket.written(u.key, size, etag, version, md)
}

// written is the object a write left, by its answer. Its time is the store's.
func (b *Bucket) written(key string, size int64, etag, version *string, md middleware.Metadata) Object {
	at, ok := awsmiddleware.GetServerTime(md)
	if !ok {
		at = time.Now()
	}
	return Object{Key: key, Size: size, ETag: unquote(etag), VersionID: aws.ToString(version),
		Modified: at.UTC().Truncate(time.Second), StorageClass: "STANDARD", IsLatest: true}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
