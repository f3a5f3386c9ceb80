package main

import (
	"strings"
	"sync"
	"testing"
)

// gate holds the pages of the folder from an object on back until it is opened,
// and tells when the program gives up on one.
type gate struct {
	from      int
	open, hit chan struct{}
	gave      chan struct{}
	once      sync.Once
}

func newGate(v *vast, from int) *gate {
	g := &gate{from: from, open: make(chan struct{}), hit: make(chan struct{}), gave: make(chan struct{}, 100)}
	v.wait(func(prefix string, at int, gone <-chan struct{}) {
		if prefix != vastFolder || at < from {
			return
		}
		g.once.Do(func() { close(g.hit) })
		select {
		case <-g.open:
		case <-gone:
			g.gave <- struct{}{}
		}
	})
	return g
}

// showVast opens the interface on the store's folder.
func showVast(t *testing.T, v *vast, width, height int) *terminal {
	t.Helper()
	dir, _ := home(t)
	return openTerminal(t, width, height, dir, v.env(dir), "s3://"+vastBucket+"/"+vastFolder)
}

// The first page of a huge folder is shown while the server still keeps the
// next one back; keys, sorting and filters work on what is there and say so; Esc
// stops the listing, R lists all.
func TestHugeFolderIsUsedWhileItLoads(t *testing.T) {
	v := openVast(t, 30_000)
	g := newGate(v, 1000)
	x := showVast(t, v, 120, 32)
	x.wait("0000000-herringbone", "1,000 objects", "loading… Esc stops")
	x.press("j", "j", "j")
	x.wait("▌  0000003-")
	x.press("G")
	x.wait("▌  0000999-")
	x.press("o", "s")
	x.wait("size ↑ of what is loaded", "loading… Esc stops")
	x.press("O", "o", "n", "/", "0", "0", "4", "2")
	x.wait("11 of 1,000 loaded match", "loading… Esc stops")
	x.press("esc", "esc")
	x.wait("1,000 objects", "stopped: R loads all")
	<-g.gave // the server is told
	asked := v.count("list-type")
	x.press("G", "g", "g", "j")
	x.wait("▌  0000001-")
	if now := v.count("list-type"); now != asked {
		t.Errorf("%d pages were asked for after Esc", now-asked)
	}
	close(g.open)
	x.press("R")
	x.until("all of them", func(s string) bool {
		return strings.Contains(s, "30,000 objects") && !strings.Contains(s, "loading") && !strings.Contains(s, "stopped")
	})
	x.press("G")
	x.wait("▌  0029999-")
}

// An object is never asked about for being listed: what a folder of 30,000 costs
// are its pages, and those by which folders are counted, which end at 10,000.
func TestListingAsksForNothingButPages(t *testing.T) {
	v := openVast(t, 30_000)
	x := showVast(t, v, 80, 24) // without the pane that describes the object under the cursor
	x.wait("30,000 objects")
	x.until("all", func(s string) bool { return !strings.Contains(s, "loading") && strings.Contains(s, "10.0k+") })
	x.press("G", "g", "g", "pgdown", "pgdown", "a", "o", "s", "o", "t", "o", "e", "o", "n", "/", "1", "2", "esc")
	x.wait("30,000 marked")
	// 30 pages of the folder, 10 to count search_uploads/, one for each of four
	// empty folders, the root and the results; a listing reads up to 8 ahead of
	// where it is left, and a few places that it guesses are none
	if n := v.count("list-type"); n > 30+10+4+2+2*8+8 {
		t.Errorf("%d listings", n)
	}
	for _, what := range []string{"head", "get", "tagging", "versions"} {
		if n := v.count(what); n > 0 {
			t.Errorf("%d objects are asked about (%s)", n, what)
		}
	}
}

// With the detail pane only the object on which the cursor rests is asked about.
func TestOnlyTheObjectUnderTheCursorIsDescribed(t *testing.T) {
	v := openVast(t, 5000)
	x := showVast(t, v, 160, 40)
	x.until("all", func(s string) bool { return strings.Contains(s, "5,000 objects") && !strings.Contains(s, "loading") })
	x.wait("0000000-herringbone-charcoal.jpg ─")
	x.press("G")
	x.wait("0004999-herringbone-charcoal.jpg ─")
	if n := v.count("head"); n > 2 {
		t.Errorf("%d HEADs for two objects looked at", n)
	}
}

