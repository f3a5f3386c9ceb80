package s3ops

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// DownloadOptions says how an object is saved.
type DownloadOptions struct {
	Name      string // path below dir, with slashes; empty: the key's last segment
	VersionID string
	Overwrite bool
	Progress  Progress
}

// Download saves an object below dir and returns the file's path. It writes a
// temporary file, verifies it, syncs it and renames it; it never leaves dir,
// not even over a symbolic link. Names that cannot be files are written as
// FileIn says. Without Overwrite a file that is there is ErrExists.
func (b *Bucket) Download(ctx context.Context, key, dir string, o DownloadOptions) (string, error) {
	a := attempt{op: "download", key: key}
	if err := b.readKey(a, key); err != nil {
		return "", err
	}
	name := o.Name
	if name == "" {
		name = path.Base("/" + key)
		if i := strings.LastIndexByte(key, '/'); i >= 0 {
			name = key[i+1:]
		}
	}
	if name == "" || strings.HasSuffix(name, "/") {
		return "", b.invalid(a, "a folder's marker is no file", "download what is in the folder with get -r")
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", b.fail(a, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", b.fail(a, err)
	}
	defer root.Close()
	file := FileIn(root, name)
	err = b.save(ctx, a, root, file, o)
	if again := FileIn(root, name); err != nil && again != file {
		// Another download made a folder of that name, or a file, meanwhile.
		file, err = again, b.save(ctx, a, root, again, o)
	}
	if err != nil {
		return "", b.fail(a, err)
	}
	return filepath.Join(dir, file), nil
}

func (b *Bucket) save(ctx context.Context, a attempt, root *os.Root, name string, o DownloadOptions) error {
	if _, err := root.Lstat(name); err == nil && !o.Overwrite {
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	}
	folder := filepath.Dir(name)
	if err := root.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	body, _, err := b.read(ctx, a, a.key, ReadOptions{VersionID: o.VersionID})
	if err != nil {
		return err
	}
	defer body.Close()
	temporary := filepath.Join(folder, ".weft-"+rand.Text()+".part")
	f, err := root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer root.Remove(temporary)
	err = fill(f, body, o.Progress)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = place(root, temporary, name, o.Overwrite)
	}
	if err != nil {
		return err
	}
	return syncFolder(root, folder)
}

// fill writes a body to a file and to the disk.
func fill(f *os.File, body io.Reader, progress Progress) error {
	var done int64
	buf := make([]byte, 256<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, werr := f.Write(buf[:n]); werr != nil {
				return werr
			}
			if done += int64(n); progress != nil {
				progress(done)
			}
		}
		if err == io.EOF {
			return f.Sync()
		}
		if err != nil {
			return err
		}
	}
}

// place gives a finished file its name. A link, unlike a rename, fails if the
// name was taken meanwhile.
func place(root *os.Root, temporary, name string, overwrite bool) error {
	if overwrite {
		return root.Rename(temporary, name)
	}
	err := root.Link(temporary, name)
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
