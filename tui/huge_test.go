package tui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/s3ops"
)

// newHuge is the interface while it lists a huge folder, of which n objects are
// there.
func newHuge(n int) loaded {
	l := newPictured()
	m := l.Model
	m.objects = newObjects("search_uploads/archive/", objects{})
	m.detail.clear()
	var found []s3ops.Object
	for i := range n {
		found = append(found, s3ops.Object{
			Key: fmt.Sprintf("search_uploads/archive/%07d-herringbone.jpg", i), Size: int64(1 + i*7919%12_000_000), Modified: pictured.Add(-time.Duration(i) * time.Minute)})
	}
	m.objects.add(nil, found)
	return l
}

// A folder that is not loaded whole says how much of it is there, and of how
// much its order and its filter are true.
func TestHugeFolderScreens(t *testing.T) {
	typed := func(m *Model, text string) {
		m.startFilter()
		m.Update(tea.PasteMsg{Content: text})
	}
	for name, do := range map[string]func(*Model){
		"loading": func(*Model) {},
		"stopped": func(m *Model) { m.stopLoading() },
		"sorted":  func(m *Model) { m.sort(bySize, false) },
		"sorting": func(m *Model) { m.objects = newHuge(51_000).objects; m.sort(bySize, true) },
		"filter":  func(m *Model) { typed(m, "0041") },
		"filtering": func(m *Model) {
			m.objects.filter, m.objects.order = "silk", nil
		},
		"filter-none": func(m *Model) { typed(m, "0900000") },
		"asked": func(m *Model) {
			m.objects = newObjects("search_uploads/archive/0900", objects{})
			m.objects.add(nil, []s3ops.Object{{Key: "search_uploads/archive/0900000-herringbone.jpg", Size: 640, Modified: pictured}, {Key: "search_uploads/archive/0900001-herringbone.jpg", Size: 12_000, Modified: pictured}})
			m.objects.loading = false
		},
		"asked-none": func(m *Model) {
			m.objects = newObjects("search_uploads/archive/Silk", objects{})
			m.objects.loading = false
		},
		"again": func(m *Model) {
			m.objects.loading = false
			again := newHuge(51_000).objects
			m.objects.renewal = &again
		},
		"deep": func(m *Model) {
			const deep = "search_uploads/archive/2026/spring/second delivery/mill 12/shelf 7/"
			m.objects = newObjects(deep, objects{})
			m.objects.add(nil, []s3ops.Object{{Key: deep + "silk.jpg", Size: 640, Modified: pictured}})
		},
		"delete": func(m *Model) { m.objects.markAll(); m.deleteRows() },
		"links":  func(m *Model) { m.objects.markAll(); m.share() },
	} {
		t.Run(name, func(t *testing.T) {
			l := newHuge(12_000)
			l.sized(80, 16)
			do(l.Model)
			compareGolden(t, "huge-"+name, trimmed(plainScreen(l.Model)))
		})
	}
}

// Folders are counted once at a time, however often work changes them, and once
// more after that.
func TestFoldersAreCountedOnceAtATime(t *testing.T) {
	m := newPictured().Model
	if n := len(m.surveyAll()); n != 5 {
		t.Fatalf("%d folders are counted", n)
	}
	for range 100 {
		if n := len(m.surveyAll()); n > 0 {
			t.Fatalf("%d are counted again meanwhile", n)
		}
	}
	var again tea.Cmd
	for i, f := range fiveFolders {
		if _, again = m.Update(surveyed{prefix: f.Prefix, count: 7}); again != nil && i < 4 {
			t.Fatal("they are counted again before all are counted")
		}
	}
	if again == nil {
		t.Error("they are not counted again after the last change")
	}
	for _, f := range fiveFolders {
		if _, again = m.Update(surveyed{prefix: f.Prefix, count: 8}); again != nil {
			t.Error("they are counted without end")
		}
	}
}

