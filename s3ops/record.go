package s3ops

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// remembered is what a record says of an upload in parts, so that another
// process can tell whether it is the one to go on with: S3 itself tells nothing
// of an open upload but its key.
type remembered struct {
	Bucket   string    `json:"bucket"`
	Key      string    `json:"key"`
	File     string    `json:"file"`     // absolute
	Size     int64     `json:"size"`     // of the file, in bytes
	Modified time.Time `json:"modified"` // the file
	Headers  string    `json:"headers"`  // digest of the object's headers and metadata
	Part     int64     `json:"part"`     // bytes of each part but the last
	Scheme   scheme    `json:"scheme"`
	Begun    time.Time `json:"begun"` // by this machine's clock
	ID       string    `json:"id"`    // empty: it was about to be opened
}

// same tells whether both are of the same file under the same headers.
func (m remembered) same(o remembered) bool {
	return m.Bucket == o.Bucket && m.Key == o.Key && m.File == o.File && m.Size == o.Size && m.Modified.Equal(o.Modified) && m.Headers == o.Headers
}

// record is the file in which an open upload is remembered. It is locked as
// long as it is held, so two processes never go on with one upload. It is
// replaced as a whole, and removed when the upload has ended. Its methods may be
// called on nil, which remembers nothing.
type record struct {
	path string
	file *os.File
	now  remembered  // what is to be uploaded, and as what
	old  *remembered // what was found there
	err  error       // of the last write
}

// recordPath is the record of a key, one for each.
func recordPath(dir, bucket, key string) string {
	sum := sha256.Sum256([]byte(bucket + "\x00" + key))
	return filepath.Join(dir, hex.EncodeToString(sum[:12])+".json")
}

// remember takes the record of an upload, waiting while another process uploads
// to the same key. It is nil if nothing can be remembered, which is noted; the
// error is the end of ctx.
func (u *upload) remember(ctx context.Context, path string, info fs.FileInfo) (*record, error) {
	if u.options.Resume == "" {
		return nil, nil
	}
	path, err := filepath.Abs(path)
	if err == nil {
		err = os.MkdirAll(u.options.Resume, 0o700)
	}
	var r *record
	for err == nil && r == nil {
		r, err = lockRecord(ctx, recordPath(u.options.Resume, u.name, u.key), time.Second)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			tellPause(ctx, Pause{For: time.Second, Why: "another weft is uploading it"})
			err = nil
		}
	}
	if ctx.Err() != nil {
		r.release()
		return nil, ctx.Err()
	}
	if err != nil {
		u.note("if it is interrupted, it cannot be gone on with: " + err.Error())
		return nil, nil
	}
	headers, err := json.Marshal([]any{u.kind, u.options.CacheControl, u.metadata})
	if err != nil { // plain data: cannot happen
		return nil, err
	}
	sum := sha256.Sum256(headers)
	r.now = remembered{Bucket: u.name, Key: u.key, File: path, Size: info.Size(), Modified: info.ModTime(),
		Headers: hex.EncodeToString(sum[:12]), Part: u.partSize(info.Size())}
	return r, nil
}

// lockRecord opens a record alone, made if missing, waiting at most so long.
func lockRecord(ctx context.Context, path string, atMost time.Duration) (*record, error) {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	for {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return nil, err
		}
		if err := FileLock(ctx, f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if !isAt(f, path) { // replaced or removed by its last holder
			_ = f.Close()
			continue
		}
		r := &record{path: path, file: f}
		var old remembered
		if text, err := io.ReadAll(f); err == nil && json.Unmarshal(text, &old) == nil {
			r.old = &old
		}
		return r, nil
	}
}

// isAt tells whether a path still leads to an open file.
func isAt(f *os.File, path string) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

// save puts the record in place of the last one, locked before it is seen.
func (r *record) save() error {
	text, err := json.Marshal(r.now)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(r.path), ".record-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = FileLock(context.Background(), f) // nobody else knows its name
	}
	if err == nil {
		err = os.Rename(f.Name(), r.path)
	}
	if err != nil {
		return errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	_ = r.file.Close()
	r.file = f
	return nil
}

// begin remembers that an upload is about to be opened.
func (r *record) begin(s scheme) {
	if r != nil {
		r.now.Scheme, r.now.Begun, r.now.ID = s, time.Now().UTC(), ""
		r.err = r.save()
	}
}

// opened remembers the upload that was opened.
func (r *record) opened(id string) error {
	if r == nil {
		return nil
	}
	if r.now.ID = id; r.err == nil {
		r.err = r.save()
	}
	return r.err
}

// id is the upload that was found remembered, or "".
func (r *record) id() string {
	if r == nil || r.old == nil {
		return ""
	}
	return r.old.ID
}

// forget removes the record: its upload has ended.
func (r *record) forget() {
	if r != nil && r.file != nil {
		_ = os.Remove(r.path)
	}
}

// release lets the next one have it. A record in which nothing stands goes.
func (r *record) release() {
	if r == nil || r.file == nil {
		return
	}
	if info, err := r.file.Stat(); err == nil && info.Size() == 0 && isAt(r.file, r.path) {
		_ = os.Remove(r.path)
	}
	_ = r.file.Close()
	r.file = nil
}

// Abandon clears away what an interrupted upload to key has left open, by its
// record in dir. It leaves alone one that is being gone on with, and does
// nothing where none is remembered.
func (b *Bucket) Abandon(ctx context.Context, dir, key string) error {
	path := recordPath(dir, b.name, key)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	r, err := lockRecord(ctx, path, 10*time.Millisecond)
	if err != nil {
		return nil // it is in use
	}
	defer r.release()
	if id := r.id(); id != "" {
		if err := b.Abort(ctx, key, id); err != nil && !errors.Is(err, ErrChanged) && !errors.Is(err, ErrNotFound) {
			return err
		}
	}
	r.forget()
	return nil
}
