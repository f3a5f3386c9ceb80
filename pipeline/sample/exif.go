package sample

import (
	"bytes"
	"encoding/binary"
	"image"
	"time"
)

// shot is what the camera notes beside the pixels. The zero value notes nothing.
type shot struct {
	orientation int // 1 to 8 as EXIF counts them; 0: no EXIF at all
	taken       time.Time
	gps         bool // a position, somewhere in the sea
}

// field is one entry of a TIFF directory, with its value as bytes.
type field struct {
	tag, kind uint16 // kind: 2 text, 3 short, 4 long, 5 rational
	count     uint32
	value     []byte
}

func text(tag uint16, s string) field {
	return field{tag, 2, uint32(len(s) + 1), append([]byte(s), 0)}
}

func short(tag uint16, v int) field {
	return field{tag, 3, 1, binary.BigEndian.AppendUint16(nil, uint16(v))}
}

func long(tag uint16, v uint32) field {
	return field{tag, 4, 1, binary.BigEndian.AppendUint32(nil, v)}
}

// rationals are numerator and denominator in turn.
func rationals(tag uint16, v ...uint32) field {
	f := field{tag, 5, uint32(len(v) / 2), nil}
	for _, n := range v {
		f.value = binary.BigEndian.AppendUint32(f.value, n)
	}
	return f
}

// directory lays out fields at an offset of the TIFF stream: entries first,
// then the values that do not fit into four bytes.
func directory(at int, fields []field) []byte {
	var entries, values []byte
	entries = binary.BigEndian.AppendUint16(entries, uint16(len(fields)))
	rest := at + 2 + 12*len(fields) + 4
	for _, f := range fields {
		entries = binary.BigEndian.AppendUint16(entries, f.tag)
		entries = binary.BigEndian.AppendUint16(entries, f.kind)
		entries = binary.BigEndian.AppendUint32(entries, f.count)
		if len(f.value) <= 4 {
			entries = append(entries, f.value...)
			entries = append(entries, make([]byte, 4-len(f.value))...)
			continue
		}
		entries = binary.BigEndian.AppendUint32(entries, uint32(rest+len(values)))
		values = append(values, f.value...)
		if len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	entries = append(entries, 0, 0, 0, 0) // no further directory
	return append(entries, values...)
}

// app1 is the JPEG segment that carries EXIF 2.32 (CIPA DC-008), big-endian.
func (s shot) app1(width, height int) []byte {
	when := s.taken.Format("2006:01:02 15:04:05")
	camera := []field{
		rationals(0x829a, 1, 125), // exposure time
		rationals(0x829d, 56, 10), // f-number
		short(0x8827, 200),        // ISO
		text(0x9003, when),        // taken
		long(0xa002, uint32(width)), long(0xa003, uint32(height)),
	}
	place := []field{
		text(1, "N"), rationals(2, 54, 1, 20, 1, 0, 1),
		text(3, "W"), rationals(4, 20, 1, 45, 1, 0, 1),
	}
	first := []field{
		text(0x010f, "Loom"), text(0x0110, "Swatch 1"),
		short(0x0112, s.orientation),
		rationals(0x011a, 72, 1), rationals(0x011b, 72, 1), short(0x0128, 2),
		text(0x0132, when),
		long(0x8769, 0),
	}
	if s.gps {
		first = append(first, long(0x8825, 0))
	}
	size := len(directory(8, first))
	sub := directory(8+size, camera)
	pointer := func(tag uint16, to int) {
		for i := range first {
			if first[i].tag == tag {
				first[i] = long(tag, uint32(to))
			}
		}
	}
	pointer(0x8769, 8+size)
	pointer(0x8825, 8+size+len(sub))
	tiff := append([]byte("MM\x00\x2a\x00\x00\x00\x08"), directory(8, first)...)
	tiff = append(tiff, sub...)
	if s.gps {
		tiff = append(tiff, directory(len(tiff), place)...)
	}
	out := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(2+6+len(tiff)))
	return append(append(out, "Exif\x00\x00"...), tiff...)
}

// into puts the segment right after the start marker of a JPEG.
func (s shot) into(jpeg []byte, width, height int) []byte {
	if s.orientation == 0 {
		return jpeg
	}
	return bytes.Join([][]byte{jpeg[:2], s.app1(width, height), jpeg[2:]}, nil)
}

// stored lays an upright picture out so that a viewer that applies the EXIF
// orientation shows it upright again.
func stored(im *image.YCbCr, orientation int) *image.YCbCr {
	if orientation <= 1 {
		return im
	}
	w, h := im.Rect.Dx(), im.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewYCbCr(size, image.YCbCrSubsampleRatio420)
	plane(out.Y, im.Y, w, h, out.YStride, im.YStride, orientation)
	plane(out.Cb, im.Cb, w/2, h/2, out.CStride, im.CStride, orientation)
	plane(out.Cr, im.Cr, w/2, h/2, out.CStride, im.CStride, orientation)
	return out
}

// plane moves the upright pixel (x, y) of w × h to where the orientation's
// viewer will look for it. The sides are even, so chroma moves alike.
func plane(dst, src []uint8, w, h, dstStride, srcStride, orientation int) {
	for y := range h {
		row := src[y*srcStride : y*srcStride+w]
		at, by := 0, 1 // where x = 0 goes, and how far one x moves it
		switch orientation {
		case 2:
			at, by = y*dstStride+w-1, -1
		case 3:
			at, by = (h-1-y)*dstStride+w-1, -1
		case 4:
			at = (h - 1 - y) * dstStride
		case 5:
			at, by = y, dstStride
		case 6: // shown turned by 90° clockwise
			at, by = (w-1)*dstStride+y, -dstStride
		case 7:
			at, by = (w-1)*dstStride+h-1-y, -dstStride
		case 8: // shown turned by 90° anticlockwise
			at, by = h-1-y, dstStride
		}
		for _, p := range row {
			dst[at] = p
			at += by
		}
	}
}
