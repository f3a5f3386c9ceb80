package picture

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// maxProfile bounds a colour profile, in bytes.
const maxProfile = 1 << 20

// readJPEG walks the segments (ITU-T T.81, annex B) up to the end marker.
func readJPEG(h *header, b []byte, size int64) error {
	h.pixelBytes = 5 // planes and their upsampling
	whole := int64(len(b)) >= size
	var profile [][]byte
	for at := 2; ; {
		next := bytes.IndexByte(b[at:], 0xff)
		if next < 0 || at+next+1 >= len(b) {
			return h.endJPEG(whole, size)
		}
		at += next + 1
		marker := b[at]
		if marker == 0xff { // fill byte
			continue
		}
		at++
		switch {
		case marker == 0xd9:
			h.icc = joinProfile(profile)
			if h.scans == 0 {
				return fmt.Errorf("%w: it holds no picture data", ErrDamaged)
			}
			return nil
		case marker == 0 || marker == 1 || marker >= 0xd0 && marker <= 0xd8: // data, or without a length
			continue
		}
		if at+2 > len(b) {
			return h.endJPEG(whole, size)
		}
		length := int(binary.BigEndian.Uint16(b[at:]))
		if length < 2 {
			return fmt.Errorf("%w: a segment has no length", ErrDamaged)
		}
		if at+length > len(b) {
			return h.endJPEG(whole, size)
		}
		if err := h.segment(marker, b[at+2:at+length], &profile); err != nil {
			return err
		}
		at += length
		if !whole && h.scans > 0 {
			h.icc, h.scans = joinProfile(profile), 0
			return nil
		}
	}
}

func (h *header) endJPEG(whole bool, size int64) error {
	if whole {
		return short(size, 0)
	}
	if h.Width == 0 {
		return ErrPartial
	}
	return nil
}

func (h *header) segment(marker byte, data []byte, profile *[][]byte) error {
	switch {
	case marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc:
		if len(data) < 6 {
			return fmt.Errorf("%w: its frame header is too short", ErrDamaged)
		}
		if h.Width != 0 {
			return fmt.Errorf("%w: it has two frame headers", ErrDamaged)
		}
		if marker > 0xc2 || data[0] != 8 {
			return fmt.Errorf("%w: it is a JPEG of a rare kind (%s); save it as an ordinary one first", ErrFormat, rare(marker, data[0]))
		}
		h.Height, h.Width = int(binary.BigEndian.Uint16(data[1:])), int(binary.BigEndian.Uint16(data[3:]))
		h.components = int(data[5])
		if h.progressive = marker == 0xc2; h.progressive {
			h.pixelBytes += 12 // its coefficients
		}
	case marker == 0xda:
		h.scans++
	case marker == 0xe1 && h.exif == nil && bytes.HasPrefix(data, []byte("Exif\x00\x00")):
		h.exif = data[6:]
	case marker == 0xe2 && bytes.HasPrefix(data, []byte("ICC_PROFILE\x00")) && len(data) > 14:
		*profile = append(*profile, data[12:])
	}
	return nil
}

// rare says what is rare about a frame (ITU-T T.81, table B.1), of which a
// tolerant decoder makes noise.
func rare(marker, precision byte) string {
	switch {
	case marker == 0xc3 || marker == 0xc7 || marker == 0xcb || marker == 0xcf:
		return "lossless"
	case marker >= 0xc9:
		return "arithmetic coding"
	case marker > 0xc2:
		return "hierarchical"
	}
	return fmt.Sprintf("%d bits a colour", precision)
}

// joinProfile joins the parts of a profile (ICC.1, annex B.4): each starts with
// its number, counted from 1, and the count of parts.
func joinProfile(parts [][]byte) []byte {
	var out []byte
	for i, p := range parts {
		if int(p[0]) != i+1 || int(p[1]) != len(parts) || len(out)+len(p) > maxProfile {
			return nil
		}
		out = append(out, p[2:]...)
	}
	return out
}

// readPNG walks the chunks (PNG, third edition, clause 5) up to IEND.
func readPNG(h *header, b []byte, size int64) error {
	whole := int64(len(b)) >= size
	var idat, raw int64
	profiles := 0
	for at := int64(8); ; {
		if at+8 > int64(len(b)) {
			return h.endPNG(whole, size, at+12)
		}
		length, kind := int64(binary.BigEndian.Uint32(b[at:])), string(b[at+4:at+8])
		if length > 1<<31-1 || kind == "IHDR" != (at == 8) {
			return fmt.Errorf("%w: its chunks are not those of a PNG", ErrDamaged)
		}
		end := at + 12 + length
		if end > int64(len(b)) {
			if kind == "IDAT" && !whole {
				return h.endPNG(false, size, end)
			}
			return h.endPNG(whole, size, end)
		}
		data := b[at+8 : at+8+length]
		switch kind {
		case "IHDR":
			var err error
			if raw, err = h.imageHeader(data); err != nil {
				return err
			}
		case "IDAT":
			idat += length
		case "acTL":
			if length >= 4 {
				h.Frames = int(min(binary.BigEndian.Uint32(data), 1<<20))
			}
		case "eXIf":
			h.exif = data
		case "iCCP":
			if profiles++; profiles == 1 { // unpacking thousands would take minutes
				h.icc = inflateProfile(data)
			}
		case "IEND":
			// Deflate shrinks to 1/1032 at best: a smaller stream cannot hold the picture.
			if idat*1032+1024 < raw {
				return fmt.Errorf("%w: it claims %d×%d pixels but holds only %s of them", ErrDamaged, h.Width, h.Height, bytesText(idat))
			}
			return nil
		}
		at = end
	}
}

