package tui

import (
	"fmt"
	"image"
	"path"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/config"
	"weft/pipeline"
	"weft/pipeline/recipe"
)

// splitSheet shows what would be found in photos of several swatches, one photo at
// a time, and has all of them split.
type splitSheet struct {
	keys   []string
	left   int // objects that are no photos to split
	at     int
	recipe recipe.Recipe
	found  *splitPlanned // of the photo shown; nil while it is looked at
}

// split gathers the photos that are meant and opens the sheet.
func (m *Model) split() tea.Cmd {
	return m.gatherThen(m.objects.chosen(), func(m *Model, objects selection) tea.Cmd {
		s := &splitSheet{recipe: recipe.Splitting()}
		if i := slices.IndexFunc(m.session.Recipes, func(r recipe.Recipe) bool { return r.Name == recipe.Split && r.Has(recipe.Split) }); i >= 0 {
			s.recipe = m.session.Recipes[i]
		}
		single := m.parts.Config.Folders.Prefix(config.SingleImages)
		keys, left := m.sources(objects)
		s.keys = slices.DeleteFunc(keys, func(key string) bool { return single != "" && strings.HasPrefix(key, single) })
		s.left = left + len(keys) - len(s.keys)
		if len(s.keys) == 0 {
			return m.say("None of these is a photo to split: those lie in other folders than "+title(single)+"/, where their swatches go", nil)
		}
		m.sheet = s
		return s.look(m)
	})
}

// look has the photo shown looked at.
func (s *splitSheet) look(m *Model) tea.Cmd {
	s.found = nil
	ctx, token := m.planning.begin(m.ctx)
	w, h := s.room(m)
	return planSplit(ctx, m.session, token, s.keys[s.at], s.recipe, w, 2*h, m.theme.Panel, m.indexed)
}

// room is how many cells there are for the photo.
func (s *splitSheet) room(m *Model) (w, h int) {
	return max(1, min(m.width, 120)-4), max(1, m.sheetHeight()-5)
}

func (s *splitSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(splitPlanned); ok && m.planning.current(msg.token) {
		s.found = &msg
	}
	return nil
}

func (s *splitSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	return m.dispatch(msg, splitting, closing)
}

func (s *splitSheet) close(m *Model) {
	m.planning.stop()
	m.sheet = nil
}

// turn goes to another photo.
func (s *splitSheet) turn(m *Model, by int) tea.Cmd {
	to := clamp(s.at+by, 0, len(s.keys)-1)
	if to == s.at {
		return nil
	}
	s.at = to
	return s.look(m)
}

// start submits the photos.
func (s *splitSheet) start(m *Model) tea.Cmd {
	if len(s.keys) == 1 && s.found != nil && s.found.err != nil {
		return nil // the sheet says why
	}
	m.planning.stop()
	m.sheet = nil
	return submit(m.ctx, m.parts, m.queue, pipeline.Tasks(m.parts.Config.Folders, s.keys, []recipe.Recipe{s.recipe}))
}

func (s *splitSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 120)
	inner := width - 4
	head := Clean(path.Base(s.keys[s.at]))
	if len(s.keys) > 1 {
		head = fmt.Sprintf("%d of %d  ", s.at+1, len(s.keys)) + head
	}
	body := []string{t.Text.Render(fit(head, inner))}
	switch f := s.found; {
	case f == nil:
		body = append(body, "", t.Faint.Render("looking for swatches…"))
	case f.err != nil:
		body = append(body, "")
		body = append(body, styled(t.Bad, wrap("✗ "+Clean(f.err.Error()), inner))...)
		if len(s.keys) == 1 {
			body = append(body, t.Dim.Render("Enter explains"))
		}
		body = append(body, "")
		body = append(body, f.lines[:min(len(f.lines), max(0, m.sheetHeight()-10))]...)
	default:
		body = append(body, f.lines...)
		body = append(body, s.summary(t, f.plan, inner))
	}
	if s.left > 0 {
		body = append(body, t.Faint.Render(plural(s.left, "object")+" left out: no photos, or single images already"))
	}
	keys := m.keyLine(inner, splitting)
	if len(s.keys) == 1 { // there is no other photo to turn to
		keys = m.keyLine(inner, closing, "split-run")
	}
	body = append(body, keys)
	return frame(t, "Split "+plural(len(s.keys), "photo"), body, width, height)
}

// summary is "8 swatches · new → single_images/table-1.jpg … -8.jpg".
func (s *splitSheet) summary(t theme, p pipeline.SplitPlan, width int) string {
	state, style := p.State, t.Dim
	switch p.State {
	case pipeline.OutputCollision:
		state, style = "✗ in collision: what is there is never overwritten", t.Bad
	case pipeline.OutputStale:
		style = t.Warn
	}
	first := title(path.Dir(p.Keys[0])) + "/" + Clean(path.Base(p.Keys[0]))
	if n := len(p.Keys); n > 1 {
		first += fmt.Sprintf(" … -%d%s", n, path.Ext(p.Keys[n-1]))
	}
	head, state := pipeline.Swatches(p.Count), " · "+state+" "
	return t.Text.Render(head) + style.Render(state) + t.Dim.Render(fit("→ "+first, max(0, width-textWidth(head+state))))
}

// digits are 0 to 9, three by five pixels each, row by row from the top.
var digits = [10]uint16{0b111101101101111, 0b010110010010111, 0b111001111100111, 0b111001111001111, 0b101101111001001,
	0b111100111001111, 0b111100111101111, 0b111001010010010, 0b111101111101111, 0b111101111001111}

// drawNumber writes a number into a small picture, around a place.
func drawNumber(img *image.NRGBA, n, x, y int) {
	text := fmt.Sprint(n)
	left, top := x-2*len(text), y-3
	for dy := range 7 {
		for dx := range 4*len(text) + 1 {
			on := false
			if i, col := (dx-1)/4, (dx-1)%4; dx > 0 && dy > 0 && dy < 6 && col < 3 {
				on = digits[text[i]-'0']>>(14-3*(dy-1)-col)&1 == 1
			}
			p := image.Pt(left+dx, top+dy)
			if !p.In(img.Rect) {
				continue
			}
			v := uint8(20)
			if on {
				v = 255
			}
			o := img.PixOffset(p.X, p.Y)
			img.Pix[o], img.Pix[o+1], img.Pix[o+2], img.Pix[o+3] = v, v, v, 255
		}
	}
}
