package tui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/recipe"
)

// contactSheet asks where a contact sheet goes, of what is marked or else of the
// folder as it is shown, and has it made.
func (m *Model) contactSheet() tea.Cmd {
	chosen := m.objects.chosen()
	if m.objects.marks.n == 0 {
		chosen = selection{rows: m.objects.rows, numbers: m.objects.order}.without(func(r row) bool { return r.folder })
	}
	return m.gatherThen(chosen, func(m *Model, objects selection) tea.Cmd {
		f := m.parts.Config.Folders
		var keys []string
		for o := range objects.all() {
			if pipeline.IsImage(o.Key) && !strings.HasPrefix(o.Key, f.Prefix(config.FabricTable)) && !strings.HasPrefix(o.Key, f.Prefix(config.Generated)+"sheets/") {
				keys = append(keys, o.Key)
			}
		}
		if len(keys) == 0 {
			return m.say("There are no pictures here to put on a sheet", nil)
		}
		about := fmt.Sprintf("Of %s, with names and palettes.", plural(len(keys), "picture"))
		if s, _ := newSheet("", f).Sheet(); len(keys) > s.Columns*s.Rows {
			about = fmt.Sprintf("Of %s on %s, with names and palettes.", plural(len(keys), "picture"), plural((len(keys)-1)/(s.Columns*s.Rows)+1, "page"))
		}
		if left := len(objects.numbers) - len(keys); left > 0 {
			about += " " + plural(left, "object") + " left out: no pictures."
		}
		return m.ask("Contact sheet", about+" Where to?", recipe.SheetOf([]string{m.objects.prefix}, f), func(m *Model, to string) tea.Cmd {
			r := newSheet(to, f)
			if _, err := r.PageKey(1, 1, f); err != nil {
				_, text, _ := strings.Cut(err.Error(), ": ") // the recipe has no name that anybody gave it
				return m.fail(errors.New(text))
			}
			return m.run(slices.Collect(pipeline.Tasks(f, keys, []recipe.Recipe{r})))
		})
	})
}

// newSheet is the recipe of a sheet as the step makes it if it says nothing.
func newSheet(to string, f config.Folders) recipe.Recipe {
	r, err := recipe.FromSteps("sheet | "+recipe.FormatOf(to), "", f)
	if err == nil && to != "" {
		r.To = to
	}
	return r
}
