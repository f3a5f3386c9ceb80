package child

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"io"
	"slices"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// request is what a child is asked; the bytes of the source and of the recipes'
// marks go beside it.
type request struct {
	Preview bool            `json:"preview,omitempty"`
	Find    bool            `json:"find,omitempty"`  // swatches, as the only recipe says
	Split   bool            `json:"split,omitempty"` // into swatches, by the only recipe
	Width   int             `json:"width,omitempty"` // of the preview's box, in pixels
	Height  int             `json:"height,omitempty"`
	Recipes []recipe.Recipe `json:"recipes,omitempty"`
	Limits  config.Limits   `json:"limits"`
	Memory  int64           `json:"memory"` // bytes that the child may hold
}

// blobs are the request's recipes without their marks' bytes, and what goes
// beside it.
func (r request) blobs(source []byte) (request, [][]byte) {
	all := [][]byte{source}
	r.Recipes = slices.Clone(r.Recipes)
	for i, x := range r.Recipes {
		marks := slices.Clone(x.Marks)
		for j := range marks {
			all = append(all, marks[j].Data)
			marks[j].Data = nil
		}
		r.Recipes[i].Marks = marks
	}
	return r, all
}

// take puts the bytes back that blobs took out and gives the source.
func (r request) take(blobs [][]byte) (source []byte, ok bool) {
	if len(blobs) == 0 {
		return nil, false
	}
	source, blobs = blobs[0], blobs[1:]
	for _, x := range r.Recipes {
		if len(blobs) < len(x.Marks) {
			return nil, false
		}
		for j := range x.Marks {
			x.Marks[j].Data = blobs[j]
		}
		blobs = blobs[len(x.Marks):]
	}
	return source, len(blobs) == 0
}

// answer is what a child made; the data of its results, or the preview's
// pixels, go beside it.
type answer struct {
	Facts   picture.Facts    `json:"facts"`
	Results []picture.Result `json:"results,omitempty"` // without Recipe and Data
	Made    []int            `json:"made,omitempty"`    // the places of their recipes in the request
	Found   picture.Found    `json:"found,omitzero"`
	Picture *image.NRGBA     `json:"-"`
	Width   int              `json:"width,omitempty"` // of the preview, in pixels
	Height  int              `json:"height,omitempty"`
	Held    int64            `json:"held"` // bytes that the child still holds
	Error   string           `json:"error,omitempty"`
	Kinds   []int            `json:"kinds,omitempty"` // places in kinds
}

// kinds are the errors that are told apart on the other side too.
var kinds = []error{picture.ErrFormat, picture.ErrTruncated, picture.ErrDamaged, picture.ErrLimit, picture.ErrPartial, picture.ErrNoSwatch}

// failure is an error from the other side.
type failure struct {
	text string
	is   []error
}

func (f *failure) Error() string   { return f.text }
func (f *failure) Unwrap() []error { return f.is }

func (a *answer) fail(err error) {
	if err == nil {
		return
	}
	a.Error = err.Error()
	for i, k := range kinds {
		if errors.Is(err, k) {
			a.Kinds = append(a.Kinds, i)
		}
	}
}

func (a *answer) err() error {
	if a.Error == "" {
		return nil
	}
	f := &failure{text: a.Error}
	for _, i := range a.Kinds {
		if i >= 0 && i < len(kinds) {
			f.is = append(f.is, kinds[i])
		}
	}
	return f
}

// The most that a message may hold: its head is plain data, and an output is
// smaller than the memory it was made in.
const (
	maxHead  = 16 << 20  // bytes
	maxBlobs = 4096      // the outputs of one source
	maxBlob  = 1<<31 - 1 // bytes
)

// head precedes the blobs of a message.
type head struct {
	Blobs []int64         `json:"blobs"` // their lengths in bytes
	Body  json.RawMessage `json:"body"`
}

// send writes a message: the length of its head in four bytes, the head as JSON, the blobs.
func send(w io.Writer, body any, blobs ...[]byte) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	h := head{Body: text}
	for _, b := range blobs {
		h.Blobs = append(h.Blobs, int64(len(b)))
	}
	if text, err = json.Marshal(h); err != nil {
		return err
	}
	if len(text) > maxHead {
		return fmt.Errorf("a message of %d bytes", len(text))
	}
	if _, err := w.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(text))), text...)); err != nil {
		return err
	}
	for _, b := range blobs {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

var errMessage = errors.New("the other process does not keep to the protocol")

// receive reads a message. It believes no length: memory grows as bytes arrive.
func receive(r io.Reader, body any) (blobs [][]byte, err error) {
	var length [4]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > maxHead {
		return nil, errMessage
	}
	text, err := exactly(r, int64(n))
	if err != nil {
		return nil, err
	}
	var h head
	if json.Unmarshal(text, &h) != nil || json.Unmarshal(h.Body, body) != nil || len(h.Blobs) > maxBlobs {
		return nil, errMessage
	}
	for _, n := range h.Blobs {
		if n < 0 || n > maxBlob {
			return nil, errMessage
		}
		b, err := exactly(r, n)
		if err != nil {
			return nil, err
		}
		blobs = append(blobs, b)
	}
	return blobs, nil
}

// exactly reads n bytes. A large piece is not believed before half of it is there.
func exactly(r io.Reader, n int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(n, 1<<20)))
	for got := int64(0); got < n; got = int64(b.Len()) {
		part := min(n-got, max(got, 1<<20))
		b.Grow(int(part))
		if _, err := io.CopyN(&b, r, part); err != nil {
			return nil, errors.Join(io.ErrUnexpectedEOF, err)
		}
	}
	return b.Bytes(), nil
}

// sendAnswer writes an answer with what goes beside it.
func sendAnswer(w io.Writer, a answer) error {
	var blobs [][]byte
	if a.Picture != nil {
		a.Width, a.Height = a.Picture.Rect.Dx(), a.Picture.Rect.Dy()
		blobs = append(blobs, a.Picture.Pix)
	}
	results := make([]picture.Result, len(a.Results))
	for i, r := range a.Results {
		blobs = append(blobs, r.Data)
		r.Data, r.Recipe = nil, recipe.Recipe{}
		results[i] = r
	}
	a.Results = results
	return send(w, a, blobs...)
}

// receiveAnswer reads an answer with what goes beside it.
func receiveAnswer(r io.Reader) (a answer, err error) {
	blobs, err := receive(r, &a)
	if err != nil {
		return answer{}, err
	}
	if a.Width > 0 && a.Height > 0 {
		if len(blobs) == 0 || int64(a.Width) > maxBlob || int64(a.Height) > maxBlob || int64(len(blobs[0])) != 4*int64(a.Width)*int64(a.Height) {
			return answer{}, errMessage
		}
		a.Picture = &image.NRGBA{Pix: blobs[0], Stride: 4 * a.Width, Rect: image.Rect(0, 0, a.Width, a.Height)}
		blobs = blobs[1:]
	}
	if len(blobs) != len(a.Results) || len(a.Made) != len(a.Results) {
		return answer{}, errMessage
	}
	for i, b := range blobs {
		a.Results[i].Data = b
	}
	return a, nil
}
