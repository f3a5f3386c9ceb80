package picture

import (
	"errors"
	"image"
	"io"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"
)

// sandboxMemory is what a decoder in WebAssembly holds beside the picture, in
// bytes: its program, made into machine code when it is first used.
const sandboxMemory = 96 << 20

// decodeAVIF decodes the first picture by dav1d in a sandbox of WebAssembly. It
// comes back blank, without an error, where the decoder gives up.
func decodeAVIF(r io.Reader) (image.Image, error) {
	img, err := avif.Decode(r)
	if err != nil {
		return nil, err
	}
	var pix []byte
	switch m := img.(type) {
	case *image.RGBA:
		pix = m.Pix
	case *image.RGBA64:
		pix = m.Pix
	}
	for _, v := range pix {
		if v != 0 {
			return img, nil
		}
	}
	return nil, errors.New("nothing could be decoded")
}

// decodeHEIC decodes the main picture, turned upright, by libde265 in a sandbox of
// WebAssembly.
func decodeHEIC(r io.Reader, n numbers) (image.Image, error) {
	img, err := heic.Decode(r)
	if err != nil {
		return nil, err
	}
	if n.limited {
		img = fullRange(img)
	}
	return n.rgb(img), nil
}
