package picture

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// tiff reads the directories of a TIFF structure, which is also what EXIF is
// (TIFF 6.0; CIPA DC-008). Every offset is checked and nothing is followed twice:
// metadata cannot keep it busy. (bep/imagemeta v1.0.1 spends seconds on 62 kB with
// 2,400 pointers to one directory of 4,400 tags; tests hold it beside this reader.)
type tiff struct {
	data  []byte
	order binary.ByteOrder
}

// entry is one tag of a directory.
type entry struct {
	tag, kind uint16
	count     uint32
	value     []byte // count × size bytes; nil if it lies outside of data
}

// The tags weft reads.
const (
	tagWidth, tagHeight, tagBits, tagCompression = 256, 257, 258, 259
	tagMake, tagModel, tagStrips, tagOrientation = 271, 272, 273, 274
	tagSamples, tagStripBytes, tagDate           = 277, 279, 306
	tagTileWidth, tagTileHeight                  = 322, 323
	tagTiles, tagTileBytes, tagExif, tagProfile  = 324, 325, 34665, 34675
	tagTaken, tagZone                            = 36867, 36881
	tagThumbnail, tagThumbnailBytes              = 513, 514
)

func openTIFF(data []byte) (tiff, bool) {
	if len(data) < 8 {
		return tiff{}, false
	}
	switch string(data[:4]) {
	case "II*\x00":
		return tiff{data, binary.LittleEndian}, true
	case "MM\x00*":
		return tiff{data, binary.BigEndian}, true
	}
	return tiff{}, false
}

// directory reads the entries at an offset and where the next directory is.
func (t tiff) directory(at uint32) (entries map[uint16]entry, next uint32, ok bool) {
	n := int64(len(t.data))
	if at < 8 || int64(at)+2 > n {
		return nil, 0, false
	}
	count := int64(t.order.Uint16(t.data[at:]))
	end := int64(at) + 2 + count*12
	if end > n {
		return nil, 0, false
	}
	entries = make(map[uint16]entry, count)
	for p := int64(at) + 2; p < end; p += 12 {
		e := entry{tag: t.order.Uint16(t.data[p:]), kind: t.order.Uint16(t.data[p+2:]), count: t.order.Uint32(t.data[p+4:])}
		e.value = t.value(e, p+8)
		if _, twice := entries[e.tag]; !twice {
			entries[e.tag] = e
		}
	}
	next, _ = t.after(at)
	return entries, next, true
}

// after is where the directory after the one at an offset is.
func (t tiff) after(at uint32) (next uint32, ok bool) {
	n := int64(len(t.data))
	if at < 8 || int64(at)+2 > n {
		return 0, false
	}
	end := int64(at) + 2 + 12*int64(t.order.Uint16(t.data[at:]))
	if end+4 > n {
		return 0, end <= n
	}
	return t.order.Uint32(t.data[end:]), true
}

func (t tiff) value(e entry, at int64) []byte {
	length := int64(e.count) * int64(kindBytes(e.kind))
	if length > 4 {
		at = int64(t.order.Uint32(t.data[at:]))
	}
	if length == 0 || at+length > int64(len(t.data)) {
		return nil
	}
	return t.data[at : at+length]
}

func kindBytes(kind uint16) int {
	sizes := [...]int{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8}
	if int(kind) < len(sizes) {
		return sizes[kind]
	}
	return 0
}

// number is the i-th number of an entry of bytes, shorts or longs.
func (t tiff) number(e entry, i int) (uint32, bool) {
	size := kindBytes(e.kind)
	if (i+1)*size > len(e.value) {
		return 0, false
	}
	switch b := e.value[i*size:]; e.kind {
	case 1, 7:
		return uint32(b[0]), true
	case 3:
		return uint32(t.order.Uint16(b)), true
	case 4:
		return t.order.Uint32(b), true
	}
	return 0, false
}

// text is an entry's text without control characters, at most 64 bytes.
func text(e entry) string {
	if e.kind != 2 {
		return ""
	}
	return plain(string(e.value[:min(len(e.value), 64)]))
}

