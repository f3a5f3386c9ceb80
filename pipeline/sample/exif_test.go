package sample

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"testing"
	"time"
)

// tags reads a TIFF directory the way a viewer does: tag to offset of its entry.
func tags(t *testing.T, tiff []byte, at uint32) map[uint16][]byte {
	t.Helper()
	out := map[uint16][]byte{}
	for i := range int(binary.BigEndian.Uint16(tiff[at:])) {
		e := tiff[int(at)+2+12*i:][:12]
		tag, kind, count := binary.BigEndian.Uint16(e), binary.BigEndian.Uint16(e[2:]), binary.BigEndian.Uint32(e[4:])
		size := map[uint16]uint32{2: 1, 3: 2, 4: 4, 5: 8}[kind] * count
		value := e[8:12]
		if size > 4 {
			value = tiff[binary.BigEndian.Uint32(value):]
		}
		out[tag] = value[:size]
	}
	return out
}

// A JPEG carries orientation, camera, date and, where asked for, a position.
func TestEXIF(t *testing.T) {
	for _, p := range photos() {
		if p.shot.orientation == 0 {
			continue
		}
		var blank bytes.Buffer
		if err := jpeg.Encode(&blank, image.NewYCbCr(image.Rect(0, 0, 16, 16), image.YCbCrSubsampleRatio420), nil); err != nil {
			t.Fatal(err)
		}
		data := p.shot.into(blank.Bytes(), p.size[0], p.size[1])
		if !bytes.Equal(data[:4], []byte{0xff, 0xd8, 0xff, 0xe1}) || string(data[6:12]) != "Exif\x00\x00" {
			t.Fatalf("%s: no EXIF segment: % x", p.name, data[:12])
		}
		if n := int(binary.BigEndian.Uint16(data[4:])); data[4+n] != 0xff || data[5+n] != 0xdb {
			t.Errorf("%s: the segment's length does not lead to the next", p.name)
		}
		tiff := data[12:]
		first := tags(t, tiff, binary.BigEndian.Uint32(tiff[4:]))
		if got := binary.BigEndian.Uint16(first[0x112]); int(got) != p.shot.orientation {
			t.Errorf("%s: orientation %d, want %d", p.name, got, p.shot.orientation)
		}
		if string(first[0x10f]) != "Loom\x00" || string(first[0x110]) != "Swatch 1\x00" {
			t.Errorf("%s: camera %q %q", p.name, first[0x10f], first[0x110])
		}
		taken := tags(t, tiff, binary.BigEndian.Uint32(first[0x8769]))[0x9003]
		if when, err := time.Parse("2006:01:02 15:04:05\x00", string(taken)); err != nil || !when.Equal(p.shot.taken) {
			t.Errorf("%s: taken %q", p.name, taken)
		}
		place, has := first[0x8825]
		if has != p.shot.gps {
			t.Errorf("%s: GPS %v", p.name, has)
		}
		if has && len(tags(t, tiff, binary.BigEndian.Uint32(place))) != 4 {
			t.Errorf("%s: GPS directory", p.name)
		}
	}
}

// Shown as EXIF says, a stored picture is the upright one again.
func TestOrientation(t *testing.T) {
	up := image.NewYCbCr(image.Rect(0, 0, 8, 6), image.YCbCrSubsampleRatio420)
	for i := range up.Y {
		up.Y[i] = uint8(i)
	}
	for i := range up.Cb {
		up.Cb[i], up.Cr[i] = uint8(100+i), uint8(200+i)
	}
	for o := 1; o <= 8; o++ {
		got := stored(up, o)
		w, h := got.Rect.Dx()-1, got.Rect.Dy()-1
		for y := range 6 {
			for x := range 8 {
				// Where the EXIF table says that row 0 and column 0 of the file are shown.
				at := map[int]image.Point{
					1: {x, y}, 2: {w - x, y}, 3: {w - x, h - y}, 4: {x, h - y},
					5: {y, x}, 6: {y, h - x}, 7: {w - y, h - x}, 8: {w - y, x},
				}[o]
				if got.YCbCrAt(at.X, at.Y) != up.YCbCrAt(x, y) {
					t.Fatalf("orientation %d: %d,%d is not at %v", o, x, y, at)
				}
			}
		}
	}
}
