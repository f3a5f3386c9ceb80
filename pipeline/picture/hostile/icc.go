package hostile

import "encoding/binary"

// icc is a colour profile for RGB with the given tags: each a signature and data.
func icc(tags ...string) []byte {
	u32 := binary.BigEndian.AppendUint32
	var table, data []byte
	for i := 0; i < len(tags); i += 2 {
		table = u32(u32(append(table, tags[i]...), uint32(132+6*len(tags)+len(data))), uint32(len(tags[i+1])))
		data = append(data, tags[i+1]...)
	}
	h := make([]byte, 128)
	copy(h[8:], "\x02\x00\x00\x00mntrRGB XYZ ")
	copy(h[36:], "acsp")
	binary.BigEndian.PutUint32(h, uint32(132+len(table)+len(data)))
	return joined(u32(h, uint32(len(tags)/2)), table, data)
}

// wavy is a profile whose curves of 150,000 points go up and down: to turn one
// round naively takes the square of that.
func wavy() []byte {
	curve := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), 150_000)
	for i := range 150_000 {
		curve = append(curve, byte(128+i%2), 0)
	}
	colorant := "XYZ \x00\x00\x00\x00\x00\x00\x50\x00\x00\x00\x50\x00\x00\x00\x50\x00"
	return icc("rXYZ", colorant, "gXYZ", colorant, "bXYZ", colorant, "rTRC", string(curve), "gTRC", string(curve), "bTRC", string(curve))
}

// vast is a profile with a table of 255⁴ colours whose numbers have no bytes, so
// that it seems to fit (ICC.1:2022, 10.12.3).
func vast() []byte {
	grid := "mAB \x00\x00\x00\x00\x04\x03\x00\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x00"
	return icc("A2B0", grid+"\xff\xff\xff\xff"+string(make([]byte, 16)))
}

// profileSegments carries a profile in as many segments as it takes (ICC.1, annex B.4).
func profileSegments(profile []byte) []byte {
	const most = 65_000
	n := (len(profile) + most - 1) / most
	var out []byte
	for i := range n {
		part := profile[i*most : min((i+1)*most, len(profile))]
		out = append(out, segment(0xe2, joined([]byte("ICC_PROFILE\x00"), []byte{byte(i + 1), byte(n)}, part)...)...)
	}
	return out
}
