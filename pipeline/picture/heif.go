package picture

import (
	"encoding/binary"
	"fmt"
	"image"
)

// heif is what the boxes of an AVIF or HEIC tell (ISO/IEC 14496-12; 23008-12).
type heif struct {
	primary uint64
	kinds   map[uint64]string   // of the items: av01, hvc1, grid, Exif …
	uses    map[uint64][]int    // properties of each item, counted from 1
	props   []heifProperty      // in their order
	extents map[uint64][]extent // where the items lie in the file
	frames  int                 // of the longest track of pictures
	track   image.Point         // its size
}

type heifProperty struct {
	kind string
	data []byte
}

type extent struct{ offset, length uint64 }

// maxItems is the most items, properties or extents that are read: a phone's
// photo of 48 megapixels has some hundred.
const maxItems = 10_000

// heifFormat tells AVIF from HEIC by the brands; "" is neither.
func heifFormat(b []byte) string {
	if len(b) < 16 || string(b[4:8]) != "ftyp" {
		return ""
	}
	end := min(int64(binary.BigEndian.Uint32(b)), int64(len(b)), 256)
	for at := int64(8); at+4 <= end; at += 4 {
		switch string(b[at : at+4]) {
		case "avif", "avis":
			return "avif"
		case "heic", "heix", "hevc", "hevx", "heim", "heis":
			return "heic"
		}
	}
	return ""
}

// readHEIF reads the boxes that describe the pictures; the pictures themselves
// may lie behind what there is of the file.
func readHEIF(h *header, b []byte, size int64) error {
	whole := int64(len(b)) >= size
	h.pixelBytes = 24 // planes, their conversion and a copy, of up to 16 bits
	f := heif{kinds: map[uint64]string{}, uses: map[uint64][]int{}, extents: map[uint64][]extent{}}
	need := int64(0)
	for at := int64(0); at < size; {
		if at+8 > int64(len(b)) {
			need = at + 8
			break
		}
		kind, length, head := boxHead(b[at:])
		if length == 0 {
			length = uint64(size - at) // to the end of the file
		}
		if length < head || length > 1<<62 {
			return fmt.Errorf("%w: its boxes are not those of a picture", ErrDamaged)
		}
		end := at + int64(length)
		need = max(need, end)
		if kind == "meta" || kind == "moov" {
			if end > int64(len(b)) {
				if whole {
					return short(size, end)
				}
				return ErrPartial
			}
			f.describe(kind, b[at+int64(head):end])
		}
		at = end
	}
	if err := f.tell(h, b); err != nil {
		if !whole && need > int64(len(b)) {
			return ErrPartial
		}
		if whole && need > size {
			return short(size, need)
		}
		return err
	}
	for _, all := range f.extents {
		for _, e := range all {
			need = max(need, int64(min(e.offset+e.length, 1<<62)))
		}
	}
	if whole && need > size {
		return short(size, need)
	}
	return nil
}

// boxHead reads a box's kind, its length, 0 if it goes on to the end, and the
// length of its head.
func boxHead(b []byte) (kind string, length, head uint64) {
	kind, length = string(b[4:8]), uint64(binary.BigEndian.Uint32(b))
	if length == 1 && len(b) >= 16 {
		return kind, binary.BigEndian.Uint64(b[8:]), 16
	}
	return kind, length, 8
}

// eachBox calls fn for each whole box.
func eachBox(b []byte, fn func(kind string, data []byte)) {
	for len(b) >= 8 {
		kind, length, head := boxHead(b)
		if length == 0 {
			length = uint64(len(b))
		}
		if length < head || length > uint64(len(b)) {
			return
		}
		fn(kind, b[head:length])
		b = b[length:]
	}
}