// A reload of very many rows is made ready behind: what is typed, sorted and
// marked meanwhile holds for it as well.
func TestReloadOfVeryMany(t *testing.T) {
	m := newLoaded(atOnce + 1000).Model
	m.session = &Session{Config: m.parts.Config}
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 32})
	m.objects.mark(7, true)
	m.objects.win.cursor = 9
	here, _ := m.objects.current()
	m.reload()
	fresh := newRows(m.objects.prefix)
	for r := range everyRow(m.objects.rows).all() {
		if r.Key != m.objects.rows.at(8).Key {
			fresh.add(nil, []s3ops.Object{r.object()})
		}
	}
	_, ready := m.Update(listed{token: m.listing.token, rows: fresh, done: true})
	m.objects.mark(3, true)
	_, again := m.Update(ready())
	if again == nil || m.objects.rows.n == fresh.n {
		t.Fatal("a mark set meanwhile is lost")
	}
	sorted := m.sort(byName, true)
	m.Update(again()) // stale
	if m.objects.rows.n == fresh.n {
		t.Fatal("an order called off is shown")
	}
	m.Update(sorted())
	o := &m.objects
	if o.rows.n != fresh.n || o.renewal != nil || o.marks.n != 2 || !o.reverse || o.order[0] != int32(fresh.n-1) {
		t.Fatalf("%d rows, %d marks, first %d", o.rows.n, o.marks.n, o.order[0])
	}
	if r, _ := o.current(); r.Key != here.Key {
		t.Errorf("the cursor went from %s to %s", here.Key, r.Key)
	}
}

// Enter on a filter that is still being carried out asks the server as soon as
// it is known that nothing loaded matches, and only then.
func TestEnterWaitsForTheFilter(t *testing.T) {
	m := newLoaded(atOnce + 1000).Model
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 32})
	for text, asked := range map[string]string{"Velvet": "search_uploads/Velvet", "silk": "search_uploads/"} {
		m.startFilter()
		cmd := m.filter(text)
		m.typing.SetValue(text)
		m.Update(tea.KeyPressMsg{Code: tea.KeyEnter})
		if m.objects.prefix != "search_uploads/" {
			t.Fatalf("%s: the server is asked before it is known that nothing matches", text)
		}
		m.Update(cmd())
		if m.objects.prefix != asked {
			t.Errorf("%s: %s is listed, want %s", text, m.objects.prefix, asked)
		}
		m.objects = newLoaded(atOnce + 1000).objects
	}
}

// Whatever is typed, sorted and loaded while rows are arranged behind, and in
// whichever order the answers come, in the end exactly the rows that match are
// shown, in the order asked for.
func TestArrangingMeetsLoadingAndTyping(t *testing.T) {
	random := rand.New(rand.NewPCG(11, 12))
	m := newLoaded(atOnce + 1000).Model
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 32})
	m.objects.loading = true
	var answers []tea.Msg
	run := func(cmd tea.Cmd) {
		if cmd == nil {
			return
		}
		switch msg := cmd().(type) {
		case arranged:
			answers = append(answers, msg)
		case tea.BatchMsg:
			for _, c := range msg {
				if a, ok := c().(arranged); ok {
					answers = append(answers, a)
				}
			}
		}
	}
	filters := []string{"", "s", "silk", "wo"}
	for step := range 200 {
		switch random.IntN(4) {
		case 0:
			run(m.filter(filters[random.IntN(len(filters))]))
		case 1:
			if random.IntN(3) == 0 {
				run(m.sort(sorting(random.IntN(4)), random.IntN(2) == 0))
			}
		case 2:
			var page []s3ops.Object
			for i := range random.IntN(400) {
				page = append(page, s3ops.Object{Key: fmt.Sprintf("search_uploads/%03d-%d-%s.png", random.IntN(1000), step*1000+i, []string{"silk", "wool"}[i%2]), Size: random.Int64N(9999)})
			}
			m.objects.add(nil, page)
			run(m.tidy())
		default:
			if n := len(answers); n > 0 {
				at := random.IntN(n)
				msg := answers[at]
				answers = slices.Delete(answers, at, at+1)
				_, cmd := m.Update(msg)
				run(cmd)
			}
		}
		if at := m.objects.held(); at >= 0 && m.objects.place(at) != m.objects.win.cursor {
			t.Fatalf("step %d: the row under the cursor is not found where it is", step)
		}
		if m.objects.late() {
			continue
		}
		matching := 0
		for i := range int32(m.objects.rows.n) {
			if holds(m.objects.rows.name(i), m.objects.filter) {
				matching++
			}
		}
		if matching != len(m.objects.order) {
			t.Fatalf("step %d: %d rows are shown, %d match", step, len(m.objects.order), matching)
		}
	}
	m.objects.loading = false
	run(m.arrange())
	for len(answers) > 0 {
		msg := answers[0]
		answers = answers[1:]
		_, cmd := m.Update(msg)
		run(cmd)
	}
	want := m.objects
	want.has = want.arrangement
	want.fill(t.Context())
	if !slices.Equal(m.objects.order, want.order) {
		t.Errorf("%d rows are shown for %+v, want %d", len(m.objects.order), m.objects.arrangement, len(want.order))
	}
}
