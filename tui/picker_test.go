package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// pickerProgram runs the sheet with the picker alone.
type pickerProgram struct {
	*picker
	model         *Model
	width, height int
	now           time.Time
	start         tea.Cmd
	end           chan []string // what was chosen; nil if the user stepped out
}

func newPickerProgram(dir, home string, now time.Time) *pickerProgram {
	p := &pickerProgram{model: newLoaded(0).Model, now: now, end: make(chan []string, 1)}
	p.picker, p.start = newPicker(newTheme(true), dir, home)
	p.model.sheet = &pickerSheet{picker: p.picker}
	return p
}

func (p *pickerProgram) Init() tea.Cmd { return p.start }

func (p *pickerProgram) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	sheet := p.model.sheet
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.width, p.height = msg.Width, msg.Height
	case folderRead, tea.PasteMsg:
		return p, sheet.answer(p.model, msg)
	case tea.KeyPressMsg:
		cmd := p.model.key(msg)
		if p.model.sheet != nil {
			return p, cmd
		}
		p.model.sheet = sheet
		if msg.String() == "enter" {
			p.end <- p.chosen()
			return p, nil // nothing is uploaded
		}
		p.end <- nil
	}
	return p, nil
}

func (p *pickerProgram) View() tea.View {
	v := tea.NewView(strings.Join(p.view(p.width, p.height, p.now, p.model.keyLine(p.width, picking)), "\n"))
	v.AltScreen = true
	return v
}