// describe reads one box of what describes the pictures.
func (f *heif) describe(kind string, data []byte) {
	c := cursor{b: data}
	switch kind {
	case "moov":
		eachBox(data, func(kind string, data []byte) {
			if kind == "trak" {
				f.readTrack(data)
			}
		})
	case "meta":
		eachBox(data[min(4, len(data)):], f.describe)
	case "pitm":
		f.primary = c.uint(c.sized(c.version() == 0, 2, 4))
	case "iinf":
		skip := 4 + c.sized(c.version() == 0, 2, 4)
		eachBox(data[min(skip, len(data)):], f.describe)
	case "infe":
		version := c.version()
		id := c.uint(c.sized(version < 3, 2, 4))
		c.uint(2)
		if kind := c.take(4); version >= 2 && !c.bad && len(f.kinds) < maxItems {
			f.kinds[id] = string(kind)
		}
	case "iprp":
		eachBox(data, f.describe)
	case "ipco":
		eachBox(data, func(kind string, data []byte) {
			if len(f.props) < maxItems {
				f.props = append(f.props, heifProperty{kind, data})
			}
		})
	case "ipma":
		f.readUses(c)
	case "iloc":
		f.readPlaces(c)
	}
}

// readUses reads which properties each item has.
func (f *heif) readUses(c cursor) {
	flags := c.uint(4)
	wide, wideID := flags&1 != 0, flags>>24 > 0
	for n := c.uint(4); n > 0 && !c.bad && len(f.uses) < maxItems; n-- {
		id := c.uint(c.sized(!wideID, 2, 4))
		for k := c.uint(1); k > 0 && !c.bad; k-- {
			if wide {
				f.uses[id] = append(f.uses[id], int(c.uint(2)&0x7fff))
			} else {
				f.uses[id] = append(f.uses[id], int(c.uint(1)&0x7f))
			}
		}
	}
}

