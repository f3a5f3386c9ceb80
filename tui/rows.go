package tui

import (
	"bytes"
	"encoding/binary"
	"path"
	"slices"
	"strings"
	"time"

	"weft/s3ops"
)

// row is one line of the object pane: an object, or a folder whose Key is its prefix.
type row struct {
	Key       string
	Size      int64 // bytes
	changed   int64 // when it was written, in nanoseconds of Unix time
	VersionID string
	folder    bool
	deleted   bool // the newest version is a delete marker
}

// object is the row as its bucket knows it, as far as the row does.
func (r row) object() s3ops.Object {
	return s3ops.Object{Key: r.Key, Size: r.Size, Modified: r.modified(), VersionID: r.VersionID, DeleteMarker: r.deleted}
}

func (r row) modified() time.Time { return time.Unix(0, r.changed) }

// rows are what a place holds as far as it is loaded, packed: a million take
// 24 MB and the bytes of their names. They are only ever added to, and what is
// there is never changed or moved. So a copy shows the rows that there were when
// it was made, and may be read while the newest copy, and only that, is added to.
type rows struct {
	base    string         // the folder that they lie in; names are what comes after it
	shelves []*[shelf]slim // all full but the last
	names   [][]byte       // blocks, each with one name after another
	used    int            // bytes of the last block
	n       int
	folders int   // those of them that are folders
	bytes   int64 // of all objects
}

// slim is a row without its name.
type slim struct {
	size    int64
	changed int64
	at      uint32 // where the name begins: its block, and its place there in the lower half
	length  uint16 // of the name, in bytes
	signs   uint16
}

const (
	shelf   = 1 << 10   // rows
	block   = 1 << 16   // bytes
	longest = 1<<16 - 1 // bytes of a name; S3 has none beyond 1,024
)

// Signs of a row.
const (
	isFolder   = 1 << iota
	isDeleted  // the newest version is a delete marker
	isOutside  // the store lists a key that is not in the folder: the name is the whole key
	hasVersion // the name is followed by the version's length, in two bytes, and the version
)

// newRows is a place without rows: those below a prefix, which may end in the
// beginning of a name.
func newRows(prefix string) rows { return rows{base: prefix[:strings.LastIndexByte(prefix, '/')+1]} }

// add appends what a page of a listing brought.
func (r *rows) add(folders []string, found []s3ops.Object) {
	for _, f := range folders {
		r.put(f, "", slim{signs: isFolder})
		r.folders++
	}
	for i := range found {
		o := &found[i]
		s := slim{size: o.Size, changed: o.Modified.UnixNano()}
		if o.DeleteMarker {
			s.signs = isDeleted
		}
		r.put(o.Key, o.VersionID, s)
		r.bytes += o.Size
	}
}

func (r *rows) put(key, version string, s slim) {
	name, ok := strings.CutPrefix(key, r.base)
	if !ok {
		s.signs |= isOutside
	}
	name, version = name[:min(len(name), longest)], version[:min(len(version), longest)]
	need := len(name)
	if version != "" {
		s.signs |= hasVersion
		need += 2 + len(version)
	}
	if last := len(r.names) - 1; last < 0 || r.used+need > len(r.names[last]) {
		r.names, r.used = append(r.names, make([]byte, max(block, need))), 0
	}
	last := len(r.names) - 1
	s.at, s.length = uint32(last)<<16|uint32(r.used), uint16(len(name))
	to := r.names[last][r.used:]
	copy(to, name)
	if version != "" {
		binary.NativeEndian.PutUint16(to[len(name):], uint16(len(version)))
		copy(to[len(name)+2:], version)
	}
	r.used += need
	if r.n%shelf == 0 {
		r.shelves = append(r.shelves, new([shelf]slim))
	}
	r.shelves[r.n/shelf][r.n%shelf] = s
	r.n++
}

// slim is the i-th row without its name.
func (r *rows) slim(i int32) *slim { return &r.shelves[i/shelf][i%shelf] }

func (s *slim) folder() bool { return s.signs&isFolder != 0 }

// name is the i-th row's key below its folder. It is not to be changed.
func (r *rows) name(i int32) []byte { return r.nameOf(r.slim(i)) }

func (r *rows) nameOf(s *slim) []byte {
	from := s.at % block
	return r.names[s.at/block][from : from+uint32(s.length)]
}

// at is the i-th row.
func (r *rows) at(i int32) row {
	s := r.slim(i)
	x := row{Key: string(r.nameOf(s)), Size: s.size, changed: s.changed, folder: s.folder(), deleted: s.signs&isDeleted != 0}
	if s.signs&isOutside == 0 {
		x.Key = r.base + x.Key
	}
	if s.signs&hasVersion != 0 {
		rest := r.names[s.at/block][s.at%block+uint32(s.length):]
		x.VersionID = string(rest[2 : 2+binary.NativeEndian.Uint16(rest)])
	}
	return x
}

// find is the row with a key among those from the first on, or -1.
func (r *rows) find(key string, first int) int32 {
	name, ok := strings.CutPrefix(key, r.base)
	for i := int32(first); i < int32(r.n); i++ {
		s := r.slim(i)
		if int(s.length) == len(name) && (s.signs&isOutside == 0) == ok && string(r.nameOf(s)) == name {
			return i
		}
	}
	return -1
}

// sortByName sorts rows by their names' bytes. Mostly they are.
func (r *rows) sortByName(all []int32) {
	compare := func(a, b int32) int { return bytes.Compare(r.name(a), r.name(b)) }
	if !slices.IsSortedFunc(all, compare) {
		slices.SortFunc(all, compare)
	}
}

// kind is the type of an object by its name, as shown in the list.
func kind(key string) string {
	ext := strings.ToUpper(strings.TrimPrefix(path.Ext(key), "."))
	if ext == "JPEG" {
		return "JPG"
	}
	if len(ext) > 5 {
		return ""
	}
	return ext
}

// kindNumber is the type of an object as a number that sorts as kind does: its
// letters, from the highest byte down.
func kindNumber(name []byte) (n uint64) {
	dot := bytes.LastIndexByte(name, '.')
	if dot < 0 {
		return 0
	}
	ext := name[dot+1:]
	if len(ext) <= 5 && plain(ext) && bytes.IndexByte(ext, '/') < 0 && !bytes.EqualFold(ext, []byte("JPEG")) {
		for i, c := range ext {
			if 'a' <= c && c <= 'z' {
				c -= 'a' - 'A'
			}
			n |= uint64(c) << (56 - 8*i)
		}
		return n
	}
	for i, c := range []byte(kind(string(name))) {
		n |= uint64(c) << (56 - 8*i)
	}
	return n
}

// holds tells whether a name holds a text that is in lower case. Names are
// mostly ASCII: those are compared in place.
func holds(name []byte, text string) bool {
	if !plain(name) || !plain(text) {
		return strings.Contains(strings.ToLower(string(name)), text)
	}
	for i := 0; i+len(text) <= len(name); i++ {
		n := 0
		for n < len(text) && lower(name[i+n]) == text[n] {
			n++
		}
		if n == len(text) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
