package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/s3ops"
)

// fed is the interface with a listing that the test feeds page by page.
func fed(t *testing.T) (*Model, func(done bool, err error, keys ...string) tea.Msg) {
	t.Helper()
	m := newLoaded(0).Model
	m.objects = newObjects("search_uploads/", objects{})
	m.parts.Config.Local = "store"
	m.session = &Session{Config: m.parts.Config}
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	_, token := m.listing.begin(t.Context())
	all := newRows("search_uploads/")
	return m, func(done bool, err error, keys ...string) tea.Msg {
		for _, k := range keys {
			all.add(nil, []s3ops.Object{{Key: "search_uploads/" + k, Size: 1}})
		}
		return listed{token: token, rows: all, done: done, err: err, next: func() listed { return listed{} }}
	}
}

// The first page is drawn at once, more are added as they come, and Esc stops
// the listing where it is; pages that come after that are dropped.
func TestListingStreamsAndStops(t *testing.T) {
	m, page := fed(t)
	m.Update(page(false, nil, "a.jpg"))
	if text := plainScreen(m); !strings.Contains(text, "a.jpg") || !strings.Contains(text, "loading… Esc stops") {
		t.Fatalf("the first page is not drawn:\n%s", text)
	}
	m.Update(page(false, nil, "b.jpg"))
	m.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	m.Update(page(true, nil, "c.jpg"))
	text := plainScreen(m)
	if !strings.Contains(text, "b.jpg") || strings.Contains(text, "c.jpg") || !strings.Contains(text, "stopped: R loads all") {
		t.Errorf("Esc did not stop the listing:\n%s", text)
	}
}

// A listing that breaks off keeps what came, and says that it is not all.
func TestListingBreaksOff(t *testing.T) {
	m, page := fed(t)
	m.Update(page(false, nil, "a.jpg"))
	m.Update(page(true, errors.New("the line dropped")))
	if text := plainScreen(m); !strings.Contains(text, "a.jpg") || !strings.Contains(text, "incomplete: R lists it again") || !strings.Contains(text, "the line dropped") {
		t.Errorf("it is not said:\n%s", text)
	}
}

// Answers that belong to a place or an object left behind change nothing.
func TestStaleAnswersAreDropped(t *testing.T) {
	m, page := fed(t)
	old := page(true, nil, "old.jpg")
	m.listing.begin(t.Context())
	m.Update(old)
	m.Update(described{token: m.describing.token, info: s3ops.Info{ContentType: "old/type"}})
	m.Update(arranged{token: m.arranging.token, order: []int32{7}})
	if text := plainScreen(m); strings.Contains(text, "old.jpg") || strings.Contains(text, "old/type") || len(m.objects.order) != 0 {
		t.Errorf("a stale answer is shown:\n%s", text)
	}
}

// Keys that hold escape sequences, wide or very long names are drawn harmless
// and within their column.
func TestHostileKeysAreDrawnHarmless(t *testing.T) {
	m, page := fed(t)
	m.Update(page(true, nil, "a\x1b[2J\x1b]0;t\x07.jpg", "亜麻布-👩‍🎨.png", strings.Repeat("long-", 200)+".png", "rtl\u202egpj.exe"))
	m.Update(tea.KeyPressMsg{Code: 'a', Text: "a"})
	for _, screen := range []string{m.screen(), func() string { m.showInfo(); return m.screen() }(), func() string { m.deleteRows(); return m.screen() }()} {
		for _, bad := range []string{"\x1b[2J", "\x1b]0", "\x07", "\u202e"} {
			if strings.Contains(screen, bad) {
				t.Errorf("%q reaches the terminal", bad)
			}
		}
	}
	m.sheet = nil
	if text := plainScreen(m); !strings.Contains(text, "a␛[2J") {
		t.Errorf("the key cannot be told:\n%s", text)
	}
}

// Rows of a listing that do not come in order, and the order chosen before it
// came, end in the same order as when sorted at once, also beyond the size from
// which rows are arranged off the update loop.
func TestManyRowsAreArranged(t *testing.T) {
	m := newLoaded(atOnce + 1000).Model
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 32})
	m.Update(m.sort(bySize, false)())
	last := m.objects.rows.at(m.objects.order[0]).Size
	for _, i := range m.objects.order {
		if m.objects.rows.at(i).Size > last {
			t.Fatal("not sorted by size")
		}
		last = m.objects.rows.at(i).Size
	}
	cmd := m.filter("SILK")
	m.objects.add(nil, []s3ops.Object{{Key: "search_uploads/zz-silk.jpg", Modified: time.Now()}})
	m.Update(cmd())
	silk := 0
	for i := range int32(m.objects.rows.n) {
		if strings.Contains(m.objects.rows.at(i).Key, "silk") {
			silk++
		}
	}
	if len(m.objects.order) != silk {
		t.Errorf("%d rows match, want %d", len(m.objects.order), silk)
	}
}

