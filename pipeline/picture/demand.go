package picture

import (
	"context"
	"fmt"
	"time"

	"weft/config"
	"weft/pipeline/recipe"
)

// Demand is what a picture asks for, as far as its header tells.
type Demand struct {
	Facts  Facts
	Memory int64         // bytes: what decoding and working may hold at most
	Time   time.Duration // far more than any sound picture of its size takes
	Apart  string        // why it is for a process of its own, as in "TIFF"; "" if it is not
}

// Weigh reads the header and refuses what Probe refuses. A fault of weft's own
// readers of headers is an error too.
func Weigh(source []byte, recipes []recipe.Recipe, l config.Limits) (d Demand, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: weft has a fault in reading its header: %.200s; please report it", ErrDamaged, fmt.Sprint(p))
		}
	}()
	h, err := inspect(source, int64(len(source)), l)
	if err != nil {
		return Demand{Facts: h.Facts}, err
	}
	pixels := int64(h.Width) * int64(h.Height)
	results, took := h.results(recipes, l)
	d = Demand{
		Facts:  h.Facts,
		Memory: min(max(h.cost(1)+results+int64(len(source)), leastMemory), budget(l)),
		Time:   leastTime + time.Duration(pixels)*timePerPixel + took,
		Apart:  h.apart(pixels),
	}
	if d.Apart == "" && results > nearResults {
		d.Apart = "a result that takes much memory"
	}
	return d, nil
}

// Reserve takes bytes of limits.memory, shared by all pictures being worked on
// in this process, for one that is worked on in another; it waits until they are free.
func Reserve(ctx context.Context, bytes int64, l config.Limits) (release func(), err error) {
	return reserve(ctx, bytes, l)
}

// What any picture is allowed: a decoder comes with tables and a heap of its own.
const (
	leastMemory  = 160 << 20 // bytes
	leastTime    = 30 * time.Second
	timePerPixel = 4 * time.Microsecond // ten times the slowest decoder and steps on a busy machine
)

// The most pixels of a picture that is worked on in the process itself, and the
// most bytes that its results take.
const (
	nearResults     = 256 << 20
	nearJPEG        = 36_000_000 // baseline: each block is read once
	nearProgressive = 4_000_000  // each scan is a pass, and all coefficients are held
	nearPNG         = 16_000_000
	nearScans       = 16
)

// apart tells why a picture is for a process of its own that can be killed, or
// "". JPEG, PNG, BMP and a GIF of one frame have decoders that were tried by
// millions of hostile files, take time in proportion to their pixels and fail
// where recover sees it; all others have no guard but the other process.
func (h header) apart(pixels int64) string {
	switch {
	case h.Frames > 1:
		return "an animation"
	case h.Format == "jpeg" && (h.progressive || h.scans > 4) && (pixels > nearProgressive || h.scans > nearScans):
		return "a large progressive JPEG"
	case h.Format == "jpeg" && pixels <= nearJPEG:
		return ""
	case (h.Format == "png" || h.Format == "bmp" || h.Format == "gif") && pixels <= nearPNG:
		return ""
	case h.Format == "jpeg" || h.Format == "png" || h.Format == "bmp" || h.Format == "gif":
		return "a picture of many pixels"
	}
	return "a picture in the format " + h.Format
}
