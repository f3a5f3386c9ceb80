//go:build unix

package child

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"io"
	"os"
	"reflect"
	"runtime/debug"
	"strings"
	"testing"

	"weft/config"
	"weft/pipeline/picture"
	"weft/pipeline/recipe"
)

// roleEnv makes the test binary something else: a child, or one with a fault.
const roleEnv = "WEFT_TEST_ROLE"

func TestMain(m *testing.M) {
	role, act := os.Getenv(roleEnv), map[string]func(){
		"child": Serve,
		"panic": func() { faulty(func() { panic("assignment to a pixel that is not there") }) },
		"stack": func() { faulty(func() { deeper(0) }) },
		"hog":   func() { faulty(hog) },
		"hang":  func() { faulty(func() { select {} }) },
		"exit":  func() { os.Exit(3) },
		"babble": func() {
			fmt.Print(strings.Repeat("no answer ", 1000))
			faulty(func() { select {} })
		},
		"parent": beParent,
		"victim": beVictim,
	}[os.Getenv(roleEnv)]
	if role == "" {
		os.Exit(m.Run())
	}
	act()
}

// faulty is a child whose work does harm in a goroutine of its own, where no
// recover sees it, as a library's may.
func faulty(harm func()) {
	var r request
	if _, err := receive(os.Stdin, &r); err != nil {
		os.Exit(0)
	}
	debug.SetMaxStack(maxStack)
	confine(mapped(), r.Memory)
	go watch(r.Memory, nil)
	go harm()
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

func deeper(n int) int {
	var frame [1024]byte
	frame[n%1024] = 1
	if n == 1<<30 {
		return 0
	}
	return deeper(n+1) + int(frame[(n+1)%1024])
}

// hog takes memory at once, as a header that lies has a decoder do.
func hog() {
	b := make([]byte, 8<<30)
	for i := range b {
		b[i] = 1
	}
}

// engine has children of this test binary in a role.
func engine(t testing.TB, role string) *Engine {
	e := &Engine{Command: []string{os.Args[0]}, Env: []string{roleEnv + "=" + role}}
	t.Cleanup(e.Close)
	return e
}

var limits = config.Limits{Pixels: 50_000_000, Bytes: 64 << 20, Memory: 768 << 20}

func must[T any](t testing.TB, v T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func one(t testing.TB, steps string) []recipe.Recipe {
	s, err := recipe.ParseSteps(steps)
	return []recipe.Recipe{{Name: "test", To: recipe.DefaultTo, Steps: must(t, s, err)}}
}

// animation is a GIF of two frames, which is for a child.
func animation(t testing.TB, w, h int) []byte {
	t.Helper()
	var g gif.GIF
	for i := range 2 {
		p := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Gray{40}, color.Gray{200}})
		for j := range p.Pix {
			p.Pix[j] = uint8((j + i) / 3 % 2)
		}
		g.Image, g.Delay = append(g.Image, p), append(g.Delay, 5)
	}
	var b bytes.Buffer
	return must(t, &b, gif.EncodeAll(&b, &g)).Bytes()
}

func photo(t testing.TB, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(i/7*31 | i%4/3*255)
	}
	var b bytes.Buffer
	return must(t, &b, jpeg.Encode(&b, img, nil)).Bytes()
}

// A child makes the same as this process would: results, facts, previews, and errors by their kind.
func TestSameAsHere(t *testing.T) {
	e, source := engine(t, "child"), animation(t, 64, 48)
	recipes := append(one(t, "fit 20 | png"), one(t, "fit 30 | jpeg q70")...)
	recipes[1].Name, recipes[1].Place = "second", "a file"
	drawing := photo(t, 20, 20)
	recipes = append(recipes, one(t, "fit 40 | watermark image logo.jpg | png")...)
	recipes[2].Name, recipes[2].Marks = "third", []recipe.Mark{{Key: "logo.jpg", ETag: "x", Data: drawing}}
	want, facts, err := picture.Run(t.Context(), source, recipes, limits)
	if err != nil || facts.Frames != 2 {
		t.Fatal(facts, err)
	}
	got, gotFacts, err := e.Run(t.Context(), source, recipes, limits)
	if err != nil || !reflect.DeepEqual(got, want) || !reflect.DeepEqual(gotFacts, facts) {
		t.Errorf("%+v, %+v, %v", got, gotFacts, err)
	}
	small, _, err := picture.Preview(t.Context(), source, 20, 20, limits)
	here := must(t, small, err)
	small, gotFacts, err = e.Preview(t.Context(), source, 20, 20, limits)
	if err != nil || !reflect.DeepEqual(small, here) || gotFacts.Width != 64 {
		t.Errorf("preview: %+v, %v", gotFacts, err)
	}
	if !bytes.Equal(recipes[2].Marks[0].Data, drawing) {
		t.Error("the mark is gone")
	}
	bad := append(one(t, "resize 20000x20000"), one(t, "fit 20")...)
	bad[0].Name = "huge"
	got, _, err = e.Run(t.Context(), source, bad, limits)
	if len(got) != 1 || got[0].Recipe.Name != "test" || !errors.Is(err, picture.ErrLimit) || !strings.Contains(err.Error(), "recipe huge") {
		t.Errorf("%d results, %v", len(got), err)
	}
	broken := bytes.Clone(source)
	broken[len(broken)/3] ^= 0xff
	_, _, want2 := picture.Run(t.Context(), broken, recipes, limits)
	if _, _, err = e.Run(t.Context(), broken, recipes, limits); fmt.Sprint(err) != fmt.Sprint(want2) || errors.Is(err, picture.ErrDamaged) != errors.Is(want2, picture.ErrDamaged) {
		t.Errorf("%v, want %v", err, want2)
	}
	if _, _, err := e.Run(t.Context(), source[:len(source)-20], recipes, limits); !errors.Is(err, picture.ErrTruncated) {
		t.Error("cut short:", err)
	}
}