// Every action has a name of its own and, within what is heard at one time, keys
// of its own; the config's [keys] reach those of sheets too.
func TestActionsAreDistinctAndCanBeRemapped(t *testing.T) {
	names, keys := map[string]bool{}, map[string]string{}
	for _, a := range actions() {
		if names[a.name] {
			t.Errorf("two actions are called %s", a.name)
		}
		names[a.name] = true
		for _, k := range a.keys {
			at := fmt.Sprint(a.scope, " ", k)
			if a.scope == motions {
				at = fmt.Sprint(browsing, " ", k)
			}
			if other, ok := keys[at]; ok {
				t.Errorf("%s means %s and %s", at, other, a.name)
			}
			keys[at] = a.name
		}
	}
	m := newLoaded(3).Model
	bind(m.acts, map[string][]string{"recipes-run": {"f5"}, "close": {"ctrl+x"}})
	m.sheet = &transformSheet{chosen: map[string]bool{}}
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if text := plainScreen(m); !strings.Contains(text, "f5 run") || !strings.Contains(text, "Ctrl+x close") {
		t.Errorf("the sheet does not show its keys:\n%s", text)
	}
	m.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	if m.sheet == nil {
		t.Error("the old key still closes")
	}
	m.Update(tea.KeyPressMsg{Code: 'x', Mod: tea.ModCtrl})
	if m.sheet != nil {
		t.Error("the new key does not close")
	}
}

// A bucket with more folders than lines scrolls them, and a click opens the
// folder that is drawn under the mouse.
func TestManyFoldersScrollAndAreClicked(t *testing.T) {
	m, page := fed(t)
	m.Update(page(true, nil, "a.jpg"))
	for i := range 40 {
		m.folders.others = append(m.folders.others, fmt.Sprintf("folder-%02d/", i))
	}
	m.focus = folderPane
	for range 44 {
		m.Update(tea.KeyPressMsg{Code: 'j', Text: "j"})
	}
	lines := strings.Split(plainScreen(m), "\n")
	at := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "▌  folder-39/") })
	if at < 0 {
		t.Fatalf("the cursor is out of sight:\n%s", strings.Join(lines, "\n"))
	}
	m.session = nil // nothing is listed
	m.Update(tea.MouseClickMsg{X: 3, Y: at - 2, Button: tea.MouseLeft})
	if m.objects.prefix != "folder-37/" {
		t.Errorf("the click opened %s:\n%s", m.objects.prefix, strings.Join(lines, "\n"))
	}
}

// The wheel moves the list on top while there is one, and a sheet stays whole
// when the terminal is resized under it.
func TestWheelAndResizeUnderASheet(t *testing.T) {
	l := newPictured()
	l.sized(80, 24)
	l.showPalette()
	m := l.Model
	m.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if p := m.sheet.(*palette); p.win.cursor != 3 || m.objects.win.cursor != 3 {
		t.Errorf("the palette is at %d, the objects at %d", p.win.cursor, m.objects.win.cursor)
	}
	before := plainScreen(m)
	m.Update(tea.WindowSizeMsg{Width: 30, Height: 9})
	plainScreen(m)
	m.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	if now := plainScreen(m); now != before {
		t.Errorf("after the resize:\n%s\nbefore:\n%s", now, before)
	}
}

// Text that is pasted goes into whatever is typed into: the count that a purge
// asks for, a prompt, the filter.
func TestPasteGoesWhereOneTypes(t *testing.T) {
	l := newPictured()
	l.sized(80, 24)
	m := l.Model
	m.purgeRows()
	m.Update(tea.PasteMsg{Content: "1"})
	if q := m.sheet.(*question); q.input.Value() != "1" {
		t.Errorf("the question holds %q", q.input.Value())
	}
	m.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	m.rename()
	m.Update(tea.PasteMsg{Content: "x\n"})
	if text := plainScreen(m); !strings.Contains(text, "linen-03.jpgx") {
		t.Errorf("the prompt did not take it:\n%s", text)
	}
	m.Update(tea.KeyPressMsg{Code: tea.KeyEscape})
	m.startFilter()
	m.Update(tea.PasteMsg{Content: "TARTAN"})
	if text := plainScreen(m); !strings.Contains(text, "1 of 8 loaded match") {
		t.Errorf("the filter did not take it:\n%s", text)
	}
}

// The palette puts what is called as typed before what only mentions it.
func TestPaletteRanks(t *testing.T) {
	l := newPictured()
	l.sized(80, 24)
	l.showPalette()
	for _, r := range "upload" {
		l.Model.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	if p := l.sheet.(*palette); len(p.found) < 2 || p.found[0].name != "upload" {
		t.Errorf("first is %s of %d", p.found[0].name, len(p.found))
	}
}