// showPicker makes files, dates them, and shows a picker on their folder, which
// is also the home folder, so that no screen holds the name of a temporary one.
func showPicker(t *testing.T, width, height int, names ...string) (*screen, *pickerProgram, string) {
	t.Helper()
	dir := makeFiles(t, names...)
	now := time.Date(2026, 11, 14, 15, 30, 0, 0, time.UTC)
	for i, name := range names {
		when := now.Add(-time.Duration(i*i) * 5 * time.Hour)
		if err := os.Chtimes(filepath.Join(dir, filepath.FromSlash(name)), when, when); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range names { // after their files, which date them anew
		old := time.Date(2025, 3, 1, 0, 0, 0, 0, time.UTC)
		if folder, _, ok := strings.Cut(folder, "/"); ok {
			if err := os.Chtimes(filepath.Join(dir, folder), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := newPickerProgram(dir, dir, now)
	return show(t, p, width, height), p, dir
}

func outcome(t *testing.T, s *screen, p *pickerProgram) []string {
	t.Helper()
	select {
	case chosen := <-p.end:
		return chosen
	case <-time.After(patience):
		t.Fatalf("the picker goes on:\n%s", s.text())
		return nil
	}
}

var fabrics = []string{
	"Denim-02.JPG", "linen-04.jpg", "a very long name of a weave that does not fit into its column at all.png",
	"notes.txt", "köper-grün.webp", "亜麻布.png", "evil\x1b[2J\u202egpj.exe", ".hidden.jpg",
	"lookbook/cover.jpg", "lookbook/page-1.jpg", "Archive/2024/old.tif", "empty/", "zero.png",
}

// The picker shows folders first, then files with sizes, ages and types in
// aligned columns, and nothing a file's name holds reaches the terminal.
func TestPickerScreen(t *testing.T) {
	for _, size := range [][2]int{{80, 20}, {40, 12}, {120, 24}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s, _, _ := showPicker(t, size[0], size[1], fabrics...)
			s.await("Denim-02.JPG")
			s.press("j", "j", "j", "space", "space")
			s.await("2 marked")
			s.golden(fmt.Sprintf("picker-%dx%d", size[0], size[1]))
		})
	}
}

// Each key does in the picker what it does in the object pane.
func TestPickerKeys(t *testing.T) {
	files := []string{"a.jpg", "b.jpg", "c.jpg", "box/in.jpg", "box/deep/d.jpg", ".dot.jpg"}
	for _, test := range []struct {
		name   string
		keys   []string
		expect []string // awaited before the next test of the choice
		chosen []string // below the folder; nil: the picker goes on
		leaves bool
	}{
		{"enter on a file chooses it", []string{"j", "enter"}, nil, []string{"a.jpg"}, false},
		{"marks win over the cursor", []string{"j", "space", "space", "enter"}, nil, []string{"a.jpg", "b.jpg"}, false},
		{"a folder can be marked", []string{"space", "enter"}, nil, []string{"box"}, false},
		{"all, none, all", []string{"a", "a", "a", "enter"}, nil, []string{"a.jpg", "b.jpg", "box", "c.jpg"}, false},
		{"G and gg", []string{"G", "space", "g", "g", "down", "space", "enter"}, nil, []string{"a.jpg", "c.jpg"}, false},
		{"space turns a mark off", []string{"j", "space", "k", "space", "G", "space", "enter"}, nil, []string{"c.jpg"}, false},
		{"esc clears marks, then leaves", []string{"space", "esc", "esc"}, nil, nil, true},
		{"q leaves", []string{"q"}, nil, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, p, dir := showPicker(t, 60, 16, files...)
			s.await("a.jpg")
			s.press(test.keys...)
			got := outcome(t, s, p)
			var want []string
			for _, name := range test.chosen {
				want = append(want, filepath.Join(dir, name))
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("chosen: %q, want %q", got, want)
			}
		})
	}
}

// One can walk down, up and home; the cursor comes back to the folder left;
// marks stay while walking.
func TestPickerWalks(t *testing.T) {
	s, p, dir := showPicker(t, 60, 16, "a.jpg", "abc/x.jpg", "box/in.jpg", "box/deep/d.jpg")
	s.await("a.jpg")
	s.press("j", "l")
	s.await("~/box", "in.jpg")
	s.press("j", "space", "k", "enter") // with a mark Enter goes on, so walk with l
	if got := outcome(t, s, p); !reflect.DeepEqual(got, []string{filepath.Join(dir, "box", "in.jpg")}) {
		t.Fatalf("chosen: %q", got)
	}
	s.press("right")
	s.await("~/box/deep", "d.jpg", "1 marked")
	s.press("h")
	s.await("~/box", "▌  ▸ deep")
	s.press("backspace")
	s.await("▌  ▸ box", "1 marked")
	s.press("l")
	s.await("~/box")
	s.press("~")
	s.await("▸ abc")
	s.press("left")
	s.await(filepath.Dir(dir))
}

// The filter narrows what is shown as one types; a filter that holds nothing
// says so and differs from an empty folder.
func TestPickerFilter(t *testing.T) {
	s, p, dir := showPicker(t, 70, 16, "linen.jpg", "silk.jpg", "Silk-Twill.png", "void/", ".dot.jpg")
	s.await("linen.jpg")
	s.press("/", "SIL")
	s.awaitGone("linen.jpg")
	s.await("silk.jpg", "Silk-Twill.png", "2 of 5")
	s.press("x")
	s.await("holds “silx”", "Esc shows all")
	s.press("backspace", "enter", "a", "enter")
	want := []string{filepath.Join(dir, "Silk-Twill.png"), filepath.Join(dir, "silk.jpg")}
	if got := outcome(t, s, p); !reflect.DeepEqual(got, want) {
		t.Fatalf("chosen: %q", got)
	}
	s.press("esc")
	s.await("linen.jpg")
	s.press(".")
	s.await(".dot.jpg", "5")
	s.press("g", "g", "l")
	s.await("This folder is empty")
}

// A folder that cannot be read is a sentence, not the end.
func TestPickerUnreadable(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Log("root may read everything: only a folder that is gone is tried")
	}
	s, p, dir := showPicker(t, 70, 14, "gone/x.jpg", "locked/x.jpg")
	s.await("gone")
	if err := os.RemoveAll(filepath.Join(dir, "gone")); err != nil {
		t.Fatal(err)
	}
	s.press("l")
	s.await("is not there any more", "h goes to the folder above")
	s.press("h")
	s.await("▸ locked")
	if os.Geteuid() != 0 {
		if err := os.Chmod(filepath.Join(dir, "locked"), 0); err != nil {
			t.Fatal(err)
		}
		s.press("l")
		s.await("You may not read")
	}
	s.press("esc")
	outcome(t, s, p)
}

