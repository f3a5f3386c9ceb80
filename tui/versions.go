package tui

import (
	"fmt"
	"path"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
	"weft/s3ops"
)

// versionSheet lists the versions of one object.
type versionSheet struct {
	name     string
	versions []s3ops.Object
	loaded   bool
	err      error
	win      window
}

func (m *Model) showVersions() tea.Cmd {
	r, _ := m.objects.current()
	m.sheet = &versionSheet{name: r.Key}
	ctx, token := m.chronicling.begin(m.ctx)
	return chronicle(ctx, m.session, token, r.Key)
}

func (s *versionSheet) answer(m *Model, msg tea.Msg) tea.Cmd {
	if msg, ok := msg.(chronicled); ok && m.chronicling.current(msg.token) {
		s.versions, s.err, s.loaded = msg.versions, msg.err, true
	}
	return nil
}

func (s *versionSheet) current() (s3ops.Object, bool) {
	if s.win.cursor >= len(s.versions) {
		return s3ops.Object{}, false
	}
	return s.versions[s.win.cursor], true
}

func (s *versionSheet) key(m *Model, msg tea.KeyPressMsg) tea.Cmd {
	if m.means(msg, "versions") {
		s.close(m)
		return nil
	}
	return m.dispatch(msg, versions, motions, closing)
}

func (s *versionSheet) close(m *Model) {
	m.chronicling.stop()
	m.sheet = nil
}

func (s *versionSheet) list(m *Model) (*window, int, int) {
	return &s.win, len(s.versions), max(1, m.sheetHeight()-2)
}

// restore makes the version under the cursor the current one.
func (s *versionSheet) restore(m *Model) tea.Cmd {
	o, ok := s.current()
	switch {
	case !ok:
		return nil
	case o.DeleteMarker && o.IsLatest:
		s.close(m)
		return m.run([]pipeline.Task{{Verb: pipeline.Undelete, Key: o.Key}})
	case o.DeleteMarker:
		return m.say("That is an old deletion: choose a version with bytes", nil)
	case o.IsLatest:
		return m.say("That version is the current one already", nil)
	}
	s.close(m)
	return m.run([]pipeline.Task{{Verb: pipeline.Restore, Key: o.Key, VersionID: o.VersionID}})
}

// save downloads the version, with its time in the name.
func (s *versionSheet) save(m *Model) tea.Cmd {
	o, ok := s.current()
	switch {
	case !ok:
		return nil
	case o.DeleteMarker:
		return m.say("A deletion has no bytes to save", nil)
	}
	s.close(m)
	base := path.Base(o.Key)
	ext := path.Ext(base)
	name := fmt.Sprintf("%s-%s%s", base[:len(base)-len(ext)], o.Modified.UTC().Format("20060102T150405"), ext)
	return m.run([]pipeline.Task{{Verb: pipeline.Download, Key: o.Key, VersionID: o.VersionID, Size: o.Size, Dir: saveFolder(), Name: name}})
}

// purge asks, and deletes the version for good.
func (s *versionSheet) purge(m *Model) tea.Cmd {
	o, ok := s.current()
	if !ok {
		return nil
	}
	return m.confirm(question{
		title: "Delete this version for good?",
		lines: []string{Clean(path.Base(o.Key)) + "  " + humanSize(o.Size) + "  " + o.Modified.Local().Format("2 Jan 2006 15:04")},
		warn:  "Nothing can bring it back.", typed: "1",
		do: func(m *Model) tea.Cmd {
			return m.run([]pipeline.Task{{Verb: pipeline.Delete, Key: o.Key, VersionID: o.VersionID}})
		},
	})
}

func (s *versionSheet) view(m *Model, width, height int) string {
	t := m.theme
	width = min(width, 92)
	inner, rows := width-4, max(1, m.sheetHeight()-2)
	var body []string
	switch {
	case s.err != nil:
		body = errorLines(t, s.err, inner)
	case !s.loaded:
		body = []string{t.Dim.Render("Reading…")}
	case len(s.versions) == 0:
		body = []string{t.Dim.Render("The store keeps no versions of it.")}
	}
	from, to := s.win.visible(len(s.versions), rows)
	for i := from; i < to; i++ {
		o := s.versions[i]
		on := t.on(i == s.win.cursor)
		edge, what, style := " ", humanSize(o.Size), t.Text
		if i == s.win.cursor {
			edge = "▌"
		}
		if o.DeleteMarker {
			what, style = "deleted", t.Warn
		}
		now := ""
		if o.IsLatest {
			now = "now"
		}
		body = append(body, on(t.Accent, edge)+on(t.Text, fit(o.Modified.Local().Format("2 Jan 2006 15:04:05"), 22))+on(style, right(what, 9))+
			on(t.Good, fit("  "+now, 7))+on(t.Faint, fit(Clean(o.VersionID), max(0, inner-39))))
	}
	body = append(body, "", m.keyLine(inner, versions))
	return frame(t, "Versions of "+Clean(path.Base(s.name)), body, width, height)
}
