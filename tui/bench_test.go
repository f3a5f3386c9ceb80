package tui

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/s3ops"
)

// loaded is the interface with a folder of many objects in it and no store
// behind it: what its screens cost does not depend on the store.
type loaded struct{ *Model }

func (l loaded) Init() tea.Cmd { return nil }

func (l loaded) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	_, cmd := l.Model.Update(msg)
	return l, cmd
}

func newLoaded(rows int) loaded {
	m := New(context.Background(), Parts{Config: &config.Config{
		Bucket: "fabric-storage-bucket", Folders: fiveFolders,
	}})
	random := rand.New(rand.NewPCG(7, 8))
	weaves := []string{"linen", "denim", "silk-twill", "tartan-royal", "houndstooth", "herringbone", "gingham", "paisley"}
	found := make([]s3ops.Object, rows)
	for i := range found {
		found[i] = s3ops.Object{
			Key:      fmt.Sprintf("search_uploads/%06d-%s.jpg", i, weaves[random.IntN(len(weaves))]),
			Size:     random.Int64N(12_000_000),
			ETag:     fmt.Sprintf("%032x", i),
			Modified: time.Now().Add(-time.Duration(random.Int64N(int64(400 * 24 * time.Hour)))),
		}
	}
	m.objects.add(nil, found)
	m.objects.loading = false
	return loaded{m}
}

// add takes in a page.
func (o *objects) add(folders []string, found []s3ops.Object) {
	grown := o.rows
	grown.add(folders, found)
	o.take(grown)
}

// BenchmarkBytesPerKey is what the terminal gets for a step of the cursor and
// for one that scrolls, with 100,000 rows. The aims are 250 and 900 bytes.
func BenchmarkBytesPerKey(b *testing.B) {
	for _, size := range [][2]int{{80, 24}, {120, 32}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			s := show(b, newLoaded(100_000), size[0], size[1])
			s.await("000000-")
			var step, scroll int
			for b.Loop() {
				s.press("home")
				step = max(step, s.cost("j"))
				for range size[1] {
					s.press("j")
				}
				scroll = max(scroll, s.cost("j"))
			}
			b.ReportMetric(float64(step), "bytes/step")
			b.ReportMetric(float64(scroll), "bytes/scroll")
		})
	}
}

// BenchmarkView is one frame: what every message costs. The number of rows
// must not matter.
func BenchmarkView(b *testing.B) {
	for _, rows := range []int{100, 100_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			m := newLoaded(rows)
			m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
			b.ReportAllocs()
			for b.Loop() {
				m.View()
			}
		})
	}
}

// BenchmarkFilter is one key typed into the filter over 100,000 rows.
func BenchmarkFilter(b *testing.B) {
	m := newLoaded(100_000)
	for i := 0; b.Loop(); i++ {
		m.objects.filter = []string{"s", "si", "sil", "silk", ""}[i%5]
		m.objects.refill(b.Context())
	}
}

// BenchmarkRows is the memory that 100,000 rows take.
func BenchmarkRows(b *testing.B) {
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		m := newLoaded(100_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		runtime.KeepAlive(m)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
}

// A step of the cursor costs the terminal at most 250 bytes, and one that
// scrolls at most 900, however many rows there are.
func TestBytesPerKey(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 32}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			s := show(t, newLoaded(2000), size[0], size[1])
			s.await("000000-")
			at := 0
			steps := func(n int) int { // each is drawn before the next, however slow the machine is
				return s.costOf(func() {
					for range n {
						at++
						s.press("j")
						s.await(fmt.Sprintf("▌  %06d-", at))
					}
				}) / n
			}
			step := steps(6)
			steps(size[1])
			scroll := steps(6)
			t.Logf("%d bytes per step, %d per scrolled row", step, scroll)
			if step > 250 {
				t.Errorf("a step of the cursor costs %d bytes", step)
			}
			if scroll > 900 {
				t.Errorf("scrolling by a row costs %d bytes", scroll)
			}
		})
	}
}

// BenchmarkMillion is what the keys cost that look at every row, with a million.
func BenchmarkMillion(b *testing.B) {
	m := newLoaded(1_000_000)
	m.Update(tea.WindowSizeMsg{Width: 120, Height: 40})
	b.Run("filter", func(b *testing.B) {
		for b.Loop() {
			m.filter("si")
		}
	})
	behind := func(name string, as arrangement) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				o := m.objects
				o.has, o.arrangement = arrangement{}, as
				o.refill(b.Context())
			}
		})
	}
	m.arranging.stop()
	behind("filter, behind", arrangement{filter: "si"})
	for by, name := range sortings {
		behind("sort by "+name+", behind", arrangement{sort: sorting(by), reverse: true})
	}
	b.Run("mark all", func(b *testing.B) {
		for b.Loop() {
			m.objects.markAll()
		}
	})
	b.Run("view", func(b *testing.B) {
		for b.Loop() {
			m.View()
		}
	})
}
