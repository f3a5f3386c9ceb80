package s3ops

import (
	"bytes"
	"context"
	"crypto/md5"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"golang.org/x/sync/errgroup"
)

// reopen finds the upload that an earlier try has left open for this very file,
// with the parts of it that hold the file's bytes. If there is none, or it
// cannot be told, opening's id is empty, and what is left of it is cleared away.
func (u *upload) reopen(ctx context.Context, r *record, file *fileParts) (opening, error) {
	old := r.old
	if old == nil {
		return opening{}, nil
	}
	if !old.same(r.now) || !u.takes(old.Scheme) || old.Part < 1 || (old.Size-1)/old.Part >= maxParts {
		if old.ID != "" {
			u.abort(ctx, u.key, old.ID)
		}
		return opening{}, nil
	}
	open := opening{id: old.ID, scheme: old.Scheme, have: map[int32]finished{}}
	if open.id == "" {
		if open.id = u.unnamed(ctx, old.Begun); open.id == "" {
			return opening{}, nil
		}
	}
	fresh := file.part
	file.part = old.Part
	err := u.verify(ctx, open, file)
	switch {
	case err == nil:
		r.now.Scheme, r.now.Part, r.now.Begun = old.Scheme, old.Part, old.Begun
		_ = r.opened(open.id) // if that fails, what stands there will do as well
		return open, nil
	case ctx.Err() != nil, kept(ctx, err), code(err) == "" && status(err) == 0: // cut short again, or the file cannot be read
		return opening{}, u.leave(ctx, open.id, r, err)
	}
	// It is gone: it was completed, or cleared away by a rule or by somebody.
	if code(err) != "NoSuchUpload" && !errors.Is(err, ErrNotFound) {
		u.note("the store does not tell which parts of the interrupted upload it has: it begins anew (" + err.Error() + ")")
		u.abort(ctx, u.key, open.id)
	}
	file.part = fresh
	u.moved.Store(0)
	return opening{}, nil
}

// takes tells whether an upload begun with a scheme may be ended by the setting
// in force.
func (b *Bucket) takes(s scheme) bool {
	if b.least == noSum {
		return s == noSum
	}
	return s >= wholeCRC && s <= b.least
}

// slack is how far the store's clock may be from this machine's.
const slack = 15 * time.Minute

// unnamed finds the upload that was opened just before a process died that had
// no time to note its id: the only one of this key that is not older.
func (u *upload) unnamed(ctx context.Context, begun time.Time) string {
	id := ""
	for o, err := range u.openUploads(ctx, u.attempt, u.key) {
		if err != nil {
			return ""
		}
		if o.Key != u.key || o.Initiated.Before(begun.Add(-slack)) {
			continue
		}
		if id != "" {
			return "" // one of them is somebody else's
		}
		id = o.ID
	}
	return id
}

// verify asks for the parts of an open upload, and holds each to the bytes that
// the file has there: by its length, and by its checksum or, if the store tells
// none, its MD5. Only those that agree are kept in open.have.
func (u *upload) verify(ctx context.Context, open opening, file *fileParts) error {
	var mu sync.Mutex
	g, reading := errgroup.WithContext(ctx)
	g.SetLimit(partsAtOnce)
	var listing error
	for p, err := range u.partsOf(ctx, u.attempt, u.key, open.id) {
		if listing = err; err != nil {
			break
		}
		number := aws.ToInt32(p.PartNumber)
		body := file.section(number)
		if body == nil || aws.ToInt64(p.Size) != body.Size() {
			continue
		}
		g.Go(func() error {
			if reading.Err() != nil {
				return reading.Err()
			}
			d, err := open.scheme.of(body)
			if err != nil {
				return u.fail(u.attempt, err)
			}
			if same, err := holds(p, d, body); err != nil || !same {
				return u.fail(u.attempt, err)
			}
			mu.Lock()
			defer mu.Unlock()
			open.have[number] = finished{number, aws.ToString(p.ETag), d}
			u.moved.Add(d.size)
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if listing != nil {
		return listing
	}
	if n := u.moved.Load(); n > 0 && u.options.Resumed != nil {
		u.options.Resumed(n)
	}
	if u.options.Progress != nil {
		u.tell()
	}
	return nil
}

// holds tells whether a part in the store has these bytes.
func holds(p types.Part, d digest, body *io.SectionReader) (bool, error) {
	if p.ChecksumCRC64NVME != nil && d.as(wholeCRC) != nil || p.ChecksumCRC32C != nil && d.as(partsCRC) != nil {
		return d.agrees(p.ChecksumCRC64NVME, p.ChecksumCRC32C), nil
	}
	want := md5ETag(aws.ToString(p.ETag))
	if want == nil {
		return false, nil
	}
	if d.scheme == onlyMD5 {
		return bytes.Equal(d.raw, want), nil
	}
	h := md5.New()
	_, err := io.Copy(h, io.NewSectionReader(body, 0, body.Size()))
	return bytes.Equal(h.Sum(nil), want), err
}

func (u *upload) note(text string) {
	if u.options.Warn != nil {
		u.options.Warn(text)
	}
}
