package tui

import (
	"fmt"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"weft/pipeline/queue"
)

// At any size down to one cell the screen has exactly as many lines as the
// terminal, none wider, with every sheet on top.
func TestEverySizeIsFilledExactly(t *testing.T) {
	sheets := map[string]func(*Model){
		"none":    func(*Model) {},
		"help":    func(m *Model) { m.showHelp() },
		"palette": func(m *Model) { m.showPalette() },
		"work":    func(m *Model) { m.showWork() },
		"log":     func(m *Model) { m.sheet = &logSheet{ready: true, deeds: []queue.Deed{{Command: "weft rm a"}}} },
		"info":    func(m *Model) { m.sheet = &infoSheet{} },
		"picture": func(m *Model) { m.sheet = &gallery{} },
		"delete":  func(m *Model) { m.confirm(question{title: "Delete?", lines: []string{"a b c"}, yes: "Delete"}) },
		"purge":   func(m *Model) { m.confirm(question{title: "Purge?", lines: []string{"a b c"}, typed: "12"}) },
		"share":   func(m *Model) { m.sheet = newShareSheet(m, []string{"a"}, "") },
		"upload":  func(m *Model) { m.sheet, _ = newPickerSheet(m.theme, "search_uploads/") },
		"prompt":  func(m *Model) { m.ask("Go to", "A folder ends in /.", "x", nil) },
		"version": func(m *Model) { m.sheet = &versionSheet{name: "a", loaded: true} },
	}
	for name, open := range sheets {
		m := newLoaded(40).Model
		open(m)
		for _, size := range [][2]int{{1, 1}, {2, 1}, {1, 5}, {5, 2}, {10, 3}, {20, 7}, {39, 11}, {60, 16}, {80, 24}, {120, 40}, {200, 60}} {
			t.Run(fmt.Sprintf("%s %dx%d", name, size[0], size[1]), func(t *testing.T) {
				m.Update(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				lines := strings.Split(m.screen(), "\n")
				if len(lines) != size[1] {
					t.Errorf("%d lines", len(lines))
				}
				for i, l := range lines {
					if w := ansi.StringWidth(l); w > size[0] {
						t.Errorf("line %d is %d cells wide: %q", i, w, ansi.Strip(l))
					}
				}
			})
		}
	}
}

// A terminal that shrinks to nothing and grows again shows the same screen as before.
func TestResizeThereAndBack(t *testing.T) {
	s := show(t, newLoaded(40), 80, 24)
	before := s.await("search_uploads", "help")
	s.resize(1, 1)
	s.resize(80, 24)
	s.awaitThat("the same screen", func(now string) bool { return now == before })
}

// plainScreen is what a model draws, without colours.
func plainScreen(m *Model) string { return ansi.Strip(m.screen()) }

// trimmed takes the spaces at the ends of lines.
func trimmed(screen string) string {
	lines := strings.Split(screen, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
