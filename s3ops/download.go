package s3ops

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/dustin/go-humanize"
)

// DownloadOptions says how an object is saved.
type DownloadOptions struct {
	Name      string // path below dir, with slashes; empty: the key's last segment
	VersionID string
	Overwrite bool
	Size      int64 // bytes, if known from a listing: it spares a request; 0: not known
	Known     *Info // of a Stat a moment ago, if there was one
	Progress  Progress
}

// Saved is an object on this machine.
type Saved struct {
	File string // its path
	Note string // what the user should know of it, or ""
	// Resumed is how many of its bytes an earlier try had brought already.
	Resumed int64
	Object
}

// Download saves an object below dir. It writes a temporary file, verifies it,
// syncs it and renames it; it never leaves dir, not even over a symbolic link.
// Names that cannot be files are written as FileIn says. Without Overwrite a
// file that is there is ErrExists.
//
// A long object comes in parts, several at a time, all of the object that was
// seen first, or else it is ErrChanged. If it fails or is killed, the parts that
// arrived stay beside the name it will get, as ".weft-….part", and the next
// Download of it goes on from there. An object that is not what its checksum
// says leaves nothing.
func (b *Bucket) Download(ctx context.Context, key, dir string, o DownloadOptions) (Saved, error) {
	a := attempt{op: "download", key: key}
	if err := b.readKey(a, key); err != nil {
		return Saved{}, err
	}
	wanted := o.Name
	if wanted == "" {
		wanted = key[strings.LastIndexByte(key, '/')+1:]
	}
	if wanted == "" || strings.HasSuffix(wanted, "/") {
		return Saved{}, b.invalid(a, "a folder's marker is no file", "download what is in the folder with get -r")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return Saved{}, b.fail(a, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Saved{}, b.fail(a, err)
	}
	defer root.Close()
	d := &download{Bucket: b, attempt: a, options: o, root: root, dir: dir, name: FileIn(root, wanted)}
	r, err := d.save(ctx)
	for again := FileIn(root, wanted); err != nil && again != d.name; again = FileIn(root, wanted) {
		// Another download made a folder of that name, or a file, meanwhile; and
		// yet another may do so at the next.
		d.name = again
		r, err = d.save(ctx)
	}
	if err != nil {
		return Saved{}, b.fail(a, err)
	}
	if d.name != filepath.FromSlash(wanted) {
		d.notes = append(d.notes, "saved as "+printable(d.name)+": the key's name cannot be a file's here")
	}
	return Saved{File: filepath.Join(dir, d.name), Note: strings.Join(d.notes, "; "), Resumed: d.resumed, Object: r.info.Object}, nil
}

// download is one object being saved.
type download struct {
	*Bucket
	attempt
	options DownloadOptions
	root    *os.Root
	dir     string
	name    string // path below root
	notes   []string
	resumed int64 // bytes
}

func (d *download) save(ctx context.Context) (*reading, error) {
	if _, err := d.root.Lstat(d.name); err == nil && !d.options.Overwrite {
		return nil, &fs.PathError{Op: "create", Path: d.name, Err: fs.ErrExist}
	}
	r, body, err := d.first(ctx)
	if err != nil {
		return nil, err
	}
	if body != nil {
		defer body.Close()
	}
	p, err := r.proof(ctx)
	if err != nil {
		return nil, err
	}
	if p.name == "" {
		d.notes = append(d.notes, noProof)
	}
	folder := filepath.Dir(d.name)
	if err := d.root.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	if body != nil {
		err = d.whole(r, body, p)
	} else {
		err = d.parts(ctx, r, p)
	}
	if err != nil {
		return nil, err
	}
	return r, syncFolder(d.root, folder)
}

// long tells whether an object of so many bytes comes in parts.
func (b *Bucket) long(size int64) bool { return size > 2*b.sizes.get }

// first asks for the object. A short one's body comes with the answer; there is
// none for a long one, of which only the length was wanted.
func (d *download) first(ctx context.Context) (*reading, *steady, error) {
	if i := d.options.Known; i != nil && d.long(i.Size) {
		return d.reading(*i), nil, nil
	}
	if d.options.Known == nil && d.long(d.options.Size) {
		i, err := d.stat(ctx, d.attempt, d.key, d.options.VersionID)
		if err != nil || d.long(i.Size) {
			return d.reading(i), nil, err
		}
	}
	r, body, err := d.read(ctx, d.attempt, ReadOptions{VersionID: d.options.VersionID})
	if err != nil {
		return nil, nil, err
	}
	if d.long(r.info.Size) {
		body.Close()
		return r, nil, nil
	}
	return r, body, nil
}

func (d *download) reading(i Info) *reading {
	return &reading{Bucket: d.Bucket, attempt: d.attempt, info: i, version: d.options.VersionID}
}

// object is what a partial file is known by.
func (d *download) object() string {
	return d.Bucket.name + "/" + d.key // its host may have another port next time
}

// whole saves a short object from one body.
func (d *download) whole(r *reading, body *steady, p proof) error {
	f, err := openPartial(d.root, d.name, d.object(), nil)
	if err != nil {
		return err
	}
	defer f.discard()
	t := &tally{tell: d.options.Progress}
	c := p.check()
	buf := make([]byte, min(copyBuffer, max(r.info.Size, 4<<10)))
	for {
		n, err := body.Read(buf)
		if n > 0 {
			_, _ = c.Write(buf[:n])
			if _, err := f.f.Write(buf[:n]); err != nil {
				return err
			}
			t.add(n)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if err := c.result(); err != nil {
		return err
	}
	if r.info.Size = t.moved.Load(); d.options.Progress != nil && r.info.Size == 0 {
		d.options.Progress(0)
	}
	return f.place(d.name, d.options.Overwrite, d.object())
}

// parts saves a long object, and goes on with what an earlier try has left.
func (d *download) parts(ctx context.Context, r *reading, p proof) error {
	size := d.sizes.get
	for r.info.Size/size >= maxParts { // so that the journal stays short
		size *= 2
	}
	crc := crcFor(p)
	file, err := openPartial(d.root, d.name, d.object(), &heading{Bucket: d.Bucket.name, Key: d.key, ETag: r.info.ETag,
		Version: d.options.VersionID, Size: r.info.Size, Part: size, Sum: crc.name})
	if err != nil {
		return err
	}
	f := &fetch{reading: r, tally: &tally{tell: d.options.Progress}, file: file, part: size, crc: crc}
	if err = f.all(ctx, p); err == nil {
		d.resumed = f.resumed.Load()
		err = file.place(d.name, d.options.Overwrite, d.object())
	}
	if err == nil || file.journal == nil || len(file.done) == 0 || useless(err) {
		file.discard()
		return err
	}
	file.keep()
	kept := min(int64(len(file.done))*size, r.info.Size)
	return d.goesOn(err, fmt.Sprintf("the next try goes on from the %s in %s", humanize.Bytes(uint64(kept)),
		printable(filepath.Join(d.dir, file.name))))
}

// useless tells whether the parts that arrived before such an end are of no use.
func useless(err error) bool {
	return errors.Is(err, errChecksum) || errors.Is(err, fs.ErrExist) ||
		status(err) == 412 || status(err) == 404 || errors.Is(err, ErrChanged) || errors.Is(err, ErrNotFound)
}

// goesOn adds to what an error says to do.
func (d *download) goesOn(err error, what string) error {
	var e *Error
	if !errors.As(d.fail(d.attempt, err), &e) {
		return err
	}
	told := *e
	if told.Remedy != "" {
		what = told.Remedy + "; " + what
	}
	told.Remedy = what
	return &told
}

// place gives a finished file its name instead of the temporary one. A link, unlike a rename, fails if the
// name was taken meanwhile.
func place(root *os.Root, temporary, name string, overwrite bool) error {
	if overwrite {
		return root.Rename(temporary, name)
	}
	err := root.Link(temporary, name)
	if err == nil {
		_ = root.Remove(temporary)
	}
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file system without links: take the name with an empty file, which also
	// fails if it is there, and rename onto that.
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := root.Rename(temporary, name); err != nil {
		return errors.Join(err, root.Remove(name))
	}
	return nil
}

// syncFolder makes the new name survive a power cut. Not every system lets a
// folder be synced; the file itself is safe by then.
func syncFolder(root *os.Root, folder string) error {
	d, err := root.Open(folder)
	if err != nil {
		return fmt.Errorf("open the folder again: %w", err)
	}
	_ = d.Sync()
	return d.Close()
}
