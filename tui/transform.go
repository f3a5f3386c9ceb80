package tui

import (
	"reflect"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/recipe"
)

// transformSheet chooses recipes for the images, shows the plan and runs it.
type transformSheet struct {
	keys    []string
	left    int // objects that are no images
	recipes []recipe.Recipe
	chosen  map[string]bool
	win     window
	plan    planView
}

// transform gathers the images that are meant and opens the sheet.
func (m *Model) transform() tea.Cmd {
	return m.gatherThen(m.objects.chosen(), func(m *Model, objects selection) tea.Cmd {
		s := &transformSheet{chosen: map[string]bool{}}
		s.keys, s.left = m.sources(objects)
		s.offer(m)
		if len(s.keys) == 0 {
			return m.say("None of these is an image that recipes take: JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF or HEIC, outside "+title(m.parts.Config.Folders.Prefix(config.Generated))+"/", nil)
		}
		m.sheet = s
		return tea.Batch(s.ask(m), readRecipes(m.ctx, m.session)) // somebody may have shared another one since
	})
}

// offer shows the recipes that take one of the images, and chooses those of the
// last time unless others are chosen.
func (s *transformSheet) offer(m *Model) {
	f := m.parts.Config.Folders
	s.recipes = slices.DeleteFunc(slices.Clone(m.session.Recipes), func(r recipe.Recipe) bool {
		return !slices.ContainsFunc(s.keys, func(key string) bool { return r.Takes(key, f) })
	})
	if len(s.picked()) > 0 {
		return
	}
	for _, name := range m.last {
		s.chosen[name] = true
	}
	if len(m.last) == 0 && len(s.recipes) > 0 {
		s.chosen[s.recipes[0].Name] = true
	}
}

// addRecipes takes in the recipes in force. What is wrong with them is said once.
func (m *Model) addRecipes(msg recipesRead) tea.Cmd {
	if msg.session != m.session {
		return nil
	}
	changed := !reflect.DeepEqual(m.session.Recipes, msg.recipes)
	m.session.Recipes = msg.recipes
	var cmds []tea.Cmd
	if msg.err != nil && msg.err.Error() != m.recipeFault {
		cmds = append(cmds, m.fail(msg.err))
	}
	if m.recipeFault = ""; msg.err != nil {
		m.recipeFault = msg.err.Error()
	}
	if s, ok := m.sheet.(*transformSheet); ok && changed {
		s.offer(m)
		s.win.cursor = clamp(s.win.cursor, 0, max(0, len(s.recipes)-1))
		cmds = append(cmds, s.ask(m))
	}
	return tea.Batch(cmds...)
}

// sources keeps the objects that recipes take, and counts the others.
func (m *Model) sources(objects selection) (keys []string, left int) {
	for o := range objects.all() {
		if m.takes(o.Key) {
			keys = append(keys, o.Key)
		} else {
			left++
		}
	}
	return keys, left
}

// takes tells whether an object is an image that recipes take.
func (m *Model) takes(key string) bool {
	f := m.parts.Config.Folders
	return pipeline.IsImage(key) && !strings.HasPrefix(key, f.Prefix(config.Generated)) && !strings.HasPrefix(key, f.Prefix(config.FabricTable))
}

// transformAgain runs the last recipes over the images at once.
func (m *Model) transformAgain() tea.Cmd {
	return m.gatherThen(m.objects.chosen(), func(m *Model, objects selection) tea.Cmd {
		s := &transformSheet{chosen: map[string]bool{}}
		s.keys, s.left = m.sources(objects)
		s.offer(m)
		return s.start(m)
	})
}

// picked are the recipes chosen.
func (s *transformSheet) picked() []recipe.Recipe {
	var all []recipe.Recipe
	for _, r := range s.recipes {
		if s.chosen[r.Name] {
			all = append(all, r)
		}
	}
	return all
}

