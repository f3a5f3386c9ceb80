package s3ops

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// partial is the file ".weft-….part" in which an object arrives, beside the name
// it will get. It is locked by the one who writes it. Its name follows from the
// object's and the file's, so that the next try finds it; a journal beside it,
// ".weft-….done", says which parts of which object are in it, with their
// checksums. Both are believed only as far as the bytes have those.
type partial struct {
	root    *os.Root
	name    string // path below root
	f       *os.File
	mu      sync.Mutex
	journal *os.File         // nil: nobody can go on with this file
	done    map[int64]uint64 // parts that are there, with their checksums
	once    bool             // there are no locks, so nobody can find it again
}

// heading is the first line of a journal. What differs in any of it belongs to
// another object.
type heading struct {
	Bucket, Key, ETag, Version string
	Size, Part                 int64  // bytes
	Sum                        string // name of the parts' checksum
}

// maxPartials is how many may download one object to one file at once.
const maxPartials = 16

// openPartial opens the file for an object that will be saved as name. With a
// heading it may hold parts already. If another downloads the same, there is
// another file for this one.
func openPartial(root *os.Root, name, object string, h *heading) (*partial, error) {
	for n := range maxPartials {
		p := &partial{root: root, name: partialName(name, object, n)}
		err := p.open(h)
		if errors.Is(err, errBusy) {
			continue
		}
		return p, err
	}
	return nil, fmt.Errorf("%d downloads of it to this folder are running already: %w", maxPartials, errBusy)
}

// partialName is the path of the nth file for an object.
func partialName(name, object string, n int) string {
	sum := sha256.Sum256([]byte(object + "\x00" + name))
	stem := ".weft-" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:10]))
	if n > 0 {
		stem += fmt.Sprintf("-%d", n+1)
	}
	return filepath.Join(filepath.Dir(name), stem+".part")
}

func (p *partial) journalName() string { return strings.TrimSuffix(p.name, ".part") + ".done" }

func (p *partial) open(h *heading) error {
	for range 8 { // whoever is met on the way may be gone a moment later
		old, err := openOwn(p.root, p.name)
		if err == nil {
			err = p.take(old)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err = p.create(); errors.Is(err, fs.ErrExist) || errors.Is(err, errGone) {
				continue
			}
		case errors.Is(err, errGone):
			continue
		case errors.Is(err, errNoLocks): // left by somebody, or in use: who knows
			err = errBusy
		case err == nil && (h == nil || !p.resume(*h)):
			// Another file, not this one emptied: its inode may have other names.
			p.discard()
			continue
		}
		if err != nil {
			return err
		}
		if h != nil && p.journal == nil && !p.once {
			return p.begin(*h)
		}
		return nil
	}
	return errBusy
}

var errGone = errors.New("the file has another name by now")

// take locks a file that was there, if it still is.
func (p *partial) take(f *os.File) error {
	if err := tryLock(f); err != nil {
		f.Close()
		return err
	}
	named, err := p.root.Lstat(p.name)
	own, ferr := f.Stat()
	if err != nil || ferr != nil || !os.SameFile(named, own) {
		f.Close()
		return errGone
	}
	p.f = f
	return nil
}

func (p *partial) create() error {
	f, err := p.root.OpenFile(p.name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		return err
	}
	if err = p.take(f); !errors.Is(err, errNoLocks) {
		return err // one who clears away may have had it for a moment
	}
	// A name that nobody else has, and no second try.
	_ = p.root.Remove(p.name)
	p.once = true
	p.name = filepath.Join(filepath.Dir(p.name), ".weft-"+rand.Text()+".part")
	p.f, err = p.root.OpenFile(p.name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	return err
}

// openOwn opens a file for reading and writing. What is no file of this user's
// alone, such as a link that somebody put there, is removed and does not exist:
// who else owns a file, or has another name for it, could write to it later, or
// have something of this user's written over.
func openOwn(root *os.Root, name string) (*os.File, error) {
	s, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !s.Mode().IsRegular() {
		if err := root.Remove(name); err != nil {
			return nil, err
		}
		return nil, fs.ErrNotExist
	}
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	own, err := f.Stat()
	if err != nil || !os.SameFile(s, own) {
		f.Close()
		return nil, errGone
	}
	if !ours(own) {
		f.Close()
		if err := root.Remove(name); err != nil {
			return nil, err
		}
		return nil, fs.ErrNotExist
	}
	return f, nil
}

// resume reads the journal. It is false if that tells of another object.
func (p *partial) resume(h heading) bool {
	j, err := openOwn(p.root, p.journalName())
	if err != nil {
		return false
	}
	lines := bufio.NewScanner(io.LimitReader(j, 1<<20))
	lines.Buffer(nil, 64<<10)
	var found heading
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &found) != nil || found != h {
		j.Close()
		return false
	}
	p.done = map[int64]uint64{}
	for lines.Scan() {
		var n int64
		var sum uint64
		if k, _ := fmt.Sscanf(lines.Text(), "%d %016x.", &n, &sum); k == 2 && strings.HasSuffix(lines.Text(), ".") {
			p.done[n] = sum
		}
	}
	if _, err := j.Seek(0, io.SeekEnd); err != nil {
		j.Close()
		return false
	}
	_, _ = j.WriteString("\n") // ends a line that was cut short
	p.journal = j
	return true
}

// begin starts a journal for an empty file.
func (p *partial) begin(h heading) error {
	_ = p.root.Remove(p.journalName())
	j, err := p.root.OpenFile(p.journalName(), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o666)
	if err != nil {
		p.discard()
		return err
	}
	p.journal = j
	var line bytes.Buffer
	if err := json.NewEncoder(&line).Encode(h); err != nil {
		return err
	}
	if _, err := j.Write(line.Bytes()); err != nil {
		p.discard()
		return err
	}
	return nil
}

// record notes a part that has been written. It need not be on the disk: the
// next try looks whether its bytes have this checksum.
func (p *partial) record(n int64, sum uint64) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done == nil {
		p.done = map[int64]uint64{}
	}
	p.done[n] = sum
	if p.journal == nil {
		return nil
	}
	_, err := fmt.Fprintf(p.journal, "%d %016x.\n", n, sum)
	return err
}

// place gives the finished file its name and clears away what other tries left.
func (p *partial) place(name string, overwrite bool, object string) error {
	if err := p.f.Sync(); err != nil {
		return err
	}
	// First the journal: without it nobody writes to this file again, under
	// whatever name.
	p.endJournal()
	if err := place(p.root, p.name, name, overwrite); err != nil {
		return err
	}
	p.f.Close()
	p.f = nil
	for n := range maxPartials {
		other := &partial{root: p.root, name: partialName(name, object, n)}
		if other.name == p.name {
			continue
		}
		f, err := openOwn(p.root, other.name)
		if err != nil {
			break // they are taken in this order
		}
		if other.take(f) == nil {
			other.discard()
		}
	}
	return nil
}

func (p *partial) endJournal() {
	if p.journal != nil {
		p.journal.Close()
		p.journal = nil
	}
	_ = p.root.Remove(p.journalName())
}

// discard removes the file and its journal.
func (p *partial) discard() {
	p.endJournal()
	if p.f != nil {
		_ = p.root.Remove(p.name)
		p.f.Close()
		p.f = nil
	}
	p.done = nil
}

// keep leaves the file for the next try.
func (p *partial) keep() {
	p.journal.Close()
	p.f.Close()
}