// A name far down a huge folder is reached at once, while the folder is still
// being listed: by a filter that hits nothing, by g p with the beginning of a
// name, and by g p with all of it.
func TestNameFarDownIsReachedAtOnce(t *testing.T) {
	v := openVast(t, 1_000_000)
	newGate(v, 3000)
	x := showVast(t, v, 120, 32)
	x.wait("3,000 objects", "loading… Esc stops")
	x.press("/", "0", "9", "1", "2", "3", "4")
	x.wait(`None of the 3,000 loaded names holds "091234"`, "Enter asks the server")
	x.press("enter")
	x.wait("many / 091234…", "names that begin so", "▌  0912340-", "0912349-", "10 objects")
	x.press("h") // the folder again, from its beginning
	x.wait("▌  0000000-", "3,000 objects", "loading… Esc stops")
	x.press("g", "p", "08765")
	x.wait("Go to", vastFolder+"08765")
	x.press("enter")
	x.wait("many / 08765…", "▌  0876500-", "100 objects")
	x.press("g", "p", "ctrl+u", v.key(999_999), "enter")
	x.wait("▌  0999999-", "1 object ")
	x.press("g", "p", "ctrl+u", v.key(700), "enter") // near the beginning: with the folder around it
	x.wait("▌  0000700-", "0000701-", "loading… Esc stops")
	x.press("g", "p", "ctrl+u", vastFolder+"none-such", "enter")
	x.wait("The server has no name that begins with", `"none-such" in search_uploads/many/.`, "h shows the folder")
}

// Who leaves a folder that is being listed ends the listing; who comes back
// starts a new one, and the old one's pages are not mixed in.
func TestLeavingAHugeFolderEndsItsListing(t *testing.T) {
	v := openVast(t, 10_000)
	g := newGate(v, 2000)
	x := showVast(t, v, 100, 30)
	x.wait("2,000 objects", "loading… Esc stops")
	for range 3 {
		x.press("h")
		x.wait("▸ many/")
		<-g.gave
		x.press("l")
		x.wait("2,000 objects", "loading… Esc stops")
	}
	close(g.open)
	x.until("all of them", func(s string) bool { return strings.Contains(s, "10,000 objects") && !strings.Contains(s, "loading") })
	for i, key := range []string{"g", "g", "end"} {
		x.press(key)
		if i == 1 {
			x.wait("▌  0000000-")
		}
	}
	x.wait("▌  0009999-")
}

// All of a huge folder are marked and asked about at once; R lists it again with
// the marks kept, and Esc keeps what is shown.
func TestAllOfAHugeFolderAreAskedAbout(t *testing.T) {
	const n = 200_000
	v := openVast(t, n)
	x := showVast(t, v, 120, 32)
	x.until("all", func(s string) bool { return strings.Contains(s, "200,000 objects") && !strings.Contains(s, "loading") })
	x.press("a")
	x.wait("200,000 marked")
	x.press("d")
	x.wait("Delete 200,000 objects", "199,992 more", "[ No ]")
	x.press("enter")
	x.press("c", "k")
	x.wait("Too long for a terminal's clipboard")
	x.press("P")
	x.wait("Links are made for 10,000 objects at once: 200,000 are marked")
	again := make(chan struct{})
	v.wait(func(prefix string, at int, gone <-chan struct{}) {
		if prefix == vastFolder && at >= 100_000 {
			select {
			case <-again:
			case <-gone:
			}
		}
	})
	x.press("R")
	x.wait("again 10", "Esc stops", "200,000 marked")
	x.press("esc")
	x.until("the rows of before", func(s string) bool { return !strings.Contains(s, "again") && strings.Contains(s, "200,000 marked") })
	x.press("space", "R") // one mark less, which the reload is to keep
	x.wait("again 10", "Esc stops")
	close(again)
	x.until("the reload", func(s string) bool {
		return !strings.Contains(s, "again") && strings.Contains(s, "199,999 marked")
	})
}
