package picture

import (
	"encoding/binary"
	"image"
)

// plane is one channel of w × h samples of 8 bits, with rows stride samples apart.
type plane struct {
	pix          []byte
	stride, w, h int
}

// planes is a picture as a JPEG holds it (JFIF: full-range YCbCr of BT.601): luma
// of w × h, and chroma each of whose samples covers subX × subY pixels. A grey
// picture has no chroma.
type planes struct {
	w, h       int
	subX, subY int
	grey       bool
	channel    [3]plane // Y, Cb, Cr
	lent       []byte   // what channel lies in, if it was grabbed
}

// newPlanes grabs memory for a picture of w × h pixels.
func newPlanes(w, h, subX, subY int, grey bool) *planes {
	p := &planes{w: w, h: h, subX: subX, subY: subY, grey: grey}
	cw, ch := (w+subX-1)/subX, (h+subY-1)/subY
	n := w * h
	if !grey {
		n += 2 * cw * ch
	}
	p.lent = grab(n)
	p.channel[0] = plane{p.lent[:w*h], w, w, h}
	if !grey {
		p.channel[1] = plane{p.lent[w*h:][:cw*ch], cw, cw, ch}
		p.channel[2] = plane{p.lent[w*h+cw*ch:][:cw*ch], cw, cw, ch}
	}
	return p
}

// free gives the memory back; the picture must not be used any more.
func (p *planes) free() {
	if p != nil {
		release(p.lent)
		p.lent, p.channel = nil, [3]plane{}
	}
}

// count is how many channels there are.
func (p *planes) count() int {
	if p.grey {
		return 1
	}
	return 3
}

// asPlanes looks at what a JPEG decoder gave as planes; ok is false for what has none.
func asPlanes(img image.Image) (p *planes, ok bool) {
	switch m := img.(type) {
	case *image.Gray:
		w, h := m.Rect.Dx(), m.Rect.Dy()
		return &planes{w: w, h: h, subX: 1, subY: 1, grey: true, channel: [3]plane{{m.Pix, m.Stride, w, h}}}, true
	case *image.YCbCr:
		sub, ok := map[image.YCbCrSubsampleRatio][2]int{
			image.YCbCrSubsampleRatio444: {1, 1}, image.YCbCrSubsampleRatio422: {2, 1}, image.YCbCrSubsampleRatio420: {2, 2},
			image.YCbCrSubsampleRatio440: {1, 2}, image.YCbCrSubsampleRatio411: {4, 1}, image.YCbCrSubsampleRatio410: {4, 2},
		}[m.SubsampleRatio]
		w, h := m.Rect.Dx(), m.Rect.Dy()
		cw, ch := (w+sub[0]-1)/max(sub[0], 1), (h+sub[1]-1)/max(sub[1], 1)
		return &planes{w: w, h: h, subX: sub[0], subY: sub[1], channel: [3]plane{
			{m.Y, m.YStride, w, h}, {m.Cb, m.CStride, cw, ch}, {m.Cr, m.CStride, cw, ch}}}, ok && m.Rect.Min == image.Point{}
	}
	return nil, false
}

// halved makes a picture of half the size, rounded up, each sample the mean of
// four; where a side is odd the last row or column stands for two.
func (p *planes) halved() *planes {
	out := newPlanes((p.w+1)/2, (p.h+1)/2, p.subX, p.subY, p.grey)
	for c := range p.count() {
		halvePlane(out.channel[c], p.channel[c])
	}
	return out
}

func halvePlane(dst, src plane) {
	for y := range dst.h {
		a := src.pix[min(2*y, src.h-1)*src.stride:][:src.w]
		b := src.pix[min(2*y+1, src.h-1)*src.stride:][:src.w]
		out := dst.pix[y*dst.stride:][:dst.w]
		for len(a) >= 8 && len(b) >= 8 && len(out) >= 4 {
			v := binary.LittleEndian.Uint64(a)
			u := binary.LittleEndian.Uint64(b)
			const even = 0x00ff00ff_00ff00ff
			s := (v&even + v>>8&even + u&even + u>>8&even + 0x0002000200020002) >> 2 & even
			s |= s >> 8
			binary.LittleEndian.PutUint16(out, uint16(s))
			binary.LittleEndian.PutUint16(out[2:], uint16(s>>32))
			a, b, out = a[8:], b[8:], out[4:]
		}
		for x := range out {
			i, j := min(2*x, len(a)-1), min(2*x+1, len(a)-1)
			out[x] = byte((int(a[i]) + int(a[j]) + int(b[i]) + int(b[j]) + 2) / 4)
		}
	}
}

// transposed swaps rows and columns.
func (p *planes) transposed() *planes {
	out := newPlanes(p.h, p.w, p.subY, p.subX, p.grey)
	const block = 32 // so few rows and columns stay in the cache
	for c := range p.count() {
		src, dst := p.channel[c], out.channel[c]
		for y0 := 0; y0 < src.h; y0 += block {
			for x0 := 0; x0 < src.w; x0 += block {
				for y := y0; y < min(y0+block, src.h); y++ {
					at := x0*dst.stride + y
					for _, v := range src.pix[y*src.stride+x0:][:min(block, src.w-x0)] {
						dst.pix[at] = v
						at += dst.stride
					}
				}
			}
		}
	}
	return out
}
