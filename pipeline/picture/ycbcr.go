package picture

import "image"

// toPlanes converts an opaque picture, with chroma of one sample for sub × sub
// pixels (1 or 2), their mean (JFIF 1.02).
func toPlanes(img *image.NRGBA, sub int) *planes {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	p := newPlanes(w, h, sub, sub, false)
	sums := make([]int32, 2*p.channel[1].w) // of Cb and Cr, of a row of chroma
	for y := range h {
		src := img.Pix[y*img.Stride:][:4*w]
		luma := p.channel[0].pix[y*p.channel[0].stride:][:w]
		for x := range luma {
			r, g, b := int32(src[4*x]), int32(src[4*x+1]), int32(src[4*x+2])
			luma[x] = byte((19595*r + 38470*g + 7471*b + 1<<15) >> 16)
			at := 2 * (x / sub)
			sums[at] += -11056*r - 21712*g + 32768*b
			sums[at+1] += 32768*r - 27440*g - 5328*b
		}
		if (y+1)%sub != 0 && y+1 < h {
			continue
		}
		rows := int32(y%sub + 1)
		for x := range p.channel[1].w {
			n := rows * int32(min(sub, w-sub*x))
			for c := range 2 {
				q := p.channel[1+c]
				q.pix[y/sub*q.stride+x] = clamp8((sums[2*x+c]/n + 257<<15 - 1) >> 16)
			}
		}
		clear(sums)
	}
	return p
}

// toNRGBA converts a picture whose chroma has a sample for each pixel.
func (p *planes) toNRGBA() *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, p.w, p.h))
	for y := range p.h {
		out := img.Pix[y*img.Stride:][:4*p.w]
		luma := p.channel[0].pix[y*p.channel[0].stride:][:p.w]
		if p.grey {
			for x, v := range luma {
				out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = v, v, v, 255
			}
			continue
		}
		cbs := p.channel[1].pix[y*p.channel[1].stride:][:p.w]
		crs := p.channel[2].pix[y*p.channel[2].stride:][:p.w]
		for x, v := range luma {
			yy, cb, cr := int32(v)*0x10101, int32(cbs[x])-128, int32(crs[x])-128
			o := out[4*x : 4*x+4 : 4*x+4]
			o[0] = clamp8((yy + 91881*cr) >> 16)
			o[1] = clamp8((yy - 22554*cb - 46802*cr) >> 16)
			o[2] = clamp8((yy + 116130*cb) >> 16)
			o[3] = 255
		}
	}
	return img
}

// whole is the picture as it is, in RGB.
func (p *planes) whole() *image.NRGBA {
	v := see(p.w, p.h)
	full := v.render(p, 0, 1)
	defer full.free()
	return full.toNRGBA()
}
