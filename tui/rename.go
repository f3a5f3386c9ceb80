package tui

import (
	"context"
	"errors"
	"strings"
	"time"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/pipeline/queue"
	"weft/s3ops"
)

// rename gives the marked objects new names by a pattern, or the one object or
// folder under the cursor the name that is typed.
func (m *Model) rename() tea.Cmd {
	if m.objects.marks.n > 0 {
		return m.renameMany()
	}
	r, _ := m.objects.current()
	folder := m.objects.folder()
	if r.folder {
		return m.renameFolder(r.Key)
	}
	return m.ask("Rename", "A name with slashes moves it into folders below this one. Nothing is overwritten.", m.objects.name(&r), func(m *Model, text string) tea.Cmd {
		to := folder + text
		if err := s3ops.CheckKey(to); err != nil {
			return m.fail(err)
		}
		if to == r.Key {
			return nil
		}
		m.seek = to
		return m.run([]pipeline.Task{{Verb: pipeline.Move, Key: r.Key, To: to, Size: r.Size}})
	})
}

// renameFolder asks for a folder's new name, counts what is in it and asks again:
// each object in it is copied and then deleted.
func (m *Model) renameFolder(from string) tea.Cmd {
	parent := from[:strings.LastIndexByte(strings.TrimSuffix(from, "/"), '/')+1]
	name := strings.TrimSuffix(from[len(parent):], "/")
	return m.ask("Rename the folder", "Each object in it is moved, inside the store. Nothing is overwritten.", name, func(m *Model, text string) tea.Cmd {
		to := parent + strings.TrimSuffix(text, "/") + "/"
		if err := s3ops.CheckKey(to); err != nil {
			return m.fail(err)
		}
		switch {
		case to == from:
			return nil
		case strings.HasPrefix(to, from):
			return m.fail(errors.New("a folder cannot go into itself: " + Clean(to)))
		}
		ctx, token := m.gathering.begin(m.ctx)
		m.sheet = &waiting{title: "Counting", text: "Listing what is in " + Clean(name) + "/…"}
		return gatherFolder(ctx, m.session, token, from, func(m *Model, objects selection) tea.Cmd {
			return m.confirm(question{
				title: "Rename " + Clean(name) + "/ to " + Clean(to[len(parent):]) + "?", yes: "Rename",
				lines: []string{"It moves " + plural(objects.objects(), "object") + ", " + humanSize(objects.bytes) + ", inside the store. z takes it back."},
				do: func(m *Model) tea.Cmd {
					return m.runEach(objects, func(r row) pipeline.Task {
						return pipeline.Task{Verb: pipeline.Move, Key: r.Key, To: to + strings.TrimPrefix(r.Key, from), Size: r.Size}
					})
				},
			})
		})
	})
}

// gatherFolder lists a folder with its own marker. The embedded store, where it
// is a directory, cannot copy that, and needs none.
func gatherFolder(ctx context.Context, s *Session, token int, prefix string, then func(*Model, selection) tea.Cmd) tea.Cmd {
	return func() tea.Msg {
		found := newRows(prefix)
		for o, err := range s.Bucket.Folder(ctx, prefix) {
			if err != nil {
				return gathered{token: token, err: err}
			}
			if s.Config.Local == "" || !strings.HasSuffix(o.Key, "/") {
				found.add(nil, []s3ops.Object{o})
			}
		}
		return gathered{token: token, objects: everyRow(found), then: then}
	}
}

// renameSheet is a renaming by a pattern: the pattern, and what it comes to.
type renameSheet struct {
	objects []s3ops.Object
	input   textinput.Model
	plan    []pipeline.Renaming // those that cannot be come first
	count   map[string]int      // by state
	unknown int                 // names that were not looked up
	err     error
	ready   bool // the plan is that of the pattern, and the bucket was asked
	waited  bool // Enter was pressed before it was ready
	win     window
}

// renameMany opens the sheet for the marked objects.
func (m *Model) renameMany() tea.Cmd {
	chosen := m.objects.chosen()
	if chosen.folders > 0 {
		return m.say("A pattern renames objects: unmark the folders, and rename each by r on it", nil)
	}
	s := &renameSheet{input: newInput(m.theme, "> ", "{stem}.{ext}")}
	for r := range chosen.all() {
		s.objects = append(s.objects, r.object())
	}
	m.sheet = s
	return tea.Batch(s.input.Focus(), s.ask(m))
}

// ask works the plan out anew, after a moment without a key.
func (s *renameSheet) ask(m *Model) tea.Cmd {
	s.ready, s.waited = false, false
	ctx, token := m.renaming.begin(m.ctx)
	return planNames(ctx, m.session, token, s.input.Value(), s.objects)
}

// planNames applies a pattern and looks which of the new names are free.
func planNames(ctx context.Context, s *Session, token int, text string, objects []s3ops.Object) tea.Cmd {
	return func() tea.Msg {
		select {
		case <-ctx.Done():
			return named{token: token, err: ctx.Err()}
		case <-time.After(restTime):
		}
		m := named{token: token, count: map[string]int{}}
		var pattern pipeline.Pattern
		if pattern, m.err = pipeline.ParsePattern(text); m.err != nil {
			return m
		}
		all := pipeline.Renamings(pattern, objects)
		m.unknown, m.err = s.doer().FindTaken(ctx, all)
		for _, state := range []string{pipeline.Clash, pipeline.Renamed, pipeline.Same} {
			for _, r := range all {
				if r.State == state {
					m.plan = append(m.plan, r)
					m.count[state]++
				}
			}
		}
		return m
	}
}