// ask has the plan made for what is chosen.
func (s *transformSheet) ask(m *Model) tea.Cmd {
	s.plan = newPlanView()
	picked := s.picked()
	if len(picked) == 0 {
		m.planning.stop()
		return nil
	}
	ctx, token := m.planning.begin(m.ctx)
	return plan(ctx, m.session, token, s.keys, picked)
}

func (s *transformSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(planned); ok && m.planning.current(msg.token) {
		return s.plan.add(msg)
	}
	return nil
}

func (s *transformSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, transforming, motions, closing)
}

func (s *transformSheet) list(m *Model) (*window, int, int) {
	return &s.win, len(s.recipes), s.rows(m)
}

// rows is how many recipes are shown: below them stand a long one, the plan and the keys.
func (s *transformSheet) rows(m *Model) int { return max(1, m.sheetHeight()-10) }

func (s *transformSheet) close(m *Model) {
	m.planning.stop()
	m.sheet = nil
}

func (s *transformSheet) choose(m *Model) tea.Cmd {
	if s.win.cursor >= len(s.recipes) {
		return nil
	}
	name := s.recipes[s.win.cursor].Name
	s.chosen[name] = !s.chosen[name]
	return s.ask(m)
}

func (s *transformSheet) chooseAll(m *Model) tea.Cmd {
	all := len(s.picked()) < len(s.recipes)
	for _, r := range s.recipes {
		s.chosen[r.Name] = all
	}
	return s.ask(m)
}

// start submits one task per image, with all recipes, so that each is decoded once.
func (s *transformSheet) start(m *Model) tea.Cmd {
	picked := s.picked()
	if len(picked) == 0 {
		return m.say("Choose a recipe with Space first", nil)
	}
	m.planning.stop()
	m.sheet = nil
	m.last = nil
	for _, r := range picked {
		m.last = append(m.last, r.Name)
	}
	return submit(m.ctx, m.parts, m.queue, pipeline.Tasks(m.parts.Config.Folders, s.keys, picked))
}

func (s *transformSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 78)
	inner := width - 4
	var body []string
	from, to := s.win.visible(len(s.recipes), s.rows(m))
	for i := from; i < to; i++ {
		r, on := s.recipes[i], t.on(i == s.win.cursor)
		edge, sign := "  ", "  "
		if i == s.win.cursor {
			edge = "▌ "
		}
		if s.chosen[r.Name] {
			sign = "● "
		}
		body = append(body, on(t.Accent, edge)+on(t.Mark, sign)+on(t.Text, fit(Clean(r.Name), 12))+on(t.Dim, fit(Clean(r.Line()), max(0, inner-16))))
	}
	if s.win.cursor < len(s.recipes) { // whole, where the row cuts it
		if line := Clean(s.recipes[s.win.cursor].Line()); textWidth(line) > inner-16 {
			body = append(append(body, ""), styled(t.Dim, wrap(line, inner))...)
		}
	}
	body = append(body, "")
	switch {
	case len(s.recipes) == 0 && (m.session == nil || len(m.session.Recipes) == 0):
		body = append(body, t.Dim.Render("reading the recipes…"))
	case len(s.recipes) == 0:
		body = append(body, t.Dim.Render("no recipe is offered for this folder: their from names others"))
	case len(s.picked()) == 0:
		body = append(body, t.Dim.Render("plan  choose a recipe with Space"))
	default:
		body = append(body, s.plan.lines(t, len(s.keys), inner)...)
		if s.plan.sum.Collision > 0 {
			body = append(body, t.Dim.Render(fit("      p shows them: what is there is never overwritten", inner)))
		}
	}
	if s.left > 0 {
		body = append(body, t.Faint.Render(plural(s.left, "object")+" left out: no images, or results themselves"))
	}
	body = append(body, "", m.keyLine(inner, transforming))
	return frame(t, "Transform "+plural(len(s.keys), "image"), body, width, height)
}