func (h *header) endPNG(whole bool, size, need int64) error {
	if whole {
		return short(size, need)
	}
	if h.Width == 0 {
		return ErrPartial
	}
	return nil
}

// imageHeader reads IHDR and returns the length of the unpacked data.
func (h *header) imageHeader(data []byte) (int64, error) {
	if len(data) != 13 {
		return 0, fmt.Errorf("%w: its header has the wrong length", ErrDamaged)
	}
	w, ht := binary.BigEndian.Uint32(data), binary.BigEndian.Uint32(data[4:])
	channels, ok := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[data[9]]
	depth := int64(data[8])
	if w > 1<<31-1 || ht > 1<<31-1 || !ok || depth == 0 || depth > 16 {
		return 0, fmt.Errorf("%w: its header makes no sense", ErrDamaged)
	}
	h.Width, h.Height = int(w), int(ht)
	h.pixelBytes = 4 * max(1, depth/8)
	if data[12] != 0 {
		h.pixelBytes *= 2 // interlaced: passes beside the picture
	}
	row := (int64(w)*channels*depth + 7) / 8
	if row > 0 && int64(ht) > (1<<62)/row {
		return 1 << 62, nil
	}
	return row * int64(ht), nil
}

// inflateProfile unpacks iCCP: a name, a zero, the method and zlib data.
func inflateProfile(data []byte) []byte {
	i := bytes.IndexByte(data[:min(len(data), 80)], 0)
	if i < 0 || i+2 > len(data) {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(data[i+2:]))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(z, maxProfile+1))
	if err != nil || len(out) > maxProfile {
		return nil
	}
	return out
}

// readGIF walks the blocks (GIF89a) and counts the frames.
func readGIF(h *header, b []byte, size int64) error {
	whole := int64(len(b)) >= size
	if len(b) < 13 {
		return short(size, 0)
	}
	h.pixelBytes = 1
	h.Width, h.Height = int(binary.LittleEndian.Uint16(b[6:])), int(binary.LittleEndian.Uint16(b[8:]))
	at, frames := 13+colourTable(b[10]), 0
	for at < len(b) {
		switch b[at] {
		case 0x3b:
			return h.endGIF(frames, true, whole, size)
		case 0x21:
			at = skipBlocks(b, at+2)
		case 0x2c:
			if at+10 > len(b) {
				return h.endGIF(frames, false, whole, size)
			}
			at = skipBlocks(b, at+10+colourTable(b[at+9])+1)
			if at >= 0 {
				frames++
			}
		default:
			return fmt.Errorf("%w: its blocks are not those of a GIF", ErrDamaged)
		}
		if at < 0 {
			return h.endGIF(frames, false, whole, size)
		}
	}
	return h.endGIF(frames, at == len(b), whole, size)
}

// endGIF ends the walk; clean tells whether it ended between two blocks, which
// is as good as the trailer that some writers forget.
func (h *header) endGIF(frames int, clean, whole bool, size int64) error {
	if frames > 1 {
		h.Frames = frames
	}
	if whole && !clean {
		return short(size, 0)
	}
	if whole && frames == 0 {
		return fmt.Errorf("%w: it holds no picture", ErrDamaged)
	}
	return nil
}

func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// skipBlocks returns the place after the data blocks at at, or -1.
func skipBlocks(b []byte, at int) int {
	for at < len(b) {
		n := int(b[at])
		at += n + 1
		if n == 0 {
			return at
		}
	}
	return -1
}

// readBMP reads the file and info headers.
func readBMP(h *header, b []byte, size int64) error {
	if len(b) < 54 {
		return short(size, 54)
	}
	offset := int64(binary.LittleEndian.Uint32(b[10:]))
	w, ht := int64(int32(binary.LittleEndian.Uint32(b[18:]))), int64(int32(binary.LittleEndian.Uint32(b[22:])))
	depth := int64(binary.LittleEndian.Uint16(b[28:]))
	if ht < 0 {
		ht = -ht // stored from the top
	}
	if w <= 0 || ht <= 0 || ht > 1<<31-1 || depth == 0 || depth > 32 {
		return fmt.Errorf("%w: its header makes no sense", ErrDamaged)
	}
	h.Width, h.Height, h.pixelBytes = int(w), int(ht), 4
	if compression := binary.LittleEndian.Uint32(b[30:]); compression == 0 || compression == 3 {
		if need := offset + (w*depth+31)/32*4*ht; need > size {
			return short(size, need)
		}
	}
	return nil
}
