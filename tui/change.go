package tui

import (
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"weft/pipeline"
)

// upload opens the file picker; what is chosen goes to the folder shown.
func (m *Model) upload() tea.Cmd {
	s, cmd := newPickerSheet(m.theme, m.writable())
	m.sheet = s
	return cmd
}

// newUploadQuestion says what of the chosen paths cannot be uploaded.
func newUploadQuestion(msg collected) question {
	lines := []string{plural(len(msg.tasks), "file") + " will be uploaded. These are left out:"}
	for i, s := range msg.skipped {
		if i == 6 {
			lines = append(lines, "… and "+group(len(msg.skipped)-i)+" more")
			break
		}
		lines = append(lines, Clean(s))
	}
	return question{title: "Upload", lines: lines, yes: "Upload the rest", do: func(m *Model) tea.Cmd { return m.run(msg.tasks) }}
}

// save downloads to the downloads folder of this machine.
func (m *Model) save() tea.Cmd { return m.saveTo(saveFolder()) }

func (m *Model) saveAs() tea.Cmd {
	return m.ask("Save to a folder of this machine", "It is made if it does not exist. Nothing in it is overwritten.", saveFolder(), func(m *Model, text string) tea.Cmd {
		dir, err := absolute(text)
		if err != nil {
			return m.fail(err)
		}
		return m.saveTo(dir)
	})
}

// saveTo downloads what is chosen into dir; folders keep their shape below it.
func (m *Model) saveTo(dir string) tea.Cmd {
	base, chosen := m.objects.folder(), m.objects.chosen()
	return m.gatherThen(chosen, func(m *Model, objects selection) tea.Cmd {
		if chosen.folders > 0 { // a folder's marker has no bytes to save
			objects = objects.without(func(r row) bool { return strings.HasSuffix(r.Key, "/") })
		}
		if objects.objects() == 0 {
			return m.say("There is nothing in there to save", nil)
		}
		return m.runEach(objects, func(r row) pipeline.Task {
			return pipeline.Task{
				Verb: pipeline.Download, Key: r.Key, VersionID: r.VersionID, Size: r.Size,
				Dir: dir, Name: strings.TrimPrefix(r.Key, base),
			}
		})
	})
}

// deleteRows asks, and deletes what is chosen.
func (m *Model) deleteRows() tea.Cmd {
	if m.objects.deleted {
		return m.purgeRows()
	}
	chosen := m.objects.chosen()
	return m.gatherThen(chosen, func(m *Model, objects selection) tea.Cmd {
		if objects.objects() == 0 {
			return m.say("There is nothing in there to delete", nil)
		}
		q := question{title: fmt.Sprintf("Delete %s, %s?", plural(objects.objects(), "object"), humanSize(objects.bytes)), yes: "Delete", lines: []string{m.names(chosen)}}
		if m.objects.partial() && m.objects.marks.n > 0 {
			q.lines = append(q.lines, "The folder is not loaded whole: what is not listed yet stays.")
		}
		m.afterDelete(&q, objects.objects())
		if s := m.resultsStay(objects); s != "" {
			q.lines = append(q.lines, s)
		}
		q.do = func(m *Model) tea.Cmd {
			return m.runEach(objects, func(r row) pipeline.Task { return pipeline.Task{Verb: pipeline.Delete, Key: r.Key} })
		}
		return m.confirm(q)
	})
}

// pronoun stands for n objects.
func pronoun(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// purgeRows asks for the count, and deletes every version for good.
func (m *Model) purgeRows() tea.Cmd {
	chosen := m.objects.chosen()
	return m.gatherThen(chosen, func(m *Model, objects selection) tea.Cmd {
		if objects.objects() == 0 {
			return m.say("There is nothing in there to delete", nil)
		}
		return m.confirm(question{
			title: fmt.Sprintf("Delete every version of %s, for good?", plural(objects.objects(), "object")),
			lines: []string{m.names(chosen)}, warn: "Nothing can bring " + pronoun(objects.objects()) + " back.", typed: fmt.Sprint(objects.objects()),
			do: func(m *Model) tea.Cmd {
				return m.runEach(objects, func(r row) pipeline.Task { return pipeline.Task{Verb: pipeline.Purge, Key: r.Key} })
			},
		})
	})
}

// undeleteRows brings deleted objects back.
func (m *Model) undeleteRows() tea.Cmd {
	objects := m.objects.chosen().without(func(r row) bool { return r.folder })
	if objects.objects() == 0 {
		return nil
	}
	return m.runEach(objects, func(r row) pipeline.Task { return pipeline.Task{Verb: pipeline.Undelete, Key: r.Key} })
}

// clipRows takes the chosen objects for p.
func (m *Model) clipRows(cut bool) tea.Cmd {
	m.clip = clipboard{rows: m.objects.chosen(), cut: cut}
	verb := "copied"
	if cut {
		verb = "moved"
	}
	m.objects.marks.clear()
	return m.say(plural(len(m.clip.rows.numbers), "row")+" taken: p in another folder has them "+verb+" there", nil)
}

// pasteRows copies or moves what was taken into the folder shown.
func (m *Model) pasteRows() tea.Cmd {
	clip, to := m.clip, m.writable()
	if clip.rows.rows.base == to {
		return m.say("They are in this folder already: go to another one and press p there", nil)
	}
	for r := range clip.rows.all() {
		if clip.rows.folders == 0 {
			break
		}
		if r.folder && strings.HasPrefix(to, r.Key) {
			return m.fail(errors.New("a folder cannot go into itself: " + Clean(r.Key)))
		}
	}
	verb := pipeline.Copy
	if clip.cut {
		verb = pipeline.Move
		m.clip = clipboard{}
	}
	return m.gatherThen(clip.rows, func(m *Model, objects selection) tea.Cmd {
		if objects.objects() == 0 {
			return nil
		}
		return m.runEach(objects, func(r row) pipeline.Task {
			return pipeline.Task{Verb: verb, Key: r.Key, To: to + strings.TrimPrefix(r.Key, clip.rows.rows.base), Size: r.Size}
		})
	})
}

// names lists what is chosen on a line or two.
func (m *Model) names(chosen selection) string {
	var all []string
	for r := range chosen.all() {
		if len(all) == 8 {
			all = append(all, "and "+group(len(chosen.numbers)-8)+" more")
			break
		}
		all = append(all, Clean(m.objects.name(&r)))
	}
	return strings.Join(all, "  ")
}

// resultsStay says that the results of some sources are not deleted with them.
// Of very many they are not counted.
func (m *Model) resultsStay(of selection) string {
	stay := " in " + title(m.parts.Config.Folders.Prefix("generated")) + "/ stay."
	if len(m.objects.results) == 0 {
		return ""
	}
	if of.objects() > mostCounted {
		return "Their results" + stay
	}
	n := 0
	for r := range of.all() {
		for _, out := range m.outputs(r.Key) {
			if _, ok := m.objects.results[out.key]; ok {
				n++
			}
		}
	}
	if n == 0 {
		return ""
	}
	return "Their " + plural(n, "result") + stay
}

// mostCounted are the sources whose results are counted within a key's answer.
const mostCounted = 5000