// readPlaces reads where the items lie, if they lie in the file as such.
func (f *heif) readPlaces(c cursor) {
	version := c.version()
	sizes := c.uint(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	for n := c.uint(c.sized(version < 2, 2, 4)); n > 0 && !c.bad && len(f.extents) < maxItems; n-- {
		id := c.uint(c.sized(version < 2, 2, 4))
		method := uint64(0)
		if version > 0 {
			method = c.uint(2) & 15
		}
		c.uint(2)
		start := c.uint(base)
		for k := c.uint(2); k > 0 && !c.bad; k-- {
			if version > 0 {
				c.uint(index)
			}
			e := extent{start + c.uint(offset), c.uint(length)}
			if method == 0 && !c.bad && len(f.extents[id]) < maxItems {
				f.extents[id] = append(f.extents[id], e)
			}
		}
	}
}

// readTrack counts the pictures of a track and takes their size.
func (f *heif) readTrack(data []byte) {
	pictures, frames, size := false, 0, image.Point{}
	var walk func(kind string, data []byte)
	walk = func(kind string, data []byte) {
		c := cursor{b: data}
		switch kind {
		case "mdia", "minf", "stbl":
			eachBox(data, walk)
		case "hdlr":
			c.uint(8)
			handler := string(c.take(4))
			pictures = handler == "pict" || handler == "vide"
		case "stsz":
			c.uint(8)
			frames = int(min(c.uint(4), 1<<20))
		case "stsd":
			c.uint(8)
			eachBox(c.b, func(_ string, data []byte) {
				c := cursor{b: data}
				c.take(24)
				size = image.Pt(int(c.uint(2)), int(c.uint(2)))
			})
		}
	}
	eachBox(data, walk)
	if pictures && frames > f.frames {
		f.frames, f.track = frames, size
	}
}

// tell puts what was found into the header.
func (f *heif) tell(h *header, b []byte) error {
	if f.frames > 1 {
		h.Frames = f.frames
	}
	seen := see(0, 0)
	for _, i := range f.uses[f.primary] {
		if i < 1 || i > len(f.props) {
			continue
		}
		switch p := f.props[i-1]; p.kind {
		case "ispe":
			w, ht := ispe(p.data)
			h.Width, h.Height = w, ht
		case "irot":
			if len(p.data) > 0 {
				seen.then([4]int{1, 8, 3, 6}[p.data[0]&3]) // anticlockwise, in quarters
			}
		case "imir":
			if len(p.data) > 0 {
				seen.then([2]int{4, 2}[p.data[0]&1]) // 0: top to bottom
			}
		case "clap":
			f.crop(h, p.data)
		case "colr":
			h.readColour(p.data)
		}
	}
	if h.icc == nil {
		h.icc = h.numbers.profile()
	}
	if h.Width == 0 || h.Height == 0 {
		h.Width, h.Height = f.track.X, f.track.Y
	}
	if h.Width == 0 {
		return fmt.Errorf("%w: it says not how large its picture is", ErrDamaged)
	}
	if err := f.checkParts(h); err != nil {
		return err
	}
	h.placeExif(f, b)
	if h.Orientation = seen.turn; h.Format == "heic" { // its decoder turns it
		if turns[seen.turn].swap {
			h.Width, h.Height = h.Height, h.Width
		}
		h.Orientation = 1
	}
	return nil
}

// crop makes the size that of the part that clap keeps, which HEIC's decoder
// heeds and AVIF's does not.
func (f *heif) crop(h *header, data []byte) {
	c := cursor{b: data}
	w, wOf, ht, htOf := c.uint(4), c.uint(4), c.uint(4), c.uint(4)
	if h.Format != "heic" || c.bad || wOf == 0 || htOf == 0 {
		return
	}
	if w, ht := int(w/wOf), int(ht/htOf); w > 0 && ht > 0 && w <= h.Width && ht <= h.Height {
		h.Width, h.Height = w, ht
	}
}

// checkParts refuses a picture whose parts come to far more than it.
func (f *heif) checkParts(h *header) error {
	sum := 0.0
	for id, kind := range f.kinds {
		if kind != "av01" && kind != "hvc1" {
			continue
		}
		for _, i := range f.uses[id] {
			if i >= 1 && i <= len(f.props) && f.props[i-1].kind == "ispe" {
				w, ht := ispe(f.props[i-1].data)
				sum += float64(w) * float64(ht)
			}
		}
	}
	if sum > 1<<24+6*float64(h.Width)*float64(h.Height) {
		return fmt.Errorf("%w: its parts are far larger than the picture", ErrDamaged)
	}
	return nil
}

func ispe(data []byte) (w, h int) {
	c := cursor{b: data}
	c.uint(4)
	return int(min(c.uint(4), 1<<31-1)), int(min(c.uint(4), 1<<31-1))
}

// placeExif finds the metadata, which starts with how far away its TIFF is. What
// turns the picture does not stand there.
func (h *header) placeExif(f *heif, b []byte) {
	for id, kind := range f.kinds {
		if at := f.extents[id]; kind == "Exif" && len(at) == 1 {
			if end := at[0].offset + at[0].length; end >= at[0].offset && end <= uint64(len(b)) {
				data := b[at[0].offset:end]
				c := cursor{b: data}
				if skip := c.uint(4); !c.bad && skip < uint64(len(c.b)) {
					h.exif = c.b[skip:]
				}
			}
		}
	}
}

// cursor reads numbers from left to right; past the end all are 0 and bad is set.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if n > len(c.b) {
		c.b, c.bad = nil, true
		return nil
	}
	out := c.b[:n]
	c.b = c.b[n:]
	return out
}

// uint is a big-endian number of n bytes, of which the last 8 count.
func (c *cursor) uint(n int) (v uint64) {
	for _, x := range c.take(n) {
		v = v<<8 | uint64(x)
	}
	return v
}

// version reads a full box's version and skips its flags.
func (c *cursor) version() uint64 { return c.uint(4) >> 24 }

// sized is how many bytes a number has: few or more.
func (c *cursor) sized(isFew bool, few, more int) int {
	if isFew {
		return few
	}
	return more
}
