package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/dustin/go-humanize"

	"weft/config"
	"weft/pipeline/picture/child"
	"weft/s3ops"
)

// Doer carries out Tasks on one bucket.
type Doer struct {
	Bucket   *s3ops.Bucket
	Folders  config.Folders
	Limits   config.Limits
	Pictures *child.Engine // nil: only pictures that need no process of their own
	// Uploads is the folder in which open uploads are remembered, so that they
	// can be gone on with; empty: none is.
	Uploads string
	// Rows is a file in which what was read of the table's rows is kept, so that
	// each is read once as long as it is the same; empty: none is.
	Rows string

	seen atomic.Bool // the last upload's bytes were there already
}

// glance is the most bytes that are sent before it is known whether they are
// there already: sending them costs no more than the question.
const glance = 1 << 20

// Do carries out one Task. It may be called from many goroutines; report may be
// nil and is called from Do's own goroutine or one it started. The error names
// the key or file; a Task that fails can be done again at any time.
func (d *Doer) Do(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	if report == nil {
		report = func(Progress) {}
	}
	ctx, report, end := patiently(ctx, report)
	defer end()
	o, err := d.carryOut(ctx, t, report)
	return o, s3ops.Doing(string(t.Verb), err)
}

func (d *Doer) carryOut(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	switch t.Verb {
	case Upload:
		return d.upload(ctx, t, report)
	case Download:
		return d.download(ctx, t, report)
	case Delete:
		return d.delete(ctx, t)
	case Purge:
		return d.purge(ctx, t)
	case Undelete:
		return d.undelete(ctx, t)
	case Restore:
		return d.restore(ctx, t)
	case Copy:
		return d.copy(ctx, t)
	case Move:
		return d.move(ctx, t)
	case Process:
		return d.process(ctx, t, report)
	case Sheet:
		return d.sheet(ctx, t, report)
	case Split:
		return d.split(ctx, t, report)
	case Mend:
		return d.mend(ctx, t)
	case Draw:
		return d.draw(ctx, t, report)
	case Refuse:
		return Outcome{}, errors.New(t.Name)
	}
	return Outcome{}, fmt.Errorf("%s: this version of weft does not know the task %q", printable(t.Key), t.Verb)
}

// upload writes File to Key. If the same bytes are there already, it is done.
func (d *Doer) upload(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	if !filepath.IsAbs(t.File) {
		return Outcome{}, fmt.Errorf("upload %s: the file's path must be absolute", printable(t.File))
	}
	file, err := os.Stat(t.File)
	if err != nil {
		return Outcome{}, fmt.Errorf("upload to %s: %w", printable(t.Key), plainPathError(err))
	}
	// A new small file is one request: the store itself refuses to replace. Where
	// files turn out to be there, as when a batch is run again, asking is cheaper.
	was, werr := s3ops.Info{}, s3ops.ErrNotFound
	if t.Overwrite || file.Size() > glance || d.seen.Load() {
		was, werr = d.Bucket.Stat(ctx, t.Key, "")
		if done, err := d.uploaded(ctx, t, file, was, werr); done || err != nil {
			if done && d.Uploads != "" { // by another, or by one who died before he could note it
				_ = d.Bucket.Abandon(ctx, d.Uploads, t.Key)
			}
			return Outcome{Skipped: done}, err
		}
	}
	var notes []string
	var resumed int64
	stage := "uploading"
	o, err := d.Bucket.UploadFile(ctx, t.File, t.Key, s3ops.UploadOptions{
		Overwrite: t.Overwrite, CacheControl: t.CacheControl, Resume: d.Uploads, Warn: func(s string) { notes = append(notes, s) },
		Resumed:  func(n int64) { resumed, stage = n, "uploading the rest" },
		Progress: func(done int64) { report(Progress{stage, done, file.Size()}) },
	})
	if errors.Is(err, s3ops.ErrExists) { // perhaps these very bytes
		now, serr := d.Bucket.Stat(ctx, t.Key, "")
		if done, derr := d.uploaded(ctx, t, file, now, serr); done && derr == nil {
			return Outcome{Skipped: true}, nil
		}
	}
	if err != nil {
		return Outcome{}, err
	}
	if !t.Overwrite { // so nothing can have been there
		was, werr = s3ops.Info{}, s3ops.ErrNotFound
	}
	out := written(o, was, werr)
	out.Note, out.Bytes, out.Resumed = strings.Join(notes, "; "), file.Size(), resumed
	out.note(resumed > 0, wentOn(resumed))
	return out, nil
}