// Links are shown for what they are and cannot be marked; one can walk through
// a link to a folder.
func TestPickerLinks(t *testing.T) {
	s, p, dir := showPicker(t, 70, 14, "real/x.jpg", "file.jpg")
	for name, target := range map[string]string{"alias": "real", "alias.jpg": "file.jpg", "broken": "nothing"} {
		if err := os.Symlink(filepath.Join(dir, target), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s.press("R")
	s.await("alias.jpg", "link")
	s.press("a", "enter")
	want := []string{filepath.Join(dir, "file.jpg"), filepath.Join(dir, "real")}
	if got := outcome(t, s, p); !reflect.DeepEqual(got, want) {
		t.Errorf("chosen: %q", got)
	}
	s.press("g", "g", "l")
	s.await("~/alias", "x.jpg")
}

// An answer about a folder that was left changes nothing.
func TestPickerDropsStaleAnswers(t *testing.T) {
	p, _ := newPicker(newTheme(true), "/one", "/")
	stale := p.token
	p.open("/two", "")
	p.read(folderRead{token: stale, files: []localFile{{name: "old"}}})
	if p.loaded || len(p.files) > 0 {
		t.Error("the old folder's files are shown in the new one")
	}
	p.read(folderRead{token: p.token, files: []localFile{{name: "new"}}})
	if f, ok := p.current(); !ok || f.name != "new" {
		t.Errorf("current is %+v", f)
	}
}

// A path that is pasted, as terminals do with a file dragged onto them, brings
// the picker to the file.
func TestPickerPaste(t *testing.T) {
	s, p, dir := showPicker(t, 70, 14, "a.jpg", "my box/in it.jpg", "my box/a.jpg")
	s.await("a.jpg")
	s.press("\x1b[200~'" + filepath.Join(dir, "my box", "in it.jpg") + "'\x1b[201~")
	s.await("~/my box", "▌  in it.jpg")
	s.press("enter")
	if got := outcome(t, s, p); !reflect.DeepEqual(got, []string{filepath.Join(dir, "my box", "in it.jpg")}) {
		t.Errorf("chosen: %q", got)
	}
}

// At any size the picker keeps to its lines and cells.
func TestPickerSizes(t *testing.T) {
	dir := makeFiles(t, fabrics...)
	p, _ := newPicker(newTheme(false), dir, "/nowhere")
	files, err := readFolder(dir)
	p.read(folderRead{token: p.token, files: files, err: err})
	for width := range 60 {
		for height := range 20 {
			lines := p.view(width, height, time.Now(), "Enter upload")
			if len(lines) > height {
				t.Fatalf("%d lines in %d×%d", len(lines), width, height)
			}
			for _, line := range lines {
				if w := textWidth(line); w > max(width, 1) && width > 3 {
					t.Fatalf("%d cells in %d×%d: %q", w, width, height, line)
				}
			}
		}
	}
}

// Moving through a folder of many files costs the terminal little.
func BenchmarkPickerBytes(b *testing.B) {
	names := make([]string, 0, 1000)
	files := make([]localFile, 0, cap(names))
	for i := range cap(names) {
		files = append(files, localFile{name: fmt.Sprintf("weave-%04d.jpg", i), size: int64(i) * 5000, regular: true})
	}
	p := newPickerProgram("/nowhere", "/", time.Now())
	p.start = nil
	p.read(folderRead{token: p.token, files: files})
	s := show(b, p, 90, 30)
	s.await("weave-0000.jpg")
	var move, scroll int
	for b.Loop() {
		s.press("home")
		move = s.cost("j")
		for range 40 {
			s.press("j")
		}
		scroll = s.cost("j")
	}
	b.ReportMetric(float64(move), "bytes/move")
	b.ReportMetric(float64(scroll), "bytes/scroll")
}
