//go:build unix

package child

import (
	"bytes"
	"encoding/binary"
	"image"
	"reflect"
	"testing"

	"weft/pipeline/picture"
)

// No length in a message is believed: a lie costs no memory, and anything else than a message is an error.
func FuzzReceive(f *testing.F) {
	var b bytes.Buffer
	if err := sendAnswer(&b, answer{Picture: image.NewNRGBA(image.Rect(0, 0, 2, 1)), Results: []picture.Result{{Data: []byte("data")}}, Made: []int{0}, Error: "no", Kinds: []int{1}}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(append(binary.BigEndian.AppendUint32(nil, 40), `{"blobs":[2147483647],"body":{"width":1}}`...))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := receiveAnswer(bytes.NewReader(data))
		if err != nil {
			return
		}
		_ = a.err()
		if a.Picture != nil && len(a.Picture.Pix) != 4*a.Picture.Rect.Dx()*a.Picture.Rect.Dy() {
			t.Error("a picture of another size")
		}
		var again bytes.Buffer
		if err := sendAnswer(&again, a); err != nil {
			t.Fatal(err)
		}
		if b, err := receiveAnswer(&again); err != nil || !reflect.DeepEqual(a, b) {
			t.Errorf("%+v became %+v, %v", a, b, err)
		}
	})
}
