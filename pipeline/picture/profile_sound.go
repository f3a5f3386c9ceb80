package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
)

// maxPoints is the most points of a table in an mft2 (ICC.1:2022, 10.10), and of a
// curve that goes down somewhere, which package icc takes their square to turn round.
const maxPoints = 4096

var errProfileShort = errors.New("it ends early")

// sound refuses what would make package icc allocate or go on without bound, where
// no recover helps: a table of tags (ICC.1:2022, 7.3) or a curve (10.6) that goes
// on behind the profile's end, a long curve that goes up and down, and a grid of
// colours whose numbers have no width (10.12.3).
func sound(profile []byte) error {
	order, n := binary.BigEndian, uint64(len(profile))
	if n < 132 {
		return errProfileShort
	}
	tags := uint64(order.Uint32(profile[128:]))
	if tags > maxProfileTags || 132+12*tags > n {
		return fmt.Errorf("it claims %d tags", tags)
	}
	for i := range tags {
		t := profile[132+12*i:]
		at, length := uint64(order.Uint32(t[4:])), uint64(order.Uint32(t[8:]))
		if at+length > n {
			return errProfileShort
		}
		if err := soundTag(profile[at : at+length]); err != nil {
			return err
		}
	}
	return nil
}

func soundTag(tag []byte) error {
	order := binary.BigEndian
	switch kind := string(tag[:min(len(tag), 4)]); kind {
	case "mft2":
		if len(tag) >= 52 && max(order.Uint16(tag[48:]), order.Uint16(tag[50:])) > maxPoints {
			return errors.New("a table of it has too many points")
		}
	case "curv":
		return soundCurves(tag)
	case "mAB ", "mBA ":
		if len(tag) < 32 {
			return errProfileShort
		}
		if grid := uint64(order.Uint32(tag[24:])); grid > 0 {
			if grid+20 > uint64(len(tag)) {
				return errProfileShort
			}
			if width := tag[grid+16]; width != 1 && width != 2 {
				return fmt.Errorf("the numbers of its grid have %d bytes", width)
			}
		}
		return soundCurves(tag)
	}
	return nil
}

// soundCurves looks at whatever may be a curve in a tag.
func soundCurves(tag []byte) error {
	order := binary.BigEndian
	for k := bytes.Index(tag, []byte("curv")); k >= 0; k = bytes.Index(tag, []byte("curv")) {
		if tag = tag[k:]; len(tag) < 12 {
			return errProfileShort
		}
		n := uint64(order.Uint32(tag[8:]))
		if 12+2*n > uint64(len(tag)) {
			return errors.New("a curve of it ends early")
		}
		if points := tag[12 : 12+2*n]; n > maxPoints && !rises(points) {
			return fmt.Errorf("a curve of %d points goes up and down", n)
		}
		tag = tag[4:]
	}
	return nil
}

// rises tells whether none of the 16-bit numbers is less than the one before.
func rises(points []byte) bool {
	for last := uint16(0); len(points) >= 2; points = points[2:] {
		v := binary.BigEndian.Uint16(points)
		if v < last {
			return false
		}
		last = v
	}
	return true
}