// readExif takes orientation, time and camera from the metadata; the place
// where the picture was taken is not even read. Bad metadata is no error.
func (h *header) readExif() {
	t, ok := openTIFF(h.exif)
	if !ok {
		return
	}
	main, next, ok := t.directory(t.order.Uint32(t.data[4:]))
	if !ok {
		return
	}
	if h.Format == "jpeg" {
		h.thumbnail = t.thumbnail(next)
	}
	// What turns an AVIF or a HEIC is a property of it, and this only repeats it.
	if o, ok := t.number(main[tagOrientation], 0); ok && o >= 1 && o <= 8 && h.Format != "avif" && h.Format != "heic" {
		h.Orientation = int(o)
	}
	maker, model := text(main[tagMake]), text(main[tagModel])
	if h.Camera = model; !strings.HasPrefix(strings.ToLower(model), strings.ToLower(maker)) {
		h.Camera = strings.TrimSpace(maker + " " + model)
	}
	date, zone := text(main[tagDate]), ""
	if at, ok := t.number(main[tagExif], 0); ok {
		if sub, _, ok := t.directory(at); ok {
			if taken := text(sub[tagTaken]); taken != "" {
				date, zone = taken, text(sub[tagZone])
			}
		}
	}
	if taken, err := time.Parse("2006:01:02 15:04:05-07:00", date+zone); err == nil {
		h.Taken = taken.UTC()
	} else if taken, err := time.Parse("2006:01:02 15:04:05", date); err == nil {
		h.Taken = taken
	}
	if h.Taken.Year() < 1826 { // the first photograph; also 0000:00:00
		h.Taken = time.Time{}
	}
}

// thumbnail is the JPEG that the second directory of EXIF may hold, or nil.
func (t tiff) thumbnail(directory uint32) []byte {
	entries, _, _ := t.directory(directory)
	at, ok1 := t.number(entries[tagThumbnail], 0)
	n, ok2 := t.number(entries[tagThumbnailBytes], 0)
	if end := int64(at) + int64(n); ok1 && ok2 && end <= int64(len(t.data)) {
		return t.data[at:end]
	}
	return nil
}

// readTIFF reads the first directory and counts the others.
func readTIFF(h *header, b []byte, size int64) error {
	whole := int64(len(b)) >= size
	t, ok := openTIFF(b)
	if !ok {
		return short(size, 8)
	}
	first, next, ok := t.directory(t.order.Uint32(b[4:]))
	if !ok {
		if !whole {
			return ErrPartial
		}
		return short(size, int64(t.order.Uint32(b[4:]))+2)
	}
	w, _ := t.number(first[tagWidth], 0)
	ht, _ := t.number(first[tagHeight], 0)
	if w > 1<<31-1 || ht > 1<<31-1 {
		return fmt.Errorf("%w: it claims %d×%d pixels", ErrDamaged, w, ht)
	}
	h.Width, h.Height, h.exif = int(w), int(ht), b
	h.pixelBytes = 4
	if bits, _ := t.number(first[tagBits], 0); bits > 8 {
		h.pixelBytes = 8
	}
	if p := first[tagProfile]; len(p.value) <= maxProfile {
		h.icc = p.value
	}
	if err := t.checkData(first, h, whole, size); err != nil {
		return err
	}
	frames := 1
	for seen := map[uint32]bool{}; next != 0 && !seen[next] && frames < 1000; frames++ {
		seen[next] = true
		if next, ok = t.after(next); !ok {
			break
		}
	}
	if frames > 1 {
		h.Frames = frames
	}
	return nil
}

// maxPieces is the most strips or tiles of a TIFF: each costs a decoder of its
// own. Tiles of 16×16 pixels, the least the format allows, come to 195,000 for 50
// megapixels.
const maxPieces = 200_000

// checkData checks that the strips or tiles lie within the file, and that they
// make no more work than the picture's size lets expect: a decoder unpacks every
// tile whole, and each strip anew if many of them share the same bytes.
func (t tiff) checkData(dir map[uint16]entry, h *header, whole bool, size int64) error {
	offsets, lengths := dir[tagStrips], dir[tagStripBytes]
	if offsets.count == 0 {
		offsets, lengths = dir[tagTiles], dir[tagTileBytes]
	}
	if offsets.value == nil || lengths.value == nil {
		if !whole {
			return nil
		}
		return fmt.Errorf("%w: it says not where its picture is", ErrDamaged)
	}
	if tw, ok := t.number(dir[tagTileWidth], 0); ok {
		th, _ := t.number(dir[tagTileHeight], 0)
		up := func(n int, tile uint32) float64 { return math.Ceil(float64(n)/max(1, float64(tile))) * float64(tile) }
		if up(h.Width, tw)*up(h.Height, th) > max(1<<24, 4*float64(h.Width)*float64(h.Height)) {
			return fmt.Errorf("%w: its tiles are far larger than the picture", ErrDamaged)
		}
	}
	if offsets.count > maxPieces {
		return fmt.Errorf("%w: it is cut into %d pieces, far more than any program writes", ErrDamaged, offsets.count)
	}
	var need, sum int64
	for i := range int(offsets.count) {
		at, ok1 := t.number(offsets, i)
		n, ok2 := t.number(lengths, i)
		if !ok1 || !ok2 {
			break
		}
		need, sum = max(need, int64(at)+int64(n)), sum+int64(n)
	}
	if need > size {
		return short(size, need)
	}
	if sum > 2*size {
		return fmt.Errorf("%w: its strips overlap", ErrDamaged)
	}
	return nil
}