// uploaded tells whether Key, as a look at it has found it, holds File's bytes.
// That the store will not say is no error: the upload itself will tell.
func (d *Doer) uploaded(ctx context.Context, t Task, file fs.FileInfo, info s3ops.Info, err error) (there bool, _ error) {
	defer func() { d.seen.Store(there) }()
	if errors.Is(err, s3ops.ErrNotFound) || errors.Is(err, s3ops.ErrDenied) {
		return false, nil
	}
	if err != nil || info.Size != file.Size() || t.CacheControl != "" && t.CacheControl != info.CacheControl {
		return false, err
	}
	f, err := os.Open(t.File)
	if err != nil {
		return false, fmt.Errorf("upload to %s: %w", printable(t.Key), plainPathError(err))
	}
	defer f.Close()
	return d.sameBytes(ctx, f, info)
}

// download saves Key below Dir. If the same bytes are there already, it is done.
func (d *Doer) download(ctx context.Context, t Task, report func(Progress)) (Outcome, error) {
	if !filepath.IsAbs(t.Dir) {
		return Outcome{}, fmt.Errorf("download %s: the folder's path must be absolute", printable(t.Key))
	}
	file, info, err := d.downloaded(ctx, t)
	if file != "" || err != nil {
		return Outcome{Skipped: file != "", File: file}, err
	}
	size := t.Size
	if info != nil {
		size = info.Size
	}
	saved, err := d.Bucket.Download(ctx, t.Key, t.Dir, s3ops.DownloadOptions{
		Name: t.Name, VersionID: t.VersionID, Overwrite: t.Overwrite, Size: size, Known: info,
		Progress: func(done int64) { report(Progress{"downloading", done, size}) },
	})
	if errors.Is(err, s3ops.ErrExists) { // perhaps another brought these very bytes meanwhile
		if file, _, derr := d.downloaded(ctx, t); file != "" && derr == nil {
			return Outcome{Skipped: true, File: file}, nil
		}
	}
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{File: saved.File, Bytes: saved.Size, Note: saved.Note, Resumed: saved.Resumed}
	out.note(out.Resumed > 0, wentOn(out.Resumed))
	return out, nil
}

// wentOn says that a transfer began with what an earlier try had moved.
func wentOn(bytes int64) string {
	return "went on from the " + humanize.Bytes(uint64(bytes)) + " of an earlier try"
}

// downloaded returns the path of the file that already holds the object, or "".
// Only if there is a file of that name the store is asked, and what it said is
// returned.
func (d *Doer) downloaded(ctx context.Context, t Task) (string, *s3ops.Info, error) {
	name := t.Name
	if name == "" {
		name = t.Key[strings.LastIndexByte(t.Key, '/')+1:]
	}
	root, err := os.OpenRoot(t.Dir)
	if err != nil {
		return "", nil, nil // Download makes it, or says what is wrong
	}
	defer root.Close()
	name = s3ops.FileIn(root, name)
	s, err := root.Stat(name)
	if err != nil || !s.Mode().IsRegular() {
		return "", nil, nil
	}
	info, err := d.Bucket.Stat(ctx, t.Key, t.VersionID)
	if err != nil || s.Size() != info.Size {
		return "", &info, err
	}
	f, err := root.Open(name)
	if err != nil {
		return "", &info, nil
	}
	defer f.Close()
	same, err := d.sameBytes(ctx, f, info)
	if !same || err != nil {
		return "", &info, err
	}
	return filepath.Join(t.Dir, name), &info, nil
}

// plainPathError says "no such file: /path" without the system call's name.
func plainPathError(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", printable(e.Path), e.Err)
	}
	return err
}

// printable shows a key or path on one line, so that no character of it can
// move a cursor.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

// base is a key's last segment, or the folder's name for a prefix.
func base(key string) string { return printable(path.Base(key)) }