func (s *renameSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	switch m.typed(msg) {
	case "type-cancel":
		s.close(m)
		return nil
	case "type-accept":
		return s.start(m)
	case "type-next":
		s.win.move(1, len(s.plan), s.height(m))
		return nil
	case "type-previous":
		s.win.move(-1, len(s.plan), s.height(m))
		return nil
	}
	return s.answer(m, msg)
}

// answer takes in what is typed, and the plan.
func (s *renameSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(named); ok {
		if !m.renaming.current(msg.token) {
			return nil
		}
		m.renaming.stop()
		s.plan, s.count, s.unknown, s.err, s.ready = msg.plan, msg.count, msg.unknown, msg.err, true
		s.win.cursor = 0
		if s.waited {
			return s.start(m)
		}
		return nil
	}
	before := s.input.Value()
	var cmd tea.Cmd
	s.input, cmd = s.input.Update(msg)
	if s.input.Value() == before {
		return cmd
	}
	return tea.Batch(cmd, s.ask(m))
}

// start renames, if nothing stands against it.
func (s *renameSheet) start(m *Model) tea.Cmd {
	if !s.ready {
		s.waited = true // as soon as the plan is there
		return nil
	}
	if s.err != nil || s.count[pipeline.Clash] > 0 || s.count[pipeline.Renamed] == 0 {
		return nil // the sheet says why
	}
	plan := s.plan
	s.close(m)
	return submitRenamings(m.ctx, m.parts, m.queue, plan)
}

// submitRenamings makes the tasks off the update loop: there may be many.
func submitRenamings(ctx context.Context, p Parts, q *queue.Queue, plan []pipeline.Renaming) tea.Cmd {
	return submit(ctx, p, q, func(yield func(pipeline.Task) bool) {
		for _, r := range plan {
			if r.State == pipeline.Renamed && !yield(r.Task()) {
				return
			}
		}
	})
}

func (s *renameSheet) close(m *Model) {
	m.renaming.stop()
	m.sheet = nil
}

func (s *renameSheet) list(m *Model) (*window, int, int) { return &s.win, len(s.plan), s.height(m) }

// height is how many new names are shown.
func (s *renameSheet) height(m *Model) int {
	return clamp(len(s.objects), 1, max(1, m.sheetHeight()-6))
}

func (s *renameSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 100)
	inner, rows := width-4, s.height(m)
	s.input.SetWidth(max(1, inner-4))
	body := append([]string{s.input.View()}, styled(t.Dim, wrap("A pattern: "+pipeline.PatternHelp+".", inner))...)
	body = append(body, "")
	from, to := s.win.visible(len(s.plan), rows)
	for i := from; i < to; i++ {
		body = append(body, renamingLine(t, s.plan[i], inner, i == s.win.cursor))
	}
	for i := to - from; i < rows; i++ { // the sheet keeps its size while one types
		body = append(body, "")
	}
	return frame(t, "Rename "+plural(len(s.objects), "object"), append(body, "", s.verdict(t), m.keyLine(inner, typing)), width, height)
}

// verdict says whether Enter renames, and if not, why.
func (s *renameSheet) verdict(t theme) string {
	n := s.count[pipeline.Renamed]
	switch {
	case !s.ready:
		return t.Dim.Render("Looking whether the names are free…")
	case s.err != nil:
		return t.Bad.Render(upperFirst(Clean(s.err.Error())))
	case s.count[pipeline.Clash] > 0:
		return t.Bad.Render("✗ " + group(s.count[pipeline.Clash]) + " of " + group(len(s.plan)) + " cannot be renamed so: nothing is, until they can")
	case n == 0:
		return t.Dim.Render("Every name stays as it is.")
	}
	text := "Enter renames " + plural(n, "object")
	if same := s.count[pipeline.Same]; same > 0 {
		text += "; " + group(same) + " keep their names"
	}
	if s.unknown > 0 {
		text += "; of " + group(s.unknown) + " it is not known whether their names are free"
	}
	return t.Good.Render("✓ ") + text + "."
}

// renamingLine is "old → new", with what stands against it.
func renamingLine(t theme, r pipeline.Renaming, width int, cursor bool) string {
	on := t.on(cursor)
	folder := r.Key[:strings.LastIndexByte(r.Key, '/')+1]
	old, fresh := Clean(r.Key[len(folder):]), Clean(strings.TrimPrefix(r.To, folder))
	edge, sign, style := " ", "  ", t.Text
	if cursor {
		edge = "▌"
	}
	switch r.State {
	case pipeline.Clash:
		sign, style, fresh = "✗ ", t.Bad, fresh+"  "+r.Problem
	case pipeline.Same:
		style, fresh = t.Dim, "stays"
	}
	left := (width - 6) * 2 / 5
	return on(t.Accent, edge) + on(style, sign) + on(t.Dim, fitName(old, left)) + on(t.Dim, " → ") + on(style, fit(fresh, max(0, width-6-left)))
}
