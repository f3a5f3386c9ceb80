package picture

import (
	"encoding/binary"
	"fmt"
	"image"
	"math"
)

// readWebP walks the chunks of the RIFF file (RFC 9649). The frame's own size is
// what the decoder allocates, so it counts, not only the canvas.
func readWebP(h *header, b []byte, size int64) error {
	h.pixelBytes = 4
	need := int64(binary.LittleEndian.Uint32(b[4:])) + 8
	whole := int64(len(b)) >= size
	if whole && need > size {
		h.webpChunks(b) // for the facts
		return short(size, need)
	}
	found, err := h.webpChunks(b)
	if err != nil {
		return err
	}
	switch {
	case found:
		return nil
	case whole:
		return fmt.Errorf("%w: it holds no picture", ErrDamaged)
	}
	return ErrPartial
}

// webpChunks tells whether it found the frame.
func (h *header) webpChunks(b []byte) (found bool, err error) {
	for at := int64(12); at+8 <= int64(len(b)); {
		length := int64(binary.LittleEndian.Uint32(b[at+4:]))
		kind := string(b[at : at+4])
		data := b[at+8 : min(at+8+length, int64(len(b)))]
		complete := int64(len(data)) == length
		switch kind {
		case "VP8X":
			if len(data) < 10 {
				return found, fmt.Errorf("%w: its header is too short", ErrDamaged)
			}
			h.grow(1+u24(data[4:]), 1+u24(data[7:]))
		case "VP8 ":
			if len(data) >= 10 {
				h.grow(int(binary.LittleEndian.Uint16(data[6:])&0x3fff), int(binary.LittleEndian.Uint16(data[8:])&0x3fff))
				found = true
			}
		case "VP8L":
			if len(data) >= 5 {
				bits := binary.LittleEndian.Uint32(data[1:])
				h.grow(1+int(bits&0x3fff), 1+int(bits>>14&0x3fff))
				found = true
			}
		case "ANMF":
			if h.Frames++; h.Frames == 1 && complete {
				if err := h.readFrame(data); err != nil {
					return found, err
				}
				found = true
			}
		case "EXIF":
			if complete {
				h.exif = data
				if len(data) > 6 && string(data[:6]) == "Exif\x00\x00" {
					h.exif = data[6:]
				}
			}
		case "ICCP":
			if complete && length <= maxProfile {
				h.icc = data
			}
		}
		at += 8 + length + length&1
	}
	return found, nil
}

// readFrame reads an animation's first frame (RFC 9649, 2.7.1.1): where on the
// canvas it lies, how large it is, and what a picture of its own would hold.
func (h *header) readFrame(data []byte) error {
	if len(data) < 16+8 {
		return fmt.Errorf("%w: its first frame is too short", ErrDamaged)
	}
	at := image.Pt(2*u24(data), 2*u24(data[3:]))
	box := image.Rectangle{at, at.Add(image.Pt(1+u24(data[6:]), 1+u24(data[9:])))}
	if !box.In(image.Rect(0, 0, h.Width, h.Height)) {
		return fmt.Errorf("%w: its first frame lies outside of its canvas", ErrDamaged)
	}
	var own header // the frame's own header claims no more than its place
	if _, err := own.webpChunks(append(make([]byte, 12), data[16:]...)); err != nil {
		return err
	}
	if own.Frames > 0 || own.Width != box.Dx() || own.Height != box.Dy() {
		return fmt.Errorf("%w: its first frame is not of its size", ErrDamaged)
	}
	h.frame, h.frameData = box, data[16:]
	return nil
}

// firstFrame is an animation's first frame as a file of its own.
func (h *header) firstFrame() []byte {
	size := h.frame.Size()
	out := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00"), u24bytes(size.X-1)...)
	out = append(append(out, u24bytes(size.Y-1)...), h.frameData...)
	binary.LittleEndian.PutUint32(out[4:], uint32(len(out)-8))
	return out
}

// grow keeps the largest size that any chunk claims.
func (h *header) grow(w, ht int) { h.Width, h.Height = max(h.Width, w), max(h.Height, ht) }

func u24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }

// fullRange stretches what VP8 stores, luma from 16 to 235 and chroma from 16 to
// 240 (RFC 6386, section 9.2; ITU-R BT.601), to the 0 to 255 that image.YCbCr
// means. The decoder does not: blacks would come out grey, whites dull
// (https://go.dev/issue/40173).
func fullRange(img image.Image) image.Image {
	m, ok := img.(*image.YCbCr)
	if a, alpha := img.(*image.NYCbCrA); alpha {
		m, ok = &a.YCbCr, true
	}
	if !ok {
		return img
	}
	stretch := func(plane []byte, from, to, span float64) { // from goes to to
		var table [256]byte
		for i := range table {
			table[i] = byte(min(max(math.Round((float64(i)-from)*255/span+to), 0), 255))
		}
		for i, v := range plane {
			plane[i] = table[v]
		}
	}
	stretch(m.Y, 16, 0, 219)
	stretch(m.Cb, 128, 128, 224)
	stretch(m.Cr, 128, 128, 224)
	return img
}
