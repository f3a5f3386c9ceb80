package picture

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

// maxProfileTags is the most tags of a profile that are looked at; real ones have
// fewer than thirty.
const maxProfileTags = 200

// profileName is what a colour profile calls itself: its desc tag, which is ASCII
// up to version 2 (ICC.1:2001-04, 6.5.17) and Unicode in some languages since
// (ICC.1:2022, 10.15). "" if it does not say.
func profileName(icc []byte) string {
	if len(icc) < 132 || string(icc[36:40]) != "acsp" {
		return ""
	}
	tag := profileTag(icc, "desc")
	if len(tag) < 12 {
		return ""
	}
	switch string(tag[:4]) {
	case "desc":
		n := min(int64(binary.BigEndian.Uint32(tag[8:])), int64(len(tag)-12))
		return plain(string(tag[12 : 12+n]))
	case "mluc":
		return plain(localName(tag))
	}
	return ""
}

// profileTag is the data of a tag, or nil.
func profileTag(icc []byte, name string) []byte {
	order := binary.BigEndian
	for i := range min(int(order.Uint32(icc[128:])), maxProfileTags) {
		at := 132 + 12*i
		if at+12 > len(icc) {
			return nil
		}
		if string(icc[at:at+4]) != name {
			continue
		}
		from, length := int64(order.Uint32(icc[at+4:])), int64(order.Uint32(icc[at+8:]))
		if from+length > int64(len(icc)) {
			return nil
		}
		return icc[from : from+length]
	}
	return nil
}

// localName is the English text of a multiLocalizedUnicodeType, else the first.
func localName(tag []byte) string {
	order := binary.BigEndian
	name := ""
	if len(tag) < 16 {
		return ""
	}
	for i := range min(int(order.Uint32(tag[8:])), maxProfileTags) {
		at := 16 + 12*i
		if at+12 > len(tag) {
			break
		}
		length, from := int64(order.Uint32(tag[at+4:])), int64(order.Uint32(tag[at+8:]))
		if from+length > int64(len(tag)) {
			continue
		}
		var units []uint16
		for b := tag[from : from+min(length, 512)]; len(b) >= 2; b = b[2:] {
			units = append(units, order.Uint16(b))
		}
		english := string(tag[at:at+2]) == "en"
		if name == "" || english {
			name = string(utf16.Decode(units))
		}
		if english {
			break
		}
	}
	return name
}

// plain is a text of a file's metadata up to its first zero, without control
// characters, at most 64 characters.
func plain(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	n := 0
	s = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || !unicode.IsPrint(r) || n >= 64 {
			return -1
		}
		n++
		return r
	}, s)
	return strings.TrimSpace(s)
}
